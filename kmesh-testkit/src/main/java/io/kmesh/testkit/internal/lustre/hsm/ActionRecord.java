// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.hsm;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.testkit.lustre.ActionStatus;
import io.kmesh.testkit.lustre.QueuedAction;
import org.jspecify.annotations.Nullable;

/**
 * One record of a coordinator's list. Guarded by its {@link MdtCoordinator}. Two things that Lustre
 * keeps apart are kept apart here: the record's status, and whether the action holds a slot.
 */
final class ActionRecord {
  static final byte[] NO_PAYLOAD = new byte[0];

  final long index;
  final long cookie;
  final HsmActionKind action;
  final Fid fid;
  final int archiveId;
  final int flags;
  final byte[] payload;

  /** The file; of a restore, the volatile file from its first progress on. */
  Fid dataFid;

  ActionStatus status = ActionStatus.WAITING;

  /** Whether it holds a slot: sent, and not ended, whatever its status says. */
  boolean active;

  /** Whether its copytool is to be told ECANCELED. */
  boolean canceled;

  /** Whether it is in the list; an action may hold a slot longer than it is listed. */
  boolean listed = true;

  /** Whether it is in a queue of those to send. */
  boolean queued;

  /** Whether its end is being worked on. */
  boolean ending;

  /** The last sign of life or change, in milliseconds of the monotonic clock. */
  long touched;

  /** The client that was sent it. */
  @Nullable String agent;

  /** What was copied so far; null for nothing. */
  @Nullable CopiedRanges copied;

  @Nullable ActionRecord previous;
  @Nullable ActionRecord next;

  /** Another open record of the same file. */
  @Nullable ActionRecord nextOpen;

  ActionRecord(
      long index,
      long cookie,
      HsmActionKind action,
      Fid fid,
      Fid dataFid,
      int archiveId,
      int flags,
      byte[] payload) {
    this.index = index;
    this.cookie = cookie;
    this.action = action;
    this.fid = fid;
    this.dataFid = dataFid;
    this.archiveId = archiveId;
    this.flags = flags;
    this.payload = payload.length == 0 ? NO_PAYLOAD : payload;
  }

  /** Whether a further request for this file is redundant. */
  boolean isOpen() {
    return action != HsmActionKind.CANCEL && !status.isFinal();
  }

  /** The size of its item in an action list, in bytes. */
  int itemSize() {
    return (72 + payload.length + 7) & ~7;
  }

  QueuedAction view(int mdt) {
    return new QueuedAction(
        mdt,
        index,
        cookie,
        action,
        fid,
        dataFid,
        ArchiveId.of(archiveId),
        flags,
        payload.length,
        status);
  }
}
