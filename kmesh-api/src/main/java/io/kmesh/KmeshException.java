// SPDX-License-Identifier: Apache-2.0
package io.kmesh;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A failure of a user's call. The message reads: Cannot VERB OBJECT: REASON with values. WHAT TO
 * DO.
 */
public class KmeshException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ErrorKind kind;
  private final transient Map<String, String> context;

  /** A failure of a kind. */
  public KmeshException(ErrorKind kind, String message) {
    this(kind, message, Map.of(), null);
  }

  /** A failure of a kind with its cause. */
  public KmeshException(ErrorKind kind, String message, @Nullable Throwable cause) {
    this(kind, message, Map.of(), cause);
  }

  /** A failure with facts by name. */
  public KmeshException(
      ErrorKind kind, String message, Map<String, String> context, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
    this.context = Collections.unmodifiableMap(new TreeMap<>(context));
  }

  /** The unchecked form of a failed read. */
  public static KmeshException ofRead(IOException failure) {
    return new KmeshException(
        ProviderException.kindOfRead(failure), String.valueOf(failure.getMessage()), failure);
  }

  /** The unchecked form of a failed mutation. */
  public static KmeshException ofMutation(IOException failure) {
    return new KmeshException(
        ProviderException.kindOfMutation(failure), String.valueOf(failure.getMessage()), failure);
  }

  /** What the failure means. */
  public ErrorKind kind() {
    return kind;
  }

  /** Whether the same call may succeed later without anyone's help. */
  public boolean isRetryable() {
    return kind.isRetryable();
  }

  /** Facts by name, never secrets; empty after deserialisation. */
  public Map<String, String> context() {
    return context == null ? Map.of() : context;
  }
}
