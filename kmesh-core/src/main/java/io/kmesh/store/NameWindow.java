// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The names of a directory from a bound on, sorted, at most so many: the first ones there are. One
 * thread.
 */
final class NameWindow {
  private final byte[] low;
  private final int most;
  private final TreeMap<byte[], KeyPaths.Kind> nodes = new TreeMap<>(Arrays::compareUnsigned);
  private byte @Nullable [] high; // the last one that it covers; null when it covers the rest

  /**
   * An entry of a directory.
   *
   * @param begin what all keys at or below it begin with, behind the directory's own bytes
   * @param kind what it is
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Node(byte[] begin, KeyPaths.Kind kind) {
    String name() {
      return KeyPaths.name(begin, kind);
    }
  }

  /**
   * Some entries in order.
   *
   * @param nodes the entries
   * @param isEnd whether the directory has no more
   */
  record Slice(List<Node> nodes, boolean isEnd) {}

  /**
   * An empty window.
   *
   * @param low where it begins: it covers what holds keys from here on
   * @param most the most names
   */
  NameWindow(byte[] low, int most) {
    this.low = low;
    this.most = most;
  }

  /** Adds a name that is there; one that no key makes, or that it does not cover, is left out. */
  void add(String name) {
    KeyPaths.Entry entry = KeyPaths.parse(name).orElse(null);
    if (entry == null) {
      return;
    }
    byte[] begin = entry.begin();
    boolean isBefore =
        Arrays.compareUnsigned(begin, low) < 0
            && (entry.kind() == KeyPaths.Kind.OBJECT || !KeyPaths.startsWith(low, begin));
    if (isBefore || (high != null && Arrays.compareUnsigned(begin, high) > 0)) {
      return;
    }
    nodes.put(begin, entry.kind());
    if (nodes.size() > most) {
      nodes.pollLastEntry();
      high = nodes.lastKey();
    }
  }

  /** Takes out a name that is gone. */
  void remove(String name) {
    KeyPaths.parse(name).ifPresent(entry -> nodes.remove(entry.begin()));
  }

  /** The number of names. */
  int size() {
    return nodes.size();
  }

  /** Whether it covers the rest of the directory. */
  boolean isEnd() {
    return high == null;
  }

  /**
   * The first entries from a bound on; null when this window does not know them.
   *
   * @param from the bound
   * @param around whether an entry counts that begins before the bound and holds keys behind it
   */
  @Nullable Slice slice(byte[] from, boolean around, int limit) {
    if (Arrays.compareUnsigned(from, low) < 0) {
      return null;
    }
    List<Node> found = new ArrayList<>();
    if (around) {
      // Ranges do not overlap, so no other entry is between it and the bound.
      Map.Entry<byte[], KeyPaths.Kind> before = nodes.lowerEntry(from);
      if (before != null
          && before.getValue() != KeyPaths.Kind.OBJECT
          && KeyPaths.startsWith(from, before.getKey())) {
        found.add(new Node(before.getKey(), before.getValue()));
      }
    }
    for (Map.Entry<byte[], KeyPaths.Kind> node : nodes.tailMap(from, true).entrySet()) {
      if (found.size() >= limit) {
        return new Slice(found, false);
      }
      found.add(new Node(node.getKey(), node.getValue()));
    }
    return found.isEmpty() && !isEnd() ? null : new Slice(found, isEnd());
  }
}
