// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.engine;

import static io.kmesh.copytool.engine.Lab.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Cluster;
import io.kmesh.Durability;
import io.kmesh.Kmesh;
import io.kmesh.KmeshException;
import io.kmesh.Receipt;
import io.kmesh.copytool.Copytool;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.path.PathBytes;
import io.kmesh.repository.CheckDepth;
import io.kmesh.repository.Credential;
import io.kmesh.repository.Repository;
import io.kmesh.repository.RepositoryArchive;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.state.SqliteState;
import io.kmesh.testkit.key.MemoryKeys;
import io.kmesh.testkit.lustre.SimulatedLustre;
import io.kmesh.testkit.store.MemoryStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A repository as an archive as docs/operations.md says it: by the API alone. */
class RepositoryArchiveByApiTest {
  private static final ArchiveId TWO = ArchiveId.of(2);
  private static final byte[] CONTENT = Lab.content("data", 50_000, 0);

  @TempDir Path directory;

  @Test
  void archiveReleaseRecallRemove_goThroughTheRepository() throws IOException {
    MemoryKeys keys = new MemoryKeys();
    keys.make("site");
    MemoryStore store = MemoryStore.create();
    try (SimulatedLustre lustre = SimulatedLustre.builder(directory.resolve("lustre")).open();
        SqliteState state = SqliteState.at(directory.resolve("kmesh.db"));
        Kmesh kmesh =
            Kmesh.builder()
                .state(state)
                .store("vault", store, TWO)
                .repository("repo", "vault", Credential.key(keys, "site"))
                .build()) {
      Repository repository = kmesh.repositories().init("repo");
      write(lustre);
      Cluster lab = kmesh.clusters().attach("lab", lustre);
      try (RepositoryArchive archive = repository.archive(lustre, TWO);
          Copytool copytool = Copytool.builder(lustre).state(state).archive(TWO, archive).start()) {
        Receipt receipt = lab.hsm().archive("data", a -> a.to("vault")).await(LIMIT);
        assertThat(receipt.durability()).isEqualTo(Durability.ARCHIVED);
        assertThat(receipt.stillHolds()).isTrue();
        assertThat(archive.holds(receipt.fid(), receipt.dataVersion())).isTrue();
        assertThat(lab.hsm().release("data").await(LIMIT).done()).isEqualTo(1);
        assertThat(repository.prune(p -> {}).await(LIMIT)).isNotNull();
        assertThat(repository.check(CheckDepth.EVERYTHING).await(LIMIT).isSound()).isTrue();
        assertThat(lab.hsm().recall("data").await(LIMIT).done()).isEqualTo(1);
        assertThat(Files.readAllBytes(lustre.fileSystem().getPath("/data"))).isEqualTo(CONTENT);
        assertThatThrownBy(
                () ->
                    lab.hsm()
                        .archive("data", a -> a.to("vault").durability(Durability.REMOTE))
                        .await(LIMIT))
            .isInstanceOf(KmeshException.class)
            .hasMessageContaining("data")
            .hasMessageContaining("repository");
        assertThat(lab.hsm().remove("data").await(LIMIT).done()).isEqualTo(1);
        assertThat(archive.holds(receipt.fid(), receipt.dataVersion())).isFalse();
        assertThat(copytool.status().failed()).isZero();
      }
    }
  }

  private static void write(SimulatedLustre lustre) throws IOException {
    try (PosixDirectory root = lustre.tree().openRoot();
        PosixFile file =
            root.openFile(PathBytes.of("data"), Set.of(OpenFlag.WRITE, OpenFlag.CREATE))) {
      file.write(ByteBuffer.wrap(CONTENT), 0);
    }
  }
}
