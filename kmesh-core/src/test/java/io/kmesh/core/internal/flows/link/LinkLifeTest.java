// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.flows.link.LinkEnd.Kind;
import io.kmesh.core.internal.time.KmeshThreads;
import io.kmesh.core.internal.transfer.RateCalendar;
import io.kmesh.spi.ErrorKind;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** How sessions begin and end. */
@SuppressWarnings("try") // what is opened works by itself
class LinkLifeTest {
  @SuppressWarnings("UnnecessaryLambda")
  private static final LongSupplier NEVER = () -> Long.MAX_VALUE;

  private static LinkDialer dialer(Link link, String instance, Recorder handler) {
    return LinkDialer.start(
        link.network.site(Link.LAB),
        "burst",
        Link.settings("lab", instance).build(),
        "burst",
        Set.of("job42"),
        handler);
  }

  @Test
  void close_whileSending_sendersLearn_andBothHandlersAreToldOnce() throws Exception {
    try (Link link = new Link(NEVER, UnaryOperator.identity())) {
      LinkSession session = link.session();
      AtomicInteger learned = new AtomicInteger();
      List<Thread> senders = new ArrayList<>();
      link.there.block(true);
      for (int i = 0; i < 4; i++) {
        boolean isBulk = i % 2 == 0;
        senders.add(
            KmeshThreads.start("test-sender", () -> sendUntilLost(session, isBulk, learned)));
      }
      link.here.await(() -> session.status().waiting() > 2 << 20);
      link.dialer.close();
      for (Thread sender : senders) {
        sender.join();
      }
      assertThat(learned).hasValue(4);
      assertThatThrownBy(() -> session.flush(Link.LONG))
          .isInstanceOfSatisfying(
              LinkLostException.class,
              e -> {
                assertThat(e.kind()).isEqualTo(ErrorKind.UNKNOWN_OUTCOME);
                assertThat(e.end().kind()).isEqualTo(Kind.CLOSED_HERE);
              });
      assertThat(link.here.end(1).kind()).isEqualTo(Kind.CLOSED_HERE);
      link.there.block(false);
      assertThat(link.there.end(1))
          .isEqualTo(new LinkEnd(Kind.CLOSED_BY_PEER, "lab says: it was closed"));
      assertThat(link.server.sessions()).isEmpty();
      assertThat(link.dialer.session()).isEmpty();
    }
  }

