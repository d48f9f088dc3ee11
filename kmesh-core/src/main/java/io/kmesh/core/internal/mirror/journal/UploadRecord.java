// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.journal;

import io.kmesh.spi.store.UploadPart;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * An upload of a file that was under way.
 *
 * @param key the object's whole key
 * @param uploadId the store's id of the upload
 * @param stamp of the file when it began
 * @param bodySize the bytes of the object's body
 * @param partSize the bytes of each part but the last
 * @param attributes all that the object says, as far as it was known when the upload began
 * @param parts those that the store acknowledged, by number
 */
public record UploadRecord(
    String key,
    String uploadId,
    FileStamp stamp,
    long bodySize,
    int partSize,
    SortedMap<String, String> attributes,
    SortedMap<Integer, Part> parts) {
  private static final byte START = 1;
  private static final byte PART = 2;
  private static final int VERSION = 0;
  private static final int MOST_PARTS = 1 << 20;

  /**
   * A part that the store has.
   *
   * @param crc32c of its bytes, as they were read when it was sent
   */
  public record Part(UploadPart part, int crc32c) {}

  /** Copies the maps. */
  public UploadRecord {
    attributes = new TreeMap<>(attributes);
    parts = new TreeMap<>(parts);
  }

  /** The same with other parts. */
  public UploadRecord with(SortedMap<Integer, Part> held) {
    return new UploadRecord(key, uploadId, stamp, bodySize, partSize, attributes, held);
  }

  /** The file's content. */
  ByteBuffer encode() {
    List<ByteBuffer> records = new ArrayList<>();
    records.add(
        Frames.of(
            out -> {
              out.writeByte(START);
              out.writeByte(VERSION);
              Frames.text(out, key);
              Frames.text(out, uploadId);
              stamp.write(out);
              out.writeLong(bodySize);
              out.writeInt(partSize);
              out.writeInt(attributes.size());
              for (Map.Entry<String, String> attribute : attributes.entrySet()) {
                Frames.text(out, attribute.getKey());
                Frames.text(out, attribute.getValue());
              }
            }));
    parts.values().forEach(part -> records.add(encode(part)));
    return Frames.joined(records);
  }

  /** A part's record. */
  static ByteBuffer encode(Part part) {
    return Frames.of(
        out -> {
          out.writeByte(PART);
          out.writeInt(part.part().number());
          out.writeLong(part.part().size());
          out.writeInt(part.crc32c());
          Frames.text(out, part.part().etag());
        });
  }

  /** Reads a file; empty when it does not begin with a whole record of this version. */
  static Optional<UploadRecord> decode(byte[] file) {
    return Frames.read(file, START, VERSION, UploadRecord::read);
  }

  private static Optional<UploadRecord> read(ByteBuffer in, List<ByteBuffer> others) {
    String key = Frames.text(in);
    String uploadId = Frames.text(in);
    FileStamp stamp = FileStamp.read(in);
    long bodySize = in.getLong();
    int partSize = in.getInt();
    SortedMap<String, String> attributes = attributes(in);
    if (in.hasRemaining() || bodySize < 0 || partSize < 1) {
      return Optional.empty();
    }
    SortedMap<Integer, Part> parts = new TreeMap<>();
    for (ByteBuffer record : others) {
      Part part = part(record);
      parts.put(part.part().number(), part);
    }
    return Optional.of(
        new UploadRecord(key, uploadId, stamp, bodySize, partSize, attributes, parts));
  }

  private static SortedMap<String, String> attributes(ByteBuffer in) {
    SortedMap<String, String> attributes = new TreeMap<>();
    int count = in.getInt();
    for (int i = 0; i < count; i++) {
      attributes.put(Frames.text(in), Frames.text(in));
    }
    return attributes;
  }

  private static Part part(ByteBuffer in) {
    byte type = in.get();
    int number = in.getInt();
    long size = in.getLong();
    int crc32c = in.getInt();
    String etag = Frames.text(in);
    if (type != PART || number < 1 || number > MOST_PARTS || size < 0 || in.hasRemaining()) {
      throw new BufferUnderflowException();
    }
    return new Part(new UploadPart(number, etag, size), crc32c);
  }
}
