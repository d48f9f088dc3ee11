// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.observe;

import io.kmesh.spi.observe.KmeshEvent;
import io.kmesh.spi.observe.Observer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Keeps what it is told, for tests. Thread-safe. */
public final class RecordingObserver implements Observer {
  private final List<KmeshEvent> events = new ArrayList<>(); // guarded by this
  private final Map<String, Long> counts = new HashMap<>(); // guarded by this
  private final Map<String, List<Long>> measures = new HashMap<>(); // guarded by this

  /** Has been told nothing. */
  public RecordingObserver() {}

  @Override
  public synchronized void event(KmeshEvent event) {
    events.add(event);
  }

  @Override
  public synchronized void count(String name, long delta) {
    counts.merge(name, delta, Long::sum);
  }

  @Override
  public synchronized void measure(String name, long value) {
    measures.computeIfAbsent(name, n -> new ArrayList<>()).add(value);
  }

  /** The events so far, in the order in which they came. */
  public synchronized List<KmeshEvent> events() {
    return List.copyOf(events);
  }

  /** The events of a type. */
  public synchronized List<KmeshEvent> events(String type) {
    return events.stream().filter(e -> e.type().equals(type)).toList();
  }

  /** The sum of a counter; 0 for one that never counted. */
  public synchronized long count(String name) {
    return counts.getOrDefault(name, 0L);
  }

  /** The values of a measure. */
  public synchronized List<Long> measures(String name) {
    return List.copyOf(measures.getOrDefault(name, List.of()));
  }
}
