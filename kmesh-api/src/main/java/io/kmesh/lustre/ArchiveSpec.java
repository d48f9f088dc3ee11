// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

import io.kmesh.Durability;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How files are archived.
 *
 * @param storeOrNull the store's name; null for the only one
 * @param durability what is waited for
 */
public record ArchiveSpec(@Nullable String storeOrNull, Durability durability) {
  /** The only store, {@link Durability#ARCHIVED}. */
  public static final ArchiveSpec DEFAULT = new ArchiveSpec(null, Durability.ARCHIVED);

  /** The store's name; empty for the only one. */
  public Optional<String> store() {
    return Optional.ofNullable(storeOrNull);
  }

  /** A builder that begins with these values. */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /** Builds a specification. Not thread-safe. */
  public static final class Builder {
    private @Nullable String store;
    private Durability durability;

    private Builder(ArchiveSpec spec) {
      this.store = spec.storeOrNull;
      this.durability = spec.durability;
    }

    /** The store, by its name. */
    public Builder to(String store) {
      this.store = store;
      return this;
    }

    /** What is waited for. */
    public Builder durability(Durability durability) {
      this.durability = durability;
      return this;
    }

    /** The specification. */
    public ArchiveSpec build() {
      return new ArchiveSpec(store, durability);
    }
  }
}
