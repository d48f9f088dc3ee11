// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import io.kmesh.engine.ByteBudget;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Cuts;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Ends what waits once work is cancelled: calls of a store that are under way fail with CANCELLED
 * though the store has not answered, and so do waits for memory. What a store may still read is not
 * given back to the budget before the store has done with it. Thread-safe.
 */
public final class CancelScope {
  private static final Duration LOOK = Duration.ofMillis(100);

  /** How long calls may last that begin when all is over: they clean up. */
  private static final Duration GRACE = Duration.ofSeconds(5);

  /** A call that is under way. */
  private static final class Call<T> {
    final CompletableFuture<T> told = new CompletableFuture<>();
    final long begun;

    Call(long begun) {
      this.begun = begun;
    }
  }

  /** A request that its caller sends itself. */
  private final class Sent implements Cuts.Running {
    private final Thread caller = Thread.currentThread();
    private final Runnable end;
    private final long begun;

    Sent(Runnable end, long begun) {
      this.end = end;
      this.begun = begun;
    }

    @Override
    public void close() {
      synchronized (CancelScope.this) {
        sent.remove(this);
      }
    }
  }

  private final KmeshTime time;
  private final BooleanSupplier isCancelled;
  private final Set<Call<?>> calls = new HashSet<>(); // guarded by this
  private final Set<Sent> sent = new HashSet<>(); // guarded by this

  /** Whose request was ended here, until its call returns. */
  private final Set<Thread> cut = ConcurrentHashMap.newKeySet();

  private final Map<Thread, Boolean> waiting = new HashMap<>(); // guarded by this; true: woken
  private final List<ByteBudget.Piece> late = new ArrayList<>(); // guarded by this
  private int unanswered; // calls that ended here and not at the store; guarded by this
  private boolean isWatching; // guarded by this
  private boolean isOver; // guarded by this
  private long overSince; // guarded by this

  /**
   * A scope.
   *
   * @param isCancelled asked ten times a second while something waits
   */
  public CancelScope(KmeshTime time, BooleanSupplier isCancelled) {
    this.time = time;
    this.isCancelled = isCancelled;
  }

  /** Whether the work is cancelled. */
  public boolean isCancelled() {
    return isCancelled.getAsBoolean();
  }

  /** Makes a call that ends when the work is cancelled. */
  <T> CompletionStage<T> call(Supplier<CompletionStage<T>> call) {
    CompletionStage<T> answer = call.get();
    if (answer.toCompletableFuture().isDone()) {
      boolean isCut = !cut.isEmpty() && cut.remove(Thread.currentThread());
      return isCut && answer.toCompletableFuture().isCompletedExceptionally()
          ? CompletableFuture.failedFuture(unanswered())
          : answer;
    }
    Call<T> made = new Call<>(time.nanoTime());
    synchronized (this) {
      calls.add(made);
      watch();
    }
    CompletableFuture<?> unused =
        answer
            .toCompletableFuture()
            .whenComplete((value, failure) -> answered(made, value, failure));
    return made.told;
  }

  /**
   * The requests that callers of {@link #call} send themselves: they are cut when the work is
   * cancelled.
   *
   * @param others hears of them too
   */
  Cuts cutting(Cuts others) {
    return end -> {
      Cuts.Running theirs = others.begin(end);
      Sent request = new Sent(end, time.nanoTime());
      synchronized (this) {
        sent.add(request);
        watch();
      }
      return () -> {
        request.close();
        theirs.close();
      };
    };
  }

  private <T> void answered(Call<T> call, @Nullable T value, @Nullable Throwable failure) {
    List<ByteBudget.Piece> free = List.of();
    synchronized (this) {
      if (!calls.remove(call) && --unanswered == 0) {
        free = List.copyOf(late);
        late.clear();
      }
    }
    free.forEach(ByteBudget.Piece::close);
    if (failure != null) {
      call.told.completeExceptionally(failure);
    } else {
      call.told.complete(value);
    }
  }

  /** The lock is held. */
  private void watch() {
    if (!isWatching) {
      isWatching = true;
      KmeshTime.Timer unused = time.schedule(LOOK, this::look);
    }
  }

