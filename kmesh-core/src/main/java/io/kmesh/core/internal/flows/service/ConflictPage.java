// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.flows.FlowConflict;
import java.util.List;

/**
 * Some of the conflicts that an end found. Immutable.
 *
 * @param conflicts in the order of the end's table
 * @param next where the next page begins, for the end alone to understand; empty when there is none
 */
public record ConflictPage(List<FlowConflict> conflicts, String next) {
  /** The most conflicts of a page. */
  public static final int MOST = 256;

  /** Copies the list. */
  public ConflictPage {
    conflicts = List.copyOf(conflicts);
  }
}
