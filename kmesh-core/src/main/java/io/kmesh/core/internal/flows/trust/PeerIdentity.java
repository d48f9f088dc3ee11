// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.trust;

import io.kmesh.core.internal.crypto.cert.SiteKeys;
import java.math.BigInteger;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.HexFormat;

/**
 * Who stands at the other end, as its certificate says and the authority signed.
 *
 * @param site its name
 * @param fingerprint the SHA-256 of its certificate, 64 lower-case hexadecimal digits
 * @param serial the certificate's serial number
 * @param expires when the certificate ends, without the allowance for clocks
 */
public record PeerIdentity(String site, String fingerprint, BigInteger serial, Instant expires) {
  static PeerIdentity of(String site, X509Certificate certificate) {
    return new PeerIdentity(
        site,
        fingerprint(certificate),
        certificate.getSerialNumber(),
        certificate.getNotAfter().toInstant());
  }

  /** The SHA-256 of a certificate's DER form, in hexadecimal digits. */
  static String fingerprint(X509Certificate certificate) {
    return HexFormat.of().formatHex(digest(certificate));
  }

  /** The SHA-256 of a certificate's DER form. */
  static byte[] digest(X509Certificate certificate) {
    try {
      return SiteKeys.sha256(certificate.getEncoded());
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("A certificate that was read has a DER form.", e);
    }
  }
}
