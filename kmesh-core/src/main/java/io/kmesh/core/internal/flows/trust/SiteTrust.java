// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.trust;

import io.kmesh.core.internal.observe.Observers;
import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * All that is done with a site's folder of trust: join a mesh, stay in it, and, where the authority
 * lives, say who is in it. Thread-safe, and safe beside other processes on the same folder.
 *
 * <p>Every call throws an {@link IOException} whose message says what to do; a name, duration or
 * address that is none is an {@link IllegalArgumentException}.
 */
public final class SiteTrust {
  /** How long certificates are valid, unless told otherwise. */
  public static final Duration VALIDITY = Duration.ofDays(90);

  private final TrustFolder folder;
  private final KmeshTime time;
  private final Observers observers;
  private final StoredTrust stored;
  private final SiteAuthority authority;
  private final LinkTrust links;
  private final SiteEnrolment enrolment;

  SiteTrust(TrustFolder folder, KmeshTime time, Observer observer) {
    this.folder = folder;
    this.time = time;
    this.observers = new Observers(time, List.of(observer));
    this.stored = new StoredTrust(folder);
    this.authority = new SiteAuthority(folder, stored, time, observers);
    this.links = new LinkTrust(stored, time);
    this.enrolment = new SiteEnrolment(folder, stored, time, links);
  }

  /**
   * The trust in a folder, which need not exist yet.
   *
   * @param observer told of tokens, certificates and refusals; never of a secret
   */
  public static SiteTrust at(Path folder, KmeshTime time, Observer observer) {
    return new SiteTrust(new TrustFolder(folder, TrustFolder.Steps.NONE), time, observer);
  }

  /** What links need of it. */
  public LinkTrust links() {
    return links;
  }

  /**
   * Makes an authority here, and the site that holds it.
   *
   * @param site the name of that site
   * @param address where its tokens tell others to connect, {@code host:port}
   * @param validity how long its certificates are valid, an hour to ten years
   */
  public PeerIdentity createAuthority(String site, String address, Duration validity)
      throws IOException {
    return authority.create(site, address, validity).peer();
  }

  /**
   * Makes a token by which one site may join, once. Its text is shown by {@link
   * EnrolmentToken#text()} and kept nowhere.
   *
   * @param validFor a second to 30 days
   */
  public EnrolmentToken issueToken(String site, Duration validFor) throws IOException {
    return authority.issueToken(site, validFor);
  }

  /** The tokens that were issued here, the newest last. */
  public List<TokenStatus> tokens() throws IOException {
    return authority.tokens();
  }

  /** Takes back a token that was not used. */
  public void revokeToken(String id) throws IOException {
    authority.revokeToken(id);
  }

  /**
   * A certificate that was signed here.
   *
   * @param peer whose it is
   * @param issued when it was signed
   * @param origin {@code authority}, {@code rotation}, or the id of a token
   * @param isRevoked whether it is revoked
   */
  public record Signed(PeerIdentity peer, Instant issued, String origin, boolean isRevoked) {}

  /** The certificates that were signed here, the newest last. */
  public List<Signed> certificates() throws IOException {
    RevocationList list = authority.list();
    return authority.certificates().stream()
        .map(
            c ->
                new Signed(
                    PeerIdentity.of(c.site(), c.certificate()),
                    c.issued(),
                    c.origin(),
                    list.isRevoked(c.serial())))
        .toList();
  }

  /** The sites that were revoked here and get no certificate. */
  public List<String> revokedSites() throws IOException {
    return authority.revokedSites();
  }

  /**
   * Revokes a site: all its certificates, and it gets no new one. Its sessions here are told.
   *
   * @return the number of the list that says so
   */
  public long revokeSite(String site) throws IOException {
    long version = authority.revokeSite(site);
    links.lookAgain();
    return version;
  }

  /**
   * Revokes one certificate. Its sessions here are told.
   *
   * @return the number of the list that says so
   */
  public long revokeCertificate(BigInteger serial) throws IOException {
    long version = authority.revokeCertificate(serial);
    links.lookAgain();
    return version;
  }

  /** Lets a revoked site join again, by a new token; its old certificates stay revoked. */
  public void reinstate(String site) throws IOException {
    authority.reinstate(site);
  }

  /** Listens for sites that join, rotate, or ask for the list; only where the authority lives. */
  public TrustListener listen(InetSocketAddress address) throws IOException {
    authority.tokens();
    return TrustListener.start(
        address, new TrustService(authority, links, observers), time, observers);
  }

  /**
   * Joins a mesh by a token. Done again after a crash or a lost answer, with the same token, it
   * goes on; joined already under the same name, the site gets a new key.
   */
  public PeerIdentity enrol(EnrolmentToken token) throws IOException {
    return enrolment.enrol(token, authority.exists()).peer();
  }

  /** Gets a new key and certificate; the old one counts until it expires. */
  public PeerIdentity rotate() throws IOException {
    SiteIdentity now =
        authority.exists() ? enrolment.rotate(authority::signOwn) : enrolment.rotate();
    return now.peer();
  }

  /**
   * Says where the authority listens from now on: in its tokens, where it lives, and to this site.
   *
   * @param address {@code host:port}
   */
  public void authorityAt(String address) throws IOException {
    Addresses.require(address);
    folder.whileLocked(
        () -> {
          if (authority.exists()) {
            authority.moveTo(address);
          }
          enrolment.moveTo(address);
        });
  }

  /**
   * Fetches the authority's list of revoked certificates.
   *
   * @return the number of the list that counts now
   */
  public long fetchRevocations() throws IOException {
    return authority.exists() ? links.revocationVersion() : enrolment.fetchRevocations();
  }

  /**
   * What a site is and knows.
   *
   * @param self its certificate
   * @param authority the SHA-256 of its authority's certificate, 64 hexadecimal digits
   * @param address where that authority listens
   * @param isAuthority whether it lives here
   * @param revocations the number of the list of revoked certificates
   * @param revocationsSigned when that was signed
   */
  public record Status(
      PeerIdentity self,
      String authority,
      String address,
      boolean isAuthority,
      long revocations,
      Instant revocationsSigned) {}

  /** What this site is and knows. */
  public Status show() throws IOException {
    SiteIdentity own = stored.identity();
    RevocationList list = stored.revocations();
    return new Status(
        own.peer(),
        PeerIdentity.fingerprint(own.authority()),
        own.address(),
        authority.exists(),
        list.version(),
        list.signedAt());
  }
}
