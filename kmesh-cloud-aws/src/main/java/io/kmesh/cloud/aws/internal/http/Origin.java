// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal.http;

import java.net.URI;
import java.util.Locale;

/**
 * Where connections go.
 *
 * @param isSecure whether by TLS
 * @param host without brackets
 * @param port never negative
 */
public record Origin(boolean isSecure, String host, int port) {
  private static final int HTTP = 80;
  private static final int HTTPS = 443;

  /** Of an http or https URL. */
  public static Origin of(URI uri) {
    return of(uri.getScheme(), uri.getHost(), uri.getPort());
  }

  /** Of a URL's parts; a port that is not positive is the scheme's. */
  public static Origin of(String scheme, String host, int port) {
    boolean isSecure = scheme.toLowerCase(Locale.ROOT).equals("https");
    String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    return new Origin(isSecure, bare, port > 0 ? port : isSecure ? HTTPS : HTTP);
  }

  /** The value of Host. */
  public String authority() {
    String name = host.indexOf(':') < 0 ? host : "[" + host + "]";
    return port == (isSecure ? HTTPS : HTTP) ? name : name + ":" + port;
  }

  @Override
  public String toString() {
    return (isSecure ? "https://" : "http://") + authority();
  }
}
