// SPDX-License-Identifier: Apache-2.0
package io.kmesh;

import io.kmesh.spi.ErrorKind;
import org.jspecify.annotations.Nullable;

/**
 * It is not known whether the operation took effect. Nothing was deleted and nothing is retried
 * blindly: {@link Operations#reconcile(OperationId)} reads the world and decides.
 */
public final class OutcomeUnknownException extends KmeshException {
  private static final long serialVersionUID = 1L;

  private final String operation;

  /** An operation of unknown outcome. */
  public OutcomeUnknownException(OperationId operation, String message, @Nullable Throwable cause) {
    super(ErrorKind.UNKNOWN_OUTCOME, message, cause);
    this.operation = operation.value();
  }

  /** The operation. */
  public OperationId operation() {
    return new OperationId(operation);
  }
}
