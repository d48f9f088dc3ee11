// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.engine.RetryPolicy;
import io.kmesh.engine.Transfer;
import io.kmesh.engine.TransferContext;
import io.kmesh.engine.TransferPriority;
import io.kmesh.engine.TransferQueue;
import io.kmesh.engine.TransferRequest;
import io.kmesh.engine.TransferState;
import io.kmesh.engine.TransferWork;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.testkit.time.ManualTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TransferQueueTest {
  private final ManualTime time = ManualTime.create();

  private static TransferRequest request(String name, TransferPriority priority) {
    return new TransferRequest(name, priority, "u", DataSize.ofBytes(10));
  }

  private TransferQueue.Builder builder() {
    return TransferQueue.builder(time)
        .threads(1)
        .random(new SplittableRandom(7))
        .retry(new RetryPolicy(3, Duration.ofSeconds(1), Duration.ofSeconds(10)));
  }

  private static Transfer join(Transfer transfer) {
    transfer.end().exceptionally(e -> transfer).toCompletableFuture().join();
    return transfer;
  }

  /** Keeps the only thread busy until told. */
  private static final class Gate implements TransferWork {
    final CountDownLatch begun = new CountDownLatch(1);
    final CountDownLatch open = new CountDownLatch(1);

    @Override
    public void run(TransferContext context) throws IOException {
      begun.countDown();
      try {
        open.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      context.checkCancelled();
    }
  }

  /** Waits, without a clock, until the retry is scheduled. */
  private void awaitTimer() {
    while (time.timers() == 0) {
      Thread.onSpinWait();
    }
  }

  /** Moves the clock from retry to retry; two may be due in one move. */
  private void advanceUntilEnd(Transfer transfer) {
    var end = transfer.end().exceptionally(e -> transfer).toCompletableFuture();
    while (!end.isDone()) {
      if (time.timers() > 0) {
        time.advance(Duration.ofSeconds(10));
      } else {
        Thread.onSpinWait();
      }
    }
  }

  @Test
  void submit_whenBusy_runsByPriority() throws Exception {
    List<String> order = Collections.synchronizedList(new ArrayList<>());
    try (TransferQueue queue = builder().build()) {
      Gate gate = new Gate();
      queue.submit(request("gate", TransferPriority.ARCHIVE), gate);
      gate.begun.await();
      List<Transfer> all = new ArrayList<>();
      for (TransferPriority p :
          List.of(TransferPriority.MIGRATION, TransferPriority.ARCHIVE, TransferPriority.RESTORE)) {
        all.add(queue.submit(request(p.name(), p), c -> order.add(p.name())));
      }
      assertThat(queue.queued()).isEqualTo(3);
      assertThat(queue.running()).isEqualTo(1);
      gate.open.countDown();
      all.forEach(TransferQueueTest::join);
    }
    assertThat(order).containsExactly("RESTORE", "ARCHIVE", "MIGRATION");
  }

  @Test
  void run_whenTransient_triesAgainAfterJitter() {
    AtomicInteger tries = new AtomicInteger();
    try (TransferQueue queue = builder().build()) {
      Transfer transfer =
          queue.submit(
              request("a", TransferPriority.ARCHIVE),
              c -> {
                if (tries.incrementAndGet() < 3) {
                  throw new ProviderException(ErrorKind.TRANSIENT, "again");
                }
                c.moved(5);
              });
      awaitTimer();
      assertThat(transfer.state()).isEqualTo(TransferState.QUEUED);
      advanceUntilEnd(transfer);
      assertThat(transfer.state()).isEqualTo(TransferState.DONE);
      assertThat(transfer.attempts()).isEqualTo(3);
      assertThat(transfer.movedBytes()).isEqualTo(5);
    }
  }

  @Test
  void run_whenThrottled_honoursRetryAfter() {
    AtomicInteger tries = new AtomicInteger();
    try (TransferQueue queue = builder().build()) {
      Transfer transfer =
          queue.submit(
              request("a", TransferPriority.ARCHIVE),
              c -> {
                if (tries.incrementAndGet() == 1) {
                  throw new ProviderException(
                      ErrorKind.THROTTLED, "slow", null, null, Duration.ofMinutes(5), null);
                }
              });
      awaitTimer();
      time.advance(Duration.ofMinutes(5).minusMillis(1));
      assertThat(transfer.state()).isEqualTo(TransferState.QUEUED);
      time.advance(Duration.ofSeconds(2));
      assertThat(join(transfer).state()).isEqualTo(TransferState.DONE);
    }
  }

  @Test
  void run_whenTriesAreUsedUpOrFailureIsFinal_fails() {
    RetryPolicy once = new RetryPolicy(1, Duration.ZERO, Duration.ZERO);
    try (TransferQueue queue = builder().retry(once).build()) {
      for (ErrorKind kind : List.of(ErrorKind.TRANSIENT, ErrorKind.DENIED, ErrorKind.CORRUPT)) {
        Transfer transfer =
            queue.submit(
                request("a", TransferPriority.ARCHIVE),
                c -> {
                  throw new ProviderException(kind, "no");
                });
        assertThat(join(transfer).state()).isEqualTo(TransferState.FAILED);
        assertThatThrownBy(() -> transfer.end().toCompletableFuture().join())
            .isInstanceOf(CompletionException.class)
            .hasCauseInstanceOf(ProviderException.class);
      }
    }
  }

  @Test
  void run_whenOutcomeIsUnknown_looksFirst() {
    for (TransferWork.Outcome outcome : TransferWork.Outcome.values()) {
      AtomicInteger tries = new AtomicInteger();
      TransferWork work =
          new TransferWork() {
            @Override
            public void run(TransferContext context) throws IOException {
              if (tries.incrementAndGet() == 1) {
                throw new IOException("the reply was lost");
              }
            }

            @Override
            public Outcome look() {
              return outcome;
            }
          };
      try (TransferQueue queue = builder().build()) {
        Transfer transfer = queue.submit(request("a", TransferPriority.ARCHIVE), work);
        advanceUntilEnd(transfer);
        assertThat(join(transfer).state())
            .isEqualTo(
                outcome == TransferWork.Outcome.UNKNOWN
                    ? TransferState.FAILED
                    : TransferState.DONE);
        assertThat(tries.get()).isEqualTo(outcome == TransferWork.Outcome.NOT_DONE ? 2 : 1);
      }
    }
  }

  @Test
  void cancel_whenQueuedOrRunning_ends() throws Exception {
    try (TransferQueue queue = builder().build()) {
      Gate gate = new Gate();
      Transfer running = queue.submit(request("gate", TransferPriority.ARCHIVE), gate);
      gate.begun.await();
      AtomicInteger ran = new AtomicInteger();
      Transfer waiting =
          queue.submit(request("b", TransferPriority.ARCHIVE), c -> ran.incrementAndGet());
      waiting.cancel();
      assertThat(waiting.state()).isEqualTo(TransferState.CANCELLED);
      running.cancel();
      gate.open.countDown();
      assertThat(join(running).state()).isEqualTo(TransferState.CANCELLED);
      assertThat(ran.get()).isZero();
      assertThat(queue.queued()).isZero();
    }
  }

  @Test
  void close_whenWorkIsLeft_parksIt() throws Exception {
    TransferQueue queue = builder().build();
    Gate gate = new Gate();
    Transfer running = queue.submit(request("gate", TransferPriority.ARCHIVE), gate);
    gate.begun.await();
    Transfer waiting = queue.submit(request("b", TransferPriority.ARCHIVE), c -> {});
    var unused = waiting.end().exceptionally(e -> waiting).thenAccept(t -> gate.open.countDown());
    queue.close();
    assertThat(waiting.state()).isEqualTo(TransferState.PARKED);
    assertThat(running.state()).isEqualTo(TransferState.PARKED);
    assertThatThrownBy(() -> queue.submit(request("c", TransferPriority.ARCHIVE), c -> {}))
        .isInstanceOf(IllegalStateException.class);
    queue.close();
  }

  @Test
  void moved_whenRateIsLimited_waits() {
    ManualTime skipping = ManualTime.skipping();
    long begin = skipping.nanoTime();
    try (TransferQueue queue =
        TransferQueue.builder(skipping).threads(2).rate(DataSize.ofMib(1)).build()) {
      List<Transfer> all = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        all.add(queue.submit(request("a", TransferPriority.ARCHIVE), c -> c.moved(1 << 20)));
      }
      all.forEach(TransferQueueTest::join);
    }
    // One second's worth is in the bucket at the beginning.
    assertThat(skipping.nanoTime() - begin).isGreaterThanOrEqualTo(8_900_000_000L);
  }

  @Test
  void operationRate_whenLimited_waits() {
    ManualTime skipping = ManualTime.skipping();
    long begin = skipping.nanoTime();
    try (TransferQueue queue =
        TransferQueue.builder(skipping).threads(2).operationRate(2).build()) {
      List<Transfer> all = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        all.add(queue.submit(request("a", TransferPriority.ARCHIVE), c -> {}));
      }
      all.forEach(TransferQueueTest::join);
    }
    // Two are in the bucket at the beginning.
    assertThat(skipping.nanoTime() - begin).isGreaterThanOrEqualTo(3_900_000_000L);
  }

  @Test
  void submit_whenManySmall_runsEachOnceOnFewThreads() {
    AtomicInteger ran = new AtomicInteger();
    List<String> names = Collections.synchronizedList(new ArrayList<>());
    try (TransferQueue queue = builder().threads(3).build()) {
      List<Transfer> all = new ArrayList<>();
      for (int i = 0; i < 5000; i++) {
        all.add(
            queue.submit(
                request("a", TransferPriority.ARCHIVE),
                c -> {
                  names.add(Thread.currentThread().getName());
                  ran.incrementAndGet();
                }));
      }
      all.forEach(TransferQueueTest::join);
    }
    assertThat(ran.get()).isEqualTo(5000);
    assertThat(names).allMatch(n -> n.startsWith("kmesh-transfer-"));
  }
}
