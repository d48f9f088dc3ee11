// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import java.util.ArrayList;
import java.util.List;

/** Counts what a pull does. Thread-safe. */
final class PullTally {
  private static final int MOST_PROBLEMS = 1000;

  private final List<PullReport.Problem> problems = new ArrayList<>();
  private long listed;
  private long asked;
  private long changed;
  private long removed;
  private long failed;

  synchronized void listed(int count) {
    listed += count;
  }

  synchronized void asked() {
    asked++;
  }

  synchronized void changed() {
    changed++;
  }

  synchronized void removed() {
    removed++;
  }

  synchronized void problem(String key, String message) {
    failed++;
    if (problems.size() < MOST_PROBLEMS) {
      problems.add(new PullReport.Problem(key, message));
    }
  }

  synchronized PullReport report() {
    return new PullReport(listed, asked, changed, removed, failed, problems);
  }
}
