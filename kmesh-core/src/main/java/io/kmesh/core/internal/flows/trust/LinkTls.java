// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.trust;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Locale;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * The TLS of one connection: version 1.3 and no other, with keys and checks of its own. It is used
 * once: its context shares no session with another, so that each connection is checked in full.
 *
 * <p><b>The accepting side speaks first.</b> In TLS 1.3 the opening side is ready before its own
 * certificate was looked at; if it waits for the accepting side's first byte before it sends any, a
 * refused site has sent nothing. A side that refuses the other sends its alert, ends its output,
 * and reads on for a moment before it closes: else the reset of the connection may overtake the
 * alert. Thread-safe.
 */
public final class LinkTls {
  private static final String PROTOCOL = "TLSv1.3";
  private static final String[] SUITES = {
    "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"
  };

  /** Which end this is, and what it asks of the other. */
  enum Side {
    /** Connects; the other end always shows a certificate. */
    OPENS,
    /** Listens, and lets nobody in without a certificate. */
    ACCEPTS,
    /** Listens, and lets in who shows none; a certificate that is shown must be good. */
    ACCEPTS_STRANGERS
  }

  private final Side side;
  private final String action;
  private final PeerTrust trust;
  private final SSLContext context;

  /**
   * The TLS of a connection.
   *
   * @param action how errors go on after "Cannot", such as {@code accept a link}
   * @param own what is shown; null: nothing
   */
  LinkTls(Side side, String action, @Nullable SiteIdentity own, PeerTrust trust) {
    this.side = side;
    this.action = action;
    this.trust = trust;
    try {
      context = SSLContext.getInstance(PROTOCOL);
      context.init(
          own == null ? new KeyManager[0] : new KeyManager[] {new OwnKey(own)},
          new TrustManager[] {trust},
          null);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java has TLS 1.3.", e);
    }
  }

  /** The context, for who makes his own engine; {@link #parameters} belong to it. */
  public SSLContext context() {
    return context;
  }

  /** What an engine or socket of the context must be given before it shakes hands. */
  public SSLParameters parameters() {
    SSLParameters parameters = new SSLParameters(SUITES, new String[] {PROTOCOL});
    parameters.setUseCipherSuitesOrder(true);
    if (side == Side.ACCEPTS) {
      parameters.setNeedClientAuth(true);
    } else if (side == Side.ACCEPTS_STRANGERS) {
      parameters.setWantClientAuth(true);
    }
    return parameters;
  }

  /** Whether this end connects: the mode of an engine. */
  public boolean isClient() {
    return side == Side.OPENS;
  }

  /** An engine that is ready to shake hands. */
  public SSLEngine engine() {
    SSLEngine engine = context.createSSLEngine();
    engine.setUseClientMode(isClient());
    engine.setSSLParameters(parameters());
    return engine;
  }

  /**
   * A socket over a connected one, ready to shake hands; closing it closes that.
   *
   * @throws IOException when the connected one is not connected any more
   */
  public SSLSocket over(Socket connected) throws IOException {
    SSLSocket socket =
        (SSLSocket)
            context
                .getSocketFactory()
                .createSocket(
                    connected,
                    connected.getInetAddress().getHostAddress(),
                    connected.getPort(),
                    true);
    socket.setUseClientMode(isClient());
    socket.setSSLParameters(parameters());
    return socket;
  }

  /**
   * Who is at the other end, once the handshake is over.
   *
   * @param session of the engine or socket
   * @throws ProviderException DENIED when it is not the session that was checked
   */
  public PeerIdentity peer(SSLSession session) throws ProviderException {
    try {
      PeerIdentity accepted = trust.accepted();
      Certificate[] chain = session.getPeerCertificates();
      if (accepted != null
          && session.getProtocol().equals(PROTOCOL)
          && chain[0] instanceof X509Certificate certificate
          && PeerIdentity.fingerprint(certificate).equals(accepted.fingerprint())) {
        return accepted;
      }
    } catch (SSLPeerUnverifiedException e) {
      // said below
    }
    throw denied(
        "the peer did not show a certificate on this connection",
        "Enrol it with a token of this mesh's authority.",
        null);
  }

  /**
   * What to tell about a handshake that failed, or about the first read or write behind it.
   *
   * @return with the kind DENIED when one side does not let the other in, INVALID when the peer
   *     does not speak TLS 1.3, TRANSIENT when the connection ended
   */
  public ProviderException refusal(IOException failure) {
    if (failure instanceof ProviderException known) {
      return known;
    }
    PeerRefusedException refused = trust.refused();
    if (refused != null) {
      return refusal(refused);
    }
    String message = String.valueOf(failure.getMessage());
    if (!(failure instanceof SSLException) || hasEnded(failure)) {
      return new ProviderException(
          ErrorKind.TRANSIENT,
          "Cannot " + action + ": the connection ended (" + message + "). Try again later.",
          failure);
    }
    String lower = message.toLowerCase(Locale.ROOT);
    if (lower.contains("empty client certificate") || lower.contains("empty certificate chain")) {
      return denied(
          "the peer showed no certificate",
          "Enrol it with a token of this mesh's authority.",
          failure);
    }
    if (lower.contains("protocol") && lower.contains("version")) {
      return new ProviderException(
          ErrorKind.INVALID,
          "Cannot "
              + action
              + ": the peer does not speak TLS 1.3 ("
              + message
              + "). Use Kmesh at both ends.",
          failure);
    }
    if (lower.contains("fatal alert")) {
      return denied(
          "the other side refuses this site ("
              + message
              + "), most often since it does not trust its certificate",
          "Look at what the other side says about it; rotate this site's certificate, or enrol it"
              + " anew.",
          failure);
    }
    return new ProviderException(
        ErrorKind.INVALID,
        "Cannot " + action + ": TLS failed (" + message + "). Look at what the other side says.",
        failure);
  }

  /** Whether TLS failed since there is no connection any more. */
  private static boolean hasEnded(Throwable failure) {
    for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
      if (cause instanceof EOFException
          || cause instanceof SocketException
          || cause instanceof SocketTimeoutException) {
        return true;
      }
    }
    return false;
  }

  /** What to tell about a peer that was refused behind the handshake. */
  ProviderException refusal(PeerRefusedException refused) {
    return denied(refused.reason(), refused.advice(), refused);
  }

  private ProviderException denied(String reason, String advice, @Nullable Throwable cause) {
    return new ProviderException(
        ErrorKind.DENIED, "Cannot " + action + ": " + reason + ". " + advice, cause);
  }
}
