// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp.internal.auth;

import io.kmesh.cloud.gcp.internal.GcsHttp;
import io.kmesh.spi.ProviderException;
import java.time.InstantSource;
import java.util.Map;

/** A user, by the refresh token that gcloud keeps. */
final class AuthorizedUser implements TokenSource {
  private final String clientId;
  private final String clientSecret;
  private final String refreshToken;
  private final String tokenUrl;
  private final InstantSource clock;

  AuthorizedUser(
      String clientId,
      String clientSecret,
      String refreshToken,
      String tokenUrl,
      InstantSource clock) {
    this.clientId = clientId;
    this.clientSecret = clientSecret;
    this.refreshToken = refreshToken;
    this.tokenUrl = tokenUrl;
    this.clock = clock;
  }

  @Override
  public String name() {
    return "user of client " + clientId;
  }

  @Override
  public Token fetch(GcsHttp http) throws ProviderException {
    return TokenCalls.form(
        http,
        clock,
        name(),
        tokenUrl,
        Map.of(
            "grant_type",
            "refresh_token",
            "client_id",
            clientId,
            "client_secret",
            clientSecret,
            "refresh_token",
            refreshToken));
  }
}
