// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.trust;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Who this site is on links, and whom it lets in: what its folder of trust says at the moment of
 * each handshake. Thread-safe.
 */
public final class LinkTrust {
  private final StoredTrust stored;
  private final LiveSessions sessions;
  private final KmeshTime time;

  LinkTrust(StoredTrust stored, KmeshTime time) {
    this.stored = stored;
    this.sessions = new LiveSessions(stored, time);
    this.time = time;
  }

  /**
   * The trust of an enrolled site.
   *
   * @param folder where its key and certificates are
   * @throws IOException a typed one when nobody is enrolled there, or others may read it
   */
  public static LinkTrust open(Path folder, KmeshTime time) throws IOException {
    LinkTrust trust =
        new LinkTrust(new StoredTrust(new TrustFolder(folder, TrustFolder.Steps.NONE)), time);
    trust.self();
    return trust;
  }

  /** This site's own certificate as it is now. */
  public PeerIdentity self() throws IOException {
    return stored.identity().peer();
  }

  /**
   * For one connection that this side opens.
   *
   * @param site who must be there: another one is refused, however good its certificate
   * @throws IOException DENIED when this site's own certificate is of no use
   */
  public LinkTls opening(String site) throws IOException {
    SiteNames.require(site);
    String action = "open a link to the site " + site;
    return tls(
        LinkTls.Side.OPENS,
        action,
        peer -> {
          if (!peer.equals(site)) {
            throw new PeerRefusedException(
                "the site " + peer + " is there",
                "Check the address of the site " + site + ", or name the site " + peer + ".");
          }
        });
  }

  /**
   * For one connection that this side accepts.
   *
   * @param allowed the sites that may come in, by name; asked in the middle of the handshake, so it
   *     must not wait
   * @throws IOException DENIED when this site's own certificate is of no use
   */
  public LinkTls accepting(Predicate<String> allowed) throws IOException {
    return tls(
        LinkTls.Side.ACCEPTS,
        "accept a link",
        peer -> {
          if (!allowed.test(peer)) {
            throw new PeerRefusedException(
                "the site " + peer + " has nothing to do here", "Name it in a flow of this site.");
          }
        });
  }

  /** For one connection to whoever holds the authority. */
  LinkTls openingAuthority(String address) throws IOException {
    return tls(LinkTls.Side.OPENS, "ask the authority at " + address, peer -> {});
  }

  /** For one connection of whoever has a token, or is of the mesh. */
  LinkTls acceptingStrangers() throws IOException {
    return tls(LinkTls.Side.ACCEPTS_STRANGERS, "serve a site as its authority", peer -> {});
  }

  /** What else is asked of a peer whose certificate is good. */
  private interface Condition {
    void require(String site) throws PeerRefusedException;
  }

  private LinkTls tls(LinkTls.Side side, String action, Condition condition) throws IOException {
    SiteIdentity own = stored.identity();
    try {
      check(new X509Certificate[] {own.certificate()});
    } catch (PeerRefusedException e) {
      throw new ProviderException(
          ErrorKind.DENIED,
          "Cannot "
              + action
              + ": this site has no certificate that others believe: "
              + e.reason()
              + ". "
              + e.advice(),
          e);
    }
    return new LinkTls(
        side,
        action,
        own,
        new PeerTrust(
            chain -> {
              PeerIdentity peer = check(chain);
              condition.require(peer.site());
              return peer;
            }));
  }

  /** With what the folder says now, not when the connection began. */
  private PeerIdentity check(X509Certificate[] chain) throws PeerRefusedException {
    PeerCheck check;
    try {
      check = new PeerCheck(stored.identity().authority(), stored.revocations());
    } catch (IOException e) {
      PeerRefusedException refused =
          new PeerRefusedException(
              "nobody can be checked (" + e.getMessage() + ")", "Mend that first.");
      refused.initCause(e);
      throw refused;
    }
    return check.check(chain, time.now());
  }

  /** A session under watch. */
  public interface Watch extends AutoCloseable {
    /** Ends the watch; a call under way may still come. */
    @Override
    void close();
  }

  /**
   * Watches a session that was let in.
   *
   * @param peer who is at the other end
   * @param ended called at most once, with the reason, when the peer's certificate was revoked or
   *     has expired: the session has to end. On a thread of another; must not wait
   */
  public Watch watch(PeerIdentity peer, Consumer<String> ended) {
    return sessions.add(peer, ended);
  }

  /** Tells the sessions that this process revoked. */
  void lookAgain() {
    sessions.check();
  }

  /** The number of the list of revoked certificates that counts here. */
  public long revocationVersion() throws IOException {
    return stored.revocations().version();
  }

  /** The list itself, as a peer can be given it: signed by the authority. */
  public byte[] revocations() throws IOException {
    return stored.revocations().encoded();
  }

  /**
   * Takes over a list of revoked certificates that a peer has, if it is newer than this site's.
   *
   * @return the number of the list that counts now
   * @throws IOException CORRUPT when the authority did not sign it; nothing changed
   */
  public long offerRevocations(byte[] list) throws IOException {
    RevocationList offered =
        RevocationList.decode(
            "a list of revoked certificates", list, stored.identity().authority());
    long version = stored.offer(offered).version();
    sessions.check();
    return version;
  }
}
