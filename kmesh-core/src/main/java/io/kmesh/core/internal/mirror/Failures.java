// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.CompletionException;

/** What failures are, and the failure of a stage as one that can be thrown here. */
final class Failures {
  /** After these the same may succeed later, and goes on with what was done. */
  private static final Set<ErrorKind> PASSING =
      Set.of(
          ErrorKind.CANCELLED,
          ErrorKind.TRANSIENT,
          ErrorKind.THROTTLED,
          ErrorKind.EXPIRED,
          ErrorKind.UNKNOWN_OUTCOME);

  private Failures() {}

  /** Whether what was done before a failure is of use when the same is begun again later. */
  static boolean isPassing(Exception failure) {
    return failure instanceof IOException e
        && PASSING.contains(ProviderException.kindOfMutation(e));
  }

  /** The failure that a stage's wrapper holds; unchecked ones are thrown as they are. */
  static IOException of(CompletionException wrapper) {
    Throwable cause = wrapper;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof ProviderException p) {
      return new ProviderException(
          p.kind(),
          String.valueOf(p.getMessage()),
          p,
          p.errno().orElse(null),
          p.retryAfter().orElse(null),
          p.requestId().orElse(null));
    }
    if (cause instanceof RuntimeException r) {
      throw r;
    }
    return new IOException(String.valueOf(cause.getMessage()), cause);
  }
}
