// SPDX-License-Identifier: Apache-2.0
package io.kmesh;

import io.kmesh.spi.ErrorKind;

/** The time that the caller gave is over; what was waited for goes on. */
public final class KmeshTimeoutException extends KmeshException {
  private static final long serialVersionUID = 1L;

  /** A wait that is over. */
  public KmeshTimeoutException(String message) {
    super(ErrorKind.TRANSIENT, message);
  }
}
