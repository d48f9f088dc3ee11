// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.pack;

import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.core.internal.repository.index.PackFrames;
import io.kmesh.spi.ProviderException;

/** Fixed parts of packs: docs/format/repository.md, "Packs". */
public final class PackForm {
  /** The bytes before the first frame. */
  public static final int HEADER = 32;

  /** The bytes that frame header and body have besides the body's content: header and two tags. */
  public static final int FRAME_OVERHEAD = 48;

  /** The codec of frames that are nothing. */
  public static final int PADDING = 255;

  static final int TAG = 16;
  static final int FRAME_HEADER = 16;
  static final int SEALED_HEADER = FRAME_HEADER + TAG;
  static final int ALIGNMENT = 4096;

  private static final int AAD = PackId.LENGTH + 9;

  private PackForm() {}

  static byte[] header(PackId id, int type) {
    ByteOutput out = new ByteOutput(HEADER);
    out.ascii("KMPK");
    out.u8(0);
    out.u8(type);
    out.u8(0);
    out.u8(0);
    id.write(out);
    out.raw(new byte[8]);
    return out.toBytes();
  }

  /**
   * Reads a pack's header and gives its type.
   *
   * @param key the pack's whole key, for messages
   */
  public static int type(byte[] header, PackId id, String key) throws ProviderException {
    ByteInput in = new ByteInput(header, "the pack " + key);
    byte[] magic = in.raw(4);
    int version = in.u8();
    int type = in.u8();
    int reserved = in.u8() | in.u8();
    if (magic[0] != 'K' || magic[1] != 'M' || magic[2] != 'P' || magic[3] != 'K' || version != 0) {
      throw in.damaged("it is no pack of version 0");
    }
    if (reserved != 0) {
      throw in.damaged("it has flags that nobody knows");
    }
    if (!PackId.read(in).equals(id)) {
      throw in.damaged("it is another pack");
    }
    if (type != PackFrames.DATA && type != PackFrames.METADATA) {
      throw in.damaged("its type is " + type);
    }
    return type;
  }

  static void nonce(byte[] nonce, long offset) {
    for (int i = 0; i < 8; i++) {
      nonce[4 + i] = (byte) (offset >>> (56 - 8 * i));
    }
  }

  /** Associated data that belongs to a pack; the offset and kind are set for each message. */
  static byte[] associated(PackId id) {
    byte[] data = new byte[AAD];
    System.arraycopy(id.toBytes(), 0, data, 0, PackId.LENGTH);
    return data;
  }

  static void place(byte[] associated, long offset, char kind) {
    for (int i = 0; i < 8; i++) {
      associated[PackId.LENGTH + i] = (byte) (offset >>> (56 - 8 * i));
    }
    associated[AAD - 1] = (byte) kind;
  }

  /**
   * The plain header of a frame.
   *
   * @param codec how the body is coded
   * @param stride of the filter
   * @param chunks how many
   * @param content bytes of all chunks
   * @param body bytes of the body without its tag
   */
  public record FrameHeader(int codec, int stride, int chunks, int content, int body) {
    /** The bytes of the frame in its pack. */
    public int sealed() {
      return SEALED_HEADER + body + TAG;
    }

    void write(byte[] into) {
      ByteOutput out = new ByteOutput(FRAME_HEADER);
      out.u8(codec);
      out.u8(stride);
      out.u8(0);
      out.u8(0);
      out.u32(chunks);
      out.u32(content);
      out.u32(body);
      System.arraycopy(out.array(), 0, into, 0, FRAME_HEADER);
    }

    static FrameHeader read(byte[] plain, String what) throws ProviderException {
      ByteInput in = new ByteInput(plain, 0, FRAME_HEADER, what);
      int codec = in.u8();
      int stride = in.u8();
      in.skip(2);
      return new FrameHeader(
          codec,
          stride,
          in.u32(1 << 24, "number of chunks"),
          in.u32(1 << 24, "bytes of content"),
          in.u32(1 << 26, "bytes of the body"));
    }
  }
}
