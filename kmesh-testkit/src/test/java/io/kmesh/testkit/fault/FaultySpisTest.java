// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.archive.RemoveAction;
import io.kmesh.spi.archive.Remover;
import io.kmesh.spi.key.KeyProvider;
import io.kmesh.spi.key.KeyReference;
import io.kmesh.spi.key.SecretBytes;
import io.kmesh.spi.key.WrappedKey;
import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateStore;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.testkit.contract.StateStoreContract;
import io.kmesh.testkit.key.MemoryKeys;
import io.kmesh.testkit.observe.RecordingObserver;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Plans on the state, on keys, time, observers and archive back ends. */
class FaultySpisTest {
  private static final RecordKey KEY = new RecordKey("kind", "id");

  private final ManualTime time = ManualTime.create();
  private final MemoryState memory = MemoryState.create(time);

  /** A plan without faults changes nothing. */
  @Nested
  class Transparent extends StateStoreContract {
    private @Nullable MemoryState behind;

    @Override
    protected StateStore open(KmeshTime clock) {
      behind = behind == null ? MemoryState.create(clock) : behind.reopen();
      return FaultyStateStore.of(behind, FaultPlan.none(), clock);
    }
  }

  private FaultyStateStore state(FaultPlan plan) {
    return FaultyStateStore.of(memory, plan, time);
  }

