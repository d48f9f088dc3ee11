// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.flows.link.LinkRefusedException.Cause;
import io.kmesh.core.internal.time.KmeshThreads;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Older and newer sides. */
@SuppressWarnings("try") // what is opened works by itself
class LinkVersionsTest {
  private final MemoryTransport.Network network = new MemoryTransport.Network();
  private final Recorder here = new Recorder();
  private final Recorder there = new Recorder();

  private LinkServer server(LinkSettings.Builder settings, LinkServer.Admission admission)
      throws IOException {
    return LinkServer.start(network.site(Link.BURST), "burst", settings.build(), admission);
  }

  private LinkDialer dialer(LinkSettings.Builder settings) {
    return LinkDialer.start(
        network.site(Link.LAB), "burst", settings.build(), "burst", Set.of("f"), here);
  }

  /** Waits until dialling has failed; then a moment is long enough. */
  private Duration failed(LinkDialer dialer) throws InterruptedException {
    here.await(() -> dialer.failure().isPresent());
    return Duration.ofNanos(1);
  }

  private static LinkSettings.Builder lab(int least, int most) {
    return Link.settings("lab", Link.ONE).versions(least, most);
  }

  private static LinkSettings.Builder burst(int least, int most) {
    return Link.settings("burst", Link.TWO).versions(least, most);
  }

  @ParameterizedTest
  @CsvSource({"0,0,0,0,0", "0,0,0,3,0", "0,2,1,5,2", "3,3,0,7,3", "4,9,2,4,4"})
  void versions_overlap_theNewestCommonOneIsSpoken(
      int least, int most, int theirLeast, int theirMost, int common) throws Exception {
    try (LinkServer server = server(burst(theirLeast, theirMost), peer -> there);
        LinkDialer dialer = dialer(lab(least, most))) {
      LinkSession session = dialer.awaitSession(Link.LONG);
      assertThat(session.peer().version()).isEqualTo(common);
      assertThat(there.session(1).peer().version()).isEqualTo(common);
      session.send(new byte[3]);
      assertThat(session.flush(Link.LONG)).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource({"0,1,2,3", "5,6,0,4"})
  void versions_noneInCommon_bothSidesSayWhich(int least, int most, int theirLeast, int theirMost)
      throws Exception {
    try (LinkServer server = server(burst(theirLeast, theirMost), peer -> there);
        LinkDialer dialer = dialer(lab(least, most))) {
      assertThatThrownBy(() -> dialer.awaitSession(failed(dialer)))
          .isInstanceOfSatisfying(
              ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.UNSUPPORTED))
          .hasMessageContaining("versions " + theirLeast + " to " + theirMost)
          .hasMessageContaining("this side " + least + " to " + most)
          .hasMessageContaining("Update the older one");
      assertThat(server.sessions()).isEmpty();
    }
  }

  /** A listener of some later version, whose greeting has fields that nobody knows yet. */
  @Test
  void offer_ofALaterPeer_withUnknownFieldsAndCapabilities_isTaken() throws Exception {
    try (LinkServer server = server(burst(0, 0).capabilities(Set.of("chunks")), peer -> there)) {
      LinkConnection connection = network.site(Link.LAB).dial("burst", "burst");
      FrameInput in = new FrameInput(connection.input());
      FrameOutput out = new FrameOutput(connection.output());
      Hello.readCall(in);
      Hello offer =
          new Hello(
              0,
              9,
              "lab",
              Link.ONE,
              Set.of("teleport", "chunks"),
              Set.of("f"),
              1 << 16,
              1 << 17,
              1 << 17,
              null,
              0,
              null);
      byte[] known = LinkFormatTest.bytes(offer::write);
      out.i32(Hello.MAGIC);
      out.u16(0);
      out.u16(9);
      out.i32(known.length - 12 + 3 + 5);
      out.u8(200); // an unknown field
      out.u16(5);
      out.bytes(new byte[5], 5);
      byte[] fields = java.util.Arrays.copyOfRange(known, 12, known.length);
      out.bytes(fields, fields.length);
      out.flush();
      Hello answer = Hello.read(in);
      assertThat(answer.refusal()).isNull();
      assertThat(there.session(1).peer().version()).isZero();
      assertThat(there.session(1).peer().capabilities()).containsExactly("chunks");
      connection.close();
    }
  }

  @Test
  void admission_refuses_theOtherSideShowsWhy() throws Exception {
    LinkServer.Admission none =
        peer -> {
          assertThat(peer.flows()).containsExactly("f");
          throw new LinkRefusedException(
              Cause.DENIED, "Cannot take the flow f: it is unknown at burst. Create it there.");
        };
    try (LinkServer server = server(burst(0, 0), none);
        LinkDialer dialer = dialer(lab(0, 0))) {
      assertThatThrownBy(() -> dialer.awaitSession(failed(dialer)))
          .hasMessageContaining("Cannot reach burst at burst")
          .hasMessageContaining("it is unknown at burst. Create it there.");
    }
  }

  @Test
  void name_thatTheCertificateDoesNotSay_isRefused() throws Exception {
    try (LinkServer server = server(burst(0, 0), peer -> there);
        LinkDialer dialer = dialer(Link.settings("brig", Link.ONE))) {
      assertThatThrownBy(() -> dialer.awaitSession(failed(dialer)))
          .hasMessageContaining("its certificate is that of lab");
    }
  }

  /** The dialling side's turn to doubt: a listener that says another name than it proved. */
  @Test
  void answer_ofAnotherName_orSenseless_isRefusedHere() throws Exception {
    List<Hello> answers =
        List.of(
            answer("brig", new Ticket(Link.ONE, new byte[32]), 1),
            answer("burst", null, 1),
            answer("burst", new Ticket(Link.ONE, new byte[32]), 0));
    for (Hello answer : answers) {
      CompletableFuture<LinkConnection> dialled = new CompletableFuture<>();
      LinkTransport.Listener listener =
          network.site(Link.BURST).listen("burst", connection -> dialled.complete(connection));
      try (LinkDialer dialer = dialer(lab(0, 0))) {
        KmeshThreads.start("test-listener", () -> say(dialled.join(), answer));
        assertThatThrownBy(() -> dialer.awaitSession(failed(dialer)))
            .hasMessageContaining("Cannot reach burst")
            .hasMessageContaining("Cannot talk to");
      }
      listener.close();
    }
  }

  private static Hello answer(String site, Ticket ticket, int stream) {
    return new Hello(
        0, 0, site, Link.TWO, Set.of(), Set.of(), 1 << 16, 1 << 17, 1 << 17, ticket, stream, null);
  }

  private static void say(LinkConnection connection, Hello answer) {
    FrameOutput out = new FrameOutput(connection.output());
    try {
      Hello.call(0, 0, out);
      Hello.read(new FrameInput(connection.input()));
      answer.write(out);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
