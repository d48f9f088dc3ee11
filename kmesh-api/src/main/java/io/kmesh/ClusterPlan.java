// SPDX-License-Identifier: Apache-2.0
package io.kmesh;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What a change of a cluster would do, as of a time. Nothing happens before {@link #apply()}. */
public interface ClusterPlan {
  /** What is done. */
  enum Action {
    /** A provider makes it. */
    CREATE,
    /** It gets another shape. */
    RESIZE,
    /** It is deleted. */
    DELETE
  }

  /** The cluster's name. */
  String cluster();

  /** What is done. */
  Action action();

  /** When it was looked at. */
  Instant time();

  /** What it is now; empty when it is not there. */
  Optional<ClusterSpec> before();

  /** What it is to be; empty when it is deleted. */
  Optional<ClusterSpec> after();

  /** What happens, in words. */
  List<String> effects();

  /** What is lost for good, in words; empty when nothing is. */
  List<String> losses();

  /**
   * Does it. A cluster that is another one by then, or has another shape than the plan saw, is left
   * as it is and the operation fails with PRECONDITION.
   */
  Operation<ProvisionedCluster> apply();

  /** The plan in words, a line for each effect and loss. */
  @Override
  String toString();
}
