// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import io.kmesh.core.internal.time.KmeshThreads;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.DeleteOutcome;
import io.kmesh.spi.store.DeleteTarget;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.StoreCapability;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ThreadFactory;

/**
 * Puts, reads, lists and deletes by several threads for a while, each in a prefix of its own, so
 * that it knows what must be there. What is stored at a time is bounded. Each instance runs once.
 */
final class SoakRun {
  private static final int TRIES = 5;
  private static final int KEYS = 24;
  private static final int[] SIZES = {1 << 10, 16 << 10, 256 << 10};
  private static final int MOST_WRONG = 10;

  private enum Kind {
    PUT("put"),
    READ("read"),
    LIST("list"),
    DELETE("delete");

    private final String label;

    Kind(String label) {
      this.label = label;
    }
  }

  /** Of one kind of call. */
  private static final class Tally {
    private final LatencyCounts latencies = new LatencyCounts();
    private long done;
    private long failed;
    private long retries;
    private long bytes;
  }

  private final Trial trial;
  private final Duration longest;
  private final int threads;
  private final long seed;
  private final Map<Kind, Tally> tallies = new EnumMap<>(Kind.class); // guarded by itself
  private final Map<String, Long> errors = new TreeMap<>(); // guarded by tallies
  private final List<String> wrong = new ArrayList<>(); // guarded by tallies
  private long begun;

  SoakRun(Trial trial, Duration longest, int threads, long seed) {
    this.trial = trial;
    this.longest = longest;
    this.threads = threads;
    this.seed = seed;
    for (Kind kind : Kind.values()) {
      tally(kind);
    }
  }

  /** Runs to its end, or until the trial is cancelled. */
  StoreSoak run() {
    begun = trial.time().nanoTime();
    ThreadFactory factory = KmeshThreads.factory("store-check");
    List<Thread> running = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      Worker worker = new Worker("soak/" + i + "/", new Random(seed + i));
      Thread thread = factory.newThread(worker::run);
      running.add(thread);
      thread.start();
    }
    for (Thread thread : running) {
      join(thread);
    }
    return result(Duration.ofNanos(trial.time().nanoTime() - begun));
  }

  /** Nothing of it may go on afterwards: an interrupted wait cancels and waits on. */
  private void join(Thread thread) {
    boolean wasInterrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        wasInterrupted = true;
        trial.cancel();
      }
    }
    if (wasInterrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private StoreSoak result(Duration took) {
    synchronized (tallies) {
      List<StoreSoak.Calls> calls = new ArrayList<>();
      tallies.forEach(
          (kind, tally) ->
              calls.add(
                  new StoreSoak.Calls(
                      kind.label,
                      tally.done,
                      tally.failed,
                      tally.retries,
                      tally.bytes,
                      tally.latencies.quantile(0.5),
                      tally.latencies.quantile(0.99))));
      return new StoreSoak(took, threads, calls, errors, wrong);
    }
  }

  private Tally tally(Kind kind) {
    synchronized (tallies) {
      return tallies.computeIfAbsent(kind, k -> new Tally());
    }
  }

  private void tell(String what) {
    synchronized (tallies) {
      if (wrong.size() < MOST_WRONG) {
        wrong.add(what);
      }
    }
  }

  /** One thread's calls. */
  private final class Worker {
    private final String prefix;
    private final Random random;

    /** What is there, and its bytes. */
    private final Map<String, byte[]> there = new TreeMap<>();

    /** Where a failure left open what is there. */
    private final Set<String> unknown = new HashSet<>();

    Worker(String prefix, Random random) {
      this.prefix = prefix;
      this.random = random;
    }

    void run() {
      boolean isGoingOn = true;
      while (isGoingOn
          && !trial.isCancelled()
          && trial.time().nanoTime() - begun < longest.toNanos()) {
        isGoingOn = step();
      }
    }

    /** Whether it goes on. */
    private boolean step() {
      String key = prefix + random.nextInt(KEYS);
      int choice = random.nextInt(10);
      try {
        if (choice < 4 || there.isEmpty()) {
          put(key);
        } else if (choice < 8) {
          List<String> keys = new ArrayList<>(there.keySet());
          read(keys.get(random.nextInt(keys.size())));
        } else if (choice == 8) {
          list();
        } else {
          delete(key);
        }
        return true;
      } catch (ProviderException e) {
        return e.kind() != ErrorKind.CANCELLED;
      } catch (IOException e) {
        return true;
      } catch (RuntimeException | Error e) {
        tell("a call ended with " + e);
        return false;
      }
    }

    private void put(String key) throws IOException {
      byte[] body = ReadChecks.bytes(random, SIZES[random.nextInt(SIZES.length)]);
      unsure(key);
      made(
          Kind.PUT,
          () -> trial.store().put(trial.key(key), ByteBuffer.wrap(body), PutOptions.NONE),
          body.length);
      there.put(key, body);
      unknown.remove(key);
    }

    private void unsure(String key) {
      there.remove(key);
      unknown.add(key);
    }

    private void read(String key) throws IOException {
      byte[] expected = there.getOrDefault(key, new byte[0]);
      int most = expected.length + 1;
      ByteBuffer data =
          made(Kind.READ, () -> trial.store().read(key, 0, most, Condition.none()), expected.length)
              .data();
      if (!data.equals(ByteBuffer.wrap(expected))) {
        tell("a read of " + key + " gave other bytes than were put");
      }
    }

    private void list() throws IOException {
      Set<String> listed = new HashSet<>();
      made(Kind.LIST, () -> trial.store().list(ListRequest.prefix(prefix)), 0)
          .objects()
          .forEach(info -> listed.add(info.key()));
      listed.removeAll(unknown);
      if (trial.can(StoreCapability.STRONG_CONSISTENCY) && !listed.equals(there.keySet())) {
        tell("a list of " + prefix + " gave " + listed.size() + " keys of " + there.size());
      }
    }

    private void delete(String key) throws IOException {
      unsure(key);
      List<DeleteOutcome> outcomes =
          made(Kind.DELETE, () -> trial.store().delete(List.of(DeleteTarget.of(key))), 0);
      if (outcomes.get(0).error().isEmpty()) {
        unknown.remove(key);
      } else {
        tell("a delete of " + key + " failed: " + outcomes.get(0).message());
      }
    }

    /** Makes a call, again when it may be made again: all of these may. */
    private <T> T made(Kind kind, Trial.Call<T> call, long bytes) throws IOException {
      for (int tries = 1; ; tries++) {
        long from = trial.time().nanoTime();
        try {
          T result = trial.once(call);
          count(kind, trial.time().nanoTime() - from, bytes);
          return result;
        } catch (ProviderException e) {
          if (e.kind() == ErrorKind.CANCELLED) {
            throw e;
          }
          boolean isAgain =
              tries < TRIES && (e.kind().isRetryable() || e.kind() == ErrorKind.UNKNOWN_OUTCOME);
          count(kind, e.kind(), isAgain);
          if (!isAgain) {
            throw e;
          }
          trial.pause(tries, e);
        }
      }
    }

    private void count(Kind kind, long nanos, long bytes) {
      synchronized (tallies) {
        Tally tally = tally(kind);
        tally.done++;
        tally.bytes += bytes;
        tally.latencies.add(nanos);
      }
    }

    private void count(Kind kind, ErrorKind error, boolean isAgain) {
      synchronized (tallies) {
        Tally tally = tally(kind);
        tally.retries += isAgain ? 1 : 0;
        tally.failed += isAgain ? 0 : 1;
        errors.merge(error.name(), 1L, Long::sum);
      }
    }
  }
}
