// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file identifier of Lustre: sequence, object id, version; all unsigned. Source: {@code struct
 * lu_fid}.
 *
 * @param sequence the 64-bit sequence
 * @param oid the 32-bit object id within it
 * @param version the 32-bit version, 0 today
 */
public record Fid(long sequence, int oid, int version) implements Comparable<Fid> {
  /** The FID of nothing: {@code [0x0:0x0:0x0]}. */
  public static final Fid ZERO = new Fid(0, 0, 0);

  private static final Pattern TEXT =
      Pattern.compile("\\[?0x([0-9a-fA-F]{1,16}):0x([0-9a-fA-F]{1,8}):0x([0-9a-fA-F]{1,8})\\]?");

  /**
   * Parses Lustre's text, with or without brackets.
   *
   * @throws IllegalArgumentException when the text is not a FID
   */
  public static Fid parse(String text) {
    Matcher m = TEXT.matcher(text);
    if (!m.matches() || text.startsWith("[") != text.endsWith("]")) {
      throw new IllegalArgumentException(
          "Cannot read the FID \"" + text + "\". Write it as [0x200000401:0x1:0x0].");
    }
    return new Fid(
        Long.parseUnsignedLong(m.group(1), 16),
        Integer.parseUnsignedInt(m.group(2), 16),
        Integer.parseUnsignedInt(m.group(3), 16));
  }

  /** Whether this is {@link #ZERO}. */
  public boolean isZero() {
    return equals(ZERO);
  }

  @Override
  public int compareTo(Fid other) {
    int c = Long.compareUnsigned(sequence, other.sequence);
    c = c != 0 ? c : Integer.compareUnsigned(oid, other.oid);
    return c != 0 ? c : Integer.compareUnsigned(version, other.version);
  }

  /** Lustre's text: {@code [0x200000401:0x1:0x0]}. */
  @Override
  public String toString() {
    return "[0x"
        + Long.toHexString(sequence)
        + ":0x"
        + Integer.toHexString(oid)
        + ":0x"
        + Integer.toHexString(version)
        + "]";
  }
}
