// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a copytool is doing to a file right now, as {@code llapi_hsm_current_action} says.
 *
 * @param phase whether an action waits, runs, or none does
 * @param actionOrNull the action, null when there is none
 * @param bytesDone bytes that the copytool has reported
 */
public record CurrentAction(Phase phase, @Nullable HsmActionKind actionOrNull, long bytesDone) {
  /** Nothing waits or runs. */
  public static final CurrentAction IDLE = new CurrentAction(Phase.IDLE, null, 0);

  /** Where an action is. */
  public enum Phase {
    /** None. */
    IDLE,
    /** In the coordinator's queue. */
    WAITING,
    /** Given to a copytool. */
    RUNNING
  }

  /** The action, when there is one. */
  public Optional<HsmActionKind> action() {
    return Optional.ofNullable(actionOrNull);
  }
}
