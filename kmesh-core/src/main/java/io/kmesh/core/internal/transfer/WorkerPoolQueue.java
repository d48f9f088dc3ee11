// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import io.kmesh.engine.RetryPolicy;
import io.kmesh.engine.Transfer;
import io.kmesh.engine.TransferQueue;
import io.kmesh.engine.TransferRequest;
import io.kmesh.engine.TransferState;
import io.kmesh.engine.TransferWork;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** A transfer queue with threads of its own. Small items are taken several at a time. */
public final class WorkerPoolQueue implements TransferQueue {
  private static final AtomicInteger NEXT_THREAD = new AtomicInteger(1);
  private static final int LARGEST_BATCH = 64;
  private static final long SMALL = FairScheduler.QUANTUM;

  private final KmeshTime time;
  private final Backoff backoff;
  private final Observer observer;
  private final @Nullable TokenBucket byteRate;
  private final @Nullable TokenBucket operationRate;

  private final Object monitor = new Object();
  private final FairScheduler<QueuedTransfer> scheduler;
  private final Set<QueuedTransfer> waitingForRetry = new HashSet<>();
  private final Set<QueuedTransfer> running = new HashSet<>();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean isClosed;

  /** Starts a queue; see {@link TransferQueue.Builder}. */
  public WorkerPoolQueue(
      KmeshTime time,
      int threadCount,
      Duration ageing,
      RetryPolicy retry,
      OptionalLong bytesPerSecond,
      OptionalLong operationsPerSecond,
      RandomGenerator random,
      Observer observer) {
    this.time = time;
    this.backoff = new Backoff(retry, random);
    this.observer = observer;
    this.scheduler = new FairScheduler<>(ageing.toNanos());
    this.byteRate =
        bytesPerSecond.isPresent() ? new TokenBucket(time, bytesPerSecond.getAsLong()) : null;
    this.operationRate =
        operationsPerSecond.isPresent()
            ? new TokenBucket(time, operationsPerSecond.getAsLong())
            : null;
    for (int i = 0; i < threadCount; i++) {
      threads.add(newThread(this::work));
    }
    threads.forEach(Thread::start);
  }

  /** A daemon thread that is named as all transfer threads are; not started. */
  static Thread newThread(Runnable task) {
    Thread thread = new Thread(task, "kmesh-transfer-" + NEXT_THREAD.getAndIncrement());
    thread.setDaemon(true);
    return thread;
  }

  @Override
  public Transfer submit(TransferRequest request, TransferWork work) {
    QueuedTransfer transfer = new QueuedTransfer(this, request, work);
    synchronized (monitor) {
      if (isClosed) {
        throw new IllegalStateException(
            "Cannot submit " + request.name() + ": the queue is closed. Open a new one.");
      }
      enqueue(transfer);
    }
    return transfer;
  }

  @Override
  public int queued() {
    synchronized (monitor) {
      return scheduler.size() + waitingForRetry.size();
    }
  }

  @Override
  public int running() {
    synchronized (monitor) {
      return running.size();
    }
  }

