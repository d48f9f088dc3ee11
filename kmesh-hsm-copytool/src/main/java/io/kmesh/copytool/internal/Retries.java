// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.internal;

import io.kmesh.spi.ProviderException;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Tries a back end again after a failure that changed nothing, with full jitter, while the item is
 * kept alive. Thread-safe.
 */
public final class Retries {
  private static final Duration FIRST = Duration.ofMillis(200);
  private static final Duration LONGEST = Duration.ofSeconds(30);

  private final KmeshTime time;
  private final RandomGenerator random;
  private final int attempts;

  /**
   * So many attempts in all.
   *
   * @param random where the jitter comes from
   */
  public Retries(KmeshTime time, RandomGenerator random, int attempts) {
    this.time = time;
    this.random = random;
    this.attempts = attempts;
  }

  /** Something that may fail. */
  @FunctionalInterface
  interface Attempt<T> {
    T run() throws IOException;
  }

  /** Hears of a failure that is tried again. */
  @FunctionalInterface
  interface Listener {
    void again(int attempt, Duration wait, IOException failure);
  }

  <T> T run(ActiveAction active, Listener listener, Attempt<T> attempt) throws IOException {
    for (int n = 1; ; n++) {
      active.check();
      try {
        return attempt.run();
      } catch (IOException e) {
        if (n >= attempts || !ProviderException.kindOfRead(e).isRetryable()) {
          throw e;
        }
        active.check();
        Duration wait = wait(n, e);
        listener.again(n, wait, e);
        sleep(wait, e);
      }
    }
  }

  private Duration wait(int attempt, IOException failure) {
    long ceiling = Math.min(LONGEST.toMillis(), FIRST.toMillis() << Math.min(20, attempt - 1));
    Duration wait = Duration.ofMillis(1 + (long) (random.nextDouble() * ceiling));
    if (failure instanceof ProviderException p && p.retryAfter().isPresent()) {
      Duration asked = p.retryAfter().get();
      wait = asked.compareTo(wait) > 0 ? asked : wait;
    }
    return wait;
  }

  private void sleep(Duration wait, IOException failure) throws IOException {
    try {
      time.sleep(wait);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      InterruptedIOException interrupted =
          new InterruptedIOException("Waiting for another attempt was interrupted.");
      interrupted.initCause(failure);
      throw interrupted;
    }
  }
}
