// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool;

import static io.kmesh.lustre.HsmActionKind.ARCHIVE;
import static io.kmesh.lustre.HsmActionKind.RELEASE;
import static io.kmesh.lustre.HsmActionKind.REMOVE;
import static io.kmesh.lustre.HsmActionKind.RESTORE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.snapshots.FileSystemInstance;
import io.kmesh.engine.ArchiveReceipt;
import io.kmesh.engine.FileReceipts;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.repository.RepositoryArchive;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.XattrMode;
import io.kmesh.testkit.junit.KmeshExtension;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A copytool over a repository: what it archives comes back, and goes when it is removed. */
@ExtendWith(KmeshExtension.class)
class RepositoryCopytoolTest {
  @TempDir Path directory;
  private Site site;
  private RepositoryArchive archive;

  @BeforeEach
  void open() throws IOException {
    site = Site.open(Files.createDirectory(directory.resolve("one")));
    archive = RepositorySite.archive(site, site.store);
  }

  @AfterEach
  void close() throws IOException {
    archive.close();
    site.close();
  }

  @Test
  void archiveReleaseRestore_filesOfAllSizes_bringsThemBack() throws IOException {
    byte[] large = Site.bytes(20 << 20, 5);
    Fid big = site.write("big", large);
    Fid empty = site.write("empty", new byte[0]);
    byte[] text = "holes".getBytes(StandardCharsets.UTF_8);
    Fid sparse = site.write("sparse", text);
    try (PosixFile file =
        site.lustre.tree().openFile(PathBytes.of("sparse"), Set.of(OpenFlag.WRITE))) {
      file.write(ByteBuffer.wrap(text), 5 << 20);
      file.truncate(9 << 20);
    }
    byte[] holes = new byte[9 << 20];
    System.arraycopy(text, 0, holes, 0, text.length);
    System.arraycopy(text, 0, holes, 5 << 20, text.length);
    try (Copytool copytool = site.start(site.copytool(archive))) {
      site.act(ARCHIVE, big, empty, sparse);
      ArchiveReceipt receipt = new FileReceipts(site.lustre).current(sparse).orElseThrow();
      assertThat(receipt.sha256()).isEqualTo(Site.sha256(holes));
      assertThat(receipt.key()).startsWith("hsm/");
      assertThat(archive.holds(big, site.lustre.hsm().dataVersion(big))).isTrue();
      assertThat(archive.holds(big, site.lustre.hsm().dataVersion(big) + 1)).isFalse();
      site.act(RELEASE, big, empty, sparse);
      site.act(RESTORE, big, empty, sparse);
      assertThat(copytool.status().restored()).isEqualTo(3);
      assertThat(copytool.status().failed()).isZero();
    }
    assertThat(site.read(big)).isEqualTo(large);
    assertThat(site.read(empty)).isEmpty();
    assertThat(site.read(sparse)).isEqualTo(holes);
    try (PosixFile file =
        site.lustre.tree().openFile(PathBytes.of("sparse"), Set.of(OpenFlag.READ))) {
      assertThat(file.nextData(1 << 20).orElseThrow())
          .as("a hole is a hole again")
          .isGreaterThan(4 << 20);
    }
  }

  /** Remote durability asks the store of a receipt; a repository is none, and that is said. */
  @Test
  void receipt_ofARepository_isNoProofOfAnObject() throws IOException {
    Fid fid = site.write("data", Site.bytes(1000, 2));
    try (Copytool copytool = site.start(site.copytool(archive))) {
      site.act(ARCHIVE, fid);
      assertThat(copytool.status().archived()).isEqualTo(1);
    }
    assertThat(new FileReceipts(site.lustre).remoteProblem(fid, name -> Optional.empty()))
        .hasValueSatisfying(problem -> assertThat(problem).contains("archive-1"));
  }

  @Test
  void removedFiles_andThoseWithoutAFile_areCollected() throws IOException {
    Fid removed = site.write("removed", Site.bytes(30_000, 2));
    Fid orphan = site.write("orphan", Site.bytes(40_000, 3));
    Fid kept = site.write("kept", Site.bytes(50_000, 4));
    try (Copytool copytool = site.start(site.copytool(archive))) {
      site.act(ARCHIVE, removed, orphan, kept);
      site.act(REMOVE, removed);
      try (PosixDirectory root = site.lustre.tree().openRoot()) {
        root.unlink(PathBytes.of("orphan"));
      }
      assertThat(copytool.removeOrphans()).isEqualTo(1);
      site.untilQuiet();
      assertThat(archive.archived(Optional.empty(), 10)).containsExactly(kept);
      RepositorySite.prune(site, site.store);
      RepositorySite.prune(site, site.store);
      RepositorySite.requireWhole(site, site.store);
      site.act(RELEASE, kept);
      site.act(RESTORE, kept);
      assertThat(site.read(kept)).isEqualTo(Site.bytes(50_000, 4));
      assertThat(archive.holds(removed, 1)).isFalse();
    }
  }

  @Test
  void fileSystemMadeAnew_hasAnotherInstance_andNothingOfTheOldOne() throws IOException {
    Fid fid = site.write("data", Site.bytes(1000, 2));
    try (Copytool copytool = site.start(site.copytool(archive))) {
      site.act(ARCHIVE, fid);
      assertThat(copytool.status().archived()).isEqualTo(1);
    }
    String instance = FileSystemInstance.of(site.lustre);
    assertThat(FileSystemInstance.of(site.lustre)).isEqualTo(instance);
    try (Site anew = Site.open(Files.createDirectory(directory.resolve("two")));
        RepositoryArchive other = RepositorySite.archive(anew, site.store)) {
      assertThat(FileSystemInstance.of(anew.lustre)).isNotEqualTo(instance);
      assertThat(anew.lustre.identity().fileSystemName())
          .isEqualTo(site.lustre.identity().fileSystemName());
      assertThat(other.archived(Optional.empty(), 10)).isEmpty();
      try (PosixDirectory root = anew.lustre.tree().openRoot()) {
        root.setXattr(FileSystemInstance.XATTR, new byte[] {'x'}, XattrMode.SET);
      }
      assertThatThrownBy(() -> FileSystemInstance.of(anew.lustre))
          .isInstanceOf(ProviderException.class)
          .hasMessageContaining("32 hexadecimal digits");
    }
  }
}
