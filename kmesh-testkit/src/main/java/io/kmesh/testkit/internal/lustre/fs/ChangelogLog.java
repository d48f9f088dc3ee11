// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.ChangelogRecord;
import io.kmesh.lustre.ChangelogType;
import io.kmesh.lustre.Fid;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.time.KmeshTime;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The changelog of one MDT: records in append-only segment files from the first registered user on,
 * freed up to the smallest index that some user still needs. A record is stored before the change
 * that it tells of and shown after it, so that no reader looks too early and no change of a killed
 * process goes without a record. Thread-safe.
 */
final class ChangelogLog implements Closeable {
  /** Bytes before a record: its length and checksum. */
  static final int RECORD_HEADER = 8;

  /** No record is longer. */
  static final int MAX_RECORD = 4096;

  /** A record's flags have 12 bits, Lustre's {@code CLF_FLAGMASK}. */
  private static final int FLAG_MASK = 0xfff;

  private static final long SEGMENT_BYTES = 4 << 20;
  private static final int REMEMBERED_OBJECTS = 32768;

  /** Lustre's {@code changelog_deniednext}. */
  private static final Duration DENIED_NEXT = Duration.ofSeconds(60);

  private static final String SUFFIX = ".records";

  private final int mdt;
  private final Path directory;
  private final KmeshTime time;
  private final ChangelogState state;
  private final StorageSteps steps;
  private final NavigableMap<Long, ChangelogSegment> segments = new TreeMap<>();
  private final TreeSet<Long> pending = new TreeSet<>();
  private final Map<Fid, Boolean> recorded = new BoundedMap<>();
  private final Map<Fid, Instant> denied = new BoundedMap<>();
  private @Nullable ChangelogSegment active;
  private @Nullable StableChannel activeFile;
  private Instant lastCollection;

  /** Forgets the oldest; a record too many is only a hint too many. */
  private static final class BoundedMap<V> extends LinkedHashMap<Fid, V> {
    private static final long serialVersionUID = 1L;

    @Override
    protected boolean removeEldestEntry(Map.Entry<Fid, V> eldest) {
      return size() > REMEMBERED_OBJECTS;
    }
  }

  /** Read without the lock before each change: most file systems have no user. */
  private volatile boolean hasUsers;

  private ChangelogLog(
      int mdt, Path directory, KmeshTime time, ChangelogState state, StorageSteps steps) {
    this.steps = steps;
    this.mdt = mdt;
    this.directory = directory;
    this.time = time;
    this.state = state;
    this.hasUsers = !state.users.isEmpty();
    this.lastCollection = time.now();
  }

  static ChangelogLog open(int mdt, Path directory, KmeshTime time, StorageSteps steps)
      throws IOException {
    Files.createDirectories(directory);
    ChangelogLog log =
        new ChangelogLog(
            mdt, directory, time, ChangelogState.read(directory.resolve("users")), steps);
    log.findSegments();
    return log;
  }

