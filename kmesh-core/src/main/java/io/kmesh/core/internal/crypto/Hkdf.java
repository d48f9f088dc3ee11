// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.crypto;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** HKDF (RFC 5869) with HMAC-SHA-256. Stateless. */
public final class Hkdf {
  private static final String HMAC = "HmacSHA256";
  private static final int HASH_BYTES = 32;
  private static final int MOST_BYTES = 255 * HASH_BYTES;

  private Hkdf() {}

  /**
   * Draws a key from what is secret but not evenly random.
   *
   * @param salt may be empty
   * @return 32 bytes, which the caller wipes
   */
  public static byte[] extract(byte[] salt, byte[] secret) {
    return mac(salt.length == 0 ? new byte[HASH_BYTES] : salt).doFinal(secret);
  }

  /**
   * Derives a key for a purpose.
   *
   * @param key a key, 32 bytes or more
   * @param info the purpose
   * @param length 1 to 8,160
   * @return what was derived, which the caller wipes
   */
  public static byte[] expand(byte[] key, byte[] info, int length) {
    if (length < 1 || length > MOST_BYTES) {
      throw new IllegalArgumentException(
          "HKDF derives 1 to " + MOST_BYTES + " bytes, not " + length + ".");
    }
    Mac mac = mac(key);
    byte[] derived = new byte[length];
    byte[] block = new byte[0];
    for (int done = 0, number = 1; done < length; number++) {
      mac.update(block);
      mac.update(info);
      mac.update((byte) number);
      Arrays.fill(block, (byte) 0);
      block = mac.doFinal();
      int part = Math.min(block.length, length - done);
      System.arraycopy(block, 0, derived, done, part);
      done += part;
    }
    Arrays.fill(block, (byte) 0);
    return derived;
  }

  private static Mac mac(byte[] key) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(new SecretKeySpec(key, HMAC));
      return mac;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java has HMAC-SHA-256.", e);
    }
  }
}
