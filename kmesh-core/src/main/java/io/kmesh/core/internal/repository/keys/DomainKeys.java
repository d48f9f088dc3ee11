// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.keys;

import io.kmesh.core.internal.crypto.Aead;
import io.kmesh.core.internal.crypto.Box;
import io.kmesh.core.internal.crypto.Hkdf;
import io.kmesh.spi.key.SecretBytes;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * All keys of a domain, derived from its one. Thread-safe. What is handed out is a copy, which the
 * caller wipes.
 */
public final class DomainKeys implements AutoCloseable {
  /** The bytes of the gear table. */
  public static final int GEAR_BYTES = 2048;

  /** The bytes of a pack's id. */
  public static final int PACK_ID_BYTES = 16;

  private final String id;
  private final DomainSecret secret;
  private final SecretBytes chunkNames;
  private final SecretBytes gear;
  private final SecretBytes object;
  private final SecretBytes pack;

  DomainKeys(String id, DomainSecret secret) {
    this.id = id;
    this.secret = secret;
    this.chunkNames = derive("kmesh/0/chunk-name", Aead.KEY_BYTES);
    this.gear = derive("kmesh/0/gear", GEAR_BYTES);
    this.object = derive("kmesh/0/object", Aead.KEY_BYTES);
    this.pack = derive("kmesh/0/pack", Aead.KEY_BYTES);
  }

  private SecretBytes derive(String purpose, int length) {
    byte[] key = secret.key().reveal();
    byte[] derived = Hkdf.expand(key, purpose.getBytes(StandardCharsets.US_ASCII), length);
    try {
      return SecretBytes.copyOf(derived);
    } finally {
      Arrays.fill(key, (byte) 0);
      Arrays.fill(derived, (byte) 0);
    }
  }

  /** 16 hexadecimal digits. */
  public String id() {
    return id;
  }

  /** For people. */
  public String name() {
    return secret.name();
  }

  /** How files are cut. */
  public Chunking data() {
    return secret.data();
  }

  /** How images are cut. */
  public Chunking image() {
    return secret.image();
  }

  /** The HMAC-SHA-256 key of chunk names. */
  public byte[] chunkNameKey() {
    return chunkNames.reveal();
  }

  /** The gear table: 256 little-endian numbers of 8 bytes. */
  public byte[] gear() {
    return gear.reveal();
  }

  /** Seals and opens the domain's small objects; it ends with these keys. */
  public Box box() {
    return new Box(object);
  }

  /**
   * The key of a pack.
   *
   * @param packId its 16 bytes
   */
  public byte[] packKey(byte[] packId) {
    if (packId.length != PACK_ID_BYTES) {
      throw new IllegalArgumentException("A pack's id has 16 bytes, not " + packId.length + ".");
    }
    byte[] key = pack.reveal();
    try {
      return Hkdf.expand(key, packId, Aead.KEY_BYTES);
    } finally {
      Arrays.fill(key, (byte) 0);
    }
  }

  DomainSecret secret() {
    return secret;
  }

  /** Wipes all keys. */
  @Override
  public void close() {
    secret.key().close();
    chunkNames.close();
    gear.close();
    object.close();
    pack.close();
  }

  @Override
  public String toString() {
    return "DomainKeys(" + id + ", " + secret.name() + ", ****)";
  }
}
