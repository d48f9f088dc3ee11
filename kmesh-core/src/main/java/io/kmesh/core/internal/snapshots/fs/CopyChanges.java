// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.nio.Facts;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Walks what was touched, directory by directory, and says how it differs from the snapshot. What
 * was not touched is not looked at. For one thread.
 */
final class CopyChanges implements Iterator<CopyChange> {
  private final CopyVolume volume;
  private final SnapshotVolume snapshot;
  private final Deque<Directory> open = new ArrayDeque<>();
  private final Deque<CopyChange> ready = new ArrayDeque<>();
  private final Set<Long> compared = new HashSet<>(); // of those with several names, once
  private boolean isBegun;
  private boolean isEnded;

  CopyChanges(CopyVolume volume, SnapshotVolume snapshot) {
    this.volume = volume;
    this.snapshot = snapshot;
  }

  private record Directory(
      PathBytes path, InodeState state, Iterator<Map.Entry<PathBytes, Long>> names) {}

  @Override
  public boolean hasNext() {
    try {
      if (!isBegun) {
        isBegun = true;
        CopyInode root = volume.top();
        compare(PathBytes.EMPTY, PathBytes.EMPTY, root.state());
        enter(PathBytes.EMPTY, root);
      }
      while (ready.isEmpty() && !open.isEmpty()) {
        Directory directory = open.element();
        if (directory.names().hasNext()) {
          Map.Entry<PathBytes, Long> name = directory.names().next();
          look(directory, name.getKey(), name.getValue());
        } else {
          open.pop();
        }
      }
      if (ready.isEmpty() && !isEnded) {
        isEnded = true;
        linked();
      }
      return !ready.isEmpty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public CopyChange next() {
    if (!hasNext()) {
      throw new java.util.NoSuchElementException();
    }
    return ready.remove();
  }

  /** Files whose names of the snapshot lead to them though none was touched. */
  private void linked() throws IOException {
    for (InodeState state : volume.linked()) {
      PathBytes origin = state.origin();
      if (origin != null) {
        compare(origin, origin, state);
      }
    }
  }

  private void enter(PathBytes path, CopyInode directory) throws IOException {
    open.push(
        new Directory(path, directory.state(), volume.touched(directory).entrySet().iterator()));
  }

  private void look(Directory directory, PathBytes name, long target) throws IOException {
    PathBytes path = directory.path().resolve(name);
    PathBytes content = directory.state().content();
    PathBytes place = content == null ? null : content.resolve(name);
    SnapshotVolume.Entry below = place == null ? null : snapshot.at(place);
    CopyInode inode = target == Change.DELETED ? null : volume.inode(target);
    if (below != null && place != null && !isSame(inode, below, place)) {
      // Something of the snapshot was here: it moved, or it is no more.
      if (below.node().isLinked() || !volume.livesOn(place)) {
        if (inode != null && isReplaced(inode.state(), below)) {
          ready.add(new CopyChange(CopyChange.Kind.CHANGED, path, place));
          return;
        }
        ready.add(new CopyChange(CopyChange.Kind.REMOVED, path, place));
      }
    }
    if (inode == null) {
      return;
    }
    PathBytes origin = inode.state().origin();
    if (below != null && place != null && isSame(inode, below, place)) {
      compare(path, place, inode.state());
    } else if (origin == null || inode.state().isLinked() || inode.state().links() > 1) {
      ready.add(new CopyChange(CopyChange.Kind.ADDED, path, null));
      if (origin != null) {
        // One more name of a file of the snapshot, which may itself have changed.
        compare(path, origin, inode.state());
      }
    } else {
      ready.add(new CopyChange(CopyChange.Kind.RENAMED, path, origin));
      compare(path, origin, inode.state());
    }
    if (inode.state().isDirectory()) {
      enter(path, inode);
    }
  }

  /** Whether an entry is the one that the snapshot has at a place. */
  private static boolean isSame(
      @Nullable CopyInode inode, SnapshotVolume.Entry below, PathBytes place) {
    if (inode == null) {
      return false;
    }
    InodeState state = inode.state();
    return state.isLinked()
        ? new SnapshotVolume.LinkKey(state.device(), state.inode())
            .equals(SnapshotVolume.key(below))
        : place.equals(state.origin());
  }

  /** Whether a new file stands where the snapshot has another. */
  private static boolean isReplaced(InodeState state, SnapshotVolume.Entry below) {
    return state.origin() == null
        && state.type() == below.node().type()
        && state.type() != FileType.DIRECTORY;
  }

  private void compare(PathBytes path, PathBytes base, InodeState state) throws IOException {
    SnapshotVolume.Entry entry = snapshot.at(base);
    boolean isNew =
        (!state.isLinked() && state.links() == 1)
            || state.isDirectory()
            || compared.add(state.id());
    if (isNew && entry != null && differs(state, entry)) {
      ready.add(new CopyChange(CopyChange.Kind.CHANGED, path, base));
    }
  }

  private boolean differs(InodeState state, SnapshotVolume.Entry entry) throws IOException {
    Facts facts = snapshot.facts(entry);
    boolean isSame =
        state.mode() == facts.mode()
            && state.uid() == facts.uid()
            && state.gid() == facts.gid()
            && state.data() == 0
            && (state.isDirectory() || state.mtime().equals(facts.mtime()));
    if (state.type() == FileType.REGULAR) {
      isSame &= state.size() == facts.size() && state.limit() == facts.size();
    }
    if (!isSame) {
      return true;
    }
    for (Map.Entry<PathBytes, Optional<byte[]>> attribute : state.attributes().entrySet()) {
      byte[] before = snapshot.attribute(entry, attribute.getKey());
      byte[] now = attribute.getValue().orElse(null);
      if (!Arrays.equals(before, now)) {
        return true;
      }
    }
    return false;
  }
}
