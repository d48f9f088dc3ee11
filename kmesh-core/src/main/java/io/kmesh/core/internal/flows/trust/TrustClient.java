// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.trust;

import io.kmesh.core.internal.crypto.cert.CertificateMaker;
import io.kmesh.core.internal.crypto.cert.SigningRequest;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** Asks an authority, over one short connection each time. Thread-safe. */
final class TrustClient {
  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final Duration READ = Duration.ofSeconds(20);

  private final KmeshTime time;

  TrustClient(KmeshTime time) {
    this.time = time;
  }

  /** What an authority gave: all of it checked. */
  record Grant(X509Certificate authority, X509Certificate certificate, RevocationList list) {}

  private interface Talk<T> {
    T with(TrustWire wire, SSLSocket socket, TrustMessage greeting)
        throws IOException, PeerRefusedException;
  }

  /** Asks for a certificate by a token. */
  Grant enrol(EnrolmentToken token, KeyPair keys) throws IOException {
    LinkTls tls =
        new LinkTls(
            LinkTls.Side.OPENS,
            "enrol the site " + token.site() + " at " + token.address(),
            null,
            new PeerTrust(chain -> checkServer(token, chain)));
    return talk(
        tls,
        token.address(),
        (wire, socket, greeting) -> {
          X509Certificate[] shown = shown(socket);
          byte[] nonce = TrustWire.nonce();
          byte[] id = token.idBytes();
          wire.send(
              new TrustMessage(
                  TrustMessage.Type.CLAIM,
                  new long[] {TrustMessage.VERSION},
                  new byte[][] {id, nonce}));
          byte[] proof = receive(wire, TrustMessage.Type.PROOF).parts()[0];
          byte[] expected =
              TrustWire.proof(
                  token.verifier(), id, greeting.parts()[0], nonce, PeerIdentity.digest(shown[0]));
          if (!MessageDigest.isEqual(proof, expected)) {
            throw new ProviderException(
                ErrorKind.DENIED,
                "Cannot enrol the site "
                    + token.site()
                    + " at "
                    + token.address()
                    + ": who listens there did not issue the token; its secret was not told. Check"
                    + " the address.");
          }
          byte[] secret = token.secret();
          try {
            wire.send(
                TrustMessage.of(
                    TrustMessage.Type.ENROL, secret, SigningRequest.make(keys, token.site())));
          } finally {
            Arrays.fill(secret, (byte) 0);
          }
          X509Certificate authority = authority(token, shown);
          return grant(wire, authority, token.site(), keys, shown[0]);
        });
  }

  /** Asks for a certificate of a new key. */
  Grant rotate(LinkTrust trust, SiteIdentity own, KeyPair keys) throws IOException {
    return talk(
        trust.openingAuthority(own.address()),
        own.address(),
        (wire, socket, greeting) -> {
          wire.send(
              new TrustMessage(
                  TrustMessage.Type.ROTATE,
                  new long[] {TrustMessage.VERSION},
                  new byte[][] {SigningRequest.make(keys, own.site())}));
          return grant(wire, own.authority(), own.site(), keys, null);
        });
  }

  /**
   * Asks for the list of revoked certificates.
   *
   * @return its DER form; empty when it is not newer than the known one
   */
  byte[] list(LinkTrust trust, SiteIdentity own, long known) throws IOException {
    return talk(
        trust.openingAuthority(own.address()),
        own.address(),
        (wire, socket, greeting) -> {
          wire.send(
              new TrustMessage(
                  TrustMessage.Type.ASK_LIST,
                  new long[] {TrustMessage.VERSION, known},
                  new byte[0][]));
          return receive(wire, TrustMessage.Type.LIST).parts()[0];
        });
  }

