// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.Cluster;
import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.copytool.Copytool;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.HsmState;
import io.kmesh.lustre.Layout;
import io.kmesh.path.PathBytes;
import io.kmesh.repository.Credential;
import io.kmesh.repository.RepositoryArchive;
import io.kmesh.snapshots.RestoreReport;
import io.kmesh.snapshots.Snapshot;
import io.kmesh.spi.lustre.HsmRequest;
import io.kmesh.testkit.key.MemoryKeys;
import io.kmesh.testkit.lustre.SimulatedLustre;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.store.MemoryStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots restored to a Lustre by the API: released files stay released. */
class RestoreServiceTest {
  private static final ArchiveId ARCHIVE = ArchiveId.of(2);
  private static final PathBytes FILE = PathBytes.of("job/data");

  @TempDir Path directory;

  @Test
  void restoreToALustre_recallsNothing_andBringsBackWhatALustreHas() throws Exception {
    MemoryKeys keys = new MemoryKeys();
    keys.make("site");
    QuickTime time = new QuickTime();
    byte[] content = Lab.content("data", 50_000, 1);
    try (MemoryState state = MemoryState.create(time);
        MemoryStore store = MemoryStore.create();
        SimulatedLustre lustre = SimulatedLustre.at(directory);
        Kmesh kmesh =
            Kmesh.builder()
                .state(state)
                .time(time)
                .repository("repo", store, Credential.key(keys, "site"))
                .build();
        FileSystem files = lustre.fileSystem()) {
      kmesh.repositories().init("repo");
      Cluster lab = kmesh.clusters().attach("lab", lustre);
      Files.createDirectory(files.getPath("/job"));
      Fid fid = lustre.layouts().createFile(FILE, 0640, Layout.plain(2, 1 << 20, "cheap"));
      Files.write(files.getPath("/job/data"), content);
      lustre.identity().changeProject(fid, 9);
      try (RepositoryArchive archive =
              kmesh.repositories().find("repo").orElseThrow().archive(lustre, ARCHIVE);
          Copytool copytool =
              Copytool.builder(lustre).state(state).archive(ARCHIVE, archive).time(time).start()) {
        request(lustre, HsmActionKind.ARCHIVE, fid);
        Lab.eventually(() -> state(lustre, fid).isArchivedAndClean());
        request(lustre, HsmActionKind.RELEASE, fid);
        Snapshot snapshot =
            kmesh.snapshots().take("s", lab.path("/job"), s -> s.into("repo")).await(Lab.LIMIT);

        // All of it, one file, and a path in place after the original was deleted.
        RestoreReport all = snapshot.restore(lab.path("/all")).await(Lab.LIMIT);
        assertThat(all.details()).isEmpty();
        snapshot.restore(r -> r.path("data").to(lab.path("/one"))).await(Lab.LIMIT);
        Files.delete(files.getPath("/job/data"));
        snapshot.planRestore(r -> r.inPlace(lab.path("/job"))).apply().await(Lab.LIMIT);
        for (String path : List.of("all/data", "one/data", "job/data")) {
          Fid stub = lustre.identity().fid(PathBytes.of(path));
          assertThat(stub).isNotEqualTo(fid);
          assertThat(state(lustre, stub).isReleased()).as(path).isTrue();
          assertThat(lustre.layouts().layout(stub).pool()).contains("cheap");
          assertThat(lustre.identity().project(stub)).isEqualTo(9);
        }
        assertThat(lustre.coordinator().statistics().delivered(HsmActionKind.RESTORE)).isZero();
        for (String path : List.of("all/data", "one/data", "job/data")) {
          assertThat(Files.readAllBytes(files.getPath("/" + path))).isEqualTo(content);
        }
        assertThat(copytool.status().failed()).isZero();

        // To a directory it comes with its bytes; what is lost is named, once of each kind.
        Path out = directory.resolveSibling(directory.getFileName() + "-out");
        RestoreReport elsewhere = snapshot.restore(Endpoint.directory(out)).await(Lab.LIMIT);
        assertThat(out.resolve("data")).hasBinaryContent(content);
        assertThat(elsewhere.details()).hasSize(2);
        Files.delete(out.resolve("data"));
        Files.delete(out);
      }
    }
  }

  private static void request(SimulatedLustre lustre, HsmActionKind action, Fid fid)
      throws IOException {
    lustre.hsm().request(HsmRequest.of(action, ARCHIVE, List.of(fid)));
  }

  private static HsmState state(SimulatedLustre lustre, Fid fid) {
    try {
      return lustre.hsm().state(fid);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
