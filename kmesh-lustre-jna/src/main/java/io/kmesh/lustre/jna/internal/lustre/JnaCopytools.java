// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.jna.internal.Linux;
import io.kmesh.lustre.jna.internal.NativeBuffer;
import io.kmesh.lustre.jna.internal.wire.AbiConstants;
import io.kmesh.spi.Errno;
import io.kmesh.spi.lustre.CopytoolSession;
import io.kmesh.spi.lustre.LustreCopytools;
import java.io.IOException;
import java.util.Set;

/** Registers as a copytool, by liblustreapi; one per mount and node. Thread-safe. */
final class JnaCopytools implements LustreCopytools {
  private static final int MOUNT_AT = 8;
  private static final int ARCHIVES_AT = MOUNT_AT + 4096;
  private static final String ACTION = "register a copytool on";

  private final LustreMount mount;
  private final JnaIdentity identity;

  JnaCopytools(LustreMount mount, JnaIdentity identity) {
    this.mount = mount;
    this.identity = identity;
  }

  @Override
  public CopytoolSession register(Set<ArchiveId> archives) throws IOException {
    mount.library().require(CopytoolCalls.class, ACTION, mount);
    mount.library().require(Ioctl.class, ACTION, mount);
    // Before the library is asked: a second registration of a process kills the first one's pipe,
    // and a copytool of another process on this mount would receive every action too.
    CopytoolLock lock = CopytoolLock.take(mount);
    try {
      ForeignCopytools.refuse(mount);
      WakeUp wakeUp = new WakeUp();
      try {
        return new JnaCopytoolSession(mount, identity, registered(archives), wakeUp, lock);
      } catch (IOException | RuntimeException | Error e) {
        wakeUp.close();
        throw e;
      }
    } catch (IOException | RuntimeException | Error e) {
      lock.close();
      throw e;
    }
  }

  /**
   * The library's handle. For any number of archives: the header's LL_HSM_MAX_ARCHIVES_PER_AGENT,
   * 1024, is asked by nobody, and a running 2.17 took 2000.
   */
  private long registered(Set<ArchiveId> archives) throws IOException {
    long bytes = ARCHIVES_AT + (long) Integer.BYTES * archives.size();
    try (NativeBuffer buffer = NativeBuffer.take(Math.toIntExact(bytes))) {
      long path = CText.write(buffer, MOUNT_AT, mount.directory());
      int at = ARCHIVES_AT;
      for (ArchiveId archive : archives) {
        buffer.bytes().putInt(at, archive.value());
        at += Integer.BYTES;
      }
      buffer.bytes().putLong(0, 0);
      int r;
      do {
        r =
            CopytoolCalls.llapi_hsm_copytool_register(
                buffer.address(),
                path,
                archives.size(),
                buffer.address() + ARCHIVES_AT,
                Linux.O_NONBLOCK);
      } while (r == -Linux.EINTR);
      if (r < 0) {
        throw refused(r, archives.size());
      }
      return buffer.bytes().getLong(0);
    }
  }

  private IOException refused(int r, int archives) {
    boolean isOfMany = r == -Linux.EINVAL || r == -Errno.E2BIG.code() || r == -Errno.ENOMEM.code();
    if (isOfMany && archives > AbiConstants.LL_HSM_MAX_ARCHIVES_PER_AGENT) {
      return LustreFailures.of(
          ACTION,
          mount,
          r,
          archives + " archives were named, which this release may not take (inferred)",
          "Register for fewer, or for all by naming none.");
    }
    return switch (-r) {
      case Linux.EEXIST ->
          LustreFailures.of(
              ACTION,
              mount,
              r,
              "this client has a copytool already, which does not hold Kmesh's lock",
              "End it: one copytool serves a mount.");
      case Linux.EPERM, Linux.EACCES ->
          LustreFailures.of(
              ACTION, mount, r, "only root may, with CAP_SYS_ADMIN", "Run it as root.");
      case Linux.ENOENT ->
          LustreFailures.of(
              ACTION,
              mount,
              r,
              "it is not the root of the file system, or has no .lustre/fid",
              "Mount the whole file system, and register on the mount point.");
      case Linux.ENXIO ->
          LustreFailures.of(
              ACTION,
              mount,
              r,
              "the coordinator of an MDT does not run (inferred)",
              "Run on the MDS: lctl set_param mdt.*.hsm_control=enabled");
      default -> LustreFailures.of(ACTION, mount, r);
    };
  }
}