  private <T> T talk(LinkTls tls, String address, Talk<T> talk) throws IOException {
    InetSocketAddress to = Addresses.resolve(address);
    try (PatientSocket connected = new PatientSocket()) {
      connected.connect(to, (int) CONNECT.toMillis());
      connected.setSoTimeout((int) READ.toMillis());
      KmeshTime.Timer end = time.schedule(READ, () -> close(connected));
      try (SSLSocket socket = tls.over(connected);
          TrustWire wire = new TrustWire(socket)) {
        socket.startHandshake();
        TrustMessage greeting = receive(wire, TrustMessage.Type.GREETING);
        long lowest = greeting.numbers()[0];
        long highest = greeting.numbers()[1];
        if (lowest > TrustMessage.VERSION || highest < TrustMessage.VERSION) {
          throw new ProviderException(
              ErrorKind.UNSUPPORTED,
              "Cannot ask the authority at "
                  + address
                  + ": it speaks the versions "
                  + lowest
                  + " to "
                  + highest
                  + ", this Kmesh "
                  + TrustMessage.VERSION
                  + ". Use the same Kmesh at both.");
        }
        return talk.with(wire, socket, greeting);
      } finally {
        end.cancel();
      }
    } catch (PeerRefusedException e) {
      throw tls.refusal(e);
    } catch (IOException e) {
      throw tls.refusal(e);
    }
  }

  private static void close(PatientSocket socket) {
    try {
      socket.abort();
    } catch (IOException e) {
      // Whoever reads from it is told.
    }
  }

  private static TrustMessage receive(TrustWire wire, TrustMessage.Type expected)
      throws IOException {
    TrustMessage message = wire.receive(EnumSet.of(expected, TrustMessage.Type.REFUSED));
    if (message.type() == TrustMessage.Type.REFUSED) {
      throw new ProviderException(ErrorKind.DENIED, message.text());
    }
    return message;
  }

  /** Who listens must be a site that the token's authority signed. */
  private PeerIdentity checkServer(EnrolmentToken token, X509Certificate[] chain)
      throws PeerRefusedException {
    return new PeerCheck(authority(token, chain), null).check(chain, time.now());
  }

  private static X509Certificate authority(EnrolmentToken token, X509Certificate[] chain)
      throws PeerRefusedException {
    for (int i = 1; i < chain.length; i++) {
      if (PeerIdentity.fingerprint(chain[i]).equals(token.authority())) {
        return chain[i];
      }
    }
    throw new PeerRefusedException(
        "who listens there does not show the authority that issued the token ("
            + token.authority()
            + ")",
        "Check the address in the token, and that nobody stands between.");
  }

  private static X509Certificate[] shown(SSLSocket socket) throws IOException {
    Certificate[] chain = socket.getSession().getPeerCertificates();
    return Arrays.copyOf(chain, chain.length, X509Certificate[].class);
  }

  /** Takes a grant, and checks that it is one of this key, of this site, of the authority. */
  private Grant grant(
      TrustWire wire,
      X509Certificate authority,
      String site,
      KeyPair keys,
      @Nullable X509Certificate server)
      throws IOException {
    TrustMessage granted = receive(wire, TrustMessage.Type.GRANTED);
    RevocationList list =
        RevocationList.decode("the list that the authority sent", granted.parts()[1], authority);
    try {
      X509Certificate certificate = CertificateMaker.read(granted.parts()[0]);
      PeerCheck check = new PeerCheck(authority, list);
      PeerIdentity own = check.check(new X509Certificate[] {certificate}, time.now());
      if (!own.site().equals(site) || !certificate.getPublicKey().equals(keys.getPublic())) {
        throw new PeerRefusedException(
            "it is that of the site " + own.site() + " or of another key", "Tell who runs it.");
      }
      if (server != null) {
        check.check(new X509Certificate[] {server}, time.now());
      }
      return new Grant(authority, certificate, list);
    } catch (PeerRefusedException e) {
      throw notGood(e.reason(), e);
    } catch (CertificateException e) {
      throw notGood("it is no certificate", e);
    }
  }

  private static ProviderException notGood(String reason, Exception cause) {
    return new ProviderException(
        ErrorKind.CORRUPT,
        "Cannot use the certificate that the authority sent: "
            + reason
            + ". Look at the authority.",
        cause);
  }
}
