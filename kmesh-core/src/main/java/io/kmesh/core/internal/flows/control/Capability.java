// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.control;

/** What sites tell each other that they can, in the greeting of a link. The names never change. */
public final class Capability {
  /** Ends of flows of several masters, and the questions about these. */
  public static final String MULTI_MASTER = "flow.multi-master";

  /** Ends of flows of several masters that share trees with others. */
  public static final String SHARED_TREES = "flow.shared-trees";

  /** Telling what chunks the files of a flow are made of. */
  public static final String CHUNKS = "flow.chunks";

  /** Sources that hold grants to their own clock, and what tells them of these. */
  public static final String GRANTS = "flow.grants";

  /** Holding the caches of flows that give access to what other sites have, and made. */
  public static final String CACHES = "flow.caches";

  /** Trees that flows of several masters share at sites that did not make all of them. */
  public static final String SHARED_SITES = "flow.shared-sites";

  /** Forgetting a flow that was deleted, without having joined it in the session. */
  public static final String FAREWELL = "flow.farewell";

  private Capability() {}
}
