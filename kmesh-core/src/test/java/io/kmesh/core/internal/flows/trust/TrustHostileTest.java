// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.trust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.crypto.cert.SigningRequest;
import io.kmesh.core.internal.crypto.cert.SiteKeys;
import io.kmesh.spi.ErrorKind;
import io.kmesh.testkit.observe.RecordingObserver;
import io.kmesh.testkit.time.ManualTime;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sites and authorities that lie: none learns a secret, none is let in, none holds the port. */
class TrustHostileTest {
  private static final Duration HOUR = Duration.ofHours(1);

  @TempDir private Path folder;

  private final ManualTime time = ManualTime.create();
  private final RecordingObserver observer = new RecordingObserver();
  private SiteTrust lab;
  private TrustListener listener;

  @BeforeEach
  void makeAuthority() throws Exception {
    lab = site("lab");
    lab.createAuthority("lab", "localhost:1", SiteTrust.VALIDITY);
    listener = lab.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    lab.authorityAt("127.0.0.1:" + listener.address().getPort());
  }

  @AfterEach
  void close() throws Exception {
    listener.close();
  }

  private SiteTrust site(String name) {
    return SiteTrust.at(folder.resolve(name), time, observer);
  }

  /** What a false authority does with a site that connected; what it learns. */
  private interface Lie {
    void tell(TrustWire victim) throws IOException;
  }

  /** A site of the mesh listens, and a new site is sent there; what that was told of a secret. */
  private String enrolAt(Lie lie, EnrolmentToken token) throws Exception {
    SiteTrust mallory = site("mallory");
    mallory.enrol(lab.issueToken("mallory", HOUR));
    try (ServerSocket port = PatientSocket.listener()) {
      port.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      CompletableFuture<String> learned = new CompletableFuture<>();
      Thread thread =
          new Thread(
              () -> {
                try (Socket connected = port.accept();
                    SSLSocket socket = mallory.links().acceptingStrangers().over(connected);
                    TrustWire wire = new TrustWire(socket)) {
                  lie.tell(wire);
                  learned.complete(
                      wire.receive(EnumSet.of(TrustMessage.Type.ENROL)).type().toString());
                } catch (IOException e) {
                  learned.complete("nothing");
                }
              },
              "kmesh-test-mallory");
      thread.setDaemon(true);
      thread.start();
      assertThatThrownBy(() -> site("burst").enrol(token.at("127.0.0.1:" + port.getLocalPort())))
          .hasMessageContaining("did not issue the token; its secret was not told")
          .extracting("kind")
          .isEqualTo(ErrorKind.DENIED);
      return learned.get();
    }
  }

  private static TrustMessage greeting(byte[] nonce) {
    return new TrustMessage(TrustMessage.Type.GREETING, new long[] {0, 0}, new byte[][] {nonce});
  }

  @Test
  void authority_thatDoesNotKnowTheToken_learnsNothing() throws Exception {
    EnrolmentToken token = lab.issueToken("burst", HOUR);
    String learned =
        enrolAt(
            victim -> {
              victim.send(greeting(TrustWire.nonce()));
              victim.receive(EnumSet.of(TrustMessage.Type.CLAIM));
              victim.send(TrustMessage.of(TrustMessage.Type.PROOF, TrustWire.nonce()));
            },
            token);
    assertThat(learned).isEqualTo("nothing");
    assertThat(lab.tokens().get(0).refusals()).isZero();
    site("burst").enrol(token);
  }

  /** It asks the true authority for what it has to say, and passes it on. */
  @Test
  void siteThatStandsBetween_learnsNothing() throws Exception {
    EnrolmentToken token = lab.issueToken("burst", HOUR);
    String learned =
        enrolAt(
            victim -> {
              try (Socket connected = connect();
                  SSLSocket socket = stranger().over(connected);
                  TrustWire real = new TrustWire(socket)) {
                victim.send(real.receive(EnumSet.of(TrustMessage.Type.GREETING)));
                real.send(victim.receive(EnumSet.of(TrustMessage.Type.CLAIM)));
                victim.send(real.receive(EnumSet.of(TrustMessage.Type.PROOF)));
              }
            },
            token);
    assertThat(learned).isEqualTo("nothing");
  }

  private Socket connect() throws IOException {
    Socket connected = new PatientSocket();
    connected.connect(listener.address());
    connected.setSoTimeout(20_000);
    return connected;
  }

  /** Somebody without a certificate who trusts anybody. */
  private static LinkTls stranger() {
    return new LinkTls(
        LinkTls.Side.OPENS,
        "try",
        null,
        new PeerTrust(chain -> PeerIdentity.of("anybody", chain[0])));
  }

