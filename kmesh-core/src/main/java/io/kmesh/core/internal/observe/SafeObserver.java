// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.observe;

import io.kmesh.spi.observe.KmeshEvent;
import io.kmesh.spi.observe.Observer;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps what an observer throws away from the engine: it is logged and dropped. Thread-safe. */
public final class SafeObserver implements Observer {
  private static final Logger LOG = LoggerFactory.getLogger(SafeObserver.class);

  private final Observer delegate;
  private final AtomicLong failures = new AtomicLong();

  /** Wraps an observer. */
  public SafeObserver(Observer delegate) {
    this.delegate = delegate;
  }

  @Override
  public void event(KmeshEvent event) {
    try {
      delegate.event(event);
    } catch (RuntimeException | LinkageError | AssertionError e) {
      dropped(event.type(), e);
    }
  }

  @Override
  public void count(String name, long delta) {
    try {
      delegate.count(name, delta);
    } catch (RuntimeException | LinkageError | AssertionError e) {
      dropped(name, e);
    }
  }

  @Override
  public void measure(String name, long value) {
    try {
      delegate.measure(name, value);
    } catch (RuntimeException | LinkageError | AssertionError e) {
      dropped(name, e);
    }
  }

  /** The first failure is logged whole, then each whose number is a power of two. */
  private void dropped(String name, Throwable failure) {
    long number = failures.incrementAndGet();
    if (number == 1) {
      LOG.warn(
          "The observer {} failed on {}; it was not told.", delegate.getClass(), name, failure);
    } else if (Long.bitCount(number) == 1) {
      LOG.warn("The observer {} failed {} times so far.", delegate.getClass(), number);
    }
  }
}
