// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.hsm;

import io.kmesh.lustre.Extent;
import io.kmesh.lustre.Fid;
import io.kmesh.spi.Errno;
import io.kmesh.spi.lustre.ActionItem;
import io.kmesh.spi.lustre.CopytoolSession;
import io.kmesh.spi.lustre.RunningAction;
import io.kmesh.spi.posix.FileType;
import io.kmesh.testkit.internal.lustre.HsmInodes;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A registered copytool. Thread-safe. */
final class SimSession implements CopytoolSession {
  private static final Extent NOTHING = new Extent(0, 0);

  private final HsmSide side;
  private final AgentPort port;
  private final Set<SimAction> running = ConcurrentHashMap.newKeySet();

  SimSession(HsmSide side, AgentPort port) {
    this.side = side;
    this.port = port;
  }

  String uuid() {
    return port.uuid();
  }

  @Override
  public List<ActionItem> receive(Duration timeout) throws IOException {
    return port.receive(timeout);
  }

  @Override
  public void wakeUp() {
    port.wakeUp();
  }

  @Override
  public RunningAction begin(ActionItem item) throws IOException {
    port.requireAlive("begin " + what(item));
    return switch (item.action()) {
      case ARCHIVE -> beginArchive(item);
      case RESTORE -> beginRestore(item);
      case REMOVE -> started(new SimAction(this, item, item.fid(), 0));
      case RELEASE, CANCEL ->
          throw Refusals.of(
              Errno.EINVAL,
              "Cannot begin "
                  + what(item)
                  + ": EINVAL, a "
                  + item.action()
                  + " does not begin. Find the action of its cookie and end that one.");
    };
  }

  private SimAction beginArchive(ActionItem item) throws IOException {
    HsmInodes inodes = side.inodes();
    if (inodes.stat(item.fid()).type() == FileType.SYMLINK) {
      throw Refusals.of(
          Errno.ELOOP,
          "Cannot begin " + what(item) + ": ELOOP, it is a symbolic link. End it with an error.");
    }
    long version = inodes.isRegular(item.fid()) ? inodes.dataVersion(item.fid()) : 0;
    progress(item, item.fid(), NOTHING);
    return started(new SimAction(this, item, item.fid(), version));
  }

  private SimAction beginRestore(ActionItem item) throws IOException {
    HsmInodes inodes = side.inodes();
    FileType type = inodes.stat(item.fid()).type();
    if (type == FileType.SYMLINK) {
      throw Refusals.of(
          Errno.ELOOP,
          "Cannot begin " + what(item) + ": ELOOP, it is a symbolic link. End it with an error.");
    }
    Fid volatileFid = inodes.createVolatile(item.fid());
    try {
      progress(item, item.fid(), NOTHING);
    } catch (IOException | RuntimeException e) {
      try {
        inodes.dropVolatile(volatileFid);
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
    return started(new SimAction(this, item, volatileFid, 0));
  }

  private SimAction started(SimAction action) throws IOException {
    running.add(action);
    if (port.isGone()) {
      action.close();
      port.requireAlive("begin " + what(action.item()));
    }
    return action;
  }

  static String what(ActionItem item) {
    return item.action()
        + " of "
        + item.fid()
        + " (cookie 0x"
        + Long.toHexString(item.cookie())
        + ", MDT"
        + item.mdt()
        + ")";
  }

  HsmInodes inodes() {
    return side.inodes();
  }

  void forget(SimAction action) {
    running.remove(action);
  }

  void requireAlive(ActionItem item) throws IOException {
    port.requireAlive("go on with " + what(item));
  }

  void progress(ActionItem item, Fid fid, Extent done) throws IOException {
    port.requireAlive("report on " + what(item));
    side.of(item.mdt()).reports.progress(item.cookie(), fid, done);
  }

  void end(ActionItem item, Fid fid, MdtReports.End end) throws IOException {
    port.requireAlive("end " + what(item));
    side.of(item.mdt()).reports.end(item.cookie(), fid, end);
  }

  @Override
  public void keepAlive(ActionItem item) throws IOException {
    progress(item, item.fid(), NOTHING);
  }

  @Override
  public void fail(ActionItem item, Errno errno, @Nullable Retry retry) throws IOException {
    requireError(item, errno);
    end(item, item.fid(), MdtReports.End.failure(errno, retry != null));
  }

  static void requireError(ActionItem item, Errno errno) {
    if (errno.code() <= 0) {
      throw new IllegalArgumentException(
          "Cannot fail "
              + what(item)
              + " with errno "
              + errno.code()
              + ": that is success. Take an error, such as EIO.");
    }
  }

  @Override
  public void close() throws IOException {
    end(Errno.ESHUTDOWN);
  }

  /**
   * Ends the registration as the death of its process does: the kernel closes the volatile files.
   */
  void end(Errno errno) throws IOException {
    port.end(errno);
    side.release(this, port);
    for (SimAction action : running) {
      action.close();
    }
  }
}
