// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.concurrent.CompletionException;

/** Makes the failure of a stage one that can be thrown here. */
final class Failures {
  private Failures() {}

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
