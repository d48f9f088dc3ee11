// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the index says of a file, directory or other object. Immutable.
 *
 * @param number its number, above 0
 * @param type what it is; never changes
 * @param mode permission bits with suid, sgid and sticky, 0 to 07777
 * @param uid the owner's number
 * @param gid the group's number
 * @param atime last access
 * @param mtime last modification
 * @param ctime last change, another one for each change
 * @param size of a file its bytes, of a symbolic link those of its text; else 0
 * @param rdev the device that a device file names, as {@code major << 32 | minor}; else 0
 * @param links the number of its names; of a directory always 1, the root's too
 * @param target the text of a symbolic link; else empty
 * @param xattrs the extended attributes; the arrays must not be changed
 * @param body of a file where its bytes are; else {@link Body#HOLES}
 */
record Inode(
    long number,
    FileType type,
    int mode,
    long uid,
    long gid,
    FileTime atime,
    FileTime mtime,
    FileTime ctime,
    long size,
    long rdev,
    long links,
    PathBytes target,
    SortedMap<PathBytes, byte[]> xattrs,
    Body body) {
  /** Without extended attributes. */
  static final SortedMap<PathBytes, byte[]> NO_XATTRS =
      Collections.unmodifiableSortedMap(new TreeMap<>());

  private static final int BLOCK = 512;

  /** A new one of a type, without a name, owner 0, all times the same. */
  static Inode of(long number, FileType type, int mode, FileTime now) {
    return new Inode(
        number,
        type,
        mode,
        0,
        0,
        now,
        now,
        now,
        0,
        0,
        type == FileType.DIRECTORY ? 1 : 0,
        PathBytes.EMPTY,
        NO_XATTRS,
        Body.HOLES);
  }

  boolean isDirectory() {
    return type == FileType.DIRECTORY;
  }

  boolean isRegular() {
    return type == FileType.REGULAR;
  }

  /** With permission bits. */
  Inode withMode(int next) {
    return new Inode(
        number, type, next, uid, gid, atime, mtime, ctime, size, rdev, links, target, xattrs, body);
  }

  /** With owner and group. */
  Inode withOwner(long nextUid, long nextGid) {
    return new Inode(
        number, type, mode, nextUid, nextGid, atime, mtime, ctime, size, rdev, links, target,
        xattrs, body);
  }

  /** With times of access and modification. */
  Inode withTimes(FileTime nextAtime, FileTime nextMtime) {
    return new Inode(
        number, type, mode, uid, gid, nextAtime, nextMtime, ctime, size, rdev, links, target,
        xattrs, body);
  }

  /** Changed at a time, or a nanosecond behind its last change when that is not earlier. */
  Inode changed(FileTime at) {
    FileTime next = at.compareTo(ctime) > 0 ? at : behind(ctime);
    return new Inode(
        number, type, mode, uid, gid, atime, mtime, next, size, rdev, links, target, xattrs, body);
  }

  private static FileTime behind(FileTime time) {
    return time.nanos() < 999_999_999
        ? new FileTime(time.seconds(), time.nanos() + 1)
        : new FileTime(time.seconds() + 1, 0);
  }

  /** With a number of names. */
  Inode withLinks(long next) {
    return new Inode(
        number, type, mode, uid, gid, atime, mtime, ctime, size, rdev, next, target, xattrs, body);
  }

  /** With extended attributes; the map is its own from now on. */
  Inode withXattrs(SortedMap<PathBytes, byte[]> next) {
    SortedMap<PathBytes, byte[]> own =
        next.isEmpty() ? NO_XATTRS : Collections.unmodifiableSortedMap(next);
    return new Inode(
        number, type, mode, uid, gid, atime, mtime, ctime, size, rdev, links, target, own, body);
  }

  /** With other bytes. */
  Inode withBody(long nextSize, Body next) {
    return new Inode(
        number, type, mode, uid, gid, atime, mtime, ctime, nextSize, rdev, links, target, xattrs,
        next);
  }

  /** With a device. */
  Inode withRdev(long next) {
    return new Inode(
        number, type, mode, uid, gid, atime, mtime, ctime, size, next, links, target, xattrs, body);
  }

  /** With the text of a symbolic link, whose size that is. */
  Inode withTarget(PathBytes next) {
    return new Inode(
        number,
        type,
        mode,
        uid,
        gid,
        atime,
        mtime,
        ctime,
        next.length(),
        rdev,
        links,
        next,
        xattrs,
        body);
  }

  /**
   * As statx tells it.
   *
   * @param device the tree's
   * @param stored the bytes of data of a file, without its holes
   */
  FileStat stat(long device, long stored) {
    // One that has holes must show that, also when these are short.
    long blocks = stored < size ? stored / BLOCK : (stored + BLOCK - 1) / BLOCK;
    return new FileStat(
        type, mode, uid, gid, size, blocks, links, number, device, rdev, atime, mtime, ctime);
  }

  /** Whether it has the same extended attributes. */
  boolean sameXattrs(SortedMap<PathBytes, byte[]> others) {
    if (!xattrs.keySet().equals(others.keySet())) {
      return false;
    }
    for (Map.Entry<PathBytes, byte[]> one : xattrs.entrySet()) {
      if (!Arrays.equals(one.getValue(), others.get(one.getKey()))) {
        return false;
      }
    }
    return true;
  }

  @Override
  public boolean equals(@Nullable Object o) {
    return o instanceof Inode other
        && number == other.number
        && type == other.type
        && mode == other.mode
        && uid == other.uid
        && gid == other.gid
        && atime.equals(other.atime)
        && mtime.equals(other.mtime)
        && ctime.equals(other.ctime)
        && size == other.size
        && rdev == other.rdev
        && links == other.links
        && target.equals(other.target)
        && sameXattrs(other.xattrs)
        && body.equals(other.body);
  }

  @Override
  public int hashCode() {
    return Objects.hash(number, type, mode, uid, gid, mtime, size, xattrs.keySet());
  }
}
