// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.testkit.internal.lustre.HsmAttributes;
import org.jspecify.annotations.Nullable;

/** One inode in memory, as its slot holds it. Not thread-safe: a copy belongs to one call. */
final class Inode {
  /** A volatile file: freed when its holder drops it, or at the next opening. */
  static final int VOLATILE = 1;

  /** Data of a file with EXISTS were changed by a handle that is not closed yet: DIRTY is due. */
  static final int WRITTEN = 2;

  /** The layout is a released one: there is no content here, whatever the HSM flags say. */
  static final int STUB = 4;

  final Fid fid;
  final FileType type;
  int bits;
  int mode;
  long uid;
  long gid;
  long links;
  long size;
  long allocated;
  FileTime atime = new FileTime(0, 0);
  FileTime mtime = new FileTime(0, 0);
  FileTime ctime = new FileTime(0, 0);
  long rdev;

  /** The project id for quotas; 0 when it has none. */
  long project;

  /** Grows with each change of the data; kept while the file is released. */
  long dataVersion;

  /** The object file that holds the data; 0 for none. */
  long generation;

  /** The last number that an object or an overflow file of this inode had. */
  long lastGeneration;

  HsmAttributes hsm = HsmAttributes.NONE;

  /** The overflow file that holds the variable part; 0 when the slot does. */
  long overflow;

  /** The encoded variable part, never changed; null while it is only in the overflow file. */
  byte @Nullable [] encodedVars;

  /** The placement in the variable part; null while it was not asked for. Not stored. */
  @Nullable Placement placement;

  Inode(Fid fid, FileType type) {
    this.fid = fid;
    this.type = type;
  }

  boolean has(int bit) {
    return (bits & bit) != 0;
  }

  void set(int bit) {
    bits |= bit;
  }

  void clear(int bit) {
    bits &= ~bit;
  }

  boolean isRegular() {
    return type == FileType.REGULAR;
  }

  boolean isDirectory() {
    return type == FileType.DIRECTORY;
  }

  /** Whether there is no content here. */
  boolean isStub() {
    return has(STUB);
  }

  /** Notes a change of data: a new data version, modification and change time. */
  void noteDataChange(FileTime now) {
    stepVersion();
    mtime = now;
    ctime = now;
  }

  /**
   * A new data version. The mark is for a process that dies before the close; where EXISTS is not
   * set nothing would follow from it, and the close has nothing to clear.
   */
  void stepVersion() {
    dataVersion++;
    if (hsm.has(HsmFlag.EXISTS)) {
      set(WRITTEN);
    }
  }

  /** Names the object that holds the data. */
  void nameObject(long number) {
    generation = number;
    lastGeneration = Math.max(lastGeneration, number);
  }

  /** The number of a new object or overflow file. */
  long nextGeneration() {
    return ++lastGeneration;
  }

  /** Whether a file that was written becomes dirty at the close. */
  boolean becomesDirty() {
    return hsm.has(HsmFlag.EXISTS) && !hsm.has(HsmFlag.DIRTY) && !hsm.has(HsmFlag.RELEASED);
  }

  /** DIRTY for what was written, at the close of its writer; whether it is new. */
  boolean settleWritten() {
    clear(WRITTEN);
    if (!becomesDirty()) {
      return false;
    }
    hsm = hsm.with(HsmFlag.DIRTY);
    return true;
  }

  /** Another one with the same content; both may be changed. */
  Inode copy() {
    Inode copy = new Inode(fid, type);
    copy.bits = bits;
    copy.mode = mode;
    copy.uid = uid;
    copy.gid = gid;
    copy.links = links;
    copy.size = size;
    copy.allocated = allocated;
    copy.atime = atime;
    copy.mtime = mtime;
    copy.ctime = ctime;
    copy.rdev = rdev;
    copy.project = project;
    copy.dataVersion = dataVersion;
    copy.generation = generation;
    copy.lastGeneration = lastGeneration;
    copy.hsm = hsm;
    copy.overflow = overflow;
    copy.encodedVars = encodedVars;
    copy.placement = placement;
    return copy;
  }

  /** What statx says. */
  FileStat stat(long device) {
    long blocks = isStub() ? (size == 0 ? 0 : 1) : (allocated + 511) / 512;
    return new FileStat(
        type,
        mode,
        uid,
        gid,
        size,
        blocks,
        links,
        Fids.inodeNumber(fid),
        device,
        rdev,
        atime,
        mtime,
        ctime);
  }
}
