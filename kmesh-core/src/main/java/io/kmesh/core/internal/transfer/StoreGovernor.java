// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import io.kmesh.engine.StorePace;
import io.kmesh.flows.FlowRate;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Lets the requests of one store go: as many at a time as pays, small and large ones each their
 * share, and none while the store asks to wait. After such a wait one request goes ahead alone; the
 * others follow when it succeeds, so that they don't come all at once. Thread-safe.
 */
public final class StoreGovernor {
  /** Requests with more bytes are large. */
  static final long LARGE = 256 << 10;

  private static final Duration LOOK = Duration.ofSeconds(1);
  private static final long FIRST_PAUSE = 100_000_000;
  private static final long LONGEST_PAUSE = 20_000_000_000L;

  private final KmeshTime time;
  private final RandomGenerator random; // guarded by monitor
  private final Observer observer;
  private final @Nullable TokenBucket byteRate;
  private final @Nullable TokenBucket requestRate;
  private final Object monitor = new Object();
  private final AdaptiveLimit limit; // guarded by monitor, as all below
  private final Line small = new Line();
  private final Line large = new Line();
  private @Nullable Line servedLast;
  private long pausedUntil;
  private boolean isPaused;
  private int throttles;
  private long sent;
  private boolean isTrying;
  private boolean isTried;

  /** Those who wait, and how many requests of their size are under way. */
  private static final class Line {
    private final Deque<Permit> waiting = new ArrayDeque<>();
    private int underWay;
  }

  /** A governor of one store. */
  public StoreGovernor(KmeshTime time, StorePace pace, RandomGenerator random, Observer observer) {
    this.time = time;
    this.random = random;
    this.observer = observer;
    FlowRate bytes = pace.bytesPerSecond();
    this.byteRate =
        bytes.equals(FlowRate.UNLIMITED) ? null : new TokenBucket(time, RateCalendar.of(bytes));
    OptionalLong requests = pace.requestsPerSecond();
    this.requestRate = requests.isPresent() ? new TokenBucket(time, requests.getAsLong()) : null;
    this.limit = new AdaptiveLimit(pace.least(), pace.first(), pace.most(), time.nanoTime());
  }

  /** How many requests may be under way now. */
  public int limit() {
    synchronized (monitor) {
      return limit.limit();
    }
  }

  /** How many requests are under way. */
  public int underWay() {
    synchronized (monitor) {
      return small.underWay + large.underWay;
    }
  }

  /**
   * Waits until a request may be sent.
   *
   * @param bytes of content that it moves
   * @param isCancelled asked each second at least
   * @throws ProviderException CANCELLED
   * @throws InterruptedIOException when interrupted
   */
  public Permit acquire(long bytes, BooleanSupplier isCancelled) throws IOException {
    Permit permit = new Permit(bytes, () -> {});
    try {
      waitFor(requestRate, 1, isCancelled);
      waitFor(byteRate, bytes, isCancelled);
      enqueue(permit);
      while (!permit.isGranted) {
        check(isCancelled);
        Duration pause = pause();
        if (pause.isZero()) {
          permit.await();
        } else {
          time.sleep(pause.compareTo(LOOK) < 0 ? pause : LOOK);
        }
        look();
      }
      return permit;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      permit.withdraw();
      InterruptedIOException interrupted =
          new InterruptedIOException("Cannot send a request: the waiting thread was interrupted.");
      interrupted.initCause(e);
      throw interrupted;
    } catch (IOException | RuntimeException | Error e) {
      permit.withdraw();
      throw e;
    }
  }

  /**
   * Puts a request in line without waiting or looking at the rates; {@link #look} has to follow
   * when a pause is over.
   *
   * @param onGranted told once it may be sent, with a lock held: it must not call the governor
   */
  Permit enqueue(long bytes, Runnable onGranted) {
    Permit permit = new Permit(bytes, onGranted);
    enqueue(permit);
    return permit;
  }

  private void enqueue(Permit permit) {
    synchronized (monitor) {
      permit.line.waiting.add(permit);
      serve();
    }
  }

  /** Lets go who may by now. */
  void look() {
    synchronized (monitor) {
      serve();
    }
  }

  private static void check(BooleanSupplier isCancelled) throws ProviderException {
    if (isCancelled.getAsBoolean()) {
      throw new ProviderException(
          ErrorKind.CANCELLED,
          "Cannot send a request: the work was cancelled. Begin it again to continue.");
    }
  }

  private void waitFor(@Nullable TokenBucket bucket, long count, BooleanSupplier isCancelled)
      throws IOException, InterruptedException {
    if (bucket == null || count == 0) {
      return;
    }
    long reservation = bucket.reserve(count);
    for (Duration left; !(left = bucket.left(reservation)).isZero(); ) {
      check(isCancelled);
      time.sleep(left.compareTo(LOOK) < 0 ? left : LOOK);
    }
  }

