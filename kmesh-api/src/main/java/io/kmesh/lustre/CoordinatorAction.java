// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

/**
 * An action in a coordinator's list, which holds those that have ended for a while too. Source: a
 * line of {@code mdt.FSNAME-MDTnnnn.hsm.actions}.
 *
 * @param fid the file
 * @param dataFid the volatile file of a restore, else the file
 * @param cookie the action's number, unsigned
 * @param action what is done, in Lustre's word: {@code ARCHIVE}, {@code RESTORE}, {@code REMOVE},
 *     {@code CANCEL}, or one of a newer release
 * @param archive the archive
 * @param status {@code WAITING}, {@code STARTED}, {@code SUCCEED}, {@code FAILED}, {@code
 *     CANCELED}, or one of a newer release
 */
public record CoordinatorAction(
    Fid fid, Fid dataFid, long cookie, String action, ArchiveId archive, String status) {
  /** Whether it waits for an agent or a slot. */
  public boolean isWaiting() {
    return status.equals("WAITING");
  }

  /** Whether it was sent to an agent and takes a slot. */
  public boolean isStarted() {
    return status.equals("STARTED");
  }
}
