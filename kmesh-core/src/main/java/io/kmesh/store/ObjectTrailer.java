// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import io.kmesh.spi.store.Crc32c;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.Sha256;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32;

/**
 * What stands behind an object's bytes in its file: version 0 of {@code
 * docs/format/directory-store.md}.
 *
 * @param key the key
 * @param size the object's bytes
 * @param checksum of these bytes
 * @param generation random, new with each write
 * @param modified when it was written
 * @param metadata user metadata
 */
record ObjectTrailer(
    String key,
    long size,
    BodyChecksum checksum,
    long generation,
    Instant modified,
    Map<String, String> metadata) {
  /** The bytes of the footer, the file's last. */
  static final int FOOTER = 20;

  /** No trailer is longer: key, metadata and the fixed fields. */
  static final int LONGEST = 1 << 20;

  /** With a SHA-256. */
  private static final int VERSION = 0;

  /** With a CRC-32C. */
  private static final int VERSION_CRC32C = 1;

  private static final byte[] MAGIC = "KmeshObj".getBytes(StandardCharsets.US_ASCII);

  /** Damage that a decoder found; says what. */
  static final class DamageException extends Exception {
    private static final long serialVersionUID = 1L;

    DamageException(String message) {
      super(message);
    }
  }

  /** The ETag of content and generation. */
  static String etag(Sha256 sha256, long generation) {
    return etag(new BodyChecksum.OfSha256(sha256), generation);
  }

  private static String etag(BodyChecksum checksum, long generation) {
    return checksum.etagDigits() + "-" + HexFormat.of().toHexDigits(generation);
  }

  /** What the store says of this object. */
  ObjectInfo info() {
    return new ObjectInfo(
        key,
        size,
        etag(checksum, generation),
        null,
        modified,
        metadata,
        checksum.sha256().orElse(null));
  }

  /** Body and footer. */
  byte[] encode() {
    byte[] keyBytes = key.getBytes(StandardCharsets.UTF_8);
    byte[] sum =
        checksum instanceof BodyChecksum.OfCrc32c crc
            ? ByteBuffer.allocate(4).putInt(crc.value().value()).array()
            : ((BodyChecksum.OfSha256) checksum).value().bytes();
    int length = 2 + keyBytes.length + 8 + sum.length + 8 + 8 + 4 + metadataLength(metadata);
    ByteBuffer out = ByteBuffer.allocate(length + FOOTER);
    out.putShort((short) keyBytes.length).put(keyBytes);
    out.putLong(size).put(sum).putLong(generation);
    out.putLong(modified.getEpochSecond()).putInt(modified.getNano());
    putMetadata(out, metadata);
    out.putInt(length).putInt(crc32(out.array(), 0, length));
    out.putInt(sum.length == 4 ? VERSION_CRC32C : VERSION).put(MAGIC);
    return out.array();
  }

  /**
   * The length of body and footer that a footer says.
   *
   * @param footer the file's last bytes
   * @param fileSize the file's size
   */
  static int lengthOf(ByteBuffer footer, long fileSize) throws DamageException {
    if (footer.remaining() != FOOTER) {
      throw new DamageException("the file of " + fileSize + " bytes is too short for a footer");
    }
    byte[] magic = new byte[MAGIC.length];
    footer.get(footer.position() + 12, magic);
    if (!Arrays.equals(magic, MAGIC)) {
      throw new DamageException("its last bytes are no footer of a directory store");
    }
    int version = footer.getInt(footer.position() + 8);
    if (version != VERSION && version != VERSION_CRC32C) {
      throw new DamageException(
          "it has version " + Integer.toUnsignedString(version) + " and this build reads 0 and 1");
    }
    long length = Integer.toUnsignedLong(footer.getInt(footer.position())) + FOOTER;
    if (length > fileSize || length > LONGEST) {
      throw new DamageException(
          "its footer says a trailer of " + length + " bytes in a file of " + fileSize);
    }
    return (int) length;
  }

  /**
   * Decodes body and footer, whose length {@link #lengthOf} said.
   *
   * @param fileSize the file's size
   */
  static ObjectTrailer decode(ByteBuffer bodyAndFooter, long fileSize) throws DamageException {
    int length = bodyAndFooter.remaining() - FOOTER;
    byte[] body = new byte[length];
    bodyAndFooter.get(bodyAndFooter.position(), body);
    int crc = bodyAndFooter.getInt(bodyAndFooter.position() + length + 4);
    if (crc != crc32(body, 0, length)) {
      throw new DamageException("the CRC-32 of its trailer does not match");
    }
    int version = bodyAndFooter.getInt(bodyAndFooter.position() + length + 8);
    ByteBuffer in = ByteBuffer.wrap(body);
    ObjectTrailer trailer;
    try {
      String key = text(in, "key");
      long size = in.getLong();
      BodyChecksum checksum = checksum(in, version);
      long generation = in.getLong();
      long seconds = in.getLong();
      int nanos = in.getInt();
      if (nanos < 0 || nanos > 999_999_999) {
        throw new DamageException("its nanoseconds are " + nanos);
      }
      Instant modified;
      try {
        modified = Instant.ofEpochSecond(seconds, nanos);
      } catch (java.time.DateTimeException e) {
        throw new DamageException("its time is " + seconds + " seconds");
      }
      trailer = new ObjectTrailer(key, size, checksum, generation, modified, metadata(in));
    } catch (BufferUnderflowException e) {
      throw new DamageException("its trailer of " + length + " bytes ends too early");
    }
    if (in.hasRemaining()) {
      throw new DamageException("its trailer has " + in.remaining() + " bytes too many");
    }
    if (trailer.size < 0 || trailer.size != fileSize - length - FOOTER) {
      throw new DamageException(
          "its trailer says "
              + trailer.size
              + " bytes and there are "
              + (fileSize - length - FOOTER));
    }
    return trailer;
  }

  private static BodyChecksum checksum(ByteBuffer in, int version) {
    if (version == VERSION_CRC32C) {
      return new BodyChecksum.OfCrc32c(new Crc32c(in.getInt()));
    }
    byte[] sha256 = new byte[32];
    in.get(sha256);
    return new BodyChecksum.OfSha256(new Sha256(sha256));
  }

  static int metadataLength(Map<String, String> metadata) {
    int length = 2;
    for (Map.Entry<String, String> entry : metadata.entrySet()) {
      length += 4 + entry.getKey().length() + entry.getValue().length();
    }
    return length;
  }

  static void putMetadata(ByteBuffer out, Map<String, String> metadata) {
    Map<String, String> sorted = new TreeMap<>(metadata);
    out.putShort((short) sorted.size());
    sorted.forEach(
        (name, value) -> {
          putAscii(out, name);
          putAscii(out, value);
        });
  }

  private static void putAscii(ByteBuffer out, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    out.putShort((short) bytes.length).put(bytes);
  }

  static Map<String, String> metadata(ByteBuffer in) throws DamageException {
    int count = Short.toUnsignedInt(in.getShort());
    TreeMap<String, String> metadata = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      String name = text(in, "metadata name");
      String value = text(in, "metadata value");
      if (!metadata.isEmpty() && name.compareTo(metadata.lastKey()) <= 0) {
        throw new DamageException("its metadata are not in order");
      }
      metadata.put(name, value);
    }
    return metadata;
  }

  static String text(ByteBuffer in, String what) throws DamageException {
    int length = Short.toUnsignedInt(in.getShort());
    if (length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    try {
      String text =
          StandardCharsets.UTF_8.newDecoder().decode(in.slice(in.position(), length)).toString();
      in.position(in.position() + length);
      return text;
    } catch (CharacterCodingException e) {
      throw new DamageException("its " + what + " is not UTF-8");
    }
  }

  static int crc32(byte[] bytes, int offset, int length) {
    CRC32 crc = new CRC32();
    crc.update(bytes, offset, length);
    return (int) crc.getValue();
  }
}
