// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/** Runs the calls of one store: checks first, then one request, whose failure is translated. */
final class S3Calls {
  /** What is refused before anything is sent. */
  interface Check {
    void run() throws ProviderException;
  }

  private final URI uri;
  private final S3Errors errors;
  private volatile boolean isClosed;

  S3Calls(URI uri, S3Errors errors) {
    this.uri = uri;
    this.errors = errors;
  }

  void close() {
    isClosed = true;
  }

  /** Runs the checks; a failure of the request is told as this deed's. */
  <T> CompletableFuture<T> call(Deed deed, Check check, Supplier<CompletableFuture<T>> request) {
    try {
      if (isClosed) {
        throw new ProviderException(
            ErrorKind.INVALID,
            "Cannot "
                + deed.verb()
                + " "
                + deed.object()
                + " in "
                + uri
                + ": the store is closed. Open it anew.");
      }
      check.run();
      return send(deed, request);
    } catch (ProviderException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** A further request of a call whose checks have passed. */
  @SuppressWarnings("FutureReturnValueIgnored") // the future within the future is flattened
  <T> CompletableFuture<T> send(Deed deed, Supplier<CompletableFuture<T>> request) {
    CompletableFuture<T> sent;
    try {
      sent = request.get();
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(errors.of(deed, e));
    }
    if (isThere(sent)) {
      return sent;
    }
    return sent.handle(
            (value, failure) ->
                failure == null
                    ? CompletableFuture.completedFuture(value)
                    : CompletableFuture.<T>failedFuture(errors.of(deed, cause(failure))))
        .thenCompose(f -> f);
  }

  /**
   * Whether a value has come already: what was sent in the caller's thread needs no more stages.
   */
  static boolean isThere(CompletableFuture<?> sent) {
    return sent.isDone() && !sent.isCompletedExceptionally();
  }

  /** What really failed. */
  static Throwable cause(Throwable failure) {
    Throwable cause = failure;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }
}
