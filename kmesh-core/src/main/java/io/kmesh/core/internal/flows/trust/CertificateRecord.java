// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.trust;

import io.kmesh.core.internal.crypto.cert.SiteKeys;
import io.kmesh.spi.ProviderException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.HexFormat;

/**
 * A certificate that an authority signed; its file has the name of its key.
 *
 * @param site whose it is
 * @param origin why it was signed: {@code authority}, {@code rotation}, or the id of a token
 * @param issued when
 * @param certificate the certificate
 */
record CertificateRecord(String site, String origin, Instant issued, X509Certificate certificate) {
  private static final String KIND = "certificate";

  static final String AUTHORITY = "authority";
  static final String ROTATION = "rotation";

  /** What a key is known by: 64 hexadecimal digits. */
  static String keyOf(PublicKey key) {
    return HexFormat.of().formatHex(SiteKeys.digest(key));
  }

  /** What its key is known by. */
  String key() {
    return keyOf(certificate.getPublicKey());
  }

  BigInteger serial() {
    return certificate.getSerialNumber();
  }

  Instant expires() {
    return certificate.getNotAfter().toInstant();
  }

  byte[] encode() {
    return new TrustText(KIND)
        .put("site", site)
        .put("origin", origin)
        .put("issued", issued.toString())
        .put("certificate", certificate)
        .bytes();
  }

  static CertificateRecord decode(String what, byte[] bytes) throws ProviderException {
    return TrustText.read(
        KIND,
        what,
        bytes,
        f -> {
          CertificateRecord read =
              new CertificateRecord(
                  f.site("site"), f.text("origin"), f.time("issued"), f.certificate("certificate"));
          if (!PeerCheck.site(read.certificate).equals(read.site)) {
            throw new GeneralSecurityException("its certificate is that of another site");
          }
          return read;
        });
  }
}
