// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.journal;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * The records of a journal's file: each with its length and a checksum, so that a torn one ends it.
 */
final class Frames {
  private static final int LONGEST = 16 << 20;
  private static final int HEAD = 8;

  private Frames() {}

  /** Writes a record's fields. */
  @FunctionalInterface
  interface Fields {
    void write(DataOutputStream out) throws IOException;
  }

  /** A record. */
  static ByteBuffer of(Fields fields) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      fields.write(new DataOutputStream(bytes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    byte[] body = bytes.toByteArray();
    return ByteBuffer.allocate(HEAD + body.length)
        .putInt(body.length)
        .putInt(sum(body))
        .put(body)
        .flip();
  }

  /** Several records as one buffer. */
  static ByteBuffer joined(List<ByteBuffer> records) {
    ByteBuffer all = ByteBuffer.allocate(records.stream().mapToInt(ByteBuffer::remaining).sum());
    records.forEach(record -> all.put(record.duplicate()));
    return all.flip();
  }

  /** The records up to the first that is not whole. */
  static List<ByteBuffer> split(byte[] file) {
    List<ByteBuffer> records = new ArrayList<>();
    ByteBuffer in = ByteBuffer.wrap(file);
    while (in.remaining() >= HEAD) {
      int length = in.getInt();
      int sum = in.getInt();
      if (length < 1 || length > LONGEST || length > in.remaining()) {
        return records;
      }
      byte[] body = new byte[length];
      in.get(body);
      if (sum(body) != sum) {
        return records;
      }
      records.add(ByteBuffer.wrap(body));
    }
    return records;
  }

  /** Makes something of the records of a file, behind type and version of the first one. */
  @FunctionalInterface
  interface Reader<T> {
    /** Fails as buffers do, or with an argument that is none, when it is damaged. */
    Optional<T> read(ByteBuffer first, List<ByteBuffer> others);
  }

  /** Reads a file; empty when it does not begin with a whole record of a type and a version. */
  static <T> Optional<T> read(byte[] file, int type, int version, Reader<T> reader) {
    List<ByteBuffer> records = split(file);
    if (records.isEmpty()) {
      return Optional.empty();
    }
    try {
      ByteBuffer first = records.get(0);
      return first.get() != type || first.get() != version
          ? Optional.empty()
          : reader.read(first, records.subList(1, records.size()));
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static int sum(byte[] body) {
    CRC32C crc = new CRC32C();
    crc.update(body);
    return (int) crc.getValue();
  }

  static void text(DataOutputStream out, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  /**
   * Reads a text.
   *
   * @throws BufferUnderflowException when it is cut off, or is no text
   */
  static String text(ByteBuffer in) {
    int length = in.getInt();
    if (length < 0 || length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    ByteBuffer bytes = in.slice(in.position(), length);
    in.position(in.position() + length);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException e) {
      throw new BufferUnderflowException();
    }
  }
}
