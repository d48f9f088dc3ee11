// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.hsm;

import io.kmesh.lustre.Extent;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.spi.Errno;
import io.kmesh.spi.lustre.ActionItem;
import io.kmesh.spi.lustre.CopytoolSession;
import io.kmesh.spi.lustre.RunningAction;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An action that has begun. Thread-safe. */
final class SimAction implements RunningAction {
  private final SimSession session;
  private final ActionItem item;
  private final Fid dataFid;
  private final long dataVersion;
  private @Nullable PosixFile data;
  private boolean freed;

  SimAction(SimSession session, ActionItem item, Fid dataFid, long dataVersion) {
    this.session = session;
    this.item = item;
    this.dataFid = dataFid;
    this.dataVersion = dataVersion;
  }

  @Override
  public ActionItem item() {
    return item;
  }

  @Override
  public synchronized PosixFile data() throws IOException {
    requireNotFreed("open the data of");
    PosixFile open = data;
    if (open == null) {
      boolean regular =
          item.action() != HsmActionKind.REMOVE && session.inodes().isRegular(dataFid);
      if (!regular) {
        throw Refusals.of(
            Errno.EINVAL,
            "Cannot open the data of "
                + SimSession.what(item)
                + ": EINVAL, "
                + (item.action() == HsmActionKind.REMOVE
                    ? "a REMOVE has none."
                    : "it is not a regular file.")
                + " End it without data.");
      }
      Set<OpenFlag> flags =
          item.action() == HsmActionKind.RESTORE
              ? Set.of(OpenFlag.READ, OpenFlag.WRITE)
              : Set.of(OpenFlag.READ);
      open = session.inodes().openInternal(dataFid, flags);
      data = open;
    }
    return open;
  }

  @Override
  public Fid dataFid() {
    return dataFid;
  }

  @Override
  public long dataVersion() {
    return dataVersion;
  }

  @Override
  public void progress(Extent done) throws IOException {
    synchronized (this) {
      requireNotFreed("report on");
    }
    session.progress(item, dataFid, done);
  }

  @Override
  public void succeed() throws IOException {
    synchronized (this) {
      requireNotFreed("end");
      freed = true;
    }
    try {
      // liblustreapi syncs a restored file first. Here neither the list of actions nor the swap is
      // synced, and a kill loses none of them: syncing the data alone would prove nothing.
      if (item.action() == HsmActionKind.ARCHIVE) {
        succeedArchive();
      } else {
        session.end(item, dataFid, MdtReports.End.success(0));
      }
    } finally {
      free();
    }
  }

  private void succeedArchive() throws IOException {
    long now = dataVersion;
    boolean exists = session.inodes().exists(item.fid());
    if (exists && session.inodes().isRegular(item.fid())) {
      now = session.inodes().dataVersion(item.fid());
    }
    if (now == dataVersion) {
      session.end(item, dataFid, MdtReports.End.success(now));
      return;
    }
    session.end(item, dataFid, MdtReports.End.failure(Errno.EBUSY, false));
    throw Refusals.of(
        Errno.EBUSY,
        "Cannot end "
            + SimSession.what(item)
            + " with success: EBUSY, the file changed meanwhile"
            + " (data version "
            + dataVersion
            + " before, "
            + now
            + " now). It is recorded as failed; drop the copy, the file is dirty.");
  }

  @Override
  public void fail(Errno errno, CopytoolSession.@Nullable Retry retry) throws IOException {
    SimSession.requireError(item, errno);
    synchronized (this) {
      requireNotFreed("end");
      freed = true;
    }
    try {
      session.end(item, dataFid, MdtReports.End.failure(errno, retry != null));
    } finally {
      free();
    }
  }

  private void requireNotFreed(String verb) throws IOException {
    session.requireAlive(item);
    if (freed) {
      throw Refusals.of(
          Errno.EBADF,
          "Cannot "
              + verb
              + " "
              + SimSession.what(item)
              + ": EBADF, the handle was ended or closed. Begin the item again if it is still due.");
    }
  }

  @Override
  public void close() throws IOException {
    synchronized (this) {
      if (freed) {
        return;
      }
      freed = true;
    }
    free();
  }

  /** Closes the data; a volatile file that did not become the file's content is gone with it. */
  private void free() throws IOException {
    session.forget(this);
    PosixFile open;
    synchronized (this) {
      open = data;
      data = null;
    }
    try {
      if (open != null) {
        open.close();
      }
    } finally {
      if (item.action() == HsmActionKind.RESTORE) {
        session.inodes().dropVolatile(dataFid);
      }
    }
  }
}
