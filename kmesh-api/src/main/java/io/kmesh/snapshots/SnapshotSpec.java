// SPDX-License-Identifier: Apache-2.0
package io.kmesh.snapshots;

import io.kmesh.Endpoint;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a snapshot is taken of, and how, as a value.
 *
 * @param source the directory
 * @param repositoryOrNull the repository's name; null for the only one
 * @param tags what is said of the snapshot, for people and retention; a value may be empty
 * @param excludes globs of what is left out, directories with all in them: without a slash they are
 *     compared with names, else with paths below the source
 * @param holds who holds the snapshot from its first moment, and why
 * @param reading what is read
 * @param changelogUsers the changelog user of each MDT of the source's Lustre, by the MDT's index:
 *     what changed is found by its records; none: by walking the tree
 * @param access who may see what of it; none: all may see all
 */
public record SnapshotSpec(
    Endpoint source,
    @Nullable String repositoryOrNull,
    Map<String, String> tags,
    List<String> excludes,
    Map<String, String> holds,
    Reading reading,
    Map<Integer, String> changelogUsers,
    List<AccessRule> access) {
  private static final Pattern HOLD = Pattern.compile("[A-Za-z0-9._-]{1,64}");

  /** What of a source is read. */
  public enum Reading {
    /** What changed since the last snapshot of the source, by its inode, size and times. */
    CHANGED,
    /** Everything. */
    EVERYTHING
  }

  /** Copies and sorts, and checks the names. */
  public SnapshotSpec {
    tags = Collections.unmodifiableSortedMap(new TreeMap<>(tags));
    holds = Collections.unmodifiableSortedMap(new TreeMap<>(holds));
    excludes = List.copyOf(excludes);
    access = List.copyOf(access);
    changelogUsers = Collections.unmodifiableSortedMap(new TreeMap<>(changelogUsers));
    for (String tag : tags.keySet()) {
      if (tag.isBlank()) {
        throw new IllegalArgumentException(
            "Cannot tag a snapshot with a blank name. Name the tag.");
      }
    }
    holds.keySet().forEach(SnapshotSpec::requireHold);
    changelogUsers.forEach(SnapshotSpec::requireUser);
    if (!changelogUsers.isEmpty() && !(source instanceof Endpoint.LustrePath)) {
      throw new IllegalArgumentException(
          "Cannot take a snapshot of "
              + source
              + " by changelog: it is no path of a Lustre. Name a cluster's path, or no changelog"
              + " user.");
    }
  }

  private static void requireUser(int mdt, String user) {
    if (mdt < 0 || user.isBlank()) {
      throw new IllegalArgumentException(
          "Cannot read the changelog of MDT "
              + mdt
              + " as \""
              + user
              + "\": an MDT's index is 0 or more, and a user has a name such as cl1. Register one:"
              + " lctl changelog_register.");
    }
  }

  /**
   * Refuses what can't name a hold.
   *
   * @throws IllegalArgumentException when it can't
   */
  public static void requireHold(String name) {
    if (!HOLD.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "Cannot hold a snapshot as \""
              + name
              + "\": 1 to 64 of A-Z a-z 0-9 . _ - are allowed. Choose such a name.");
    }
  }

  /** The repository's name; empty for the only one. */
  public Optional<String> repository() {
    return Optional.ofNullable(repositoryOrNull);
  }

  /** A builder of a specification. */
  public static Builder of(Endpoint source) {
    return new Builder(source);
  }

  /** A builder that begins with these values. */
  public Builder toBuilder() {
    Builder b = new Builder(source);
    b.repository = repositoryOrNull;
    b.tags.putAll(tags);
    b.excludes.addAll(excludes);
    b.holds.putAll(holds);
    b.reading = reading;
    b.changelogUsers.putAll(changelogUsers);
    b.access.addAll(access);
    return b;
  }

  /** Builds a specification. Not thread-safe. */
  public static final class Builder {
    private final Endpoint source;
    private @Nullable String repository;
    private final Map<String, String> tags = new TreeMap<>();
    private final List<String> excludes = new ArrayList<>();
    private final Map<String, String> holds = new TreeMap<>();
    private Reading reading = Reading.CHANGED;
    private final Map<Integer, String> changelogUsers = new TreeMap<>();
    private final List<AccessRule> access = new ArrayList<>();

    private Builder(Endpoint source) {
      this.source = source;
    }

    /** The repository, by its name; not called: the only one. */
    public Builder into(String repository) {
      this.repository = repository;
      return this;
    }

    /** Says something of the snapshot. */
    public Builder tag(String name) {
      return tag(name, "");
    }

    /** Says something of the snapshot. */
    public Builder tag(String name, String value) {
      this.tags.put(name, value);
      return this;
    }

    /** Leaves out what fits a glob; called again, what fits either. */
    public Builder exclude(String glob) {
      this.excludes.add(glob);
      return this;
    }

    /**
     * Holds the snapshot: nothing forgets it until {@link Snapshot#release}.
     *
     * @param name who or what holds it: 1 to 64 of {@code A-Z a-z 0-9 . _ -}
     */
    public Builder hold(String name, String reason) {
      this.holds.put(name, reason);
      return this;
    }

    /** Reads all content again, whatever the snapshot before says. */
    public Builder readEverything() {
      this.reading = Reading.EVERYTHING;
      return this;
    }

    /**
     * Finds what changed by the changelog of an MDT; called once for each MDT of the source's
     * Lustre. The snapshot costs what changed then, not what the tree has. The first one walks the
     * tree, and so does one that changelogs can't tell enough for: {@link Snapshot#scanReason}.
     * Records are cleared when they are in a published snapshot.
     *
     * @param mdt the MDT's index, 0 or more
     * @param user its changelog user, such as {@code cl1}: registered for the snapshots of this
     *     source, and used for nothing else
     */
    public Builder changelogUser(int mdt, String user) {
      this.changelogUsers.put(mdt, user);
      return this;
    }

    /**
     * Lets someone see a path of it; called again, that too. With no rule all may see all; with
     * any, callers see what rules let them: {@link Snapshots#as}.
     *
     * @param rule such as {@code AccessRule.parse("user:alice:/results")}
     */
    public Builder allow(AccessRule rule) {
      this.access.add(rule);
      return this;
    }

    /** The specification. */
    public SnapshotSpec build() {
      return new SnapshotSpec(
          source, repository, tags, excludes, holds, reading, changelogUsers, access);
    }
  }
}
