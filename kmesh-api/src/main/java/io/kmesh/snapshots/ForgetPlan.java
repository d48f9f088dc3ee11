// SPDX-License-Identifier: Apache-2.0
package io.kmesh.snapshots;

import java.util.List;

/**
 * Which snapshots a retention policy keeps and which it would forget. Making it changes nothing;
 * {@link #apply()} acts. Immutable.
 */
public interface ForgetPlan {
  /** The repository. */
  String repository();

  /** A decision with its reasons for each snapshot that was looked at. */
  RetentionPlan plan();

  /**
   * Forgets what the plan says, at once or not at all. What only those kept is garbage then, until
   * the repository is pruned.
   *
   * @return the ids of those that were there and are forgotten
   * @throws io.kmesh.KmeshException PRECONDITION when somebody holds one of them meanwhile
   */
  List<String> apply();
}
