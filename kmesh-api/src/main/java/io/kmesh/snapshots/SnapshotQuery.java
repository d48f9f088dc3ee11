// SPDX-License-Identifier: Apache-2.0
package io.kmesh.snapshots;

import io.kmesh.Endpoint;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which snapshots are meant, as a value: those that fit all that is said.
 *
 * @param repositoryOrNull of this repository; null for all that exist
 * @param nameOrNull of this name; null for any
 * @param sourceOrNull of this source, as {@link Snapshot#source} prints it; null for any
 * @param tags with these tags; an empty value fits any
 */
public record SnapshotQuery(
    @Nullable String repositoryOrNull,
    @Nullable String nameOrNull,
    @Nullable String sourceOrNull,
    Map<String, String> tags) {
  /** All snapshots. */
  public static final SnapshotQuery ALL = new SnapshotQuery(null, null, null, Map.of());

  /** Copies and sorts the tags. */
  public SnapshotQuery {
    tags = Collections.unmodifiableSortedMap(new TreeMap<>(tags));
  }

  /** Of this repository; empty for all that exist. */
  public Optional<String> repository() {
    return Optional.ofNullable(repositoryOrNull);
  }

  /** Of this name; empty for any. */
  public Optional<String> name() {
    return Optional.ofNullable(nameOrNull);
  }

  /** Of this source; empty for any. */
  public Optional<String> source() {
    return Optional.ofNullable(sourceOrNull);
  }

  /** A builder that begins with this. */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /** Builds a query. Not thread-safe. */
  public static final class Builder {
    private @Nullable String repository;
    private @Nullable String name;
    private @Nullable String source;
    private final Map<String, String> tags;

    private Builder(SnapshotQuery query) {
      this.repository = query.repositoryOrNull;
      this.name = query.nameOrNull;
      this.source = query.sourceOrNull;
      this.tags = new TreeMap<>(query.tags);
    }

    /** Only those of this repository. */
    public Builder in(String repository) {
      this.repository = repository;
      return this;
    }

    /** Only those of this name. */
    public Builder named(String name) {
      this.name = name;
      return this;
    }

    /** Only those of this endpoint. */
    public Builder of(Endpoint source) {
      this.source = source.toString();
      return this;
    }

    /** Only those with this tag, whatever its value. */
    public Builder tag(String tag) {
      return tag(tag, "");
    }

    /** Only those with this tag and value. */
    public Builder tag(String tag, String value) {
      this.tags.put(tag, value);
      return this;
    }

    /** The query. */
    public SnapshotQuery build() {
      return new SnapshotQuery(repository, name, source, tags);
    }
  }
}
