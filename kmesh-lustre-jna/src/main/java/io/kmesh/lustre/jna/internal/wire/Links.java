// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.wire;

import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The names of an object: {@code trusted.link}. Source: {@code struct link_ea_header}, {@code
 * link_ea_entry}. The header is little endian, entries are big endian.
 *
 * @param names in their order
 * @param overflowTime when a name did not fit, in seconds since the epoch (32 bits, unsigned); 0
 *     when all names are here
 */
public record Links(List<Links.Name> names, long overflowTime) {
  private static final String OBJECT = "the names of an object (trusted.link)";

  /**
   * One name.
   *
   * @param parent the directory
   * @param name the entry's name there
   */
  public record Name(Fid parent, PathBytes name) {}

  /** Copies the list. */
  public Links {
    names = List.copyOf(names);
  }

  /** Whether these are all of its names. */
  public boolean areAll() {
    return overflowTime == 0;
  }

  /**
   * Reads an xattr's value.
   *
   * @param bytes what remains of it is read; it stays as it is
   * @throws ProviderException CORRUPT when the bytes are no such value
   */
  public static Links decode(ByteBuffer bytes) throws ProviderException {
    ByteBuffer in = Wire.view(bytes);
    Wire.require(in, Abi.LinkEaHeader.SIZE, OBJECT);
    int magic = in.getInt(Abi.LinkEaHeader.LEH_MAGIC);
    if (magic != AbiConstants.LINK_EA_MAGIC) {
      throw Wire.corrupt(OBJECT, String.format("its magic is 0x%x", magic));
    }
    long size = in.getLong(Abi.LinkEaHeader.LEH_LEN);
    long count = Integer.toUnsignedLong(in.getInt(Abi.LinkEaHeader.LEH_RECCOUNT));
    if (size < Abi.LinkEaHeader.SIZE || size > in.limit()) {
      throw Wire.corrupt(
          OBJECT, "it says to have " + Long.toUnsignedString(size) + " bytes of " + in.limit());
    }
    List<Name> names = new ArrayList<>();
    int at = Abi.LinkEaHeader.SIZE;
    for (long i = 0; i < count; i++) {
      int left = (int) size - at;
      int length = left < Abi.LinkEaEntry.SIZE ? 0 : u16(in, at + Abi.LinkEaEntry.LEE_RECLEN);
      if (length <= Abi.LinkEaEntry.SIZE || length > left) {
        throw Wire.corrupt(
            OBJECT,
            "name " + i + " of " + count + " has " + length + " bytes with " + left + " left");
      }
      names.add(name(in, at, length));
      at += length;
    }
    return new Links(names, Integer.toUnsignedLong(in.getInt(Abi.LinkEaHeader.LEH_OVERFLOW_TIME)));
  }

  private static Name name(ByteBuffer in, int at, int length) throws ProviderException {
    int fid = at + Abi.LinkEaEntry.LEE_PARENT_FID;
    int name = at + Abi.LinkEaEntry.LEE_NAME;
    int end = at + length;
    if (Wire.end(in, name, end) != end) {
      throw Wire.corrupt(OBJECT, "a name has a NUL");
    }
    return new Name(
        new Fid(
            Long.reverseBytes(in.getLong(fid + Abi.LuFid.F_SEQ)),
            Integer.reverseBytes(in.getInt(fid + Abi.LuFid.F_OID)),
            Integer.reverseBytes(in.getInt(fid + Abi.LuFid.F_VER))),
        PathBytes.of(Wire.copy(in, name, end - name)));
  }

  private static int u16(ByteBuffer in, int at) {
    return Short.toUnsignedInt(Short.reverseBytes(in.getShort(at)));
  }

  /** The bytes of this value. */
  byte[] encode() {
    int size = Abi.LinkEaHeader.SIZE;
    for (Name n : names) {
      size += Abi.LinkEaEntry.SIZE + n.name().length();
    }
    byte[] bytes = new byte[size];
    ByteBuffer out = Wire.wrap(bytes);
    out.putInt(Abi.LinkEaHeader.LEH_MAGIC, AbiConstants.LINK_EA_MAGIC);
    out.putInt(Abi.LinkEaHeader.LEH_RECCOUNT, names.size());
    out.putLong(Abi.LinkEaHeader.LEH_LEN, size);
    out.putInt(Abi.LinkEaHeader.LEH_OVERFLOW_TIME, (int) overflowTime);
    int at = Abi.LinkEaHeader.SIZE;
    for (Name n : names) {
      int length = Abi.LinkEaEntry.SIZE + n.name().length();
      int fid = at + Abi.LinkEaEntry.LEE_PARENT_FID;
      out.putShort(at + Abi.LinkEaEntry.LEE_RECLEN, Short.reverseBytes((short) length));
      out.putLong(fid + Abi.LuFid.F_SEQ, Long.reverseBytes(n.parent().sequence()));
      out.putInt(fid + Abi.LuFid.F_OID, Integer.reverseBytes(n.parent().oid()));
      out.putInt(fid + Abi.LuFid.F_VER, Integer.reverseBytes(n.parent().version()));
      out.put(at + Abi.LinkEaEntry.LEE_NAME, n.name().toBytes());
      at += length;
    }
    return bytes;
  }
}
