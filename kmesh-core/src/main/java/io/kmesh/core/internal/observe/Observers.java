// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.observe;

import io.kmesh.spi.observe.KmeshEvent;
import io.kmesh.spi.observe.KmeshEvent.Severity;
import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.time.KmeshTime;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Hands events and metrics to several observers, and numbers the events of this process. What an
 * observer throws is logged and dropped. Thread-safe.
 *
 * <p>Events of one thread arrive in the order of their numbers; those of several threads may
 * overtake each other, and the numbers tell their order.
 */
public final class Observers implements Observer {
  /** One row for the whole process, as the events promise. */
  private static final AtomicLong SEQUENCE = new AtomicLong();

  private final KmeshTime time;
  private final List<SafeObserver> observers;

  /** Hands on to these observers, in this order. */
  public Observers(KmeshTime time, List<? extends Observer> observers) {
    this.time = time;
    this.observers = observers.stream().map(SafeObserver::new).toList();
  }

  /** Makes an event of now and hands it on. */
  public void event(
      Severity severity, String type, String subject, String message, Map<String, String> fields) {
    event(
        new KmeshEvent(
            SEQUENCE.incrementAndGet(), time.now(), severity, type, subject, message, fields));
  }

  @Override
  public void event(KmeshEvent event) {
    for (SafeObserver observer : observers) {
      observer.event(event);
    }
  }

  @Override
  public void count(String name, long delta) {
    for (SafeObserver observer : observers) {
      observer.count(name, delta);
    }
  }

  @Override
  public void measure(String name, long value) {
    for (SafeObserver observer : observers) {
      observer.measure(name, value);
    }
  }
}
