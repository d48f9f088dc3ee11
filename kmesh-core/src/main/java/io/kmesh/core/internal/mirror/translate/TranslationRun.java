// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.translate;

import io.kmesh.core.internal.transfer.WorkCrew;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.Collections;

/** A translation under way: its threads, and whether it goes on. Thread-safe. */
final class TranslationRun implements AutoCloseable {
  private static final int MOST_WAITING = 64;
  private static final Object NOTHING = new Object();

  private final TranslateOptions options;
  private final String what;
  private final WorkCrew<Object> crew;

  /** A step that may fail. */
  interface Step {
    void run() throws IOException;
  }

  TranslationRun(TranslateOptions options, String what) {
    this.options = options;
    this.what = what;
    this.crew =
        new WorkCrew<>(
            "transfer-translate", Collections.nCopies(options.threads, NOTHING), MOST_WAITING);
  }

  /** Throws when nothing more shall be done. */
  void checkStop() throws IOException {
    if (options.cancelled.getAsBoolean()) {
      throw new ProviderException(
          ErrorKind.CANCELLED,
          "Cannot go on to translate " + what + ": it was cancelled. Begin it again to continue.");
    }
    if (crew.failure() != null) {
      throw new ProviderException(
          ErrorKind.CANCELLED,
          "Cannot go on to translate " + what + ": another part of it failed.");
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

  void fail(Throwable cause) {
    crew.fail(cause);
  }

  /** Waits for all that was submitted. */
  @Override
  public void close() {
    crew.close();
  }

  /** Throws what ended it early; after {@link #close}. */
  void rethrow() throws IOException {
    Throwable failure = crew.failure();
    if (failure instanceof IOException e) {
      throw e;
    }
    if (failure instanceof Error e) {
      throw e;
    }
    if (failure != null) {
      throw new IOException("Cannot translate " + what + ": " + failure, failure);
    }
  }
}
