// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.time.KmeshThreads;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class InOrderTest {
  private final List<Integer> passed = Collections.synchronizedList(new ArrayList<>());
  private final AtomicReference<Throwable> interrupt = new AtomicReference<>();
  private final InOrder order = new InOrder(interrupt::set);

  private Thread piece(int number) {
    return KmeshThreads.start(
        "test-" + number,
        () -> {
          try {
            if (!order.pass(number * 10L, 10, () -> passed.add(number))) {
              passed.add(-1);
            }
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  @Test
  void pieces_passInTheirOrder_whoeverComesFirst() throws Exception {
    List<Thread> threads = new ArrayList<>();
    for (int number : new int[] {4, 2, 3, 1, 0}) {
      threads.add(piece(number));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(passed).containsExactlyElementsOf(IntStream.range(0, 5).boxed().toList());
    assertThat(order.passed()).isEqualTo(50);
  }

  @Test
  void piecesBehindOneThatWasGivenUp_doNotPass() throws Exception {
    Thread waiting = piece(1);
    order.giveUp();
    waiting.join();
    assertThat(passed).containsExactly(-1);
    assertThat(order.pass(0, 10, () -> passed.add(0))).isFalse();
    assertThat(order.passed()).isZero();
  }

  @Test
  void turnThatFails_doesNotPass() {
    assertThatThrownBy(
            () ->
                order.pass(
                    0,
                    10,
                    () -> {
                      throw new IOException("no");
                    }))
        .hasMessage("no");
    assertThat(order.passed()).isZero();
  }

  @Test
  void interrupt_isTold_andTheWaitingGoesOn() throws Exception {
    Thread waiting = piece(1);
    waiting.interrupt();
    assertThat(order.pass(0, 10, () -> passed.add(0))).isTrue();
    waiting.join();
    assertThat(passed).containsExactly(0, 1);
  }
}
