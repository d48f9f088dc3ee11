// SPDX-License-Identifier: Apache-2.0
package io.kmesh;

import io.kmesh.spi.ErrorKind;

/** The operation was cancelled. */
public final class OperationCancelledException extends KmeshException {
  private static final long serialVersionUID = 1L;

  /** A cancelled operation. */
  public OperationCancelledException(String message) {
    super(ErrorKind.CANCELLED, message);
  }
}
