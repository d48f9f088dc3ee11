// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.engine.ArchiveReceipt;
import io.kmesh.lustre.Fid;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** The stored form of a receipt, docs/format/receipt.md. */
public final class ReceiptFormat {
  private static final int MAGIC = 0x4b4d5243;
  private static final int VERSION = 0;
  private static final int FIXED = 4 + 1 + 16 + 8 + 8 + 32;
  private static final int LONGEST_TEXT = 4096;

  private ReceiptFormat() {}

  /** The bytes of a receipt. */
  public static byte[] encode(ArchiveReceipt receipt) {
    byte[] store = text("store", receipt.store());
    byte[] key = text("key", receipt.key());
    byte[] version = text("version", receipt.version());
    ByteBuffer out =
        ByteBuffer.allocate(FIXED + 6 + store.length + key.length + version.length + 4);
    out.putInt(MAGIC).put((byte) VERSION);
    out.putLong(receipt.fid().sequence()).putInt(receipt.fid().oid());
    out.putInt(receipt.fid().version());
    out.putLong(receipt.dataVersion()).putLong(receipt.size()).put(receipt.sha256().bytes());
    out.putShort((short) store.length).put(store);
    out.putShort((short) key.length).put(key);
    out.putShort((short) version.length).put(version);
    out.putInt(checksum(out.array(), out.position()));
    return out.array();
  }

  /** Reads a receipt; see {@link io.kmesh.engine.ReceiptCodec#decode}. */
  public static ArchiveReceipt decode(byte[] bytes) throws ProviderException {
    if (bytes.length < FIXED + 6 + 4) {
      throw corrupt("it has only " + bytes.length + " bytes", null);
    }
    ByteBuffer in = ByteBuffer.wrap(bytes);
    if (in.getInt() != MAGIC) {
      throw corrupt("it does not begin with KMRC", null);
    }
    int format = in.get() & 0xff;
    if (format != VERSION) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot read a receipt: its format is "
              + format
              + ", this Kmesh knows "
              + VERSION
              + ". Use the Kmesh that wrote it.");
    }
    if (ByteBuffer.wrap(bytes).getInt(bytes.length - 4) != checksum(bytes, bytes.length - 4)) {
      throw corrupt("its checksum is wrong", null);
    }
    Fid fid = new Fid(in.getLong(), in.getInt(), in.getInt());
    long dataVersion = in.getLong();
    long size = in.getLong();
    byte[] sha256 = new byte[32];
    in.get(sha256);
    String store = text(in);
    String key = text(in);
    String version = text(in);
    if (in.remaining() != 4) {
      throw corrupt("it has " + (in.remaining() - 4) + " bytes too many", null);
    }
    if (size < 0) {
      throw corrupt("its size is negative", null);
    }
    return new ArchiveReceipt(fid, dataVersion, store, key, version, size, new Sha256(sha256));
  }

  private static int checksum(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }

  private static byte[] text(String name, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > LONGEST_TEXT) {
      throw new IllegalArgumentException(
          "Cannot write a receipt: its "
              + name
              + " has "
              + bytes.length
              + " bytes, more than "
              + LONGEST_TEXT
              + ".");
    }
    return bytes;
  }

  private static String text(ByteBuffer in) throws ProviderException {
    int length = in.remaining() < 2 ? -1 : in.getShort() & 0xffff;
    if (length < 0 || length > LONGEST_TEXT || in.remaining() < length) {
      throw corrupt("a text in it is cut off", null);
    }
    ByteBuffer bytes = in.slice(in.position(), length);
    in.position(in.position() + length);
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .decode(bytes)
          .toString();
    } catch (CharacterCodingException e) {
      throw corrupt("a text in it is not UTF-8", e);
    }
  }

  private static ProviderException corrupt(String reason, @Nullable Throwable cause) {
    return new ProviderException(
        ErrorKind.CORRUPT,
        "Cannot read a receipt: " + reason + ". Archive the file again to get a new one.",
        cause);
  }
}
