// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.operations;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;

/**
 * A type of operation: what it does for a specification, and how its result is kept. Thread-safe.
 *
 * @param <T> the type of its result
 */
public interface OperationHandler<T> {
  /** The type's name, such as {@code hsm.archive}. */
  String type();

  /** The type of its result. */
  Class<T> resultType();

  /**
   * Does it. Called again for the same operation after a parking or a crash: it first settles the
   * intents that are still open, then does what is left.
   *
   * @throws IOException a {@link io.kmesh.spi.ProviderException} ends it as failed, or with an
   *     unknown outcome by its kind; a plain one, or an unchecked one that is no KmeshException,
   *     with an unknown outcome
   */
  T run(ObjectNode spec, OperationContext context) throws IOException;

  /** The result's versioned JSON form. */
  ObjectNode encode(T result);

  /**
   * The result of a JSON form.
   *
   * @throws IOException UNSUPPORTED when the form is newer than this build, CORRUPT when it is none
   */
  T decode(ObjectNode json) throws IOException;

  /** Whether what it needs is there, such as its cluster; else it stays parked until it is. */
  default boolean isReady(ObjectNode spec) {
    return true;
  }

  /**
   * Reads the world to decide an operation of unknown outcome. Without more knowledge, to run it
   * again is right, since {@link #run} does only what is left.
   */
  default Verdict<T> reconcile(ObjectNode spec, OperationContext context) throws IOException {
    return new Verdict.RunAgain<>();
  }

  /**
   * What became of an operation of unknown outcome.
   *
   * @param <T> the type of its result
   */
  sealed interface Verdict<T> {
    /** It took effect. */
    record Succeeded<T>(T result) implements Verdict<T> {}

    /** It did not take effect. */
    record Failed<T>(OperationError error) implements Verdict<T> {}

    /** What is left can be done safely. */
    record RunAgain<T>() implements Verdict<T> {}

    /** It can't be told yet. */
    record StillUnknown<T>() implements Verdict<T> {}
  }
}
