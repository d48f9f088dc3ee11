// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.spi.observe.KmeshEvent;
import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.time.KmeshTime;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** Tells the observer what a mirror did that its caller did not ask for. Thread-safe. */
final class MirrorEvents {
  private static final AtomicLong SEQUENCE = new AtomicLong();

  private final Observer observer;
  private final KmeshTime time;
  private final String store;

  MirrorEvents(Observer observer, KmeshTime time, String store) {
    this.observer = observer;
    this.time = time;
    this.store = store;
  }

  void warn(String type, String subject, String message, Map<String, String> fields) {
    Map<String, String> all = new java.util.TreeMap<>(fields);
    all.put("store", store);
    observer.event(
        new KmeshEvent(
            SEQUENCE.incrementAndGet(),
            time.now(),
            KmeshEvent.Severity.WARNING,
            type,
            subject,
            message,
            all));
  }
}
