// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;

/** The session is over. */
public final class LinkLostException extends ProviderException {
  private static final long serialVersionUID = 1L;

  private final transient LinkEnd end;

  LinkLostException(ErrorKind kind, String verb, LinkEnd end) {
    super(
        kind,
        "Cannot "
            + verb
            + ": the session is over, "
            + end.reason()
            + ". Wait for the next session and go on from what the peer has.");
    this.end = end;
  }

  /** Why it is over. */
  public LinkEnd end() {
    return end;
  }
}
