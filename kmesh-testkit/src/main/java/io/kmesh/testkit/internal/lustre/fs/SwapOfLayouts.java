// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.ChangelogRecord.HsmEvent;
import io.kmesh.lustre.ChangelogType;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.LayoutSwap;
import java.io.IOException;
import java.util.OptionalLong;

/**
 * Exchanges the objects of two files. Each object gets a second name of the other file, both slots
 * are stored in one step, and the old names go: what a kill leaves is a name that no slot has.
 */
final class SwapOfLayouts {
  private static final String VERB = "swap the layout of";

  private final Core core;
  private final Names names;

  SwapOfLayouts(Core core, Names names) {
    this.core = core;
    this.names = names;
  }

  void run(LayoutSwap swap) throws IOException {
    Fid first = swap.first();
    Fid second = swap.second();
    if (first.equals(second)) {
      throw Failures.of(
          Errno.EINVAL, VERB, first, "it is both files", "Name two files of one MDT.");
    }
    check(first);
    check(second);
    if (core.mdt(first) != core.mdt(second)) {
      throw Failures.of(
          Errno.EXDEV,
          VERB,
          first,
          "it is on MDT " + core.mdt(first) + ", and " + second + " on MDT " + core.mdt(second),
          "Name two files of one MDT.");
    }
    // In one order, so that two swaps of the same files do not wait for each other.
    boolean isInOrder = first.toString().compareTo(second.toString()) < 0;
    LiveInode one = core.live.acquire(isInOrder ? first : second);
    LiveInode other = core.live.acquire(isInOrder ? second : first);
    try {
      one.data.writeLock().lock();
      other.data.writeLock().lock();
      try {
        exchange(swap, isInOrder ? one : other, isInOrder ? other : one);
      } finally {
        other.data.writeLock().unlock();
        one.data.writeLock().unlock();
      }
    } finally {
      core.live.release(other);
      core.live.release(one);
    }
  }

  private void check(Fid fid) throws IOException {
    Inode inode = core.inodes.read(fid);
    if (!inode.isRegular()) {
      throw Failures.of(
          Errno.EINVAL, VERB, fid, "it is a " + inode.type, "Only regular files can be swapped.");
    }
    core.caller.check(inode, Caller.READ | Caller.WRITE, VERB, fid);
  }

  private static void check(Inode inode, OptionalLong version) throws IOException {
    if (inode.isStub()) {
      throw Failures.of(
          Errno.EOPNOTSUPP, VERB, inode.fid, "it is released", "Restore it, then swap.");
    }
    if (version.isPresent() && version.getAsLong() != inode.dataVersion) {
      throw new ProviderException(
          ErrorKind.PRECONDITION,
          "Cannot swap the layout of "
              + inode.fid
              + ": its data version is "
              + inode.dataVersion
              + ", not "
              + version.getAsLong()
              + ". Look at what changed it, then try again.",
          null,
          Errno.EAGAIN,
          null,
          null);
    }
  }

  private void exchange(LayoutSwap swap, LiveInode first, LiveInode second) throws IOException {
    synchronized (first) {
      if (swap.guard() == LayoutSwap.Guard.LEASE && first.writers > 0) {
        throw Failures.of(
            Errno.EBUSY,
            VERB,
            first.fid,
            "it is open for writing, and a lease was asked for",
            "Try again when it is closed.");
      }
    }
    long[] before = new long[2];
    Space.Use[] uses = new Space.Use[4];
    names.changeTogether(
        first.fid,
        second.fid,
        change -> {
          Inode a = change.inode(first.fid);
          Inode b = change.inode(second.fid);
          check(a, swap.firstVersion());
          check(b, swap.secondVersion());
          before[0] = a.generation;
          before[1] = b.generation;
          uses[0] = core.use(a);
          uses[1] = core.use(b);
          exchange(change, a, b);
          uses[2] = core.use(a);
          uses[3] = core.use(b);
        });
    first.closeObject();
    second.closeObject();
    drop(first.fid, before[0]);
    drop(second.fid, before[1]);
    core.space.change(first.fid, uses[0], uses[2], false);
    core.space.change(second.fid, uses[1], uses[3], false);
  }

  private void drop(Fid fid, long generation) throws IOException {
    if (generation != 0) {
      core.backing.dropObjectName(fid, generation);
    }
  }

  private void exchange(NameChange change, Inode a, Inode b) throws IOException {
    long ofA = a.generation;
    long ofB = b.generation;
    a.generation = linked(b.fid, ofB, a);
    b.generation = linked(a.fid, ofA, b);
    long size = a.size;
    a.size = b.size;
    b.size = size;
    long allocated = a.allocated;
    a.allocated = b.allocated;
    b.allocated = allocated;
    InodeVars varsOfA = change.vars(a);
    InodeVars varsOfB = change.vars(b);
    Placement placement = core.placement(a);
    varsOfA.placement = core.placement(b);
    varsOfB.placement = placement;
    change.replaceVars(a, varsOfA);
    change.replaceVars(b, varsOfB);
    long version = Math.max(a.dataVersion, b.dataVersion) + 1;
    settle(change, a, version);
    settle(change, b, version);
  }

  /** Gives an inode a name of another's object; its new generation, 0 where there is none. */
  private long linked(Fid from, long generation, Inode to) throws IOException {
    if (generation == 0) {
      return 0;
    }
    long next = to.nextGeneration();
    core.backing.linkObject(from, generation, to.fid, next);
    return next;
  }

  private void settle(NameChange change, Inode inode, long version) throws IOException {
    inode.dataVersion = version;
    inode.ctime = core.now();
    int mdt = core.mdt(inode.fid);
    change.record(mdt, RecordDraft.of(ChangelogType.LYOUT, 0, inode.fid));
    if (inode.becomesDirty()) {
      inode.hsm = inode.hsm.with(HsmFlag.DIRTY);
      int flags = HsmFlags.of(HsmEvent.STATE, 0, true);
      change.record(mdt, RecordDraft.of(ChangelogType.HSM, flags, inode.fid));
    }
  }
}
