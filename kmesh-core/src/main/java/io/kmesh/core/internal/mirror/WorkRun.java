// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.transfer.WorkCrew;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.Collections;
import java.util.function.BooleanSupplier;

/** Work on many entries under way: its threads, and whether it goes on. Thread-safe. */
public class WorkRun implements AutoCloseable {
  private static final int MOST_WAITING = 64;
  private static final Object NOTHING = new Object();

  private final String what;
  private final BooleanSupplier cancelled;
  private final WorkCrew<Object> crew;

  /** A step that may fail. */
  @FunctionalInterface
  public interface Step {
    /** Does it. */
    void run() throws IOException;
  }

  /**
   * Starts the threads.
   *
   * @param what is done, such as {@code export /data}
   * @param crewName part of the threads' names
   * @param cancelled asked often
   */
  public WorkRun(String what, String crewName, int threads, BooleanSupplier cancelled) {
    this.what = what;
    this.cancelled = cancelled;
    this.crew = new WorkCrew<>(crewName, Collections.nCopies(threads, NOTHING), MOST_WAITING);
  }

  /** Throws when nothing more shall be done. */
  public final void checkStop() throws IOException {
    if (cancelled.getAsBoolean()) {
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
  public final void submit(Step step) {
    crew.submit(own -> step.run());
  }

  /** Does something large with all threads that are idle. */
  public final void together(WorkCrew.Shared<Object> shared) throws IOException {
    crew.together(shared, NOTHING);
  }

  /** Ends it early. */
  public final void fail(Throwable cause) {
    crew.fail(cause);
  }

  /** Whether nothing ended it early. */
  public final boolean isWhole() {
    return crew.failure() == null;
  }

  /** Throws what ended it early; after {@link #close}. */
  public final void rethrow() throws IOException {
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
  }

  /** Waits for all that was submitted. */
  @Override
  public final void close() {
    crew.close();
  }
}
