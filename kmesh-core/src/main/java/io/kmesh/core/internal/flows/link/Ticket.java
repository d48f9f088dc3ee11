// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import java.security.MessageDigest;
import java.util.Arrays;

/**
 * What joins a stream to a session.
 *
 * @param session the session's number, 32 hexadecimal digits
 * @param token the secret that shows that one was told of the session
 */
record Ticket(String session, byte[] token) {
  static final int TOKEN_BYTES = 32;

  /** Compares in a time that tells nothing of the token. */
  boolean opens(Ticket other) {
    return session.equals(other.session) && MessageDigest.isEqual(token, other.token);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Ticket t && opens(t);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(token);
  }

  @Override
  public String toString() {
    return "the ticket of session " + session;
  }
}
