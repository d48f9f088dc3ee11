// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A failure of a provider, with what it means ({@link #kind()}).
 *
 * <p>The message reads: Cannot VERB OBJECT: REASON. WHAT TO DO.
 */
public class ProviderException extends IOException {
  private static final long serialVersionUID = 1L;

  private final ErrorKind kind;
  private final @Nullable Errno errno;
  private final @Nullable Duration retryAfter;
  private final @Nullable String requestId;

  /** A failure of a kind. */
  public ProviderException(ErrorKind kind, String message) {
    this(kind, message, null);
  }

  /** A failure of a kind with its cause. */
  public ProviderException(ErrorKind kind, String message, @Nullable Throwable cause) {
    this(kind, message, cause, null, null, null);
  }

  /** A failure that an errno describes. */
  public ProviderException(Errno errno, String message) {
    this(errno.kind(), message, null, errno, null, null);
  }

  /** A failure with all its facts. */
  public ProviderException(
      ErrorKind kind,
      String message,
      @Nullable Throwable cause,
      @Nullable Errno errno,
      @Nullable Duration retryAfter,
      @Nullable String requestId) {
    super(message, cause);
    this.kind = kind;
    this.errno = errno;
    this.retryAfter = retryAfter;
    this.requestId = requestId;
  }

  /** What the failure means. */
  public ErrorKind kind() {
    return kind;
  }

  /** The errno, when an operating system call failed. */
  public Optional<Errno> errno() {
    return Optional.ofNullable(errno);
  }

  /** How long the provider asks to wait, when it says so. */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }

  /** The provider's own name of the request, when it gives one. */
  public Optional<String> requestId() {
    return Optional.ofNullable(requestId);
  }

  /** The kind of any failure of a read: a plain {@link IOException} is transient. */
  public static ErrorKind kindOfRead(Throwable failure) {
    return failure instanceof ProviderException p ? p.kind() : ErrorKind.TRANSIENT;
  }

  /** The kind of any failure of a mutation: a plain {@link IOException} has an unknown outcome. */
  public static ErrorKind kindOfMutation(Throwable failure) {
    return failure instanceof ProviderException p ? p.kind() : ErrorKind.UNKNOWN_OUTCOME;
  }
}
