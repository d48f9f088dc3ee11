// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.core.internal.flows.base.BaseFiles;
import io.kmesh.core.internal.flows.grants.SensitivePaths;
import io.kmesh.flows.DeleteGuard;
import io.kmesh.flows.FlowMode;
import io.kmesh.flows.FlowSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How one end of a flow is run.
 *
 * @param flow the id that all ends share of which each may tell the others: the flow's, or that of
 *     its group
 * @param name the flow's name, for people
 * @param side which end of the specification it is
 * @param role what it does now
 * @param generation how often the flow's direction was switched
 * @param mode how the target follows
 * @param changelogUsers where changes are found by changelogs; none for walks
 * @param scanPause the rest between two walks
 * @param guard how many entries may vanish at once
 * @param sensitive what is read under a grant alone
 * @param group the flows with which the flow shares a tree; null when it is alone
 * @param file where its base is
 */
public record EndPlan(
    String flow,
    String name,
    Side side,
    Role role,
    long generation,
    FlowMode mode,
    Map<Integer, String> changelogUsers,
    Duration scanPause,
    DeleteGuard guard,
    SensitivePaths sensitive,
    @Nullable MasterGroup group,
    Path file) {
  private static final Duration SCAN = Duration.ofSeconds(30);

  /** The ends of a specification; a switch of direction does not change them. */
  public enum Side {
    /** Where {@code from(..)} points. */
    SOURCE,
    /** Where {@code to(..)} points. */
    TARGET;

    /** The other one. */
    public Side other() {
      return this == SOURCE ? TARGET : SOURCE;
    }

    /** The endpoint that a specification has there. */
    public io.kmesh.Endpoint of(FlowSpec spec) {
      return this == SOURCE ? spec.source() : spec.target();
    }
  }

  /** What an end does. */
  public enum Role {
    /** Changes are looked for here. */
    SOURCE,
    /** Changes are brought here. */
    TARGET,
    /** Changes are looked for, and those of the other end are brought here. */
    MERGE
  }

  /**
   * The plan of an end.
   *
   * @param generation every second switch brings the direction of the specification back
   * @param group the flows with which it shares a tree; null when it is alone
   * @param folder where the flow's bases are, or those of its group
   */
  public static EndPlan of(
      String flow,
      String name,
      Side side,
      long generation,
      FlowSpec spec,
      @Nullable MasterGroup group,
      Path folder) {
    boolean isSource = side == Side.SOURCE ^ generation % 2 != 0;
    boolean isFollowing = side == Side.SOURCE && !spec.changelogUsers().isEmpty();
    return new EndPlan(
        group == null ? flow : group.id(),
        name,
        side,
        spec.mode() instanceof FlowMode.MultiMaster
            ? Role.MERGE
            : isSource ? Role.SOURCE : Role.TARGET,
        generation,
        spec.mode(),
        isFollowing ? spec.changelogUsers() : Map.of(),
        isFollowing || spec.changelogUsers().isEmpty() ? spec.scanPause() : SCAN,
        spec.deleteGuard(),
        SensitivePaths.of(spec.sensitive()),
        group,
        file(folder, end(side, group)));
  }

  /** The number of an end among all that share changes. */
  int end() {
    return end(side, group);
  }

  private static int end(Side side, @Nullable MasterGroup group) {
    return group != null ? group.end(side) : side == Side.SOURCE ? 0 : 1;
  }

  /**
   * Where the bases of a flow's group are; an earlier build kept those of flows of other sites by
   * the flow.
   *
   * @param all where all of them are
   */
  public static Path folder(Path all, String flow, Side side, @Nullable MasterGroup group) {
    Path alone = all.resolve(flow);
    return group == null || BaseFiles.exists(file(alone, group.end(side)))
        ? alone
        : all.resolve(group.id());
  }

  /**
   * Where the base of an end is.
   *
   * @param end its number
   */
  static Path file(Path folder, int end) {
    return folder.resolve(
        end == 0 ? "source.base" : end == 1 ? "target.base" : "end" + end + ".base");
  }
}