  private static void sendUntilLost(LinkSession session, boolean isBulk, AtomicInteger learned) {
    try {
      while (true) {
        if (isBulk) {
          session.sendBulk(new byte[5000]);
        } else {
          session.send(new byte[5000]);
        }
      }
    } catch (LinkLostException e) {
      assertThat(e.kind()).isEqualTo(ErrorKind.TRANSIENT);
      learned.incrementAndGet();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void handlerFails_theSessionEndsAtBothSides_andAnotherComes() throws Exception {
    LinkHandler failing =
        new LinkHandler() {
          @Override
          public void message(LinkSession session, byte[] message) throws IOException {
            throw new IOException("no space left");
          }

          @Override
          public void bulk(LinkSession session, byte[] message) {}

          @Override
          public void lost(LinkSession session, LinkEnd end) {}
        };
    Recorder here = new Recorder();
    MemoryTransport.Network network = new MemoryTransport.Network();
    try (LinkServer server =
            LinkServer.start(
                network.site(Link.BURST),
                "burst",
                Link.settings("burst", Link.TWO).build(),
                peer -> failing);
        LinkDialer dialer =
            LinkDialer.start(
                network.site(Link.LAB),
                "burst",
                Link.settings("lab", Link.ONE).build(),
                "burst",
                Set.of(),
                here)) {
      dialer.awaitSession(Link.LONG).send(new byte[1]);
      assertThat(here.end(1).kind()).isEqualTo(Kind.HANDLER_FAILED);
      assertThat(here.end(1).reason()).contains("burst says").contains("no space left");
      assertThat(here.session(2).isOver()).isFalse();
    }
  }

  @Test
  void otherProcessRestarts_lost_thenAFreshSession() throws Exception {
    try (Link link = new Link(NEVER, UnaryOperator.identity())) {
      LinkSession before = link.session();
      before.send(new byte[1]);
      assertThat(before.flush(Link.LONG)).isTrue();
      Recorder restarted = new Recorder();
      link.cutting.cut(); // it dies without a word
      link.here.await(() -> before.status().streams() == 0);
      link.server.close();
      try (LinkServer again =
          LinkServer.start(
              link.network.site(Link.BURST),
              "burst",
              Link.settings("burst", "000000000000000000000000000000ff").build(),
              peer -> restarted)) {
        link.cutting.restore();
        assertThat(link.here.end(1).kind()).isEqualTo(Kind.PEER_RESTARTED);
        assertThat(link.here.session(2).peer().instance()).endsWith("ff");
        link.here.session(2).send(new byte[7]);
        assertThat(link.here.session(2).flush(Link.LONG)).isTrue();
        assertThat(restarted.messages()).hasSize(1);
        assertThat(again.sessions()).hasSize(1);
      }
    }
  }

  @Test
  void dialingProcessRestarts_theOldSessionGoes_beforeTheNewOneBegins() throws Exception {
    try (Link link = new Link(NEVER, UnaryOperator.identity())) {
      link.back();
      link.there.block(true);
      link.session().send(new byte[1]);
      link.there.await(() -> link.there.entered == 1);
      link.cutting.cut();
      Recorder handler = new Recorder();
      try (LinkDialer restarted = dialer(link, "000000000000000000000000000000ee", handler)) {
        restarted.awaitSession(Link.LONG).send(new byte[2]);
        assertThat(link.there.messages()).as("the old handler is still busy").isEmpty();
        link.there.block(false);
        assertThat(link.there.end(1).kind()).isEqualTo(Kind.PEER_RESTARTED);
        assertThat(link.there.session(2).peer().instance()).endsWith("ee");
        link.there.await(() -> link.there.messages.size() == 2);
        assertThat(link.there.messages().get(1)).hasSize(2);
      }
    }
  }

  @Test
  void awayForTheGraceTime_bothSidesGiveUp() throws Exception {
    ManualTime time = ManualTime.create();
    MemoryTransport.Network network = new MemoryTransport.Network();
    CuttingTransport cutting = new CuttingTransport(network.site(Link.LAB), NEVER);
    Recorder here = new Recorder();
    Recorder there = new Recorder();
    try (LinkServer server =
            LinkServer.start(
                network.site(Link.BURST),
                "burst",
                LinkSettings.builder(time, "burst", Link.TWO).build(),
                peer -> there);
        LinkDialer dialer =
            LinkDialer.start(
                cutting,
                "burst",
                LinkSettings.builder(time, "lab", Link.ONE).build(),
                "burst",
                Set.of(),
                here)) {
      LinkSession session = here.session(1);
      LinkSession back = there.session(1);
      cutting.cut();
      here.await(() -> session.status().streams() + back.status().streams() == 0);
      time.advance(Duration.ofMinutes(4));
      assertThat(session.isOver()).isFalse();
      // A stream that was just being greeted may have come and gone after the cut.
      here.await(
          () -> {
            time.advance(Duration.ofMinutes(2));
            return session.isOver() && back.isOver();
          });
      assertThat(here.end(1).kind()).isEqualTo(Kind.AWAY);
      assertThat(there.end(1).kind()).isEqualTo(Kind.AWAY);
    }
  }

  /** Bytes vanish on one stream: nothing fails, nothing arrives. The others go on meanwhile. */
  @Test
  void streamStalls_isCut_andItsMessagesGoOverOthers() throws Exception {
    ManualTime time = ManualTime.create();
    MemoryTransport.Network network = new MemoryTransport.Network();
    CuttingTransport cutting = new CuttingTransport(network.site(Link.LAB), NEVER);
    Recorder here = new Recorder();
    Recorder there = new Recorder();
    try (LinkServer server =
            LinkServer.start(
                network.site(Link.BURST),
                "burst",
                LinkSettings.builder(time, "burst", Link.TWO).build(),
                peer -> there);
        LinkDialer dialer =
            LinkDialer.start(
                cutting,
                "burst",
                LinkSettings.builder(time, "lab", Link.ONE).streams(2, 2).build(),
                "burst",
                Set.of(),
                here)) {
      LinkSession session = here.session(1);
      here.await(() -> session.status().streams() == 2);
      cutting.swallow(0);
      for (int i = 0; i < 100; i++) {
        session.send(new byte[] {(byte) i});
        session.sendBulk(new byte[100]);
      }
      there.await(
          () -> {
            time.advance(Duration.ofMillis(500));
            return there.messages.size() == 100
                && there.bulks.size() >= 100
                && session.status().reconnects() > 0; // whatever went over that stream
          });
      assertThat(here.ends).isEmpty();
    }
  }

  @Test
  void rateLimit_holdsMessagesBack_untilItIsChanged() throws Exception {
    RateLimit[] limit = new RateLimit[1];
    try (Link link =
        new Link(
            NEVER,
            b -> {
              if (limit[0] == null) {
                limit[0] =
                    new RateLimit(
                        io.kmesh.core.internal.time.SystemTime.INSTANCE, RateCalendar.always(0));
              }
              return b.rate(limit[0]).dontCompress();
            })) {
      LinkSession session = link.session();
      session.send(new byte[1000]);
      assertThat(session.flush(Duration.ofMillis(30))).isFalse();
      assertThat(link.there.messages()).isEmpty();
      limit[0].set(RateCalendar.always(RateCalendar.UNLIMITED));
      assertThat(session.flush(Link.LONG)).isTrue();
    }
  }
}
