// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.control;

/** What sites tell each other that they can, in the greeting of a link. The names never change. */
public final class Capability {
  /** Ends of flows of several masters, and the questions about these. */
  public static final String MULTI_MASTER = "flow.multi-master";

  private Capability() {}
}
