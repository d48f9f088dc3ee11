// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import io.kmesh.engine.RetryPolicy;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** Runs calls of a provider again when their failure allows it. Thread-safe. */
public final class Retrier {
  private final KmeshTime time;
  private final Backoff backoff;
  private final Observer observer;

  /** A retrier. */
  public Retrier(KmeshTime time, RetryPolicy policy, RandomGenerator random, Observer observer) {
    this.time = time;
    this.backoff = new Backoff(policy, random);
    this.observer = observer;
  }

  /** A call that may fail. */
  @FunctionalInterface
  public interface Call<T> {
    /** Calls. */
    T run() throws IOException;
  }

  /** Looks whether a mutation took effect; empty when it did not. */
  @FunctionalInterface
  public interface Look<T> {
    /** Looks. */
    Optional<T> look() throws IOException;
  }

  /** Asked before each new try. */
  @FunctionalInterface
  public interface Check {
    /** A check that never fails. */
    Check NONE = () -> {};

    /** Throws to stop. */
    void run() throws IOException;
  }

  /** Runs a read. */
  public <T> T read(Check check, Call<T> call) throws IOException {
    for (int tries = 1; ; tries++) {
      try {
        return call.run();
      } catch (IOException e) {
        if (!ProviderException.kindOfRead(e).isRetryable() || !backoff.allows(tries)) {
          throw e;
        }
        pause(tries, e);
        check.run();
      }
    }
  }

  /**
   * Runs a mutation. After an unknown outcome, and when its condition does not hold (an earlier try
   * may be the cause), it looks first; what was done is not done again.
   */
  public <T> T mutate(Check check, Call<T> call, Look<T> look) throws IOException {
    for (int tries = 1; ; tries++) {
      try {
        return call.run();
      } catch (IOException e) {
        ErrorKind kind = ProviderException.kindOfMutation(e);
        boolean conflict = kind == ErrorKind.PRECONDITION || kind == ErrorKind.EXISTS;
        if (conflict || kind == ErrorKind.UNKNOWN_OUTCOME) {
          Optional<T> done = read(check, look::look);
          if (done.isPresent()) {
            return done.get();
          }
        }
        boolean again = kind == ErrorKind.UNKNOWN_OUTCOME || kind.isRetryable();
        if (conflict || !again || !backoff.allows(tries)) {
          throw e;
        }
        pause(tries, e);
        check.run();
      }
    }
  }

  private void pause(int tries, IOException failure) throws IOException {
    observer.count("transfer.retries", 1);
    Duration delay = backoff.delay(tries, failure);
    try {
      time.sleep(delay);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      InterruptedIOException interrupted =
          new InterruptedIOException("Cannot wait for another try: the thread was interrupted.");
      interrupted.initCause(e);
      interrupted.addSuppressed(failure);
      throw interrupted;
    }
  }
}
