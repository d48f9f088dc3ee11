// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.fault;

/**
 * The process ended here. An {@link Error}, so that code which handles exceptions does not take it
 * for one; whatever runs afterwards in a finally block runs in a process that does not exist.
 */
public final class SimulatedCrash extends Error {
  private static final long serialVersionUID = 1L;

  /** A crash at a place, such as {@code before operation 7, rename}. */
  public SimulatedCrash(String where) {
    super("Simulated crash " + where);
  }
}
