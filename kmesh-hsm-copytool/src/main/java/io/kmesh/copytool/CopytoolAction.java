// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.unit.DataSize;

/**
 * An item that a copytool has at hand.
 *
 * @param action what is to be done
 * @param fid the file
 * @param archive the archive
 * @param phase where it is
 * @param copied the bytes copied so far in this try; 0 while it waits and for a remove
 */
public record CopytoolAction(
    HsmActionKind action, Fid fid, ArchiveId archive, Phase phase, DataSize copied) {
  /** Where an item is. */
  public enum Phase {
    /** It waits for its turn, or for another try. */
    WAITING,
    /** It is at work. */
    RUNNING
  }
}
