// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.flows.trust.LinkTrust;
import io.kmesh.core.internal.flows.trust.PeerIdentity;
import io.kmesh.core.internal.flows.trust.TestMesh;
import io.kmesh.core.internal.time.SystemTime;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.link.TcpTuning;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The link over loopback, under TLS. */
class TcpLinkTest {
  private static final String HERE = "127.0.0.1:0";

  @TempDir Path folder;
  private TestMesh mesh;
  private LinkTrust lab;
  private LinkTrust burst;
  private final Recorder here = new Recorder();
  private final Recorder there = new Recorder();

  @BeforeEach
  void sites() throws Exception {
    mesh = new TestMesh(folder, SystemTime.INSTANCE);
    lab = mesh.site("lab");
    burst = mesh.site("burst");
  }

  private static LinkTransport transport(LinkTrust trust) {
    return new TcpTransport(SystemTime.INSTANCE, trust, site -> true, SocketTuning.NONE, 0);
  }

  private static LinkTransport named(LinkTrust trust, String... addresses) {
    return new TcpTransport(
        SystemTime.INSTANCE,
        trust,
        site -> true,
        SocketTuning.NONE,
        0,
        host -> {
          if (!host.equals("burst.example")) {
            throw new UnknownHostException(host);
          }
          List<InetAddress> all = new ArrayList<>();
          for (String address : addresses) {
            all.add(InetAddress.getByName(address));
          }
          return all;
        });
  }

  private LinkServer server(LinkTransport transport) throws Exception {
    return LinkServer.start(
        transport, HERE, Link.settings("burst", Link.TWO).build(), peer -> there);
  }

  private LinkDialer dialer(LinkTransport transport, String address, String site) {
    return LinkDialer.start(
        transport, address, Link.settings("lab", Link.ONE).build(), site, Set.of("f"), here);
  }

  @Test
  void siteWithSeveralAddresses_isReachedByTheFirstThatAnswers() throws Exception {
    try (LinkServer server = server(transport(burst))) {
      String port = server.address().substring(server.address().lastIndexOf(':'));
      LinkTransport several = named(lab, "127.0.0.2", "127.0.0.1");
      try (LinkDialer dialer = dialer(several, "burst.example" + port, "burst")) {
        assertThat(dialer.awaitSession(Link.LONG).peer().fingerprint())
            .isEqualTo(burst.self().fingerprint());
      }
      LinkTransport none = named(lab, "127.0.0.2", "127.0.0.3");
      try (LinkDialer dialer = dialer(none, "burst.example" + port, "burst")) {
        here.await(() -> dialer.failure().isPresent());
        assertThat(dialer.failure().orElseThrow())
            .hasMessageContaining("none of its addresses answers")
            .hasMessageContaining("127.0.0.2: Connection refused; 127.0.0.3: Connection refused");
      }
      try (LinkDialer dialer = dialer(none, "nowhere.example" + port, "burst")) {
        here.await(() -> dialer.failure().isPresent());
        assertThat(dialer.failure().orElseThrow())
            .hasMessageContaining("the name of nowhere.example" + port + " is not known here");
      }
    }
  }

  @Test
  void send_overTls_arrives_andTheWireShowsNoPlaintext() throws Exception {
    byte[] large = new byte[200_000];
    new Random(1).nextBytes(large);
    try (LinkServer server = server(transport(burst));
        Relay relay = new Relay(server.address());
        LinkDialer dialer = dialer(transport(lab), relay.address(), "burst")) {
      LinkSession session = dialer.awaitSession(Link.LONG);
      session.send("the secret of Simplon".getBytes(UTF_8));
      session.sendBulk("a secret in bulk".repeat(1000).getBytes(UTF_8));
      session.sendBulk(large.clone());
      there.session(1).send("the answer of Brig".getBytes(UTF_8));
      assertThat(session.flush(Link.LONG)).isTrue();
      assertThat(there.session(1).flush(Link.LONG)).isTrue();
      assertThat(there.bulks()).hasSize(2);
      assertThat(here.messages()).hasSize(1);
      assertThat(session.peer().fingerprint()).isEqualTo(burst.self().fingerprint());
      String wire = new String(relay.captured(), ISO_8859_1);
      assertThat(wire.length()).isGreaterThan(large.length);
      for (String known : new String[] {"secret", "answer", "Simplon", "KMLK", "zstd", "burst"}) {
        assertThat(wire).doesNotContain(known);
      }
      assertThat(wire).doesNotContain(new String(large, 1000, 16, ISO_8859_1));
      LinkStatus status = session.status();
      assertThat(status.wireOut()).isGreaterThan(large.length).isLessThan(large.length + 20_000L);
      assertThat(status.logicalOut()).isEqualTo(21 + 16_000 + large.length);
    }
  }

