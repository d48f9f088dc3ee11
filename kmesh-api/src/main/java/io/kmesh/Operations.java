// SPDX-License-Identifier: Apache-2.0
package io.kmesh;

import java.util.List;
import java.util.Optional;

/** The operations of a state, of earlier processes too. Thread-safe. */
public interface Operations {
  /**
   * The operation of an id.
   *
   * @throws KmeshException INVALID when its result is not of that type
   */
  <T> Optional<Operation<T>> find(OperationId id, Class<T> resultType);

  /** The operations that have not ended, oldest first. */
  List<Operation<?>> open();

  /**
   * Reads the world to decide an operation of unknown outcome, then ends it as succeeded or failed,
   * or resumes it where that is safe.
   *
   * @return where it stands now
   */
  OperationState reconcile(OperationId id);
}
