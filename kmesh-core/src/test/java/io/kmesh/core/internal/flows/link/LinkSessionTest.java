// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.time.KmeshThreads;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages between two sites, over streams that die. */
class LinkSessionTest {
  @SuppressWarnings("UnnecessaryLambda")
  private static final LongSupplier NEVER = () -> Long.MAX_VALUE;

  private static List<String> texts(List<byte[]> messages) {
    return messages.stream().map(m -> new String(m, UTF_8)).toList();
  }

  @Test
  void send_arrivesInOrder_andFlushWaitsForTheHandler() throws Exception {
    try (Link link = new Link(NEVER, UnaryOperator.identity())) {
      LinkSession session = link.session();
      for (int i = 0; i < 1000; i++) {
        session.send(("message " + i).getBytes(UTF_8));
      }
      session.sendBulk("bulk".getBytes(UTF_8));
      assertThat(session.flush(Link.LONG)).isTrue();
      assertThat(texts(link.there.messages()))
          .hasSize(1000)
          .startsWith("message 0", "message 1")
          .endsWith("message 999")
          .isSortedAccordingTo(
              java.util.Comparator.comparingInt(m -> Integer.parseInt(m.substring(8))));
      assertThat(texts(link.there.bulks())).containsExactly("bulk");
      assertThat(session.peer().site()).isEqualTo("burst");
      assertThat(session.peer().instance()).isEqualTo(Link.TWO);
    }
  }

  /** Streams die at random bytes, in both directions, while both sides send. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void send_streamsDieAtRandomBytes_orderedOnceAndBulkAtLeastOnce(long seed) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    LongSupplier plan =
        () -> {
          synchronized (random) {
            return random.nextLong(300, 300_000);
          }
        };
    try (Link link = new Link(plan, UnaryOperator.identity())) {
      int count = 600;
      LinkSession here = link.session();
      LinkSession back = link.back();
      Thread other = KmeshThreads.start("test-back", () -> sendAll(back, count, seed + 100));
      sendAll(here, count, seed);
      other.join();
      assertThat(here.flush(Link.LONG)).as("seed %s %s", seed, here.status()).isTrue();
      assertThat(back.flush(Link.LONG)).as("seed %s %s", seed, back.status()).isTrue();
      check(link.there, count);
      check(link.here, count);
      assertThat(here.status().reconnects()).isPositive();
      assertThat(link.here.ends).isEmpty();
    }
  }

  private static void sendAll(LinkSession session, int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    try {
      for (int i = 0; i < count; i++) {
        byte[] message = new byte[random.nextInt(4, random.nextInt(8) == 0 ? 20_000 : 400)];
        random.nextBytes(message);
        ByteBuffer.wrap(message).putInt(i);
        session.send(message);
        session.sendBulk(message.clone());
      }
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static void check(Recorder recorder, int count) {
    List<byte[]> messages = recorder.messages();
    assertThat(messages).hasSize(count);
    for (int i = 0; i < count; i++) {
      assertThat(ByteBuffer.wrap(messages.get(i)).getInt()).isEqualTo(i);
    }
    TreeSet<Integer> bulks = new TreeSet<>();
    recorder.bulks().forEach(b -> bulks.add(ByteBuffer.wrap(b).getInt()));
    assertThat(bulks).hasSize(count);
  }

  /** The link is cut while the other side is busy: what has arrived is not sent again. */
  @Test
  void cut_thenRestored_sendsNothingAgainThatArrived() throws Exception {
    try (Link link = new Link(NEVER, b -> b.dontCompress().bulkThreads(1))) {
      LinkSession session = link.session();
      long began = link.cutting.written.get();
      int size = 10_000;
      for (int i = 0; i < 50; i++) {
        session.send(new byte[size]);
        session.sendBulk(new byte[size]);
      }
      assertThat(session.flush(Link.LONG)).isTrue();
      link.there.block(true);
      for (int i = 0; i < 50; i++) {
        session.send(new byte[size]);
        session.sendBulk(new byte[size]);
      }
      LinkSession back = link.back();
      link.there.await(() -> back.status().wireIn() >= 200L * size);
      link.cutting.cut();
      link.there.await(() -> session.status().streams() == 0 && back.status().streams() == 0);
      session.send("after the cut".getBytes(UTF_8));
      link.cutting.restore();
      link.there.block(false);
      assertThat(session.flush(Link.LONG)).isTrue();
      assertThat(link.there.messages()).hasSize(101);
      assertThat(link.there.bulks()).hasSize(100);
      assertThat(session.status().resumes()).isEqualTo(1);
      assertThat(session.status().retransmitted()).isZero();
      assertThat(link.cutting.written.get() - began).isLessThan(200L * size + 30_000);
    }
  }

  @Test
  void handlerBlocks_senderWaits_andNeitherSideHoldsMoreThanTheWindow() throws Exception {
    try (Link link = new Link(NEVER, b -> b.bulkThreads(1))) {
      LinkSession session = link.session();
      link.there.block(true);
      byte[] message = new byte[10_000 - SendLane.OVERHEAD];
      AtomicInteger ordered = new AtomicInteger();
      AtomicInteger bulk = new AtomicInteger();
      Thread one = KmeshThreads.start("test-1", () -> fill(() -> session.send(message), ordered));
      Thread two = KmeshThreads.start("test-2", () -> fill(() -> session.sendBulk(message), bulk));
      int most = (1 << 20) / 10_000;
      link.there.await(() -> ordered.get() == most && bulk.get() == 4 * most + 3);
      link.there.await(
          () -> one.getState() == Thread.State.WAITING && two.getState() == Thread.State.WAITING);
      assertThat(session.status().waiting()).isLessThanOrEqualTo(5 << 20);
      link.there.block(false);
      one.join();
      two.join();
      assertThat(session.flush(Link.LONG)).isTrue();
      assertThat(link.there.messages()).hasSize(1000);
    }
  }

  private interface Sending {
    void send() throws Exception;
  }

  private static void fill(Sending sending, AtomicInteger count) {
    try {
      for (int i = 0; i < 1000; i++) {
        sending.send();
        count.incrementAndGet();
      }
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void send_longerThanAgreed_isRefused() throws Exception {
    try (Link link = new Link(NEVER, UnaryOperator.identity())) {
      LinkSession session = link.session();
      assertThat(session.longestMessage()).isEqualTo(256 << 10);
      assertThatThrownBy(() -> session.send(new byte[(256 << 10) + 1]))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("262145 bytes");
      session.send(new byte[256 << 10]);
      session.send(new byte[0]);
      assertThat(session.flush(Link.LONG)).isTrue();
    }
  }

  @Test
  void text_isCompressed_whatDoesNotShrinkIsNot() throws Exception {
    try (Link link = new Link(NEVER, b -> b.compress(5))) {
      LinkSession session = link.session();
      byte[] noise = new byte[200_000];
      new SplittableRandom(1).nextBytes(noise);
      long began = link.cutting.written.get();
      session.send(noise.clone());
      assertThat(session.flush(Link.LONG)).isTrue();
      long sent = link.cutting.written.get() - began;
      assertThat(sent).isBetween(200_000L, 203_000L);
      String text = "Data where the computers are. ".repeat(5000);
      session.send(text.getBytes(UTF_8));
      assertThat(session.flush(Link.LONG)).isTrue();
      assertThat(link.cutting.written.get() - began - sent).isLessThan(5000);
      assertThat(link.there.messages().get(0)).isEqualTo(noise);
      assertThat(texts(link.there.messages()).get(1)).isEqualTo(text);
    }
  }
}
