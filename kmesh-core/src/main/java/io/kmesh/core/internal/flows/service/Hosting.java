// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Endpoint;
import io.kmesh.core.internal.flows.control.ControlLine;
import io.kmesh.core.internal.flows.control.ControlLine.Reply;
import io.kmesh.core.internal.flows.control.Question;
import io.kmesh.core.internal.flows.link.LinkEnd;
import io.kmesh.core.internal.flows.link.LinkSession;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Holds caches of flows that other sites made. Thread-safe. */
public interface Hosting {
  /**
   * The flow of several masters of this site that has a tree, or a part of it, and does not share
   * it as that place; empty when none has.
   *
   * @param end the number of the tree
   */
  Optional<String> masterBeside(Endpoint tree, MasterGroup place, int end);

  /** An end of several masters of another site's flow: as it runs here, or opened. */
  EndHold hold(EndPlan plan, EndHold.Opener opener) throws IOException;

  /**
   * Removes what an end of another site's flow of several masters knew, which was forgotten, but
   * for what flows of this site share.
   */
  void left(String flow, EndPlan.Side side, @Nullable MasterGroup group) throws IOException;

  /** Whether a flow of this site has a tree too that a flow of another site has here. */
  boolean isShared(EndPlan.Side side, @Nullable MasterGroup group) throws IOException;

  /** Whether a cache of a flow is held here, or the flow is this site's. */
  boolean isKnown(String flow) throws IOException;

  /** Begins to answer what a site asks about a flow of its own, over one session. */
  Seat open(String site, String flow, LinkSession session, ControlLine line);

  /** A site was revoked: its flows run here no more, and what is lent to it is cut off. */
  void revoked(String site);

  /** One session's part of a flow whose cache is held here. Thread-safe. */
  interface Seat {
    /** Answers; may take long. */
    void answer(Question question, ObjectNode body, CompletableFuture<Reply> reply)
        throws IOException;

    /** An ordered message of the engine's. */
    void message(byte[] message) throws Exception;

    /** A bulk message. */
    void bulk(byte[] message) throws Exception;

    /** The session is over. */
    void lost(LinkEnd why);
  }
}
