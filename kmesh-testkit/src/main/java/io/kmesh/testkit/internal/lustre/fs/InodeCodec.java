// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileType;
import io.kmesh.testkit.internal.lustre.HsmAttributes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The stored form of an inode: a slot of {@value #SLOT_BYTES} bytes with its checksum. It is
 * written by one call and lies within one page, so that a killed process leaves the old or the new
 * one. The format is in {@code docs/format/simulated-lustre.md}.
 */
final class InodeCodec {
  /** The bytes of a slot. */
  static final int SLOT_BYTES = 1024;

  /** "KSI" and the version 0. */
  static final int MAGIC = 0x0049534b;

  /** Most bytes of the variable part that an inode may have. */
  static final int MAX_VARS_BYTES = 64 << 20;

  private static final int HEADER_BYTES = 192;

  /** Most bytes of the variable part that a slot holds; more go to an overflow file. */
  static final int INLINE_BYTES = SLOT_BYTES - HEADER_BYTES;

  private static final int TAG_LINK = 1;
  private static final int TAG_XATTR = 2;
  private static final int TAG_PLACEMENT = 3;
  private static final int TAG_DIRECTORY_DEFAULT = 4;
  private static final int TAG_SYMLINK = 5;

  private InodeCodec() {}

  /** Encodes an inode whose variable part is in {@code encodedVars} or in its overflow file. */
  static ByteBuffer encode(Inode inode) {
    ByteBuffer out = ByteBuffer.allocate(SLOT_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(MAGIC).putInt(0);
    out.putLong(inode.fid.sequence()).putInt(inode.fid.oid()).putInt(inode.fid.version());
    out.putInt(inode.type.bits() | inode.mode).putInt(inode.bits);
    out.putInt((int) inode.uid).putInt((int) inode.gid);
    out.putLong(inode.links).putLong(inode.size).putLong(inode.allocated);
    out.putLong(inode.atime.seconds()).putInt(inode.atime.nanos());
    out.putLong(inode.mtime.seconds()).putInt(inode.mtime.nanos());
    out.putLong(inode.ctime.seconds()).putInt(inode.ctime.nanos());
    out.putLong(inode.rdev).putLong(inode.dataVersion);
    out.putLong(inode.generation).putLong(inode.lastGeneration);
    out.putInt(inode.hsm.flags()).putInt(inode.hsm.archiveId());
    out.putLong(inode.hsm.archivedVersion());
    out.putLong(inode.overflow);
    byte @Nullable [] vars = inode.overflow == 0 ? inode.encodedVars : null;
    out.putInt(vars == null ? 0 : vars.length);
    out.putInt((int) inode.project);
    out.position(HEADER_BYTES);
    if (vars != null) {
      out.put(vars);
    }
    out.clear();
    out.putInt(4, checksum(out));
    return out;
  }

  /**
   * Decodes a slot.
   *
   * @return the inode, or null for a slot that holds none (all zeros)
   * @throws ProviderException CORRUPT when it is not an inode of version 0 with its checksum
   */
  static @Nullable Inode decode(ByteBuffer slot, String what) throws ProviderException {
    ByteBuffer in = slot.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    if (in.remaining() != SLOT_BYTES) {
      throw Failures.corrupt(what, "a slot has " + SLOT_BYTES + " bytes, not " + in.remaining());
    }
    int base = in.position();
    int magic = in.getInt(base);
    if (magic == 0) {
      return null;
    }
    if ((magic & 0xffffff) != MAGIC) {
      throw Failures.corrupt(what, "it does not begin as an inode");
    }
    if (magic != MAGIC) {
      throw Failures.corrupt(what, "its format has version " + (magic >>> 24) + ", not 0");
    }
    if (in.getInt(base + 4) != checksum(in)) {
      throw Failures.corrupt(what, "its checksum does not fit");
    }
    ByteReader reader = new ByteReader(in, what);
    reader.i64();
    Fid fid = reader.fid();
    int typeAndMode = reader.i32();
    FileType type;
    try {
      type = FileType.ofMode(typeAndMode);
    } catch (IllegalArgumentException e) {
      throw reader.corrupt("its type is not known");
    }
    Inode inode = new Inode(fid, type);
    inode.mode = typeAndMode & 07777;
    inode.bits = reader.i32();
    inode.uid = reader.u32();
    inode.gid = reader.u32();
    inode.links = reader.i64();
    inode.size = reader.i64();
    inode.allocated = reader.i64();
    inode.atime = reader.time();
    inode.mtime = reader.time();
    inode.ctime = reader.time();
    inode.rdev = reader.i64();
    inode.dataVersion = reader.i64();
    inode.generation = reader.i64();
    inode.lastGeneration = reader.i64();
    inode.hsm = new HsmAttributes(reader.i32(), reader.i32(), reader.i64());
    inode.overflow = reader.i64();
    int varsLength = reader.length(INLINE_BYTES);
    inode.project = reader.u32();
    if (inode.size < 0 || inode.links < 0 || inode.allocated < 0 || inode.hsm.archiveId() < 0) {
      throw reader.corrupt("a size or count is negative");
    }
    if (inode.overflow == 0) {
      reader.bytes(HEADER_BYTES - (SLOT_BYTES - reader.remaining()));
      inode.encodedVars = reader.bytes(varsLength);
    }
    return inode;
  }

  /** Encodes the variable part. */
  static byte[] encodeVars(InodeVars vars) {
    ByteWriter out = new ByteWriter(256);
    for (Link link : vars.links) {
      section(out, TAG_LINK, new ByteWriter(48).fid(link.parent()).path(link.name()));
    }
    for (Map.Entry<PathBytes, byte[]> xattr : vars.xattrs.entrySet()) {
      section(out, TAG_XATTR, new ByteWriter(64).path(xattr.getKey()).bytes(xattr.getValue()));
    }
    if (vars.placement != null) {
      ByteWriter body = new ByteWriter(64);
      LayoutCodec.write(body, vars.placement);
      section(out, TAG_PLACEMENT, body);
    }
    if (vars.directoryDefault != null) {
      ByteWriter body = new ByteWriter(64);
      LayoutCodec.write(body, vars.directoryDefault);
      section(out, TAG_DIRECTORY_DEFAULT, body);
    }
    if (vars.symlinkTarget != null) {
      section(out, TAG_SYMLINK, new ByteWriter(64).bytes(vars.symlinkTarget.toBytes()));
    }
    return out.toBytes();
  }

  /** Decodes the variable part. */
  static InodeVars decodeVars(byte[] encoded, String what) throws ProviderException {
    InodeVars vars = new InodeVars();
    ByteReader in = new ByteReader(encoded, what);
    while (in.hasMore()) {
      int tag = in.u8();
      byte[] bytes = in.bytes(in.length(in.remaining()));
      ByteReader body = new ByteReader(bytes, what);
      switch (tag) {
        case TAG_LINK -> {
          Fid parent = body.fid();
          vars.links.add(new Link(parent, body.path(body.u16())));
        }
        case TAG_XATTR -> {
          PathBytes name = body.path(body.u16());
          vars.xattrs.put(name, body.bytes(body.remaining()));
        }
        case TAG_PLACEMENT -> vars.placement = LayoutCodec.readPlacement(body);
        case TAG_DIRECTORY_DEFAULT -> vars.directoryDefault = LayoutCodec.readLayout(body);
        case TAG_SYMLINK -> vars.symlinkTarget = body.path(body.remaining());
        default -> throw in.corrupt("a section has the unknown tag " + tag);
      }
      if (body.hasMore()) {
        throw in.corrupt("a section of tag " + tag + " is longer than its content");
      }
    }
    return vars;
  }

  private static void section(ByteWriter out, int tag, ByteWriter body) {
    out.u8(tag).i32(body.length()).bytes(body.toBytes());
  }

  private static int checksum(ByteBuffer slot) {
    CRC32C crc = new CRC32C();
    ByteBuffer covered = slot.duplicate();
    covered.position(covered.position() + 8);
    crc.update(covered);
    return (int) crc.getValue();
  }
}
