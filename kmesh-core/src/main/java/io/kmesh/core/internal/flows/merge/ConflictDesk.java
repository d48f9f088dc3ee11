// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.merge;

import io.kmesh.flows.FlowConflict;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.List;

/** Where people look at a flow's conflicts, and say what becomes of them. Thread-safe. */
public interface ConflictDesk {
  /** All that nobody resolved, the oldest first. */
  List<FlowConflict> list() throws IOException;

  /**
   * Does what somebody decided.
   *
   * @throws ProviderException NOT_FOUND when there is no such conflict; PRECONDITION when the
   *     loser's bytes are to be taken and there are none
   */
  void resolve(String id, FlowConflict.Choice choice) throws IOException;
}
