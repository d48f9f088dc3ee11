// SPDX-License-Identifier: Apache-2.0
package io.kmesh.tiering;

import io.kmesh.lustre.HsmFlag;
import io.kmesh.unit.DataSize;
import io.kmesh.unit.Percent;
import java.time.Duration;

/** Words for conditions, for static import: {@code age().moreThan(days(30))}. */
public final class Conditions {
  private Conditions() {}

  /** Every file. */
  public static Condition anything() {
    return new Condition.Anything();
  }

  /** The time since the last use: the later of access and modification. */
  public static Age age() {
    return new Age(Condition.AgeBasis.LAST_USE);
  }

  /** The time since the last modification. */
  public static Age ageOfContent() {
    return new Age(Condition.AgeBasis.MODIFICATION);
  }

  /** The size. */
  public static Size size() {
    return new Size();
  }

  /** The path below the mount matches a glob ({@code *}, {@code **}, {@code ?}). */
  public static Condition path(String glob) {
    return new Condition.PathMatches(glob);
  }

  /** The owner is this user. */
  public static Condition owner(long uid) {
    return new Condition.OwnedBy(uid);
  }

  /** The project is this one. */
  public static Condition project(long id) {
    return new Condition.InProject(id);
  }

  /** The HSM state has a flag. */
  public static Condition hsm(HsmFlag flag) {
    return new Condition.HasHsmFlag(flag);
  }

  /** The data lie in a pool. */
  public static Condition inPool(String pool) {
    return new Condition.InPool(pool);
  }

  /** A pool's usage. */
  public static Usage poolUsage(String pool) {
    return new Usage(pool);
  }

  /** Conditions on an age. */
  public static final class Age {
    private final Condition.AgeBasis basis;

    private Age(Condition.AgeBasis basis) {
      this.basis = basis;
    }

    /** Longer ago than this. */
    public Condition moreThan(Duration age) {
      return new Condition.OlderThan(basis, age);
    }
  }

  /** Conditions on a size. */
  public static final class Size {
    private Size() {}

    /** This size or more. */
    public Condition atLeast(DataSize size) {
      return new Condition.SizeBetween(size, DataSize.ofBytes(Long.MAX_VALUE));
    }

    /** This size or less. */
    public Condition atMost(DataSize size) {
      return new Condition.SizeBetween(DataSize.ZERO, size);
    }
  }

  /** Conditions on a pool's usage. */
  public static final class Usage {
    private final String pool;

    private Usage(String pool) {
      this.pool = pool;
    }

    /** More than this share is in use. */
    public Condition above(Percent share) {
      return new Condition.PoolAbove(pool, share);
    }
  }
}
