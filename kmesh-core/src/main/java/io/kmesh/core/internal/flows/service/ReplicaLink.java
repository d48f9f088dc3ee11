// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.core.internal.flows.control.Capability;
import io.kmesh.core.internal.flows.link.LinkEnd;
import io.kmesh.core.internal.flows.link.LinkHandler;
import io.kmesh.core.internal.flows.link.LinkSession;
import io.kmesh.core.internal.flows.replica.Channel;
import io.kmesh.core.internal.flows.replica.Replica;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Hands a replica the sessions of a link, as ways to its peers. Thread-safe. */
public final class ReplicaLink implements LinkHandler {
  private final Replica replica;
  private final Map<LinkSession, Way> ways = new ConcurrentHashMap<>();

  /** Hands sessions to a replica. */
  public ReplicaLink(Replica replica) {
    this.replica = replica;
  }

  @Override
  public void opened(LinkSession session) {
    Way way = new Way(session);
    ways.put(session, way);
    replica.attach(way);
  }

  @Override
  public void message(LinkSession session, byte[] message) throws Exception {
    Way way = ways.get(session);
    if (way != null) {
      replica.received(way, message);
    }
  }

  @Override
  public void bulk(LinkSession session, byte[] message) throws Exception {
    replica.receivedBulk(message);
  }

  @Override
  public void lost(LinkSession session, LinkEnd end) {
    Way way = ways.remove(session);
    if (way != null) {
      replica.detach(way);
    }
  }

  private record Way(LinkSession session) implements Channel {
    @Override
    public String site() {
      return session.peer().site();
    }

    @Override
    public void send(byte[] message) throws IOException, InterruptedException {
      session.send(message);
    }

    @Override
    public void sendBulk(byte[] message) throws IOException, InterruptedException {
      session.sendBulk(message);
    }

    @Override
    public boolean tellsChunks() {
      return session.peer().capabilities().contains(Capability.CHUNKS);
    }

    @Override
    public void abort(String reason) {
      session.close(reason);
    }
  }
}
