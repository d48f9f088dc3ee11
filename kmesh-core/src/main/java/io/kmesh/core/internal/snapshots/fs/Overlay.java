// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What differs from a snapshot: a journal, and the same in memory. Memory grows with the entries
 * that were touched, not with those that are there. Guarded by its volume's lock.
 */
final class Overlay implements Closeable {
  /** The folder of data files. */
  static final String DATA = "data";

  /** The number of the top. */
  static final long ROOT = 1;

  /** A journal up to this is not written anew. */
  static final long SMALL = 1 << 20;

  private static final int FRAME = 1000;

  private final OverlayFiles files;
  private final long small;
  private ChangeLog journal;
  private Change.Head head = new Change.Head("", "", 2);
  private final Map<Long, CopyInode> inodes = new HashMap<>();
  private final Map<SnapshotVolume.LinkKey, Long> linked = new HashMap<>();
  private final Map<PathBytes, Long> origins = new HashMap<>();
  private final Set<Long> doomed = new HashSet<>();
  private long next = 2;
  private long compactAt;

  @SuppressWarnings("NullAway.Init") // The factories set the journal.
  private Overlay(OverlayFiles files, long small) {
    this.files = files;
    this.small = small;
    this.compactAt = small;
  }

  /** Makes one in an empty folder, durable. */
  static Overlay create(OverlayFiles files, String copy, String snapshot, InodeState root)
      throws IOException {
    Overlay overlay = new Overlay(files, SMALL);
    files.makeFolder(DATA);
    List<Change> first = List.of(new Change.Head(copy, snapshot, 2), new Change.Put(root));
    overlay.apply(first);
    overlay.journal = Journal.create(files, first);
    return overlay;
  }

  /**
   * One in memory that is to take the place of another: its numbers are above the other's.
   *
   * @param snapshot the id of what it is over
   */
  static Overlay draft(Overlay before, String snapshot, InodeState root) throws IOException {
    Overlay overlay = new Overlay(before.files, Long.MAX_VALUE);
    overlay.journal = ChangeLog.NONE;
    overlay.apply(
        List.of(new Change.Head(before.head.copy(), snapshot, before.next), new Change.Put(root)));
    return overlay;
  }

  /** Becomes what a draft is, durable, and deletes data that it does not have. Then closes. */
  void become(Overlay draft) throws IOException {
    journal.replace(draft::frames);
    draft.sweep();
  }

  /** Opens one; what no entry has is deleted. */
  static Overlay open(OverlayFiles files, long small) throws IOException {
    Overlay overlay = new Overlay(files, small);
    overlay.journal = Journal.open(files, overlay::apply);
    try {
      if (overlay.head.copy().isEmpty() || overlay.find(ROOT) == null) {
        throw overlay.damaged("it does not say of what it is a copy");
      }
      overlay.compactIfLarge();
      overlay.sweep();
      return overlay;
    } catch (IOException | RuntimeException e) {
      overlay.journal.close();
      throw e;
    }
  }

  private void sweep() throws IOException {
    files.makeFolder(DATA);
    Set<String> used = new HashSet<>();
    inodes.values().forEach(inode -> used.add(name(inode.state().data())));
    for (String file : files.list(DATA)) {
      if (!used.contains(DATA + "/" + file)) {
        files.delete(DATA + "/" + file);
      }
    }
  }

  private ProviderException damaged(String reason) {
    return new ProviderException(
        ErrorKind.CORRUPT,
        "Cannot open the virtual copy in "
            + files.where()
            + ": "
            + reason
            + ". Put the folder back from a backup, or delete the copy.");
  }

  Change.Head head() {
    return head;
  }

  OverlayFiles files() {
    return files;
  }

  /** The name of a data file. */
  static String name(long data) {
    return DATA + "/" + java.util.HexFormat.of().toHexDigits(data);
  }

  /** A number that was never used. */
  long number() {
    return next++;
  }

  @Nullable CopyInode find(long id) {
    return inodes.get(id);
  }

  CopyInode get(long id) {
    CopyInode inode = inodes.get(id);
    if (inode == null) {
      throw new IllegalStateException("An overlay has no entry " + id + ".");
    }
    return inode;
  }

  CopyInode root() {
    return get(ROOT);
  }

  /** The entry of a file of the snapshot with several names. */
  @Nullable CopyInode findLinked(SnapshotVolume.LinkKey key) {
    Long id = linked.get(key);
    return id == null ? null : inodes.get(id);
  }

  /** What an entry of the snapshot is here; null when it is as it was, or gone. */
  @Nullable CopyInode findOrigin(PathBytes path) {
    Long id = origins.get(path);
    return id == null ? null : inodes.get(id);
  }

  Collection<CopyInode> all() {
    return inodes.values();
  }

