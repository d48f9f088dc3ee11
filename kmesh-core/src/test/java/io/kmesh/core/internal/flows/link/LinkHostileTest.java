// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.compress.ZstdPacker;
import io.kmesh.core.internal.flows.link.LinkEnd.Kind;
import io.kmesh.core.internal.flows.link.LinkFormatTest.Writing;
import io.kmesh.core.internal.flows.link.LinkRefusedException.Cause;
import io.kmesh.core.internal.flows.trust.PeerIdentity;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A listener whose peer, let in with a good name, does as it likes. */
class LinkHostileTest {
  private static final int LONGEST = 16 << 10;
  private static final int WINDOW = 64 << 10;

  private final MemoryTransport.Network network = new MemoryTransport.Network();
  private final Recorder there = new Recorder();
  private LinkServer server;
  private final List<LinkConnection> connections = new ArrayList<>();
  private LinkConnection connection;
  private FrameInput in;
  private FrameOutput out;

  @BeforeEach
  void listen() throws IOException {
    server =
        LinkServer.start(
            network.site(Link.BURST),
            "burst",
            Link.settings("burst", Link.TWO)
                .longestMessage(LONGEST)
                .windows(WINDOW, WINDOW)
                .build(),
            peer -> there);
  }

  @AfterEach
  void close() {
    connections.forEach(LinkConnection::close);
    server.close();
  }

  private Hello greet(PeerIdentity who, @Nullable Ticket ticket, String instance)
      throws IOException {
    connection = network.site(who).dial("burst", "burst");
    connections.add(connection);
    in = new FrameInput(connection.input());
    out = new FrameOutput(connection.output());
    Hello.readCall(in);
    new Hello(
            0,
            0,
            who.site(),
            instance,
            Set.of("zstd"),
            Set.of("f"),
            1 << 16,
            1 << 17,
            1 << 17,
            ticket,
            0,
            null)
        .write(out);
    return Hello.read(in);
  }

  private Hello open() throws IOException {
    Hello answer = greet(Link.LAB, null, Link.ONE);
    assertThat(answer.refusal()).isNull();
    return answer;
  }

  private static void message(FrameOutput out, int type, long id, int length) throws IOException {
    out.head(type, 0, 8 + length);
    out.i64(id);
    out.bytes(new byte[length], length);
  }

  private static void packed(FrameOutput out, byte[] frame, int said) throws IOException {
    out.head(Frame.BULK, Frame.PACKED, 12 + frame.length);
    out.i64(1);
    out.i32(said);
    out.bytes(frame, frame.length);
  }

  private static byte[] bomb(int length) throws IOException {
    try (ZstdPacker packer = new ZstdPacker()) {
      return packer.pack(1, new byte[length]);
    }
  }

