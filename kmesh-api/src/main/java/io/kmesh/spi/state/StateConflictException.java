// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.state;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;

/** A record did not have the expected version; nothing of the batch was applied. */
public final class StateConflictException extends ProviderException {
  private static final long serialVersionUID = 1L;

  private final transient RecordKey key;

  /** A conflict on a record. */
  public StateConflictException(RecordKey key, long expected, long found) {
    super(
        ErrorKind.PRECONDITION,
        "Cannot change the record "
            + key.kind()
            + "/"
            + key.id()
            + ": version "
            + (found == StateChange.ABSENT ? "none" : Long.toString(found))
            + " is there, not "
            + (expected == StateChange.ABSENT ? "none" : Long.toString(expected))
            + ". Read it again and decide anew.");
    this.key = key;
  }

  /** The record. */
  public RecordKey key() {
    return key;
  }
}
