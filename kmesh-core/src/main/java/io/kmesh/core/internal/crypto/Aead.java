// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.crypto;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * AES-256-GCM under one key. For one thread at a time; made once for many messages. Who calls it
 * never seals two messages with one nonce.
 */
public final class Aead {
  /** The bytes of a key. */
  public static final int KEY_BYTES = 32;

  /** The bytes of a nonce. */
  public static final int NONCE_BYTES = 12;

  /** How much longer a sealed message is. */
  public static final int TAG_BYTES = 16;

  /**
   * The JDK's cipher is compiled when its parts are called often; one call for a large message is
   * interpreted to its end, at a hundredth of the speed.
   */
  private static final int PIECE = 16 << 10;

  /** From here on the JDK's warming up pays for itself. */
  private static final int LARGE = 64 << 10;

  private CryptoProvider provider;
  private Cipher cipher;
  private final SecretKeySpec key;

  /** With the provider in use; the caller wipes his own copy of the key. */
  public Aead(byte[] key) {
    this(key, CryptoProvider.forMessage(0));
  }

  Aead(byte[] key, CryptoProvider provider) {
    if (key.length != KEY_BYTES) {
      throw new IllegalArgumentException(
          "AES-256 has keys of " + KEY_BYTES + " bytes, not " + key.length + ".");
    }
    this.provider = provider;
    this.cipher = provider.gcm();
    this.key = new SecretKeySpec(key, "AES");
  }

  /**
   * Makes large messages fast from the first on: to be called where many are about to be sealed or
   * opened. Returns at once.
   */
  public static void warmUp() {
    if (CryptoProvider.current().warmsUp()) {
      GcmWarmUp.start();
    }
  }

  /**
   * Seals a message.
   *
   * @param nonce 12 bytes, never used before with this key
   * @param out takes the ciphertext and the tag; not the same bytes as the message
   * @return the bytes written: the length and {@link #TAG_BYTES}
   */
  public int seal(
      byte[] in, int offset, int length, byte[] nonce, byte[] associatedData, byte[] out, int at) {
    begin(Cipher.ENCRYPT_MODE, nonce, associatedData, length);
    try {
      int from = offset;
      int end = offset + length;
      int to = at;
      if (provider.warmsUp()) {
        for (; end - from > PIECE; from += PIECE) {
          to += cipher.update(in, from, PIECE, out, to);
        }
      }
      to += cipher.doFinal(in, from, end - from, out, to);
      return to - at;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Cannot seal a message: " + e.getMessage() + ".", e);
    }
  }

  /**
   * Opens a message.
   *
   * @param length with the tag
   * @param out takes the message; not the same bytes as the ciphertext. What fails leaves zeros
   * @return the bytes written: the length without {@link #TAG_BYTES}
   * @throws AEADBadTagException when key, nonce, associated data or bytes are not those of a seal
   */
  public int open(
      byte[] in, int offset, int length, byte[] nonce, byte[] associatedData, byte[] out, int at)
      throws AEADBadTagException {
    if (length < TAG_BYTES) {
      throw new AEADBadTagException("It is shorter than a tag.");
    }
    begin(Cipher.DECRYPT_MODE, nonce, associatedData, length);
    boolean isOpen = false;
    try {
      // In one call: pieces would only be collected, and copied once more, until the tag is there.
      int opened = cipher.doFinal(in, offset, length, out, at);
      isOpen = true;
      return opened;
    } catch (AEADBadTagException e) {
      throw e;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Cannot open a message: " + e.getMessage() + ".", e);
    } finally {
      if (!isOpen) {
        Arrays.fill(out, at, Math.min(out.length, at + length - TAG_BYTES), (byte) 0);
      }
    }
  }

  private void begin(int mode, byte[] nonce, byte[] associatedData, int length) {
    if (nonce.length != NONCE_BYTES) {
      throw new IllegalArgumentException(
          "A nonce has " + NONCE_BYTES + " bytes, not " + nonce.length + ".");
    }
    if (provider.isStopgap()) {
      CryptoProvider now = CryptoProvider.forMessage(length);
      if (!now.isStopgap()) {
        provider = now;
        cipher = now.gcm();
      }
    } else if (length >= LARGE && provider.warmsUp()) {
      GcmWarmUp.start();
    }
    try {
      cipher.init(mode, key, new GCMParameterSpec(8 * TAG_BYTES, nonce));
      cipher.updateAAD(associatedData);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Cannot use this key and nonce: " + e.getMessage() + ".", e);
    }
  }

  /** Who computes it: {@code jdk} or {@code accp}. */
  public String provider() {
    return provider.name();
  }

  @Override
  public String toString() {
    return "Aead(" + provider.name() + ", ****)";
  }
}
