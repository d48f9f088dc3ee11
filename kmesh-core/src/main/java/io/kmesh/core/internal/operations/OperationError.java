// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.operations;

import io.kmesh.KmeshException;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * Why an operation ended without a result. Immutable.
 *
 * @param kind what it means
 * @param message a sentence for people
 * @param context facts by name, never secrets
 */
public record OperationError(ErrorKind kind, String message, Map<String, String> context) {
  /** Copies and sorts the context. */
  public OperationError {
    context = Collections.unmodifiableMap(new TreeMap<>(context));
  }

  /** The stored form of a failure: what is not typed has an unknown outcome. */
  public static OperationError of(Throwable failure) {
    String message =
        failure.getMessage() == null ? failure.getClass().getName() : failure.getMessage();
    if (failure instanceof KmeshException e) {
      return new OperationError(e.kind(), message, e.context());
    }
    if (failure instanceof ProviderException e) {
      Map<String, String> context = new TreeMap<>();
      e.requestId().ifPresent(id -> context.put("requestId", id));
      e.errno().ifPresent(errno -> context.put("errno", errno.name()));
      return new OperationError(e.kind(), message, context);
    }
    return new OperationError(
        ErrorKind.UNKNOWN_OUTCOME, message, Map.of("exception", failure.getClass().getName()));
  }
}
