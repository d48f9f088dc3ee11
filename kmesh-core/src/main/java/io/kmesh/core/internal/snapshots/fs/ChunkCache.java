// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.time.KmeshThreads;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.function.ToLongFunction;

/**
 * The chunks and pages that were used last, up to a number of bytes, for any number of file
 * systems. Whoever wants what another is just reading waits for it. Chunks have one name for ever,
 * and no two domains one name for different ones, so nothing grows stale. Thread-safe.
 */
public final class ChunkCache implements AutoCloseable {
  private static final int AHEAD_THREADS = 4;
  private static final int AHEAD_WAITING = 16;
  private static final int OVERHEAD = 200;

  private final long budget;
  private final Map<Key, Slot> slots = new LinkedHashMap<>(16, 0.75f, true); // guarded by this
  private long bytes; // guarded by this
  private final ThreadPoolExecutor ahead =
      KmeshThreads.bounded("read-ahead", AHEAD_THREADS, AHEAD_WAITING);

  /**
   * A cache.
   *
   * @param budget the bytes that it keeps, besides those that are just being read
   */
  public ChunkCache(long budget) {
    this.budget = budget;
  }

  /** What is kept of a chunk. */
  enum Form {
    BYTES,
    PAGE
  }

  private record Key(ChunkName name, Form form) {}

  private static final class Slot {
    private final CompletableFuture<Object> value = new CompletableFuture<>();
    private long weight; // 0 while it is read
  }

  /** Reads what is not there. */
  @FunctionalInterface
  interface Loader<T> {
    T load() throws IOException;
  }

  /** The value of a chunk in a form; read once however many ask at once. */
  <T> T get(ChunkName name, Form form, Class<T> type, Loader<T> loader, ToLongFunction<T> weigher)
      throws IOException {
    Key key = new Key(name, form);
    while (true) {
      Slot slot;
      boolean isMine = false;
      synchronized (this) {
        slot = slots.get(key);
        if (slot == null) {
          slot = new Slot();
          slots.put(key, slot);
          isMine = true;
        }
      }
      if (isMine) {
        return load(key, slot, loader, weigher);
      }
      try {
        return type.cast(slot.value.get());
      } catch (ExecutionException e) {
        // It failed for another, who may have been closed meanwhile: try for ourselves.
        continue;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("Interrupted while another thread read " + name + ".");
      }
    }
  }

  private <T> T load(Key key, Slot slot, Loader<T> loader, ToLongFunction<T> weigher)
      throws IOException {
    T value;
    try {
      value = loader.load();
    } catch (IOException | RuntimeException | Error e) {
      synchronized (this) {
        slots.remove(key, slot);
      }
      slot.value.completeExceptionally(e);
      throw e;
    }
    slot.value.complete(value);
    synchronized (this) {
      slot.weight = weigher.applyAsLong(value) + OVERHEAD;
      bytes += slot.weight;
      Iterator<Slot> oldest = slots.values().iterator();
      while (bytes > budget && oldest.hasNext()) {
        Slot next = oldest.next();
        if (next.weight > 0) {
          bytes -= next.weight;
          oldest.remove();
        }
      }
    }
    return value;
  }

  /** Whether a chunk's bytes are there or on their way. */
  synchronized boolean has(ChunkName name) {
    return slots.containsKey(new Key(name, Form.BYTES));
  }

  /** Runs a read in the background unless there is too much to do. */
  void ahead(Runnable read) {
    try {
      ahead.execute(read);
    } catch (RejectedExecutionException e) {
      // It is read when it is needed.
    }
  }

  /** The bytes that it keeps now. */
  synchronized long bytes() {
    return bytes;
  }

  /** Forgets everything and ends its threads. */
  @Override
  public synchronized void close() {
    ahead.shutdown();
    slots.values().removeIf(slot -> slot.weight > 0);
    bytes = 0;
  }
}
