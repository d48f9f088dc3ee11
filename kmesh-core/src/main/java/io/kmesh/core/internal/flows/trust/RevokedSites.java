// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.trust;

import io.kmesh.core.internal.crypto.cert.CertificateMaker;
import io.kmesh.core.internal.observe.Observers;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.observe.KmeshEvent.Severity;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.math.BigInteger;
import java.security.cert.CRLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What an authority revoked: the signed list of certificates, and the names of sites that get no
 * new one. Callers hold the folder's lock where they change it.
 */
final class RevokedSites {
  /** How long an entry stays behind the end of its certificate. */
  static final Duration REMEMBERED = Duration.ofDays(1);

  /** What a list says about the next; nobody is refused since his list is older. */
  private static final Duration NEXT = Duration.ofDays(7);

  private static final String FOLDER = "revoked";
  private static final String KIND = "revoked";

  private final TrustFolder folder;
  private final StoredTrust stored;
  private final KmeshTime time;
  private final Observers observers;
  private final CertificateBook certificates;

  RevokedSites(
      TrustFolder folder,
      StoredTrust stored,
      KmeshTime time,
      Observers observers,
      CertificateBook certificates) {
    this.folder = folder;
    this.stored = stored;
    this.time = time;
    this.observers = observers;
    this.certificates = certificates;
  }

  /** Signs and stores the first, empty list. */
  void begin(AuthorityKey key) throws IOException {
    publish(key, 1, Map.of());
  }

  private long publish(AuthorityKey key, long version, Map<BigInteger, Instant> revoked)
      throws IOException {
    Instant now = time.now();
    try {
      byte[] list =
          CertificateMaker.revocations(
                  key.certificate(), key.key(), version, now, now.plus(NEXT), revoked)
              .getEncoded();
      folder.write(StoredTrust.REVOCATIONS, list);
      return version;
    } catch (CRLException e) {
      throw new IllegalStateException("A list that was made has a DER form.", e);
    }
  }

  /** Revokes all certificates of a site, and lets it have no other. */
  long revokeSite(AuthorityKey key, String site) throws IOException {
    List<CertificateRecord> of =
        certificates.all().stream().filter(c -> c.site().equals(site)).toList();
    if (of.isEmpty() && !isRevoked(site)) {
      throw new ProviderException(
          ErrorKind.NOT_FOUND,
          "Cannot revoke the site "
              + site
              + ": this authority signed no certificate of it. List the certificates.");
    }
    if (!isRevoked(site)) {
      folder.write(
          FOLDER + "/" + site,
          new TrustText(KIND).put("site", site).put("revoked", time.now().toString()).bytes());
    }
    long version = add(key, of);
    observers.event(
        Severity.WARNING,
        "trust.site.revoked",
        site,
        "A site was revoked.",
        Map.of("list", Long.toString(version)));
    return version;
  }

  /** Revokes one certificate. */
  long revokeCertificate(AuthorityKey key, BigInteger serial) throws IOException {
    List<CertificateRecord> of =
        certificates.all().stream().filter(c -> c.serial().equals(serial)).toList();
    if (of.isEmpty()) {
      throw new ProviderException(
          ErrorKind.NOT_FOUND,
          "Cannot revoke the certificate "
              + serial.toString(16)
              + ": this authority signed none of that serial number. List the certificates.");
    }
    long version = add(key, of);
    observers.event(
        Severity.WARNING,
        "trust.certificate.revoked",
        of.get(0).site(),
        "A certificate was revoked.",
        Map.of("list", Long.toString(version), "serial", serial.toString(16)));
    return version;
  }

  private long add(AuthorityKey key, List<CertificateRecord> more) throws IOException {
    RevocationList old = stored.revocations();
    Instant now = time.now();
    Map<BigInteger, Instant> all = new TreeMap<>(old.revoked());
    more.forEach(c -> all.putIfAbsent(c.serial(), now));
    if (all.equals(old.revoked())) {
      return old.version();
    }
    // What nobody would take for its age needs no entry.
    for (CertificateRecord c : certificates.all()) {
      if (isLongOver(c, now)) {
        all.remove(c.serial());
      }
    }
    return publish(key, old.version() + 1, all);
  }

  static boolean isLongOver(CertificateRecord certificate, Instant now) {
    return now.isAfter(certificate.expires().plus(REMEMBERED));
  }

  boolean isRevoked(String site) {
    return folder.has(FOLDER + "/" + site);
  }

  /** The names that get no certificate. */
  List<String> sites() throws IOException {
    return folder.list(FOLDER).stream().sorted().toList();
  }

  /** Lets a site have new certificates again; the old ones stay revoked. */
  void reinstate(String site) throws IOException {
    if (!isRevoked(site)) {
      throw new ProviderException(
          ErrorKind.NOT_FOUND,
          "Cannot reinstate the site " + site + ": it is not revoked. List the revoked sites.");
    }
    folder.remove(FOLDER + "/" + site);
    observers.event(
        Severity.INFO, "trust.site.reinstated", site, "A site was reinstated.", Map.of());
  }

  void requireNotRevoked(String site) throws ProviderException {
    if (isRevoked(site)) {
      throw new ProviderException(
          ErrorKind.DENIED,
          "Cannot sign the site "
              + site
              + ": it is revoked. Reinstate it at the authority first, if it may speak again.");
    }
  }
}
