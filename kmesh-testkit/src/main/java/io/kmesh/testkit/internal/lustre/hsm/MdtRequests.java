// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.hsm;

import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.ActionItem;
import io.kmesh.testkit.internal.lustre.HsmAttributes;
import io.kmesh.testkit.lustre.ActionStatus;
import io.kmesh.testkit.lustre.CoordinatorPolicy;
import io.kmesh.testkit.lustre.CoordinatorState;
import io.kmesh.testkit.lustre.LastUnlink;
import java.io.IOException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What clients ask of an MDT's coordinator. Thread-safe. */
final class MdtRequests {
  private final MdtState state;

  MdtRequests(MdtState state) {
    this.state = state;
  }

  /**
   * Takes a request for one file, as {@code mdt_hsm_add_actions} does.
   *
   * @param archiveId the archive, 0 for the file's own or the default
   * @param uid who asks
   */
  void request(HsmActionKind action, int archiveId, Fid fid, int flags, byte[] payload, long uid)
      throws IOException {
    synchronized (state) {
      requireRunning(action, fid);
      boolean hasOpen = state.table.open(fid) != null;
      // A redundant request and the cancel of nothing are accepted and forgotten.
      if (hasOpen != (action == HsmActionKind.CANCEL)) {
        return;
      }
    }
    HsmAttributes file = attributes(action, fid, uid);
    if (file != null) {
      requirePermission(action, fid, uid);
      if (!HsmRules.isNeeded(action, file)) {
        return;
      }
      if (!HsmRules.isAllowed(action, archiveId, file)) {
        throw Refusals.of(
            Errno.EPERM,
            "Cannot request "
                + action
                + " of "
                + fid
                + ": EPERM, its HSM state is "
                + file.state()
                + (archiveId == 0 ? "" : " and the request names archive " + archiveId)
                + ". "
                + wayOut(action, file));
      }
    }
    queue(action, archiveId, fid, flags, payload, file);
    state.wake.run();
  }

  private void queue(
      HsmActionKind action,
      int archiveId,
      Fid fid,
      int flags,
      byte[] payload,
      @Nullable HsmAttributes file)
      throws IOException {
    synchronized (state) {
      requireRunning(action, fid);
      ActionRecord open = state.table.open(fid);
      if (action == HsmActionKind.CANCEL) {
        if (open != null) {
          state.add(action, open.cookie, fid, fid, open.archiveId, flags, payload);
        }
      } else if (open == null) {
        int archive = archiveId;
        if (archive == 0 && file != null) {
          archive =
              file.archiveId() != 0 ? file.archiveId() : state.settings.defaultArchiveId().value();
        }
        state.add(action, state.nextCookie(), fid, fid, archive, flags, payload);
      }
      state.flush();
    }
  }

  private void requireRunning(HsmActionKind action, Fid fid) throws IOException {
    state.requireOpen();
    if (state.state == CoordinatorState.STOPPED) {
      throw Refusals.coordinatorOff("request " + action + " of " + fid, state.mdt);
    }
  }

  /** The attributes; null for a file that is gone where that is allowed. */
  private @Nullable HsmAttributes attributes(HsmActionKind action, Fid fid, long uid)
      throws IOException {
    try {
      return state.inodes.attributes(fid);
    } catch (IOException e) {
      boolean allowed = action == HsmActionKind.REMOVE || action == HsmActionKind.CANCEL;
      if (uid == 0 && allowed && Refusals.is(e, Errno.ENOENT)) {
        return null;
      }
      throw e;
    }
  }

  private void requirePermission(HsmActionKind action, Fid fid, long uid) throws IOException {
    if (uid == 0) {
      return;
    }
    Set<HsmActionKind> allowed;
    boolean owner = state.inodes.stat(fid).uid() == uid;
    synchronized (state) {
      allowed = owner ? state.settings.ownerRequests() : state.settings.otherRequests();
    }
    if (!allowed.contains(action)) {
      throw Refusals.of(
          Errno.EPERM,
          "Cannot request "
              + action
              + " of "
              + fid
              + ": EPERM, user "
              + uid
              + " may only request "
              + allowed
              + ". Ask as root, or have hsm.*_request_mask widened.");
    }
  }

