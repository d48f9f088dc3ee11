// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.trust;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * The trust manager of one connection: remembers whom it let in, or why it did not. Thread-safe.
 */
final class PeerTrust extends X509ExtendedTrustManager {
  private final Check check;
  private volatile @Nullable PeerIdentity accepted;
  private volatile @Nullable PeerRefusedException refused;

  /** Looks at what a peer shows. */
  interface Check {
    PeerIdentity of(X509Certificate[] chain) throws PeerRefusedException;
  }

  PeerTrust(Check check) {
    this.check = check;
  }

  @Nullable PeerIdentity accepted() {
    return accepted;
  }

  @Nullable PeerRefusedException refused() {
    return refused;
  }

  private void look(X509Certificate[] chain) throws CertificateException {
    try {
      accepted = check.of(chain);
    } catch (PeerRefusedException e) {
      refused = e;
      throw e;
    } catch (RuntimeException e) {
      // A hostile certificate may trip any parser; that must be a refusal and nothing else.
      PeerRefusedException refusal =
          new PeerRefusedException(
              "its certificate can't be read (" + e.getClass().getSimpleName() + ")",
              "Enrol it with a token of this mesh's authority.");
      refusal.initCause(e);
      refused = refusal;
      throw refusal;
    }
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    look(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    look(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    look(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    look(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    look(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    look(chain);
  }

  /** None by name: a site shows the one certificate that it has. */
  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
