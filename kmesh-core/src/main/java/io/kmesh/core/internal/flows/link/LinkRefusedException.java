// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;

/** The peer is there and does not want the session, or this side does not want that peer. */
public final class LinkRefusedException extends ProviderException {
  private static final long serialVersionUID = 1L;

  private final Cause cause;

  /** A refusal; the message is shown at both sides. */
  public LinkRefusedException(Cause cause, String message) {
    super(cause.kind, message);
    this.cause = cause;
  }

  /** What it is about. */
  public Cause why() {
    return cause;
  }

  /** What a refusal can be about. The numbers are the wire's and never change. */
  public enum Cause {
    /** The two sides have no version of the protocol in common. */
    VERSION(1, ErrorKind.UNSUPPORTED),
    /** The peer may not do that. */
    DENIED(2, ErrorKind.DENIED),
    /** The session to join is not known; a new one may be had. */
    UNKNOWN_SESSION(3, ErrorKind.NOT_FOUND),
    /** Too much is open; later it may work. */
    BUSY(4, ErrorKind.THROTTLED),
    /** What the peer said makes no sense. */
    INVALID(5, ErrorKind.INVALID);

    final int number;
    private final ErrorKind kind;

    Cause(int number, ErrorKind kind) {
      this.number = number;
      this.kind = kind;
    }

    static Cause of(int number) {
      for (Cause cause : values()) {
        if (cause.number == number) {
          return cause;
        }
      }
      return INVALID;
    }
  }
}