  @Override
  public void close() {
    List<QueuedTransfer> parked = new ArrayList<>();
    synchronized (monitor) {
      if (!isClosed) {
        isClosed = true;
        long now = time.nanoTime();
        Optional<FairScheduler.Item<QueuedTransfer>> item;
        while ((item = scheduler.next(now)).isPresent()) {
          parked.add(item.get().value);
        }
        parked.addAll(waitingForRetry);
        waitingForRetry.clear();
        monitor.notifyAll();
      }
    }
    for (QueuedTransfer transfer : parked) {
      transfer.finish(TransferState.PARKED, parkedFailure(transfer));
    }
    boolean isInterrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive() && thread != Thread.currentThread()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          isInterrupted = true;
        }
      }
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Takes a transfer out that has not begun; false when it runs or has ended. */
  boolean withdraw(QueuedTransfer transfer) {
    synchronized (monitor) {
      FairScheduler.Item<QueuedTransfer> item = transfer.item;
      if (waitingForRetry.remove(transfer)) {
        return true;
      }
      if (item == null) {
        return false;
      }
      transfer.item = null;
      scheduler.remove(item);
      return true;
    }
  }

  /** Whether the queue is being closed. */
  boolean isClosing() {
    return isClosed;
  }

  /** Counts moved bytes and waits where the rate limit asks for it. */
  void limit(long bytes) throws IOException {
    observer.count("transfer.bytes", bytes);
    if (byteRate != null) {
      pause(byteRate.take(bytes));
    }
  }

  private void enqueue(QueuedTransfer transfer) {
    TransferRequest request = transfer.request();
    transfer.item =
        scheduler.add(
            transfer, request.priority(), request.owner(), request.size().bytes(), time.nanoTime());
    monitor.notify();
  }

  private void work() {
    List<QueuedTransfer> batch = new ArrayList<>();
    while (takeBatch(batch)) {
      for (QueuedTransfer transfer : batch) {
        if (isClosed) {
          end(transfer, TransferState.PARKED, parkedFailure(transfer));
        } else {
          run(transfer);
        }
      }
      batch.clear();
    }
  }

  /**
   * Waits for work; small items come several at a time, but never more than this thread's share.
   */
  private boolean takeBatch(List<QueuedTransfer> batch) {
    synchronized (monitor) {
      while (scheduler.size() == 0) {
        if (isClosed) {
          return false;
        }
        try {
          monitor.wait();
        } catch (InterruptedException e) {
          // Nobody but this queue knows the thread: an interrupt that work left behind is dropped.
          continue;
        }
      }
      int most = Math.min(LARGEST_BATCH, 1 + scheduler.size() / (2 * threads.size()));
      long bytes = 0;
      while (batch.size() < most && bytes < SMALL) {
        Optional<FairScheduler.Item<QueuedTransfer>> next = scheduler.next(time.nanoTime());
        if (next.isEmpty()) {
          break;
        }
        QueuedTransfer transfer = next.get().value;
        transfer.item = null;
        bytes += next.get().cost;
        running.add(transfer);
        batch.add(transfer);
      }
      return true;
    }
  }

  private void run(QueuedTransfer transfer) {
    if (!transfer.begin()) {
      end(transfer, TransferState.CANCELLED, cancelledFailure(transfer));
      return;
    }
    try {
      if (operationRate != null) {
        pause(operationRate.take(1));
      }
      transfer.work().run(transfer);
      end(transfer, TransferState.DONE, null);
    } catch (IOException | RuntimeException | Error e) {
      failed(transfer, e);
    }
  }

  private void failed(QueuedTransfer transfer, Throwable failure) {
    ErrorKind kind =
        failure instanceof ProviderException p
            ? p.kind()
            : failure instanceof InterruptedIOException || !(failure instanceof IOException)
                ? ErrorKind.INVALID
                : ErrorKind.UNKNOWN_OUTCOME;
    if (kind == ErrorKind.CANCELLED) {
      boolean wasParked = isClosed && !transfer.wasCancelled();
      end(transfer, wasParked ? TransferState.PARKED : TransferState.CANCELLED, failure);
      return;
    }
    if (kind == ErrorKind.UNKNOWN_OUTCOME) {
      TransferWork.Outcome outcome = look(transfer, failure);
      if (outcome == TransferWork.Outcome.DONE) {
        end(transfer, TransferState.DONE, null);
        return;
      }
      if (outcome == TransferWork.Outcome.NOT_DONE) {
        kind = ErrorKind.TRANSIENT;
      }
    }
    if (kind.isRetryable() && backoff.allows(transfer.attempts())) {
      retryLater(transfer, failure);
    } else {
      observer.count("transfer.failures", 1);
      end(transfer, TransferState.FAILED, failure);
    }
  }

  private static TransferWork.Outcome look(QueuedTransfer transfer, Throwable failure) {
    try {
      return transfer.work().look();
    } catch (IOException | RuntimeException e) {
      failure.addSuppressed(e);
      return TransferWork.Outcome.UNKNOWN;
    }
  }

  private void retryLater(QueuedTransfer transfer, Throwable failure) {
    observer.count("transfer.retries", 1);
    transfer.waitAgain();
    synchronized (monitor) {
      running.remove(transfer);
      if (!isClosed) {
        waitingForRetry.add(transfer);
      }
    }
    if (isClosed && !waitingForRetryContains(transfer)) {
      transfer.finish(TransferState.PARKED, parkedFailure(transfer));
      return;
    }
    time.schedule(backoff.delay(transfer.attempts(), failure), () -> retry(transfer));
  }

  private boolean waitingForRetryContains(QueuedTransfer transfer) {
    synchronized (monitor) {
      return waitingForRetry.contains(transfer);
    }
  }

  private void retry(QueuedTransfer transfer) {
    synchronized (monitor) {
      if (!isClosed && waitingForRetry.remove(transfer)) {
        enqueue(transfer);
      }
    }
  }

  private void end(QueuedTransfer transfer, TransferState state, @Nullable Throwable failure) {
    synchronized (monitor) {
      running.remove(transfer);
    }
    transfer.finish(state, failure);
  }

  private void pause(Duration duration) throws IOException {
    if (duration.isZero()) {
      return;
    }
    try {
      time.sleep(duration);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      InterruptedIOException interrupted =
          new InterruptedIOException("Cannot wait for the rate limit: the thread was interrupted.");
      interrupted.initCause(e);
      throw interrupted;
    }
  }

  /** The failure of a cancelled transfer. */
  static ProviderException cancelledFailure(QueuedTransfer transfer) {
    return new ProviderException(
        ErrorKind.CANCELLED,
        "Cannot transfer " + transfer.request().name() + ": it was cancelled.");
  }

  /** The failure of a parked transfer. */
  static ProviderException parkedFailure(QueuedTransfer transfer) {
    return new ProviderException(
        ErrorKind.CANCELLED,
        "Cannot transfer "
            + transfer.request().name()
            + ": its queue was closed. Submit it again to the next one.");
  }
}
