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

  /** Data were changed by a handle that is not closed yet: DIRTY is due where EXISTS is set. */
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

  /** The encoded variable part; null while it is only in the overflow file. */
  byte @Nullable [] encodedVars;

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
    dataVersion++;
    mtime = now;
    ctime = now;
    set(WRITTEN);
  }

  /** The number of a new object or overflow file. */
  long nextGeneration() {
    return ++lastGeneration;
  }

  /** DIRTY for what was written, at the close of the last writer; whether it is new. */
  boolean settleWritten() {
    boolean becomesDirty =
        has(WRITTEN)
            && hsm.has(HsmFlag.EXISTS)
            && !hsm.has(HsmFlag.DIRTY)
            && !hsm.has(HsmFlag.RELEASED);
    clear(WRITTEN);
    if (becomesDirty) {
      hsm = hsm.with(HsmFlag.DIRTY);
    }
    return becomesDirty;
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
