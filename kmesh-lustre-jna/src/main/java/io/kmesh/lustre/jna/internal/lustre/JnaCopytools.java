// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.jna.internal.Linux;
import io.kmesh.lustre.jna.internal.NativeBuffer;
import io.kmesh.spi.lustre.CopytoolSession;
import io.kmesh.spi.lustre.LustreCopytools;
import java.io.IOException;
import java.util.Set;

/** Registers as a copytool, by liblustreapi; one per mount and node. Thread-safe. */
final class JnaCopytools implements LustreCopytools {
  private static final int ARCHIVES_AT = 8;
  private static final int MOST_ARCHIVES = 1024;
  private static final int MOUNT_AT = ARCHIVES_AT + 4 * MOST_ARCHIVES;
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
    if (archives.size() > MOST_ARCHIVES) {
      throw LustreFailures.of(
          ACTION,
          mount,
          Linux.EINVAL,
          archives.size() + " archives are more than the " + MOST_ARCHIVES + " of one agent",
          "Register for fewer, or for all by naming none.");
    }
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

  /** The library's handle. */
  private long registered(Set<ArchiveId> archives) throws IOException {
    try (NativeBuffer buffer = NativeBuffer.take()) {
      int at = ARCHIVES_AT;
      for (ArchiveId archive : archives) {
        buffer.bytes().putInt(at, archive.value());
        at += Integer.BYTES;
      }
      buffer.bytes().putLong(0, 0);
      long path = CText.write(buffer, MOUNT_AT, mount.directory());
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
        throw refused(r);
      }
      return buffer.bytes().getLong(0);
    }
  }

  private IOException refused(int r) {
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
