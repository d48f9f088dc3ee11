// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp.internal.auth;

import io.kmesh.cloud.gcp.internal.GcsHttp;
import java.time.Instant;

/** A token that never changes; an empty one is none. */
public final class FixedToken implements TokenSource {
  private final Token token;

  /** A token of this text. */
  public FixedToken(String secret) {
    this.token = new Token(secret, Instant.MAX);
  }

  @Override
  public String name() {
    return token.secret().isEmpty() ? "none" : "token";
  }

  @Override
  public Token fetch(GcsHttp http) {
    return token;
  }
}
