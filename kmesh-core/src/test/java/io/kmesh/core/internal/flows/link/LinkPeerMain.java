// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import com.sun.management.OperatingSystemMXBean;
import io.kmesh.core.internal.flows.trust.LinkTrust;
import io.kmesh.core.internal.flows.trust.TestMesh;
import io.kmesh.core.internal.time.KmeshThreads;
import io.kmesh.core.internal.time.SystemTime;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.Set;

/**
 * Measures a link; no test. Two processes, for instance in two network namespaces: {@code init
 * FOLDER}, then {@code listen FOLDER ADDRESS}, and {@code send FOLDER ADDRESS SECONDS FIRST MOST},
 * which sends what does not compress over so many streams, and prints each second what the other
 * side has handled. One process over loopback, both ends of which count: {@code loop FOLDER SECONDS
 * FIRST MOST}.
 */
final class LinkPeerMain {
  private static final int MESSAGE = 256 << 10;

  private LinkPeerMain() {}

  /**
   * Runs an end.
   *
   * @param args see above
   */
  public static void main(String[] args) throws Exception {
    Path folder = Path.of(args[1]);
    switch (args[0]) {
      case "init" -> {
        TestMesh mesh = new TestMesh(folder, SystemTime.INSTANCE);
        mesh.site("lab");
        mesh.site("burst");
      }
      case "listen" -> {
        LinkServer.start(
            transport(folder, "burst"), args[2], settings("burst", 1, 8), peer -> new Sink());
        Thread.currentThread().join();
      }
      case "loop" -> {
        main(new String[] {"init", args[1]});
        LinkServer server =
            LinkServer.start(
                transport(folder, "burst"),
                "127.0.0.1:0",
                settings("burst", 1, 8),
                peer -> new Sink());
        main(new String[] {"send", args[1], server.address(), args[2], args[3], args[4]});
      }
      case "send" ->
          send(
              folder,
              args[2],
              Integer.parseInt(args[3]),
              settings("lab", Integer.parseInt(args[4]), Integer.parseInt(args[5])));
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  private static LinkTransport transport(Path folder, String site) throws IOException {
    LinkTrust trust = LinkTrust.open(folder.resolve(site), SystemTime.INSTANCE);
    return new TcpTransport(SystemTime.INSTANCE, trust, s -> true, SocketTuning.NONE, 0);
  }

  private static LinkSettings settings(String site, int first, int most) {
    return LinkSettings.builder(SystemTime.INSTANCE, site, site.equals("lab") ? Link.ONE : Link.TWO)
        .streams(first, most)
        .build();
  }

  private static void send(Path folder, String address, int seconds, LinkSettings settings)
      throws Exception {
    try (LinkDialer dialer =
        LinkDialer.start(
            transport(folder, "lab"), address, settings, "burst", Set.of("f"), new Sink())) {
      LinkSession session = dialer.awaitSession(Duration.ofSeconds(20));
      KmeshThreads.start("test-sender", () -> fill(session));
      long before = 0;
      OperatingSystemMXBean system =
          (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
      long cpuBefore = system.getProcessCpuTime();
      for (int i = 1; i <= seconds; i++) {
        SystemTime.INSTANCE.sleep(Duration.ofSeconds(1));
        LinkStatus status = session.status();
        long cpu = system.getProcessCpuTime();
        System.out.printf(
            "%d s: %.1f Mbit/s, %.0f MB a CPU-second, %d streams, ping %d ms, reconnects %d%n",
            i,
            (status.logicalOut() - before) * 8 / 1e6,
            (status.logicalOut() - before) * 1e3 / (cpu - cpuBefore),
            status.streams(),
            status.roundTrip().toMillis(),
            status.reconnects());
        before = status.logicalOut();
        cpuBefore = cpu;
      }
      System.exit(0);
    }
  }

  private static void fill(LinkSession session) {
    byte[][] messages = new byte[32][MESSAGE];
    Random random = new Random(1);
    for (byte[] message : messages) {
      random.nextBytes(message);
    }
    try {
      for (int i = 0; ; i++) {
        session.sendBulk(messages[i % messages.length]);
      }
    } catch (IOException | InterruptedException e) {
      System.out.println(e.getMessage());
    }
  }

  private record Sink() implements LinkHandler {
    @Override
    public void message(LinkSession session, byte[] message) {}

    @Override
    public void bulk(LinkSession session, byte[] message) {}

    @Override
    public void lost(LinkSession session, LinkEnd end) {
      System.out.println(end);
    }
  }
}
