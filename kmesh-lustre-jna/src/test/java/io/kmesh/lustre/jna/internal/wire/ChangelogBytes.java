// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.wire;

import io.kmesh.lustre.ChangelogRecord;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Writes changelog records as an MDT does, leftovers and all. */
final class ChangelogBytes {
  private static final byte LEFTOVER = (byte) 0xee;

  private ChangelogBytes() {}

  /**
   * A record's bytes.
   *
   * @param nid the network id of its origin as 64 bits
   * @param beNid whether it is written as {@code struct lnet_nid}
   */
  static byte[] of(ChangelogRecord r, long nid, boolean beNid) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ChangelogRecord.RenameSource rename = r.rename();
    byte[] name = name(r);
    String job = r.jobId();
    boolean hasOpen = r.openMode() != 0;
    int extra =
        (r.origin() != null ? 3 : 0)
            | (hasOpen ? 4 : 0)
            | (r.xattrName() != null ? 8 : 0)
            | (beNid ? 16 : 0);
    ByteBuffer head = buffer(Abi.ChangelogRec.SIZE);
    head.putShort(Abi.ChangelogRec.CR_NAMELEN, (short) name.length);
    head.putShort(
        Abi.ChangelogRec.CR_FLAGS,
        (short)
            (r.flags()
                | AbiConstants.CLF_VERSION
                | (rename != null ? AbiConstants.CLF_RENAME : 0)
                | (job != null ? AbiConstants.CLF_JOBID : 0)
                | (extra != 0 ? AbiConstants.CLF_EXTRA_FLAGS : 0)));
    head.putInt(Abi.ChangelogRec.CR_TYPE, r.typeCode());
    head.putLong(Abi.ChangelogRec.CR_INDEX, r.index());
    head.putLong(Abi.ChangelogRec.CR_TIME, r.time().getEpochSecond() << 30 | r.time().getNano());
    Wire.putFid(head, Abi.ChangelogRec.CR_TFID, r.fid());
    Wire.putFid(head, Abi.ChangelogRec.CR_PFID, r.parent());
    if (name.length == 0) {
      head.put(Abi.ChangelogRec.CR_PFID, LEFTOVER);
    }
    out.writeBytes(bytes(head));
    if (rename != null) {
      ByteBuffer ext = buffer(Abi.ChangelogExtRename.SIZE);
      Wire.putFid(ext, Abi.ChangelogExtRename.CR_SFID, rename.fid());
      Wire.putFid(ext, Abi.ChangelogExtRename.CR_SPFID, rename.parent());
      out.writeBytes(bytes(ext));
    }
    if (job != null) {
      out.writeBytes(padded(job.getBytes(StandardCharsets.UTF_8), Abi.ChangelogExtJobid.SIZE));
    }
    if (extra != 0) {
      out.writeBytes(bytes(buffer(8).putLong(extra)));
    }
    ChangelogRecord.Origin origin = r.origin();
    if (origin != null) {
      out.writeBytes(bytes(buffer(16).putLong(origin.uid()).putLong(origin.gid())));
      out.writeBytes(nid(nid, beNid));
    }
    if (hasOpen) {
      out.writeBytes(bytes(buffer(4).putInt(r.openMode())));
    }
    if (r.xattrName() != null) {
      out.writeBytes(padded(r.xattrName().toBytes(), Abi.ChangelogExtXattr.SIZE));
    }
    out.writeBytes(name);
    return out.toByteArray();
  }

  private static byte[] name(ChangelogRecord r) {
    ByteArrayOutputStream name = new ByteArrayOutputStream();
    name.writeBytes(r.name().toBytes());
    if (r.rename() != null) {
      name.write(0);
      name.writeBytes(r.rename().name().toBytes());
    }
    return name.toByteArray();
  }

  private static byte[] nid(long nid, boolean be) {
    ByteBuffer ext = buffer(Abi.ChangelogExtNid.SIZE);
    if (be) {
      ext.put(Abi.LnetNid.NID_TYPE, (byte) (nid >>> 48));
      ext.put(Abi.LnetNid.NID_NUM, (byte) (nid >>> 40));
      ext.put(Abi.LnetNid.NID_NUM + 1, (byte) (nid >>> 32));
      for (int i = 0; i < 4; i++) {
        ext.put(Abi.LnetNid.NID_ADDR + i, (byte) (nid >>> (24 - 8 * i)));
      }
    } else {
      ext.putLong(0, nid);
    }
    return bytes(ext);
  }

  /** A text, its NUL, and what was there before. */
  private static byte[] padded(byte[] text, int length) {
    ByteBuffer out = buffer(length);
    out.put(0, text);
    if (text.length + 1 < length) {
      out.put(text.length + 1, LEFTOVER);
    }
    return bytes(out);
  }

  private static ByteBuffer buffer(int length) {
    return Wire.wrap(new byte[length]);
  }

  private static byte[] bytes(ByteBuffer buffer) {
    return Wire.copy(buffer, 0, buffer.capacity());
  }
}
