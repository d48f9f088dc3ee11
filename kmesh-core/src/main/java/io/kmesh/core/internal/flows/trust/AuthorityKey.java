// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.trust;

import io.kmesh.core.internal.crypto.cert.SiteKeys;
import io.kmesh.spi.ProviderException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;

/**
 * What signs the sites of a mesh.
 *
 * @param certificate its certificate
 * @param key the private key of that
 * @param address where tokens say that it listens
 * @param validity how long what it signs is valid
 */
record AuthorityKey(
    X509Certificate certificate, PrivateKey key, String address, Duration validity) {
  private static final String KIND = "authority";

  /** The stored form; the caller wipes it. */
  byte[] encode() {
    return new TrustText(KIND)
        .put("address", address)
        .put("validity", validity.toString())
        .put("certificate", certificate)
        .put("key", key.getEncoded())
        .bytes();
  }

  static AuthorityKey decode(String what, byte[] bytes) throws ProviderException {
    return TrustText.read(
        KIND,
        what,
        bytes,
        f -> {
          X509Certificate certificate = f.certificate("certificate");
          byte[] key = f.bytes("key");
          try {
            return new AuthorityKey(
                certificate,
                SiteKeys.decode(key, certificate.getPublicKey()),
                Addresses.require(f.text("address")),
                requireValidity(Duration.parse(f.text("validity"))));
          } finally {
            Arrays.fill(key, (byte) 0);
          }
        });
  }

  /** An hour to ten years. */
  static Duration requireValidity(Duration validity) {
    if (validity.compareTo(Duration.ofHours(1)) < 0
        || validity.compareTo(Duration.ofDays(3650)) > 0) {
      throw new IllegalArgumentException(
          "a validity of " + validity + " is not one of an hour to ten years");
    }
    return validity;
  }

  @Override
  public String toString() {
    return "AuthorityKey(" + PeerIdentity.fingerprint(certificate) + ", ****)";
  }
}
