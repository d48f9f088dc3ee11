// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.Fid;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * All inodes by FID. Reading needs no lock; who changes one holds its stripe from the read to the
 * write. Thread-safe.
 */
final class Inodes implements Closeable {
  /** Changes an inode under its stripe; false leaves the stored one as it is. */
  @FunctionalInterface
  interface Change {
    boolean apply(Inode inode) throws IOException;
  }

  /** Locked stripes; closing unlocks them. */
  @FunctionalInterface
  interface Stripes {
    /** Unlocks them. */
    void close();
  }

  private static final int STRIPES = 256;

  private final List<InodeTable> tables;
  private final Backing backing;
  private final ReentrantLock[] stripes = new ReentrantLock[STRIPES];
  private final RecentInodes recent = new RecentInodes();

  private Inodes(List<InodeTable> tables, Backing backing) {
    this.tables = List.copyOf(tables);
    this.backing = backing;
    for (int i = 0; i < STRIPES; i++) {
      stripes[i] = new ReentrantLock();
    }
  }

  static Inodes open(Path directory, int mdts, Backing backing, StorageSteps steps)
      throws IOException {
    List<InodeTable> tables = new ArrayList<>();
    for (int mdt = 0; mdt < mdts; mdt++) {
      Path folder = directory.resolve("mdt" + mdt);
      Files.createDirectories(folder);
      tables.add(InodeTable.open(mdt, folder.resolve("inodes"), steps));
    }
    return new Inodes(tables, backing);
  }

  int mdts() {
    return tables.size();
  }

  /** The MDT of a FID; ENOENT when none of these has its sequence. */
  int mdt(Fid fid) throws ProviderException {
    if (!Fids.isPossible(fid, tables.size())) {
      throw Failures.gone(fid);
    }
    return Fids.mdt(fid);
  }

  /** A FID that no inode has had. */
  Fid allocate(int mdt) {
    return Fids.of(mdt, tables.get(mdt).allocate());
  }

  /** How many inodes were ever made on an MDT. */
  long everMade(int mdt) {
    return tables.get(mdt).slots();
  }

  /** The inode; ENOENT when there is none. */
  Inode read(Fid fid) throws IOException {
    Inode inode = find(fid);
    if (inode == null) {
      throw Failures.gone(fid);
    }
    return inode;
  }

  /** The inode, or null. */
  @Nullable Inode find(Fid fid) throws IOException {
    Inode known = recent.find(fid);
    if (known != null) {
      return known;
    }
    if (!Fids.isPossible(fid, tables.size())) {
      return null;
    }
    // Only who holds the stripe may remember what it reads: a writer could come in between.
    ReentrantLock stripe = stripes[stripe(fid)];
    if (stripe.tryLock()) {
      try {
        return readAndRemember(fid);
      } finally {
        stripe.unlock();
      }
    }
    try {
      return tables.get(Fids.mdt(fid)).read(Fids.slot(fid));
    } catch (ProviderException e) {
      if (e.kind() != ErrorKind.CORRUPT) {
        throw e;
      }
    }
    // Perhaps read while it was being written: once more, with no writer beside.
    stripe.lock();
    try {
      return readAndRemember(fid);
    } finally {
      stripe.unlock();
    }
  }

  private @Nullable Inode readAndRemember(Fid fid) throws IOException {
    Inode inode = tables.get(Fids.mdt(fid)).read(Fids.slot(fid));
    if (inode != null) {
      recent.put(inode);
    }
    return inode;
  }

  /** The variable part of an inode whose stripe is held, or which nobody changes. */
  InodeVars vars(Inode inode) throws IOException {
    byte[] encoded = inode.encodedVars;
    if (encoded == null) {
      encoded = backing.readOverflow(inode.fid, inode.overflow);
      inode.encodedVars = encoded;
    }
    return InodeCodec.decodeVars(encoded, inode.fid.toString());
  }

