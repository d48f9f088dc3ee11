// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.trust;

import io.kmesh.core.internal.crypto.cert.SigningRequest;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What a site and its authority say to each other. Format: docs/format/flow-trust.md, "Messages".
 *
 * @param type which message it is
 * @param numbers its numbers, as many as the type has
 * @param parts its parts of bytes, as many as the type has; some are secret
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record TrustMessage(Type type, long[] numbers, byte[][] parts) {
  /** The version of the protocol that is spoken here. */
  static final int VERSION = 0;

  static final int NONCE_BYTES = 32;

  private static final int CERTIFICATE = 4096;
  private static final int TEXT = 500;

  /** The messages; what each consists of. */
  enum Type {
    /** Authority first: lowest and highest version; nonce. */
    GREETING(1, 2, NONCE_BYTES),
    /** Site: version; token's id, nonce. */
    CLAIM(2, 1, EnrolmentToken.ID_BYTES, NONCE_BYTES),
    /** Authority: code that shows that it issued the token. */
    PROOF(3, 0, EnrolmentToken.DIGEST_BYTES),
    /** Site: secret, request. */
    ENROL(4, 0, EnrolmentToken.SECRET_BYTES, -SigningRequest.MOST_BYTES),
    /** Site of the mesh: version; request. */
    ROTATE(5, 1, -SigningRequest.MOST_BYTES),
    /** Site of the mesh: version, number of its list. */
    ASK_LIST(6, 2),
    /** Authority: certificate, list. */
    GRANTED(7, 0, -CERTIFICATE, -RevocationList.MOST_BYTES),
    /** Authority: list; empty when the site's is as new. */
    LIST(8, 0, -RevocationList.MOST_BYTES),
    /** Authority: text. */
    REFUSED(9, 0, -TEXT);

    private final int code;
    private final int numbers;

    /** Of each part its bytes, or, negative, the most of them. */
    @SuppressWarnings("ImmutableEnumChecker") // never changed
    private final int[] sizes;

    Type(int code, int numbers, int... sizes) {
      this.code = code;
      this.numbers = numbers;
      this.sizes = sizes;
    }

    /** The most bytes that it can have, its type included. */
    int mostBytes() {
      int most = 1 + Long.BYTES * numbers;
      for (int size : sizes) {
        most += size < 0 ? Integer.BYTES - size : size;
      }
      return most;
    }
  }

  static TrustMessage of(Type type, byte[]... parts) {
    return new TrustMessage(type, new long[0], parts);
  }

  static TrustMessage refused(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return of(Type.REFUSED, Arrays.copyOf(bytes, Math.min(bytes.length, TEXT)));
  }

  /** The text of a refusal, with nothing in it that could move a terminal's cursor. */
  String text() {
    return new String(parts[0], StandardCharsets.UTF_8)
        .replaceAll("[\\p{Cntrl}\\p{Cf}\\ufffd]", "?");
  }

  byte[] encode() {
    int length = 1 + Long.BYTES * numbers.length;
    for (int i = 0; i < parts.length; i++) {
      length += parts[i].length + (type.sizes[i] < 0 ? Integer.BYTES : 0);
    }
    ByteBuffer out = ByteBuffer.allocate(length).put((byte) type.code);
    for (long number : numbers) {
      out.putLong(number);
    }
    for (int i = 0; i < parts.length; i++) {
      if (type.sizes[i] < 0) {
        out.putInt(parts[i].length);
      }
      out.put(parts[i]);
    }
    return out.array();
  }

  /**
   * Reads a message.
   *
   * @throws ProviderException INVALID when it is none
   */
  static TrustMessage decode(byte[] bytes) throws ProviderException {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    try {
      byte code = in.get();
      for (Type type : Type.values()) {
        if (type.code == code) {
          return decode(type, in);
        }
      }
      throw garbled("it is of the type " + (code & 0xff) + ", which nobody knows");
    } catch (BufferUnderflowException e) {
      throw garbled("a part of it is missing");
    }
  }

  private static TrustMessage decode(Type type, ByteBuffer in) throws ProviderException {
    long[] numbers = new long[type.numbers];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = in.getLong();
    }
    byte[][] parts = new byte[type.sizes.length][];
    for (int i = 0; i < parts.length; i++) {
      int size = type.sizes[i];
      int length = size < 0 ? in.getInt() : size;
      if (length < 0 || length > Math.abs(size) || length > in.remaining()) {
        throw garbled("a part of it has " + length + " bytes");
      }
      parts[i] = new byte[length];
      in.get(parts[i]);
    }
    if (in.hasRemaining()) {
      throw garbled("it has " + in.remaining() + " bytes too many");
    }
    return new TrustMessage(type, numbers, parts);
  }

  static ProviderException garbled(String reason) {
    return new ProviderException(
        ErrorKind.INVALID,
        "Cannot read what the other side says: "
            + reason
            + ". Look whether a Kmesh authority listens there.");
  }

  @Override
  public String toString() {
    return "TrustMessage(" + type + ", ****)";
  }
}
