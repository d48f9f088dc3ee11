// SPDX-License-Identifier: Apache-2.0
package io.kmesh.tiering;

import io.kmesh.Operation;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.unit.DataSize;
import java.time.Instant;
import java.util.List;

/** What a policy would do, as of a time. Immutable; nothing happens before {@link #apply()}. */
public interface TieringPlan {
  /** The policy. */
  TieringPolicy policy();

  /** When the file system was looked at. */
  Instant time();

  /** What would be done, in order: promotions, then the least recently used file first. */
  List<Step> steps();

  /** Bytes that the steps would free on the tier that the watermarks watch. */
  DataSize bytesToFree();

  /** Why a file is, or is not, part of the plan: each condition with the values that it saw. */
  String explain(PathBytes path);

  /**
   * Does the steps. Each file is looked at again first: one that changed, is open for writing or
   * does not match any more is left as it is and reported.
   */
  Operation<TieringReport> apply();

  /** The plan in words, a line a step; of a long one the first thousand steps. */
  @Override
  String toString();

  /**
   * One step.
   *
   * @param path the file
   * @param fid the file
   * @param size the space that its data take
   * @param lastUse when it was last used, and thereby its place in the order
   * @param actions what is done to it, in order
   * @param reason why
   */
  record Step(
      PathBytes path,
      Fid fid,
      DataSize size,
      Instant lastUse,
      List<Action> actions,
      String reason) {
    /** Copies the list. */
    public Step {
      actions = List.copyOf(actions);
    }
  }

  /** What is done to a file. */
  enum Action {
    /** Its data move to another pool. */
    MOVE,
    /** It is archived. */
    ARCHIVE,
    /** Its data are dropped; they are in the archive. */
    RELEASE,
    /** Its data come back to a faster pool. */
    PROMOTE
  }
}
