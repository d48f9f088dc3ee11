// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.trust;

import io.kmesh.core.internal.crypto.cert.SiteKeys;
import io.kmesh.spi.ProviderException;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;

/**
 * What a site is and whom it believes.
 *
 * @param site its name
 * @param authority the certificate of the authority
 * @param certificate the site's own
 * @param key the private key of that
 * @param address where the authority is asked, {@code host:port}
 * @param origin how it joined: {@code authority}, or the id of the token
 */
record SiteIdentity(
    String site,
    X509Certificate authority,
    X509Certificate certificate,
    PrivateKey key,
    String address,
    String origin) {
  private static final String KIND = "site";

  /** The stored form; the caller wipes it. */
  byte[] encode() {
    return new TrustText(KIND)
        .put("site", site)
        .put("address", address)
        .put("origin", origin)
        .put("authority", authority)
        .put("certificate", certificate)
        .put("key", key.getEncoded())
        .bytes();
  }

  /** Reads the stored form. */
  static SiteIdentity decode(String what, byte[] bytes) throws ProviderException {
    return TrustText.read(
        KIND,
        what,
        bytes,
        f -> {
          X509Certificate certificate = f.certificate("certificate");
          byte[] key = f.bytes("key");
          try {
            SiteIdentity read =
                new SiteIdentity(
                    f.site("site"),
                    f.certificate("authority"),
                    certificate,
                    SiteKeys.decode(key, certificate.getPublicKey()),
                    Addresses.require(f.text("address")),
                    f.text("origin"));
            if (!PeerCheck.site(certificate).equals(read.site)) {
              throw new GeneralSecurityException("its certificate is that of another site");
            }
            return read;
          } finally {
            Arrays.fill(key, (byte) 0);
          }
        });
  }

  /** The same site with another certificate. */
  SiteIdentity with(X509Certificate newCertificate, PrivateKey newKey) {
    return new SiteIdentity(site, authority, newCertificate, newKey, address, origin);
  }

  /** The same site, with its authority elsewhere. */
  SiteIdentity at(String newAddress) {
    return new SiteIdentity(site, authority, certificate, key, newAddress, origin);
  }

  PeerIdentity peer() {
    return PeerIdentity.of(site, certificate);
  }

  @Override
  public String toString() {
    return "SiteIdentity(" + site + ", " + certificate.getSerialNumber().toString(16) + ", ****)";
  }
}
