// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

import io.kmesh.core.internal.flows.base.Area;
import io.kmesh.core.internal.flows.base.Local;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.core.internal.state.OrderedStore;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Objects whose stamp does not prove what they are: it was younger than the file system's tick when
 * it was taken, so a later change may show the same; or it moved without a change of content, and
 * the record of one may still come. They are looked at again. For the base's thread.
 */
final class Unsettled {
  /** How long a record of what was seen already may be on its way. */
  private static final Duration RECORDS_COME_WITHIN = Duration.ofMinutes(10);

  /**
   * Of an object whose times changed Lustre records no other change of times before records are
   * cleared; that is done within ten seconds (see {@link ChangelogHub}).
   */
  static final Duration RECORDED_AGAIN_WITHIN = Duration.ofSeconds(15);

  /** When one that was not where it was known to be is looked for again, whatever is found. */
  private static final Duration LOOKED_FOR_AGAIN_WITHIN = Duration.ofMinutes(10);

  private static final int HAS_DOUBTFUL_BYTES = 1;
  private static final int WAS_PASSED_OVER = 2;
  private static final int HAS_DATA_VERSION = 4;
  private static final int KNOWN_FLAGS = 7;

  private final Area area;
  private final LiveTree live;
  private final KmeshTime time;

  /** When the stat was asked for whose stamp is looked at, or earlier. */
  private Instant asked;

  private final Map<NodeId, Entry> entries = new HashMap<>();

  /** When they are due by the clock that is never set. */
  private final Map<NodeId, Duration> dues = new HashMap<>();

  /** The same objects by when they are due. */
  private final NavigableSet<Due> order = new TreeSet<>();

  /** Those of them that were due and could not be found. */
  private final Set<NodeId> parked = new HashSet<>();

  /** What the clock that is never set showed at the begin. */
  private final long begin;

  /** When an object is due, from the begin on. */
  private record Due(Duration at, NodeId node) implements Comparable<Due> {
    @Override
    public int compareTo(Due other) {
      int byTime = at.compareTo(other.at);
      return byTime != 0 ? byTime : node.compareTo(other.node);
    }
  }

  /**
   * One object.
   *
   * @param due when it is settled; meant for the next process, which can't go by another clock
   * @param ctime the stamp that is doubted
   * @param flags what is doubted
   * @param dataVersion what it was when the stamp was taken, where the flags say so
   */
  record Entry(Instant due, FileTime ctime, int flags, long dataVersion) {
    boolean hasDoubtfulBytes() {
      return (flags & HAS_DOUBTFUL_BYTES) != 0;
    }

    boolean wasPassedOver() {
      return (flags & WAS_PASSED_OVER) != 0;
    }

    boolean hasDataVersion() {
      return (flags & HAS_DATA_VERSION) != 0;
    }

    /** Whether the same is doubted, whenever it is due. */
    boolean isSame(Entry other) {
      return ctime.equals(other.ctime) && flags == other.flags && dataVersion == other.dataVersion;
    }

    byte[] toBytes() {
      ByteOutput out = new ByteOutput(40);
      out.u8(flags);
      out.zigzag(due.toEpochMilli());
      out.zigzag(ctime.seconds());
      out.varint(ctime.nanos());
      if (hasDataVersion()) {
        out.u64BigEndian(dataVersion);
      }
      return out.toBytes();
    }

    static Entry read(byte[] bytes) throws ProviderException {
      ByteInput in = new ByteInput(bytes, "an object that is to be looked at again");
      int flags = in.u8();
      if ((flags & ~KNOWN_FLAGS) != 0) {
        throw in.damaged("flags " + flags + " are not known");
      }
      Instant due = Instant.ofEpochMilli(in.zigzag());
      long seconds = in.zigzag();
      FileTime ctime = new FileTime(seconds, (int) in.varint(999_999_999, "nanoseconds"));
      long version = (flags & HAS_DATA_VERSION) != 0 ? in.u64BigEndian() : 0;
      in.end();
      return new Entry(due, ctime, flags, version);
    }
  }

  Unsettled(Area area, LiveTree live, KmeshTime time) throws IOException {
    this.area = area;
    this.live = live;
    this.time = time;
    this.asked = time.now();
    this.begin = time.nanoTime();
    byte[] from = {QueueKeys.UNSETTLED};
    try (OrderedStore.Cursor cursor = area.from(from)) {
      while (cursor.next() && cursor.key()[0] == QueueKeys.UNSETTLED) {
        Entry entry = Entry.read(cursor.value());
        keep(QueueKeys.node(cursor.key()), entry, left(entry));
      }
    }
  }

