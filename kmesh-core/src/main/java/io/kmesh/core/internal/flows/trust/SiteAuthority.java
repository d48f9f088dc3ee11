// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.trust;

import io.kmesh.core.internal.crypto.cert.CertificateMaker;
import io.kmesh.core.internal.crypto.cert.CertificateMaker.Validity;
import io.kmesh.core.internal.crypto.cert.SiteKeys;
import io.kmesh.core.internal.observe.Observers;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.observe.KmeshEvent.Severity;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Signs the sites of a mesh. Every certificate is written down before anybody gets it, under the
 * name of its key: who asks again with the same key gets the same certificate. Thread-safe, and
 * safe beside other processes on the same folder.
 */
final class SiteAuthority {
  /** How long an authority lasts; it can't be rotated. */
  private static final Duration LIFE = Duration.ofDays(3650);

  private final TrustFolder folder;
  private final StoredTrust stored;
  private final KmeshTime time;
  private final Observers observers;
  private final CertificateBook certificates;
  private final TokenBook tokens;
  private final RevokedSites revoked;

  SiteAuthority(TrustFolder folder, StoredTrust stored, KmeshTime time, Observers observers) {
    this.folder = folder;
    this.stored = stored;
    this.time = time;
    this.observers = observers;
    this.certificates = new CertificateBook(folder);
    this.tokens = new TokenBook(folder, time, observers);
    this.revoked = new RevokedSites(folder, stored, time, observers, certificates);
  }

  /**
   * Makes an authority, and the site that holds it. What a process that was killed meanwhile left
   * is completed.
   *
   * @throws ProviderException EXISTS when a site lives in the folder
   */
  SiteIdentity create(String site, String address, Duration validity) throws IOException {
    SiteNames.require(site);
    Addresses.require(address);
    AuthorityKey.requireValidity(validity);
    folder.create();
    return folder.locked(
        () -> {
          if (folder.has(StoredTrust.SITE)) {
            throw new ProviderException(
                ErrorKind.EXISTS,
                "Cannot create an authority in "
                    + folder.path()
                    + ": a site lives there. Name another folder.");
          }
          if (!folder.has(StoredTrust.AUTHORITY)) {
            KeyPair keys = SiteKeys.generate();
            Instant now = time.now();
            X509Certificate certificate =
                CertificateMaker.authority(keys, site, new Validity(now, now.plus(LIFE)));
            folder.writeSecret(
                StoredTrust.AUTHORITY,
                new AuthorityKey(certificate, keys.getPrivate(), address, validity).encode());
          }
          AuthorityKey authority = key();
          if (!folder.has(StoredTrust.REVOCATIONS)) {
            revoked.begin(authority);
          }
          KeyPair own = SiteKeys.generate();
          X509Certificate certificate =
              certify(own.getPublic(), site, CertificateRecord.AUTHORITY).certificate();
          SiteIdentity identity =
              new SiteIdentity(
                  site,
                  authority.certificate(),
                  certificate,
                  own.getPrivate(),
                  authority.address(),
                  CertificateRecord.AUTHORITY);
          folder.writeSecret(StoredTrust.SITE, identity.encode());
          return identity;
        });
  }

  boolean exists() {
    return stored.hasAuthority();
  }

  private AuthorityKey key() throws IOException {
    return stored.authority();
  }

  /** Changes where tokens say that it listens. Callers hold the folder's lock. */
  void moveTo(String address) throws IOException {
    AuthorityKey is = key();
    folder.writeSecret(
        StoredTrust.AUTHORITY,
        new AuthorityKey(is.certificate(), is.key(), address, is.validity()).encode());
  }

  /** Makes a token for a site; it is durable when this returns. */
  EnrolmentToken issueToken(String site, Duration validFor) throws IOException {
    SiteNames.require(site);
    AuthorityKey authority = key();
    return folder.locked(
        () -> {
          revoked.requireNotRevoked(site);
          forgetOld();
          return tokens.issue(
              PeerIdentity.digest(authority.certificate()), site, validFor, authority.address());
        });
  }

  /** What is needed to prove to who has a token that this is its authority; empty: it is not. */
  Optional<byte[]> verifier(byte[] id) throws IOException {
    return tokens.find(HexFormat.of().formatHex(id)).map(TokenRecord::verifier);
  }

