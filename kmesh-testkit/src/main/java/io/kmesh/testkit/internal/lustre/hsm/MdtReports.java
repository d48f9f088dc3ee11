// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.hsm;

import io.kmesh.lustre.ChangelogRecord.HsmEvent;
import io.kmesh.lustre.Extent;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.testkit.internal.lustre.HsmAttributes;
import io.kmesh.testkit.internal.lustre.HsmInodes;
import io.kmesh.testkit.internal.lustre.HsmRecord;
import io.kmesh.testkit.lustre.ActionStatus;
import io.kmesh.testkit.lustre.CoordinatorPolicy;
import io.kmesh.testkit.lustre.CoordinatorState;
import io.kmesh.testkit.lustre.UnsafeSuccessException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** What copytools tell an MDT's coordinator: {@code LL_IOC_HSM_PROGRESS}. Thread-safe. */
final class MdtReports {
  /**
   * How an action ended.
   *
   * @param errno 0 for success
   * @param retry whether the copytool says that it may be tried again
   * @param dataVersion of the data that were archived
   */
  record End(int errno, boolean retry, long dataVersion) {
    static End success(long dataVersion) {
      return new End(0, false, dataVersion);
    }

    static End failure(Errno errno, boolean retry) {
      return new End(errno.code(), retry, 0);
    }
  }

  /** The largest errno that a changelog record can say; what is larger becomes one more. */
  private static final int MAX_RECORDED = 0x7e;

  private final MdtState state;

  MdtReports(MdtState state) {
    this.state = state;
  }

  static HsmEvent event(HsmActionKind action) {
    return switch (action) {
      case ARCHIVE -> HsmEvent.ARCHIVE;
      case RESTORE -> HsmEvent.RESTORE;
      case REMOVE -> HsmEvent.REMOVE;
      case RELEASE -> HsmEvent.RELEASE;
      case CANCEL -> HsmEvent.CANCEL;
    };
  }

  /**
   * Takes a sign of life.
   *
   * @param fid the file, or the volatile file of a restore
   * @throws IOException ENOENT for an action that holds no slot, ECANCELED for a cancelled one,
   *     EINVAL for another file, EAGAIN when the coordinator is off
   */
  void progress(long cookie, Fid fid, Extent done) throws IOException {
    synchronized (state) {
      ActionRecord r = find(cookie, fid);
      if (done.length() != 0) {
        if (r.copied == null) {
          r.copied = new CopiedRanges();
        }
        r.copied.add(done);
      }
      state.flush();
      if (r.canceled) {
        throw Refusals.of(
            Errno.ECANCELED,
            "Cannot go on with "
                + what(r)
                + ": ECANCELED, it was cancelled. Stop and end it with"
                + " ECANCELED.");
      }
    }
  }

  private ActionRecord find(long cookie, Fid fid) throws IOException {
    state.requireOpen();
    if (state.state == CoordinatorState.STOPPED) {
      throw Refusals.coordinatorOff("report on cookie 0x" + Long.toHexString(cookie), state.mdt);
    }
    ActionRecord r = state.table.active(cookie);
    if (r == null || r.ending) {
      throw Refusals.of(
          Errno.ENOENT,
          "Cannot report on cookie 0x"
              + Long.toHexString(cookie)
              + " of MDT"
              + state.mdt
              + ": ENOENT, the coordinator does not wait for it: it ended, timed out, or was never"
              + " sent. Drop the work.");
    }
    state.touch(r);
    boolean own = fid.equals(r.fid);
    if (r.action == HsmActionKind.RESTORE && !own && r.dataFid.equals(r.fid)) {
      state.setDataFid(r, fid);
    }
    boolean checked = r.action == HsmActionKind.RESTORE || r.action == HsmActionKind.ARCHIVE;
    if (checked && !own && !fid.equals(r.dataFid)) {
      state.flush();
      throw Refusals.of(
          Errno.EINVAL,
          "Cannot report on "
              + what(r)
              + " with "
              + fid
              + ": EINVAL, it is bound to "
              + r.dataFid
              + " since an earlier copytool's progress. End it with an error and restore again.");
    }
    return r;
  }

  private String what(ActionRecord r) {
    return r.action
        + " of "
        + r.fid
        + " (cookie 0x"
        + Long.toHexString(r.cookie)
        + ", MDT"
        + state.mdt
        + ")";
  }

  /**
   * Takes the end of an action.
   *
   * @throws IOException as {@link #progress}, but not ECANCELED; else the error that kept the end
   *     from taking effect, with which the action is recorded as failed
   * @throws UnsafeSuccessException when a restore's success comes without a volatile file
   */
  void end(long cookie, Fid fid, End end) throws IOException {
    ActionRecord r;
    synchronized (state) {
      r = find(cookie, fid);
      if (end.errno() == 0 && r.action == HsmActionKind.RESTORE && r.dataFid.equals(r.fid)) {
        String text =
            "Cannot end "
                + what(r)
                + " with success: no volatile file was reported for it. On a real"
                + " Lustre this hangs a service thread of the MDT for good. Begin the restore and"
                + " end it through that handle, or end it with an error.";
        state.counters.violation(text);
        throw new UnsafeSuccessException(text);
      }
      r.ending = true;
    }
    IOException problem = null;
    int errno = end.errno();
    boolean exists = true;
    try {
      if (errno == 0) {
        succeed(r, end.dataVersion());
      } else {
        exists = record(r, Math.min(errno, MAX_RECORDED + 1));
        problem = errno > MAX_RECORDED ? tooLarge(r, errno) : null;
      }
    } catch (IOException e) {
      problem = e;
      errno = errno == 0 ? errnoOf(e) : errno;
      recordQuietly(r, errno, e);
    } catch (RuntimeException | Error e) {
      finish(r, Errno.EIO.code(), false);
      throw e;
    }
    finish(r, errno, end.retry() && exists);
    state.wake.run();
    if (problem != null) {
      throw problem;
    }
  }

