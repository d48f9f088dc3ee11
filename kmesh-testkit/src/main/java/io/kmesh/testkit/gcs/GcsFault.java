// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.gcs;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What goes wrong with the next request of an operation. Immutable.
 *
 * @param operation as {@link FakeGcs#requests(String)} names it
 * @param kind what happens
 * @param status the answer's status, of STATUS
 * @param retryAfter what the answer asks to wait, of STATUS
 */
public record GcsFault(String operation, Kind kind, int status, @Nullable Duration retryAfter) {
  /** What happens. */
  public enum Kind {
    /** Nothing is done, and an error is answered. */
    STATUS,
    /** It is done, and the connection ends without an answer. */
    LOSE_REPLY,
    /** It is done, and the connection ends in the middle of the answer's body. */
    TRUNCATE,
    /** A byte of the request's body arrives as another. */
    CORRUPT_REQUEST,
    /** A byte of the answer's body arrives as another. */
    CORRUPT_REPLY
  }

  /** An answer of a status without a time to wait. */
  public static GcsFault status(String operation, int status) {
    return new GcsFault(operation, Kind.STATUS, status, null);
  }

  /** An answer of a status with a time to wait, in whole seconds. */
  public static GcsFault status(String operation, int status, Duration retryAfter) {
    return new GcsFault(operation, Kind.STATUS, status, retryAfter);
  }

  /** Any other kind. */
  public static GcsFault of(String operation, Kind kind) {
    return new GcsFault(operation, kind, 0, null);
  }
}