  /** How long an entry of an earlier process is to wait: the clock may have been set since. */
  private Duration left(Entry entry) {
    Duration least = live.findsByKey() ? RECORDED_AGAIN_WITHIN : live.tick(entry.ctime());
    Duration left = Duration.between(time.now(), entry.due());
    Duration most = left.compareTo(RECORDS_COME_WITHIN) < 0 ? left : RECORDS_COME_WITHIN;
    return most.compareTo(least) < 0 ? least : most;
  }

  private Duration sinceBegin() {
    return Duration.ofNanos(time.nanoTime() - begin);
  }

  /**
   * A stat is asked for. How young its stamp was then counts, not when all was read of the entry: a
   * change between the two may show the same.
   */
  void asking() {
    asked = time.now();
  }

  /** An object whose registers were taken from its stamp just now. */
  void written(Node node) throws IOException {
    Local local = EntryLook.here(node);
    Duration wait = live.findsByKey() ? RECORDED_AGAIN_WITHIN : tick(local);
    if (live.isStill() || !isWithin(wait, local.ctime())) {
      settled(node.id());
      return;
    }
    boolean isDoubtful =
        node.isRegular() && isYoung(local.ctime()) && isNear(local.mtime(), local.ctime());
    note(node, local, isDoubtful ? HAS_DOUBTFUL_BYTES : 0, wait);
  }

  /**
   * An object of which a record told. Until records are cleared another change of its times may
   * have none, whatever the times are: the clock may be set.
   */
  void recorded(Node node) throws IOException {
    if (!live.findsByKey()) {
      return;
    }
    Local local = EntryLook.here(node);
    Entry known = entries.get(node.id());
    if (known == null || !known.ctime().equals(local.ctime())) {
      note(node, local, 0, RECORDED_AGAIN_WITHIN);
    } else if (left(node.id()).compareTo(RECORDED_AGAIN_WITHIN) < 0) {
      Instant due = time.now().plus(RECORDED_AGAIN_WITHIN);
      Entry later = new Entry(due, known.ctime(), known.flags(), known.dataVersion());
      note(node, later, RECORDED_AGAIN_WITHIN);
    }
  }

  private Duration left(NodeId node) {
    Duration due = dues.get(node);
    return due == null ? Duration.ZERO : due.minus(sinceBegin());
  }

  /** An object without bytes whose stamp was young when its registers were taken from it. */
  void young(Node node) throws IOException {
    Local local = EntryLook.here(node);
    note(node, local, 0, tick(local));
  }

  /**
   * A file whose time of change moved, and whose bytes were taken to be the same. Where they were
   * doubted they still are: what moved the time tells nothing of what hid behind the time before.
   *
   * @param before the time of change under which they were registered or passed over
   */
  void passedOver(Node node, FileTime before) throws IOException {
    if (live.isStill()) {
      return;
    }
    Local local = EntryLook.here(node);
    Duration wait = live.findsByKey() ? RECORDS_COME_WITHIN : tick(local);
    Entry known = entries.get(node.id());
    if (known != null && known.hasDoubtfulBytes() && known.ctime().equals(before)) {
      int flags = known.flags() | WAS_PASSED_OVER;
      Instant due = time.now().plus(wait);
      note(node, new Entry(due, local.ctime(), flags, known.dataVersion()), wait);
      return;
    }
    boolean isDoubtful = isYoung(local.ctime()) && isNear(local.mtime(), local.ctime());
    note(node, local, WAS_PASSED_OVER | (isDoubtful ? HAS_DOUBTFUL_BYTES : 0), wait);
  }

  /**
   * Whether bytes of a file may have changed since its stamp was taken, which is the same now, when
   * something says that they have.
   */
  boolean mayHaveChanged(Node node) throws IOException {
    Entry entry = entryOf(node);
    if (entry == null) {
      return false;
    }
    // Without a data version the second look, when it is due, decides once for all hints.
    return entry.wasPassedOver() || (entry.hasDataVersion() && !isSame(node, entry));
  }

  /** Whether the bytes of a file are shown to be those of the stamp that is in the base. */
  boolean isProvenSame(Node node) throws IOException {
    Entry entry = entryOf(node);
    return entry != null && !entry.wasPassedOver() && entry.hasDataVersion() && isSame(node, entry);
  }

  /** Whether the bytes are to be taken for others now that an entry is due. */
  boolean isOtherWhenDue(Node node, Entry entry) throws IOException {
    return entry.hasDoubtfulBytes()
        && entry.ctime().equals(EntryLook.here(node).ctime())
        && !(entry.hasDataVersion() && isSame(node, entry));
  }

  /** What is due now, at most some; each is to be looked at and handed to {@link #settled}. */
  List<Map.Entry<NodeId, Entry>> due(int most) {
    Duration now = sinceBegin();
    List<Map.Entry<NodeId, Entry>> due = new ArrayList<>();
    for (Due one : order) {
      if (due.size() == most || one.at().compareTo(now) > 0) {
        break;
      }
      due.add(entry(one));
    }
    return due;
  }

