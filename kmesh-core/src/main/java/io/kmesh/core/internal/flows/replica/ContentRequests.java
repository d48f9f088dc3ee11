// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.replica;

import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Local;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Finds the files whose bytes or chunks peers are to have, and gives them to the sender; of what is
 * not here any more it says so. For the engine's thread.
 */
final class ContentRequests {
  /** Bytes whose chunks are told in one message. */
  private static final long MOST_COMPARED = 256 << 20;

  private final FlowBase base;
  private final ContentSender sender;
  private final Paths paths;
  private final Refusals refusals;
  private SendGate leaving = SendGate.OPEN;

  /** Who knows where a node is in the tree. */
  @FunctionalInterface
  interface Paths {
    /** Its path; empty when it has no name there. */
    Optional<PathBytes> of(Node node) throws IOException;
  }

  /** Who tells a peer that a content does not come. */
  @FunctionalInterface
  interface Refusals {
    /** Tells it. */
    void tell(Peer peer, Message.Gone gone);
  }

  ContentRequests(FlowBase base, ContentSender sender, Paths paths, Refusals refusals) {
    this.base = base;
    this.sender = sender;
    this.paths = paths;
    this.refusals = refusals;
  }

  /** Has what leaves this site guarded. */
  void guard(SendGate gateOfFlow) {
    leaving = gateOfFlow;
    sender.guard(gateOfFlow);
  }

  /** The contents that a batch says to come unasked. */
  List<ContentSender.Job> pushed(Peer peer, Message.Batch batch) throws IOException {
    List<ContentSender.Job> jobs = new ArrayList<>();
    for (Message.Change change : batch.changes()) {
      Node node = change.node();
      if (node != null && change.content() == Message.Delivery.PUSHED) {
        Dot content = node.contentVersion().origin();
        Optional<ContentSender.Job> job =
            job(node, content, 0, Long.MAX_VALUE, ContentSender.Job.BYTES);
        add(job, peer, node.id(), content, jobs);
      }
    }
    return jobs;
  }

  /** Sends whole contents. */
  void send(Peer peer, Message.Want want) throws IOException {
    List<ContentSender.Job> jobs = new ArrayList<>();
    for (Message.Wanted one : want.contents()) {
      Optional<ContentSender.Job> job =
          job(one.node(), one.content(), one.from(), Long.MAX_VALUE, ContentSender.Job.BYTES);
      add(job, peer, one.node(), one.content(), jobs);
    }
    sender.send(peer.channel, jobs, Message.Urgency.NOW);
  }

  /** Sends ranges of contents. */
  void send(Peer peer, Message.Fetch fetch) throws IOException {
    List<ContentSender.Job> jobs = new ArrayList<>();
    for (Message.Range one : fetch.ranges()) {
      long to = one.from() + one.length();
      Optional<ContentSender.Job> job =
          job(one.node(), one.content(), one.from(), to, ContentSender.Job.BYTES);
      add(job, peer, one.node(), one.content(), jobs);
    }
    sender.send(peer.channel, jobs, fetch.urgency());
  }

  /** Tells of which chunks contents are. */
  void send(Peer peer, Message.Compare compare) throws IOException {
    List<ContentSender.Job> jobs = new ArrayList<>();
    for (Message.Part one : compare.parts()) {
      long to = one.from() + Math.min(one.length(), MOST_COMPARED);
      Optional<ContentSender.Job> job =
          job(one.node(), one.content(), one.from(), to, one.level()).filter(j -> j.length() > 0);
      add(job, peer, one.node(), one.content(), jobs);
    }
    sender.send(peer.channel, jobs, Message.Urgency.NOW);
  }

  private void add(
      Optional<ContentSender.Job> job,
      Peer peer,
      NodeId node,
      Dot content,
      List<ContentSender.Job> jobs) {
    if (job.isPresent()) {
      jobs.add(job.get());
    } else {
      refusals.tell(
          peer,
          new Message.Gone(
              node, content, Message.Cause.SUPERSEDED, "the file changed or has another name"));
    }
  }

  private Optional<ContentSender.Job> job(NodeId id, Dot content, long from, long to, int level)
      throws IOException {
    Optional<Node> node = base.node(id);
    return node.isEmpty() ? Optional.empty() : job(node.get(), content, from, to, level);
  }

  private Optional<ContentSender.Job> job(Node node, Dot content, long from, long to, int level)
      throws IOException {
    Local local = node.local();
    if (local == null
        || !node.isRegular()
        || !local.content().equals(content)
        || from > local.size()) {
      return Optional.empty();
    }
    Optional<PathBytes> at = paths.of(node);
    if (at.isEmpty()) {
      return Optional.empty();
    }
    List<PathBytes> names = leaving.guards() ? base.paths(node) : List.of();
    return Optional.of(
        new ContentSender.Job(
            node.id(), content, at.get(), local, from, Math.min(to, local.size()), level, names));
  }
}
