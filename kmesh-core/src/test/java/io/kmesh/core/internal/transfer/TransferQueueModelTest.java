// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Any transfers in any order: each ends once, as its failures and its caller say. */
class TransferQueueModelTest {
  private static final int TRIES = 3;

  /** What a transfer does. */
  enum Course {
    SUCCEEDS,
    FAILS_TWICE,
    ALWAYS_FAILS,
    IS_DENIED,
    LOSES_ITS_REPLY,
    IS_CANCELLED_AT_ONCE,
    CANCELS_ITSELF
  }

  /** One transfer. */
  record Plan(Course course, int priority, int owner, int size) {}

  @Provide
  Arbitrary<List<Plan>> plans() {
    return Combinators.combine(
            Arbitraries.of(Course.class),
            Arbitraries.integers().between(0, 2),
            Arbitraries.integers().between(0, 3),
            Arbitraries.integers().between(0, 5_000_000))
        .as(Plan::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(40);
  }

  /** The work of a plan, which counts what happens to it. */
  private static final class Work implements TransferWork {
    private final Plan plan;
    private final AtomicInteger runs = new AtomicInteger();
    private final AtomicInteger inside = new AtomicInteger();
    private volatile boolean wasTwiceAtOnce;
    private volatile Transfer self;

    Work(Plan plan) {
      this.plan = plan;
    }

    @Override
    public void run(TransferContext context) throws IOException {
      if (inside.incrementAndGet() > 1) {
        wasTwiceAtOnce = true;
      }
      try {
        int run = runs.incrementAndGet();
        switch (plan.course) {
          case FAILS_TWICE -> {
            if (run <= 2) {
              throw new ProviderException(ErrorKind.TRANSIENT, "again");
            }
          }
          case ALWAYS_FAILS -> throw new ProviderException(ErrorKind.THROTTLED, "slow");
          case IS_DENIED -> throw new ProviderException(ErrorKind.DENIED, "no");
          case LOSES_ITS_REPLY -> throw new IOException("who knows");
          case CANCELS_ITSELF -> {
            while (self == null) {
              Thread.onSpinWait();
            }
            self.cancel();
            context.checkCancelled();
          }
          default -> context.moved(plan.size);
        }
      } finally {
        inside.decrementAndGet();
      }
    }

    @Override
    public Outcome look() {
      return Outcome.DONE;
    }
  }

  @Property(tries = 80)
  void queue_whenAnyTransfers_endsEachOnceAsItShould(@ForAll("plans") List<Plan> plans) {
    ManualTime time = ManualTime.create();
    List<Work> works = new ArrayList<>();
    List<Transfer> transfers = new ArrayList<>();
    AtomicInteger ends = new AtomicInteger();
    try (TransferQueue queue =
        TransferQueue.builder(time)
            .threads(3)
            .random(new SplittableRandom(plans.size()))
            .retry(new RetryPolicy(TRIES, Duration.ofSeconds(1), Duration.ofSeconds(10)))
            .build()) {
      for (Plan plan : plans) {
        Work work = new Work(plan);
        TransferPriority priority = List.of(TransferPriority.values()).get(plan.priority);
        Transfer transfer =
            queue.submit(
                new TransferRequest(
                    "t" + works.size(), priority, "o" + plan.owner, DataSize.ofBytes(plan.size)),
                work);
        work.self = transfer;
        if (plan.course == Course.IS_CANCELLED_AT_ONCE) {
          transfer.cancel();
        }
        var unused = transfer.end().whenComplete((t, e) -> ends.incrementAndGet());
        works.add(work);
        transfers.add(transfer);
      }
      while (transfers.stream().anyMatch(t -> !t.state().isFinal())) {
        if (time.timers() > 0) {
          time.advance(Duration.ofSeconds(20));
        } else {
          Thread.onSpinWait();
        }
      }
      assertThat(queue.queued()).isZero();
    }
    assertThat(ends).hasValue(plans.size());
    for (int i = 0; i < plans.size(); i++) {
      check(plans.get(i), works.get(i), transfers.get(i));
    }
  }

  private static void check(Plan plan, Work work, Transfer transfer) {
    assertThat(work.wasTwiceAtOnce).as("two threads at one transfer").isFalse();
    assertThat(transfer.attempts()).isEqualTo(work.runs.get());
    switch (plan.course) {
      case SUCCEEDS -> assertEnd(transfer, TransferState.DONE, 1);
      case FAILS_TWICE -> assertEnd(transfer, TransferState.DONE, TRIES);
      case ALWAYS_FAILS -> assertEnd(transfer, TransferState.FAILED, TRIES);
      case IS_DENIED -> assertEnd(transfer, TransferState.FAILED, 1);
      case LOSES_ITS_REPLY -> assertEnd(transfer, TransferState.DONE, 1);
      case CANCELS_ITSELF -> assertEnd(transfer, TransferState.CANCELLED, 1);
      case IS_CANCELLED_AT_ONCE -> {
        // It may have been done before the cancel came.
        assertThat(transfer.state()).isIn(TransferState.CANCELLED, TransferState.DONE);
        assertThat(transfer.attempts()).isLessThanOrEqualTo(1);
      }
    }
  }

  private static void assertEnd(Transfer transfer, TransferState state, int attempts) {
    assertThat(transfer.state()).as(transfer.request().name()).isEqualTo(state);
    assertThat(transfer.attempts()).isEqualTo(attempts);
  }

  @Property(tries = 30)
  void close_whenAnyAreLeft_parksThemForTheNextQueue(@ForAll("plans") List<Plan> plans) {
    ManualTime time = ManualTime.create();
    List<Work> works = new ArrayList<>();
    List<Transfer> transfers = new ArrayList<>();
    TransferQueue first = TransferQueue.builder(time).threads(2).build();
    for (Plan plan : plans) {
      Work work = new Work(new Plan(Course.SUCCEEDS, plan.priority, plan.owner, plan.size));
      works.add(work);
      transfers.add(
          first.submit(
              new TransferRequest(
                  "t",
                  List.of(TransferPriority.values()).get(plan.priority),
                  "o" + plan.owner,
                  DataSize.ofBytes(plan.size)),
              work));
    }
    first.close();
    try (TransferQueue second = TransferQueue.builder(time).threads(2).build()) {
      for (int i = 0; i < transfers.size(); i++) {
        assertThat(transfers.get(i).state()).isIn(TransferState.DONE, TransferState.PARKED);
        if (transfers.get(i).state() == TransferState.PARKED) {
          transfers.set(i, second.submit(transfers.get(i).request(), works.get(i)));
        }
      }
      transfers.forEach(t -> t.end().toCompletableFuture().join());
    }
    assertThat(works).allSatisfy(w -> assertThat(w.runs).hasValue(1));
  }
}