  private Map.Entry<NodeId, Entry> entry(Due one) {
    return Map.entry(one.node(), Objects.requireNonNull(entries.get(one.node())));
  }

  private void keep(NodeId node, Entry entry, Duration wait) {
    entries.put(node, entry);
    due(node, wait);
  }

  private void due(NodeId node, Duration wait) {
    forget(node);
    Duration at = sinceBegin().plus(wait);
    dues.put(node, at);
    order.add(new Due(at, node));
  }

  private void forget(NodeId node) {
    parked.remove(node);
    Duration at = dues.remove(node);
    if (at != null) {
      order.remove(new Due(at, node));
    }
  }

  /**
   * One that was due, and is not where the base knows it: a directory above it was moved, and
   * nothing told of that yet. Its stamp stays doubted, since a move leaves it as it is. It is due
   * again when directories are found elsewhere, in the next process, or in a while.
   */
  void park(NodeId node, Entry entry) {
    if (isStill(node, entry)) {
      due(node, LOOKED_FOR_AGAIN_WITHIN);
      parked.add(node);
    }
  }

  /** A directory was found elsewhere than it was known to be, and with it what is in it. */
  void moved() {
    for (NodeId node : List.copyOf(parked)) {
      due(node, Duration.ZERO);
    }
  }

  /** All, due or not. */
  List<Map.Entry<NodeId, Entry>> all() {
    return order.stream().map(this::entry).toList();
  }

  /** Whether an object was not looked at since, or shows what it showed then. */
  boolean isStill(NodeId node, Entry entry) {
    return entry.equals(entries.get(node));
  }

  /** What is left of a doubt; nothing when the object was looked at since and proved itself. */
  Optional<Entry> left(NodeId node, Entry doubt) {
    Entry now = entries.get(node);
    if (now == null) {
      return Optional.empty();
    }
    boolean hasBytes = doubt.hasDoubtfulBytes() && now.hasDoubtfulBytes() && now.wasPassedOver();
    return hasBytes || now.isSame(doubt) ? Optional.of(now) : Optional.empty();
  }

  /** Whether one is due. */
  boolean isDue() {
    return !due(1).isEmpty();
  }

  /** How long until the next one is due; below zero when it is. */
  Optional<Duration> untilDue() {
    return order.isEmpty() ? Optional.empty() : Optional.of(order.first().at().minus(sinceBegin()));
  }

  /** One that was looked at when it was due, unless it was noted anew then. */
  void settled(NodeId node, Entry entry) throws IOException {
    if (isStill(node, entry)) {
      settled(node);
    }
  }

  /** An object that is not doubted any more. */
  void settled(NodeId node) throws IOException {
    Entry before = entries.remove(node);
    if (before != null) {
      forget(node);
      area.remove(QueueKeys.of(QueueKeys.UNSETTLED, node));
    }
  }

  private void note(Node node, Local local, int flags, Duration wait) throws IOException {
    OptionalLong version =
        node.isRegular() && (flags & HAS_DOUBTFUL_BYTES) != 0
            ? live.dataVersion(local.key())
            : OptionalLong.empty();
    Entry entry =
        new Entry(
            time.now().plus(wait),
            local.ctime(),
            flags | (version.isPresent() ? HAS_DATA_VERSION : 0),
            version.orElse(0));
    note(node, entry, wait);
  }

  private void note(Node node, Entry entry, Duration wait) throws IOException {
    keep(node.id(), entry, wait);
    area.put(QueueKeys.of(QueueKeys.UNSETTLED, node.id()), entry.toBytes());
  }

  private @Nullable Entry entryOf(Node node) {
    Entry entry = entries.get(node.id());
    return entry != null && entry.ctime().equals(EntryLook.here(node).ctime()) ? entry : null;
  }

  private boolean isSame(Node node, Entry entry) throws IOException {
    OptionalLong now = live.dataVersion(EntryLook.here(node).key());
    return now.isPresent() && now.getAsLong() == entry.dataVersion();
  }

  private Duration tick(Local local) {
    return live.tick(local.ctime());
  }

  private boolean isYoung(FileTime ctime) {
    return isWithin(live.tick(ctime), ctime);
  }

  private boolean isWithin(Duration age, FileTime ctime) {
    return ctime.toInstant().isAfter(asked.minus(age));
  }

  private boolean isNear(FileTime mtime, FileTime ctime) {
    return Duration.between(mtime.toInstant(), ctime.toInstant()).abs().compareTo(live.tick(ctime))
        <= 0;
  }
}
