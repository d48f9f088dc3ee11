// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.trust;

import io.kmesh.core.internal.crypto.cert.SiteKeys;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.key.SecretBytes;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/**
 * What one site gives to another, by hand, so that it may join: once. Its text is a secret until it
 * was used. Format: docs/format/flow-trust.md. Immutable.
 */
public final class EnrolmentToken {
  static final int ID_BYTES = 8;
  static final int SECRET_BYTES = 16;
  static final int DIGEST_BYTES = 32;

  private static final String PREFIX = "kmesh-token-";
  private static final byte VERSION = 0;
  private static final int LONGEST = 1024;
  private static final byte[] VERIFIER = "kmesh-token-verifier".getBytes(StandardCharsets.US_ASCII);
  private static final SecureRandom RANDOM = new SecureRandom();

  private final byte[] id;
  private final SecretBytes secret;
  private final byte[] authority;
  private final Instant expires;
  private final String site;
  private final String address;

  private EnrolmentToken(
      byte[] id, byte[] secret, byte[] authority, Instant expires, String site, String address) {
    this.id = id;
    this.secret = SecretBytes.copyOf(secret);
    this.authority = authority;
    this.expires = expires;
    this.site = SiteNames.require(site);
    this.address = Addresses.require(address);
  }

  /** A new token, with a new secret. */
  static EnrolmentToken make(byte[] authority, Instant expires, String site, String address) {
    byte[] id = new byte[ID_BYTES];
    byte[] secret = new byte[SECRET_BYTES];
    RANDOM.nextBytes(id);
    RANDOM.nextBytes(secret);
    try {
      return new EnrolmentToken(
          id, secret, authority, expires.truncatedTo(ChronoUnit.SECONDS), site, address);
    } finally {
      Arrays.fill(secret, (byte) 0);
    }
  }

  /**
   * Reads a token's text; white space around it is left out.
   *
   * @throws ProviderException INVALID when it is garbled, UNSUPPORTED when a newer Kmesh made it.
   *     The message has nothing of the text
   */
  public static EnrolmentToken parse(String text) throws ProviderException {
    String stripped = text.strip();
    if (!stripped.startsWith(PREFIX) || stripped.length() > LONGEST) {
      throw garbled("it does not begin with " + PREFIX + " or is too long");
    }
    byte[] bytes;
    try {
      bytes = Base64.getUrlDecoder().decode(stripped.substring(PREFIX.length()));
    } catch (IllegalArgumentException e) {
      throw garbled("it has other characters than a token has");
    }
    try {
      if (bytes.length < 1 + Integer.BYTES) {
        throw garbled("a part of it is missing");
      }
      ByteBuffer in = ByteBuffer.wrap(bytes, 0, bytes.length - Integer.BYTES);
      if (ByteBuffer.wrap(bytes).getInt(bytes.length - Integer.BYTES) != check(bytes)) {
        throw garbled("its checksum is not that of its bytes");
      }
      byte version = in.get();
      if (version != VERSION) {
        throw new ProviderException(
            ErrorKind.UNSUPPORTED,
            "Cannot use the token: its version is "
                + (version & 0xff)
                + ", this Kmesh knows "
                + VERSION
                + ". Use the Kmesh of the site that issued it.");
      }
      byte[] id = take(in, ID_BYTES);
      byte[] secret = take(in, SECRET_BYTES);
      byte[] authority = take(in, DIGEST_BYTES);
      Instant expires = Instant.ofEpochSecond(in.getLong());
      EnrolmentToken token = new EnrolmentToken(id, secret, authority, expires, text(in), text(in));
      Arrays.fill(secret, (byte) 0);
      if (in.hasRemaining() || !token.text().equals(stripped)) {
        throw garbled("it is not as a token is written");
      }
      return token;
    } catch (BufferUnderflowException | DateTimeException | IllegalArgumentException e) {
      throw garbled("a part of it is not what it should be");
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  private static ProviderException garbled(String reason) {
    return new ProviderException(
        ErrorKind.INVALID,
        "Cannot use the token: " + reason + ". Copy the whole text of it again, in one line.");
  }

  private static byte[] take(ByteBuffer in, int length) {
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }

  private static String text(ByteBuffer in) {
    return new String(take(in, in.get() & 0xff), StandardCharsets.US_ASCII);
  }

  /** The text that is handed over: whoever has it first is the site. */
  public String text() {
    byte[] name = site.getBytes(StandardCharsets.US_ASCII);
    byte[] where = address.getBytes(StandardCharsets.US_ASCII);
    byte[] key = secret.reveal();
    ByteBuffer out =
        ByteBuffer.allocate(
            1
                + ID_BYTES
                + SECRET_BYTES
                + DIGEST_BYTES
                + Long.BYTES
                + 2
                + name.length
                + where.length
                + Integer.BYTES);
    out.put(VERSION).put(id).put(key).put(authority).putLong(expires.getEpochSecond());
    out.put((byte) name.length).put(name).put((byte) where.length).put(where);
    out.putInt(check(out.array()));
    String text = PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(out.array());
    Arrays.fill(key, (byte) 0);
    Arrays.fill(out.array(), (byte) 0);
    return text;
  }

  /** Of all bytes but the last four. */
  private static int check(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, bytes.length - Integer.BYTES);
    return (int) crc.getValue();
  }

  /** What it is known by, and no secret: 16 hexadecimal digits. */
  public String id() {
    return HexFormat.of().formatHex(id);
  }

  /** Its number in bytes. */
  byte[] idBytes() {
    return id.clone();
  }

  /** The secret; the caller wipes it. */
  byte[] secret() {
    return secret.reveal();
  }

  /** The SHA-256 of the authority's certificate, 64 hexadecimal digits. */
  public String authority() {
    return HexFormat.of().formatHex(authority);
  }

  /** From when on it is no use. */
  public Instant expires() {
    return expires;
  }

  /** The site that it is for. */
  public String site() {
    return site;
  }

  /** Where the authority listens, {@code host:port}. */
  public String address() {
    return address;
  }

  /**
   * The same token for an authority that is reached elsewhere; who listens there must still be the
   * one that issued it.
   */
  public EnrolmentToken at(String elsewhere) {
    byte[] key = secret.reveal();
    try {
      return new EnrolmentToken(id, key, authority, expires, site, elsewhere);
    } finally {
      Arrays.fill(key, (byte) 0);
    }
  }

  /** What the authority keeps: a hash, from which nobody gets the secret. */
  byte[] verifier() {
    byte[] key = secret.reveal();
    try {
      return verifier(id, key);
    } finally {
      Arrays.fill(key, (byte) 0);
    }
  }

  static byte[] verifier(byte[] id, byte[] secret) {
    byte[] all =
        ByteBuffer.allocate(VERIFIER.length + id.length + secret.length)
            .put(VERIFIER)
            .put(id)
            .put(secret)
            .array();
    try {
      return SiteKeys.sha256(all);
    } finally {
      Arrays.fill(all, (byte) 0);
    }
  }

  @Override
  public String toString() {
    return "EnrolmentToken(" + id() + ", " + site + ", ****)";
  }
}