  /** What ends a session. */
  enum Harm {
    GARBAGE(out -> out.bytes("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(UTF_8), 27)),
    UNKNOWN_TYPE(out -> out.head(99, 0, 0)),
    RESERVED_NOT_ZERO(
        out -> {
          out.u8(Frame.LEAVE);
          out.u8(0);
          out.u16(1);
          out.i32(0);
        }),
    LONG_MESSAGE(out -> out.head(Frame.ORDERED, 0, 8 + LONGEST + 1)),
    HUGE_MESSAGE(out -> out.head(Frame.BULK, 0, Integer.MAX_VALUE)),
    NEGATIVE_LENGTH(out -> out.head(Frame.BULK, 0, -1)),
    NUMBER_ZERO(out -> message(out, Frame.ORDERED, 0, 1)),
    NUMBER_NEGATIVE(out -> message(out, Frame.BULK, -1, 1)),
    NUMBER_FAR_AHEAD(out -> message(out, Frame.ORDERED, IdWindow.SPREAD + 2L, 1)),
    NUMBER_LARGEST(out -> message(out, Frame.BULK, Long.MAX_VALUE, 1)),
    /** Number 1 never comes, so that nothing can be handled. */
    MORE_THAN_THE_CREDIT_ORDERED(
        out -> {
          for (int id = 2; id < 10; id++) {
            message(out, Frame.ORDERED, id, LONGEST);
          }
        }),
    MORE_THAN_THE_CREDIT_EMPTY(
        out -> {
          for (int id = 2; id < 2 + WINDOW / SendLane.OVERHEAD + 1; id++) {
            message(out, Frame.ORDERED, id, 0);
          }
        }),
    BOMB_THAT_SAYS_SO(out -> packed(out, bomb(100 << 20), 100 << 20)),
    BOMB_THAT_LIES(out -> packed(out, bomb(100 << 20), 1000)),
    LONGER_THAN_WHAT_IT_HOLDS(out -> packed(out, bomb(10), 10)),
    BOMB_NEGATIVE(out -> packed(out, bomb(100), -100)),
    SHORTER_THAN_SAID(out -> packed(out, bomb(100), 1000)),
    NOT_COMPRESSED_AT_ALL(out -> packed(out, new byte[50], 1000)),
    HANDLED_WHAT_WAS_NOT_SENT(
        out -> {
          IdSet some = new IdSet(5, new byte[0]);
          out.head(Frame.ACK, 0, 2 * Frame.bytes(some));
          out.set(some);
          out.set(some);
        }),
    SET_LONGER_THAN_ITS_FRAME(
        out -> {
          out.head(Frame.ACK, 0, 20);
          out.set(new IdSet(0, new byte[4000]));
          out.set(IdSet.EMPTY);
        }),
    SET_TOO_LONG(
        out -> {
          IdSet some = new IdSet(0, new byte[IdWindow.SPREAD / 8 + 1]);
          out.head(Frame.ACK, 0, 2 * Frame.bytes(IdSet.EMPTY) + some.bits().length);
          out.set(some);
          out.set(IdSet.EMPTY);
        }),
    SET_NEGATIVE(
        out -> {
          out.head(Frame.ACK, 0, 20);
          out.set(new IdSet(-1, new byte[0]));
          out.set(IdSet.EMPTY);
        });

    @SuppressWarnings("ImmutableEnumChecker") // it keeps nothing
    private final Writing writing;

    Harm(Writing writing) {
      this.writing = writing;
    }
  }

  @ParameterizedTest
  @EnumSource(Harm.class)
  void violation_endsTheSession_andThePeerIsToldWhich(Harm harm) throws Exception {
    open();
    harm.writing.to(out);
    out.flush();
    assertThat(there.end(1).kind()).isEqualTo(Kind.VIOLATION);
    assertThat(there.end(1).reason()).startsWith("lab sent ").hasSizeLessThan(300);
    assertThat(there.messages()).isEmpty();
    assertThat(there.bulks()).isEmpty();
    assertThat(server.sessions()).isEmpty();
  }

  @Test
  void replayedAndReorderedMessages_areHandledOnceInOrder() throws Exception {
    open();
    for (int id : new int[] {3, 3, 2, 1, 1, 2, 3, 4}) {
      out.head(Frame.ORDERED, 0, 9);
      out.i64(id);
      out.u8(id);
      out.head(Frame.BULK, Frame.LAST, 9);
      out.i64(id);
      out.u8(id);
    }
    out.flush();
    there.await(() -> there.messages.size() == 4 && there.bulks.size() == 4);
    Set<Byte> bulks = new TreeSet<>();
    there.bulks().forEach(b -> bulks.add(b[0]));
    assertThat(there.messages().stream().map(m -> (int) m[0])).containsExactly(1, 2, 3, 4);
    assertThat(bulks).hasSize(4);
  }

  @Test
  void skippableUnknownFrames_andQuestionsOfUnknownStreams_areTaken() throws Exception {
    open();
    for (int i = 0; i < 3000; i++) {
      out.head(200, Frame.SKIPPABLE, 7);
      out.bytes(new byte[7], 7);
      out.head(Frame.CUT, 0, 4);
      out.i32(100 + i % 5);
    }
    message(out, Frame.ORDERED, 1, 5);
    out.flush();
    there.await(() -> there.messages.size() == 1);
    assertThat(server.sessions()).hasSize(1);
  }

  /** Whoever knows a session's number, but not its token, or is somebody else, learns nothing. */
  @Test
  void join_guessed_orStolen_isRefusedWithOneAnswer() throws Exception {
    Hello answer = open();
    Ticket ticket = answer.ticket();
    byte[] wrong = ticket.token().clone();
    wrong[31]++;
    PeerIdentity renewed =
        new PeerIdentity("lab", "another", Link.LAB.serial(), Link.LAB.expires());
    Hello[] refused = {
      greet(Link.LAB, new Ticket(ticket.session(), wrong), Link.ONE),
      greet(Link.LAB, new Ticket(Link.ONE, ticket.token()), Link.ONE),
      greet(Link.identity("brig"), ticket, Link.ONE),
      greet(renewed, ticket, Link.ONE),
      greet(Link.LAB, ticket, Link.TWO),
    };
    for (Hello r : refused) {
      assertThat(r.refusal()).isNotNull();
      assertThat(r.refusal().why()).isEqualTo(Cause.UNKNOWN_SESSION);
      assertThat(r.refusal()).hasMessage(refused[0].refusal().getMessage());
      assertThat(r.ticket()).isNull();
    }
    Hello joined = greet(Link.LAB, ticket, Link.ONE);
    assertThat(joined.refusal()).isNull();
    assertThat(joined.stream()).isEqualTo(2);
  }

  @Test
  void tooManyStreams_areRefused_theSessionStays() throws Exception {
    Ticket ticket = open().ticket();
    for (int i = 1; i < Session.MOST_STREAMS; i++) {
      assertThat(greet(Link.LAB, ticket, Link.ONE).refusal()).isNull();
    }
    there.await(() -> server.sessions().get(0).status().streams() == Session.MOST_STREAMS);
    assertThat(greet(Link.LAB, ticket, Link.ONE).refusal().why()).isEqualTo(Cause.BUSY);
    assertThat(server.sessions()).hasSize(1);
  }

  /** Whatever comes: the session ends or goes on, and the listener takes the next one. */
  @Tag("fuzz")
  @Property(tries = 300)
  void frames_damaged_neverStopTheListener(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 40) int flips) throws Exception {
    if (server == null) {
      listen();
    }
    open();
    Random random = new Random(seed);
    byte[] bytes = LinkFormatTest.bytes(out -> stream(out, random));
    for (int i = 0; i < flips; i++) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
    }
    try {
      connection.output().write(bytes);
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("closed");
    }
    connection.close();
    open();
    message(out, Frame.ORDERED, 1, 3);
    out.flush();
    int before = there.entered;
    LinkSession session = server.sessions().get(server.sessions().size() - 1);
    there.await(() -> session.status().logicalIn() == 3 || there.entered > before);
  }

  private static void stream(FrameOutput out, Random random) throws IOException {
    for (int id = 1; id <= 20; id++) {
      message(out, random.nextBoolean() ? Frame.ORDERED : Frame.BULK, id, random.nextInt(50));
      IdSet some = new IdSet(0, new byte[random.nextInt(4)]);
      out.head(Frame.ACK, 0, 2 * Frame.bytes(some));
      out.set(some);
      out.set(some);
      out.head(Frame.CUT, 0, 4);
      out.i32(random.nextInt(3));
      out.head(Frame.PING, 0, 32);
      for (int i = 0; i < 4; i++) {
        out.i64(random.nextLong());
      }
    }
  }
}
