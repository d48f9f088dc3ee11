// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.fault;

import java.util.function.Supplier;

/**
 * Stops a scenario at each of its operations, before it and after it, and lets it recover. Use it
 * in tests that are tagged {@code crash}.
 */
public final class CrashPoints {
  private static final int MOST = 100_000;

  private CrashPoints() {}

  /** A scenario of one run: a world of its own, work in it, and what must hold after a crash. */
  public interface Scenario {
    /**
     * Works. All input and output goes through wrappers that ask the crash point; a {@link
     * SimulatedCrash} may end it anywhere, also in other threads.
     */
    void run(CrashPoint crashPoint) throws Exception;

    /**
     * Called after the crash, and after a run without one: damages what was not durable, opens
     * everything anew, finishes or rolls back, and checks that nothing acknowledged is lost.
     *
     * @param seed of the damage
     */
    void recoverAndCheck(long seed) throws Exception;
  }

  /**
   * What was tried.
   *
   * @param operations the operations of the scenario
   * @param crashes how many runs ended in a crash
   */
  public record Report(int operations, int crashes) {}

  /**
   * Runs a scenario once to count its operations, then once for each operation, side and seed.
   *
   * @param scenarios makes a fresh scenario for each run
   * @param seedsPerPoint how many kinds of damage are tried at each point, 1 or more
   * @throws AssertionError naming the operation and the seed at the first failure
   */
  public static Report enumerate(Supplier<? extends Scenario> scenarios, int seedsPerPoint) {
    CrashPoint counting = CrashPoint.never();
    one(scenarios.get(), counting, 0);
    int operations = counting.operations();
    if (operations == 0 || operations > MOST) {
      throw new AssertionError(
          "Cannot enumerate the crashes of "
              + operations
              + " operations. Let the scenario's work go through the wrappers, in 1 to "
              + MOST
              + ".");
    }
    int crashes = 0;
    for (int operation = 1; operation <= operations; operation++) {
      for (CrashPoint.Side side : CrashPoint.Side.values()) {
        for (int seed = 1; seed <= seedsPerPoint; seed++) {
          CrashPoint point = CrashPoint.at(operation, side);
          one(scenarios.get(), point, operation * 1000L + seed);
          if (point.hasCrashed()) {
            crashes++;
          }
        }
      }
    }
    return new Report(operations, crashes);
  }

  /** Runs one point again, as a failed enumeration named it. */
  public static void repeat(Scenario scenario, int operation, CrashPoint.Side side, long seed) {
    one(scenario, CrashPoint.at(operation, side), seed);
  }

  private static void one(Scenario scenario, CrashPoint point, long seed) {
    try {
      scenario.run(point);
    } catch (SimulatedCrash e) {
      if (!point.hasCrashed()) {
        throw e;
      }
    } catch (Exception | AssertionError e) {
      // After the crash anything may fail: what failed ran in a process that does not exist.
      if (!point.hasCrashed()) {
        throw new AssertionError("The scenario failed without a crash: " + e, e);
      }
    }
    try {
      scenario.recoverAndCheck(seed);
    } catch (Exception | AssertionError e) {
      String where = point.hasCrashed() ? "After a crash " + point.where() : "Without a crash";
      throw new AssertionError(where + ", with seed " + seed + ": " + e.getMessage(), e);
    }
  }
}