  private static String wayOut(HsmActionKind action, HsmAttributes file) {
    return switch (action) {
      case ARCHIVE ->
          file.has(HsmFlag.NOARCHIVE)
              ? "Clear NOARCHIVE first."
              : "Name the archive that holds its copy, or none.";
      case RESTORE -> "Look after the copy in the archive, then clear LOST.";
      case REMOVE -> "Restore the file first: its data are in the archive only.";
      case CANCEL, RELEASE -> "Look at its state first.";
    };
  }

  /**
   * Queues the REMOVE of a file whose last name went away, when the tunable asks for it. Takes no
   * lock of the file system, and may be called with one held.
   */
  void lastUnlink(Fid fid, HsmAttributes attributes) throws IOException {
    synchronized (state) {
      if (state.settings.lastUnlink() == LastUnlink.KEEP_ARCHIVE
          || !attributes.has(HsmFlag.EXISTS)) {
        return;
      }
      ActionRecord open = state.table.open(fid);
      if (open != null && open.action == HsmActionKind.REMOVE) {
        return;
      }
      state.add(
          HsmActionKind.REMOVE,
          state.nextCookie(),
          fid,
          Fid.ZERO,
          attributes.archiveId(),
          0,
          ActionRecord.NO_PAYLOAD);
      state.flush();
    }
    state.wake.run();
  }

  /**
   * Brings a file back for a reader and waits.
   *
   * <p>A reader asks for one restore of its own: one that came while another's restore was pending
   * and failed asks once more; one whose own failed gets ENODATA.
   *
   * @throws IOException ENODATA when it cannot be had, ENOENT when the file is gone
   */
  void restoreAndWait(Fid fid, long uid) throws IOException {
    boolean joined = false;
    boolean last = false;
    while (state.inodes.attributes(fid).has(HsmFlag.RELEASED)) {
      if (state.isClosed()) {
        throw noData(fid, "the simulated file system was closed", null);
      }
      if (last) {
        throw noData(fid, "its restore failed", null);
      }
      RestoreGate gate;
      synchronized (state) {
        gate = state.gate(fid);
      }
      if (gate == null) {
        last = true;
        gate = ask(fid, uid);
      } else {
        // The second one that is met takes the place of this reader's own, which would be
        // redundant.
        last = joined;
        joined = true;
      }
      if (gate != null) {
        gate.pass(state.time);
      }
    }
  }

  private @Nullable RestoreGate ask(Fid fid, long uid) throws IOException {
    try {
      request(
          HsmActionKind.RESTORE, 0, fid, (int) ActionItem.BLOCKING, ActionRecord.NO_PAYLOAD, uid);
    } catch (IOException e) {
      if (Refusals.is(e, Errno.ENOENT)) {
        throw e;
      }
      throw noData(fid, "its restore could not be requested (" + e.getMessage() + ")", e);
    }
    synchronized (state) {
      if (state.settings.policy().contains(CoordinatorPolicy.NON_BLOCKING_RESTORE)) {
        throw noData(fid, "the policy NonBlockingRestore lets nobody wait", null);
      }
      return state.gate(fid);
    }
  }

  private static IOException noData(Fid fid, String why, @Nullable Throwable cause) {
    return new ProviderException(
        Errno.ENODATA.kind(),
        "Cannot read "
            + fid
            + ": ENODATA, it is released and "
            + why
            + ". Find out what the copytool says, then read again.",
        cause,
        Errno.ENODATA,
        null,
        null);
  }

  /** Waits while a restore of the file runs: its data version has none until then. */
  void awaitNoRunningRestore(Fid fid) {
    RestoreGate gate;
    synchronized (state) {
      ActionRecord open = state.table.open(fid);
      if (open == null
          || open.action != HsmActionKind.RESTORE
          || open.status != ActionStatus.STARTED) {
        return;
      }
      gate = state.gate(fid);
    }
    if (gate != null) {
      gate.pass(state.time);
    }
  }
}
