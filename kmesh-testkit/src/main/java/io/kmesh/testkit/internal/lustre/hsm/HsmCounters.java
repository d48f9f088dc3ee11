// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.hsm;

import io.kmesh.lustre.HsmActionKind;
import io.kmesh.testkit.lustre.HsmStatistics;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;

/** What all coordinators of a file system count. Thread-safe. */
final class HsmCounters {
  private final Map<HsmActionKind, LongAdder> queued = adders();
  private final Map<HsmActionKind, LongAdder> delivered = adders();
  private final Map<HsmActionKind, LongAdder> succeeded = adders();
  private final Map<HsmActionKind, LongAdder> failed = adders();
  private final List<String> violations = new CopyOnWriteArrayList<>();

  private static Map<HsmActionKind, LongAdder> adders() {
    Map<HsmActionKind, LongAdder> map = new EnumMap<>(HsmActionKind.class);
    for (HsmActionKind kind : HsmActionKind.values()) {
      map.put(kind, new LongAdder());
    }
    return map;
  }

  void queued(HsmActionKind kind) {
    add(queued, kind);
  }

  void delivered(HsmActionKind kind) {
    add(delivered, kind);
  }

  void succeeded(HsmActionKind kind) {
    add(succeeded, kind);
  }

  void failed(HsmActionKind kind) {
    add(failed, kind);
  }

  void violation(String text) {
    violations.add(text);
  }

  List<String> violations() {
    return List.copyOf(violations);
  }

  HsmStatistics view() {
    return new HsmStatistics(sums(queued), sums(delivered), sums(succeeded), sums(failed));
  }

  private static void add(Map<HsmActionKind, LongAdder> map, HsmActionKind kind) {
    LongAdder adder = map.get(kind);
    if (adder != null) {
      adder.increment();
    }
  }

  private static Map<HsmActionKind, Long> sums(Map<HsmActionKind, LongAdder> map) {
    Map<HsmActionKind, Long> sums = new EnumMap<>(HsmActionKind.class);
    map.forEach((kind, adder) -> sums.put(kind, adder.sum()));
    return sums;
  }
}
