// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import io.kmesh.engine.Transfer;
import io.kmesh.engine.TransferContext;
import io.kmesh.engine.TransferRequest;
import io.kmesh.engine.TransferState;
import io.kmesh.engine.TransferWork;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A transfer of a {@link WorkerPoolQueue}: what its caller holds, and what its work is given. */
final class QueuedTransfer implements Transfer, TransferContext {
  private final WorkerPoolQueue queue;
  private final TransferRequest request;
  private final TransferWork work;
  private final AtomicLong moved = new AtomicLong();
  private final CompletableFuture<Transfer> end = new CompletableFuture<>();
  private volatile boolean isCancelled;
  private volatile int attempts;
  private volatile TransferState state = TransferState.QUEUED;

  /** Its place in the scheduler while it waits there; guarded by the queue. */
  FairScheduler.@Nullable Item<QueuedTransfer> item;

  QueuedTransfer(WorkerPoolQueue queue, TransferRequest request, TransferWork work) {
    this.queue = queue;
    this.request = request;
    this.work = work;
  }

  TransferWork work() {
    return work;
  }

  boolean wasCancelled() {
    return isCancelled;
  }

  /** Begins a try; false when it was cancelled before. */
  synchronized boolean begin() {
    if (isCancelled) {
      return false;
    }
    attempts++;
    state = TransferState.RUNNING;
    return true;
  }

  synchronized void waitAgain() {
    state = TransferState.QUEUED;
  }

  void finish(TransferState last, @Nullable Throwable failure) {
    synchronized (this) {
      if (state.isFinal()) {
        return;
      }
      state = last;
    }
    if (failure == null) {
      end.complete(this);
    } else {
      end.completeExceptionally(failure);
    }
  }

  @Override
  public TransferRequest request() {
    return request;
  }

  @Override
  public TransferState state() {
    return state;
  }

  @Override
  public long movedBytes() {
    return moved.get();
  }

  @Override
  public int attempts() {
    return attempts;
  }

  @Override
  public int attempt() {
    return attempts;
  }

  @Override
  public void cancel() {
    synchronized (this) {
      isCancelled = true;
    }
    if (queue.withdraw(this)) {
      finish(TransferState.CANCELLED, WorkerPoolQueue.cancelledFailure(this));
    }
  }

  @Override
  public CompletionStage<Transfer> end() {
    return end.minimalCompletionStage();
  }

  @Override
  public void checkCancelled() throws IOException {
    if (isCancelled) {
      throw WorkerPoolQueue.cancelledFailure(this);
    }
    if (queue.isClosing()) {
      throw WorkerPoolQueue.parkedFailure(this);
    }
  }

  @Override
  public void moved(long bytes) throws IOException {
    moved.addAndGet(bytes);
    queue.limit(bytes);
  }
}
