// SPDX-License-Identifier: Apache-2.0
package io.kmesh.repository;

import io.kmesh.unit.Percent;
import java.time.Duration;

/**
 * How a repository is pruned.
 *
 * @param rewriteBelow packs of which less than this share is used are written again, the rest stay
 * @param deadAfter sessions that began longer ago count as dead. One that lives on is told when it
 *     publishes; it loses time, nothing that was published
 */
public record PruneSpec(Percent rewriteBelow, Duration deadAfter) {
  /** Rewrites packs of which less than half is used; sessions of a day ago are dead. */
  public static final PruneSpec DEFAULT = new PruneSpec(new Percent(50), Duration.ofDays(1));

  /** Checks the range. */
  public PruneSpec {
    if (deadAfter.isNegative()) {
      throw new IllegalArgumentException(
          "Cannot take sessions for dead after " + deadAfter + ". Give zero or more.");
    }
  }

  /** A builder that begins with these values. */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /** Builds a specification. Not thread-safe. */
  public static final class Builder {
    private Percent rewriteBelow;
    private Duration deadAfter;

    private Builder(PruneSpec spec) {
      this.rewriteBelow = spec.rewriteBelow;
      this.deadAfter = spec.deadAfter;
    }

    /** Writes packs again of which less than this share is used. */
    public Builder rewriteBelow(Percent share) {
      this.rewriteBelow = share;
      return this;
    }

    /** Takes sessions that began longer ago for dead. */
    public Builder deadAfter(Duration age) {
      this.deadAfter = age;
      return this;
    }

    /** The specification. */
    public PruneSpec build() {
      return new PruneSpec(rewriteBelow, deadAfter);
    }
  }
}
