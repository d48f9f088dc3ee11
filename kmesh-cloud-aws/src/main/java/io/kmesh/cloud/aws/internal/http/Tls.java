// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal.http;

import java.io.IOException;
import java.security.GeneralSecurityException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/** Whom TLS trusts. Set up when a connection needs it: reading certificates takes long. */
public final class Tls {
  private final TrustManager @Nullable [] trusted;
  private @Nullable SSLSocketFactory factory;

  /**
   * Nothing is set up yet.
   *
   * @param trusted null for those of the machine
   */
  public Tls(TrustManager @Nullable [] trusted) {
    this.trusted = trusted;
  }

  synchronized SSLSocketFactory factory() throws IOException {
    if (factory == null) {
      try {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trusted, null);
        factory = context.getSocketFactory();
      } catch (GeneralSecurityException e) {
        throw new IOException("TLS cannot be set up: " + e.getMessage(), e);
      }
    }
    return factory;
  }
}
