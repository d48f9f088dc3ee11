// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.nio.Facts;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What an overlay keeps of an entry that was touched: docs/format/virtual-copy.md. Immutable.
 *
 * @param id its number in the overlay, 1 for the root
 * @param type its type
 * @param mode permission bits with suid, sgid, sticky
 * @param uid the owner's number
 * @param gid the group's number
 * @param mtime last modification
 * @param ctime last change
 * @param links the number of names
 * @param inode the inode's number that is shown
 * @param device the device that is shown
 * @param rdev what a device stands for
 * @param isLinked whether all names of its inode and device in the snapshot are this entry
 * @param origin the path in the snapshot of the entry that it was; null for a new one
 * @param content the path in the snapshot whose entries or bytes show through; null for none
 * @param target where a symbolic link leads; empty for all else
 * @param data the number of the file with its written bytes; 0 for none
 * @param size the bytes of a file
 * @param limit how many bytes of the snapshot's file may show through
 * @param attributes extended attributes that were set, or removed when empty
 */
record InodeState(
    long id,
    FileType type,
    int mode,
    long uid,
    long gid,
    FileTime mtime,
    FileTime ctime,
    long links,
    long inode,
    long device,
    long rdev,
    boolean isLinked,
    @Nullable PathBytes origin,
    @Nullable PathBytes content,
    PathBytes target,
    long data,
    long size,
    long limit,
    Map<PathBytes, Optional<byte[]>> attributes) {
  InodeState {
    attributes = Collections.unmodifiableMap(new TreeMap<>(attributes));
  }

  /** That of an entry of the snapshot. */
  static InodeState of(long id, SnapshotVolume.Entry entry, Facts facts, PathBytes target) {
    boolean shows = facts.isDirectory() || facts.type() == FileType.REGULAR;
    long bytes = facts.type() == FileType.REGULAR ? facts.size() : 0;
    return new InodeState(
        id,
        facts.type(),
        facts.mode(),
        facts.uid(),
        facts.gid(),
        facts.mtime(),
        facts.ctime(),
        facts.links(),
        facts.inode(),
        facts.device(),
        facts.rdev(),
        entry.node().isLinked(),
        entry.path(),
        shows ? entry.path() : null,
        target,
        0,
        bytes,
        bytes,
        Map.of());
  }

  boolean isDirectory() {
    return type == FileType.DIRECTORY;
  }

  /** A new one with other names, times and rights. */
  private InodeState with(
      int newMode, long newUid, long newGid, FileTime newMtime, FileTime newCtime, long newLinks) {
    return new InodeState(
        id,
        type,
        newMode,
        newUid,
        newGid,
        newMtime,
        newCtime,
        newLinks,
        inode,
        device,
        rdev,
        isLinked,
        origin,
        content,
        target,
        data,
        size,
        limit,
        attributes);
  }

  InodeState withMode(int newMode, FileTime now) {
    return with(newMode, uid, gid, mtime, now, links);
  }

  InodeState withOwner(long newUid, long newGid, FileTime now) {
    return with(mode, newUid, newGid, mtime, now, links);
  }

  InodeState withTimes(FileTime newMtime, FileTime now) {
    return with(mode, uid, gid, newMtime, now, links);
  }

  InodeState withLinks(long newLinks, FileTime now) {
    return with(mode, uid, gid, mtime, now, newLinks);
  }

  InodeState withAttribute(PathBytes name, Optional<byte[]> value, FileTime now) {
    Map<PathBytes, Optional<byte[]>> all = new TreeMap<>(attributes);
    all.put(name, value);
    return holding(data, size, limit, all, mtime, now);
  }

  InodeState withAttributes(Map<PathBytes, Optional<byte[]>> other) {
    return holding(data, size, limit, other, mtime, ctime);
  }

  InodeState withBytes(long newData, long newSize, long newLimit, FileTime newMtime) {
    return holding(newData, newSize, newLimit, attributes, newMtime, newMtime);
  }

  private InodeState holding(
      long newData,
      long newSize,
      long newLimit,
      Map<PathBytes, Optional<byte[]>> newAttributes,
      FileTime newMtime,
      FileTime newCtime) {
    return new InodeState(
        id,
        type,
        mode,
        uid,
        gid,
        newMtime,
        newCtime,
        links,
        inode,
        device,
        rdev,
        isLinked,
        origin,
        content,
        target,
        newData,
        newSize,
        newLimit,
        newAttributes);
  }
}