  private void findSegments() throws IOException {
    List<ChangelogSegment> found = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
      for (Path path : files) {
        String name = String.valueOf(path.getFileName());
        long first = Long.parseUnsignedLong(name.substring(0, name.length() - SUFFIX.length()), 16);
        found.add(new ChangelogSegment(first, path));
      }
    }
    for (ChangelogSegment segment : found) {
      measure(segment);
      if (segment.lastIndex < state.firstKept) {
        Files.deleteIfExists(segment.path);
      } else {
        segments.put(segment.firstIndex, segment);
        state.nextIndex = Math.max(state.nextIndex, segment.lastIndex + 1);
      }
    }
    if (hasUsers) {
      // Lustre writes a MARK at each start, which readers do not see: a gap.
      state.nextIndex++;
    }
  }

  /** Finds the end of the whole records; what a killed process began behind them is cut. */
  private void measure(ChangelogSegment segment) throws IOException {
    try (StableChannel file = StableChannel.open(segment.path, steps)) {
      RecordReader reader = new RecordReader(file, mdt, 0);
      long size = file.size();
      for (ChangelogRecord r = reader.next(size); r != null; r = reader.next(size)) {
        segment.lastIndex = r.index();
      }
      segment.bytes = reader.position();
      if (segment.bytes < size) {
        file.truncate(segment.bytes);
      }
    }
  }

  int mdt() {
    return mdt;
  }

  /** Whether a record of a type is kept at all now. */
  boolean wants(ChangelogType type) {
    return hasUsers && (state.mask & 1L << type.code()) != 0;
  }

  /** A record as it is kept now; null when it is not. */
  @Nullable RecordDraft kept(RecordDraft draft) {
    return hasUsers ? draft.under(state.mask) : null;
  }

  /**
   * Stores records that {@link #publish} will show.
   *
   * @return the handle for publish; 0 when nothing was stored
   */
  synchronized long store(List<RecordDraft> drafts, Attribution by) throws IOException {
    collectIdleUsers();
    long first = 0;
    for (RecordDraft asked : drafts) {
      RecordDraft draft = kept(asked);
      if (draft == null || isRepeated(draft)) {
        continue;
      }
      if (first == 0) {
        first = state.nextIndex;
        pending.add(first);
      }
      append(draft, by);
      if (draft.isOfObject()) {
        recorded.put(draft.fid(), Boolean.TRUE);
      }
    }
    return first;
  }

  /** Whether an earlier record makes one superfluous. */
  private boolean isRepeated(RecordDraft draft) {
    if (draft.isOnlyTime()) {
      return recorded.containsKey(draft.fid());
    }
    if (draft.type() != ChangelogType.NOPEN) {
      return false;
    }
    Instant now = time.now();
    Instant last = denied.get(draft.fid());
    if (last != null && Duration.between(last, now).compareTo(DENIED_NEXT) < 0) {
      return true;
    }
    denied.put(draft.fid(), now);
    return false;
  }

  private void append(RecordDraft draft, Attribution by) throws IOException {
    long index = state.nextIndex++;
    ChangelogRecord record =
        new ChangelogRecord(
            mdt,
            index,
            draft.type().code(),
            draft.flags() & FLAG_MASK,
            time.now(),
            draft.fid(),
            draft.parent(),
            draft.name(),
            draft.rename(),
            by.jobId(),
            new ChangelogRecord.Origin(by.uid(), by.gid(), by.nid()),
            draft.xattrName(),
            draft.openMode());
    byte[] body = RecordCodec.encode(record);
    CRC32C crc = new CRC32C();
    crc.update(body);
    ByteBuffer bytes =
        ByteBuffer.allocate(RECORD_HEADER + body.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(body.length).putInt((int) crc.getValue()).put(body).flip();
    ChangelogSegment segment = activeFor(index);
    StableChannel file = activeFile;
    if (file == null) {
      file = StableChannel.open(segment.path, steps);
      activeFile = file;
    }
    int length = bytes.remaining();
    long at = segment.bytes;
    file.write(bytes, at);
    segment.mark(index, at);
    segment.bytes = at + length;
    segment.lastIndex = index;
  }

  private ChangelogSegment activeFor(long index) throws IOException {
    ChangelogSegment current = active;
    if (current != null && current.bytes < SEGMENT_BYTES) {
      return current;
    }
    closeActive();
    ChangelogSegment fresh =
        new ChangelogSegment(index, directory.resolve(String.format("%016x%s", index, SUFFIX)));
    segments.put(index, fresh);
    active = fresh;
    return fresh;
  }

  private void closeActive() throws IOException {
    active = null;
    StableChannel file = activeFile;
    activeFile = null;
    if (file != null) {
      file.close();
    }
  }

  /** Stores and shows a record of something that is not done here, if the mask keeps such ones. */
  synchronized void inject(RecordDraft draft, Attribution by) throws IOException {
    publish(store(List.of(draft), by));
  }

  /** Shows what was stored. */
  synchronized void publish(long first) {
    if (first != 0) {
      pending.remove(first);
    }
  }

  /** Registers a user; the first one starts the log. */
  synchronized String register(Optional<String> name) throws IOException {
    String id = "cl" + (state.lastUser + 1) + name.map(n -> "-" + n).orElse("");
    state.lastUser++;
    state.users.put(id, new ChangelogUserState(id, state.nextIndex - 1, time.now()));
    if (!hasUsers) {
      recorded.clear();
      state.firstKept = state.nextIndex;
    }
    save();
    return id;
  }

  /** Deregisters a user; ENOENT when it is not registered. */
  synchronized void deregister(String user) throws IOException {
    known(user);
    state.users.remove(user);
    save();
    purge();
  }

  synchronized Collection<ChangelogUserState> users() {
    return List.copyOf(state.users.values());
  }

  /** The index of the last record; 0 when there was none. */
  synchronized long lastIndex() {
    return state.nextIndex - 1;
  }

  synchronized long mask() {
    return state.mask;
  }

  synchronized void changeMask(long mask) throws IOException {
    state.mask = mask | 1;
    save();
  }

  /** Sets how idle users are removed; a null limit stops that. */
  synchronized void changeCollection(@Nullable Duration maxIdle, Duration minInterval)
      throws IOException {
    state.collectsIdle = maxIdle != null;
    if (maxIdle != null) {
      state.maxIdle = maxIdle;
    }
    state.minInterval = minInterval;
    save();
  }

  /** Tells that a user needs nothing up to an index; 0 is all. */
  synchronized void clear(String user, long upTo) throws IOException {
    ChangelogUserState known = known(user);
    long last = visibleEnd() - 1;
    long target = upTo == 0 ? last : upTo;
    if (target > state.nextIndex - 1 || target < known.cleared()) {
      throw Failures.of(
          Errno.EINVAL,
          "clear the changelog of MDT " + mdt + " up to",
          upTo,
          user + " has cleared up to " + known.cleared() + " and the last record is " + last,
          "Clear up to an index that was read.");
    }
    state.users.put(user, new ChangelogUserState(user, target, time.now()));
    save();
    purge();
  }

  private ChangelogUserState known(String user) throws ProviderException {
    ChangelogUserState known = state.users.get(user);
    if (known == null) {
      throw Failures.of(
          Errno.ENOENT,
          "use the changelog of MDT " + mdt + " as",
          user,
          "no such user is registered (users that are idle too long are removed)",
          "Register anew and compare the whole tree once.");
    }
    return known;
  }

  private void collectIdleUsers() throws IOException {
    if (!hasUsers || !state.collectsIdle) {
      return;
    }
    Instant now = time.now();
    if (Duration.between(lastCollection, now).compareTo(state.minInterval) < 0) {
      return;
    }
    lastCollection = now;
    if (state
        .users
        .values()
        .removeIf(u -> Duration.between(u.active(), now).compareTo(state.maxIdle) > 0)) {
      save();
      purge();
    }
  }

  private void purge() throws IOException {
    long needed =
        state.users.values().stream().mapToLong(u -> u.cleared() + 1).min().orElse(state.nextIndex);
    if (needed <= state.firstKept) {
      return;
    }
    state.firstKept = needed;
    recorded.clear();
    save();
    for (ChangelogSegment segment : List.copyOf(segments.values())) {
      if (segment.lastIndex < needed) {
        if (segment == active) {
          closeActive();
        }
        segments.remove(segment.firstIndex);
        steps.before("delete records");
        Files.deleteIfExists(segment.path);
      }
    }
  }

  private void save() throws IOException {
    hasUsers = !state.users.isEmpty();
    steps.before("replace users");
    state.write(directory.resolve("users"));
  }

  /** The index before which all records may be read. */
  private long visibleEnd() {
    return pending.isEmpty() ? state.nextIndex : pending.first();
  }

  /**
   * What a reader that wants an index on may read now.
   *
   * @param from the smallest index that may be given
   * @param end the index before which it may read
   * @param segments the files, oldest first
   */
  record Snapshot(long from, long end, List<ChangelogSegment> segments) {}

  synchronized Snapshot snapshot(long from) {
    long start = Math.max(from, state.firstKept);
    List<ChangelogSegment> wanted = new ArrayList<>();
    for (ChangelogSegment segment : segments.values()) {
      if (segment.lastIndex >= start) {
        wanted.add(segment);
      }
    }
    return new Snapshot(start, visibleEnd(), wanted);
  }

  /** Makes the records durable. */
  synchronized void sync() throws IOException {
    if (activeFile != null) {
      activeFile.sync();
    }
  }

  /** Closes the file without storing anything. */
  synchronized void drop() throws IOException {
    closeActive();
  }

  @Override
  public synchronized void close() throws IOException {
    if (hasUsers) {
      save();
    }
    closeActive();
  }
}
