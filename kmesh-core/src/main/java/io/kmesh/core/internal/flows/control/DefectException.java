// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.control;

import io.kmesh.KmeshException;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;

/**
 * The other site failed in a way that its software does not know: it would fail again. Whoever asks
 * says so once and stops.
 */
public final class DefectException extends ProviderException {
  private static final long serialVersionUID = 1L;

  /**
   * A defect.
   *
   * @param message as the other site says it
   */
  public DefectException(String message) {
    super(ErrorKind.INVALID, message);
  }

  /** Whether a failure is none that the software knows. */
  public static boolean is(Throwable failure) {
    return !(failure instanceof IOException
        || failure instanceof KmeshException
        || failure instanceof UncheckedIOException
        || failure instanceof IllegalArgumentException // what was asked makes no sense
        || failure instanceof CancellationException
        || failure instanceof RejectedExecutionException);
  }

  /** What people are told of one. */
  static String describe(Throwable failure) {
    return "It failed there by a defect of Kmesh ("
        + failure.getClass().getSimpleName()
        + (failure.getMessage() == null ? "" : ": " + failure.getMessage())
        + "). Its log has more; report it, and start the flow again when that is mended.";
  }
}
