// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.archive.ArchiveAction;
import io.kmesh.spi.archive.Archiver;
import io.kmesh.spi.archive.PendingArchive;
import io.kmesh.spi.store.BlockingObjectStore;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.testkit.contract.ObjectStoreContract;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class FaultPlanTest {
  private final ManualTime time = ManualTime.create();
  private final MemoryStore memory = MemoryStore.create();

  /** A plan without faults changes nothing. */
  @Nested
  class Transparent extends ObjectStoreContract {
    @Override
    protected FaultyObjectStore open() {
      return FaultyObjectStore.of(MemoryStore.create(), FaultPlan.none(), ManualTime.create());
    }
  }

  @Test
  void fail_whenTwice_failsTwiceAndThenCalls() throws IOException {
    FaultyObjectStore store = faulty(FaultPlan.on("put").fail(2, ErrorKind.THROTTLED));
    BlockingObjectStore calls = store.blocking();
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> put(calls, "a", "x"))
          .isInstanceOf(ProviderException.class)
          .hasMessageContaining("a")
          .extracting(e -> ((ProviderException) e).kind())
          .isEqualTo(ErrorKind.THROTTLED);
    }
    assertThat(memory.requests("put")).isZero();
    put(calls, "a", "x");
    assertThat(store.faults().calls("put")).isEqualTo(3);
    assertThat(store.faults().injected()).isEqualTo(2);
  }

  @Test
  void fail_whenMatchingAndAfter_sparesTheRest() throws IOException {
    BlockingObjectStore calls =
        faulty(FaultPlan.on("put").matching("bad").after(1).fail(1, Errno.ENOSPC)).blocking();
    put(calls, "good", "x");
    put(calls, "bad", "1");
    assertThatThrownBy(() -> put(calls, "bad", "2"))
        .extracting(e -> ((ProviderException) e).errno().orElseThrow())
        .isEqualTo(Errno.ENOSPC);
    put(calls, "bad", "3");
  }

  @Test
  void failPlainly_whenOnce_isNoProviderException() throws IOException {
    BlockingObjectStore calls = faulty(FaultPlan.on("head").failPlainly(1)).blocking();
    put(calls, "a", "x");
    assertThatThrownBy(() -> calls.head("a"))
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(ProviderException.class);
    calls.head("a");
  }

  @Test
  void loseReplyOnce_whenPut_happensAndIsUnknown() throws IOException {
    BlockingObjectStore calls = faulty(FaultPlan.on("put").loseReplyOnce()).blocking();
    assertThatThrownBy(() -> put(calls, "a", "x"))
        .extracting(e -> ((ProviderException) e).kind())
        .isEqualTo(ErrorKind.UNKNOWN_OUTCOME);
    assertThat(memory.keys()).containsExactly("a");
  }

  @Test
  void delay_whenStage_completesOnTime() {
    FaultyObjectStore store = faulty(FaultPlan.on("put").delay(Duration.ofSeconds(3)));
    CompletableFuture<ObjectInfo> put =
        store.put("a", ByteBuffer.allocate(1), PutOptions.NONE).toCompletableFuture();
    time.advance(Duration.ofMillis(2999));
    assertThat(put).isNotDone();
    assertThat(memory.keys()).isEmpty();
    time.advance(Duration.ofMillis(1));
    assertThat(put).isCompleted();
  }

  @Test
  void truncate_whenRead_endsEarly() throws IOException {
    BlockingObjectStore calls = faulty(FaultPlan.on("read").truncate(3)).blocking();
    put(calls, "a", "0123456789");
    assertThat(calls.read("a", 0, 10, Condition.none()).data().remaining()).isEqualTo(3);
    assertThat(calls.read("a", 0, 10, Condition.none()).data().remaining()).isEqualTo(10);
  }

  @Test
  void flipBitOnce_whenRead_changesOneBitOfTheAnswerAlone() throws IOException {
    BlockingObjectStore calls = faulty(FaultPlan.on("read").flipBitOnce()).blocking();
    put(calls, "a", "0123456789");
    byte[] damaged = new byte[10];
    calls.read("a", 0, 10, Condition.none()).data().get(damaged);
    byte[] good = new byte[10];
    calls.read("a", 0, 10, Condition.none()).data().get(good);
    int bits = 0;
    for (int i = 0; i < 10; i++) {
      bits += Integer.bitCount((damaged[i] ^ good[i]) & 0xff);
    }
    assertThat(bits).isEqualTo(1);
    assertThat(new String(good, StandardCharsets.US_ASCII)).isEqualTo("0123456789");
  }

  @Test
  void flipBitOnce_whenPut_storesOneWrongBitAndLeavesTheBuffer() throws IOException {
    BlockingObjectStore calls = faulty(FaultPlan.on("put").flipBitOnce()).blocking();
    ByteBuffer body = ByteBuffer.wrap("0123456789".getBytes(StandardCharsets.US_ASCII));
    calls.put("a", body, PutOptions.NONE);
    assertThat(body.remaining()).isEqualTo(10);
    byte[] stored = new byte[10];
    calls.read("a", 0, 10, Condition.none()).data().get(stored);
    assertThat(stored).isNotEqualTo(body.array());
  }

  @Test
  void staleList_whenListed_isOneListBehind() throws IOException {
    BlockingObjectStore calls = faulty(FaultPlan.on("list").staleList()).blocking();
    put(calls, "a", "x");
    assertThat(calls.list(ListRequest.prefix("")).objects()).isEmpty();
    put(calls, "b", "x");
    assertThat(calls.list(ListRequest.prefix("")).objects()).hasSize(1);
    assertThat(calls.list(ListRequest.prefix("")).objects()).hasSize(2);
  }

  @Test
  void throttle_whenWindowIsFull_failsUntilItEnds() throws IOException {
    BlockingObjectStore calls =
        faulty(FaultPlan.on("put").throttle(2, Duration.ofSeconds(1))).blocking();
    put(calls, "a", "x");
    time.advance(Duration.ofMillis(400));
    put(calls, "b", "x");
    assertThatThrownBy(() -> put(calls, "c", "x"))
        .extracting(e -> ((ProviderException) e).retryAfter().orElseThrow())
        .isEqualTo(Duration.ofMillis(600));
    time.advance(Duration.ofMillis(600));
    put(calls, "c", "x");
  }

  @Test
  void crashAt_whenReached_endsEverything() throws IOException {
    BlockingObjectStore calls = faulty(FaultPlan.on("put").crashAt(2)).blocking();
    put(calls, "a", "x");
    assertThatThrownBy(() -> put(calls, "b", "x")).isInstanceOf(SimulatedCrash.class);
    assertThatThrownBy(() -> calls.head("a")).isInstanceOf(SimulatedCrash.class);
    assertThat(memory.keys()).containsExactly("a");
  }

  @Test
  void wrap_whenArchiver_appliesByMethodName() throws IOException {
    Archiver real =
        new Archiver() {
          @Override
          public PendingArchive archive(ArchiveAction action) throws IOException {
            throw new IOException("reached");
          }
        };
    FaultInjector faults =
        FaultInjector.start(FaultPlan.on("archive").fail(1, ErrorKind.NO_SPACE), time);
    Archiver faulty = Faults.wrap(Archiver.class, real, faults);
    assertThatThrownBy(() -> faulty.archive(null)).isInstanceOf(ProviderException.class);
    assertThatThrownBy(() -> faulty.archive(null)).hasMessage("reached");
    assertThat(faults.calls("archive")).isEqualTo(2);
  }

  private FaultyObjectStore faulty(FaultPlan plan) {
    return FaultyObjectStore.of(memory, plan, time);
  }

  private static ObjectInfo put(BlockingObjectStore calls, String key, String text)
      throws IOException {
    return calls.put(key, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), PutOptions.NONE);
  }
}
