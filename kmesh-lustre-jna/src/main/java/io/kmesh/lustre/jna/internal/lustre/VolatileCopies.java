// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

import io.kmesh.lustre.Fid;
import io.kmesh.lustre.Layout;
import io.kmesh.lustre.jna.internal.Calls;
import io.kmesh.lustre.jna.internal.Linux;
import io.kmesh.lustre.jna.internal.NativeBuffer;
import io.kmesh.lustre.jna.internal.Scratch;
import io.kmesh.lustre.jna.internal.wire.Abi;
import io.kmesh.lustre.jna.internal.wire.AbiConstants;
import io.kmesh.lustre.jna.internal.wire.HsmStructs;
import io.kmesh.spi.Errno;
import io.kmesh.spi.lustre.LustreIdentity;
import io.kmesh.spi.posix.FileStat;
import java.io.IOException;

/**
 * Copies of files into volatile files, which have no name and go away with their descriptor; for
 * what gives a file another layout or a mirror.
 */
final class VolatileCopies {
  private static final int COPY_BYTES = 4 << 20;

  private final LustreMount mount;
  private final LustreIdentity identity;

  VolatileCopies(LustreMount mount, LustreIdentity identity) {
    this.mount = mount;
    this.identity = identity;
  }

  /** Refuses a released file, whose data are in the archive only. */
  static void refuseReleased(int fd, Fid fid, String action) throws IOException {
    try (NativeBuffer buffer = NativeBuffer.take()) {
      LustreMount.check(
          HsmCalls.llapi_hsm_state_get_fd(fd, buffer.address()), "read the HSM state of", fid);
      if (HsmStructs.state(buffer.bytes()).isReleased()) {
        throw LustreFailures.of(
            action,
            fid,
            Linux.EOPNOTSUPP,
            "it is released, and its data are in the archive only",
            "Restore it first.");
      }
    }
  }

  /** What is said of a file that somebody used meanwhile. */
  static IOException changed(String action, Fid fid, Errno errno) {
    return LustreFailures.of(
        action,
        fid,
        errno.code(),
        "it was opened for writing or changed meanwhile; it is as it was",
        "Try again when nobody writes to it.");
  }

  /** A volatile file on a file's own MDT, without objects; the caller closes it. */
  int empty(String action, Fid fid) throws IOException {
    int mdt = identity.mdt(fid);
    try (NativeBuffer buffer = NativeBuffer.take()) {
      return LustreMount.check(
          MigrateCalls.llapi_create_volatile_idx(
              CText.write(buffer, 0, mount.directory()),
              mdt,
              Linux.O_RDWR | AbiConstants.O_LOV_DELAY_CREATE),
          action,
          fid);
    }
  }

  /** An empty one with a layout and the file's owner and project; the caller closes it. */
  int make(String action, Fid fid, FileStat stat, Layout layout) throws IOException {
    int copy = empty(action, fid);
    try {
      NewFiles.giveLayout(action, fid, copy, layout);
      // Space is counted for the owner and project of the objects, which change places with it.
      LustreMount.check(
          Calls.fchownat(
              copy,
              Scratch.ofThread().empty(),
              (int) stat.uid(),
              (int) stat.gid(),
              Linux.AT_EMPTY_PATH),
          action,
          fid);
      giveProject(action, copy, fid);
      return copy;
    } catch (IOException | RuntimeException | Error e) {
      Calls.close(copy);
      throw e;
    }
  }

  private void giveProject(String action, int copy, Fid fid) throws IOException {
    if (!mount.library().has(Ioctl.class)) {
      return;
    }
    long project;
    try {
      project = identity.project(fid);
    } catch (IOException e) {
      return; // a file system without projects
    }
    try (NativeBuffer buffer = NativeBuffer.take()) {
      if (project == 0 || Ioctls.call(copy, AbiConstants.FS_IOC_FSGETXATTR, buffer.address()) < 0) {
        return;
      }
      buffer.bytes().putInt(Abi.Fsxattr.FSX_PROJID, (int) project);
      LustreMount.check(
          Ioctls.call(copy, AbiConstants.FS_IOC_FSSETXATTR, buffer.address()), action, fid);
    }
  }

  /**
   * Copies what is data, holes stay holes, and makes it durable.
   *
   * @param lease the mode of the lease that the file's descriptor holds
   * @throws io.kmesh.spi.ProviderException ESTALE or EBUSY when the file was used meanwhile
   */
  void fill(String action, int fd, int copy, Fid fid, int lease) throws IOException {
    long size = LustreMount.checkLong(Calls.lseek(fd, 0, Linux.SEEK_END), action, fid);
    try (NativeBuffer buffer = NativeBuffer.take(COPY_BYTES)) {
      long at = 0;
      while (at < size) {
        long data = Calls.lseek(fd, at, Linux.SEEK_DATA);
        if (data == -Linux.ENXIO) {
          break;
        }
        LustreMount.checkLong(data, action, fid);
        long end = LustreMount.checkLong(Calls.lseek(fd, data, Linux.SEEK_HOLE), action, fid);
        for (long from = data; from < end; ) {
          if (LeaseCalls.llapi_lease_check(fd) != lease) {
            throw changed(action, fid, Errno.ESTALE);
          }
          from += copyPiece(action, fd, copy, fid, from, end, buffer);
        }
        at = end;
      }
    }
    LustreMount.check(Calls.ftruncate(copy, size), action, fid);
    LustreMount.check(Calls.fsync(copy), action, fid);
  }

  private static long copyPiece(
      String action, int fd, int copy, Fid fid, long from, long to, NativeBuffer buffer)
      throws IOException {
    long n =
        LustreMount.checkLong(
            Calls.pread(fd, buffer.address(), Math.min(to - from, buffer.size()), from),
            action,
            fid);
    if (n == 0) {
      throw changed(action, fid, Errno.EBUSY);
    }
    for (long done = 0; done < n; ) {
      done +=
          LustreMount.checkLong(
              Calls.pwrite(copy, buffer.address() + done, n - done, from + done), action, fid);
    }
    return n;
  }
}
