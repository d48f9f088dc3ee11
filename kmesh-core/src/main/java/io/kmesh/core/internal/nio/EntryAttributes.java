// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.nio;

import io.kmesh.spi.posix.FileType;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What java.nio calls attributes.
 *
 * @param facts what the volume says
 */
record EntryAttributes(Facts facts) implements PosixFileAttributes {
  /** In the order of the bits, the highest first. */
  private static final List<PosixFilePermission> PERMISSIONS =
      List.of(
          PosixFilePermission.OWNER_READ,
          PosixFilePermission.OWNER_WRITE,
          PosixFilePermission.OWNER_EXECUTE,
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.GROUP_EXECUTE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE,
          PosixFilePermission.OTHERS_EXECUTE);

  private static int bit(PosixFilePermission permission) {
    return 0400 >> PERMISSIONS.indexOf(permission);
  }

  /** The mode bits of permissions. */
  static int bits(Set<PosixFilePermission> permissions) {
    int bits = 0;
    for (PosixFilePermission permission : permissions) {
      bits |= bit(permission);
    }
    return bits;
  }

  /** The attributes of a view by name. */
  Map<String, Object> all(String view) {
    Map<String, Object> all = new LinkedHashMap<>();
    if (view.equals("owner")) {
      all.put("owner", owner());
      return all;
    }
    all.put("lastModifiedTime", lastModifiedTime());
    all.put("lastAccessTime", lastAccessTime());
    all.put("creationTime", creationTime());
    all.put("size", size());
    all.put("isRegularFile", isRegularFile());
    all.put("isDirectory", isDirectory());
    all.put("isSymbolicLink", isSymbolicLink());
    all.put("isOther", isOther());
    all.put("fileKey", fileKey());
    if (view.equals("posix") || view.equals("unix")) {
      all.put("permissions", permissions());
      all.put("owner", owner());
      all.put("group", group());
    }
    if (view.equals("unix")) {
      all.put("mode", facts.type().bits() | facts.mode());
      all.put("ino", facts.inode());
      all.put("dev", facts.device());
      all.put("rdev", facts.rdev());
      all.put("nlink", (int) facts.links());
      all.put("uid", (int) facts.uid());
      all.put("gid", (int) facts.gid());
      all.put("ctime", FileTime.from(facts.ctime().toInstant()));
    }
    return all;
  }

  @Override
  public UserPrincipal owner() {
    return new Principal(facts.uid());
  }

  @Override
  public GroupPrincipal group() {
    return new Principal(facts.gid());
  }

  @Override
  public Set<PosixFilePermission> permissions() {
    Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
    for (PosixFilePermission permission : PERMISSIONS) {
      if ((facts.mode() & bit(permission)) != 0) {
        permissions.add(permission);
      }
    }
    return permissions;
  }

  @Override
  public FileTime lastModifiedTime() {
    return FileTime.from(facts.mtime().toInstant());
  }

  /** That of the last modification: snapshots keep no other. */
  @Override
  public FileTime lastAccessTime() {
    return lastModifiedTime();
  }

  /** That of the last modification: snapshots keep no other. */
  @Override
  public FileTime creationTime() {
    return lastModifiedTime();
  }

  @Override
  public boolean isRegularFile() {
    return facts.type() == FileType.REGULAR;
  }

  @Override
  public boolean isDirectory() {
    return facts.isDirectory();
  }

  @Override
  public boolean isSymbolicLink() {
    return facts.type() == FileType.SYMLINK;
  }

  @Override
  public boolean isOther() {
    return !isRegularFile() && !isDirectory() && !isSymbolicLink();
  }

  @Override
  public long size() {
    return facts.size();
  }

  @Override
  public Object fileKey() {
    return facts.key();
  }
}
