// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.store;

/** What must hold of the stored object for a mutation to take effect; else PRECONDITION. */
public sealed interface Condition {
  /** Nothing need hold. */
  static Condition none() {
    return None.NONE;
  }

  /** The key does not exist. */
  static Condition absent() {
    return Absent.ABSENT;
  }

  /** The stored object has this ETag. */
  static Condition matches(String etag) {
    return new Matches(etag);
  }

  /** Nothing need hold. */
  enum None implements Condition {
    /** The only one. */
    NONE
  }

  /** The key does not exist. */
  enum Absent implements Condition {
    /** The only one. */
    ABSENT
  }

  /**
   * The stored object has an ETag.
   *
   * @param etag the ETag as the store gave it
   */
  record Matches(String etag) implements Condition {}
}
