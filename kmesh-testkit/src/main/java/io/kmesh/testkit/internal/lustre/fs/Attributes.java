// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.ChangelogType;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.XattrMode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Attributes and extended attributes of inodes, by FID. None of them restores. Thread-safe. */
final class Attributes {
  /** Bits of the records' flags: Lustre's LA_ATIME and so on. */
  static final int LA_ATIME = 1;

  static final int LA_MTIME = 2;
  static final int LA_CTIME = 4;
  static final int LA_SIZE = 8;
  static final int LA_MODE = 0x10;
  static final int LA_UID = 0x20;
  static final int LA_GID = 0x40;
  static final int LA_BLOCKS = 0x80;
  static final int LA_PROJID = 0x8000;

  private static final int MAX_XATTR_BYTES = 64 << 10;

  private final Core core;

  Attributes(Core core) {
    this.core = core;
  }

  /** Refuses what is no permission bits. */
  static void checkMode(Object what, int mode) throws ProviderException {
    if ((mode & ~07777) != 0) {
      throw Failures.of(
          Errno.EINVAL,
          "use a mode for",
          what,
          "0" + Integer.toOctalString(mode) + " has more than permission bits",
          "Use 0 to 07777.");
    }
  }

  void changeMode(Fid fid, int mode) throws IOException {
    checkMode(fid, mode);
    change(
        fid,
        RecordDraft.of(ChangelogType.SATTR, LA_MODE | LA_CTIME, fid),
        inode -> {
          core.caller.checkOwner(inode, "set the mode of", fid);
          inode.mode = mode & 07777;
          inode.ctime = core.now();
          return true;
        });
  }

  void changeOwner(Fid fid, long uid, long gid) throws IOException {
    if (uid < -1 || uid > 0xfffffffeL || gid < -1 || gid > 0xfffffffeL) {
      throw Failures.of(
          Errno.EINVAL,
          "set the owner of",
          fid,
          uid + ":" + gid + " are no numbers of a user and a group",
          "Use 0 to 4294967294, or -1 to leave one.");
    }
    int flags = LA_CTIME | LA_BLOCKS | (uid != -1 ? LA_UID : 0) | (gid != -1 ? LA_GID : 0);
    change(
        fid,
        RecordDraft.of(ChangelogType.SATTR, flags, fid),
        inode -> {
          boolean allowed =
              core.caller.isPrivileged()
                  || (core.caller.owns(inode)
                      && (uid == -1 || uid == inode.uid)
                      && (gid == -1 || gid == inode.gid || gid == core.caller.gid()));
          if (!allowed) {
            throw Failures.of(
                Errno.EPERM,
                "give to another owner",
                fid,
                "user " + core.caller.uid() + " may not do it",
                "Run as user 0.");
          }
          inode.uid = uid == -1 ? inode.uid : uid;
          inode.gid = gid == -1 ? inode.gid : gid;
          if (inode.isRegular()) {
            dropSpecialBits(inode);
          }
          inode.ctime = core.now();
          return true;
        });
  }

  /** Clears suid, and sgid where the group may execute, as Linux does at a change of owner. */
  static void dropSpecialBits(Inode inode) {
    inode.mode &= ~04000;
    if ((inode.mode & 010) != 0) {
      inode.mode &= ~02000;
    }
  }

  void changeTimes(Fid fid, FileTime atime, FileTime mtime) throws IOException {
    change(
        fid,
        RecordDraft.of(ChangelogType.MTIME, LA_ATIME | LA_MTIME | LA_CTIME, fid),
        inode -> {
          core.caller.checkOwner(inode, "set the times of", fid);
          inode.atime = atime;
          inode.mtime = mtime;
          inode.ctime = core.now();
          return true;
        });
  }

  /** Sets the project id; the owner may set its own files'. */
  void changeProject(Fid fid, long project) throws IOException {
    change(
        fid,
        RecordDraft.of(ChangelogType.SATTR, LA_PROJID | LA_CTIME, fid),
        inode -> {
          core.caller.checkOwner(inode, "set the project of", fid);
          inode.project = project;
          inode.ctime = core.now();
          return true;
        });
  }

  List<PathBytes> xattrNames(Fid fid) throws IOException {
    List<PathBytes> names = new ArrayList<>();
    for (PathBytes name : core.inodes.readVars(fid).xattrs.keySet()) {
      if (core.caller.isPrivileged() || !startsWith(name, "trusted.")) {
        names.add(name);
      }
    }
    return names;
  }

  Optional<byte[]> xattr(Fid fid, PathBytes name) throws IOException {
    checkXattrLength(name, fid);
    if (startsWith(name, "trusted.") && !core.caller.isPrivileged()) {
      return Optional.empty();
    }
    if (startsWith(name, "user.")) {
      core.caller.check(core.inodes.read(fid), Caller.READ, "read an attribute of", fid);
    }
    if (startsWith(name, "user.") || startsWith(name, "system.posix_acl_")) {
      core.logs
          .pending()
          .add(core.mdt(fid), RecordDraft.ofXattr(ChangelogType.GXATR, fid, name))
          .store()
          .publish();
    }
    return Optional.ofNullable(core.inodes.readVars(fid).xattrs.get(name)).map(byte[]::clone);
  }

