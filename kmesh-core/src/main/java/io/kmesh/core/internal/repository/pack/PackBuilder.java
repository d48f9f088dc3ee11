// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.pack;

import io.kmesh.core.internal.crypto.Aead;
import io.kmesh.core.internal.repository.index.PackFrames;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A pack that is being filled in memory. For one thread at a time. */
final class PackBuilder {
  private static final int FIRST_ROOM = 1 << 20;

  /** Beyond the target a pack grows by one frame: of a chunk that could not be made smaller. */
  private static final int LAST_FRAME = (4 << 20) + (64 << 10);

  private final PackId id;
  private final int type;
  private final int target;
  private final Aead aead;
  private final byte[] nonce = new byte[12];
  private final byte[] associated;
  private final byte[] header = new byte[PackForm.FRAME_HEADER];
  private final List<PackFrames.Frame> frames = new ArrayList<>();
  private byte[] bytes;
  private int size;

  /** Begins a pack in an array that is kept for it, or grows. */
  PackBuilder(PackId id, int type, int target, byte[] key, byte[] room) throws IOException {
    this.id = id;
    this.type = type;
    this.target = target;
    this.aead = new Aead(key);
    this.associated = PackForm.associated(id);
    this.bytes = room.length == 0 ? new byte[FIRST_ROOM] : room;
    byte[] start = PackForm.header(id, type);
    System.arraycopy(start, 0, bytes, 0, start.length);
    this.size = start.length;
  }

  PackId id() {
    return id;
  }

  int size() {
    return size;
  }

  /** Adds a frame of one chunk or more. */
  void add(
      int codec,
      int stride,
      int content,
      long[] prefixes,
      byte[] table,
      int tableLength,
      byte[] body,
      int offset,
      int length)
      throws IOException {
    int before = size;
    PackForm.FrameHeader frame =
        new PackForm.FrameHeader(codec, stride, prefixes.length / 2, content, tableLength + length);
    seal(frame, table, tableLength, body, offset, length);
    frames.add(new PackFrames.Frame(size - before, content, prefixes));
  }

  private void seal(
      PackForm.FrameHeader frame,
      byte[] table,
      int tableLength,
      byte[] body,
      int offset,
      int length)
      throws IOException {
    need(frame.sealed());
    frame.write(header);
    message(size, 'H');
    size += aead.seal(header, 0, header.length, nonce, associated, bytes, size);
    message(size, 'B');
    if (tableLength == 0) {
      size += aead.seal(body, offset, length, nonce, associated, bytes, size);
    } else {
      byte[] plain = new byte[tableLength + length];
      System.arraycopy(table, 0, plain, 0, tableLength);
      System.arraycopy(body, offset, plain, tableLength, length);
      size += aead.seal(plain, 0, plain.length, nonce, associated, bytes, size);
    }
  }

  private void message(long offset, char kind) {
    PackForm.nonce(nonce, offset);
    PackForm.place(associated, offset, kind);
  }

  private void need(int more) {
    if (bytes.length - size < more) {
      int doubled = Math.min(2 * bytes.length, target + LAST_FRAME);
      bytes = Arrays.copyOf(bytes, Math.max(size + more, doubled));
    }
  }

  /** Pads the pack to a multiple of the alignment and gives what it is. */
  PackFrames end() throws IOException {
    int rest = (PackForm.ALIGNMENT - size % PackForm.ALIGNMENT) % PackForm.ALIGNMENT;
    if (rest > 0) {
      int padding =
          rest >= PackForm.FRAME_OVERHEAD
              ? rest - PackForm.FRAME_OVERHEAD
              : rest + PackForm.ALIGNMENT - PackForm.FRAME_OVERHEAD;
      byte[] zeros = new byte[padding];
      seal(
          new PackForm.FrameHeader(PackForm.PADDING, 1, 0, 0, padding),
          zeros,
          0,
          zeros,
          0,
          padding);
    }
    return new PackFrames(id, type, size, frames);
  }

  /** The pack's bytes. */
  ByteBuffer bytes() {
    return ByteBuffer.wrap(bytes, 0, size);
  }

  /** The array, for another pack. */
  byte[] room() {
    return bytes;
  }
}
