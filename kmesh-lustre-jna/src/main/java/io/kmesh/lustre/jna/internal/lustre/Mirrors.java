// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

import com.sun.jna.Native;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.Layout;
import io.kmesh.lustre.jna.internal.Calls;
import io.kmesh.lustre.jna.internal.Linux;
import io.kmesh.lustre.jna.internal.NativeBuffer;
import io.kmesh.lustre.jna.internal.Scratch;
import io.kmesh.lustre.jna.internal.wire.Abi;
import io.kmesh.lustre.jna.internal.wire.AbiConstants;
import io.kmesh.spi.Errno;
import io.kmesh.spi.lustre.LustreIdentity;
import io.kmesh.spi.posix.FileStat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.OptionalLong;

/**
 * Mirrors of files (FLR): each change is made under a lease and becomes true when the lease is
 * given up, in one step or not at all. Source: {@code struct ll_ioc_lease}.
 */
final class Mirrors {
  private static final int MOST_COMPONENTS = 1024;
  private static final int COMPONENTS_AT = 0;
  private static final int LEASE_AT = COMPONENTS_AT + MOST_COMPONENTS * Abi.LlapiResyncComp.SIZE;
  private static final int RESYNC_BYTES =
      LEASE_AT + Abi.LlIocLease.SIZE + MOST_COMPONENTS * Integer.BYTES;
  private static final int EALREADY = 114;
  private static final int COMPARED_BYTES = 1 << 20;
  private static final int PAGE = 4096;

  private final LustreMount mount;
  private final LustreIdentity identity;
  private final VolatileCopies copies;

  Mirrors(LustreMount mount, LustreIdentity identity, VolatileCopies copies) {
    this.mount = mount;
    this.identity = identity;
    this.copies = copies;
  }

  private void require(String action, Fid fid) throws IOException {
    mount.library().require(MirrorCalls.class, action, fid);
    mount.library().require(LeaseCalls.class, action, fid);
  }

  /** Adds a mirror with the file's data. */
  void extend(Fid fid, Layout layout) throws IOException {
    String action = "add a mirror to";
    require(action, fid);
    FileStat stat = identity.stat(fid);
    int fd = mount.open(fid, Linux.O_RDWR | Linux.O_NONBLOCK | Calls.NOFOLLOW, action);
    try {
      VolatileCopies.refuseReleased(fd, fid, action);
      int copy = copies.make(action, fid, stat, layout);
      try {
        lease(fd, fid, action, AbiConstants.LL_LEASE_WRLCK);
        boolean isOver = false;
        try {
          copies.fill(action, fd, copy, fid, AbiConstants.LL_LEASE_WRLCK);
          LustreMount.check(
              Calls.futimens(copy, Scratch.ofThread().times(stat.atime(), stat.mtime())),
              action,
              fid);
          giveUp(fd, fid, action, AbiConstants.LL_LEASE_LAYOUT_MERGE, copy);
          isOver = true;
        } finally {
          if (!isOver) {
            LeaseCalls.llapi_lease_release(fd);
          }
        }
      } finally {
        Calls.close(copy);
      }
    } finally {
      Calls.close(fd);
    }
  }

  /** Takes a mirror away, with its data. */
  void split(Fid fid, int mirror) throws IOException {
    String action = "take the mirror " + mirror + " from";
    require(action, fid);
    int fd = mount.open(fid, Linux.O_RDWR | Linux.O_NONBLOCK | Calls.NOFOLLOW, action);
    try {
      // The mirror goes to a file without a name, and away with it.
      int victim = copies.empty(action, fid);
      try {
        lease(fd, fid, action, AbiConstants.LL_LEASE_WRLCK);
        boolean isOver = false;
        try {
          giveUp(fd, fid, action, AbiConstants.LL_LEASE_LAYOUT_SPLIT, victim, mirror);
          isOver = true;
        } finally {
          if (!isOver) {
            LeaseCalls.llapi_lease_release(fd);
          }
        }
      } finally {
        Calls.close(victim);
      }
    } finally {
      Calls.close(fd);
    }
  }

  private static void lease(int fd, Fid fid, String action, int mode) throws IOException {
    LustreMount.check(LeaseCalls.llapi_lease_acquire(fd, mode), action, fid);
  }

  /** Gives a lease up together with what was done under it. */
  private static void giveUp(int fd, Fid fid, String action, int what, int... ids)
      throws IOException {
    try (NativeBuffer buffer = NativeBuffer.take()) {
      ByteBuffer memory = buffer.bytes();
      memory.putInt(Abi.LlIocLease.LIL_MODE, AbiConstants.LL_LEASE_UNLCK);
      memory.putInt(Abi.LlIocLease.LIL_FLAGS, what);
      memory.putInt(Abi.LlIocLease.LIL_COUNT, ids.length);
      for (int i = 0; i < ids.length; i++) {
        memory.putInt(Abi.LlIocLease.LIL_IDS + i * Integer.BYTES, ids[i]);
      }
      int r = MirrorCalls.llapi_lease_set(fd, buffer.address());
      // 0: somebody broke the lease meanwhile, and nothing was done.
      LustreMount.check(r == 0 ? -Linux.EBUSY : r, action, fid);
    }
  }

  // ---- resync

