// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import io.kmesh.core.internal.flows.access.CacheLog.SegmentKey;
import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.spi.posix.SyncMode;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Blocks of contents in files of a folder, up to a number of bytes: what was used longest ago goes
 * first. A block is named by the change that made its content, so it never is out of date. Every
 * block has a checksum, which is compared when it is read for the first time after an opening: what
 * a crash or a disk damaged is not here, and never handed out. docs/format/flow-cache.md is the
 * form. Thread-safe.
 */
final class RangeCache implements BlockCache, Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(RangeCache.class);
  private static final PathBytes LOG_NAME = PathBytes.of("log");
  private static final PathBytes NEW_LOG_NAME = PathBytes.of("log.new");
  private static final int MODE = 0700;

  /** A log is written anew when it is longer than this and four times what it must be. */
  private static final long MUCH = 256 << 10;

  private final PosixTree tree;
  private final LongSupplier budget;
  private final long much;
  private final int overhead;
  private final Object lock = new Object();

  /** In the order of use, the one used longest ago first. */
  private final LinkedHashMap<SegmentKey, Segment> segments = new LinkedHashMap<>(64, 0.75f, true);

  private final Set<PathBytes> folders = new HashSet<>();
  private PosixFile log;
  private long logEnd;
  private long needed;
  private long used;
  private boolean isClosed;

  /** What is known of a file; guarded by the lock. */
  private static final class Segment {
    long present;
    long verified;
    long bytes;
    int users;
    int[] checksums = new int[1];

    void keep(int block, int checksum) {
      if (block >= checksums.length) {
        checksums =
            Arrays.copyOf(
                checksums, Math.min(Blocks.PER_SEGMENT, Math.max(block + 1, checksums.length * 2)));
      }
      checksums[block] = checksum;
      present |= 1L << block;
    }

    boolean has(int block) {
      return (present & 1L << block) != 0;
    }

    /** About what it takes in the log. */
    long frame() {
      return present == 0 ? 0 : 32 + 4L * Long.bitCount(present);
    }
  }

  private RangeCache(PosixTree tree, LongSupplier budget, long much, int overhead, PosixFile log) {
    this.tree = tree;
    this.budget = budget;
    this.much = much;
    this.overhead = overhead;
    this.log = log;
  }

  /**
   * Opens a cache, or begins one.
   *
   * @param tree the cache's folder, its own; stays the caller's to close
   * @param budget the most bytes of contents
   * @throws ProviderException UNSUPPORTED when a newer build made it
   */
  static RangeCache open(PosixTree tree, long budget) throws IOException {
    return open(tree, budget, MUCH);
  }

  /** Opens a cache whose log may have so many bytes before it is written anew. */
  static RangeCache open(PosixTree tree, long budget, long much) throws IOException {
    return open(tree, () -> budget, much, 0);
  }

  /**
   * Opens a cache of blocks that are longer than those of contents, each by the same.
   *
   * @param budget the most bytes at the time
   */
  static RangeCache openSealed(PosixTree tree, LongSupplier budget, int overhead)
      throws IOException {
    return open(tree, budget, MUCH, overhead);
  }

  private static RangeCache open(PosixTree tree, LongSupplier budget, long much, int overhead)
      throws IOException {
    RangeCache cache = new RangeCache(tree, budget, much, overhead, openLog(tree));
    try {
      cache.load();
    } catch (IOException | RuntimeException e) {
      cache.log.close();
      throw e;
    }
    return cache;
  }

  /** Removes a folder with a cache that nobody has open; it need not be there. */
  static void remove(PosixTree tree, PathBytes folder) throws IOException {
    try (PosixDirectory above = tree.openDirectory(folder.parent())) {
      if (above.find(folder.name()).isPresent()) {
        clear(above, folder.name());
      }
    }
  }

  private static void clear(PosixDirectory above, PathBytes name) throws IOException {
    if (!above.stat(name).isDirectory()) {
      above.unlink(name);
      return;
    }
    try (PosixDirectory folder = above.openDirectory(name)) {
      for (PathBytes entry : names(folder)) {
        clear(folder, entry);
      }
    }
    above.removeDirectory(name);
  }

  private static PosixFile openLog(PosixTree tree) throws IOException {
    return tree.openFile(LOG_NAME, Set.of(OpenFlag.READ, OpenFlag.WRITE, OpenFlag.CREATE));
  }

  private void load() throws IOException {
    try {
      if (log.stat().size() >= CacheLog.HEAD) {
        logEnd = CacheLog.read(log, this::replay);
      } else {
        begin();
      }
    } catch (ProviderException e) {
      if (e.kind() != ErrorKind.CORRUPT) {
        throw e;
      }
      LOG.warn("A cache begins anew: {}", e.getMessage());
      segments.clear();
      begin();
    }
    sweep();
    for (Segment segment : segments.values()) {
      used += segment.bytes;
      needed += segment.frame();
    }
    log.truncate(logEnd); // what a crash left behind the last whole frame
    synchronized (lock) {
      makeRoom(0);
    }
  }

  private void begin() throws IOException {
    log.truncate(0);
    log.write(ByteBuffer.wrap(CacheLog.head()), 0);
    logEnd = CacheLog.HEAD;
  }

  private void replay(CacheLog.Entry entry) {
    if (entry instanceof CacheLog.Kept kept) {
      Segment segment = segments.computeIfAbsent(kept.segment(), k -> new Segment());
      for (int i = 0; i < kept.checksums().length; i++) {
        segment.keep(kept.first() + i, kept.checksums()[i]);
      }
    } else {
      segments.remove(entry.segment());
    }
  }

  /** Drops files that the log does not know, and what it knows of files that are not there. */
  private void sweep() throws IOException {
    // By the entries: looking one up would make it the one used last.
    Map<PathBytes, SegmentKey> expected = new HashMap<>();
    Map<SegmentKey, Segment> known = new HashMap<>();
    segments.forEach(
        (key, segment) -> {
          expected.put(path(key), key);
          known.put(key, segment);
        });
    for (PathBytes folder : entries(PathBytes.EMPTY)) {
      if (folder.equals(LOG_NAME)) {
        continue;
      }
      if (!tree.stat(folder).isDirectory()) {
        unlink(folder); // a log that was being written anew
        continue;
      }
      folders.add(folder);
      for (PathBytes name : entries(folder)) {
        PathBytes path = folder.resolve(name);
        SegmentKey key = expected.remove(path);
        if (key == null) {
          unlink(path);
        } else {
          measure(java.util.Objects.requireNonNull(known.get(key)), tree.stat(path).size());
        }
      }
    }
    expected.values().forEach(segments::remove);
  }

  /** Where a block is in its segment. */
  private long place(int block) {
    return (long) block * (Blocks.SIZE + overhead);
  }

  /** Blocks behind the end of the file are not there; the last one may be short. */
  private void measure(Segment segment, long length) {
    for (int block = 0; block < Blocks.PER_SEGMENT; block++) {
      if (segment.has(block)) {
        long bytes = Math.min(Blocks.SIZE + overhead, length - place(block));
        if (bytes > 0) {
          segment.bytes += bytes;
        } else {
          segment.present &= ~(1L << block);
        }
      }
    }
  }

  private List<PathBytes> entries(PathBytes folder) throws IOException {
    try (PosixDirectory directory = tree.openDirectory(folder)) {
      return names(directory);
    }
  }

  private static List<PathBytes> names(PosixDirectory directory) throws IOException {
    List<PathBytes> names = new ArrayList<>();
    try (DirectoryCursor cursor = directory.entries()) {
      for (List<DirectoryEntry> some = cursor.next(); !some.isEmpty(); some = cursor.next()) {
        some.forEach(entry -> names.add(entry.name()));
      }
    }
    return names;
  }

  /** A number of folders, so that none gets too many names. */
  private static PathBytes folder(SegmentKey key) {
    return PathBytes.of(String.format("%02x", key.content().counter() & 0xff));
  }

  private static PathBytes path(SegmentKey key) {
    return folder(key)
        .resolve(
            PathBytes.of(
                Long.toHexString(key.content().replica())
                    + "-"
                    + Long.toHexString(key.content().counter())
                    + "-"
                    + Long.toHexString(key.number())));
  }

  private static SegmentKey key(Dot content, long block) {
    return new SegmentKey(content, block / Blocks.PER_SEGMENT);
  }

  @Override
  public boolean has(Dot content, long block) {
    synchronized (lock) {
      Segment segment = segments.get(key(content, block));
      return segment != null && segment.has((int) (block % Blocks.PER_SEGMENT));
    }
  }

  /** Bytes of contents that are here. */
  long used() {
    synchronized (lock) {
      return used;
    }
  }

  @Override
  public byte @Nullable [] read(Dot content, long size, long block) throws IOException {
    SegmentKey key = key(content, block);
    int at = (int) (block % Blocks.PER_SEGMENT);
    Segment segment;
    synchronized (lock) {
      requireOpen();
      segment = segments.get(key);
      if (segment == null || !segment.has(at)) {
        return null;
      }
      segment.users++;
    }
    byte[] bytes = new byte[Blocks.length(block, size) + overhead];
    boolean isWhole = false;
    try (PosixFile file =
        tree.openFile(path(key), Set.of(OpenFlag.READ, OpenFlag.NO_ACCESS_TIME))) {
      isWhole = fill(file, bytes, place(at));
    } catch (ProviderException e) {
      LOG.warn("A block of a cache is fetched again: {}", e.getMessage());
    } finally {
      synchronized (lock) {
        segment.users--;
      }
    }
    synchronized (lock) {
      boolean isVerified = (segment.verified & 1L << at) != 0;
      if (isWhole
          && (isVerified || CacheLog.checksum(bytes, bytes.length) == segment.checksums[at])) {
        segment.verified |= 1L << at;
        return bytes;
      }
      if (segments.remove(key, segment)) {
        try {
          drop(key, segment);
        } catch (IOException e) {
          LOG.warn("A damaged file of a cache stays: {}", e.getMessage());
        }
      }
      return null;
    }
  }

  private static boolean fill(PosixFile file, byte[] bytes, long from) throws IOException {
    ByteBuffer target = ByteBuffer.wrap(bytes);
    while (target.hasRemaining()) {
      if (file.read(target, from + target.position()) <= 0) {
        return false;
      }
    }
    return true;
  }

  /** When there is room beside what is being read. */
  @Override
  public void put(Dot content, long block, byte[] bytes) throws IOException {
    SegmentKey key = key(content, block);
    int at = (int) (block % Blocks.PER_SEGMENT);
    Segment segment;
    synchronized (lock) {
      requireOpen();
      segment = segments.computeIfAbsent(key, k -> new Segment());
      if (segment.has(at)) {
        return;
      }
      segment.users++;
      if (!makeRoom(bytes.length)) {
        release(key, segment);
        return;
      }
      used += bytes.length;
    }
    boolean isWritten = false;
    try {
      write(key, at, bytes);
      isWritten = true;
    } finally {
      synchronized (lock) {
        try {
          // Another thread may have been faster, or may have found the file damaged.
          if (isWritten && !isClosed && segments.get(key) == segment && !segment.has(at)) {
            keep(key, segment, at, bytes);
          } else {
            used -= bytes.length;
          }
        } finally {
          release(key, segment);
        }
      }
    }
  }

  private void keep(SegmentKey key, Segment segment, int at, byte[] bytes) throws IOException {
    int checksum = CacheLog.checksum(bytes, bytes.length);
    needed -= segment.frame();
    segment.keep(at, checksum);
    segment.verified |= 1L << at;
    segment.bytes += bytes.length;
    needed += segment.frame();
    append(new CacheLog.Kept(key, at, new int[] {checksum}));
  }

  private void release(SegmentKey key, Segment segment) {
    segment.users--;
    if (segment.users == 0 && segment.present == 0) {
      segments.remove(key, segment);
    }
  }

  private void write(SegmentKey key, int at, byte[] bytes) throws IOException {
    PathBytes folder = folder(key);
    boolean isKnown;
    synchronized (lock) {
      isKnown = folders.contains(folder);
    }
    if (!isKnown) {
      try (PosixDirectory root = tree.openRoot()) {
        if (root.find(folder).isEmpty()) {
          root.makeDirectory(folder, MODE);
        }
      } catch (ProviderException e) {
        if (e.kind() != ErrorKind.EXISTS) {
          throw e; // else another thread was faster
        }
      }
      synchronized (lock) {
        folders.add(folder);
      }
    }
    try (PosixFile file = tree.openFile(path(key), Set.of(OpenFlag.WRITE, OpenFlag.CREATE))) {
      file.write(ByteBuffer.wrap(bytes), place(at));
    }
  }

  /** Lets go what was used longest ago, until so many bytes more fit. */
  private boolean makeRoom(long more) throws IOException {
    Iterator<Map.Entry<SegmentKey, Segment>> eldest = segments.entrySet().iterator();
    long most = budget.getAsLong();
    while (used + more > most && eldest.hasNext()) {
      Map.Entry<SegmentKey, Segment> next = eldest.next();
      if (next.getValue().users == 0) {
        eldest.remove();
        drop(next.getKey(), next.getValue());
      }
    }
    return used + more <= most;
  }

  private void drop(SegmentKey key, Segment segment) throws IOException {
    used -= segment.bytes;
    needed -= segment.frame();
    segment.present = 0;
    segment.bytes = 0;
    unlink(path(key));
    append(new CacheLog.Dropped(key));
  }

  private void unlink(PathBytes path) throws IOException {
    try (PosixDirectory folder = tree.openDirectory(path.parent())) {
      folder.unlink(path.name());
    } catch (ProviderException e) {
      if (e.kind() != ErrorKind.NOT_FOUND) {
        throw e;
      }
    }
  }

  private void append(CacheLog.Entry entry) throws IOException {
    byte[] frame = CacheLog.frame(entry);
    log.write(ByteBuffer.wrap(frame), logEnd);
    logEnd += frame.length;
    if (logEnd > much && logEnd > 4 * needed) {
      rewrite();
    }
  }

  /** Writes the log anew, in the order of use. */
  private void rewrite() throws IOException {
    boolean isSyncing = tree.capabilities().contains(PosixCapability.SYNC);
    PosixFile next =
        tree.openFile(
            NEW_LOG_NAME,
            Set.of(OpenFlag.READ, OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.TRUNCATE));
    long end = 0;
    try (PosixDirectory root = tree.openRoot()) {
      next.write(ByteBuffer.wrap(CacheLog.head()), end);
      end += CacheLog.HEAD;
      for (Map.Entry<SegmentKey, Segment> one : segments.entrySet()) {
        for (CacheLog.Kept kept : kept(one.getKey(), one.getValue())) {
          byte[] frame = CacheLog.frame(kept);
          next.write(ByteBuffer.wrap(frame), end);
          end += frame.length;
        }
      }
      if (isSyncing) {
        next.sync(SyncMode.DATA);
      }
      root.rename(NEW_LOG_NAME, root, LOG_NAME, RenameMode.REPLACE);
      if (isSyncing) {
        root.sync(SyncMode.ALL);
      }
    } catch (IOException | RuntimeException e) {
      next.close();
      throw e;
    }
    log.close();
    log = next;
    logEnd = end;
  }

  private static List<CacheLog.Kept> kept(SegmentKey key, Segment segment) {
    List<CacheLog.Kept> all = new ArrayList<>();
    for (int block = 0; block < Blocks.PER_SEGMENT; block++) {
      int first = block;
      while (block < Blocks.PER_SEGMENT && segment.has(block)) {
        block++;
      }
      if (block > first) {
        all.add(new CacheLog.Kept(key, first, Arrays.copyOfRange(segment.checksums, first, block)));
      }
    }
    return all;
  }

  /** Lets go the file that a block is in. */
  void drop(Dot content, long block) throws IOException {
    synchronized (lock) {
      SegmentKey key = key(content, block);
      Segment segment = segments.remove(key);
      if (segment != null && !isClosed) {
        drop(key, segment);
      }
    }
  }

  /** Lets go what is above the budget. */
  void trim() throws IOException {
    synchronized (lock) {
      if (!isClosed) {
        makeRoom(0);
      }
    }
  }

  /** Closes the files of a cache that nobody opens again. */
  void abandon() throws IOException {
    synchronized (lock) {
      if (!isClosed) {
        isClosed = true;
        log.close();
      }
    }
  }

  private void requireOpen() throws ProviderException {
    if (isClosed) {
      throw new ProviderException(
          ErrorKind.TRANSIENT, "The flow was stopped. Start it, and read again.");
    }
  }

  /** Closes the files; what is here stays, in the order of use. */
  @Override
  public void close() throws IOException {
    synchronized (lock) {
      if (isClosed) {
        return;
      }
      isClosed = true;
      try {
        rewrite();
      } finally {
        log.close();
      }
    }
  }
}
