// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.engine.MirrorTreeReport;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Problems, or notes, by name: the first 10,000 of them, and how many there were. Thread-safe. */
public final class NamedProblems {
  private static final int MOST_NAMED = 10_000;

  private final List<MirrorTreeReport.Problem> first = new ArrayList<>(); // guarded by this
  private long count; // guarded by this

  /** One more. */
  public synchronized void add(String name, String message) {
    count++;
    if (first.size() < MOST_NAMED) {
      first.add(new MirrorTreeReport.Problem(name, message));
    }
  }

  /** One that is never left out. */
  synchronized void addAlways(String name, String message) {
    count++;
    first.add(new MirrorTreeReport.Problem(name, message));
  }

  /** How many there were. */
  public synchronized long count() {
    return count;
  }

  /** The first ones by name. */
  public synchronized List<MirrorTreeReport.Problem> sorted() {
    return first.stream().sorted(Comparator.comparing(MirrorTreeReport.Problem::name)).toList();
  }
}
