// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.content;

import io.kmesh.core.internal.flows.base.Area;
import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Local;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.state.OrderedStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * By what chunks files at this site begin and end: table {@code C} of docs/format/flow-base.md. It
 * may lack files and tell of such as are others by now. For the base's thread.
 */
public final class FeatureTable {
  /** The most entries of a base: some 40 MiB. */
  public static final long MOST = 1 << 20;

  /** What is kept of a part. */
  private static final int MOST_OF_PART = 8;

  /** Files that are known by one feature. */
  private static final int MOST_FILES = 4;

  private static final NodeId FIRST = new NodeId(0, 0);
  private static final int FORMAT = 0;
  private static final int MOST_DEPTH = 63;
  private static final byte[] HEAD = {'H'};
  private static final byte FEATURE = 'F';
  private static final String WHAT = "what a flow knows of files' chunks";

  private final FlowBase base;
  private final Area table;
  private final long most;

  /** Kept are features whose last bits, so many, are 0. */
  private int depth;

  private long count;

  private FeatureTable(FlowBase base, long most) {
    this.base = base;
    this.table = base.area('C');
    this.most = most;
  }

  /**
   * The table of a base.
   *
   * @param most entries; when there are more, half of them go
   */
  public static FeatureTable open(FlowBase base, long most) throws IOException {
    FeatureTable opened = new FeatureTable(base, most);
    byte[] head = opened.table.get(HEAD);
    if (head != null) {
      ByteInput in = new ByteInput(head, WHAT);
      int format = in.u8();
      if (format != FORMAT) {
        throw in.damaged("format " + format + " is not known");
      }
      opened.depth = in.u8();
      if (opened.depth > MOST_DEPTH) {
        throw in.damaged("its depth is " + opened.depth);
      }
      opened.count = in.varint(Long.MAX_VALUE, "number of features");
      in.end();
    }
    return opened;
  }

  /**
   * What is typical of a part of a file: the least of its names, so that parts that share many
   * chunks share some of these.
   *
   * @param from where it begins; the first chunk of what does not begin with the file is cut at
   *     random
   * @param level of the chunks; those of the greatest length were cut by length alone
   */
  public static Set<Long> features(long from, List<Chunk> chunks, int level) {
    Set<Long> all = new LinkedHashSet<>();
    chunks.stream()
        .skip(from == 0 ? 0 : 1)
        .filter(c -> c.length() < ChunkLevel.longest(level))
        .map(Chunk::name)
        .filter(java.util.Objects::nonNull)
        .map(ChunkName::first)
        .distinct()
        .sorted(Long::compareUnsigned)
        .limit(MOST_OF_PART)
        .forEach(all::add);
    return all;
  }

  /**
   * A file that is here and has, or had, chunks that were asked for.
   *
   * @param node which
   * @param isSame whether it is as it was when they were noted
   */
  public record Found(Node node, boolean isSame) {}

  /** An entry. */
  private record Entry(NodeId node, Dot content) {}

  /**
   * Notes what is typical of a content that is here, or comes; but for what many files that are
   * here are known by.
   */
  public void put(NodeId node, Dot content, Collection<Long> features) throws IOException {
    ByteOutput value = new ByteOutput(16);
    content.write(value);
    long before = count;
    for (long feature : features) {
      if (isKept(feature) && hasRoom(feature, node)) {
        byte[] key = key(feature, node);
        count += table.get(key) == null ? 1 : 0;
        table.put(key, value.toBytes());
      }
    }
    if (count > most && depth < MOST_DEPTH) {
      depth++;
      thin();
    }
    if (count != before) {
      writeHead();
    }
  }

  /**
   * Files that are here and share features: that which shares most, then those that share some that
   * none before does, and not just one.
   *
   * @param not left out
   * @param limit the most that are given
   */
  public List<Found> find(Collection<Long> features, NodeId not, int limit) throws IOException {
    Map<Found, Set<Long>> hits = new LinkedHashMap<>();
    for (long feature : features) {
      for (Entry entry : isKept(feature) ? entries(feature) : List.<Entry>of()) {
        Optional<Node> node = entry.node().equals(not) ? Optional.empty() : here(entry.node());
        if (node.isPresent()) {
          Local local = node.get().local();
          boolean isSame = local != null && local.content().equals(entry.content());
          hits.computeIfAbsent(new Found(node.get(), isSame), f -> new LinkedHashSet<>())
              .add(feature);
        }
      }
    }
    List<Found> found = new ArrayList<>();
    while (found.size() < limit) {
      Found best = null;
      int most = found.isEmpty() ? 0 : 1;
      for (Map.Entry<Found, Set<Long>> one : hits.entrySet()) {
        if (one.getValue().size() > most) {
          best = one.getKey();
          most = one.getValue().size();
        }
      }
      Set<Long> covered = best == null ? null : hits.remove(best);
      if (best == null || covered == null) {
        break;
      }
      found.add(best);
      hits.values().forEach(one -> one.removeAll(covered));
    }
    return found;
  }

  private Optional<Node> here(NodeId id) throws IOException {
    return base.node(id).filter(node -> node.local() != null);
  }

  /** Whether a file may be known by a feature; those that are not here any more give way. */
  private boolean hasRoom(long feature, NodeId node) throws IOException {
    List<Entry> entries = entries(feature);
    if (entries.size() < MOST_FILES || entries.stream().anyMatch(e -> e.node().equals(node))) {
      return true;
    }
    boolean hasRoom = false;
    for (Entry entry : entries) {
      if (here(entry.node()).isEmpty()) {
        table.remove(key(feature, entry.node()));
        count--;
        hasRoom = true;
      }
    }
    return hasRoom;
  }

  private List<Entry> entries(long feature) throws IOException {
    List<Entry> all = new ArrayList<>();
    try (OrderedStore.Cursor from = table.from(key(feature, FIRST))) {
      while (from.next()) {
        ByteInput key = new ByteInput(from.key(), WHAT);
        if (key.u8() != FEATURE || key.u64BigEndian() != feature) {
          break;
        }
        NodeId node = NodeId.read(key);
        key.end();
        ByteInput value = new ByteInput(from.value(), WHAT);
        all.add(new Entry(node, Dot.read(value)));
        value.end();
      }
    }
    return all;
  }

  /** How many there are. */
  long count() {
    return count;
  }

  private boolean isKept(long feature) {
    return (feature & ((1L << depth) - 1)) == 0;
  }

  private void thin() throws IOException {
    List<byte[]> gone = new ArrayList<>();
    count = 0;
    try (OrderedStore.Cursor all = table.from(new byte[] {FEATURE})) {
      while (all.next()) {
        ByteInput key = new ByteInput(all.key(), WHAT);
        int letter = key.u8();
        if (letter != FEATURE) {
          break;
        }
        if (isKept(key.u64BigEndian())) {
          count++;
        } else {
          gone.add(all.key());
        }
      }
    }
    for (byte[] key : gone) {
      table.remove(key);
    }
  }

  private static byte[] key(long feature, NodeId node) {
    ByteOutput key = new ByteOutput(32);
    key.u8(FEATURE);
    key.u64BigEndian(feature);
    node.write(key);
    return key.toBytes();
  }

  private void writeHead() throws IOException {
    ByteOutput head = new ByteOutput(12);
    head.u8(FORMAT);
    head.u8(depth);
    head.varint(count);
    table.put(HEAD, head.toBytes());
  }
}