  /** The variable part of an inode as it is now. */
  InodeVars readVars(Fid fid) throws IOException {
    Inode inode = read(fid);
    if (inode.overflow != 0) {
      Stripes held = lock(fid);
      try {
        return vars(read(fid));
      } finally {
        held.close();
      }
    }
    return vars(inode);
  }

  /**
   * Gives an inode another variable part, in its slot or in a new overflow file, which is written
   * at once; the slot is not. {@link #dropReplacedOverflow} follows when it is.
   *
   * @return the overflow file that this replaces, 0 for none
   */
  long replaceVars(Inode inode, InodeVars vars) throws IOException {
    byte[] encoded = InodeCodec.encodeVars(vars);
    if (encoded.length > InodeCodec.MAX_VARS_BYTES) {
      throw Failures.of(
          Errno.ENOSPC,
          "store",
          inode.fid,
          "its names and attributes have " + encoded.length + " bytes",
          "Remove some of them.");
    }
    long replaced = inode.overflow;
    inode.encodedVars = encoded;
    inode.placement = vars.placement;
    if (encoded.length <= InodeCodec.INLINE_BYTES) {
      inode.overflow = 0;
    } else {
      long generation = inode.nextGeneration();
      backing.writeOverflow(inode.fid, generation, encoded);
      inode.overflow = generation;
    }
    return replaced;
  }

  /** Removes an overflow file that no slot names any more; 0 is none. */
  void dropReplacedOverflow(Fid fid, long replaced) throws IOException {
    if (replaced != 0) {
      backing.removeOverflow(fid, replaced);
    }
  }

  /** Stores an inode. The caller holds its stripe. */
  void write(Inode inode) throws IOException {
    write(inode, InodeCodec.encode(inode));
  }

  /** Stores an inode that was encoded before. The caller holds its stripe. */
  void write(Inode inode, ByteBuffer image) throws IOException {
    recent.forget(inode.fid);
    writeImage(inode.fid, image);
    recent.put(inode);
  }

  /** Stores an encoded inode at opening, when nobody else uses this. */
  void writeImage(Fid fid, ByteBuffer image) throws IOException {
    recent.forget(fid);
    tables.get(Fids.mdt(fid)).write(Fids.slot(fid), image);
  }

  /** Frees the slot. The caller holds its stripe. */
  void free(Fid fid) throws IOException {
    recent.forget(fid);
    tables.get(Fids.mdt(fid)).clear(Fids.slot(fid));
  }

  /** Reads, changes and writes an inode under its stripe; what is stored then. */
  Inode update(Fid fid, Change change) throws IOException {
    Stripes held = lock(fid);
    try {
      Inode inode = read(fid);
      if (change.apply(inode)) {
        write(inode);
      }
      return inode;
    } finally {
      held.close();
    }
  }

  /** Locks the stripes of some FIDs. A thread that holds stripes may lock no others. */
  Stripes lock(Fid... fids) {
    if (fids.length == 1) {
      ReentrantLock one = stripes[stripe(fids[0])];
      one.lock();
      return one::unlock;
    }
    TreeSet<Integer> order = new TreeSet<>();
    for (Fid fid : fids) {
      order.add(stripe(fid));
    }
    order.forEach(i -> stripes[i].lock());
    return () -> order.forEach(i -> stripes[i].unlock());
  }

  private static int stripe(Fid fid) {
    long mixed = (fid.sequence() * 31 + fid.oid()) * 0x9e3779b97f4a7c15L;
    return (int) (mixed >>> 56);
  }

  /** Shows every inode of every MDT. */
  void scan(InodeTable.InodeVisitor visitor) throws IOException {
    for (InodeTable table : tables) {
      table.scan(visitor);
    }
  }

  /** Makes all tables durable. */
  void sync() throws IOException {
    for (InodeTable table : tables) {
      table.sync();
    }
  }

  /** Makes the table of an MDT durable. */
  void sync(int mdt) throws IOException {
    tables.get(mdt).sync();
  }

  @Override
  public void close() throws IOException {
    for (InodeTable table : tables) {
      table.close();
    }
  }
}
