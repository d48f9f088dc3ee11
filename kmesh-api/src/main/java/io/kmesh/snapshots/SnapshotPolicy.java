// SPDX-License-Identifier: Apache-2.0
package io.kmesh.snapshots;

import io.kmesh.Endpoint;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * When snapshots of a directory are taken, and which of them are kept, as a value.
 *
 * @param name 1 to 64 of {@code a-z 0-9 . _ -}; its snapshots have this name and the tag {@link
 *     #TAG} with it
 * @param snapshot what is taken
 * @param schedule when
 * @param retentionOrNull which of its own snapshots are kept; null for all
 */
public record SnapshotPolicy(
    String name,
    SnapshotSpec snapshot,
    Schedule schedule,
    @Nullable RetentionPolicy retentionOrNull) {
  /** The tag of snapshots that a policy took; its value is the policy's name. */
  public static final String TAG = "kmesh.policy";

  private static final Pattern NAME = Pattern.compile("[a-z0-9._-]{1,64}");

  /** Checks the name. */
  public SnapshotPolicy {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "Cannot name a snapshot policy \""
              + name
              + "\": 1 to 64 of a-z 0-9 . _ - are allowed. Choose such a name.");
    }
  }

  /** Which of its own snapshots are kept; empty for all. */
  public Optional<RetentionPolicy> retention() {
    return Optional.ofNullable(retentionOrNull);
  }

  /** A builder of a policy of this name. */
  public static Builder builder(String name) {
    return new Builder(name);
  }

  /** A builder that begins with this policy. */
  public Builder toBuilder() {
    Builder b = new Builder(name);
    b.snapshot = snapshot.toBuilder();
    b.schedule = schedule;
    b.missed = schedule.missedRuns();
    b.retention = retentionOrNull;
    return b;
  }

  /** Builds a policy. Not thread-safe. */
  public static final class Builder {
    private final String name;
    private SnapshotSpec.@Nullable Builder snapshot;
    private @Nullable Schedule schedule;
    private @Nullable MissedRuns missed;
    private @Nullable RetentionPolicy retention;

    private Builder(String name) {
      this.name = name;
    }

    /** What is taken; it comes before what else is said of it. */
    public Builder of(Endpoint source) {
      this.snapshot = SnapshotSpec.of(source);
      return this;
    }

    /** The repository, by its name; not called: the only one. */
    public Builder into(String repository) {
      snapshot().into(repository);
      return this;
    }

    /** Says something of each snapshot. */
    public Builder tag(String tag) {
      snapshot().tag(tag);
      return this;
    }

    /** Says something of each snapshot. */
    public Builder tag(String tag, String value) {
      snapshot().tag(tag, value);
      return this;
    }

    /** Leaves out what fits a glob; called again, what fits either. */
    public Builder exclude(String glob) {
      snapshot().exclude(glob);
      return this;
    }

    /**
     * Finds what changed by the changelog of an MDT: {@link SnapshotSpec.Builder#changelogUser}.
     */
    public Builder changelogUser(int mdt, String user) {
      snapshot().changelogUser(mdt, user);
      return this;
    }

    /** Lets someone see a path of each snapshot: {@link SnapshotSpec.Builder#allow}. */
    public Builder allow(AccessRule rule) {
      snapshot().allow(rule);
      return this;
    }

    /** When. */
    public Builder schedule(Schedule schedule) {
      this.schedule = schedule;
      return this;
    }

    /** What becomes of runs that nobody was there for; not called: what the schedule says. */
    public Builder missedRuns(MissedRuns missed) {
      this.missed = missed;
      return this;
    }

    /** Which of its snapshots are kept, looked at behind each run; not called: all. */
    public Builder retention(RetentionPolicy retention) {
      this.retention = retention;
      return this;
    }

    private SnapshotSpec.Builder snapshot() {
      if (snapshot == null) {
        throw new IllegalArgumentException(
            "Cannot make the snapshot policy \"" + name + "\": call of(..) first.");
      }
      return snapshot;
    }

    /**
     * The policy.
     *
     * @throws IllegalArgumentException when it says not what is taken, or not when
     */
    public SnapshotPolicy build() {
      if (schedule == null) {
        throw new IllegalArgumentException(
            "Cannot make the snapshot policy \"" + name + "\": it has no time. Call schedule(..).");
      }
      return new SnapshotPolicy(
          name,
          snapshot().build(),
          missed == null ? schedule : schedule.ifMissed(missed),
          retention);
    }
  }
}
