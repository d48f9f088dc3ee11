// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre;

import io.kmesh.lustre.ChangelogRecord.HsmEvent;

/**
 * A changelog record of type HSM to write. Its dirty bit is not part of it: the file system sets it
 * from the attributes that the change leaves.
 *
 * @param event what happened
 * @param error its errno, 0 to 127; 0 for success
 */
public record HsmRecord(HsmEvent event, int error) {
  /** A record of success. */
  public static HsmRecord of(HsmEvent event) {
    return new HsmRecord(event, 0);
  }
}
