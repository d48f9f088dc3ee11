// SPDX-License-Identifier: Apache-2.0
package io.kmesh.tiering;

import io.kmesh.lustre.HsmFlag;
import io.kmesh.unit.DataSize;
import io.kmesh.unit.Percent;
import java.time.Duration;
import java.util.List;

/** Which files a policy is about: a value that can be stored, printed and explained. */
public sealed interface Condition {
  /** Both this and the other. */
  default Condition and(Condition other) {
    return new All(List.of(this, other));
  }

  /** This or the other. */
  default Condition or(Condition other) {
    return new Any(List.of(this, other));
  }

  /** Not this. */
  default Condition negate() {
    return new Not(this);
  }

  /** Every file. */
  record Anything() implements Condition {}

  /**
   * All of these.
   *
   * @param parts the conditions
   */
  record All(List<Condition> parts) implements Condition {
    /** Copies the list. */
    public All {
      parts = List.copyOf(parts);
    }
  }

  /**
   * At least one of these.
   *
   * @param parts the conditions
   */
  record Any(List<Condition> parts) implements Condition {
    /** Copies the list. */
    public Any {
      parts = List.copyOf(parts);
    }
  }

  /**
   * Not this one.
   *
   * @param part the condition
   */
  record Not(Condition part) implements Condition {}

  /**
   * The path below the mount matches a glob: {@code *} within a name, {@code **} over names, {@code
   * ?} one byte.
   *
   * @param glob the pattern
   */
  record PathMatches(String glob) implements Condition {}

  /**
   * The size lies in a range.
   *
   * @param least the smallest
   * @param most the largest
   */
  record SizeBetween(DataSize least, DataSize most) implements Condition {}

  /**
   * The last use was longer ago than this.
   *
   * @param basis which time counts as use
   * @param age how long ago
   */
  record OlderThan(AgeBasis basis, Duration age) implements Condition {}

  /** Which time of a file counts. */
  enum AgeBasis {
    /** The later of access and modification: Lustre keeps access times lazily (relatime). */
    LAST_USE,
    /** The modification. */
    MODIFICATION
  }

  /**
   * The owner's number.
   *
   * @param uid the user
   */
  record OwnedBy(long uid) implements Condition {}

  /**
   * The project id.
   *
   * @param project the id
   */
  record InProject(long project) implements Condition {}

  /**
   * An HSM flag is set.
   *
   * @param flag the flag
   */
  record HasHsmFlag(HsmFlag flag) implements Condition {}

  /**
   * The data lie in a pool.
   *
   * @param pool the pool
   */
  record InPool(String pool) implements Condition {}

  /**
   * A pool is used to more than a share when the plan is made.
   *
   * @param pool the pool
   * @param share the share
   */
  record PoolAbove(String pool, Percent share) implements Condition {}
}
