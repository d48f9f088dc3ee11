// SPDX-License-Identifier: Apache-2.0
package io.kmesh.tiering;

import io.kmesh.Cluster;
import io.kmesh.path.PathBytes;
import io.kmesh.unit.Percent;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A tiering policy as a value.
 *
 * @param name its name
 * @param cluster the cluster's name
 * @param under only files at or below this path
 * @param condition which files it is about
 * @param archiveToOrNull the store that they are archived to
 * @param release whether they are released once archived
 * @param moveToOrNull the pool that their data move to
 * @param watermarksOrNull when it begins and where it stops; null for always and all
 * @param keepNewestOrNull how many of each sequence stay untouched
 * @param promoteOrNull which files come back to a pool because they are used
 */
public record TieringPolicy(
    String name,
    String cluster,
    PathBytes under,
    Condition condition,
    @Nullable String archiveToOrNull,
    Release release,
    @Nullable String moveToOrNull,
    @Nullable Watermarks watermarksOrNull,
    @Nullable KeepNewest keepNewestOrNull,
    @Nullable Promote promoteOrNull) {

  /** Whether files are released. */
  public enum Release {
    /** They keep their data. */
    NO,
    /** Their data are dropped once they are in the archive. */
    ONCE_ARCHIVED
  }

  /**
   * When a policy begins and where it stops.
   *
   * @param poolOrNull the pool whose usage counts; null for all OSTs together
   * @param high it begins above this share
   * @param low it stops at or below this share
   */
  public record Watermarks(@Nullable String poolOrNull, Percent high, Percent low) {
    /** Checks the order. */
    public Watermarks {
      if (low.compareTo(high) >= 0) {
        throw new IllegalArgumentException(
            "The low watermark (" + low + ") must be below the high one (" + high + ").");
      }
    }

    /** The pool whose usage counts. */
    public Optional<String> pool() {
      return Optional.ofNullable(poolOrNull);
    }
  }

  /**
   * Keeps the newest files of each sequence, such as checkpoints: names in one directory that
   * differ in their last number only. The digit that ends a short extension ({@code .h5}, {@code
   * .bz2}) is no number.
   *
   * @param count how many stay
   * @param glob which names form sequences
   */
  public record KeepNewest(int count, String glob) {
    /** Checks the range. */
    public KeepNewest {
      if (count < 1) {
        throw new IllegalArgumentException("Keep at least 1 of a sequence, not " + count + ".");
      }
    }
  }

  /**
   * Brings files back that are used.
   *
   * @param fromPool the pool where they are now
   * @param toPool the pool that they move to
   * @param usedWithin how recently they were read or written
   */
  public record Promote(String fromPool, String toPool, Duration usedWithin) {}

  /** Checks that the policy does something and is whole. */
  public TieringPolicy {
    if (archiveToOrNull == null && moveToOrNull == null && promoteOrNull == null) {
      throw new IllegalArgumentException(
          "Cannot make the tiering policy \""
              + name
              + "\": it does nothing. Call archiveTo, moveTo or promote.");
    }
    if (release == Release.ONCE_ARCHIVED && archiveToOrNull == null) {
      throw new IllegalArgumentException(
          "Cannot make the tiering policy \""
              + name
              + "\": it releases without archiving. Call archiveTo before thenRelease.");
    }
    if (watermarksOrNull != null) {
      String watched = watermarksOrNull.poolOrNull();
      boolean movesAway = moveToOrNull != null && watched != null && !watched.equals(moveToOrNull);
      if (release == Release.NO && !movesAway) {
        throw new IllegalArgumentException(
            "Cannot make the tiering policy \""
                + name
                + "\": it frees nothing of what its watermarks watch ("
                + (watched == null ? "all OSTs" : "pool " + watched)
                + "). Call thenRelease, or moveTo another pool than the one that is watched.");
      }
    }
  }

  /** The store that files are archived to. */
  public Optional<String> archiveTo() {
    return Optional.ofNullable(archiveToOrNull);
  }

  /** The pool that files' data move to. */
  public Optional<String> moveTo() {
    return Optional.ofNullable(moveToOrNull);
  }

  /** When it begins and where it stops. */
  public Optional<Watermarks> watermarks() {
    return Optional.ofNullable(watermarksOrNull);
  }

  /** How many of each sequence stay untouched. */
  public Optional<KeepNewest> keepNewest() {
    return Optional.ofNullable(keepNewestOrNull);
  }

  /** Which files come back because they are used. */
  public Optional<Promote> promote() {
    return Optional.ofNullable(promoteOrNull);
  }

  /** A builder of a policy of this name. */
  public static Builder builder(String name) {
    return new Builder(name);
  }

  /** A builder that begins with this policy. */
  public Builder toBuilder() {
    Builder b = new Builder(name);
    b.cluster = cluster;
    b.under = under;
    b.condition = condition;
    b.archiveTo = archiveToOrNull;
    b.release = release;
    b.moveTo = moveToOrNull;
    b.watermarks = watermarksOrNull;
    b.keepNewest = keepNewestOrNull;
    b.promote = promoteOrNull;
    return b;
  }

  /** Builds a policy. Not thread-safe. */
  public static final class Builder {
    private final String name;
    private @Nullable String cluster;
    private PathBytes under = PathBytes.EMPTY;
    private Condition condition = Conditions.anything();
    private @Nullable String archiveTo;
    private Release release = Release.NO;
    private @Nullable String moveTo;
    private @Nullable Watermarks watermarks;
    private @Nullable KeepNewest keepNewest;
    private @Nullable Promote promote;

    private Builder(String name) {
      this.name = name;
    }

    /** The cluster. */
    public Builder on(Cluster cluster) {
      this.cluster = cluster.name();
      return this;
    }

    /** The cluster by name. */
    public Builder on(String cluster) {
      this.cluster = cluster;
      return this;
    }

    /** Only files at or below a path. */
    public Builder under(String path) {
      PathBytes joined = PathBytes.EMPTY;
      for (PathBytes part : PathBytes.of(path).names()) {
        joined = joined.resolve(part);
      }
      this.under = joined;
      return this;
    }

    /** Which files it is about; all regular ones when it is not called. */
    public Builder when(Condition condition) {
      this.condition = condition;
      return this;
    }

    /** Archives them to a store. */
    public Builder archiveTo(String store) {
      this.archiveTo = store;
      return this;
    }

    /** Releases them once they are archived. */
    public Builder thenRelease() {
      this.release = Release.ONCE_ARCHIVED;
      return this;
    }

    /** Moves their data to a pool. */
    public Builder moveTo(String pool) {
      this.moveTo = pool;
      return this;
    }

    /** Begins above the high share of all OSTs' space and stops at the low one. */
    public Builder watermarks(Percent high, Percent low) {
      this.watermarks = new Watermarks(null, high, low);
      return this;
    }

    /** Begins above the high share of a pool's space and stops at the low one. */
    public Builder watermarks(String pool, Percent high, Percent low) {
      this.watermarks = new Watermarks(pool, high, low);
      return this;
    }

    /**
     * Keeps the newest of each sequence untouched.
     *
     * @param glob names that form sequences, such as {@code ckpt.*}
     */
    public Builder keepNewest(int count, String glob) {
      this.keepNewest = new KeepNewest(count, glob);
      return this;
    }

    /** Brings files of a pool to another when they were used lately. */
    public Builder promote(String fromPool, String toPool, Duration usedWithin) {
      this.promote = new Promote(fromPool, toPool, usedWithin);
      return this;
    }

    /**
     * The policy.
     *
     * @throws IllegalArgumentException when no cluster was given or it would do nothing
     */
    public TieringPolicy build() {
      if (cluster == null) {
        throw new IllegalArgumentException(
            "Cannot make the tiering policy \"" + name + "\": no cluster was given. Call on(..).");
      }
      return new TieringPolicy(
          name,
          cluster,
          under,
          condition,
          archiveTo,
          release,
          moveTo,
          watermarks,
          keepNewest,
          promote);
    }
  }
}
