// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool;

import static io.kmesh.lustre.HsmActionKind.ARCHIVE;
import static io.kmesh.lustre.HsmActionKind.RELEASE;
import static io.kmesh.lustre.HsmActionKind.RESTORE;
import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.endpoints.Endpoints;
import io.kmesh.core.internal.snapshots.ContentGate;
import io.kmesh.core.internal.snapshots.LustreGate;
import io.kmesh.core.internal.snapshots.OpenSnapshot;
import io.kmesh.core.internal.snapshots.RestoreTarget;
import io.kmesh.core.internal.snapshots.ScanTally;
import io.kmesh.core.internal.snapshots.SnapshotStore;
import io.kmesh.core.internal.snapshots.TreeRestore;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.repository.RepositoryArchive;
import io.kmesh.spi.archive.RemoveAction;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.testkit.junit.KmeshExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A Lustre whose archive 1 is a repository, and snapshots of its directory d in there. */
@ExtendWith(KmeshExtension.class)
abstract class ReleasedFiles {
  static final PathBytes BACK = PathBytes.of("back");
  static final byte[] DATA = Site.bytes(100_000, 1);

  @TempDir Path directory;
  Site site;
  RepositoryArchive archive;
  Copytool copytool;

  @BeforeEach
  void open() throws IOException {
    site = Site.open(Files.createDirectory(directory.resolve("one")));
    archive = RepositorySite.archive(site, site.store);
    copytool = site.start(site.copytool(archive));
    try (PosixDirectory root = site.lustre.tree().openRoot()) {
      root.makeDirectory(PathBytes.of("d"), 0755);
      root.makeDirectory(BACK, 0755);
    }
  }

  @AfterEach
  void close() throws IOException {
    copytool.close();
    archive.close();
    site.close();
  }

  Fid released(String name, byte[] content) throws IOException {
    Fid fid = site.write("d/" + name, content);
    site.act(ARCHIVE, fid);
    site.act(RELEASE, fid);
    return fid;
  }

  SnapshotStore snapshots() {
    return snapshots(site.store);
  }

  SnapshotStore snapshots(ObjectStore store) {
    return new SnapshotStore(RepositorySite.domain(site, store), site.time, "here", 2);
  }

  String take() throws IOException {
    return take(site.store, new LustreGate(site.lustre));
  }

  String take(ObjectStore store, ContentGate gate) throws IOException {
    site.time.advance(Duration.ofMinutes(1));
    ScanTally tally = new ScanTally();
    SnapshotStore.Request request =
        new SnapshotStore.Request(
            site.lustre.tree(), PathBytes.of("d"), "s", "d", Map.of(), gate, false, List.of());
    String id = snapshots(store).take(request, tally, Retrier.Check.NONE).manifest().id();
    assertThat(tally.problems()).isEmpty();
    return id;
  }

  /** Lets the back end remove what it has of a file, as when the file is still released. */
  void lose(Fid fid) throws IOException {
    archive.remove(
        new RemoveAction() {
          @Override
          public Fid fid() {
            return fid;
          }

          @Override
          public ArchiveId archiveId() {
            return Site.ONE;
          }

          @Override
          public List<PathBytes> paths() {
            return List.of();
          }

          @Override
          public byte[] payload() {
            return new byte[0];
          }

          @Override
          public void checkCancelled() {}
        });
  }

  ScanTally restore(String snapshot, RestoreTarget target) throws IOException {
    return restore(snapshot, target, TreeRestore.Overwrite.NEVER);
  }

  ScanTally restore(String snapshot, RestoreTarget target, TreeRestore.Overwrite overwrite)
      throws IOException {
    ScanTally tally = new ScanTally();
    try (OpenSnapshot open = snapshots().open(snapshot)) {
      open.restore(PathBytes.EMPTY, target, overwrite, tally, Retrier.Check.NONE);
    }
    return tally;
  }

  RestoreTarget back() {
    return back(site.lustre);
  }

  RestoreTarget back(LustreBinding binding) {
    return new RestoreTarget(Endpoints.below(site.lustre.tree(), BACK), binding);
  }

  long recalls() {
    return site.lustre.coordinator().statistics().delivered(RESTORE);
  }

  Fid fid(String path) throws IOException {
    return site.lustre.identity().fid(PathBytes.of(path));
  }

  byte[] recalled(String path) throws IOException {
    site.act(RESTORE, fid(path));
    return site.read(fid(path));
  }

  void unlink(String path) throws IOException {
    PathBytes at = PathBytes.of(path);
    try (PosixDirectory parent = site.lustre.tree().openDirectory(at.parent())) {
      parent.unlink(at.name());
    }
  }

  void nothingElse(String... names) throws IOException {
    try (PosixDirectory top = site.lustre.tree().openDirectory(BACK)) {
      assertThat(top.entries().next())
          .extracting(e -> e.name().toString())
          .containsExactlyInAnyOrder(names);
    }
  }
}
