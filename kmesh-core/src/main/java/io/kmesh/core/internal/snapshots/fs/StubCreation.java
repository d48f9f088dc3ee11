// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.repository.tree.Edit;
import io.kmesh.core.internal.snapshots.OpenSnapshot;
import io.kmesh.core.internal.snapshots.SnapshotStore;
import io.kmesh.core.internal.snapshots.archive.HsmEntry;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.spi.posix.SyncMode;
import io.kmesh.spi.posix.XattrMode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;

/** Makes a copy on a Lustre, in an order in which a cut leaves nothing that counts. */
final class StubCreation {
  private final StubParts parts;

  StubCreation(StubParts parts) {
    this.parts = parts;
  }

  StubCopies.Made create(
      String id, String snapshot, String name, PathBytes path, Retrier.Check check)
      throws IOException {
    StubProbe probe =
        new StubProbe(parts.lustre(), parts.archive(), parts.time(), parts.settings().patience());
    probe.requireImport();
    requireFree(path);
    try (OpenSnapshot open = parts.snapshots().open(snapshot)) {
      SnapshotVolume volume = new SnapshotVolume(open, parts.settings().cache());
      parts
          .domain()
          .heads()
          .commit(
              head -> {
                CopyRoots.requireName(head, name, id);
                return head.withRoot(root(head, open, name, id, path));
              });
      try (StubWriter writer = parts.writer(volume, check)) {
        create(id, volume, path, probe, writer, check);
        Head head = parts.domain().heads().commit(h -> StubRoots.in(h, id, StubRoots.State.READY));
        Head.Root made = head.root(SnapshotStore.COPY_KIND, id).orElseThrow(() -> gone(id));
        return new StubCopies.Made(made, writer.files(), writer.problems());
      } catch (IOException | RuntimeException e) {
        try {
          abandon(id, path);
        } catch (IOException | RuntimeException second) {
          e.addSuppressed(second);
        }
        if (e instanceof ProviderException failure) {
          throw probe.denied(failure);
        }
        throw e;
      }
    }
  }

  private Head.Root root(Head head, OpenSnapshot open, String name, String id, PathBytes path)
      throws ProviderException {
    Head.Root snapshot = parts.snapshots().find(head, open.manifest().id());
    long now = parts.time().now().toEpochMilli();
    return StubRoots.create(
        name, id, now, snapshot, parts.scope(), path, parts.settings().cluster());
  }

  private void requireFree(PathBytes path) throws IOException {
    if (path.isEmpty()) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot create a virtual copy at the top of a file system: name a path below it.");
    }
    try (PosixDirectory parent = parts.lustre().tree().openDirectory(path.parent())) {
      if (parent.find(path.name()).isPresent()) {
        throw new ProviderException(
            ErrorKind.EXISTS,
            "Cannot create a virtual copy at "
                + path
                + ": something is there. Name a path where nothing is.");
      }
    }
  }

  private static ProviderException gone(String id) {
    return new ProviderException(
        ErrorKind.NOT_FOUND,
        "Cannot create the virtual copy " + id + ": it was deleted meanwhile. Create another.");
  }

  private void create(
      String id,
      SnapshotVolume volume,
      PathBytes path,
      StubProbe probe,
      StubWriter writer,
      Retrier.Check check)
      throws IOException {
    PathBytes hidden = StubParts.hidden(path, id);
    try (PosixDirectory parent = parts.lustre().tree().openDirectory(path.parent())) {
      parent.makeDirectory(hidden.name(), 0700);
      prove(id, volume, hidden, probe, check);
      writer.fill(volume.root(), hidden);
      mark(parent, hidden.name(), id);
      parts.catalogs().commit(StubRoots.catalog(id), writer::edits);
      check.run();
      parent.rename(hidden.name(), parent, path.name(), RenameMode.NO_REPLACE);
      parent.sync(SyncMode.ALL);
    }
  }

  private static void mark(PosixDirectory parent, PathBytes name, String id) throws IOException {
    try (PosixDirectory top = parent.openDirectory(name)) {
      FileTime mtime = top.stat().mtime();
      top.setXattr(StubParts.MARK, id.getBytes(StandardCharsets.US_ASCII), XattrMode.SET);
      top.setTimes(mtime, mtime);
      top.sync(SyncMode.ALL);
    }
  }

  private void prove(
      String id, SnapshotVolume volume, PathBytes hidden, StubProbe probe, Retrier.Check check)
      throws IOException {
    SnapshotVolume.Entry small = StubProbe.find(volume);
    if (small == null) {
      return;
    }
    PathBytes name = PathBytes.of("probe");
    PathBytes place = hidden.resolve(name);
    try (PosixDirectory directory = parts.lustre().tree().openDirectory(hidden);
        StubWriter writer = parts.writer(volume, check)) {
      writer.make(directory, place, small, new EntrySetter());
      parts.catalogs().commit(StubRoots.catalog(id), writer::edits);
      Fid fid = parts.lustre().identity().fid(place);
      probe.prove(fid, place, volume, small);
      directory.unlink(name);
      parts.catalogs().commit(StubRoots.catalog(id), () -> one(Edit.remove(HsmEntry.name(fid))));
    }
  }

  private static Edit.Source one(Edit edit) {
    Iterator<Edit> each = List.of(edit).iterator();
    return () -> each.hasNext() ? each.next() : null;
  }

  /** Takes back what was begun. */
  void abandon(String id, PathBytes path) throws IOException {
    parts.removeTree(StubParts.hidden(path, id));
    if (parts.isCopy(path, id)) {
      // It was seen already, and is whole.
      parts.domain().heads().commit(head -> StubRoots.in(head, id, StubRoots.State.READY));
      return;
    }
    parts.domain().heads().commit(head -> StubRoots.without(head, id));
  }
}