  @Test
  void dial_anotherSite_orNotAllowed_isDenied() throws Exception {
    try (LinkServer server = server(transport(burst));
        LinkDialer dialer = dialer(transport(lab), server.address(), "brig")) {
      here.await(() -> dialer.failure().isPresent());
      assertThatThrownBy(() -> dialer.awaitSession(Duration.ofNanos(1)))
          .isInstanceOfSatisfying(
              ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.DENIED))
          .hasMessageContaining("the site burst is there");
    }
    LinkTransport closed =
        new TcpTransport(SystemTime.INSTANCE, burst, "brig"::equals, SocketTuning.NONE, 0);
    try (LinkServer server = server(closed);
        LinkDialer dialer = dialer(transport(lab), server.address(), "burst")) {
      here.await(() -> dialer.failure().isPresent());
      assertThatThrownBy(() -> dialer.awaitSession(Duration.ofNanos(1)))
          .hasMessageContaining("Cannot reach burst at " + server.address())
          .hasMessageContaining("refuses this site");
      assertThat(server.sessions()).isEmpty();
    }
  }

  @Test
  void revoked_openStreamsClose() throws Exception {
    try (LinkServer server = server(transport(burst));
        LinkDialer dialer = dialer(transport(lab), server.address(), "burst")) {
      LinkSession session = dialer.awaitSession(Link.LONG);
      session.send(new byte[] {1});
      assertThat(session.flush(Link.LONG)).isTrue();
      PeerIdentity peer = lab.self();
      burst.offerRevocations(mesh.revoke(peer));
      here.await(() -> session.status().streams() == 0);
      assertThat(session.flush(Link.LONG)).as("all was handled").isTrue();
    }
  }

  @Test
  void sockets_areTuned_andStrangersTurnedAway() throws Exception {
    AtomicInteger tuned = new AtomicInteger();
    SocketTuning tuning =
        socket -> {
          assertThat(socket.getTcpNoDelay()).isTrue();
          assertThat(socket.isConnected()).isTrue();
          tuned.incrementAndGet();
        };
    LinkTransport transport =
        new TcpTransport(SystemTime.INSTANCE, burst, site -> true, tuning, 1 << 18);
    try (LinkServer server = server(transport);
        Socket stranger = new Socket(InetAddress.getLoopbackAddress(), port(server));
        LinkDialer dialer = dialer(transport(lab), server.address(), "burst")) {
      stranger.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(UTF_8));
      stranger.getInputStream().readAllBytes();
      dialer.awaitSession(Link.LONG).send(new byte[5]);
      assertThat(dialer.awaitSession(Link.LONG).flush(Link.LONG)).isTrue();
      assertThat(tuned).hasValueGreaterThanOrEqualTo(2);
    }
  }

  @Test
  void congestionControl_isAskedFor_andWhatCannotBeHadIsLeft() throws Exception {
    List<String> asked = new ArrayList<>();
    AtomicReference<String> own = new AtomicReference<>("cubic");
    TcpTuning kernel =
        (TcpTuning)
            Proxy.newProxyInstance(
                TcpTuning.class.getClassLoader(),
                new Class<?>[] {TcpTuning.class},
                (proxy, method, args) -> {
                  if (method.getName().equals("congestionControl")) {
                    return own.get();
                  }
                  asked.add((String) args[1]);
                  throw new ProviderException(ErrorKind.UNSUPPORTED, "no " + args[1]);
                });
    try (Socket socket = new Socket()) {
      new CongestionControl(kernel, "cubic").tune(socket);
      assertThat(asked).isEmpty();
      SocketTuning bbr = new CongestionControl(kernel, "bbr");
      bbr.tune(socket);
      bbr.tune(socket);
      assertThat(asked).containsExactly("bbr", "bbr");
      own.set("dctcp");
      bbr.tune(socket);
      assertThat(asked).as("somebody chose what does not go by losses").hasSize(2);
    }
  }

  @Test
  void usualTuning_asksThisKernelForBbr() throws Exception {
    ClassLoader loader = TcpLinkTest.class.getClassLoader();
    TcpTuning kernel = TcpTuning.find(loader).orElseThrow();
    try (ServerSocket server = new ServerSocket(0, 2, InetAddress.getLoopbackAddress());
        Socket tried = new Socket(server.getInetAddress(), server.getLocalPort());
        Socket socket = new Socket(server.getInetAddress(), server.getLocalPort())) {
      String own = kernel.congestionControl(socket);
      boolean isByLoss = own.equals("cubic") || own.equals("reno");
      CongestionControl.usual(loader).tune(socket);
      assertThat(kernel.congestionControl(socket))
          .isEqualTo(isByLoss && has(kernel, tried, "bbr") ? "bbr" : own);
    }
  }

  /** Whether the kernel has it, and lets this user choose it. */
  private static boolean has(TcpTuning kernel, Socket socket, String name) throws Exception {
    try {
      kernel.useCongestionControl(socket, name);
      return true;
    } catch (ProviderException e) {
      assertThat(e.kind()).isIn(ErrorKind.UNSUPPORTED, ErrorKind.DENIED, ErrorKind.NOT_FOUND);
      return false;
    }
  }

  private static int port(LinkServer server) {
    return Integer.parseInt(server.address().substring(server.address().lastIndexOf(':') + 1));
  }
}
