// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import io.kmesh.spi.store.Sha256;
import io.kmesh.spi.store.UploadPart;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * The log of an upload in parts: version 0 of {@code docs/format/directory-store.md}. Immutable.
 *
 * @param key the object's key
 * @param metadata its user metadata
 * @param parts the last record of each part
 * @param length the bytes of the log that are whole
 */
record UploadLog(
    String key, Map<String, String> metadata, NavigableMap<Integer, Part> parts, long length) {
  /** The offset of a part that lies in a file of its own. */
  static final long ELSEWHERE = -1;

  private static final int VERSION = 0;
  private static final byte START = 1;
  private static final byte PART = 2;
  private static final int LONGEST = 1 << 20;

  /**
   * A part.
   *
   * @param number its number
   * @param size its bytes
   * @param sha256 of them
   * @param generation random, new with each write
   * @param offset where it lies in {@code data}, or {@link #ELSEWHERE}
   * @param file the name of its own file; empty when it lies in {@code data}
   */
  record Part(int number, long size, Sha256 sha256, long generation, long offset, String file) {
    UploadPart view() {
      return new UploadPart(number, ObjectTrailer.etag(sha256, generation), size);
    }
  }

  /** The first record. */
  static ByteBuffer start(String key, Map<String, String> metadata) {
    byte[] keyBytes = key.getBytes(StandardCharsets.UTF_8);
    ByteBuffer body =
        ByteBuffer.allocate(1 + 4 + 2 + keyBytes.length + ObjectTrailer.metadataLength(metadata));
    body.put(START).putInt(VERSION).putShort((short) keyBytes.length).put(keyBytes);
    ObjectTrailer.putMetadata(body, metadata);
    return framed(body);
  }

  /** The record of a part. */
  static ByteBuffer part(Part part) {
    byte[] file = part.file.getBytes(StandardCharsets.US_ASCII);
    ByteBuffer body = ByteBuffer.allocate(1 + 4 + 8 + 32 + 8 + 8 + 2 + file.length);
    body.put(PART).putInt(part.number).putLong(part.size).put(part.sha256.bytes());
    body.putLong(part.generation).putLong(part.offset);
    body.putShort((short) file.length).put(file);
    return framed(body);
  }

  private static ByteBuffer framed(ByteBuffer body) {
    byte[] bytes = new byte[body.flip().remaining()];
    body.get(bytes);
    ByteBuffer record = ByteBuffer.allocate(8 + bytes.length);
    record.putInt(bytes.length).putInt(ObjectTrailer.crc32(bytes, 0, bytes.length));
    return record.put(bytes).flip();
  }

  /**
   * Decodes a log; what follows the last whole record is left out.
   *
   * @throws ObjectTrailer.DamageException when there is no whole first record, or a whole one says
   *     what none can
   */
  static UploadLog decode(ByteBuffer log) throws ObjectTrailer.DamageException {
    ByteBuffer in = log.duplicate();
    ByteBuffer first = next(in);
    if (first == null) {
      throw new ObjectTrailer.DamageException("the log of its upload has no beginning");
    }
    NavigableMap<Integer, Part> parts = new TreeMap<>();
    try {
      if (first.get() != START || first.getInt() != VERSION) {
        throw new ObjectTrailer.DamageException("the log of its upload is not of version 0");
      }
      String key = ObjectTrailer.text(first, "key");
      Map<String, String> metadata = ObjectTrailer.metadata(first);
      for (ByteBuffer body = next(in); body != null; body = next(in)) {
        Part part = decodePart(body);
        parts.put(part.number, part);
      }
      return new UploadLog(key, metadata, parts, in.position() - log.position());
    } catch (BufferUnderflowException e) {
      throw new ObjectTrailer.DamageException("a record of the log of its upload is too short");
    }
  }

  private static Part decodePart(ByteBuffer body) throws ObjectTrailer.DamageException {
    if (body.get() != PART) {
      throw new ObjectTrailer.DamageException("the log of its upload has a foreign record");
    }
    int number = body.getInt();
    long size = body.getLong();
    byte[] sha256 = new byte[32];
    body.get(sha256);
    long generation = body.getLong();
    long offset = body.getLong();
    String file = ObjectTrailer.text(body, "part's file");
    boolean elsewhere = offset == ELSEWHERE;
    if (number < 1
        || size < 0
        || body.hasRemaining()
        || (elsewhere ? !isPartFile(file) : offset < 0 || !file.isEmpty())) {
      throw new ObjectTrailer.DamageException("the log of its upload has a record of no part");
    }
    return new Part(number, size, new Sha256(sha256), generation, offset, file);
  }

  // A name from a log selects nothing but a part file beside it.
  private static boolean isPartFile(String name) {
    return name.startsWith("part-")
        && name.chars().allMatch(c -> c == '-' || (Character.digit(c, 36) >= 0 && c < 0x7f));
  }

  /** The next whole record, or null; the position stays behind the last whole one. */
  private static @org.jspecify.annotations.Nullable ByteBuffer next(ByteBuffer in) {
    if (in.remaining() < 8) {
      return null;
    }
    int length = in.getInt(in.position());
    if (length < 1 || length > LONGEST || length > in.remaining() - 8) {
      return null;
    }
    byte[] body = new byte[length];
    in.get(in.position() + 8, body);
    if (ObjectTrailer.crc32(body, 0, length) != in.getInt(in.position() + 4)) {
      return null;
    }
    in.position(in.position() + 8 + length);
    return ByteBuffer.wrap(body);
  }
}
