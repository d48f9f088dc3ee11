// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.engine.MirrorOutcome;
import io.kmesh.engine.MirrorTreeReport;
import java.io.IOException;
import java.util.function.Consumer;

/** One export or import under way: its threads, its counts, and whether it goes on. Thread-safe. */
final class TreeRun extends WorkRun {
  private final Outcomes outcomes;
  private final TreeTally tally;

  /**
   * Starts the threads.
   *
   * @param what is done, such as {@code export /data}
   */
  TreeRun(TreeOptions options, String what) {
    this(options, what, options.outcomes);
  }

  /** The same with a listener that stands before the one of the options. */
  TreeRun(TreeOptions options, String what, Consumer<MirrorOutcome> listener) {
    super(what, "transfer-mirror", options.threads, options.cancelled);
    this.outcomes = new Outcomes(listener);
    this.tally = new TreeTally(options.listener, outcomes);
  }

  TreeTally tally() {
    return tally;
  }

  Outcomes outcomes() {
    return outcomes;
  }

  /** Does one entry's step and notes its failure by name; one that is final ends everything. */
  void attempt(Subject subject, Step step) throws IOException {
    checkStop();
    boolean isThere = false;
    tally.begin(subject);
    try {
      step.run();
      isThere = true;
    } catch (IOException e) {
      tally.failed(e);
    } finally {
      tally.end(isThere);
    }
  }

  /** The report, or the failure that ended it; after {@link #close}. */
  MirrorTreeReport report() throws IOException {
    rethrow();
    tally.tell();
    return tally.report();
  }
}