  /** Copies to the stale mirrors what the others hold. */
  void resync(Fid fid) throws IOException {
    String action = "resync the mirrors of";
    require(action, fid);
    FileStat stat = identity.stat(fid);
    int fd = mount.open(fid, Linux.O_RDWR | Calls.DIRECT | Calls.NOFOLLOW, action);
    try (NativeBuffer buffer = NativeBuffer.take(RESYNC_BYTES)) {
      long layout = MirrorCalls.llapi_layout_get_by_fd(fd, 0);
      if (layout == 0) {
        throw LustreFailures.of(action, fid, Native.getLastError());
      }
      try {
        int stale =
            LustreMount.check(
                MirrorCalls.llapi_mirror_find_stale(
                    layout, buffer.address() + COMPONENTS_AT, MOST_COMPONENTS, 0, 0),
                action,
                fid);
        if (stale > 0 && begin(fd, fid, action, buffer)) {
          copyAndEnd(fd, fid, action, layout, stale, stat, buffer);
        }
      } finally {
        MirrorCalls.llapi_layout_free(layout);
      }
    } finally {
      Calls.close(fd);
    }
  }

  /** Whether there is something to do. */
  private static boolean begin(int fd, Fid fid, String action, NativeBuffer buffer)
      throws IOException {
    lease(buffer, AbiConstants.LL_LEASE_WRLCK, AbiConstants.LL_LEASE_RESYNC, 0);
    int r = MirrorCalls.llapi_lease_set(fd, buffer.address() + LEASE_AT);
    if (r == -EALREADY) {
      return false;
    }
    LustreMount.check(r, action, fid);
    return true;
  }

  private static void lease(NativeBuffer buffer, int mode, int flags, int count) {
    buffer
        .bytes()
        .putInt(LEASE_AT + Abi.LlIocLease.LIL_MODE, mode)
        .putInt(LEASE_AT + Abi.LlIocLease.LIL_FLAGS, flags)
        .putInt(LEASE_AT + Abi.LlIocLease.LIL_COUNT, count);
  }

  private static void copyAndEnd(
      int fd, Fid fid, String action, long layout, int stale, FileStat stat, NativeBuffer buffer)
      throws IOException {
    int copied =
        MirrorCalls.llapi_mirror_resync_many(
            fd, layout, buffer.address() + COMPONENTS_AT, stale, 0, -1);
    ByteBuffer memory = buffer.bytes();
    int synced = 0;
    for (int i = 0; i < stale; i++) {
      int at = COMPONENTS_AT + i * Abi.LlapiResyncComp.SIZE;
      if (copied >= 0 && (memory.get(at + Abi.LlapiResyncComp.LRC_SYNCED) & 0xff) != 0) {
        memory.putInt(
            LEASE_AT + Abi.LlIocLease.LIL_IDS + synced * Integer.BYTES,
            memory.getInt(at + Abi.LlapiResyncComp.LRC_ID));
        synced++;
      }
    }
    Calls.futimens(fd, Scratch.ofThread().times(stat.atime(), stat.mtime()));
    // The lease is given up even when nothing was copied.
    lease(buffer, AbiConstants.LL_LEASE_UNLCK, AbiConstants.LL_LEASE_RESYNC_DONE, synced);
    int ended = MirrorCalls.llapi_lease_set(fd, buffer.address() + LEASE_AT);
    LustreMount.check(copied, action, fid);
    LustreMount.check(ended == 0 ? -Linux.EBUSY : ended, action, fid);
    if (synced < stale) {
      throw LustreFailures.of(
          action,
          fid,
          Errno.EIO.code(),
          (stale - synced) + " of " + stale + " components could not be copied",
          "Look at the state of their OSTs, then try again.");
    }
  }

  // ---- verify

  /** The first byte at which two mirrors differ; empty when they are alike to the end. */
  OptionalLong firstDifference(Fid fid, int first, int second) throws IOException {
    String action = "compare the mirrors " + first + " and " + second + " of";
    require(action, fid);
    int a = openMirror(fid, first, action);
    try {
      int b = openMirror(fid, second, action);
      try (NativeBuffer memory = NativeBuffer.take(2 * COMPARED_BYTES + PAGE)) {
        return compare(a, b, fid, action, memory);
      } finally {
        Calls.close(b);
      }
    } finally {
      Calls.close(a);
    }
  }

  /** Past the cache, which is one for all mirrors. */
  private int openMirror(Fid fid, int mirror, String action) throws IOException {
    int fd = mount.open(fid, Linux.O_RDONLY | Calls.DIRECT | Calls.NOFOLLOW, action);
    int r = MirrorCalls.llapi_mirror_set(fd, mirror);
    if (r < 0) {
      Calls.close(fd);
      throw LustreFailures.of(action, fid, r);
    }
    return fd;
  }

  private static OptionalLong compare(int a, int b, Fid fid, String action, NativeBuffer memory)
      throws IOException {
    int from = (int) Math.floorMod(-memory.address(), (long) PAGE);
    for (long at = 0; ; ) {
      long n =
          LustreMount.checkLong(
              Calls.pread(a, memory.address() + from, COMPARED_BYTES, at), action, fid);
      long m =
          LustreMount.checkLong(
              Calls.pread(b, memory.address() + from + COMPARED_BYTES, COMPARED_BYTES, at),
              action,
              fid);
      int common = (int) Math.min(n, m);
      int differs =
          memory
              .bytes()
              .slice(from, common)
              .mismatch(memory.bytes().slice(from + COMPARED_BYTES, common));
      if (differs >= 0) {
        return OptionalLong.of(at + differs);
      }
      if (n != m) {
        return OptionalLong.of(at + common);
      }
      if (n == 0) {
        return OptionalLong.empty();
      }
      at += n;
    }
  }
}
