// SPDX-License-Identifier: Apache-2.0
package io.kmesh.flows;

import io.kmesh.Endpoint;
import io.kmesh.path.PathBytes;
import io.kmesh.unit.DataSize;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a flow joins, and how, as a value; its stored form is docs/format/flow-spec.md.
 *
 * @param source where changes are made
 * @param target what is kept equal to it; of a flow that gives access, where its cache is
 * @param mode how the target follows
 * @param sensitive paths below the flow's top, with slashes, whose files are read under a grant
 *     alone, with all below them; sorted. Of flows that give access
 * @param changelogUsers the changelog user of each MDT of the source's Lustre, by the MDT's index,
 *     for this flow alone: changes are found by its records; none: by walking the tree
 * @param scanPause how long the source rests between two walks over the tree; with changelog users
 *     these are audits of what the records said
 * @param deleteGuard how many entries may vanish at once
 * @param rate how many bytes a second each site may send
 * @param protectionOrNull when snapshots are taken of what it writes; null for never
 */
public record FlowSpec(
    Endpoint source,
    Endpoint target,
    FlowMode mode,
    List<String> sensitive,
    Map<Integer, String> changelogUsers,
    Duration scanPause,
    DeleteGuard deleteGuard,
    FlowRate rate,
    @Nullable FlowProtection protectionOrNull) {
  /** Copies and sorts, and checks what can be checked without looking. */
  public FlowSpec {
    changelogUsers = Collections.unmodifiableSortedMap(new TreeMap<>(changelogUsers));
    if (source.equals(target)) {
      throw new IllegalArgumentException(
          "Cannot make a flow from " + source + " to itself. Name two places.");
    }
    boolean canHaveChangelogs =
        source instanceof Endpoint.LustrePath || source instanceof Endpoint.SitePath;
    if (!changelogUsers.isEmpty() && !canHaveChangelogs) {
      throw new IllegalArgumentException(
          "Cannot follow "
              + source
              + " by changelog: it is no path of a Lustre. Name a cluster's path, or no changelog"
              + " user.");
    }
    if (scanPause.isNegative() || scanPause.isZero()) {
      throw new IllegalArgumentException(
          "Cannot rest for " + scanPause + " between two walks: give more than zero.");
    }
    TreeSet<String> paths = new TreeSet<>();
    sensitive.forEach(path -> paths.add(normal(path)));
    sensitive = List.copyOf(paths);
    if (!sensitive.isEmpty() && !(mode instanceof FlowMode.Access)) {
      throw new IllegalArgumentException(
          "Cannot have sensitive paths in a flow whose target is a copy: nobody guards what is read"
              + " there. Make a flow with access().");
    }
  }

  /** Names with one slash between them. */
  private static String normal(String path) {
    int names = PathBytes.of(path).names().size(); // refuses what is no path
    String normal =
        Arrays.stream(path.split("/")).filter(n -> !n.isEmpty()).collect(Collectors.joining("/"));
    return names == 0 ? "" : normal;
  }

  /** When snapshots are taken of what it writes; empty for never. */
  public Optional<FlowProtection> protection() {
    return Optional.ofNullable(protectionOrNull);
  }

  /** Begins a specification. */
  public static Builder builder() {
    return new Builder();
  }

  /** A builder that begins with these values. */
  public Builder toBuilder() {
    Builder builder = new Builder();
    builder.source = source;
    builder.target = target;
    builder.mode = mode;
    builder.sensitive.addAll(sensitive);
    builder.changelogUsers.putAll(changelogUsers);
    builder.scanPause = scanPause;
    builder.deleteGuard = deleteGuard;
    builder.rate = rate;
    builder.protection = protectionOrNull;
    return builder;
  }

  /** Builds a specification. Not thread-safe. */
  public static final class Builder {
    private static final Duration SCAN = Duration.ofSeconds(30);
    private static final Duration AUDIT = Duration.ofHours(24);

    private @Nullable Endpoint source;
    private @Nullable Endpoint target;
    private FlowMode mode = FlowMode.Async.DEFAULT;
    private final List<String> sensitive = new ArrayList<>();
    private final Map<Integer, String> changelogUsers = new TreeMap<>();
    private @Nullable Duration scanPause;
    private DeleteGuard deleteGuard = DeleteGuard.DEFAULT;
    private FlowRate rate = FlowRate.UNLIMITED;
    private @Nullable FlowProtection protection;

    private Builder() {}

    /** Where changes are made. Required. */
    public Builder from(Endpoint source) {
      this.source = source;
      return this;
    }

    /** What is kept equal to it; its directory is made if need be. Required. */
    public Builder to(Endpoint target) {
      this.target = target;
      return this;
    }

    /** The target follows, the source never waits; a lag of five minutes is warned of. */
    public Builder async() {
      return mode(FlowMode.Async.DEFAULT);
    }

    /** The target follows, the source never waits; a lag above a bound is warned of. */
    public Builder async(Duration lagBound) {
      return mode(new FlowMode.Async(lagBound));
    }

    /**
     * Both ends are changed by their users and follow each other.
     *
     * @param conflicts which of two changes stands that knew nothing of each other
     */
    public Builder multiMaster(ConflictPolicy conflicts) {
      return mode(new FlowMode.MultiMaster(conflicts));
    }

    /**
     * The target shows the source's tree and keeps only a cache of what was read: {@link
     * FlowMode.Access#DEFAULT}. The cache is in the target endpoint.
     */
    public Builder access() {
      return mode(FlowMode.Access.DEFAULT);
    }

    /** As {@link #access()}, and files that are written there are written back to the source. */
    public Builder access(FlowMode.WriteBack back) {
      return mode(FlowMode.Access.DEFAULT.writingBack(back));
    }

    /**
     * The target follows; barriers and writing channels wait for it.
     *
     * @param timeout how long
     * @param onTimeout what they do when that is over
     */
    public Builder sync(Duration timeout, FlowMode.Sync.OnTimeout onTimeout) {
      return mode(new FlowMode.Sync(timeout, onTimeout));
    }

    /** How the target follows. */
    public Builder mode(FlowMode mode) {
      this.mode = mode;
      return this;
    }

    /**
     * Finds changes by the changelog of an MDT; all MDTs need one.
     *
     * @param user registered on the MDS for this flow alone, such as {@code cl1}
     */
    public Builder changelogUser(int mdt, String user) {
      changelogUsers.put(mdt, user);
      return this;
    }

    /**
     * How long to rest between two walks over the source; not called: 30 seconds, and a day where
     * changelogs tell of changes.
     */
    public Builder scanPause(Duration pause) {
      this.scanPause = pause;
      return this;
    }

    /** How many entries may vanish at once; not called: {@link DeleteGuard#DEFAULT}. */
    public Builder deleteGuard(DeleteGuard guard) {
      this.deleteGuard = guard;
      return this;
    }

    /** How many bytes a second each site may send; not called: as many as there may be. */
    public Builder rate(DataSize perSecond) {
      return rate(FlowRate.of(perSecond));
    }

    /** How many bytes a second each site may send, by the hours of the week. */
    public Builder rate(FlowRate rate) {
      this.rate = rate;
      return this;
    }

    /** Takes a snapshot of the end that is about to be written before each switch. */
    public Builder protect(String repository) {
      return protect(FlowProtection.into(repository));
    }

    /** Takes snapshots of what is written. */
    public Builder protect(FlowProtection protection) {
      this.protection = protection;
      return this;
    }

    /**
     * Has a path, and all below it, read under a grant alone ({@link DataFlow#grant}).
     *
     * @param path below the flow's top, with slashes; empty for all of it
     */
    public Builder sensitive(String path) {
      sensitive.add(path);
      return this;
    }

    /**
     * Builds it.
     *
     * @throws IllegalArgumentException when an end is missing, or values don't fit each other
     */
    public FlowSpec build() {
      if (source == null || target == null) {
        throw new IllegalArgumentException(
            "Cannot make a flow without a "
                + (source == null ? "source" : "target")
                + ". Call from(..) and to(..).");
      }
      Duration pause = scanPause != null ? scanPause : changelogUsers.isEmpty() ? SCAN : AUDIT;
      return new FlowSpec(
          source, target, mode, sensitive, changelogUsers, pause, deleteGuard, rate, protection);
    }
  }
}
