// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.nio.Facts;
import io.kmesh.core.internal.nio.Failures;
import io.kmesh.core.internal.nio.KmeshPath;
import io.kmesh.core.internal.nio.Located;
import io.kmesh.core.internal.nio.OpenMode;
import io.kmesh.core.internal.nio.Volume;
import io.kmesh.core.internal.nio.Writer;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.ClosedFileSystemException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/** A snapshot with the changes of an overlay. */
final class CopyVolume implements Volume, Writer, ReverseSync.Source {
  /** What is new has inode numbers from here on, where Linux has none. */
  private static final long NEW_INODES = 1L << 62;

  private static final int NEW_LINK = 0777;

  private final SnapshotVolume snapshot;
  private final Overlay overlay;
  private final KmeshTime time;
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private final Map<CopyContent, Integer> used = new ConcurrentHashMap<>();
  private volatile boolean isClosed;

  CopyVolume(SnapshotVolume snapshot, Overlay overlay, KmeshTime time) {
    this.snapshot = snapshot;
    this.overlay = overlay;
    this.time = time;
  }

  /** Reads under the lock. */
  @FunctionalInterface
  interface Reading<T> {
    T read() throws IOException;
  }

  private <T> T reading(Reading<T> reading) throws IOException {
    lock.readLock().lock();
    try {
      check();
      return reading.read();
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Prepares changes under the lock, which are then made at once. */
  @FunctionalInterface
  interface Changing {
    void prepare(Batch batch) throws IOException;
  }

  private void changing(Changing changing) throws IOException {
    lock.writeLock().lock();
    try {
      check();
      Batch batch = new Batch(overlay);
      changing.prepare(batch);
      batch.commit();
    } finally {
      lock.writeLock().unlock();
    }
  }

  private void check() {
    if (isClosed) {
      throw new ClosedFileSystemException();
    }
  }

  boolean isOpen() {
    return !isClosed;
  }

  FileTime now() {
    return FileTime.of(time.now());
  }

  OverlayFiles files() {
    return overlay.files();
  }

  long number() {
    lock.writeLock().lock();
    try {
      return overlay.number();
    } finally {
      lock.writeLock().unlock();
    }
  }

  void doom(long data) {
    lock.writeLock().lock();
    try {
      overlay.doom(data);
    } finally {
      lock.writeLock().unlock();
    }
  }

  @Override
  public boolean isReadOnly() {
    return false;
  }

  @Override
  public Writer writer() {
    return this;
  }

  // Reading.

  @Override
  public Node root() {
    lock.readLock().lock();
    try {
      return overlay.root();
    } finally {
      lock.readLock().unlock();
    }
  }

  @Override
  public @Nullable Node find(Node directory, PathBytes name) throws IOException {
    return reading(() -> Optional.ofNullable(findLocked(directory, name))).orElse(null);
  }

  private @Nullable Node findLocked(Node directory, PathBytes name) throws IOException {
    if (directory instanceof CopyInode inode) {
      Long target = inode.names.get(name);
      if (target != null) {
        return target == Change.DELETED ? null : overlay.get(target);
      }
      SnapshotVolume.Entry base = base(inode);
      return base == null ? null : seen(snapshot.find(base, name));
    }
    return seen(snapshot.find(directory, name));
  }

  /** What an entry of the snapshot is seen as: several names of one file change together. */
  private @Nullable Node seen(SnapshotVolume.@Nullable Entry entry) {
    if (entry != null && SnapshotVolume.key(entry) instanceof SnapshotVolume.LinkKey key) {
      CopyInode linked = overlay.findLinked(key);
      return linked != null ? linked : entry;
    }
    return entry;
  }

  /** The directory of the snapshot that shows through. */
  private SnapshotVolume.@Nullable Entry base(CopyInode directory) throws IOException {
    SnapshotVolume.Entry base = directory.base;
    if (base == null) {
      base = base(directory.state());
      directory.base = base;
    }
    return base;
  }

  /** What of the snapshot shows through an entry. */
  SnapshotVolume.@Nullable Entry base(InodeState state) throws IOException {
    PathBytes content = state.content();
    return content == null ? null : snapshot.at(content);
  }

  @Override
  public Names names(Node directory) throws IOException {
    if (!(directory instanceof CopyInode inode)) {
      return snapshot.names(directory);
    }
    return reading(
        () -> {
          SnapshotVolume.Entry base = base(inode);
          return new Merged(inode, base == null ? () -> null : snapshot.names(base));
        });
  }

  /** Names of the overlay and of the snapshot, in order. */
  private final class Merged implements Names {
    private final CopyInode directory;
    private final Names base;
    private @Nullable PathBytes baseNext;
    private @Nullable PathBytes last;

    Merged(CopyInode directory, Names base) throws IOException {
      this.directory = directory;
      this.base = base;
      this.baseNext = base.next();
    }

    @Override
    public @Nullable PathBytes next() throws IOException {
      return reading(() -> Optional.ofNullable(step())).orElse(null);
    }

    private @Nullable PathBytes step() throws IOException {
      while (true) {
        Map.Entry<PathBytes, Long> over =
            last == null ? directory.names.firstEntry() : directory.names.higherEntry(last);
        PathBytes below = baseNext;
        if (over == null && below == null) {
          return null;
        }
        int order = over == null ? 1 : below == null ? -1 : over.getKey().compareTo(below);
        if (order >= 0) {
          baseNext = base.next();
        }
        if (order > 0) {
          last = below;
          return below;
        }
        last = over == null ? last : over.getKey();
        if (over != null && over.getValue() != Change.DELETED) {
          return over.getKey();
        }
      }
    }
  }

  @Override
  public Facts facts(Node node) {
    if (!(node instanceof CopyInode inode)) {
      return snapshot.facts(node);
    }
    // The state is read last: what was written is in it before the content forgets it.
    CopyContent content = inode.content;
    FileTime modified = content == null ? null : content.modified();
    long written = content == null ? 0 : content.size();
    InodeState state = inode.state();
    long size = content == null ? state.size() : written;
    return new Facts(
        key(state),
        state.type(),
        state.mode(),
        state.uid(),
        state.gid(),
        modified == null ? state.mtime() : modified,
        modified == null ? state.ctime() : modified,
        state.inode(),
        state.device(),
        state.links(),
        state.type() == FileType.SYMLINK ? state.target().length() : size,
        state.rdev());
  }

  /** What was of the snapshot keeps the key that it has there. */
  private static Object key(InodeState state) {
    PathBytes origin = state.origin();
    if (state.isLinked()) {
      return new SnapshotVolume.LinkKey(state.device(), state.inode());
    }
    return origin != null ? origin : (Object) state.id();
  }

  @Override
  public PathBytes target(Node link) throws IOException {
    return link instanceof CopyInode inode ? inode.state().target() : snapshot.target(link);
  }

  @Override
  public List<PathBytes> attributes(Node node) throws IOException {
    if (!(node instanceof CopyInode inode)) {
      return snapshot.attributes(node);
    }
    TreeSet<PathBytes> names = new TreeSet<>();
    SnapshotVolume.Entry origin = origin(inode.state());
    if (origin != null) {
      names.addAll(snapshot.attributes(origin));
    }
    inode
        .state()
        .attributes()
        .forEach(
            (name, value) -> {
              if (value.isPresent()) {
                names.add(name);
              } else {
                names.remove(name);
              }
            });
    return new ArrayList<>(names);
  }

  private SnapshotVolume.@Nullable Entry origin(InodeState state) throws IOException {
    PathBytes origin = state.origin();
    return origin == null ? null : snapshot.at(origin);
  }

  @Override
  public byte @Nullable [] attribute(Node node, PathBytes name) throws IOException {
    if (!(node instanceof CopyInode inode)) {
      return snapshot.attribute(node, name);
    }
    Optional<byte[]> own = inode.state().attributes().get(name);
    if (own != null) {
      return own.map(byte[]::clone).orElse(null);
    }
    SnapshotVolume.Entry origin = origin(inode.state());
    return origin == null ? null : snapshot.attribute(origin, name);
  }

  @Override
  public Bytes content(Node file) throws IOException {
    if (!(file instanceof CopyInode inode)) {
      return snapshot.content(file);
    }
    CopyContent content = use(inode);
    content.acquire();
    if (inode.state().data() == 0 && inode.state().limit() > 0) {
      try {
        // Says at once when the bytes are elsewhere.
        baseContent(inode.state());
      } catch (IOException | RuntimeException e) {
        release(content);
        throw e;
      }
    }
    return new Bytes() {
      private boolean isReleased;

      @Override
      public int read(long offset, ByteBuffer target, boolean isSequential) throws IOException {
        check();
        return content.read(offset, target, isSequential);
      }

      @Override
      public long size() {
        return content.size();
      }

      @Override
      public OptionalLong nextData(long offset) throws IOException {
        OptionalLong data =
            isUnwritten(inode)
                ? baseContent(inode.state()).nextData(offset)
                : OptionalLong.of(offset);
        return data.isPresent() && data.getAsLong() < size() ? data : OptionalLong.empty();
      }

      @Override
      public long nextHole(long offset) throws IOException {
        return isUnwritten(inode)
            ? Math.min(size(), baseContent(inode.state()).nextHole(offset))
            : size();
      }

      @Override
      public synchronized void close() throws IOException {
        if (!isReleased && isOpen()) {
          isReleased = true;
          release(content);
        }
      }
    };
  }

  /** Whether all bytes that a file has are the snapshot's, with their holes. */
  private static boolean isUnwritten(CopyInode inode) {
    InodeState state = inode.state();
    CopyContent content = inode.content;
    boolean isBeingWritten = content != null && content.modified() != null;
    return !isBeingWritten
        && state.data() == 0
        && state.content() != null
        && state.limit() == state.size();
  }

  /** Of a file that was written all are taken for data. */
  @Override
  public long allocated(Node file) throws IOException {
    if (!(file instanceof CopyInode inode)) {
      return snapshot.allocated(file);
    }
    SnapshotVolume.Entry base = isUnwritten(inode) ? base(inode.state()) : null;
    return base == null
        ? facts(inode).size()
        : Math.min(snapshot.allocated(base), inode.state().size());
  }

  /** The snapshot's bytes of a file. */
  Bytes baseContent(InodeState state) throws IOException {
    SnapshotVolume.Entry base = base(state);
    if (base == null) {
      throw new IllegalStateException("An overlay's file shows what the snapshot does not have.");
    }
    return snapshot.content(base);
  }

  /** Notes that a content is used; its own lock is taken after the volume's was left. */
  private CopyContent use(CopyInode inode) {
    lock.writeLock().lock();
    try {
      check();
      CopyContent content = inode.content;
      if (content == null) {
        content = new CopyContent(this, inode);
        inode.content = content;
      }
      used.merge(content, 1, Integer::sum);
      return content;
    } finally {
      lock.writeLock().unlock();
    }
  }

  void release(CopyContent content) throws IOException {
    try {
      content.release();
    } finally {
      used.computeIfPresent(content, (c, count) -> count == 1 ? null : count - 1);
    }
  }

  // Changing.

  /** Journals what was written to a file. */
  void commitContent(
      CopyInode inode, long data, long size, long limit, FileTime modified, BitSet fresh)
      throws IOException {
    lock.writeLock().lock();
    try {
      if (inode.isGone) {
        return;
      }
      List<Change> changes = new ArrayList<>();
      changes.add(new Change.Put(inode.state().withBytes(data, size, limit, modified)));
      changes.addAll(Overlay.blocks(inode.id(), fresh));
      overlay.commit(changes);
    } finally {
      lock.writeLock().unlock();
    }
  }

  /** Makes all changes durable that were committed. */
  void sync() throws IOException {
    lock.writeLock().lock();
    try {
      overlay.sync();
    } finally {
      lock.writeLock().unlock();
    }
  }

  /** Makes everything durable, what is just being written included. */
  void syncAll() throws IOException {
    for (CopyContent content : used.keySet()) {
      content.commit();
    }
    sync();
  }

  /** The overlay's state of an entry, which becomes its if it is the snapshot's. */
  private InodeState own(Batch batch, Located at) throws IOException {
    PathBytes name = at.name();
    if (name == null) {
      return batch.state(Overlay.ROOT);
    }
    return own(batch, ownDirectory(batch, at), name, at.node());
  }

  /** The same of the directory that an entry is in. */
  private InodeState ownDirectory(Batch batch, Located at) throws IOException {
    InodeState directory = batch.state(Overlay.ROOT);
    List<PathBytes> names = at.names();
    List<Node> nodes = at.directories();
    for (int i = 1; i < nodes.size(); i++) {
      directory = own(batch, directory, names.get(i - 1), nodes.get(i));
    }
    return directory;
  }

  private InodeState own(Batch batch, InodeState directory, PathBytes name, Node node)
      throws IOException {
    if (node instanceof CopyInode inode) {
      return batch.state(inode.id());
    }
    SnapshotVolume.Entry entry = (SnapshotVolume.Entry) node;
    InodeState made = batch.made(SnapshotVolume.key(entry));
    if (made != null) {
      return made;
    }
    InodeState state = batch.make(SnapshotVolume.key(entry), state(entry));
    batch.name(directory.id(), name, state.id());
    return state;
  }

  private InodeState state(SnapshotVolume.Entry entry) throws IOException {
    Facts facts = snapshot.facts(entry);
    PathBytes target = facts.type() == FileType.SYMLINK ? snapshot.target(entry) : PathBytes.EMPTY;
    return InodeState.of(overlay.number(), entry, facts, target);
  }

  private InodeState fresh(FileType type, int mode, InodeState directory, PathBytes target) {
    long id = overlay.number();
    FileTime now = now();
    boolean inherits = (directory.mode() & 02000) != 0;
    return new InodeState(
        id,
        type,
        mode | (inherits && type == FileType.DIRECTORY ? 02000 : 0),
        overlay.root().state().uid(),
        inherits ? directory.gid() : overlay.root().state().gid(),
        now,
        now,
        1,
        NEW_INODES | id,
        directory.device(),
        0,
        false,
        null,
        null,
        target,
        0,
        0,
        0,
        Map.of());
  }

  /** Notes that the names of a directory changed. */
  private void touch(Batch batch, InodeState directory) {
    FileTime now = now();
    batch.put(batch.state(directory.id()).withTimes(now, now));
  }

  private static PathBytes newName(Located at, KmeshPath path) throws IOException {
    PathBytes name = at.name();
    if (name == null || at.find() != null) {
      throw new FileAlreadyExistsException(path.toString());
    }
    if (!name.isName()) {
      throw new FileSystemException(path.toString(), null, "a name has at most 255 bytes");
    }
    return name;
  }

  @Override
  public SeekableByteChannel open(KmeshPath path, OpenMode mode, int permissions)
      throws IOException {
    long[] id = new long[1];
    CopyContent content;
    lock.writeLock().lock();
    try {
      changing(batch -> id[0] = prepareOpen(batch, path, mode, permissions));
      content = use(overlay.get(id[0]));
    } finally {
      lock.writeLock().unlock();
    }
    content.acquire();
    try {
      if (mode.truncates()) {
        content.truncate(0);
      }
    } catch (IOException | RuntimeException e) {
      release(content);
      throw e;
    }
    return new CopyChannel(
        this,
        content,
        mode,
        () -> {
          if (mode.deletes()) {
            deleteQuietly(path);
          }
        });
  }

  private void deleteQuietly(KmeshPath path) {
    try {
      delete(path);
    } catch (IOException e) {
      // DELETE_ON_CLOSE promises to try, no more.
    }
  }

  private long prepareOpen(Batch batch, KmeshPath path, OpenMode mode, int permissions)
      throws IOException {
    Located at = Located.at(this, path, mode.follows());
    Node node = at.find();
    if (node == null && mode.creates()) {
      PathBytes name = newName(at, path);
      InodeState directory = ownDirectory(batch, at);
      InodeState made = batch.put(fresh(FileType.REGULAR, permissions, directory, PathBytes.EMPTY));
      batch.name(directory.id(), name, made.id());
      touch(batch, directory);
      return made.id();
    }
    Facts facts = facts(at.node());
    if (mode.isNew()) {
      throw new FileAlreadyExistsException(path.toString());
    } else if (facts.type() != FileType.REGULAR) {
      throw new FileSystemException(
          path.toString(), null, facts.isDirectory() ? "is a directory" : "is no regular file");
    }
    if (node instanceof SnapshotVolume.Entry entry
        && !mode.truncates()
        && !SnapshotVolume.hasBytes(entry)) {
      Failures.content(path, this, entry);
    }
    return own(batch, at).id();
  }

  // For who builds a copy anew.

  Overlay overlay() {
    return overlay;
  }

  SnapshotVolume snapshot() {
    return snapshot;
  }

  /** Prepares the state of an entry from what it is. */
  @FunctionalInterface
  interface Adopting {
    InodeState adopt(InodeState state) throws IOException;
  }

  /** Gives an entry another state, and blocks that its data has. */
  void adopt(KmeshPath path, BitSet blocks, Adopting adopting) throws IOException {
    lock.writeLock().lock();
    try {
      long[] id = new long[1];
      changing(
          batch -> {
            InodeState state = adopting.adopt(own(batch, Located.at(this, path, false)));
            id[0] = batch.put(state).id();
          });
      overlay.commit(Overlay.blocks(id[0], blocks));
    } finally {
      lock.writeLock().unlock();
    }
  }

  /** Removes an entry with all below it. */
  void deleteTree(KmeshPath path) throws IOException {
    changing(
        batch -> {
          Located at = Located.at(this, path, false);
          PathBytes name = at.name();
          if (name == null) {
            throw new FileSystemException(path.toString(), null, "the top can't be deleted");
          }
          InodeState directory = ownDirectory(batch, at);
          dropTree(batch, at.node());
          unname(batch, directory, name);
          touch(batch, directory);
        });
  }

  private void dropTree(Batch batch, Node node) throws IOException {
    if (facts(node).isDirectory()) {
      Names below = names(node);
      for (PathBytes name = below.next(); name != null; name = below.next()) {
        Node entry = findLocked(node, name);
        if (entry != null) {
          dropTree(batch, entry);
        }
      }
    }
    drop(batch, node);
  }

  @Override
  public void makeDirectory(KmeshPath path, int permissions) throws IOException {
    make(path, FileType.DIRECTORY, permissions, PathBytes.EMPTY);
  }

  @Override
  public void makeSymlink(KmeshPath path, PathBytes target) throws IOException {
    make(path, FileType.SYMLINK, NEW_LINK, target);
  }

  /** Makes an entry of any type. */
  void make(KmeshPath path, FileType type, int mode, PathBytes target) throws IOException {
    changing(
        batch -> {
          Located at = Located.at(this, path, false);
          PathBytes name = newName(at, path);
          InodeState directory = ownDirectory(batch, at);
          InodeState made = batch.put(fresh(type, mode, directory, target));
          batch.name(directory.id(), name, made.id());
          touch(batch, directory);
        });
  }

  @Override
  public void link(KmeshPath existing, KmeshPath path) throws IOException {
    changing(
        batch -> {
          Located from = Located.at(this, existing, false);
          if (facts(from.node()).isDirectory()) {
            throw new FileSystemException(
                existing.toString(), path.toString(), "a directory has one name only");
          }
          Located to = Located.at(this, path, false);
          PathBytes name = newName(to, path);
          InodeState file = own(batch, from);
          InodeState directory = ownDirectory(batch, to);
          batch.put(file.withLinks(file.links() + 1, now()));
          batch.name(directory.id(), name, file.id());
          touch(batch, directory);
        });
  }

  @Override
  public void delete(KmeshPath path) throws IOException {
    changing(
        batch -> {
          Located at = Located.at(this, path, false);
          Node node = at.node();
          PathBytes name = at.name();
          if (name == null) {
            throw new FileSystemException(path.toString(), null, "the top can't be deleted");
          }
          requireEmpty(node, path);
          InodeState directory = ownDirectory(batch, at);
          drop(batch, node);
          unname(batch, directory, name);
          touch(batch, directory);
        });
  }

  private void requireEmpty(Node node, KmeshPath path) throws IOException {
    if (facts(node).isDirectory() && names(node).next() != null) {
      throw new DirectoryNotEmptyException(path.toString());
    }
  }

  /** Takes a name from an entry. */
  private void drop(Batch batch, Node node) throws IOException {
    if (node instanceof CopyInode inode) {
      InodeState state = batch.state(inode.id());
      if (state.isDirectory() || state.links() <= 1) {
        batch.gone(state.id());
      } else {
        batch.put(state.withLinks(state.links() - 1, now()));
      }
    } else if (node instanceof SnapshotVolume.Entry entry && entry.node().isLinked()) {
      InodeState made = batch.made(SnapshotVolume.key(entry));
      InodeState state = made != null ? made : batch.make(SnapshotVolume.key(entry), state(entry));
      batch.put(state.withLinks(state.links() - 1, now()));
    }
  }

  /** Removes a name from a directory, and what would show through. */
  private void unname(Batch batch, InodeState directory, PathBytes name) throws IOException {
    SnapshotVolume.Entry base = base(directory);
    if (base != null && snapshot.find(base, name) != null) {
      batch.name(directory.id(), name, Change.DELETED);
    } else {
      batch.noName(directory.id(), name);
    }
  }

  @Override
  public void move(KmeshPath from, KmeshPath to, boolean replaces) throws IOException {
    changing(
        batch -> {
          Located source = Located.at(this, from, false);
          Located target = Located.at(this, to, false);
          PathBytes name = source.name();
          PathBytes newName = target.name();
          Facts facts = facts(source.node());
          Node there = target.find();
          if (there != null && facts(there).key().equals(facts.key())) {
            return;
          }
          if (name == null || newName == null) {
            throw new FileSystemException(
                from.toString(), to.toString(), "the top can't be renamed");
          }
          for (Node directory : target.directories()) {
            if (facts(directory).key().equals(facts.key())) {
              throw new FileSystemException(
                  from.toString(), to.toString(), "a directory can't move into itself");
            }
          }
          if (there == null) {
            newName(target, to);
          } else if (!replaces) {
            throw new FileAlreadyExistsException(to.toString());
          } else {
            requireEmpty(there, to);
            drop(batch, there);
          }
          InodeState moved = own(batch, source);
          InodeState oldParent = ownDirectory(batch, source);
          InodeState newParent = ownDirectory(batch, target);
          unname(batch, oldParent, name);
          batch.name(newParent.id(), newName, moved.id());
          batch.put(batch.state(moved.id()).withTimes(moved.mtime(), now()));
          touch(batch, oldParent);
          touch(batch, newParent);
        });
  }

  @Override
  public void setMode(KmeshPath path, boolean follows, int mode, int mask) throws IOException {
    changing(
        batch -> {
          InodeState state = own(batch, Located.at(this, path, follows));
          batch.put(state.withMode((state.mode() & ~mask) | (mode & mask), now()));
        });
  }

  @Override
  public void setOwner(KmeshPath path, boolean follows, long uid, long gid) throws IOException {
    changing(
        batch -> {
          InodeState state = own(batch, Located.at(this, path, follows));
          batch.put(
              state.withOwner(uid < 0 ? state.uid() : uid, gid < 0 ? state.gid() : gid, now()));
        });
  }

  @Override
  public void setModified(KmeshPath path, boolean follows, FileTime mtime) throws IOException {
    Node node = Located.at(this, path, follows).node();
    CopyContent content = node instanceof CopyInode inode ? inode.content : null;
    if (content != null) {
      // The time of what was written before must not come later.
      content.commit();
    }
    changing(
        batch -> batch.put(own(batch, Located.at(this, path, follows)).withTimes(mtime, now())));
  }

  @Override
  public void setAttribute(KmeshPath path, boolean follows, PathBytes name, byte @Nullable [] value)
      throws IOException {
    changing(
        batch -> {
          InodeState state = own(batch, Located.at(this, path, follows));
          batch.put(
              state.withAttribute(name, Optional.ofNullable(value).map(byte[]::clone), now()));
        });
  }

  @Override
  public Branch branch() {
    return Branch.of(this);
  }

  @Override
  public void settle() throws IOException {
    syncAll();
  }

  /** What differs from the snapshot. */
  @Override
  public CopyChanges changes() {
    return new CopyChanges(this, snapshot);
  }

  /** The names of a directory that the overlay has, as they are now. */
  Map<PathBytes, Long> touched(CopyInode directory) throws IOException {
    return reading(() -> new TreeMap<>(directory.names));
  }

  @Nullable CopyInode inode(long id) throws IOException {
    return reading(() -> Optional.ofNullable(overlay.find(id))).orElse(null);
  }

  /** Whether an entry of the snapshot has one name here, whichever. */
  boolean livesOn(PathBytes origin) throws IOException {
    return reading(
        () -> {
          CopyInode inode = overlay.findOrigin(origin);
          return inode != null && inode.state().links() == 1;
        });
  }

  /** The files of the snapshot with several names that were touched. */
  List<InodeState> linked() throws IOException {
    return reading(
        () -> overlay.all().stream().map(CopyInode::state).filter(InodeState::isLinked).toList());
  }

  CopyInode top() throws IOException {
    return reading(overlay::root);
  }

  @Override
  public void close() throws IOException {
    lock.writeLock().lock();
    try {
      if (isClosed) {
        return;
      }
      isClosed = true;
    } finally {
      lock.writeLock().unlock();
    }
    IOException failure = null;
    for (CopyContent content : used.keySet()) {
      try {
        content.close();
      } catch (IOException e) {
        failure = e;
      }
    }
    lock.writeLock().lock();
    try {
      try {
        overlay.close();
      } finally {
        snapshot.close();
      }
    } finally {
      lock.writeLock().unlock();
    }
    if (failure != null) {
      throw failure;
    }
  }
}
