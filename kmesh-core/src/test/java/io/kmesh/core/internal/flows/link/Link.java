// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import io.kmesh.core.internal.flows.trust.PeerIdentity;
import io.kmesh.core.internal.time.SystemTime;
import java.io.IOException;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;

/** Two sites in one process and a link that can be cut. */
final class Link implements AutoCloseable {
  static final PeerIdentity LAB = identity("lab");
  static final PeerIdentity BURST = identity("burst");
  static final String ONE = "00000000000000000000000000000001";
  static final String TWO = "00000000000000000000000000000002";
  static final Duration LONG = Duration.ofSeconds(20);

  final MemoryTransport.Network network = new MemoryTransport.Network();
  final CuttingTransport cutting;
  final Recorder here = new Recorder();
  final Recorder there = new Recorder();
  final LinkServer server;
  final LinkDialer dialer;

  Link(LongSupplier plan, UnaryOperator<LinkSettings.Builder> change) throws IOException {
    cutting = new CuttingTransport(network.site(LAB), plan);
    server =
        LinkServer.start(
            network.site(BURST),
            "burst",
            change.apply(settings("burst", TWO)).build(),
            peer -> there);
    dialer =
        LinkDialer.start(
            cutting,
            "burst",
            change.apply(settings("lab", ONE)).build(),
            "burst",
            Set.of("job42"),
            here);
  }

  static PeerIdentity identity(String site) {
    return new PeerIdentity(site, "of " + site, BigInteger.ONE, Instant.MAX);
  }

  static LinkSettings.Builder settings(String site, String instance) {
    return LinkSettings.builder(SystemTime.INSTANCE, site, instance)
        .longestMessage(256 << 10)
        .windows(1 << 20, 4 << 20)
        .streams(3, 3)
        .retry(Duration.ofMillis(1), Duration.ofMillis(5))
        .jitter(new SplittableRandom(1));
  }

  /** The session at the other side. */
  LinkSession back() throws Exception {
    session();
    there.await(() -> !server.sessions().isEmpty());
    return server.sessions().get(0);
  }

  LinkSession session() throws Exception {
    return dialer.awaitSession(LONG);
  }

  @Override
  public void close() {
    dialer.close();
    server.close();
  }
}
