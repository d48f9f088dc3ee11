// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

import io.kmesh.lustre.Fid;
import io.kmesh.lustre.Layout;
import io.kmesh.lustre.jna.internal.Calls;
import io.kmesh.lustre.jna.internal.Linux;
import io.kmesh.lustre.jna.internal.Scratch;
import io.kmesh.lustre.jna.internal.wire.AbiConstants;
import io.kmesh.spi.Errno;
import io.kmesh.spi.lustre.LustreIdentity;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileType;
import java.io.IOException;

/**
 * Moves a file's data to a new layout: copies them into a volatile file on the file's own MDT under
 * a lease, looks whether the file's data version is still the same, then has Lustre swap the two
 * layouts and give up the lease in one step. What opens the file for writing meanwhile breaks the
 * lease, and nothing is swapped.
 */
final class Migration {
  private static final String ACTION = "migrate";

  private final LustreMount mount;
  private final LustreIdentity identity;
  private final VolatileCopies copies;

  Migration(LustreMount mount, LustreIdentity identity, VolatileCopies copies) {
    this.mount = mount;
    this.identity = identity;
    this.copies = copies;
  }

  /** See {@link io.kmesh.spi.lustre.LustreLayouts#migrate}. */
  long migrate(Fid fid, Layout layout) throws IOException {
    mount.library().require(MigrateCalls.class, ACTION, fid);
    mount.library().require(LeaseCalls.class, ACTION, fid);
    FileStat stat = identity.stat(fid);
    if (stat.type() != FileType.REGULAR) {
      throw LustreFailures.of(
          ACTION, fid, Linux.EINVAL, "it is no regular file", "Name a regular file.");
    }
    // The swap is refused on a descriptor that may not write.
    int fd = mount.open(fid, Linux.O_RDWR | Linux.O_NONBLOCK | Calls.NOFOLLOW, ACTION);
    try {
      VolatileCopies.refuseReleased(fd, fid, ACTION);
      int copy = copies.make(ACTION, fid, stat, layout);
      try {
        copyAndSwap(fd, copy, fid, stat);
      } finally {
        Calls.close(copy);
      }
    } finally {
      Calls.close(fd);
    }
    // By a new descriptor: the swap has closed the old one's view of the file.
    int again = mount.open(fid, LustreMount.LOOK, ACTION);
    try {
      return version(again, fid);
    } finally {
      Calls.close(again);
    }
  }

  private void copyAndSwap(int fd, int copy, Fid fid, FileStat stat) throws IOException {
    int lease = AbiConstants.LL_LEASE_RDLCK;
    LustreMount.check(LeaseCalls.llapi_lease_acquire(fd, lease), "lease", fid);
    boolean swapped = false;
    try {
      long before = version(fd, fid);
      copies.fill(ACTION, fd, copy, fid, lease);
      LustreMount.check(
          Calls.futimens(copy, Scratch.ofThread().times(stat.atime(), stat.mtime())), ACTION, fid);
      if (version(fd, fid) != before) {
        throw VolatileCopies.changed(ACTION, fid, Errno.EBUSY);
      }
      int r = MigrateCalls.llapi_fswap_layouts(fd, copy, 0, 0, AbiConstants.SWAP_LAYOUTS_CLOSE);
      if (r == -Errno.ESTALE.code() || r == -Linux.EBUSY) {
        throw VolatileCopies.changed(ACTION, fid, Errno.of(r));
      }
      LustreMount.check(r, ACTION, fid);
      swapped = true;
    } finally {
      if (!swapped) {
        LeaseCalls.llapi_lease_release(fd);
      }
    }
  }

  private static long version(int fd, Fid fid) throws IOException {
    Scratch scratch = Scratch.ofThread();
    LustreMount.check(
        HsmCalls.llapi_get_data_version(fd, scratch.out(), AbiConstants.LL_DV_RD_FLUSH),
        "read the data version of",
        fid);
    return scratch.outLong(0);
  }
}
