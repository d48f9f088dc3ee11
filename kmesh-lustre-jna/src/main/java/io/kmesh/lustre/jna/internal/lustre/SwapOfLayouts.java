// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

import io.kmesh.lustre.Fid;
import io.kmesh.lustre.jna.internal.Calls;
import io.kmesh.lustre.jna.internal.Linux;
import io.kmesh.lustre.jna.internal.NativeBuffer;
import io.kmesh.lustre.jna.internal.Scratch;
import io.kmesh.lustre.jna.internal.wire.AbiConstants;
import io.kmesh.lustre.jna.internal.wire.HsmStructs;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.lustre.LayoutSwap;
import io.kmesh.spi.lustre.LustreIdentity;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileType;
import java.io.IOException;
import java.util.OptionalLong;

/**
 * Exchanges the layouts of two files by {@code llapi_fswap_layouts}. Under a lease it is given up
 * with the swap in one step, and somebody who opens the first file for writing meanwhile keeps it
 * from happening; without one Lustre compares the data versions.
 *
 * <p>Lustre takes a swap under a lease for a migration, and what was archived for archived still.
 * Here other bytes come, so files that are in an archive are marked DIRTY before, and looked at
 * behind it.
 */
final class SwapOfLayouts {
  private static final String ACTION = "swap the layout of";

  private final LustreMount mount;
  private final LustreIdentity identity;

  SwapOfLayouts(LustreMount mount, LustreIdentity identity) {
    this.mount = mount;
    this.identity = identity;
  }

  /** See {@link io.kmesh.spi.lustre.LustreLayouts#swap}. */
  void run(LayoutSwap swap) throws IOException {
    Fid first = swap.first();
    Fid second = swap.second();
    mount.library().require(MigrateCalls.class, ACTION, first);
    mount.library().require(HsmCalls.class, ACTION, first);
    if (isLeased(swap)) {
      mount.library().require(LeaseCalls.class, ACTION, first);
    }
    if (first.equals(second)) {
      throw refused(first, Errno.EINVAL, "it is both files", "Name two files of one MDT.");
    }
    FileStat ofFirst = regular(first);
    FileStat ofSecond = regular(second);
    int mdt = identity.mdt(first);
    int other = identity.mdt(second);
    if (mdt != other) {
      throw refused(
          first,
          Errno.EXDEV,
          "it is on MDT " + mdt + ", and " + second + " on MDT " + other,
          "Name two files of one MDT.");
    }
    // The swap is refused on descriptors that may not write.
    int flags = Linux.O_RDWR | Linux.O_NONBLOCK | Calls.NOFOLLOW;
    int one = mount.open(first, flags, ACTION);
    try {
      int two = mount.open(second, flags, ACTION);
      try {
        VolatileCopies.refuseReleased(one, first, ACTION);
        VolatileCopies.refuseReleased(two, second, ACTION);
        run(swap, one, two);
      } finally {
        Calls.close(two);
      }
    } finally {
      Calls.close(one);
    }
    settle(first, ofFirst);
    settle(second, ofSecond);
  }

  private static boolean isLeased(LayoutSwap swap) {
    return swap.guard() == LayoutSwap.Guard.LEASE;
  }

  private static IOException refused(Fid fid, Errno errno, String reason, String advice) {
    return LustreFailures.of(ACTION, fid, errno.code(), reason, advice);
  }

  private FileStat regular(Fid fid) throws IOException {
    FileStat stat = identity.stat(fid);
    if (stat.type() != FileType.REGULAR) {
      throw refused(fid, Errno.EINVAL, "it is a " + stat.type(), "Name a regular file.");
    }
    return stat;
  }

