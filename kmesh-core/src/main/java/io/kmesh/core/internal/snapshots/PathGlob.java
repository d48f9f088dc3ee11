// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.path.PathBytes;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A glob over bytes. Without a slash, but for one at its end, it is compared with an entry's name,
 * else with its path below the top. {@code *} is any bytes and {@code ?} is one byte, but no slash;
 * {@code **} is any bytes, and {@code **}{@code /} also nothing; {@code [a-z]}, {@code [!a-z]} is
 * one byte of a set; a backslash takes the next byte as it is. Immutable.
 */
public final class PathGlob {
  private final byte[] glob;
  private final boolean isOfPaths;

  private PathGlob(byte[] glob, boolean isOfPaths) {
    this.glob = glob;
    this.isOfPaths = isOfPaths;
  }

  /**
   * Reads a glob.
   *
   * @throws IllegalArgumentException when it is empty or ends in the middle
   */
  public static PathGlob of(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int from = bytes.length > 0 && bytes[0] == '/' ? 1 : 0;
    int to =
        bytes.length > from && bytes[bytes.length - 1] == '/' ? bytes.length - 1 : bytes.length;
    byte[] glob = Arrays.copyOfRange(bytes, from, to);
    require(glob, text);
    boolean isOfPaths = from > 0;
    for (byte b : glob) {
      isOfPaths |= b == '/';
    }
    return new PathGlob(glob, isOfPaths);
  }

  private static void require(byte[] glob, String text) {
    if (glob.length == 0) {
      throw invalid(text, "it is empty");
    }
    for (int at = 0; at < glob.length; at++) {
      if (glob[at] == '\\') {
        if (++at == glob.length) {
          throw invalid(text, "nothing is behind its last backslash");
        }
      } else if (glob[at] == '[') {
        at = endOfSet(glob, at);
        if (at < 0) {
          throw invalid(text, "a [ has no ]");
        }
      }
    }
  }

  private static IllegalArgumentException invalid(String text, String reason) {
    return new IllegalArgumentException(
        "Cannot use the glob \""
            + text
            + "\": "
            + reason
            + ". Write a backslash before a byte that means itself.");
  }

  /** The place of the bracket that ends a set; -1 when there is none. */
  private static int endOfSet(byte[] glob, int open) {
    int at = open + 1;
    if (at < glob.length && (glob[at] == '!' || glob[at] == '^')) {
      at++;
    }
    for (int first = at; at < glob.length; at++) {
      if (glob[at] == ']' && at > first) {
        return at;
      }
    }
    return -1;
  }

  /** Whether an entry fits. */
  public boolean fits(PathBytes path) {
    byte[] text = (isOfPaths ? path : path.name()).toBytes();
    return fits(0, text, 0, new boolean[(glob.length + 1) * (text.length + 1)]);
  }

  /** Never tries the same places twice: {@code failed} says which did not fit. */
  private boolean fits(int from, byte[] text, int begin, boolean[] failed) {
    int at = from;
    int in = begin;
    while (at < glob.length) {
      if (glob[at] == '*') {
        return fitsStar(at, text, in, failed);
      }
      if (in == text.length) {
        return false;
      }
      int next = one(at, text[in]);
      if (next < 0) {
        return false;
      }
      at = next;
      in++;
    }
    return in == text.length;
  }

  private boolean fitsStar(int at, byte[] text, int begin, boolean[] failed) {
    int place = at * (text.length + 1) + begin;
    if (failed[place]) {
      return false;
    }
    boolean isDeep = at + 1 < glob.length && glob[at + 1] == '*';
    int next = at + (isDeep ? 2 : 1);
    boolean isWhole =
        isDeep && next < glob.length && glob[next] == '/' && (at == 0 || glob[at - 1] == '/');
    if (isWhole && fits(next + 1, text, begin, failed)) {
      return true;
    }
    for (int in = begin; in <= text.length; in++) {
      if (fits(next, text, in, failed)) {
        return true;
      }
      if (in < text.length && text[in] == '/' && !isDeep) {
        break;
      }
    }
    failed[place] = true;
    return false;
  }

  /** The place behind what fits one byte; -1 when it does not. */
  private int one(int at, byte b) {
    return switch (glob[at]) {
      case '?' -> b == '/' ? -1 : at + 1;
      case '\\' -> glob[at + 1] == b ? at + 2 : -1;
      case '[' -> b != '/' && isInSet(at, b) ? endOfSet(glob, at) + 1 : -1;
      default -> glob[at] == b ? at + 1 : -1;
    };
  }

  private boolean isInSet(int open, byte b) {
    int end = endOfSet(glob, open);
    boolean isNot = glob[open + 1] == '!' || glob[open + 1] == '^';
    int value = b & 0xff;
    boolean isIn = false;
    for (int at = open + (isNot ? 2 : 1); at < end; at++) {
      int low = glob[at] & 0xff;
      int high = low;
      if (at + 2 < end && glob[at + 1] == '-') {
        high = glob[at + 2] & 0xff;
        at += 2;
      }
      isIn |= low <= value && value <= high;
    }
    return isIn != isNot;
  }

  @Override
  public String toString() {
    return new String(glob, StandardCharsets.UTF_8);
  }
}
