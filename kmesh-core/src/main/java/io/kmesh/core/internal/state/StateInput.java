// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.state.StateChange;
import java.time.Duration;
import java.util.List;

/** Checks what callers pass in. Stateless. */
final class StateInput {
  /** The largest payload: 16 MiB. */
  private static final int LARGEST_PAYLOAD = 16 << 20;

  private static final int LARGEST_LIMIT = 10_000;
  private static final Duration LONGEST_LEASE = Duration.ofDays(3650);

  private StateInput() {}

  /**
   * Refuses a text that has no UTF-8 form, since two of them would become one.
   *
   * @param what its role, for the message
   */
  static void requireText(String what, String text) throws ProviderException {
    if (!Utf8Order.isWellFormed(text)) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot store the "
              + what
              + " of "
              + text.length()
              + " chars: it holds half a surrogate pair, which has no UTF-8 form. Encode it first,"
              + " in hex for example.");
    }
  }

  /** Refuses changes that can't be stored. */
  static void requireStorable(List<StateChange> changes) throws ProviderException {
    for (StateChange change : changes) {
      requireText("kind", change.key().kind());
      requireText("id", change.key().id());
      if (change instanceof StateChange.Put put) {
        requireText("owner", put.owner());
        if (put.payload().length > LARGEST_PAYLOAD) {
          throw new ProviderException(
              ErrorKind.INVALID,
              "Cannot store the record "
                  + put.key().kind()
                  + "/"
                  + put.key().id()
                  + ": its payload has "
                  + put.payload().length
                  + " bytes, "
                  + LARGEST_PAYLOAD
                  + " are allowed. Split it.");
        }
      }
    }
  }

  /** Refuses a page size out of range. */
  static void requireLimit(int limit) {
    if (limit < 1 || limit > LARGEST_LIMIT) {
      throw new IllegalArgumentException(
          "Cannot read " + limit + " rows: 1 to " + LARGEST_LIMIT + " are allowed. Read in pages.");
    }
  }

  /** Refuses a time to live out of range. */
  static void requireTimeToLive(Duration timeToLive) {
    if (timeToLive.isNegative() || timeToLive.isZero() || timeToLive.compareTo(LONGEST_LEASE) > 0) {
      throw new IllegalArgumentException(
          "Cannot take a lease for "
              + timeToLive
              + ": more than zero and at most "
              + LONGEST_LEASE.toDays()
              + " days are allowed. Renew it instead.");
    }
  }
}
