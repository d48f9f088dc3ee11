// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.wire;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Extent;
import io.kmesh.lustre.Fid;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** What all codecs share: little-endian views, FIDs, extents, and one wording of a refusal. */
final class Wire {
  private Wire() {}

  /** A view of what remains of a buffer, from 0 on, little endian; the buffer stays as it is. */
  static ByteBuffer view(ByteBuffer buffer) {
    return buffer.slice().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** A little-endian buffer over bytes that are to be written. */
  static ByteBuffer wrap(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Checks that a struct's fixed part is there. */
  static void require(ByteBuffer buffer, int bytes, String object) throws ProviderException {
    if (buffer.limit() < bytes) {
      throw corrupt(object, "it has " + buffer.limit() + " bytes of at least " + bytes);
    }
  }

  /** The FID at an offset; the caller has checked that 16 bytes are there. */
  static Fid fid(ByteBuffer buffer, int at) {
    return new Fid(
        buffer.getLong(at + Abi.LuFid.F_SEQ),
        buffer.getInt(at + Abi.LuFid.F_OID),
        buffer.getInt(at + Abi.LuFid.F_VER));
  }

  static void putFid(ByteBuffer buffer, int at, Fid fid) {
    buffer.putLong(at + Abi.LuFid.F_SEQ, fid.sequence());
    buffer.putInt(at + Abi.LuFid.F_OID, fid.oid());
    buffer.putInt(at + Abi.LuFid.F_VER, fid.version());
  }

  static Extent extent(ByteBuffer buffer, int at) {
    return new Extent(
        buffer.getLong(at + Abi.HsmExtent.OFFSET), buffer.getLong(at + Abi.HsmExtent.LENGTH));
  }

  static void putExtent(ByteBuffer buffer, int at, Extent extent) {
    buffer.putLong(at + Abi.HsmExtent.OFFSET, extent.offset());
    buffer.putLong(at + Abi.HsmExtent.LENGTH, extent.length());
  }

  /** An archive's number; Lustre has 32 bits for it, libraries take only the lower 31. */
  static ArchiveId archiveId(int value, String object) throws ProviderException {
    if (value < 0) {
      throw corrupt(object, "its archive id is " + Integer.toUnsignedString(value));
    }
    return ArchiveId.of(value);
  }

  /** A size rounded up to a multiple of 8, as items of action lists are. */
  static int align8(int bytes) {
    return (bytes + 7) & ~7;
  }

  /** Where a text in {@code [from, to)} ends: its NUL, or {@code to} when there is none. */
  static int end(ByteBuffer buffer, int from, int to) {
    int end = from;
    while (end < to && buffer.get(end) != 0) {
      end++;
    }
    return end;
  }

  /** A copy of a range that the caller has checked. */
  static byte[] copy(ByteBuffer buffer, int from, int length) {
    byte[] bytes = new byte[length];
    buffer.get(from, bytes);
    return bytes;
  }

  /** Bytes that are not what Lustre writes. */
  static ProviderException corrupt(String object, String reason) {
    return new ProviderException(
        ErrorKind.CORRUPT,
        "Cannot read "
            + object
            + ": "
            + reason
            + ". The bytes are damaged, or of a release of Lustre that this build doesn't know;"
            + " look for a newer one.");
  }

  /** A request that Lustre can't be asked. */
  static ProviderException invalid(String object, String reason, String remedy) {
    return new ProviderException(
        ErrorKind.INVALID, "Cannot encode " + object + ": " + reason + ". " + remedy);
  }
}
