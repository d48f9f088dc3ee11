// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi;

/** What a provider's failure means to the caller. */
public enum ErrorKind {
  /** The object does not exist. */
  NOT_FOUND,
  /** The object exists and was asked to be new. */
  EXISTS,
  /** A condition on the object's version did not hold; nothing was changed. */
  PRECONDITION,
  /** The caller may not do this. */
  DENIED,
  /** The caller's credentials or handle have expired; new ones may work. */
  EXPIRED,
  /** The provider asks for fewer requests; nothing was changed. */
  THROTTLED,
  /** Nothing was changed and the same call may work later. */
  TRANSIENT,
  /** The request itself is wrong and will always fail. */
  INVALID,
  /** Stored data is damaged, or is not what was stored. */
  CORRUPT,
  /** No space, quota or inodes are left. */
  NO_SPACE,
  /** The provider cannot do this at all; its capabilities say so. */
  UNSUPPORTED,
  /** The work was cancelled; nothing was published. */
  CANCELLED,
  /** The bytes are in an archive and can't be read before they were restored. */
  ARCHIVED,
  /** The request may or may not have taken effect: look before acting again. */
  UNKNOWN_OUTCOME;

  /** Whether the same call may succeed later without anyone's help. */
  public boolean isRetryable() {
    return this == THROTTLED || this == TRANSIENT || this == EXPIRED;
  }
}
