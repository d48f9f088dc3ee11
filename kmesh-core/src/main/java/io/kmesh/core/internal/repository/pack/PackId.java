// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.pack;

import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.spi.ProviderException;
import java.util.HexFormat;

/**
 * The number of a pack: its session's 12 bytes and a counter.
 *
 * @param high bytes 0 to 7 of the session's number, big-endian
 * @param low bytes 8 to 11 of the session's number, then the counter
 */
public record PackId(long high, long low) implements Comparable<PackId> {
  /** The bytes of an id. */
  public static final int LENGTH = 16;

  private static final HexFormat HEX = HexFormat.of();

  /** The id of a session's pack. */
  public static PackId of(String session, int counter) {
    if (session.length() != 24) {
      throw new IllegalArgumentException("A session's number has 24 digits, not " + session + ".");
    }
    long high = HexFormat.fromHexDigitsToLong(session.substring(0, 16));
    long low = (long) HexFormat.fromHexDigits(session.substring(16)) << 32;
    return new PackId(high, low | (counter & 0xffff_ffffL));
  }

  /** The id that {@link #toString} gives. */
  public static PackId parse(String hexadecimal) {
    if (hexadecimal.length() != 32) {
      throw new IllegalArgumentException("A pack's id has 32 digits, not " + hexadecimal + ".");
    }
    return new PackId(
        HexFormat.fromHexDigitsToLong(hexadecimal.substring(0, 16)),
        HexFormat.fromHexDigitsToLong(hexadecimal.substring(16)));
  }

  /** Reads an id. */
  public static PackId read(ByteInput in) throws ProviderException {
    return new PackId(in.u64BigEndian(), in.u64BigEndian());
  }

  /** Writes the id. */
  public void write(ByteOutput out) {
    out.u64BigEndian(high);
    out.u64BigEndian(low);
  }

  /** The id's bytes. */
  public byte[] toBytes() {
    ByteOutput out = new ByteOutput(LENGTH);
    write(out);
    return out.toBytes();
  }

  /** The session that wrote it. */
  public String session() {
    return HEX.toHexDigits(high) + HEX.toHexDigits((int) (low >>> 32));
  }

  /** The pack's object below its domain. */
  public String key() {
    return "packs/" + session() + "/" + HEX.toHexDigits((int) low);
  }

  @Override
  public int compareTo(PackId other) {
    int order = Long.compareUnsigned(high, other.high);
    return order != 0 ? order : Long.compareUnsigned(low, other.low);
  }

  @Override
  public String toString() {
    return HEX.toHexDigits(high) + HEX.toHexDigits(low);
  }
}
