// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.repository.head.HeadLog;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.snapshots.CatalogManifest;
import io.kmesh.core.internal.snapshots.OpenSnapshot;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** The reader that knows nothing but the formats' text restores files that were released. */
class IndependentReaderTest extends ReleasedFiles {
  private static final Path PYTHON = Path.of("/usr/bin/python3");
  private static final Path READER =
      Path.of("../kmesh-core/src/test/python/kmesh_repository_reader.py");
  private static final byte[] LARGE = Site.bytes(9 << 20, 3);

  private Fid holes() throws IOException {
    Fid fid = site.write("d/holes", DATA);
    try (PosixFile file =
        site.lustre.tree().openFile(PathBytes.of("d/holes"), Set.of(OpenFlag.WRITE))) {
      file.truncate(1 << 20);
    }
    site.act(HsmActionKind.ARCHIVE, fid);
    site.act(HsmActionKind.RELEASE, fid);
    return fid;
  }

  private int run(String... command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("out").toFile())
            .start();
    if (!process.waitFor(2, TimeUnit.MINUTES)) {
      process.destroyForcibly();
      throw new AssertionError("The reader does not end.");
    }
    return process.exitValue();
  }

  private void requireReader() throws IOException, InterruptedException {
    Assumptions.assumeTrue(
        Files.exists(PYTHON)
            && run(PYTHON.toString(), "-c", "import argon2, cryptography, zstandard") == 0,
        "python3-argon2, python3-cryptography, python3-zstandard is not installed");
  }

  private void requireRestored(String snapshot) throws IOException, InterruptedException {
    Path repository = directory.resolve("repository");
    RepositorySite.copy(site.store, repository);
    Path password =
        Files.writeString(directory.resolve("password"), RepositorySite.PASSPHRASE + "\n");
    Path target = directory.resolve("target");
    int code =
        run(
            PYTHON.toString(),
            READER.toAbsolutePath().toString(),
            "--repo",
            repository.toString(),
            "--password-file",
            password.toString(),
            "restore",
            snapshot,
            target.toString());
    String said = Files.readString(directory.resolve("out"));
    assertThat(code).as(said).isZero();
    assertThat(said).doesNotContain("left out");
    assertThat(target.resolve("f")).hasBinaryContent(DATA);
    assertThat(target.resolve("large")).hasBinaryContent(LARGE);
    byte[] holes = Files.readAllBytes(target.resolve("holes"));
    assertThat(holes).hasSize(1 << 20).startsWith(DATA);
    assertThat(holes[holes.length - 1]).isZero();
    assertThat(recalls()).isZero();
  }

  @Test
  void contentThatASnapshotKeeps_isRestored_afterItsArchiveLostIt() throws Exception {
    requireReader();
    List<Fid> files = List.of(released("f", DATA), released("large", LARGE), holes());
    String snapshot = take();
    for (Fid file : files) {
      lose(file);
    }
    RepositorySite.prune(site, site.store);
    RepositorySite.prune(site, site.store);
    requireRestored(snapshot);
  }

  @Test
  void contentThatASnapshotRefersTo_isRestored_fromTheCatalog() throws Exception {
    requireReader();
    released("f", DATA);
    released("large", LARGE);
    holes();
    // A snapshot that was taken while the archive was not there to be asked.
    HeadLog heads = RepositorySite.domain(site, site.store).heads();
    List<Head.Root> catalogs =
        heads.newest().roots().stream()
            .filter(root -> root.kind().equals(CatalogManifest.KIND))
            .toList();
    heads.commit(
        head -> head.withRoots(head.roots().stream().filter(r -> !catalogs.contains(r)).toList()));
    String snapshot = take();
    try (OpenSnapshot open = snapshots().open(snapshot)) {
      assertThat(open.at(PathBytes.of("large")).content()).isInstanceOf(Content.Reference.class);
    }
    for (Head.Root catalog : catalogs) {
      heads.commit(head -> head.withRoot(catalog));
    }
    requireRestored(snapshot);
  }
}
