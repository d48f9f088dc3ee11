// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.trust;

import io.kmesh.core.internal.crypto.cert.SiteKeys;
import io.kmesh.spi.ProviderException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;

/**
 * A key that has no certificate yet: durable before the authority hears of it, so that who asks
 * again after a crash asks with the same one.
 *
 * @param purpose the id of a token, or {@code rotation}
 * @param keys the key pair
 */
record PendingKey(String purpose, KeyPair keys) {
  static final String ROTATION = "rotation";

  private static final String KIND = "pending";

  /** The stored form; the caller wipes it. */
  byte[] encode() {
    return new TrustText(KIND)
        .put("purpose", purpose)
        .put("public", keys.getPublic().getEncoded())
        .put("key", keys.getPrivate().getEncoded())
        .bytes();
  }

  static PendingKey decode(String what, byte[] bytes) throws ProviderException {
    return TrustText.read(
        KIND,
        what,
        bytes,
        f -> {
          String purpose = f.text("purpose");
          PublicKey open = publicKey(f.bytes("public"));
          byte[] key = f.bytes("key");
          try {
            return new PendingKey(purpose, new KeyPair(open, SiteKeys.decode(key, open)));
          } finally {
            Arrays.fill(key, (byte) 0);
          }
        });
  }

  private static PublicKey publicKey(byte[] encoded) throws GeneralSecurityException {
    try {
      return KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(encoded));
    } catch (GeneralSecurityException | RuntimeException e) {
      throw new GeneralSecurityException("its field public is no key", e);
    }
  }

  @Override
  public String toString() {
    return "PendingKey(" + purpose + ", ****)";
  }
}