  private void look() {
    boolean isOverNow = isCancelled.getAsBoolean();
    List<CompletableFuture<?>> ended = new ArrayList<>();
    List<Sent> cutNow = new ArrayList<>();
    synchronized (this) {
      isWatching = false;
      if (isOverNow) {
        long now = time.nanoTime();
        if (!isOver) {
          isOver = true;
          overSince = now;
        }
        for (Iterator<Call<?>> all = calls.iterator(); all.hasNext(); ) {
          Call<?> call = all.next();
          if (isToEnd(call.begun, now)) {
            ended.add(call.told);
            all.remove();
            unanswered++;
          }
        }
        for (Sent request : sent) {
          if (isToEnd(request.begun, now)) {
            cut.add(request.caller);
            cutNow.add(request);
          }
        }
        for (Map.Entry<Thread, Boolean> waits : waiting.entrySet()) {
          waits.setValue(true);
          waits.getKey().interrupt();
        }
      }
      if (!calls.isEmpty() || !sent.isEmpty() || !waiting.isEmpty()) {
        watch();
      }
    }
    cutNow.forEach(request -> request.end.run());
    ended.forEach(call -> call.completeExceptionally(unanswered()));
  }

  /** Whether a call is not waited for any more; all is over, and the lock is held. */
  private boolean isToEnd(long begun, long now) {
    return begun - overSince <= 0 || now - begun > GRACE.toNanos();
  }

  private static ProviderException unanswered() {
    return failure("wait for the store's answer");
  }

  private static ProviderException failure(String what) {
    return new ProviderException(
        ErrorKind.CANCELLED,
        "Cannot " + what + ": the work was cancelled. Begin it again to continue.");
  }

  /** The same budget for those who work here. */
  public ByteBudget over(ByteBudget budget) {
    return new Budget(budget);
  }

  /** A wait for memory. */
  private interface Wait<T> {
    T run() throws IOException;
  }

  /** Waits; when the work is cancelled the thread is woken. */
  private <T extends ByteBudget.Reservation> T waitFor(Wait<T> wait) throws IOException {
    Thread self = Thread.currentThread();
    synchronized (this) {
      waiting.put(self, false);
      watch();
    }
    boolean isWoken = false;
    try {
      T got = wait.run();
      isWoken = ended(self);
      return got;
    } catch (InterruptedIOException e) {
      isWoken = ended(self);
      if (isWoken) {
        ProviderException cancelled = failure("wait for memory");
        cancelled.addSuppressed(e);
        throw cancelled;
      }
      throw e;
    } finally {
      isWoken |= ended(self);
      if (isWoken) {
        boolean unused = Thread.interrupted(); // it was ours
      }
    }
  }

  private synchronized boolean ended(Thread thread) {
    return Boolean.TRUE.equals(waiting.remove(thread));
  }

  private void give(ByteBudget.Piece piece) {
    synchronized (this) {
      if (unanswered > 0) {
        late.add(piece);
        return;
      }
    }
    piece.close();
  }

  private final class Budget implements ByteBudget {
    private final ByteBudget budget;

    Budget(ByteBudget budget) {
      this.budget = budget;
    }

    @Override
    public DataSize total() {
      return budget.total();
    }

    @Override
    public DataSize used() {
      return budget.used();
    }

    @Override
    public DataSize largestPiece() {
      return budget.largestPiece();
    }

    @Override
    public Piece acquire(int bytes) throws IOException {
      Optional<Piece> now = budget.tryAcquire(bytes);
      return new Lent(now.isPresent() ? now.get() : waitFor(() -> budget.acquire(bytes)));
    }

    @Override
    public Optional<Piece> tryAcquire(int bytes) throws IOException {
      return budget.tryAcquire(bytes).map(Lent::new);
    }

    @Override
    public Reservation reserve(int bytes) throws IOException {
      Optional<Reservation> now = budget.tryReserve(bytes);
      return now.isPresent() ? now.get() : waitFor(() -> budget.reserve(bytes));
    }

    @Override
    public Optional<Reservation> tryReserve(int bytes) throws IOException {
      return budget.tryReserve(bytes);
    }
  }

  /** A buffer that a store may still read when its call was ended here. */
  private final class Lent implements ByteBudget.Piece {
    private final ByteBudget.Piece piece;

    Lent(ByteBudget.Piece piece) {
      this.piece = piece;
    }

    @Override
    public ByteBuffer buffer() {
      return piece.buffer();
    }

    @Override
    public void close() {
      give(piece);
    }
  }
}
