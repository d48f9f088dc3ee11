// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.trust;

import io.kmesh.core.internal.crypto.cert.ListForm;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Which certificates are revoked: the authority's signed list (RFC 5280), in DER. Immutable. */
final class RevocationList {
  /** The most bytes of a list: some 100,000 certificates. */
  static final int MOST_BYTES = 4 << 20;

  private static final String NUMBER = "2.5.29.20";

  private final X509CRL list;
  private final long version;
  private final Map<BigInteger, Instant> revoked;

  private RevocationList(X509CRL list, long version) {
    this.list = list;
    this.version = version;
    Map<BigInteger, Instant> all = new TreeMap<>();
    Set<? extends X509CRLEntry> entries = list.getRevokedCertificates();
    if (entries != null) {
      entries.forEach(e -> all.put(e.getSerialNumber(), e.getRevocationDate().toInstant()));
    }
    this.revoked = Collections.unmodifiableMap(all);
  }

  /**
   * Reads a list.
   *
   * @param what what errors call it
   * @throws ProviderException CORRUPT when it is none, or not signed by the authority
   */
  static RevocationList decode(String what, byte[] der, X509Certificate authority)
      throws ProviderException {
    try {
      if (der.length > MOST_BYTES) {
        throw new GeneralSecurityException(
            "it has " + der.length + " bytes, more than " + MOST_BYTES);
      }
      X509CRL list =
          (X509CRL)
              CertificateFactory.getInstance("X.509").generateCRL(new ByteArrayInputStream(der));
      if (list == null || !ListForm.isTheOnly(der)) {
        throw new GeneralSecurityException("it is more than one list in DER");
      }
      if (!list.getIssuerX500Principal().equals(authority.getSubjectX500Principal())) {
        throw new GeneralSecurityException("another authority signed it");
      }
      list.verify(authority.getPublicKey());
      if (list.hasUnsupportedCriticalExtension()) {
        throw new GeneralSecurityException("it has an extension that must be understood");
      }
      return new RevocationList(list, number(list));
    } catch (GeneralSecurityException | RuntimeException e) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot use "
              + what
              + ": it is no list of revoked certificates of this mesh's authority ("
              + e.getMessage()
              + "). Fetch it from the authority again.",
          e);
    }
  }

  private static long number(X509CRL list) throws GeneralSecurityException {
    byte[] value = list.getExtensionValue(NUMBER);
    // OCTET STRING of an INTEGER; both short, so each has one byte of length.
    if (value == null || value.length < 5 || value[2] != 2 || value[3] != value.length - 4) {
      throw new GeneralSecurityException("it has no number");
    }
    BigInteger number = new BigInteger(value, 4, value.length - 4);
    if (number.signum() < 0 || number.bitLength() > 62) {
      throw new GeneralSecurityException("its number is " + number);
    }
    return number.longValue();
  }

  /** The list's number: larger for each newer list. */
  long version() {
    return version;
  }

  /** When it was signed. */
  Instant signedAt() {
    return list.getThisUpdate().toInstant();
  }

  boolean isRevoked(BigInteger serial) {
    return revoked.containsKey(serial);
  }

  /** When each serial number was revoked. */
  Map<BigInteger, Instant> revoked() {
    return revoked;
  }

  byte[] encoded() {
    try {
      return list.getEncoded();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("A list that was read has a DER form.", e);
    }
  }

  @Override
  public String toString() {
    return "RevocationList(" + version + ", " + revoked.size() + " revoked)";
  }
}
