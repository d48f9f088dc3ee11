// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class GroupQueueTest {
  private final GroupQueue<Integer> queue = new GroupQueue<>();

  @Test
  void take_whenSeveralWait_givesThemInOrder() {
    queue.add(1);
    queue.add(2);
    queue.add(3);

    assertThat(queue.take(10, i -> 1)).containsExactly(1, 2, 3);
  }

  @Test
  void take_whenWeightIsReached_leavesTheRest() {
    for (int i = 1; i <= 5; i++) {
      queue.add(i);
    }

    assertThat(queue.take(3, i -> i)).containsExactly(1, 2);
    assertThat(queue.take(1, i -> i)).containsExactly(3);
  }

  @Test
  void take_whenClosed_givesWhatIsLeftAndThenNothing() {
    queue.add(1);
    queue.close();

    assertThat(queue.add(2)).isFalse();
    assertThat(queue.take(10, i -> 1)).containsExactly(1);
    assertThat(queue.take(10, i -> 1)).isEmpty();
  }

  @Test
  void closeAndDrain_whenItemsWait_givesThem() {
    queue.add(1);

    assertThat(queue.closeAndDrain()).containsExactly(1);
    assertThat(queue.add(2)).isFalse();
  }

  @Test
  void take_whenManyWrite_losesAndRepeatsNothing() throws InterruptedException {
    int writers = 8;
    int each = 500;
    List<Integer> seen = Collections.synchronizedList(new ArrayList<>());
    CountDownLatch[] taken = new CountDownLatch[writers * each];
    for (int i = 0; i < taken.length; i++) {
      taken[i] = new CountDownLatch(1);
    }
    Thread taker =
        new Thread(
            () -> {
              for (List<Integer> group = queue.take(16, i -> 1);
                  !group.isEmpty();
                  group = queue.take(16, i -> 1)) {
                seen.addAll(group);
                group.forEach(i -> taken[i].countDown());
              }
            });
    taker.start();
    List<Thread> threads = new ArrayList<>();
    for (int w = 0; w < writers; w++) {
      int first = w * each;
      Thread thread =
          new Thread(
              () -> {
                for (int i = first; i < first + each; i++) {
                  queue.add(i);
                  try {
                    taken[i].await();
                  } catch (InterruptedException e) {
                    return;
                  }
                }
              });
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    queue.close();
    taker.join();

    assertThat(seen).hasSize(writers * each).doesNotHaveDuplicates();
  }
}
