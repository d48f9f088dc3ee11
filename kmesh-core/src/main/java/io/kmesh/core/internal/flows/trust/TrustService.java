// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.trust;

import io.kmesh.core.internal.crypto.cert.SigningRequest;
import io.kmesh.core.internal.observe.Observers;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.observe.KmeshEvent.Severity;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSocket;

/** Serves one site as its authority: enrolment, rotation, the list. Thread-safe. */
final class TrustService {
  private final SiteAuthority authority;
  private final LinkTrust trust;
  private final Observers observers;

  TrustService(SiteAuthority authority, LinkTrust trust, Observers observers) {
    this.authority = authority;
    this.trust = trust;
    this.observers = observers;
  }

  /** Serves whoever connected, and tells what went wrong to him and to the observers. */
  void serve(Socket connected) throws IOException {
    LinkTls tls = trust.acceptingStrangers();
    String from = String.valueOf(connected.getInetAddress().getHostAddress());
    try (SSLSocket socket = tls.over(connected);
        TrustWire wire = new TrustWire(socket)) {
      socket.startHandshake();
      try {
        answer(wire, socket, tls);
      } catch (ProviderException e) {
        // Only what was meant for the other side: no reason of this side's own disk.
        boolean isTheirs = e.kind() == ErrorKind.DENIED || e.kind() == ErrorKind.INVALID;
        wire.send(
            TrustMessage.refused(
                isTheirs
                    ? String.valueOf(e.getMessage())
                    : "Cannot serve a site: the authority has a fault of its own. Look at what it"
                        + " says there."));
        told(from, e);
      }
    } catch (IOException e) {
      told(from, tls.refusal(e));
    }
  }

  private void told(String from, ProviderException e) {
    observers.event(
        Severity.WARNING,
        "trust.refused",
        from,
        String.valueOf(e.getMessage()),
        Map.of("kind", e.kind().name()));
  }

  private void answer(TrustWire wire, SSLSocket socket, LinkTls tls) throws IOException {
    byte[] nonce = TrustWire.nonce();
    wire.send(
        new TrustMessage(
            TrustMessage.Type.GREETING,
            new long[] {TrustMessage.VERSION, TrustMessage.VERSION},
            new byte[][] {nonce}));
    TrustMessage asked =
        wire.receive(
            EnumSet.of(
                TrustMessage.Type.CLAIM, TrustMessage.Type.ROTATE, TrustMessage.Type.ASK_LIST));
    if (asked.numbers()[0] != TrustMessage.VERSION) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot serve a site: it speaks version "
              + asked.numbers()[0]
              + ", this authority "
              + TrustMessage.VERSION
              + ". Use the same Kmesh at both.");
    }
    switch (asked.type()) {
      case CLAIM -> enrol(wire, socket, asked, nonce);
      case ROTATE -> rotate(wire, tls.peer(socket.getSession()), asked);
      default -> {
        tls.peer(socket.getSession());
        RevocationList list = authority.list();
        boolean isNewer = list.version() > asked.numbers()[1];
        wire.send(TrustMessage.of(TrustMessage.Type.LIST, isNewer ? list.encoded() : new byte[0]));
      }
    }
  }

  private void enrol(TrustWire wire, SSLSocket socket, TrustMessage claim, byte[] nonce)
      throws IOException {
    byte[] id = claim.parts()[0];
    Optional<byte[]> verifier = authority.verifier(id);
    if (verifier.isEmpty()) {
      throw TokenBook.unknown(HexFormat.of().formatHex(id));
    }
    wire.send(
        TrustMessage.of(
            TrustMessage.Type.PROOF,
            TrustWire.proof(
                verifier.get(), id, nonce, claim.parts()[1], PeerIdentity.digest(own(socket)))));
    TrustMessage enrol = wire.receive(EnumSet.of(TrustMessage.Type.ENROL));
    byte[] secret = enrol.parts()[0];
    try {
      PublicKey key = requested(enrol.parts()[1]);
      grant(wire, authority.redeem(id, secret, key));
    } finally {
      Arrays.fill(secret, (byte) 0);
    }
  }

  private void rotate(TrustWire wire, PeerIdentity peer, TrustMessage asked) throws IOException {
    grant(wire, authority.rotate(peer, requested(asked.parts()[0])));
  }

  private void grant(TrustWire wire, X509Certificate certificate) throws IOException {
    try {
      wire.send(
          TrustMessage.of(
              TrustMessage.Type.GRANTED, certificate.getEncoded(), authority.list().encoded()));
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("A certificate that was made has a DER form.", e);
    }
  }

  private static PublicKey requested(byte[] request) throws ProviderException {
    try {
      return SigningRequest.verify(request);
    } catch (GeneralSecurityException e) {
      throw new ProviderException(
          ErrorKind.INVALID, "Cannot sign the key: " + e.getMessage() + ". Use Kmesh to ask.", e);
    }
  }

  private static X509Certificate own(SSLSocket socket) throws IOException {
    Certificate[] shown = socket.getSession().getLocalCertificates();
    if (shown != null && shown.length > 0 && shown[0] instanceof X509Certificate certificate) {
      return certificate;
    }
    throw new SSLPeerUnverifiedException("This side showed no certificate.");
  }
}
