// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.azure.internal;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The name of a block, which says all that Kmesh knows of it: Azure gives back nothing else of
 * blocks that are not committed. {@code docs/format/azure-blobs.md} describes it.
 *
 * @param kind what the block is
 * @param upload the id of its upload, 32 hexadecimal digits
 * @param number the part's number; of a header its place and how many there are
 * @param stamp microseconds of the writer's clock: of blocks of one number the latest counts
 * @param payload a part's MD5, or a piece of the header
 */
record BlockId(Kind kind, String upload, int number, long stamp, byte[] payload) {
  /** What a block is. */
  enum Kind {
    /** A part's bytes. */
    PART(0),
    /** A part of no bytes, for which a block of one stands. */
    EMPTY_PART(1),
    /** A piece of what the upload was started with. */
    HEADER(2),
    /** The mark of an upload that was aborted. */
    ABORTED(3);

    private final int code;

    Kind(int code) {
      this.code = code;
    }

    private static Optional<Kind> of(byte code) {
      return Arrays.stream(values()).filter(kind -> kind.code == code).findFirst();
    }
  }

  /** What a header's block holds at most. */
  static final int PAYLOAD = 31;

  private static final int LENGTH = 63;
  private static final byte[] MAGIC = {'k', 'm', 0};

  /** Refuses what does not fit. */
  BlockId {
    if (upload.length() != 32 || payload.length > PAYLOAD) {
      throw new IllegalArgumentException("A block's name has 32 digits and " + PAYLOAD + " bytes.");
    }
    payload = Arrays.copyOf(payload, PAYLOAD);
  }

  /** Its name as Azure takes it: 84 characters of Base64. */
  String encode() {
    ByteBuffer name = ByteBuffer.allocate(LENGTH);
    name.put(MAGIC).put((byte) kind.code).put(HexFormat.of().parseHex(upload));
    name.putInt(number).putLong(stamp).put(payload);
    return Base64.getEncoder().encodeToString(name.array());
  }

  /** Reads a name; empty for one that is not Kmesh's. */
  static Optional<BlockId> decode(String base64) {
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
    if (bytes.length != LENGTH || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
      return Optional.empty();
    }
    ByteBuffer name = ByteBuffer.wrap(bytes).position(4);
    byte[] upload = new byte[16];
    name.get(upload);
    int number = name.getInt();
    long stamp = name.getLong();
    byte[] payload = new byte[PAYLOAD];
    name.get(payload);
    return Kind.of(bytes[3])
        .map(kind -> new BlockId(kind, HexFormat.of().formatHex(upload), number, stamp, payload));
  }

  /** The MD5 of a part, as its ETag. */
  String etag() {
    return HexFormat.of().formatHex(payload, 0, 16);
  }

  /** A copy of the payload. */
  @Override
  public byte[] payload() {
    return payload.clone();
  }

  @Override
  public boolean equals(@Nullable Object o) {
    return o instanceof BlockId b
        && b.kind == kind
        && b.upload.equals(upload)
        && b.number == number
        && b.stamp == stamp
        && Arrays.equals(b.payload, payload);
  }

  @Override
  public int hashCode() {
    return upload.hashCode() * 31 + number;
  }
}
