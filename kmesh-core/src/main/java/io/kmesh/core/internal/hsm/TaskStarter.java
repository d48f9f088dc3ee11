// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.hsm;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Operation;

/** Starts operations, so that services need not know how they are kept and run. */
public interface TaskStarter {
  /** Keeps the specification durably, then starts the task. */
  <T> Operation<T> start(LongTask<T> task, ObjectNode spec);
}
