// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.pack;

import io.kmesh.core.internal.crypto.Aead;
import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.core.internal.repository.chunk.FrameCodec;
import io.kmesh.core.internal.repository.objects.DomainObjects;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;

/** Reads frames of packs. For one thread: it holds native memory until it is closed. */
public final class PackReader implements AutoCloseable {
  private final DomainObjects objects;
  private final PackKeys keys;
  private final FrameCodec codec;
  private final byte[] nonce = new byte[12];
  private byte[] bodyRoom = {};
  private byte[] contentRoom = {};
  private PackId current = new PackId(0, 0);
  private byte[] associated = PackForm.associated(current);
  private Aead aead;

  /** A reader of a domain's packs. */
  public PackReader(DomainObjects objects, PackKeys keys) throws IOException {
    this.objects = objects;
    this.keys = keys;
    this.codec = new FrameCodec();
    this.aead = aead(current);
  }

  private Aead aead(PackId id) {
    byte[] key = keys.of(id.toBytes());
    try {
      return new Aead(key);
    } finally {
      Arrays.fill(key, (byte) 0);
    }
  }

  /** Reads a frame by its place. What it gives is valid until the next call, see {@link Frame}. */
  public Frame read(PackId id, int offset, int sealed) throws IOException {
    ByteBuffer bytes = objects.rangeBuffer(id.key(), offset, sealed);
    Frame frame = decode(id, bytes.array(), bytes.arrayOffset() + bytes.position(), offset);
    if (frame.header().sealed() != sealed) {
      throw damaged(id, offset, "its length is not what the index says");
    }
    return frame;
  }

  /** The header of the frame that begins in an array. */
  public PackForm.FrameHeader header(PackId id, byte[] bytes, int at, long offset)
      throws IOException {
    if (!id.equals(current)) {
      aead = aead(id);
      associated = PackForm.associated(id);
      current = id;
    }
    if (bytes.length - at < PackForm.SEALED_HEADER) {
      throw damaged(id, offset, "it ends early");
    }
    byte[] plain = new byte[PackForm.FRAME_HEADER];
    message(offset, 'H');
    unseal(id, offset, bytes, at, PackForm.SEALED_HEADER, plain);
    PackForm.FrameHeader header = PackForm.FrameHeader.read(plain, what(id, offset));
    if (bytes.length - at < header.sealed()) {
      throw damaged(id, offset, "it ends early");
    }
    return header;
  }

  /**
   * The unsealed body of a frame, as another frame may have it; valid until the next call.
   *
   * @param header its header
   * @param body its body, and more bytes behind it
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  public record Raw(PackForm.FrameHeader header, byte[] body) {}

  /** Opens the seals of a frame and no more. */
  public Raw readRaw(PackId id, int offset, int sealed) throws IOException {
    return unseal(id, objects.range(id.key(), offset, sealed), 0, offset);
  }

  private Raw unseal(PackId id, byte[] bytes, int at, long offset) throws IOException {
    PackForm.FrameHeader header = header(id, bytes, at, offset);
    bodyRoom = room(bodyRoom, header.body());
    message(offset + PackForm.SEALED_HEADER, 'B');
    unseal(id, offset, bytes, at + PackForm.SEALED_HEADER, header.body() + PackForm.TAG, bodyRoom);
    return new Raw(header, bodyRoom);
  }

  /** Opens the frame that begins in an array. */
  public Frame decode(PackId id, byte[] bytes, int at, long offset) throws IOException {
    return decode(id, offset, unseal(id, bytes, at, offset));
  }

  /** Reads what is in an unsealed frame. */
  public Frame decode(PackId id, long offset, Raw raw) throws IOException {
    PackForm.FrameHeader header = raw.header();
    byte[] body = raw.body();
    int[] lengths = new int[header.chunks()];
    ByteInput in = new ByteInput(body, 0, header.body(), what(id, offset));
    if (header.codec() == PackForm.PADDING) {
      return new Frame(header, new int[1], new byte[0]);
    }
    int sum = 0;
    if (header.chunks() > 1) {
      for (int i = 0; i < lengths.length; i++) {
        lengths[i] = (int) in.varint(header.content() - sum, "length of a chunk");
        sum += lengths[i];
      }
    } else if (header.chunks() == 1) {
      lengths[0] = header.content();
      sum = lengths[0];
    }
    if (sum != header.content()) {
      throw damaged(id, offset, "its chunks are not as long as it says");
    }
    try {
      if (header.chunks() == 1) {
        return single(header, body);
      }
      byte[] content =
          codec.decode(
              header.codec(),
              header.stride(),
              body,
              in.position(),
              header.body() - in.position(),
              header.content());
      int[] ends = new int[lengths.length + 1];
      for (int i = 0; i < lengths.length; i++) {
        ends[i + 1] = ends[i] + lengths[i];
      }
      return new Frame(header, ends, content);
    } catch (ProviderException e) {
      throw new ProviderException(
          e.kind(), "Cannot read " + what(id, offset) + ": " + e.getMessage(), e);
    }
  }

  /** A large chunk is used once and at once: it is not copied where it need not be. */
  private Frame single(PackForm.FrameHeader header, byte[] body) throws IOException {
    int[] ends = {0, header.content()};
    if (header.codec() == FrameCodec.STORED
        && header.stride() == 1
        && header.body() == header.content()) {
      return new Frame(header, ends, body);
    }
    contentRoom = room(contentRoom, header.content());
    codec.decode(
        header.codec(), header.stride(), body, 0, header.body(), contentRoom, 0, header.content());
    return new Frame(header, ends, contentRoom);
  }

  private static byte[] room(byte[] room, int length) {
    return room.length >= length ? room : new byte[Math.max(length, 1 << 20)];
  }

  private void message(long offset, char kind) {
    PackForm.nonce(nonce, offset);
    PackForm.place(associated, offset, kind);
  }

  private void unseal(PackId id, long offset, byte[] bytes, int at, int length, byte[] into)
      throws IOException {
    try {
      aead.open(bytes, at, length, nonce, associated, into, 0);
    } catch (AEADBadTagException e) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot read " + what(id, offset) + ": its seal is broken. Run a check, then a repair.",
          e);
    }
  }

  private String what(PackId id, long offset) {
    return "the frame at " + offset + " of " + objects.full(id.key());
  }

  private ProviderException damaged(PackId id, long offset, String reason) {
    return new ProviderException(
        ErrorKind.CORRUPT,
        "Cannot read " + what(id, offset) + ": " + reason + ". Run a check, then a repair.");
  }

  @Override
  public void close() {
    codec.close();
  }

  /**
   * A frame that was read. One of a single chunk is valid until the next call of its reader; one of
   * several may be kept.
   *
   * @param header its header
   * @param ends where its chunks begin: the first at 0; one more than there are chunks
   * @param content the chunks one behind the other, and perhaps more bytes
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  public record Frame(PackForm.FrameHeader header, int[] ends, byte[] content) {
    /** The number of chunks. */
    public int chunks() {
      return header.chunks();
    }

    /** Where a chunk begins. */
    public int start(int slot) {
      return ends[slot];
    }

    /** The bytes of a chunk. */
    public int length(int slot) {
      return ends[slot + 1] - ends[slot];
    }
  }
}