  private static void run(LayoutSwap swap, int one, int two) throws IOException {
    Fid first = swap.first();
    if (isLeased(swap)) {
      int lease = AbiConstants.LL_LEASE_RDLCK;
      LustreMount.check(LeaseCalls.llapi_lease_acquire(one, lease), "lease", first);
    }
    boolean isSwapped = false;
    try {
      compare(one, first, swap.firstVersion());
      compare(two, swap.second(), swap.secondVersion());
      markChanged(one, first);
      markChanged(two, swap.second());
      exchange(swap, one, two);
      isSwapped = true;
    } finally {
      if (isLeased(swap) && !isSwapped) {
        LeaseCalls.llapi_lease_release(one);
      }
    }
  }

  private static void exchange(LayoutSwap swap, int one, int two) throws IOException {
    // The kernel takes the swap that gives up a lease without any other flag.
    long flags =
        isLeased(swap)
            ? AbiConstants.SWAP_LAYOUTS_CLOSE
            : (swap.firstVersion().isPresent() ? AbiConstants.SWAP_LAYOUTS_CHECK_DV1 : 0)
                | (swap.secondVersion().isPresent() ? AbiConstants.SWAP_LAYOUTS_CHECK_DV2 : 0);
    int r =
        MigrateCalls.llapi_fswap_layouts(
            one,
            two,
            isLeased(swap) ? 0 : swap.firstVersion().orElse(0),
            isLeased(swap) ? 0 : swap.secondVersion().orElse(0),
            flags);
    if (r == -Linux.EAGAIN) {
      throw otherVersion(
          swap.first(), "the data version of it or of " + swap.second() + " differs");
    }
    if (r == -Errno.ESTALE.code() || r == -Linux.EBUSY) {
      throw VolatileCopies.changed(ACTION, swap.first(), Errno.of(r));
    }
    LustreMount.check(r, ACTION, swap.first());
  }

  private static void compare(int fd, Fid fid, OptionalLong wanted) throws IOException {
    if (wanted.isEmpty()) {
      return;
    }
    Scratch scratch = Scratch.ofThread();
    LustreMount.check(
        HsmCalls.llapi_get_data_version(fd, scratch.out(), AbiConstants.LL_DV_RD_FLUSH),
        "read the data version of",
        fid);
    long found = scratch.outLong(0);
    if (found != wanted.getAsLong()) {
      throw otherVersion(
          fid,
          "its data version is "
              + Long.toUnsignedString(found)
              + ", not "
              + Long.toUnsignedString(wanted.getAsLong()));
    }
  }

  private static IOException otherVersion(Fid fid, String reason) {
    return LustreFailures.of(
        ErrorKind.PRECONDITION,
        ACTION,
        fid,
        Linux.EAGAIN,
        reason,
        "Look at what changed it, then try again.");
  }

  /** Says of a file of which an archive may hold a copy that the copy is old. */
  private static void markChanged(int fd, Fid fid) throws IOException {
    try (NativeBuffer buffer = NativeBuffer.take()) {
      LustreMount.check(
          HsmCalls.llapi_hsm_state_get_fd(fd, buffer.address()), "read the HSM state of", fid);
      int bits = HsmStructs.state(buffer.bytes()).bits();
      if ((bits & AbiConstants.HS_EXISTS) != 0 && (bits & AbiConstants.HS_DIRTY) == 0) {
        LustreMount.check(
            HsmCalls.llapi_hsm_state_set_fd(fd, AbiConstants.HS_DIRTY, 0, 0),
            "mark as DIRTY before the swap the file",
            fid);
      }
    }
  }

  /** Times and HSM state of a file behind its swap; by a new descriptor, for the old is spent. */
  private void settle(Fid fid, FileStat before) throws IOException {
    int fd = mount.open(fid, Linux.O_WRONLY | Linux.O_NONBLOCK | Calls.NOFOLLOW, ACTION);
    try {
      // An archive that ended between the mark and the swap has taken the mark away.
      markChanged(fd, fid);
      LustreMount.check(
          Calls.futimens(fd, Scratch.ofThread().times(before.atime(), before.mtime())),
          "give its times back to",
          fid);
    } finally {
      Calls.close(fd);
    }
  }
}
