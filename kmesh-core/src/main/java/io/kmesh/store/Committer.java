// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import io.kmesh.core.internal.time.GroupQueue;
import io.kmesh.core.internal.time.KmeshThreads;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Group commit: whatever waits when a commit begins shares its lock and its syncs of directories.
 * One thread {@code kmesh-store-commit}. Thread-safe.
 */
final class Committer {
  private final StoreFiles files;
  private final KeyNames names;
  private final Path objects;
  private final StoreFiles.Exclusive lock;
  private final StoreCounters counters;
  private final GroupQueue<Waiting<?>> queue = new GroupQueue<>();
  private final Object threadLock = new Object();
  private @Nullable Thread thread; // guarded by threadLock

  /** A change of names that is made under the store's lock. */
  interface Change<T> {
    /** The directory that a file will be published in; empty when none will. */
    Optional<Path> directory();

    /** Checks what must hold and changes the names; fails when nothing was changed. */
    T make(Commit commit) throws IOException;

    /** Says what a failure to make the directory means. */
    IOException unprepared(IOException cause);

    /** Says what a failure of a sync means, after names changed. */
    IOException unknown(IOException cause);
  }

  Committer(
      StoreFiles files,
      KeyNames names,
      Path objects,
      StoreFiles.Exclusive lock,
      StoreCounters counters) {
    this.files = files;
    this.names = names;
    this.objects = objects;
    this.lock = lock;
    this.counters = counters;
  }

  /** Queues a change; the future completes when it is durable. */
  <T> CompletableFuture<T> submit(Change<T> change) {
    Waiting<T> waiting = new Waiting<>(change);
    synchronized (threadLock) {
      if (thread == null) {
        thread = KmeshThreads.start("store-commit", this::run);
      }
    }
    if (!queue.add(waiting)) {
      waiting.future.completeExceptionally(change.unknown(new IOException("the store was closed")));
    }
    return waiting.future;
  }

  /** Waits until all that was queued is done, and ends the thread. */
  void close() throws InterruptedException {
    Thread running;
    queue.close();
    synchronized (threadLock) {
      running = thread;
    }
    if (running != null && running != Thread.currentThread()) {
      running.join();
    }
  }

  private void run() {
    while (true) {
      List<Waiting<?>> batch = queue.take(Integer.MAX_VALUE, waiting -> 1);
      if (batch.isEmpty()) {
        return;
      }
      try {
        commit(batch);
      } catch (RuntimeException e) {
        batch.forEach(w -> w.future.completeExceptionally(e));
      } catch (Error e) {
        batch.forEach(w -> w.future.completeExceptionally(e));
        end(e);
        return; // the callers have the error
      }
    }
  }

  /** Refuses what waits and all that comes: this thread ends, and nobody may wait for it. */
  private void end(Error error) {
    List<Waiting<?>> rest = queue.closeAndDrain();
    rest.forEach(w -> w.future.completeExceptionally(error));
  }

  private void commit(List<Waiting<?>> batch) {
    Commit commit = new Commit(files, names, objects);
    try {
      lock.acquire();
    } catch (IOException e) {
      batch.forEach(w -> w.fail(w.change.unknown(e)));
      return;
    }
    IOException unlockFailure = null;
    try {
      if (begin(batch)) {
        prepare(batch, commit);
        for (Waiting<?> waiting : batch) {
          waiting.make(commit);
        }
        commit.removeEmptied();
      }
    } finally {
      unlockFailure = release();
    }
    commit.syncChanged();
    counters.commit();
    IOException failure = commit.failure() == null ? unlockFailure : commit.failure();
    for (Waiting<?> waiting : batch) {
      waiting.end(failure);
    }
  }

  /** Tells lists of this and other processes that names change; nothing does when that fails. */
  private boolean begin(List<Waiting<?>> batch) {
    try {
      names.beginCommit();
      return true;
    } catch (IOException e) {
      batch.forEach(w -> w.refusal = w.change.unprepared(e));
      return false;
    }
  }

  /** Makes missing directories; one that can't be made fails its changes alone. */
  private static void prepare(List<Waiting<?>> batch, Commit commit) {
    Set<Path> directories = new LinkedHashSet<>();
    for (Waiting<?> waiting : batch) {
      waiting.change.directory().ifPresent(directories::add);
    }
    try {
      commit.prepare(directories);
    } catch (IOException together) {
      for (Waiting<?> waiting : batch) {
        try {
          commit.prepare(waiting.change.directory().map(Set::of).orElse(Set.of()));
        } catch (IOException e) {
          waiting.refusal = waiting.change.unprepared(e);
        }
      }
    }
  }

  private @Nullable IOException release() {
    try {
      lock.release();
      return null;
    } catch (IOException e) {
      return e;
    }
  }

  private static final class Waiting<T> {
    private final Change<T> change;
    private final CompletableFuture<T> future = new CompletableFuture<>();
    private @Nullable T result;
    private @Nullable Throwable refusal;

    Waiting(Change<T> change) {
      this.change = change;
    }

    void make(Commit commit) {
      if (refusal != null) {
        return;
      }
      try {
        result = change.make(commit);
      } catch (IOException | RuntimeException e) {
        refusal = e;
      }
    }

    void fail(Throwable failure) {
      future.completeExceptionally(failure);
    }

    // A null result is that of a change without one.
    @SuppressWarnings("NullAway")
    void end(@Nullable IOException syncFailure) {
      if (refusal != null) {
        future.completeExceptionally(refusal);
      } else if (syncFailure != null) {
        future.completeExceptionally(change.unknown(syncFailure));
      } else {
        future.complete(result);
      }
    }
  }
}
