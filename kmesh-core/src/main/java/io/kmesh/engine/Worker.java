// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine;

/**
 * Runs units of work, here or elsewhere. Thread-safe. A unit that fails is a result, not an
 * exception; to run it again has the same effect as to run it once.
 */
@FunctionalInterface
public interface Worker {
  /** Runs a unit and says what became of it. */
  WorkResult run(WorkUnit unit);
}
