// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.session;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;

/** Packs that a session referred to were collected before it published; it writes them again. */
public final class ChunksGoneException extends ProviderException {
  private static final long serialVersionUID = 1;

  ChunksGoneException(String where, int packs) {
    super(
        ErrorKind.TRANSIENT,
        "Cannot publish in "
            + where
            + ": "
            + packs
            + " packs that it refers to were collected meanwhile. Write the content again.");
  }
}
