// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.replica;

import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What one replica tells another, in order: docs/format/flow-messages.md. Immutable. */
public sealed interface Message {
  /**
   * The first message of each side.
   *
   * @param flow the flow's id
   * @param site who speaks
   * @param replica its replica
   * @param generation how often the flow's direction was switched
   * @param stored of each replica that the speaker heard of, the place in that one's log up to
   *     which it has all
   */
  record Hello(String flow, String site, long replica, long generation, Map<Long, Long> stored)
      implements Message {}

  /**
   * Registers that changed.
   *
   * @param to with this batch the hearer has the speaker's log up to here
   * @param isLast whether the speaker has no more at the moment
   * @param changes nodes before the names that need them
   */
  record Batch(long to, Tail isLast, List<Change> changes) implements Message {}

  /** Whether more follows at once. */
  enum Tail {
    /** More follows. */
    MORE,
    /** The speaker's log has no more. */
    END
  }

  /**
   * A register.
   *
   * @param node the node; null when it is of a name
   * @param dirent the name; null when it is of a node
   * @param content whether the node's bytes follow without being asked for
   */
  record Change(@Nullable Node node, @Nullable Dirent dirent, Delivery content) {}

  /** How the bytes of a node come. */
  enum Delivery {
    /** When they are wanted. */
    ON_DEMAND,
    /** Right behind the batch. */
    PUSHED
  }

  /**
   * The speaker has the hearer's log up to a place, and will after a crash.
   *
   * @param to the place
   */
  record Stored(long to) implements Message {}

  /**
   * The speaker's tree shows the hearer's log up to a place, and will after a crash.
   *
   * @param to the place
   * @param problems how many entries could not be placed, which are left out of this
   */
  record Placed(long to, long problems) implements Message {}

  /**
   * The speaker lacks bytes.
   *
   * @param contents which
   */
  record Want(List<Wanted> contents) implements Message {}

  /**
   * Bytes that are asked for.
   *
   * @param node of which file
   * @param content which version of it
   * @param from the first byte
   */
  record Wanted(NodeId node, Dot content, long from) {}

  /**
   * The speaker does not have bytes that were wanted or announced: the file changed or went, and a
   * newer register follows, or it can't be read.
   *
   * @param node of which file
   * @param content which version of it
   * @param cause whether something newer comes
   * @param reason why, for people
   */
  record Gone(NodeId node, Dot content, Cause cause, String reason) implements Message {}

  /** Why bytes do not come. */
  enum Cause {
    /** The file changed or went: a newer register follows. */
    SUPERSEDED,
    /** The file can't be read; it may be asked for again. */
    UNREADABLE
  }

  /**
   * Asks that all up to a place in the speaker's log be placed as soon as can be.
   *
   * @param to the place
   */
  record Hurry(long to) implements Message {}
}