  /** How long the store asks to wait from now on. */
  Duration pause() {
    synchronized (monitor) {
      long left = isPaused ? pausedUntil - time.nanoTime() : 0;
      return left > 0 ? Duration.ofNanos(left) : Duration.ZERO;
    }
  }

  /** Lets go who may; the monitor is held. */
  private void serve() {
    if (isPaused && pausedUntil - time.nanoTime() > 0) {
      return;
    }
    isPaused = false;
    while (isRoom()) {
      Line line = next();
      Permit permit = line.waiting.pollFirst();
      if (permit == null) {
        return;
      }
      line.underWay++;
      servedLast = line;
      isTried = isTrying;
      permit.grant(sent++, isTrying);
    }
  }

  private boolean isRoom() {
    return isTrying ? !isTried : small.underWay + large.underWay < limit.limit();
  }

  /** Whose turn it is: the line with fewer under way; when equal the one that was not served. */
  private Line next() {
    if (small.waiting.isEmpty() || large.waiting.isEmpty()) {
      return small.waiting.isEmpty() ? large : small;
    }
    if (small.underWay == large.underWay) {
      return servedLast == small ? large : small;
    }
    return small.underWay < large.underWay ? small : large;
  }

  /** A request's right to be under way; ended once. */
  public final class Permit {
    private final long bytes;
    private final Line line;
    private final Runnable onGranted;
    private volatile boolean isGranted;
    private long number;
    private boolean isTrial;
    private boolean isEnded; // guarded by monitor

    private Permit(long bytes, Runnable onGranted) {
      this.bytes = bytes;
      this.onGranted = onGranted;
      this.line = bytes > LARGE ? large : small;
    }

    private void await() throws InterruptedException {
      synchronized (this) {
        if (!isGranted) {
          time.await(this, LOOK);
        }
      }
    }

    private synchronized void grant(long sentAs, boolean trial) {
      number = sentAs;
      isTrial = trial;
      isGranted = true;
      onGranted.run();
      notifyAll();
    }

    private synchronized void wake() {
      notifyAll();
    }

    private void withdraw() {
      synchronized (monitor) {
        if (!line.waiting.remove(this) && isGranted) {
          end();
        }
        serve();
      }
    }

    /** The store answered. */
    public void succeeded() {
      int before;
      int after;
      synchronized (monitor) {
        if (!end()) {
          return;
        }
        before = limit.limit();
        if (limit.isFresh(number)) {
          isTrying = false;
          throttles = 0;
        }
        boolean isWanted = !small.waiting.isEmpty() || !large.waiting.isEmpty();
        limit.completed(time.nanoTime(), bytes, isWanted);
        after = limit.limit();
        serve();
      }
      tell(before, after);
    }

    /** The request failed; a throttling answer slows down all. */
    public void failed(Throwable failure) {
      ErrorKind kind = ProviderException.kindOfRead(failure);
      if (kind == ErrorKind.THROTTLED) {
        throttled(((ProviderException) failure).retryAfter().orElse(null));
      } else if (kind == ErrorKind.TRANSIENT
          || kind == ErrorKind.UNKNOWN_OUTCOME
          || kind == ErrorKind.CANCELLED) {
        synchronized (monitor) { // no answer: it says nothing of how much the store can take
          end();
          serve();
        }
      } else {
        succeeded(); // such as NOT_FOUND: an answer
      }
    }

    /**
     * The store asked for fewer requests.
     *
     * @param retryAfter how long it asks to wait; null when it does not say
     */
    public void throttled(@Nullable Duration retryAfter) {
      observer.count("transfer.store.throttled", 1);
      int before;
      int after;
      synchronized (monitor) {
        if (!end()) {
          return;
        }
        before = limit.limit();
        long now = time.nanoTime();
        boolean isNews = limit.throttled(number, sent);
        after = limit.limit();
        if (isNews) {
          throttles++;
          long bound = Math.min(LONGEST_PAUSE, FIRST_PAUSE << Math.min(20, throttles - 1));
          pauseUntil(now + bound / 2 + random.nextLong(bound / 2 + 1));
          isTrying = true;
          isTried = false;
        }
        if (retryAfter != null) {
          pauseUntil(now + retryAfter.toNanos());
        }
        // Who waits for a permit waits for the end of the pause from now on.
        small.waiting.forEach(Permit::wake);
        large.waiting.forEach(Permit::wake);
      }
      tell(before, after);
    }

    private void pauseUntil(long until) {
      if (!isPaused || until - pausedUntil > 0) {
        pausedUntil = until;
      }
      isPaused = true;
    }

    /** Takes it off; false when it was off already. The monitor is held. */
    private boolean end() {
      if (isEnded) {
        return false;
      }
      isEnded = true;
      line.underWay--;
      if (isTrial) {
        isTried = false;
      }
      return true;
    }
  }

  private void tell(int before, int after) {
    if (before != after) {
      observer.measure("transfer.store.requests-at-once", after);
    }
  }
}
