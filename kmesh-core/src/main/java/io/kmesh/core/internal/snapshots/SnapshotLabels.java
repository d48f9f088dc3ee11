// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.core.internal.repository.head.Head;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * What the labels of a snapshot's root say besides source and host: docs/format/repository.md,
 * "Roots". They are in the head, so that one commit changes them.
 */
public final class SnapshotLabels {
  private static final String HOLD = "hold.";
  private static final String STORED = "stored";

  private SnapshotLabels() {}

  /** Who holds a snapshot, and why; empty when nobody does. */
  public static Map<String, String> holds(Head.Root root) {
    Map<String, String> holds = new TreeMap<>();
    root.labels()
        .forEach(
            (label, value) -> {
              if (label.startsWith(HOLD)) {
                holds.put(label.substring(HOLD.length()), value);
              }
            });
    return holds;
  }

  /** The bytes that a snapshot added to the store; empty when that is not known. */
  public static OptionalLong stored(Head.Root root) {
    String text = root.labels().get(STORED);
    return text == null || !text.matches("[0-9]{1,18}")
        ? OptionalLong.empty()
        : OptionalLong.of(Long.parseLong(text));
  }

  static Head.Root holding(Head.Root root, Map<String, String> holds) {
    Map<String, String> labels = new TreeMap<>(root.labels());
    holds.forEach((name, reason) -> labels.put(HOLD + name, reason));
    return labelled(root, labels);
  }

  static Head.Root released(Head.Root root, String name) {
    Map<String, String> labels = new TreeMap<>(root.labels());
    labels.remove(HOLD + name);
    return labelled(root, labels);
  }

  static Head.Root storing(Head.Root root, long bytes) {
    Map<String, String> labels = new TreeMap<>(root.labels());
    labels.put(STORED, Long.toString(bytes));
    return labelled(root, labels);
  }

  private static Head.Root labelled(Head.Root root, Map<String, String> labels) {
    return new Head.Root(root.kind(), root.name(), root.id(), root.time(), root.chunk(), labels);
  }
}
