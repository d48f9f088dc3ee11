// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.lustre;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;

/**
 * Something exists only on a Lustre server node; the message holds the exact command to run there.
 */
public final class OnServerOnlyException extends ProviderException {
  private static final long serialVersionUID = 1L;

  private final String command;

  /** A refusal that names the command. */
  public OnServerOnlyException(String action, String command) {
    super(
        ErrorKind.UNSUPPORTED,
        "Cannot " + action + " from a client: it exists on the server only. Run there: " + command);
    this.command = command;
  }

  /** The command to run on the server. */
  public String command() {
    return command;
  }
}
