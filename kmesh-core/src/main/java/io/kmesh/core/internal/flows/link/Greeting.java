// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import io.kmesh.core.internal.flows.link.LinkRefusedException.Cause;
import io.kmesh.core.internal.flows.trust.PeerIdentity;
import io.kmesh.spi.time.KmeshTime;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The greeting on one connection, which ends in bounded time. For one thread. */
final class Greeting implements AutoCloseable {
  final LinkConnection connection;
  final FrameInput in;
  final FrameOutput out;
  private final LinkSettings settings;
  private final KmeshTime.Timer timer;

  Greeting(LinkSettings settings, LinkConnection connection) {
    this.settings = settings;
    this.connection = connection;
    this.in = new FrameInput(connection.input());
    this.out = new FrameOutput(connection.output());
    this.timer = settings.time.schedule(settings.handshake, connection::close);
  }

  /** What this side says. */
  Hello hello(Set<String> flows, @Nullable Ticket ticket, int stream) {
    return new Hello(
        settings.leastVersion,
        settings.mostVersion,
        settings.site,
        settings.instance,
        settings.capabilities,
        flows,
        settings.longestMessage,
        settings.orderedWindow,
        settings.bulkWindow,
        ticket,
        stream,
        null);
  }

  /** Checks what the peer said of itself, against what its certificate says. */
  LinkPeer peer(Hello theirs, Set<String> flows) throws LinkRefusedException {
    int version = hello(Set.of(), null, 0).agree(theirs);
    PeerIdentity proven = connection.peer();
    if (!proven.site().equals(theirs.site())) {
      throw new LinkRefusedException(
          Cause.DENIED,
          "Cannot talk to "
              + theirs.site()
              + ": its certificate is that of "
              + proven.site()
              + ". Start it with the name that it was enrolled with.");
    }
    Set<String> common = new HashSet<>(settings.capabilities);
    common.retainAll(theirs.capabilities());
    return new LinkPeer(
        theirs.site(), proven.fingerprint(), theirs.instance(), version, common, flows);
  }

  /** The greeting is over; the connection stays. */
  @Override
  public void close() {
    timer.cancel();
  }
}
