// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.crypto;

import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** HMAC-SHA-256 under one key. For one thread at a time; made once for many messages. */
public final class HmacSha256 {
  /** The bytes of a code. */
  public static final int BYTES = 32;

  /**
   * In pieces the JDK's call is compiled sooner, and with it the processor's own instructions are
   * used.
   */
  private static final int PIECE = 8 << 10;

  private final SecretKeySpec key;
  private CryptoProvider provider;
  private Mac mac;

  /** With the provider in use; the caller wipes his own copy of the key. */
  public HmacSha256(byte[] key) {
    this(key, CryptoProvider.ifChosen());
  }

  HmacSha256(byte[] key, CryptoProvider provider) {
    this.key = new SecretKeySpec(key, CryptoProvider.HMAC);
    this.provider = provider;
    this.mac = mac(provider);
  }

  private Mac mac(CryptoProvider by) {
    Mac made = by.hmac();
    try {
      made.init(key);
    } catch (InvalidKeyException e) {
      throw new IllegalStateException("HMAC-SHA-256 takes any key, but not this one.", e);
    }
    return made;
  }

  /** Computes the code of a message into an array of at least {@link #BYTES}. */
  public void compute(byte[] message, int offset, int length, byte[] code) {
    if (provider.isStopgap()) {
      CryptoProvider now = CryptoProvider.ifChosen();
      if (!now.isStopgap()) {
        provider = now;
        mac = mac(now);
      }
    }
    int end = offset + length;
    int piece = provider.warmsUp() ? PIECE : length;
    for (int at = offset; at < end; at += piece) {
      mac.update(message, at, Math.min(piece, end - at));
    }
    try {
      mac.doFinal(code, 0);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("A code had no room.", e);
    }
  }

  @Override
  public String toString() {
    return "HmacSha256(" + provider.name() + ", ****)";
  }
}
