// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.nio;

import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileType;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The attributes of one stat.
 *
 * @param stat what the tree said
 */
record TreeAttributes(FileStat stat) implements PosixFileAttributes {
  /** From the lowest bit: others' execute, write, read, the group's, the owner's. */
  private static final PosixFilePermission[] BITS = {
    PosixFilePermission.OTHERS_EXECUTE,
    PosixFilePermission.OTHERS_WRITE,
    PosixFilePermission.OTHERS_READ,
    PosixFilePermission.GROUP_EXECUTE,
    PosixFilePermission.GROUP_WRITE,
    PosixFilePermission.GROUP_READ,
    PosixFilePermission.OWNER_EXECUTE,
    PosixFilePermission.OWNER_WRITE,
    PosixFilePermission.OWNER_READ
  };

  /**
   * What tells an inode from others.
   *
   * @param device the device
   * @param inode the inode's number
   */
  record Key(long device, long inode) {}

  /** The mode bits of a set of permissions. */
  static int bitsOf(Set<PosixFilePermission> permissions) {
    int bits = 0;
    for (int i = 0; i < BITS.length; i++) {
      bits |= permissions.contains(BITS[i]) ? 1 << i : 0;
    }
    return bits;
  }

  /** The time for a tree. */
  static io.kmesh.spi.posix.FileTime timeOf(FileTime time) {
    return io.kmesh.spi.posix.FileTime.of(time.toInstant());
  }

  private static FileTime timeOf(io.kmesh.spi.posix.FileTime time) {
    return FileTime.from(time.toInstant());
  }

  /** All attributes of the views basic, posix, owner and unix by name. */
  Map<String, Object> byName(String view) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("lastModifiedTime", lastModifiedTime());
    all.put("lastAccessTime", lastAccessTime());
    all.put("creationTime", creationTime());
    all.put("size", size());
    all.put("isRegularFile", isRegularFile());
    all.put("isDirectory", isDirectory());
    all.put("isSymbolicLink", isSymbolicLink());
    all.put("isOther", isOther());
    all.put("fileKey", fileKey());
    if (view.equals("owner")) {
      return Map.of("owner", owner());
    }
    if (!view.equals("basic")) {
      all.put("permissions", permissions());
      all.put("owner", owner());
      all.put("group", group());
    }
    if (view.equals("unix")) {
      all.put("mode", stat.mode() | stat.type().bits());
      all.put("ino", stat.inode());
      all.put("dev", stat.device());
      all.put("rdev", stat.rdev());
      all.put("nlink", (int) stat.links());
      all.put("uid", (int) stat.uid());
      all.put("gid", (int) stat.gid());
      all.put("ctime", timeOf(stat.ctime()));
    }
    return all;
  }

  @Override
  public UserPrincipal owner() {
    return new TreePrincipal(stat.uid());
  }

  @Override
  public GroupPrincipal group() {
    return new TreePrincipal(stat.gid());
  }

  @Override
  public Set<PosixFilePermission> permissions() {
    Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
    for (int i = 0; i < BITS.length; i++) {
      if ((stat.mode() & (1 << i)) != 0) {
        permissions.add(BITS[i]);
      }
    }
    return permissions;
  }

  @Override
  public FileTime lastModifiedTime() {
    return timeOf(stat.mtime());
  }

  @Override
  public FileTime lastAccessTime() {
    return timeOf(stat.atime());
  }

  /** The last modification: a tree does not tell when a file was made. */
  @Override
  public FileTime creationTime() {
    return lastModifiedTime();
  }

  @Override
  public boolean isRegularFile() {
    return stat.type() == FileType.REGULAR;
  }

  @Override
  public boolean isDirectory() {
    return stat.type() == FileType.DIRECTORY;
  }

  @Override
  public boolean isSymbolicLink() {
    return stat.type() == FileType.SYMLINK;
  }

  @Override
  public boolean isOther() {
    return !isRegularFile() && !isDirectory() && !isSymbolicLink();
  }

  @Override
  public long size() {
    return stat.size();
  }

  @Override
  public Object fileKey() {
    return new Key(stat.device(), stat.inode());
  }
}
