// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.replica;

import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.path.PathBytes;
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

  /**
   * The speaker lacks ranges of files that somebody reads now, or soon.
   *
   * @param urgency how soon
   * @param ranges which
   */
  record Fetch(Urgency urgency, List<Range> ranges) implements Message {}

  /**
   * A range of a file.
   *
   * @param node of which file
   * @param content which version of it
   * @param from the first byte
   * @param length how many, 1 or more; what is behind the end of the file does not come
   */
  record Range(NodeId node, Dot content, long from, long length) {}

  /** How soon bytes are needed. */
  enum Urgency {
    /** Somebody waits for them. */
    NOW,
    /** Somebody is expected to read them next. */
    AHEAD
  }

  /**
   * The speaker wants to know what is at paths now. Answered by {@link Fresh}.
   *
   * @param number of this question
   * @param places where
   */
  record Ask(long number, List<Place> places) implements Message {}

  /**
   * A place that is asked for.
   *
   * @param path below the flow's top; all entries on the way are looked at
   * @param scope what else
   */
  record Place(PathBytes path, Scope scope) {}

  /** What is looked at. */
  enum Scope {
    /** The entry alone. */
    ENTRY,
    /** The entry and, when it is a directory, the entries in it. */
    NAMES
  }

  /**
   * What was asked for was looked at after the question came, and is in the speaker's log.
   *
   * @param number of the question
   * @param place whoever has the speaker's log up to here knows the answer
   */
  record Fresh(long number, long place) implements Message {}
}
