// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.trust;

import io.kmesh.core.internal.crypto.cert.CertificateMaker;
import io.kmesh.core.internal.crypto.cert.SiteKeys;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateParsingException;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Checks a certificate that a peer shows: signed by the authority itself, made for links, of one
 * site, within its time, not revoked. Immutable.
 */
final class PeerCheck {
  /**
   * How far clocks may differ: a certificate counts from so much before its time until so much
   * after it.
   */
  static final Duration SKEW = Duration.ofMinutes(5);

  private static final String CLIENT = "1.3.6.1.5.5.7.3.2";
  private static final String SERVER = "1.3.6.1.5.5.7.3.1";
  private static final int URI = 6;

  private final X509Certificate authority;
  private final @Nullable RevocationList revocations;

  /**
   * A check.
   *
   * @param revocations null: not known yet
   */
  PeerCheck(X509Certificate authority, @Nullable RevocationList revocations) {
    this.authority = authority;
    this.revocations = revocations;
  }

  /**
   * Checks a peer.
   *
   * @param chain what it showed, its own certificate first; what follows is not looked at
   * @throws PeerRefusedException saying what is wrong with it
   */
  PeerIdentity check(X509Certificate @Nullable [] chain, Instant now) throws PeerRefusedException {
    if (chain == null || chain.length == 0) {
      throw new PeerRefusedException(
          "it showed no certificate", "Enrol it with a token of this mesh's authority.");
    }
    X509Certificate certificate = chain[0];
    requireSigned(certificate);
    requireForLinks(certificate);
    String site = site(certificate);
    requireTime("the certificate of the authority", authority, now);
    requireTime("the certificate of the site " + site, certificate, now);
    if (revocations != null && revocations.isRevoked(certificate.getSerialNumber())) {
      throw new PeerRefusedException(
          "the certificate of the site "
              + site
              + " with the serial number "
              + certificate.getSerialNumber().toString(16)
              + " is revoked (list "
              + revocations.version()
              + ")",
          "Enrol the site anew if it may speak again.");
    }
    return PeerIdentity.of(site, certificate);
  }

  private void requireSigned(X509Certificate certificate) throws PeerRefusedException {
    if (!certificate.getIssuerX500Principal().equals(authority.getSubjectX500Principal())) {
      throw foreign(certificate, "its issuer is another");
    }
    try {
      SiteKeys.requireP256(certificate.getPublicKey());
      PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(authority, null)));
      parameters.setRevocationEnabled(false); // by the authority's list, below
      parameters.setDate(middle(certificate)); // with an allowance, below
      CertPathValidator.getInstance("PKIX")
          .validate(
              CertificateFactory.getInstance("X.509").generateCertPath(List.of(certificate)),
              parameters);
    } catch (CertPathValidatorException e) {
      throw foreign(certificate, String.valueOf(e.getMessage()));
    } catch (GeneralSecurityException e) {
      throw new PeerRefusedException(
          "its certificate is not one of a site: " + e.getMessage(),
          "Enrol it with a token of this mesh's authority.");
    }
  }

  private PeerRefusedException foreign(X509Certificate certificate, String why) {
    return new PeerRefusedException(
        "its certificate ("
            + PeerIdentity.fingerprint(certificate)
            + ") is not signed by this mesh's authority ("
            + PeerIdentity.fingerprint(authority)
            + "): "
            + why,
        "Enrol it with a token of this mesh's authority.");
  }

  /** PKIXParameters take no other type. */
  @SuppressWarnings("JavaUtilDate")
  private static Date middle(X509Certificate certificate) {
    long from = certificate.getNotBefore().getTime();
    return new Date(from + (certificate.getNotAfter().getTime() - from) / 2);
  }

  private static void requireForLinks(X509Certificate certificate) throws PeerRefusedException {
    try {
      List<String> usages = certificate.getExtendedKeyUsage();
      boolean[] uses = certificate.getKeyUsage();
      if (certificate.getBasicConstraints() < 0
          && usages != null
          && usages.containsAll(List.of(CLIENT, SERVER))
          && uses != null
          && uses[0]) {
        return;
      }
    } catch (CertificateParsingException e) {
      // said below
    }
    throw new PeerRefusedException(
        "its certificate is not made for links (extended key usage of client and server)",
        "Enrol it with a token, instead of giving it a certificate of another kind.");
  }

  /** The name of the site that a certificate is of. */
  static String site(X509Certificate certificate) throws PeerRefusedException {
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      if (names != null && names.size() == 1) {
        List<?> name = names.iterator().next();
        if (name.get(0).equals(URI)
            && name.get(1) instanceof String uri
            && uri.startsWith(CertificateMaker.SITE_URI)) {
          String site = uri.substring(CertificateMaker.SITE_URI.length());
          if (SiteNames.isName(site)) {
            return site;
          }
        }
      }
    } catch (CertificateParsingException e) {
      // said below
    }
    throw new PeerRefusedException(
        "its certificate names no site", "Enrol it with a token of this mesh's authority.");
  }

  private static void requireTime(String what, X509Certificate certificate, Instant now)
      throws PeerRefusedException {
    Instant from = certificate.getNotBefore().toInstant();
    Instant until = certificate.getNotAfter().toInstant();
    if (now.isBefore(from.minus(SKEW))) {
      throw new PeerRefusedException(
          what + " is valid from " + from + ", and it is " + now,
          "Set the clocks of both sites right.");
    }
    if (now.isAfter(until.plus(SKEW))) {
      throw new PeerRefusedException(
          what + " expired at " + until + ", and it is " + now,
          "Enrol the site anew with a token, or set the clocks of both sites right.");
    }
  }
}
