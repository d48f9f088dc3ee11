// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.engine.ByteBudget;
import io.kmesh.spi.ProviderException;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class BuddyBudgetTest {
  private static final int TOTAL = 256 << 10;
  private static final int PIECE = 64 << 10;

  private final ByteBudget budget = ByteBudget.of(DataSize.ofBytes(TOTAL));

  @Provide
  Arbitrary<List<Integer>> steps() {
    return Arbitraries.integers().between(-10, PIECE).list().ofMaxSize(100);
  }

  @Property(tries = 200)
  void tryAcquire_whenAnySequence_neverOverlapsNorExceeds(@ForAll("steps") List<Integer> steps)
      throws IOException {
    ByteBudget fresh = ByteBudget.of(DataSize.ofBytes(TOTAL));
    List<ByteBudget.Piece> held = new ArrayList<>();
    List<Byte> marks = new ArrayList<>();
    byte mark = 0;
    for (int step : steps) {
      if (step < 0 && !held.isEmpty()) {
        int index = -step % held.size();
        check(held.get(index), marks.get(index));
        held.remove(index).close();
        marks.remove(index);
      } else if (step >= 0) {
        Optional<ByteBudget.Piece> piece = fresh.tryAcquire(step);
        if (piece.isPresent()) {
          mark++;
          assertThat(piece.get().buffer().remaining()).isEqualTo(step);
          for (int i = 0; i < step; i++) {
            piece.get().buffer().put(i, mark);
          }
          held.add(piece.get());
          marks.add(mark);
        }
      }
      assertThat(fresh.used()).isLessThanOrEqualTo(fresh.total());
    }
    for (int i = 0; i < held.size(); i++) {
      check(held.get(i), marks.get(i));
      held.get(i).close();
      held.get(i).close();
    }
    assertThat(fresh.used().bytes()).isZero();
    // Everything was joined again: the largest pieces can all be had.
    for (int i = 0; i < TOTAL / PIECE; i++) {
      assertThat(fresh.tryAcquire(PIECE)).isPresent();
    }
  }

  private static void check(ByteBudget.Piece piece, byte mark) {
    for (int i = 0; i < piece.buffer().limit(); i++) {
      if (piece.buffer().get(i) != mark) {
        throw new AssertionError("another piece wrote at " + i);
      }
    }
  }

  @Test
  void acquire_whenUsedUp_waitsForARelease() throws Exception {
    List<ByteBudget.Piece> all = new ArrayList<>();
    for (int i = 0; i < TOTAL / PIECE; i++) {
      all.add(budget.acquire(PIECE));
    }
    assertThat(budget.tryAcquire(1)).isEmpty();
    assertThat(budget.tryReserve(1)).isEmpty();
    AtomicBoolean has = new AtomicBoolean();
    CountDownLatch done = new CountDownLatch(1);
    Thread waiter =
        new Thread(
            () -> {
              try (ByteBudget.Piece piece = budget.acquire(10)) {
                has.set(piece.buffer().limit() == 10);
                done.countDown();
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });
    waiter.start();
    while (waiter.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    assertThat(has.get()).isFalse();
    all.get(0).close();
    done.await();
    assertThat(has.get()).isTrue();
    waiter.join();
  }

  @Test
  void acquire_whenLargerThanAnyPiece_isRefused() {
    assertThatThrownBy(() -> budget.acquire(PIECE + 1))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("Raise the byte budget");
  }

  @Test
  void acquire_whenInterrupted_fails() throws Exception {
    for (int i = 0; i < TOTAL / PIECE; i++) {
      assertThat(budget.tryReserve(PIECE)).isPresent();
    }
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> budget.acquire(1)).isInstanceOf(java.io.InterruptedIOException.class);
    assertThat(Thread.interrupted()).isTrue();
  }
}
