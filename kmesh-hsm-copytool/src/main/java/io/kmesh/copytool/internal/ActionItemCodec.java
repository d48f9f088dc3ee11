// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.internal;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Extent;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.ActionItem;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * The bytes of an action item in the journal. Format: docs/format/copytool-journal.md, version 0.
 */
public final class ActionItemCodec {
  /** The version of the format. */
  public static final int FORMAT = 0;

  private static final int FIXED = 4 + 1 + 8 + 16 + 16 + 4 + 8 + 16 + 4;
  private static final int MAX_PAYLOAD = 64 * 1024;
  private static final List<HsmActionKind> KINDS =
      List.of(
          HsmActionKind.ARCHIVE, HsmActionKind.RESTORE, HsmActionKind.REMOVE, HsmActionKind.CANCEL);

  private ActionItemCodec() {}

  /** Encodes an item. */
  public static byte[] encode(ActionItem item) {
    byte[] payload = item.payload();
    ByteBuffer out = ByteBuffer.allocate(FIXED + payload.length).order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(item.mdt());
    out.put((byte) KINDS.indexOf(item.action()));
    out.putLong(item.cookie());
    putFid(out, item.fid());
    putFid(out, item.dataFid());
    out.putInt(item.archiveId().value());
    out.putLong(item.flags());
    out.putLong(item.extent().offset()).putLong(item.extent().length());
    out.putInt(payload.length).put(payload);
    return out.array();
  }

  /**
   * Decodes an item.
   *
   * @param name what the bytes are, for errors
   * @throws ProviderException CORRUPT when the bytes are not an item
   */
  public static ActionItem decode(String name, int format, byte[] bytes) throws IOException {
    if (format != FORMAT) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot read the copytool journal entry "
              + name
              + ": it has format "
              + format
              + ", this build knows "
              + FORMAT
              + ". Use the Kmesh release that wrote it.");
    }
    try {
      ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      int mdt = in.getInt();
      int kind = in.get();
      long cookie = in.getLong();
      Fid fid = fid(in);
      Fid dataFid = fid(in);
      int archive = in.getInt();
      long flags = in.getLong();
      Extent extent = new Extent(in.getLong(), in.getLong());
      int length = in.getInt();
      if (kind < 0
          || kind >= KINDS.size()
          || length < 0
          || length > MAX_PAYLOAD
          || length != in.remaining()
          || archive < 0) {
        throw corrupt(name);
      }
      byte[] payload = new byte[length];
      in.get(payload);
      return new ActionItem(
          mdt,
          KINDS.get(kind),
          cookie,
          fid,
          dataFid,
          ArchiveId.of(archive),
          flags,
          extent,
          payload);
    } catch (BufferUnderflowException e) {
      throw corrupt(name);
    }
  }

  private static ProviderException corrupt(String name) {
    return new ProviderException(
        ErrorKind.CORRUPT,
        "Cannot read the copytool journal entry "
            + name
            + ": its bytes are damaged. Delete it; the coordinator ends the action by its timeout.");
  }

  private static void putFid(ByteBuffer out, Fid fid) {
    out.putLong(fid.sequence()).putInt(fid.oid()).putInt(fid.version());
  }

  private static Fid fid(ByteBuffer in) {
    return new Fid(in.getLong(), in.getInt(), in.getInt());
  }
}