  void changeXattr(Fid fid, PathBytes name, byte[] value, XattrMode mode) throws IOException {
    checkXattrName(name, fid);
    if (value.length > MAX_XATTR_BYTES) {
      throw Failures.of(
          Errno.E2BIG,
          "set " + name + " of",
          fid,
          "the value has " + value.length + " bytes",
          "Store at most " + MAX_XATTR_BYTES + ".");
    }
    if (isServers(name)) {
      // Lustre takes such a value from a client and keeps its own.
      return;
    }
    changeVars(
        fid,
        RecordDraft.ofXattr(ChangelogType.XATTR, fid, name),
        (inode, vars) -> {
          checkXattrWrite(inode, name);
          boolean exists = vars.xattrs.containsKey(name);
          if (exists && mode == XattrMode.CREATE) {
            throw Failures.of(
                Errno.EEXIST, "create " + name + " of", fid, "it exists", "Replace it.");
          }
          if (!exists && mode == XattrMode.REPLACE) {
            throw noXattr(name, fid);
          }
          vars.xattrs.put(name, value.clone());
        });
  }

  void removeXattr(Fid fid, PathBytes name) throws IOException {
    checkXattrName(name, fid);
    changeVars(
        fid,
        RecordDraft.ofXattr(ChangelogType.XATTR, fid, name),
        (inode, vars) -> {
          checkXattrWrite(inode, name);
          if (vars.xattrs.remove(name) == null) {
            throw noXattr(name, fid);
          }
        });
  }

  private static void checkXattrLength(PathBytes name, Fid fid) throws ProviderException {
    if (name.isEmpty() || name.length() > 255) {
      throw Failures.of(
          Errno.EINVAL,
          "use the attribute name " + name + " of",
          fid,
          "a name has 1 to 255 bytes",
          "Use another one.");
    }
  }

  private void checkXattrName(PathBytes name, Fid fid) throws ProviderException {
    checkXattrLength(name, fid);
    for (String namespace : List.of("user.", "trusted.", "security.", "system.posix_acl_")) {
      if (startsWith(name, namespace)) {
        if (name.length() == namespace.length()) {
          throw Failures.of(
              Errno.EINVAL, "use the attribute " + name + " of", fid, "it has no name", "Name it.");
        }
        if (startsWith(name, "trusted.lov") || startsWith(name, "trusted.lma")) {
          throw Failures.of(
              Errno.ERANGE,
              "set " + name + " of",
              fid,
              "Lustre keeps it itself",
              "Use the layout calls.");
        }
        return;
      }
    }
    throw Failures.of(
        Errno.EOPNOTSUPP,
        "use the attribute " + name + " of",
        fid,
        "no such namespace is stored",
        "Use user. or trusted.");
  }

  private void checkXattrWrite(Inode inode, PathBytes name) throws ProviderException {
    boolean privileged = startsWith(name, "trusted.") || startsWith(name, "security.");
    if (privileged && !core.caller.isPrivileged()) {
      throw Failures.of(
          Errno.EPERM,
          "set " + name + " of",
          inode.fid,
          "user " + core.caller.uid() + " may not do it",
          "Run as user 0.");
    }
    if (startsWith(name, "user.")) {
      if (!inode.isRegular() && !inode.isDirectory()) {
        throw Failures.of(
            Errno.EPERM,
            "set " + name + " of",
            inode.fid,
            "only files and directories have user attributes",
            "Use trusted. as user 0.");
      }
      core.caller.check(inode, Caller.WRITE, "set " + name + " of", inode.fid);
    } else {
      core.caller.checkOwner(inode, "set " + name + " of", inode.fid);
    }
  }

  private static boolean isServers(PathBytes name) {
    return name.equals(PathBytes.of("trusted.hsm"));
  }

  private static ProviderException noXattr(PathBytes name, Fid fid) {
    return Failures.of(
        Errno.ENODATA, "change " + name + " of", fid, "there is none", "List the names first.");
  }

  static boolean startsWith(PathBytes name, String prefix) {
    if (name.length() < prefix.length()) {
      return false;
    }
    for (int i = 0; i < prefix.length(); i++) {
      if (name.at(i) != prefix.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** Changes a variable part. */
  @FunctionalInterface
  interface VarsChange {
    void apply(Inode inode, InodeVars vars) throws IOException;
  }

  /** Changes the variable part of an inode with its record. */
  void changeVars(Fid fid, RecordDraft record, VarsChange change) throws IOException {
    long[] replaced = new long[1];
    change(
        fid,
        record,
        inode -> {
          InodeVars vars = core.inodes.vars(inode);
          change.apply(inode, vars);
          replaced[0] = core.inodes.replaceVars(inode, vars);
          inode.ctime = core.now();
          return true;
        });
    core.inodes.dropReplacedOverflow(fid, replaced[0]);
  }

  /** Changes an inode with its record, which is stored once the change was not refused. */
  void change(Fid fid, RecordDraft record, Inodes.Change change) throws IOException {
    PendingRecords records = core.logs.pending().add(core.mdt(fid), record);
    try {
      core.inodes.update(
          fid,
          inode -> {
            boolean changed = change.apply(inode);
            records.store();
            return changed;
          });
    } finally {
      records.publish();
    }
  }
}