  private void recordQuietly(ActionRecord r, int errno, IOException cause) {
    try {
      record(r, Math.min(errno, MAX_RECORDED + 1));
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  private ProviderException tooLarge(ActionRecord r, int errno) {
    return Refusals.of(
        Errno.EINVAL,
        "Cannot record errno "
            + errno
            + " for "
            + what(r)
            + ": EINVAL, a changelog record holds at"
            + " most "
            + MAX_RECORDED
            + ". It is recorded as failed; take a smaller errno next time.");
  }

  private static int errnoOf(IOException e) {
    if (e instanceof ProviderException p && p.errno().isPresent()) {
      return p.errno().get().code();
    }
    return Errno.EIO.code();
  }

  // ---- effects on the file, without the lock

  private void succeed(ActionRecord r, long dataVersion) throws IOException {
    switch (r.action) {
      case ARCHIVE -> change(r, before -> HsmRules.archived(before, dataVersion));
      case RESTORE -> state.inodes.swapRestored(r.fid, r.dataFid, HsmRecord.of(HsmEvent.RESTORE));
      case REMOVE -> change(r, HsmRules::removed);
      case RELEASE, CANCEL -> throw new AssertionError(r.action);
    }
  }

  /** Changes the flags, with a record of that when they change, then writes the event's record. */
  private void change(ActionRecord r, HsmInodes.Change change) throws IOException {
    try {
      HsmAttributes before = state.inodes.attributes(r.fid);
      HsmRecord record =
          change.apply(before).flags() == before.flags() ? null : HsmRecord.of(HsmEvent.STATE);
      state.inodes.update(r.fid, change, record);
      state.inodes.update(r.fid, same -> same, HsmRecord.of(event(r.action)));
    } catch (IOException e) {
      // The file went away meanwhile: the action ended well all the same.
      if (!Refusals.is(e, Errno.ENOENT)) {
        throw e;
      }
    }
  }

  private boolean record(ActionRecord r, int error) throws IOException {
    try {
      state.inodes.update(r.fid, same -> same, new HsmRecord(event(r.action), error));
      return true;
    } catch (IOException e) {
      if (Refusals.is(e, Errno.ENOENT)) {
        return false;
      }
      throw e;
    }
  }

  // ---- bookkeeping

  private void finish(ActionRecord r, int errno, boolean mayRetry) throws IOException {
    synchronized (state) {
      r.ending = false;
      if (state.isClosed()) {
        return;
      }
      count(r, errno);
      ActionStatus status = statusOf(errno, mayRetry);
      if (status == ActionStatus.WAITING && r.status.isFinal()) {
        status = ActionStatus.FAILED;
      }
      r.copied = null;
      state.setActive(r, false);
      if (status == ActionStatus.WAITING) {
        r.agent = null;
        r.canceled = false;
        if (!r.dataFid.equals(r.fid)) {
          state.setDataFid(r, r.fid);
        }
        state.setStatus(r, ActionStatus.WAITING);
      } else {
        // The cookie is the CANCEL's too: what is not ended under it ends with this status.
        if (!r.status.isFinal()) {
          state.setStatus(r, status);
        }
        for (ActionRecord cancel : state.table.cancels(r.cookie)) {
          state.setStatus(cancel, status);
        }
        if (r.action == HsmActionKind.RESTORE) {
          state.openGateUnlessPending(r.fid);
        }
      }
      state.flush();
    }
  }

  private ActionStatus statusOf(int errno, boolean mayRetry) {
    if (errno == 0 || errno == Errno.ECANCELED.code()) {
      return ActionStatus.SUCCEED;
    }
    boolean retries =
        mayRetry
            && errno != Errno.ENOSYS.code()
            && !state.settings.policy().contains(CoordinatorPolicy.NO_RETRY_ACTION);
    return retries ? ActionStatus.WAITING : ActionStatus.FAILED;
  }

  private void count(ActionRecord r, int errno) {
    if (errno == 0) {
      state.counters.succeeded(r.action);
    } else {
      state.counters.failed(r.action);
    }
    Agent agent = r.agent == null ? null : state.agents.get(r.agent);
    if (agent != null) {
      agent.current--;
      if (errno == 0) {
        agent.succeeded++;
      } else {
        agent.failed++;
      }
    }
  }

  /**
   * Ends what a dying process had done to the file and not yet written down: a restore whose file
   * has its data. For the opening.
   */
  void settleAfterCrash() throws IOException {
    for (ActionRecord r : java.util.List.copyOf(state.table.active())) {
      if (r.action == HsmActionKind.RESTORE && !r.status.isFinal() && hasData(r.fid)) {
        finish(r, 0, false);
      }
    }
  }

  private boolean hasData(Fid fid) throws IOException {
    try {
      return !state.inodes.attributes(fid).has(HsmFlag.RELEASED);
    } catch (IOException e) {
      if (Refusals.is(e, Errno.ENOENT)) {
        return false;
      }
      throw e;
    }
  }

  /** The action that is open on a file, with what was copied; null when there is none. */
  @Nullable OpenAction open(Fid fid) {
    synchronized (state) {
      ActionRecord r = state.table.open(fid);
      if (r == null) {
        return null;
      }
      boolean running = state.table.active(r.cookie) == r && r.status == ActionStatus.STARTED;
      return new OpenAction(r.action, running, r.copied == null ? 0 : r.copied.bytes());
    }
  }

  /** An open action. */
  record OpenAction(HsmActionKind action, boolean running, long bytes) {}
}