  /** Journals a group of changes, then makes them. When it fails nothing is changed. */
  void commit(List<Change> changes) throws IOException {
    if (changes.isEmpty()) {
      return;
    }
    journal.append(changes);
    apply(changes);
    if (journal.size() > compactAt) {
      try {
        compact();
      } catch (IOException e) {
        // The changes are made; the journal is only longer than it need be.
        compactAt = 2 * journal.size();
      }
    }
  }

  private void apply(List<Change> changes) throws ProviderException {
    for (Change change : changes) {
      apply(change);
    }
  }

  private void apply(Change change) throws ProviderException {
    if (change instanceof Change.Head newHead) {
      head = newHead;
      next = Math.max(next, newHead.next());
    } else if (change instanceof Change.Put put) {
      put(put.state());
    } else if (change instanceof Change.Gone gone) {
      gone(gone.id());
    } else if (change instanceof Change.Name name) {
      if (name.target() != Change.DELETED) {
        known(name.target());
      }
      directory(name.directory()).names.put(name.name(), name.target());
    } else if (change instanceof Change.NoName name) {
      directory(name.directory()).names.remove(name.name());
    } else if (change instanceof Change.Blocks blocks) {
      known(blocks.id()).blocks.set(blocks.from(), blocks.to());
    }
  }

  private CopyInode known(long id) throws ProviderException {
    CopyInode inode = inodes.get(id);
    if (inode == null) {
      throw damaged("its journal tells of an entry " + id + " that it does not have");
    }
    return inode;
  }

  private CopyInode directory(long id) throws ProviderException {
    CopyInode inode = known(id);
    if (!inode.state().isDirectory()) {
      throw damaged("its journal has names in the entry " + id + ", which is no directory");
    }
    return inode;
  }

  private void put(InodeState state) throws ProviderException {
    next = Math.max(next, Math.max(state.id(), state.data()) + 1);
    CopyInode before = inodes.get(state.id());
    if (before == null) {
      inodes.put(state.id(), new CopyInode(state));
    } else if (before.state().type() != state.type()) {
      throw damaged("its journal changes the type of the entry " + state.id());
    } else {
      doom(before.state().data(), state.data());
      before.set(state);
    }
    PathBytes origin = state.origin();
    if (state.isLinked()) {
      linked.put(new SnapshotVolume.LinkKey(state.device(), state.inode()), state.id());
    } else if (origin != null) {
      origins.put(origin, state.id());
    }
  }

  private void gone(long id) throws ProviderException {
    InodeState state = known(id).state();
    if (id == ROOT) {
      throw damaged("its journal deletes the top");
    }
    get(id).isGone = true;
    inodes.remove(id);
    doom(state.data(), 0);
    PathBytes origin = state.origin();
    if (state.isLinked()) {
      linked.remove(new SnapshotVolume.LinkKey(state.device(), state.inode()), id);
    } else if (origin != null) {
      origins.remove(origin, id);
    }
  }

  private void doom(long before, long now) {
    if (before != 0 && before != now) {
      doomed.add(before);
    }
  }

  /** A data file that nobody will want. */
  void doom(long data) {
    doom(data, 0);
  }

  /** Makes all changes durable, and deletes data that only what is durable no more had. */
  void sync() throws IOException {
    journal.sync();
    for (Iterator<Long> each = doomed.iterator(); each.hasNext(); ) {
      files.delete(name(each.next()));
      each.remove();
    }
  }

  private void compactIfLarge() throws IOException {
    compactAt = Math.max(small, 4 * journal.size());
    if (journal.size() > small) {
      compact();
    }
  }

  /** Writes the journal anew as what it comes to. */
  private void compact() throws IOException {
    journal.replace(this::frames);
    compactAt = Math.max(small, 4 * journal.size());
  }

  private Iterator<List<Change>> frames() {
    List<List<Change>> frames = new ArrayList<>();
    List<Change> changes = new ArrayList<>();
    changes.add(new Change.Head(head.copy(), head.snapshot(), next));
    for (CopyInode inode : inodes.values()) {
      changes.add(new Change.Put(inode.state()));
      changes.addAll(blocks(inode.id(), inode.blocks));
    }
    for (CopyInode inode : inodes.values()) {
      inode.names.forEach((name, target) -> changes.add(new Change.Name(inode.id(), name, target)));
    }
    for (int i = 0; i < changes.size(); i += FRAME) {
      frames.add(changes.subList(i, Math.min(changes.size(), i + FRAME)));
    }
    return frames.iterator();
  }

  /** Blocks as changes. */
  static List<Change> blocks(long id, BitSet blocks) {
    List<Change> changes = new ArrayList<>();
    for (int from = blocks.nextSetBit(0); from >= 0; ) {
      int to = blocks.nextClearBit(from);
      changes.add(new Change.Blocks(id, from, to));
      from = blocks.nextSetBit(to);
    }
    return changes;
  }

  @Override
  public void close() throws IOException {
    try {
      sync();
    } finally {
      try {
        journal.close();
      } finally {
        files.close();
      }
    }
  }

  /** Closes without making anything durable. */
  void abandon() throws IOException {
    journal.close();
    files.close();
  }
}
