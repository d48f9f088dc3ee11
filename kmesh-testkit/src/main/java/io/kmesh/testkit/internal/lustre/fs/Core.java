// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.Fid;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.testkit.internal.lustre.RestoreOnAccess;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The parts that every call of the simulated file system uses. Thread-safe. */
final class Core {
  /** The device number of the simulated mount: an anonymous one, as Lustre's. */
  static final long DEVICE = 0x1c0L;

  final Shape shape;
  final Backing backing;
  final Inodes inodes;
  final LiveInodes live = new LiveInodes();
  final Space space;
  final Changelogs logs;
  final Caller caller;
  final KmeshTime time;
  final StorageSteps steps;
  private volatile @Nullable RestoreOnAccess restore;

  Core(
      Shape shape,
      Backing backing,
      Inodes inodes,
      Changelogs logs,
      Caller caller,
      KmeshTime time,
      StorageSteps steps) {
    this.steps = steps;
    this.shape = shape;
    this.backing = backing;
    this.inodes = inodes;
    this.space = new Space(shape);
    this.logs = logs;
    this.caller = caller;
    this.time = time;
  }

  void connect(RestoreOnAccess restorer) {
    this.restore = restorer;
  }

  RestoreOnAccess restore() {
    RestoreOnAccess connected = restore;
    if (connected == null) {
      throw new IllegalStateException("The coordinator is not connected yet.");
    }
    return connected;
  }

  FileTime now() {
    return FileTime.of(time.now());
  }

  FileStat stat(Fid fid) throws IOException {
    return inodes.read(fid).stat(DEVICE);
  }

  int mdt(Fid fid) throws IOException {
    return inodes.mdt(fid);
  }

  /** What a regular file takes of the targets now. */
  Space.Use use(Inode inode) throws IOException {
    return new Space.Use(Fids.mdt(inode.fid), placement(inode), inode.size, inode.allocated);
  }

  /** The placement of a regular file; the default one where its inode has none. */
  Placement placement(Inode inode) throws IOException {
    Placement known = inode.placement;
    if (known == null) {
      known = placement(inodes.vars(inode));
      inode.placement = known;
    }
    return known;
  }

  /** The placement of a regular file; the default one where its inode has none. */
  Placement placement(InodeVars vars) {
    Placement placement = vars.placement;
    return placement != null ? placement : Placement.unplaced(shape.defaultLayout());
  }
}
