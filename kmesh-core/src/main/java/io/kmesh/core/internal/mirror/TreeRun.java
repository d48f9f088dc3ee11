// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.transfer.WorkCrew;
import io.kmesh.engine.MirrorOutcome;
import io.kmesh.engine.MirrorTreeReport;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.Collections;
import java.util.function.Consumer;

/** One export or import under way: its threads, its counts, and whether it goes on. Thread-safe. */
final class TreeRun implements AutoCloseable {
  private static final int QUEUED_BATCHES = 64;
  private static final Object NOTHING = new Object();

  private final TreeOptions options;
  private final String what;
  private final Outcomes outcomes;
  private final TreeTally tally;
  private final WorkCrew<Object> crew;

  /** A step that may fail. */
  interface Step {
    void run() throws IOException;
  }

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
    this.options = options;
    this.what = what;
    this.outcomes = new Outcomes(listener);
    this.tally = new TreeTally(options.listener, outcomes);
    this.crew =
        new WorkCrew<>(
            "transfer-mirror", Collections.nCopies(options.threads, NOTHING), QUEUED_BATCHES);
  }

  TreeTally tally() {
    return tally;
  }

  Outcomes outcomes() {
    return outcomes;
  }

  /** Throws when nothing more shall be done. */
  void checkStop() throws IOException {
    if (options.cancelled.getAsBoolean()) {
      throw new ProviderException(
          ErrorKind.CANCELLED,
          "Cannot go on to " + what + ": it was cancelled. Begin it again to continue.");
    }
    if (crew.failure() != null) {
      throw new ProviderException(
          ErrorKind.CANCELLED, "Cannot go on to " + what + ": another part of it failed.");
    }
  }

  /** Has a step done by one of the threads; waits while too many wait. */
  void submit(Step step) {
    crew.submit(own -> step.run());
  }

  /** Does something large with all threads that are idle. */
  void together(WorkCrew.Shared<Object> shared) throws IOException {
    crew.together(shared, NOTHING);
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

  void fail(Throwable cause) {
    crew.fail(cause);
  }

  /** Waits for all that was submitted. */
  @Override
  public void close() {
    crew.close();
  }

  /** Whether nothing ended it early. */
  boolean isWhole() {
    return crew.failure() == null;
  }

  /** The report, or the failure that ended it; after {@link #close}. */
  MirrorTreeReport report() throws IOException {
    Throwable failure = crew.failure();
    if (failure instanceof IOException e) {
      throw e;
    }
    if (failure instanceof Error e) {
      throw e;
    }
    if (failure != null) {
      throw new IOException("Cannot " + what + ": " + failure, failure);
    }
    tally.tell();
    return tally.report();
  }
}
