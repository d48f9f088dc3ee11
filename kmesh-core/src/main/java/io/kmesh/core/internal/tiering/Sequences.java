// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.tiering;

import io.kmesh.path.PathBytes;
import io.kmesh.tiering.TieringPolicy;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * The newest members of sequences: names of one directory that match a glob and differ in their
 * last number only, such as {@code ckpt.99} and {@code ckpt.100}; the digit of an extension such as
 * {@code .h5} is no number. Not thread-safe.
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

  /** Whether a path's name is one of a sequence: it matches, and has a number. */
  boolean isMember(PathBytes path) {
    byte[] name = path.name().toBytes();
    return endOfNumber(name) > 0 && glob.matches(path.name());
  }

  /** Takes a path into account; one that is no member counts for nothing. */
  void offer(PathBytes path) {
    if (!isMember(path)) {
      return;
    }
    byte[] bytes = path.name().toBytes();
    int end = endOfNumber(bytes);
    int start = end;
    while (start > 0 && isDigit(bytes[start - 1])) {
      start--;
    }
    BigInteger number =
        new BigInteger(new String(bytes, start, end - start, StandardCharsets.US_ASCII));
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

  /** Where the number of a name ends; 0 when it has none. */
  private static int endOfNumber(byte[] name) {
    int end = endOfNumber(name, startOfNumberedExtension(name));
    return end > 0 ? end : endOfNumber(name, name.length);
  }

  private static int endOfNumber(byte[] name, int before) {
    int end = before;
    while (end > 0 && !isDigit(name[end - 1])) {
      end--;
    }
    return end;
  }

  /** Where an extension such as .h5, .bz2 or .hdf5 begins: its digit counts nothing. */
  private static int startOfNumberedExtension(byte[] name) {
    int dot = name.length - 1;
    while (dot >= 0 && name[dot] != '.') {
      dot--;
    }
    int length = name.length - dot - 1;
    if (dot < 0 || length < 2 || length > 4 || !isDigit(name[name.length - 1])) {
      return name.length;
    }
    for (int i = dot + 1; i < name.length - 1; i++) {
      if (isDigit(name[i])) {
        return name.length;
      }
    }
    return dot;
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
