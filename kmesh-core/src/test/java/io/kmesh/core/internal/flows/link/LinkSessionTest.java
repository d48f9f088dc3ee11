// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.time.KmeshThreads;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages between two sites, over streams that die. */
class LinkSessionTest {
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
    assertThat(1).isEqualTo(1);
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
      LinkSession there = null;
      LinkSession here = link.session();
      there = link.there.session(1);
      LinkSession back = there;
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
}