  /** Sends something behind the greeting; what the authority answers. */
  private TrustMessage ask(TrustMessage... messages) throws IOException {
    try (Socket connected = connect();
        SSLSocket socket = stranger().over(connected);
        TrustWire wire = new TrustWire(socket)) {
      TrustMessage answer = wire.receive(EnumSet.of(TrustMessage.Type.GREETING));
      for (TrustMessage message : messages) {
        wire.send(message);
        answer = wire.receive(EnumSet.allOf(TrustMessage.Type.class));
      }
      return answer;
    }
  }

  private static TrustMessage claim(long version, EnrolmentToken token) {
    return new TrustMessage(
        TrustMessage.Type.CLAIM,
        new long[] {version},
        new byte[][] {token.idBytes(), TrustWire.nonce()});
  }

  @Test
  void stranger_getsNoCertificateAndNoList() throws Exception {
    byte[] request = SigningRequest.make(SiteKeys.generate(), "lab");
    for (TrustMessage message :
        new TrustMessage[] {
          new TrustMessage(TrustMessage.Type.ROTATE, new long[] {0}, new byte[][] {request}),
          new TrustMessage(TrustMessage.Type.ASK_LIST, new long[] {0, 0}, new byte[0][])
        }) {
      assertThat(ask(message).text()).contains("the peer did not show a certificate");
    }
    assertThat(lab.certificates()).hasSize(1);
  }

  @Test
  void wrongSecret_wrongRequest_wrongVersion_changeNothing() throws Exception {
    EnrolmentToken token = lab.issueToken("burst", HOUR);
    byte[] request = SigningRequest.make(SiteKeys.generate(), "burst");
    TrustMessage guess = TrustMessage.of(TrustMessage.Type.ENROL, new byte[16], request);
    assertThat(ask(claim(0, token), guess).text()).contains("this authority did not issue it");
    request[request.length - 1] ^= 1;
    TrustMessage forged = TrustMessage.of(TrustMessage.Type.ENROL, token.secret(), request);
    assertThat(ask(claim(0, token), forged).text()).startsWith("Cannot sign the key: ");
    assertThat(ask(claim(7, token)).text()).contains("it speaks version 7, this authority 0");
    assertThat(ask(TrustMessage.of(TrustMessage.Type.PROOF, new byte[32])).text())
        .contains("is not what comes next");
    assertThat(lab.tokens().get(0).state()).isEqualTo(TokenStatus.State.OPEN);
    assertThat(lab.tokens().get(0).refusals()).isZero();
    site("burst").enrol(token);
  }

  @Test
  void hugeLength_isRefusedUnread() throws Exception {
    try (Socket connected = connect();
        SSLSocket socket = stranger().over(connected);
        TrustWire wire = new TrustWire(socket)) {
      wire.receive(EnumSet.of(TrustMessage.Type.GREETING));
      new DataOutputStream(socket.getOutputStream()).writeInt(Integer.MAX_VALUE);
      assertThat(wire.receive(EnumSet.of(TrustMessage.Type.REFUSED)).text())
          .contains("a message of 2147483647 bytes comes");
    }
  }

  @Test
  void slowPeer_isCutOff() throws Exception {
    try (Socket connected = connect();
        SSLSocket socket = stranger().over(connected);
        TrustWire wire = new TrustWire(socket)) {
      wire.receive(EnumSet.of(TrustMessage.Type.GREETING));
      time.advance(TrustListener.LONGEST);
      assertThatThrownBy(() -> wire.receive(EnumSet.allOf(TrustMessage.Type.class)))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void whoConnectsTooOften_isNotHeard_untilLater() throws Exception {
    EnrolmentToken token = lab.issueToken("burst", HOUR);
    for (int i = 0; i < AttemptLimit.BURST; i++) {
      connect().close();
    }
    assertThatThrownBy(() -> site("burst").enrol(token))
        .hasMessageContaining("Try again later")
        .extracting("kind")
        .isEqualTo(ErrorKind.TRANSIENT);
    assertThat(observer.count("trust.connections.limited")).isPositive();
    time.advance(AttemptLimit.PACE);
    site("burst").enrol(token);
  }

  @Test
  void limit_isOfEachAddress_andForgetsTheOldest() throws Exception {
    AttemptLimit limit = new AttemptLimit(time);
    InetAddress one = InetAddress.getByName("192.0.2.1");
    for (int i = 0; i < AttemptLimit.BURST; i++) {
      assertThat(limit.take(one)).isTrue();
    }
    assertThat(limit.take(one)).isFalse();
    assertThat(limit.take(InetAddress.getByName("192.0.2.2"))).isTrue();
    time.advance(AttemptLimit.PACE);
    assertThat(limit.take(one)).isTrue();
    assertThat(limit.take(one)).isFalse();
    for (int i = 0; i < AttemptLimit.ADDRESSES; i++) {
      limit.take(InetAddress.getByAddress(new byte[] {10, 0, (byte) (i >> 8), (byte) i}));
    }
    assertThat(limit.take(one)).isTrue();
  }
}
