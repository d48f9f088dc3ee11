// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.hsm;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Operation;
import io.kmesh.OperationId;
import io.kmesh.spi.state.StateChange;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Starts operations, so that services need not know how they are kept and run. */
public interface TaskStarter {
  /** Keeps the specification durably, then starts the task. */
  default <T> Operation<T> start(LongTask<T> task, ObjectNode spec) {
    return start(task, spec, id -> List.of());
  }

  /**
   * Keeps the specification durably, in one commit with other changes of the state, then starts the
   * task.
   *
   * @param with gives the other changes for the operation's id
   * @throws io.kmesh.KmeshException PRECONDITION when one of them conflicts; nothing is started
   */
  <T> Operation<T> start(
      LongTask<T> task, ObjectNode spec, Function<OperationId, List<StateChange>> with);

  /** The operation of an id; empty when the state does not have it any more. */
  <T> Optional<Operation<T>> find(LongTask<T> task, OperationId id);

  /**
   * The specifications of a task's operations that may run still: those that have not ended, and
   * those of unknown outcome.
   *
   * @throws IOException when the state can't be read
   */
  List<ObjectNode> unfinished(LongTask<?> task) throws IOException;
}
