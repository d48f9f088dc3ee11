// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

/**
 * Sees each change of what is stored before it is made. A test throws from it to end there as a
 * kill of the process would.
 */
@FunctionalInterface
public interface StorageSteps {
  /** Sees nothing. */
  StorageSteps UNSEEN = what -> {};

  /**
   * A change is about to be made.
   *
   * @param what a short name of it
   */
  void before(String what);
}