  /**
   * Lets a site in by a token: burns it, durably, for this key alone, then signs.
   *
   * @param id of the token
   * @param secret of the token, as it was shown
   * @param of the site's key; it has been shown to have the private one
   * @throws ProviderException DENIED, saying why
   */
  X509Certificate redeem(byte[] id, byte[] secret, PublicKey of) throws IOException {
    return folder.locked(
        () -> {
          String name = HexFormat.of().formatHex(id);
          String site = tokens.find(name).map(TokenRecord::site).orElse("");
          if (!site.isEmpty()) {
            revoked.requireNotRevoked(site);
          }
          TokenRecord token = tokens.burn(id, secret, CertificateRecord.keyOf(of));
          return certify(of, token.site(), name).certificate();
        });
  }

  /**
   * Signs a new key of a site that is in already.
   *
   * @param peer who asks, as its certificate says
   */
  X509Certificate rotate(PeerIdentity peer, PublicKey of) throws IOException {
    return folder.locked(() -> certify(of, peer.site(), CertificateRecord.ROTATION).certificate());
  }

  /** Signs a new key of the site that holds it, even when its old certificate has expired. */
  TrustClient.Grant signOwn(SiteIdentity own, KeyPair keys) throws IOException {
    X509Certificate certificate = rotate(own.peer(), keys.getPublic());
    return new TrustClient.Grant(own.authority(), certificate, list());
  }

  /** The certificate of a key: the one that it has, else a new one that is durable. */
  private CertificateRecord certify(PublicKey of, String site, String origin) throws IOException {
    AuthorityKey authority = key();
    revoked.requireNotRevoked(site);
    Instant now = time.now();
    Optional<CertificateRecord> found = certificates.find(CertificateRecord.keyOf(of));
    if (found.isPresent()) {
      CertificateRecord known = found.get();
      if (!known.site().equals(site)
          || stored.revocations().isRevoked(known.serial())
          || !now.isBefore(known.expires())) {
        throw new ProviderException(
            ErrorKind.DENIED,
            "Cannot sign a key of the site "
                + site
                + ": it has a certificate that is expired, revoked or another site's. Make a new"
                + " key.");
      }
      return known;
    }
    X509Certificate certificate =
        CertificateMaker.site(
            authority.certificate(),
            authority.key(),
            of,
            site,
            CertificateMaker.serial(),
            new Validity(now, now.plus(authority.validity())));
    CertificateRecord made = new CertificateRecord(site, origin, now, certificate);
    certificates.put(made);
    observers.event(
        Severity.INFO,
        "trust.certificate.signed",
        site,
        "A certificate was signed.",
        Map.of("serial", made.serial().toString(16), "origin", origin));
    return made;
  }

  List<TokenStatus> tokens() throws IOException {
    key();
    return tokens.all();
  }

  void revokeToken(String id) throws IOException {
    key();
    folder.whileLocked(() -> tokens.revoke(id));
  }

  List<CertificateRecord> certificates() throws IOException {
    key();
    return certificates.all();
  }

  RevocationList list() throws IOException {
    key();
    return stored.revocations();
  }

  List<String> revokedSites() throws IOException {
    key();
    return revoked.sites();
  }

  long revokeSite(String site) throws IOException {
    SiteNames.require(site);
    AuthorityKey authority = key();
    return folder.locked(
        () -> {
          requireOther("the site " + site, site.equals(stored.identity().site()));
          return revoked.revokeSite(authority, site);
        });
  }

  long revokeCertificate(BigInteger serial) throws IOException {
    AuthorityKey authority = key();
    return folder.locked(
        () -> {
          requireOther(
              "the certificate " + serial.toString(16),
              serial.equals(stored.identity().certificate().getSerialNumber()));
          return revoked.revokeCertificate(authority, serial);
        });
  }

  /** Without its own certificate nobody could reach the authority any more. */
  private static void requireOther(String what, boolean isOwn) throws ProviderException {
    if (isOwn) {
      throw new ProviderException(
          ErrorKind.PRECONDITION,
          "Cannot revoke "
              + what
              + ": the authority itself lives there. Rotate its certificate first, or create an"
              + " authority elsewhere.");
    }
  }

  void reinstate(String site) throws IOException {
    SiteNames.require(site);
    key();
    folder.whileLocked(() -> revoked.reinstate(site));
  }

  /**
   * Forgets what is long over. A certificate whose token is remembered stays: else the token's key
   * could have a second one.
   */
  private void forgetOld() throws IOException {
    Set<String> usedByTokens = tokens.forgetOld();
    RevocationList list = list();
    Instant now = time.now();
    for (CertificateRecord record : certificates.all()) {
      if (RevokedSites.isLongOver(record, now)
          && !usedByTokens.contains(record.key())
          && !list.isRevoked(record.serial())) {
        certificates.remove(record);
      }
    }
  }
}
