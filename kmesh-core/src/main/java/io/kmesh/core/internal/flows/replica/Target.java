// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.replica;

import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The local tree as what the engine brings registers to. For the engine's thread, but for {@link
 * #contents}, which any thread may call.
 */
public interface Target {
  /** The register of a name changed. */
  void changed(Link link) throws IOException;

  /**
   * Registers of a node changed.
   *
   * @param content whether its bytes come without being asked for
   */
  void changed(NodeId node, Message.Delivery content) throws IOException;

  /** Where arriving bytes go. */
  Pieces.Taker contents();

  /** Bytes that were asked for or announced do not come. */
  void gone(Message.Gone gone) throws IOException;

  /** All that was asked for, or announced, and did not come, is wanted again. */
  void wantAgain() throws IOException;

  /** Bytes that are to be asked for, each once. */
  List<Message.Wanted> wants(int most) throws IOException;

  /**
   * Whether {@link #step} would not wait for something that goes on beside this thread; the engine
   * is woken when that ended. Until then registers may be taken, and nothing is acknowledged.
   */
  default boolean isReady() throws IOException {
    return true;
  }

  /**
   * Places what can be placed, and commits the base on the way: all that was put into it before,
   * but what this does is durable by the next one only. Nobody else commits.
   *
   * @return whether another step would do more at once
   */
  boolean step() throws IOException;

  /** Where a node is on the tree; empty when it is not there. */
  default Optional<PathBytes> pathOf(Node node) throws IOException {
    return Optional.empty();
  }

  /** How long an idle engine may wait before it asks for bytes again. */
  default Duration pause() {
    return Duration.ofSeconds(1);
  }

  /** Numbers the work that was added last. */
  long newest();

  /** All work up to this number is durable on the tree, or a problem. */
  long done();

  /** How many entries can't be placed. */
  long problems();

  /** Messages for the site that tells the changes; each is taken once. */
  default List<Message> says() {
    return List.of();
  }

  /**
   * What was asked for is known when this site has the other's log up to a place.
   *
   * @param taken the place in that log up to which all is in the base
   */
  default void fresh(Message.Fresh answer, long taken) {}

  /** The base has the other's log up to a place. */
  default void taken(long place) {}

  /** A way to the site that tells the changes is up; before {@link #wantAgain}. */
  default void reached(Channel channel) {}

  /**
   * So many other ends are reached; before {@link #reached}. With more than one, each may have
   * contents that others lack.
   */
  default void isReachedBy(int ends) {}

  /**
   * What chunks a content is made of.
   *
   * @throws IOException INVALID when that can't be
   */
  default void recipe(Message.Recipe recipe) throws IOException {}

  /** A change that was asked for was made, or not. */
  default void edited(Message.Edited edited) {}

  /** No way to the site that tells the changes is up any more. */
  default void parted() {}
}
