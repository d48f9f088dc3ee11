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

  /**
   * As {@code lfs hsm_action} prints it: {@code NOOP}, {@code ARCHIVE waiting (from 0 to EOF)},
   * {@code RESTORE running (4096 bytes moved)}.
   */
  @Override
  public String toString() {
    String name = actionOrNull == null ? "unknown" : actionOrNull.name();
    return switch (phase) {
      case IDLE -> "NOOP";
      case WAITING -> name + " waiting (from 0 to EOF)";
      case RUNNING ->
          actionOrNull == HsmActionKind.ARCHIVE || actionOrNull == HsmActionKind.RESTORE
              ? name + " running (" + bytesDone + " bytes moved)"
              : name + " running (from 0 to EOF)";
    };
  }
}
