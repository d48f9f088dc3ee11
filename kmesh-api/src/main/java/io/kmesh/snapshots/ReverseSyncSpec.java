// SPDX-License-Identifier: Apache-2.0
package io.kmesh.snapshots;

import io.kmesh.Endpoint;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where the changes of a virtual copy are brought, and how, as a value.
 *
 * @param targetOrNull the tree; null for what the copy's snapshot was taken of
 * @param rule what becomes of what both changed
 */
public record ReverseSyncSpec(@Nullable Endpoint targetOrNull, ConflictRule rule) {
  /** The tree; empty for what the copy's snapshot was taken of. */
  public Optional<Endpoint> target() {
    return Optional.ofNullable(targetOrNull);
  }

  /** A builder of a specification: to the snapshot's source, leaving what both changed. */
  public static Builder builder() {
    return new Builder();
  }

  /** A builder that begins with these values. */
  public Builder toBuilder() {
    Builder b = new Builder();
    b.target = targetOrNull;
    b.rule = rule;
    return b;
  }

  /** Builds a specification. Not thread-safe. */
  public static final class Builder {
    private @Nullable Endpoint target;
    private ConflictRule rule = ConflictRule.SKIP;

    private Builder() {}

    /** Brings the changes to another tree, such as a restore of the snapshot. */
    public Builder to(Endpoint tree) {
      this.target = tree;
      return this;
    }

    /** What becomes of what both the copy and the tree changed; {@link ConflictRule#SKIP} else. */
    public Builder onConflict(ConflictRule conflictRule) {
      this.rule = conflictRule;
      return this;
    }

    /** The specification. */
    public ReverseSyncSpec build() {
      return new ReverseSyncSpec(target, rule);
    }
  }
}
