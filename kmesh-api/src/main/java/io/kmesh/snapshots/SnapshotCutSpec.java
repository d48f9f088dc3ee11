// SPDX-License-Identifier: Apache-2.0
package io.kmesh.snapshots;

import io.kmesh.Endpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.function.Consumer;

/**
 * What several snapshots are taken of at one moment, and how, as a value.
 *
 * @param sites what is taken; no source twice
 * @param hooks the names of the quiesce hooks that bring the writers of all sites to rest, in the
 *     order of freezing; they are thawed in the reverse one. None: the snapshots are published
 *     together, but what is written meanwhile may tear them
 * @param hookDeadline what one call of a hook may take, above zero
 * @param frozenDeadline how long writers may rest, from the first freeze to the end of the walk
 *     over all sites, above zero
 */
public record SnapshotCutSpec(
    List<SnapshotSpec> sites, List<String> hooks, Duration hookDeadline, Duration frozenDeadline) {
  /** What one call of a hook may take unless something else is said. */
  public static final Duration HOOK_DEADLINE = Duration.ofSeconds(30);

  /** How long writers may rest unless something else is said. */
  public static final Duration FROZEN_DEADLINE = Duration.ofMinutes(2);

  /**
   * Copies the lists.
   *
   * @throws IllegalArgumentException when there is no site, one source or hook is named twice, or a
   *     deadline is not above zero
   */
  public SnapshotCutSpec {
    sites = List.copyOf(sites);
    hooks = List.copyOf(hooks);
    List<String> sources = sites.stream().map(site -> site.source().toString()).toList();
    if (sites.isEmpty() || new HashSet<>(sources).size() < sources.size()) {
      throw new IllegalArgumentException(
          "Cannot take snapshots of " + sources + " at one moment: name one or more, each once.");
    }
    if (new HashSet<>(hooks).size() < hooks.size()) {
      throw new IllegalArgumentException(
          "Cannot quiesce by " + hooks + ": one is named twice. Name each once.");
    }
    for (Duration deadline : List.of(hookDeadline, frozenDeadline)) {
      if (deadline.isNegative() || deadline.isZero()) {
        throw new IllegalArgumentException(
            "Cannot quiesce within " + deadline + ": give a deadline above zero.");
      }
    }
  }

  /** A builder of a specification. */
  public static Builder builder() {
    return new Builder();
  }

  /** A builder that begins with these values. */
  public Builder toBuilder() {
    Builder b = new Builder();
    b.sites.addAll(sites);
    b.hooks.addAll(hooks);
    b.hookDeadline = hookDeadline;
    b.frozenDeadline = frozenDeadline;
    return b;
  }

  /** Builds a specification. Not thread-safe. */
  public static final class Builder {
    private final List<SnapshotSpec> sites = new ArrayList<>();
    private final List<String> hooks = new ArrayList<>();
    private Duration hookDeadline = HOOK_DEADLINE;
    private Duration frozenDeadline = FROZEN_DEADLINE;

    private Builder() {}

    /** Takes a snapshot of a directory too. */
    public Builder site(Endpoint source, Consumer<SnapshotSpec.Builder> options) {
      SnapshotSpec.Builder builder = SnapshotSpec.of(source);
      options.accept(builder);
      return site(builder.build());
    }

    /** Takes this snapshot too. */
    public Builder site(SnapshotSpec site) {
      sites.add(site);
      return this;
    }

    /**
     * Freezes by a hook while the cut is taken, behind those that were named before.
     *
     * @param name as {@link io.kmesh.Kmesh.Builder#quiesceHook} was given it
     */
    public Builder hook(String name) {
      hooks.add(name);
      return this;
    }

    /** What one call of a hook may take; not called: {@link #HOOK_DEADLINE}. */
    public Builder hookDeadline(Duration deadline) {
      this.hookDeadline = deadline;
      return this;
    }

    /** How long writers may rest; not called: {@link #FROZEN_DEADLINE}. */
    public Builder frozenDeadline(Duration deadline) {
      this.frozenDeadline = deadline;
      return this;
    }

    /** The specification. */
    public SnapshotCutSpec build() {
      return new SnapshotCutSpec(sites, hooks, hookDeadline, frozenDeadline);
    }
  }
}
