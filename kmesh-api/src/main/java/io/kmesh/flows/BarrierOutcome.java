// SPDX-License-Identifier: Apache-2.0
package io.kmesh.flows;

/** What a barrier of a flow came to. */
public enum BarrierOutcome {
  /** The target durably has it. */
  DURABLE,
  /** The time was over, and the flow was declared to go on without: it will be brought later. */
  DEGRADED
}
