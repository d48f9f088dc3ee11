// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.link.TcpFigures;
import io.kmesh.spi.link.TcpTuning;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The right socket is tuned, and no other: many of them, of both families, both ends in one
 * process.
 */
class JnaTcpTuningTest {
  private static final int PAIRS = 20;

  private final TcpTuning tuning = new JnaTcpTuning();

  private record Pair(Socket client, Socket server) implements AutoCloseable {
    static Pair connect(ServerSocket listener) throws IOException {
      Socket client = new Socket(listener.getInetAddress(), listener.getLocalPort());
      return new Pair(client, listener.accept());
    }

    @Override
    public void close() throws IOException {
      client.close();
      server.close();
    }
  }

  private static ServerSocket listener(String address) throws IOException {
    ServerSocket listener = new ServerSocket();
    listener.bind(new InetSocketAddress(InetAddress.getByName(address), 0));
    return listener;
  }

  private static boolean canBind(String address) {
    try (ServerSocket listener = listener(address)) {
      return listener.isBound();
    } catch (IOException e) {
      return false;
    }
  }

  /** Two that this process may use: reno is allowed on every Linux. */
  private List<String> two() throws IOException {
    List<String> all = tuning.congestionControls();
    assertThat(all).contains("reno");
    String other = all.stream().filter(name -> !name.equals("reno")).findFirst().orElse("");
    assumeTrue(!other.isEmpty(), "this kernel has reno only");
    return List.of("reno", other);
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  void use_changesThatSocketAlone(String address) throws Exception {
    assumeTrue(canBind(address), "no IPv6 here");
    List<String> two = two();
    List<Pair> pairs = new ArrayList<>();
    try (ServerSocket listener = listener(address)) {
      for (int i = 0; i < PAIRS; i++) {
        pairs.add(Pair.connect(listener));
      }
      for (int i = 0; i < PAIRS; i++) {
        tuning.useCongestionControl(pairs.get(i).client(), two.get(i % 2));
        tuning.useCongestionControl(pairs.get(i).server(), two.get(1 - i % 2));
      }
      for (int i = 0; i < PAIRS; i++) {
        assertThat(tuning.congestionControl(pairs.get(i).client())).isEqualTo(two.get(i % 2));
        assertThat(tuning.congestionControl(pairs.get(i).server())).isEqualTo(two.get(1 - i % 2));
      }
    } finally {
      for (Pair pair : pairs) {
        pair.close();
      }
    }
  }

  @Test
  void use_ofAChannelsSocket() throws Exception {
    List<String> two = two();
    try (ServerSocket listener = listener("127.0.0.1");
        SocketChannel channel = SocketChannel.open(listener.getLocalSocketAddress());
        Socket server = listener.accept()) {
      tuning.useCongestionControl(channel.socket(), two.get(0));
      assertThat(tuning.congestionControl(channel.socket())).isEqualTo(two.get(0));
      tuning.useCongestionControl(server, two.get(1));
      assertThat(tuning.congestionControl(channel.socket())).isEqualTo(two.get(0));
    }
  }

  @Test
  void aSocketThatIsNotConnected_isRefused() throws Exception {
    try (Socket socket = new Socket()) {
      assertThatThrownBy(() -> tuning.congestionControl(socket))
          .hasMessageContaining("not connected yet")
          .extracting("kind")
          .isEqualTo(ErrorKind.INVALID);
    }
    try (ServerSocket listener = listener("127.0.0.1")) {
      Pair pair = Pair.connect(listener);
      pair.close();
      assertThatThrownBy(() -> tuning.useCongestionControl(pair.client(), "reno"))
          .hasMessageContaining("is closed");
    }
  }

  @Test
  void anUnknownControl_isRefused_andNothingChanges() throws Exception {
    try (ServerSocket listener = listener("127.0.0.1");
        Pair pair = Pair.connect(listener)) {
      String before = tuning.congestionControl(pair.client());
      assertThatThrownBy(() -> tuning.useCongestionControl(pair.client(), "kmesh-none"))
          .hasMessageContaining("Cannot use the congestion control kmesh-none: this kernel has [")
          .extracting("kind")
          .isEqualTo(ErrorKind.UNSUPPORTED);
      assertThatThrownBy(() -> tuning.useCongestionControl(pair.client(), "a name\n"))
          .extracting("kind")
          .isEqualTo(ErrorKind.INVALID);
      assertThat(tuning.congestionControl(pair.client())).isEqualTo(before);
    }
  }

  @Test
  void figures_areOfTheConnection() throws Exception {
    try (ServerSocket listener = listener("127.0.0.1");
        Pair pair = Pair.connect(listener)) {
      pair.client().getOutputStream().write(new byte[100_000]);
      assertThat(pair.server().getInputStream().readNBytes(100_000)).hasSize(100_000);
      TcpFigures figures = tuning.figures(pair.client());
      assertThat(figures.roundTrip()).isPositive().isLessThan(java.time.Duration.ofSeconds(10));
      assertThat(figures.roundTripVariation()).isGreaterThanOrEqualTo(java.time.Duration.ZERO);
      assertThat(figures.segmentBytes()).isBetween(500L, 70_000L);
      assertThat(figures.congestionWindow()).isBetween(1L, 1_000_000L);
      assertThat(figures.retransmissions()).isNotNegative();
    }
  }

  @Test
  void find_isTheNativeOne_andLeavesNoDescriptorOpen() throws Exception {
    long open = JnaPosix.openHandles();
    TcpTuning found = TcpTuning.find(getClass().getClassLoader()).orElseThrow();
    assertThat(found.name()).isEqualTo("jna");
    try (ServerSocket listener = listener("127.0.0.1");
        Pair pair = Pair.connect(listener)) {
      assertThat(found.congestionControls()).contains(found.congestionControl(pair.client()));
    }
    assertThat(JnaPosix.openHandles()).isEqualTo(open);
  }
}
