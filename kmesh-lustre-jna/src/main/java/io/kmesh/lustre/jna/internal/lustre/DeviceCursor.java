// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

import io.kmesh.lustre.ChangelogRecord;
import io.kmesh.lustre.jna.internal.Calls;
import io.kmesh.lustre.jna.internal.Linux;
import io.kmesh.lustre.jna.internal.NativeBuffer;
import io.kmesh.lustre.jna.internal.wire.AbiConstants;
import io.kmesh.lustre.jna.internal.wire.ChangelogDecoder;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.ChangelogCursor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads an MDT's changelog from its character device, many records a call. The kernel looks for
 * records behind the end only when the device is opened anew, so that is done after each end.
 */
final class DeviceCursor implements ChangelogCursor {
  private static final int CLOSED = -1;

  /**
   * The kernel ends the file, too, when the next record does not fit: names are 255 bytes twice.
   */
  private static final int READ_BYTES = 1 << 20;

  private static final Logger LOG = LoggerFactory.getLogger(DeviceCursor.class);

  private static final long ALL_WITH_LARGE_NIDS =
      AbiConstants.CHANGELOG_FLAG_JOBID
          | AbiConstants.CHANGELOG_FLAG_EXTRA_FLAGS
          | AbiConstants.CHANGELOG_FLAG_NID_BE;

  private final int mdt;
  private final PathBytes device;
  private final ChangelogDecoder decoder;
  private final NativeBuffer buffer = NativeBuffer.take(READ_BYTES);
  private final boolean asksForLargeNids;
  private long next;
  private int fd;
  private boolean isAtEnd;
  private boolean isClosed;

  private DeviceCursor(int mdt, PathBytes device, long fromIndex, boolean asksForLargeNids) {
    this.asksForLargeNids = asksForLargeNids;
    this.mdt = mdt;
    this.device = device;
    this.decoder = new ChangelogDecoder(mdt);
    this.next = Math.max(0, fromIndex);
    this.fd = CLOSED;
  }

  /**
   * Opens a device.
   *
   * @param asksForLargeNids whether the kernel is asked for NIDs of more than 64 bits too; only one
   *     that knows the question, for older ones take it for a wish to follow, and hang
   */
  static DeviceCursor open(int mdt, PathBytes device, long fromIndex, boolean asksForLargeNids)
      throws IOException {
    DeviceCursor cursor = new DeviceCursor(mdt, device, fromIndex, asksForLargeNids);
    cursor.openDevice();
    return cursor;
  }

  private void openDevice() throws IOException {
    String action = "read the changelog";
    int opened = Calls.openat(Linux.AT_FDCWD, CText.write(buffer, 0, device), Linux.O_RDONLY, 0);
    if (opened == -Linux.ENOENT || opened == -Linux.ENXIO) {
      throw LustreFailures.of(
          action,
          device,
          opened,
          "this client has no such device",
          "Look whether MDT " + mdt + " is connected (lfs df), and /dev is this client's.");
    }
    if (opened == -Linux.EACCES || opened == -Linux.EPERM) {
      throw LustreFailures.of(
          action, device, opened, "only root may read changelogs", "Run it as root.");
    }
    LustreMount.check(opened, action, device);
    if (asksForLargeNids) {
      // Where it is refused, NIDs come in 64 bits, as before.
      int ignored = Ioctls.call(opened, AbiConstants.OBD_IOC_CHLG_SET_FLAGS, ALL_WITH_LARGE_NIDS);
      LOG.trace("{} answered {} to the wish for large NIDs.", device, ignored);
    }
    if (next > 0) {
      long r = Calls.lseek(opened, next, Linux.SEEK_SET);
      if (r < 0) {
        Calls.close(opened);
        throw LustreFailures.of(action + " from " + next + " on of", device, (int) r);
      }
    }
    fd = opened;
    isAtEnd = false;
  }

  @Override
  public List<ChangelogRecord> next(int limit) throws IOException {
    if (isClosed) {
      throw LustreFailures.of(
          "read the changelog", device, Linux.EBADF, "the cursor is closed", "Open another.");
    }
    List<ChangelogRecord> found = new ArrayList<>(Math.min(limit, 1024));
    while (found.size() < limit) {
      ChangelogRecord record = decoder.next();
      if (record == null) {
        // What there is is given before the device is asked for more.
        if (!found.isEmpty() || !more()) {
          return found;
        }
      } else if (record.index() >= next) {
        next = record.index() + 1;
        found.add(record);
      }
    }
    return found;
  }

  /** Reads from the device; false where it ends now. */
  private boolean more() throws IOException {
    if (isAtEnd && fd != CLOSED) {
      Calls.close(fd);
      fd = CLOSED;
    }
    if (fd == CLOSED) {
      openDevice(); // again after a failure, as of an MDT that was away
    }
    long n = Calls.read(fd, buffer.address(), buffer.size());
    LustreMount.checkLong(n, "read the changelog", device);
    if (n == 0) {
      isAtEnd = true;
      return false;
    }
    decoder.feed(buffer.bytes().clear().limit((int) n));
    buffer.bytes().clear();
    return true;
  }

  @Override
  public void close() {
    if (!isClosed) {
      isClosed = true;
      if (fd != CLOSED) {
        Calls.close(fd);
        fd = CLOSED;
      }
      buffer.close();
    }
  }

  @Override
  public String toString() {
    return device + " from " + next;
  }
}
