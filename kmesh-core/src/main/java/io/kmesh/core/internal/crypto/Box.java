// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.crypto;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.key.SecretBytes;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import org.jspecify.annotations.Nullable;

/**
 * Seals and opens a repository's small objects under one key; docs/format/repository.md, Boxes. An
 * object can't be passed off as another: its kind and its key in the store are sealed too.
 * Thread-safe.
 */
public final class Box {
  /** The flag of content that is a zstd frame. */
  public static final int ZSTD = 1;

  /** What a box is longer than its content. */
  public static final int OVERHEAD = 8 + Aead.NONCE_BYTES + Aead.TAG_BYTES;

  private static final byte[] MAGIC = "KMBX".getBytes(StandardCharsets.US_ASCII);
  private static final byte VERSION = 0;
  private static final int HEADER = 8;
  private static final int SEALED_AT = HEADER + Aead.NONCE_BYTES;
  private static final int KNOWN_FLAGS = ZSTD;

  /** What is in a box. */
  public enum Kind {
    /** A domain's key. */
    DOMAIN_KEY(1),
    /** A domain's state. */
    HEAD(2),
    /** A run of the chunk index. */
    INDEX_RUN(3);

    private final int code;

    Kind(int code) {
      this.code = code;
    }
  }

  /**
   * A box's content.
   *
   * @param kind what it is
   * @param flags {@link #ZSTD} or 0
   * @param content as it was sealed; whoever it is secret for wipes it
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Opened(Kind kind, int flags, byte[] content) {
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Opened o
          && o.kind == kind
          && o.flags == flags
          && Arrays.equals(o.content, content);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(content);
    }

    @Override
    public String toString() {
      return "Opened(" + kind + ", " + content.length + " bytes)";
    }
  }

  private final SecretBytes key;
  private final SecureRandom random = new SecureRandom();

  /** Boxes under a key of 32 bytes, which stays the caller's. */
  public Box(SecretBytes key) {
    this.key = key;
  }

  /**
   * Seals content.
   *
   * @param flags {@link #ZSTD} when the caller has compressed it, else 0
   * @param objectKey the object's key below the repository's prefix
   */
  public byte[] seal(Kind kind, int flags, String objectKey, byte[] content) {
    byte[] nonce = new byte[Aead.NONCE_BYTES];
    random.nextBytes(nonce);
    return seal(kind, flags, objectKey, content, nonce);
  }

  byte[] seal(Kind kind, int flags, String objectKey, byte[] content, byte[] nonce) {
    if ((flags & ~KNOWN_FLAGS) != 0) {
      throw new IllegalArgumentException("A box has no flags " + flags + ".");
    }
    byte[] sealed = new byte[Math.addExact(content.length, OVERHEAD)];
    ByteBuffer.wrap(sealed)
        .put(MAGIC)
        .put(VERSION)
        .put((byte) kind.code)
        .put((byte) flags)
        .put((byte) 0)
        .put(nonce);
    aead()
        .seal(content, 0, content.length, nonce, associated(sealed, objectKey), sealed, SEALED_AT);
    return sealed;
  }

  /**
   * Opens a box.
   *
   * @param expected what the caller looks for under this key
   * @throws ProviderException CORRUPT when the object is not what was sealed there with this key,
   *     UNSUPPORTED when a newer Kmesh wrote it
   */
  public Opened open(Kind expected, String objectKey, byte[] sealed) throws ProviderException {
    if (sealed.length < OVERHEAD || !Arrays.equals(sealed, 0, 4, MAGIC, 0, 4)) {
      throw damaged(objectKey, "it is no sealed object (" + sealed.length + " bytes)", null);
    }
    refuseUnknown(objectKey, "version", sealed[4], sealed[4] == VERSION);
    refuseUnknown(
        objectKey,
        "kind",
        sealed[5],
        Arrays.stream(Kind.values()).anyMatch(k -> k.code == sealed[5]));
    refuseUnknown(objectKey, "flags", sealed[6], (sealed[6] & ~KNOWN_FLAGS) == 0);
    refuseUnknown(objectKey, "reserved byte", sealed[7], sealed[7] == 0);
    if (sealed[5] != expected.code) {
      throw damaged(objectKey, "its kind is " + sealed[5] + ", not " + expected.code, null);
    }
    byte[] content = new byte[sealed.length - OVERHEAD];
    byte[] nonce = Arrays.copyOfRange(sealed, HEADER, SEALED_AT);
    try {
      aead()
          .open(
              sealed,
              SEALED_AT,
              sealed.length - SEALED_AT,
              nonce,
              associated(sealed, objectKey),
              content,
              0);
      return new Opened(expected, sealed[6], content);
    } catch (AEADBadTagException e) {
      throw damaged(objectKey, "it is not what was sealed under that name with this key", e);
    }
  }

  private Aead aead() {
    byte[] secret = key.reveal();
    try {
      return new Aead(secret);
    } finally {
      Arrays.fill(secret, (byte) 0);
    }
  }

  private static byte[] associated(byte[] sealed, String objectKey) {
    byte[] name = objectKey.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(HEADER + name.length).put(sealed, 0, HEADER).put(name).array();
  }

  private static void refuseUnknown(String objectKey, String what, byte value, boolean isKnown)
      throws ProviderException {
    if (!isKnown) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot read "
              + objectKey
              + ": its "
              + what
              + " is "
              + (value & 0xff)
              + ", which this Kmesh does not know. Use the Kmesh that wrote it, or a newer one.");
    }
  }

  private static ProviderException damaged(
      String objectKey, String reason, @Nullable Throwable cause) {
    return new ProviderException(
        ErrorKind.CORRUPT,
        "Cannot read "
            + objectKey
            + ": "
            + reason
            + ". Read it again; if it stays so, bring it back from a copy of the store.",
        cause);
  }

  @Override
  public String toString() {
    return "Box(****)";
  }
}
