// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.hsm;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Operation;
import java.io.IOException;
import java.util.List;

/** Starts operations, so that services need not know how they are kept and run. */
public interface TaskStarter {
  /** Keeps the specification durably, then starts the task. */
  <T> Operation<T> start(LongTask<T> task, ObjectNode spec);

  /**
   * The specifications of a task's operations that may run still: those that have not ended, and
   * those of unknown outcome.
   *
   * @throws IOException when the state can't be read
   */
  List<ObjectNode> unfinished(LongTask<?> task) throws IOException;
}
