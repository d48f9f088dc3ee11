// SPDX-License-Identifier: Apache-2.0
package io.kmesh.snapshots;

import io.kmesh.Endpoint;
import io.kmesh.path.PathBytes;
import org.jspecify.annotations.Nullable;

/**
 * What of a snapshot is restored, and where, as a value.
 *
 * @param path what: a directory with all in it, or one entry; empty for all
 * @param target where
 * @param placement how the path and the target belong together
 * @param existing what is done with what is there and differs
 */
public record RestoreSpec(PathBytes path, Endpoint target, Placement placement, Existing existing) {
  /** How the path of a snapshot and the target belong together. */
  public enum Placement {
    /** A directory's entries, or the one entry, go into the target. */
    INTO,
    /** The target stands for the snapshot's top: everything goes where it was below it. */
    IN_PLACE
  }

  /** What is done with what is there and differs. */
  public enum Existing {
    /** The restore is refused. One that was cut is gone on with. */
    REFUSE,
    /** It is replaced, file by file; what the snapshot does not have stays. */
    REPLACE
  }

  /** Takes away slashes that are too many. */
  public RestoreSpec {
    PathBytes normal = PathBytes.EMPTY;
    for (PathBytes name : path.names()) {
      normal = normal.resolve(name);
    }
    path = normal;
  }

  /** A builder of a specification: all, into a target that is to be named, replacing nothing. */
  public static Builder builder() {
    return new Builder();
  }

  /** A builder that begins with these values. */
  public Builder toBuilder() {
    Builder b = new Builder();
    b.path = path;
    b.target = target;
    b.placement = placement;
    b.existing = existing;
    return b;
  }

  /** Builds a specification. Not thread-safe. */
  public static final class Builder {
    private PathBytes path = PathBytes.EMPTY;
    private @Nullable Endpoint target;
    private Placement placement = Placement.INTO;
    private Existing existing = Existing.REFUSE;

    private Builder() {}

    /** Restores what is at a path only. */
    public Builder path(String path) {
      return path(PathBytes.of(path));
    }

    /** Restores what is at a path only. */
    public Builder path(PathBytes path) {
      this.path = path;
      return this;
    }

    /** Restores into a directory, which is made where it is missing. */
    public Builder to(Endpoint target) {
      this.target = target;
      this.placement = Placement.INTO;
      return this;
    }

    /**
     * Restores over a tree: each entry goes where it was, and what differs is replaced. Only by a
     * plan: {@link Snapshot#planRestore}.
     *
     * @param top what stands for the snapshot's top
     */
    public Builder inPlace(Endpoint top) {
      this.target = top;
      this.placement = Placement.IN_PLACE;
      this.existing = Existing.REPLACE;
      return this;
    }

    /** Replaces what is there and differs. */
    public Builder replace() {
      this.existing = Existing.REPLACE;
      return this;
    }

    /**
     * The specification.
     *
     * @throws IllegalArgumentException when no target was given
     */
    public RestoreSpec build() {
      if (target == null) {
        throw new IllegalArgumentException(
            "Cannot restore: no target was given. Call to(..) or inPlace(..).");
      }
      return new RestoreSpec(path, target, placement, existing);
    }
  }
}
