// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.tiering;

import io.kmesh.path.PathBytes;
import io.kmesh.tiering.TieringPolicy;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * The newest members of sequences: names of one directory that match a glob and differ in their
 * last number only, such as {@code ckpt.99} and {@code ckpt.100}. Not thread-safe.
 */
final class Sequences {
  private final int count;
  private final Glob glob;
  private final Map<PathBytes, PriorityQueue<Member>> sequences = new HashMap<>();

  private record Member(BigInteger number, PathBytes path) implements Comparable<Member> {
    @Override
    public int compareTo(Member other) {
      int c = number.compareTo(other.number);
      return c != 0 ? c : path.compareTo(other.path);
    }
  }

  Sequences(TieringPolicy.KeepNewest keep) {
    this.count = keep.count();
    this.glob = new Glob(keep.glob());
  }

  void offer(PathBytes path) {
    PathBytes name = path.name();
    if (!glob.matches(name)) {
      return;
    }
    byte[] bytes = name.toBytes();
    int end = bytes.length;
    while (end > 0 && !isDigit(bytes[end - 1])) {
      end--;
    }
    int start = end;
    while (start > 0 && isDigit(bytes[start - 1])) {
      start--;
    }
    if (start == end) {
      return;
    }
    BigInteger number =
        new BigInteger(
            new String(bytes, start, end - start, java.nio.charset.StandardCharsets.US_ASCII));
    byte[] stem = new byte[bytes.length - (end - start) + 1];
    System.arraycopy(bytes, 0, stem, 0, start);
    stem[start] = '#';
    System.arraycopy(bytes, end, stem, start + 1, bytes.length - end);
    PriorityQueue<Member> newest =
        sequences.computeIfAbsent(
            path.parent().resolve(PathBytes.of(stem)), k -> new PriorityQueue<>());
    newest.add(new Member(number, path));
    if (newest.size() > count) {
      newest.remove();
    }
  }

  private static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }

  /** The paths that stay untouched. */
  Set<PathBytes> newest() {
    Set<PathBytes> paths = new HashSet<>();
    for (PriorityQueue<Member> sequence : sequences.values()) {
      sequence.forEach(m -> paths.add(m.path()));
    }
    return paths;
  }
}
