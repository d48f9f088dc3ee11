// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp.internal.auth;

import java.time.Instant;

/**
 * A bearer token.
 *
 * @param secret what is sent; empty for none
 * @param expiry until when it is valid
 */
public record Token(String secret, Instant expiry) {
  @Override
  public String toString() {
    return "Token(expires " + expiry + ")";
  }
}
