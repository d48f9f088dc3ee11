// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.cache;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** Reads several runs as one. For one thread. */
final class RunMerge implements Closeable {
  private final List<RunReader> sources;
  private final PriorityQueue<Head> heads =
      new PriorityQueue<>(
          Comparator.comparing(Head::answer, CachedAnswer::compareKey)
              .thenComparingInt(Head::source));

  private record Head(CachedAnswer answer, int source) {}

  /**
   * Merges runs, which it closes.
   *
   * @param newestFirst the runs
   */
  RunMerge(List<RunReader> newestFirst) throws IOException {
    sources = List.copyOf(newestFirst);
    try {
      for (int i = 0; i < sources.size(); i++) {
        advance(i);
      }
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  private void advance(int source) throws IOException {
    CachedAnswer next = sources.get(source).next();
    if (next != null) {
      heads.add(new Head(next, source));
    }
  }

  /** The answers of the next key, the newest first; null at the end. */
  @Nullable List<CachedAnswer> next() throws IOException {
    Head least = heads.poll();
    if (least == null) {
      return null;
    }
    advance(least.source);
    Head other = heads.peek();
    if (other == null || other.answer.compareKey(least.answer) != 0) {
      return List.of(least.answer);
    }
    List<CachedAnswer> same = new ArrayList<>();
    same.add(least.answer);
    while (other != null && other.answer.compareKey(least.answer) == 0) {
      heads.poll();
      same.add(other.answer);
      advance(other.source);
      other = heads.peek();
    }
    return same;
  }

  /** What was damaged, as far as it was read. */
  List<String> damages() {
    List<String> all = new ArrayList<>();
    for (RunReader source : sources) {
      String damage = source.damage();
      if (damage != null) {
        all.add(damage);
      }
    }
    return all;
  }

  @Override
  public void close() throws IOException {
    for (RunReader source : sources) {
      source.close();
    }
  }
}
