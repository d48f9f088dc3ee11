// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.hsm;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.ChangelogRecord.HsmEvent;
import io.kmesh.lustre.CurrentAction;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.lustre.HsmState;
import io.kmesh.lustre.Layout;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.lustre.HsmRequest;
import io.kmesh.spi.lustre.ImportAttributes;
import io.kmesh.spi.lustre.LustreHsm;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixInode;
import io.kmesh.testkit.internal.lustre.HsmAttributes;
import io.kmesh.testkit.internal.lustre.HsmInodes;
import io.kmesh.testkit.internal.lustre.HsmRecord;
import io.kmesh.testkit.lustre.CoordinatorPolicy;
import java.io.IOException;
import java.util.EnumSet;
import java.util.Set;

/** The client's side of HSM: what {@code llapi_hsm_*} does in an application. Thread-safe. */
final class SimHsm implements LustreHsm {
  /** The bytes of a request must stay below this: a third of the largest message to an MDT. */
  private static final int REQUEST_LIMIT = 1706;

  private static final int REQUEST_HEAD = 24;
  private static final int REQUEST_ITEM = 32;

  private final HsmInodes inodes;
  private final HsmSide side;

  SimHsm(HsmInodes inodes, HsmSide side) {
    this.inodes = inodes;
    this.side = side;
  }

  @Override
  public HsmState state(Fid fid) throws IOException {
    return inodes.attributes(fid).state();
  }

  @Override
  public HsmState state(PosixInode open) throws IOException {
    return state(inodes.fid(open));
  }

  @Override
  public void changeState(Fid fid, Set<HsmFlag> set, Set<HsmFlag> clear, ArchiveId archiveId)
      throws IOException {
    requireMayChange(fid, set, clear);
    HsmAttributes before = inodes.attributes(fid);
    String what = fid.toString();
    HsmAttributes after = HsmRules.stateSet(before, set, clear, archiveId.value(), what);
    inodes.update(
        fid,
        now -> HsmRules.stateSet(now, set, clear, archiveId.value(), what),
        after.equals(before) ? null : HsmRecord.of(HsmEvent.STATE));
  }

  private void requireMayChange(Fid fid, Set<HsmFlag> set, Set<HsmFlag> clear) throws IOException {
    long uid = inodes.callerUid();
    if (uid == 0) {
      return;
    }
    FileStat stat = inodes.stat(fid);
    int write = stat.uid() == uid ? 0200 : 0002;
    if ((stat.mode() & write) == 0) {
      throw Refusals.of(
          Errno.EACCES,
          "Cannot set the HSM state of "
              + fid
              + ": EACCES, user "
              + uid
              + " may not write the file. Ask its owner or root.");
    }
    EnumSet<HsmFlag> privileged = EnumSet.noneOf(HsmFlag.class);
    privileged.addAll(set);
    privileged.addAll(clear);
    privileged.removeAll(HsmRules.USER_FLAGS);
    if (!privileged.isEmpty()) {
      throw Refusals.of(
          Errno.EPERM,
          "Cannot set the HSM state of "
              + fid
              + ": EPERM, only root may change "
              + privileged
              + ", and this is user "
              + uid
              + ". Leave these flags, or ask as root.");
    }
  }

  @Override
  public CurrentAction currentAction(Fid fid) throws IOException {
    MdtReports.OpenAction open = side.of(fid).reports.open(fid);
    if (open == null) {
      if (!inodes.exists(fid)) {
        throw Refusals.noSuchFile("look at the action on", fid);
      }
      return CurrentAction.IDLE;
    }
    if (!open.running()) {
      return new CurrentAction(CurrentAction.Phase.WAITING, open.action(), 0);
    }
    return new CurrentAction(CurrentAction.Phase.RUNNING, open.action(), open.bytes());
  }

  @Override
  public void request(HsmRequest request) throws IOException {
    byte[] payload = request.payload();
    if (REQUEST_HEAD + REQUEST_ITEM + payload.length >= REQUEST_LIMIT) {
      throw Refusals.of(
          Errno.E2BIG,
          "Cannot request "
              + request.action()
              + ": E2BIG, a payload has at most "
              + (REQUEST_LIMIT - 1 - REQUEST_HEAD - REQUEST_ITEM)
              + " bytes, not "
              + payload.length
              + ". Put a reference there instead.");
    }
    for (Fid fid : request.fids()) {
      if (request.action() == HsmActionKind.RELEASE) {
        release(fid);
      } else {
        side.of(fid)
            .requests
            .request(
                request.action(), request.archiveId().value(), fid, 0, payload, inodes.callerUid());
      }
    }
    if (request.action() == HsmActionKind.RESTORE) {
      requireBlockingRestore(request);
    }
  }

  private void requireBlockingRestore(HsmRequest request) throws IOException {
    for (Fid fid : request.fids()) {
      if (side.of(fid)
          .control
          .settings()
          .policy()
          .contains(CoordinatorPolicy.NON_BLOCKING_RESTORE)) {
        throw Refusals.of(
            Errno.ENODATA,
            "Cannot wait for the restore of "
                + fid
                + ": ENODATA, it is queued, and the policy"
                + " NonBlockingRestore lets nobody wait. Look at its state later.");
      }
    }
  }

  private void release(Fid fid) throws IOException {
    long uid = inodes.callerUid();
    if (uid != 0 && inodes.stat(fid).uid() != uid) {
      throw Refusals.of(
          Errno.EPERM,
          "Cannot release "
              + fid
              + ": EPERM, it is not a file of user "
              + uid
              + ". Ask its owner or root.");
    }
    if (!inodes.isRegular(fid)) {
      throw Refusals.of(
          Errno.EINVAL,
          "Cannot release " + fid + ": EINVAL, it is not a regular file. Leave it out.");
    }
    inodes.release(fid);
  }

  @Override
  public long dataVersion(Fid fid) throws IOException {
    side.of(fid).requests.awaitNoRunningRestore(fid);
    return inodes.dataVersion(fid);
  }

  @Override
  public long dataVersion(PosixInode open) throws IOException {
    return dataVersion(inodes.fid(open));
  }

  @Override
  public Fid importStub(
      PathBytes path, ArchiveId archiveId, ImportAttributes attributes, Layout layout)
      throws IOException {
    return inodes.importStub(path, archiveId, attributes, layout);
  }

  @Override
  public Fid importStub(
      PosixDirectory directory,
      PathBytes name,
      ArchiveId archiveId,
      ImportAttributes attributes,
      Layout layout)
      throws IOException {
    return inodes.importStub(directory, name, archiveId, attributes, layout);
  }
}