  private static StateChange put(int... payload) {
    byte[] bytes = new byte[payload.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) payload[i];
    }
    return new StateChange.Put(KEY, "", 0, bytes, StateChange.ANY);
  }

  private static byte[] payload(StateStore state) throws IOException {
    return state.find(KEY).orElseThrow().payload();
  }

  private static ErrorKind kindOf(Throwable failure) {
    Throwable cause = failure instanceof UncheckedIOException u ? u.getCause() : failure;
    return ((ProviderException) cause).kind();
  }

  @Test
  void state_whenFailed_doesNothing() throws IOException {
    FaultyStateStore state =
        state(FaultPlan.on("apply").fail(1, ErrorKind.TRANSIENT).failPlainly(1));
    assertThatThrownBy(() -> state.apply(List.of(put(1))))
        .satisfies(e -> assertThat(kindOf(e)).isEqualTo(ErrorKind.TRANSIENT));
    assertThatThrownBy(() -> state.apply(List.of(put(1))))
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(ProviderException.class);
    assertThat(memory.find(KEY)).isEmpty();
    state.apply(List.of(put(1)));
    assertThat(memory.find(KEY)).isPresent();
    assertThat(state.faults().calls("apply")).isEqualTo(3);
  }

  @Test
  void state_whenReplyIsLost_happened() throws IOException {
    FaultyStateStore state = state(FaultPlan.on("apply").loseReplyOnce());
    assertThatThrownBy(() -> state.apply(List.of(put(1))))
        .satisfies(e -> assertThat(kindOf(e)).isEqualTo(ErrorKind.UNKNOWN_OUTCOME));
    assertThat(payload(memory)).containsExactly(1);
  }

  @Test
  void state_whenDelayed_takesTheTime() throws IOException {
    ManualTime skipping = ManualTime.skipping();
    FaultyStateStore state =
        FaultyStateStore.of(memory, FaultPlan.on("find").delay(Duration.ofSeconds(3)), skipping);
    state.find(KEY);
    assertThat(skipping.nanoTime()).isEqualTo(3_000_000_000L);
  }

  @Test
  void state_whenBitFlipsOrTailIsCut_isWrongOnce() throws IOException {
    memory.apply(List.of(put(1, 2, 3, 4)));
    StateStore flipping = state(FaultPlan.on("find").flipBitOnce());
    assertThat(payload(flipping)).hasSize(4).isNotEqualTo(new byte[] {1, 2, 3, 4});
    assertThat(payload(flipping)).containsExactly(1, 2, 3, 4);
    StateStore cutting = state(FaultPlan.on("scan").truncate(2));
    assertThat(cutting.scan("kind", "", "", 10).get(0).payload()).containsExactly(1, 2);

    StateStore writing = state(FaultPlan.on("apply").flipBitOnce());
    StateChange other =
        new StateChange.Put(new RecordKey("kind", "other"), "", 0, new byte[] {7}, -1);
    writing.apply(List.of(put(1, 2, 3, 4), other));
    assertThat(payload(memory)).as("stored wrong").isNotEqualTo(new byte[] {1, 2, 3, 4});
    assertThat(memory.find(other.key()).orElseThrow().payload()).containsExactly(7);
  }

  @Test
  void state_whenListIsStale_isOneBehind() throws IOException {
    StateStore state = state(FaultPlan.on("scan").staleList());
    memory.apply(List.of(put(1)));
    assertThat(state.scan("kind", "", "", 10)).isEmpty();
    assertThat(state.scan("kind", "", "", 10)).hasSize(1);
  }

  @Test
  void state_whenThrottled_saysUntilWhen() throws IOException {
    StateStore state = state(FaultPlan.on("*").throttle(1, Duration.ofSeconds(1)));
    state.find(KEY);
    assertThatThrownBy(() -> state.count("kind", ""))
        .extracting(e -> ((ProviderException) e).retryAfter().orElseThrow())
        .isEqualTo(Duration.ofSeconds(1));
    time.advance(Duration.ofSeconds(1));
    state.find(KEY);
  }

  @Test
  void state_whenCrashAfter_hasHappenedAndNobodyKnows() throws IOException {
    StateStore state = state(FaultPlan.on("apply").crashAfter(2));
    state.apply(List.of(put(1)));
    assertThatThrownBy(() -> state.apply(List.of(put(2)))).isInstanceOf(SimulatedCrash.class);
    assertThatThrownBy(() -> state.find(KEY)).isInstanceOf(SimulatedCrash.class);
    assertThat(payload(memory)).containsExactly(2);
  }

  @Test
  void crashableState_whenEnumerated_crashesAroundEachCallAndDamagesNothing() {
    AtomicInteger acknowledged = new AtomicInteger();
    CrashPoints.Report report =
        CrashPoints.enumerate(
            () ->
                new CrashPoints.Scenario() {
                  private final MemoryState real = MemoryState.create(time);

                  @Override
                  public void run(CrashPoint crashPoint) throws IOException {
                    acknowledged.set(0);
                    StateStore state = CrashableState.of(real, crashPoint);
                    for (int i = 1; i <= 3; i++) {
                      state.apply(List.of(put(i)));
                      acknowledged.set(i);
                    }
                  }

                  @Override
                  public void recoverAndCheck(long seed) throws IOException {
                    int there = real.find(KEY).isPresent() ? payload(real)[0] : 0;
                    assertThat(there).isBetween(acknowledged.get(), acknowledged.get() + 1);
                  }
                },
            1);
    assertThat(report).isEqualTo(new CrashPoints.Report(3, 6));
  }

  @Test
  void keys_whenPlanned_failLoseAndDamage() throws IOException {
    MemoryKeys real = new MemoryKeys();
    KeyReference reference = real.make("k");
    FaultPlan plan =
        FaultPlan.on("wrap")
            .fail(1, ErrorKind.DENIED)
            .and("wrap")
            .flipBitOnce()
            .and("unwrap")
            .after(1)
            .flipBitOnce();
    KeyProvider keys = Faults.wrap(KeyProvider.class, real, plan, time);
    SecretBytes secret = SecretBytes.copyOf(new byte[] {1, 2, 3});
    byte[] data = {9};
    assertThatThrownBy(() -> keys.wrap(reference, secret, data))
        .satisfies(e -> assertThat(kindOf(e)).isEqualTo(ErrorKind.DENIED));
    // One bit of the sealed bytes, or of the associated data, is wrong: it does not open.
    WrappedKey damaged = keys.wrap(reference, secret, data);
    assertThatThrownBy(() -> keys.unwrap(damaged, data))
        .satisfies(e -> assertThat(kindOf(e)).isEqualTo(ErrorKind.CORRUPT));
    WrappedKey good = keys.wrap(reference, secret, data);
    assertThat(keys.description()).isEqualTo(real.description());
    assertThatThrownBy(() -> keys.unwrap(good, data))
        .as("the associated data of this call is damaged")
        .satisfies(e -> assertThat(kindOf(e)).isEqualTo(ErrorKind.CORRUPT));
    assertThat(keys.unwrap(good, data).reveal()).containsExactly(1, 2, 3);
  }

  @Test
  void time_whenPlanned_sleepsLongerOrFails() throws InterruptedException {
    ManualTime skipping = ManualTime.skipping();
    FaultPlan plan =
        FaultPlan.on("sleep")
            .delayOnce(Duration.ofSeconds(5))
            .and("schedule")
            .fail(1, ErrorKind.TRANSIENT);
    KmeshTime faulty = Faults.wrap(KmeshTime.class, skipping, plan, skipping);
    faulty.sleep(Duration.ofSeconds(1));
    assertThat(faulty.nanoTime()).isEqualTo(6_000_000_000L);
    assertThatThrownBy(() -> faulty.schedule(Duration.ZERO, () -> {}))
        .satisfies(e -> assertThat(kindOf(e)).isEqualTo(ErrorKind.TRANSIENT));
    faulty.schedule(Duration.ofSeconds(1), () -> {}).cancel();
    assertThat(skipping.timers()).isZero();
  }

  @Test
  void observer_whenPlanned_throwsUnchecked() {
    RecordingObserver real = new RecordingObserver();
    FaultPlan plan = FaultPlan.on("count").matching("state").failAlways(ErrorKind.INVALID);
    Observer faulty = Faults.wrap(Observer.class, real, plan, time);
    faulty.count("store.puts", 2);
    assertThatThrownBy(() -> faulty.count("state.commits", 1))
        .isInstanceOf(UncheckedIOException.class);
    assertThat(real.count("store.puts")).isEqualTo(2);
    assertThat(real.count("state.commits")).isZero();
  }

  @Test
  void archive_whenReplyIsLost_hasRemoved() {
    AtomicInteger removed = new AtomicInteger();
    Remover real =
        new Remover() {
          @Override
          public void remove(RemoveAction action) {
            removed.incrementAndGet();
          }
        };
    Remover faulty = Faults.wrap(Remover.class, real, FaultPlan.on("remove").loseReplyOnce(), time);
    assertThatThrownBy(() -> faulty.remove(null))
        .satisfies(e -> assertThat(kindOf(e)).isEqualTo(ErrorKind.UNKNOWN_OUTCOME));
    assertThat(removed).hasValue(1);
  }
}
