// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;

/** The bytes of a version are asked for that the source has no more. */
final class StaleContentException extends ProviderException {
  private static final long serialVersionUID = 1;

  StaleContentException(String path) {
    super(
        ErrorKind.PRECONDITION,
        "Cannot read "
            + path
            + ": its source has another version of it by now, and these bytes of the one that is"
            + " open were not read before. Open it again.");
  }
}
