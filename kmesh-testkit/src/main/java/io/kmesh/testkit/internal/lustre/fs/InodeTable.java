// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The inodes of one MDT: slot n at byte n * {@value InodeCodec#SLOT_BYTES}. A slot is used for one
 * FID only; the next free one is behind the last that was ever written. Thread-safe; the order of
 * writes to one slot is the caller's.
 */
final class InodeTable implements Closeable {
  /** Sees one inode. */
  @FunctionalInterface
  interface InodeVisitor {
    void see(Inode inode) throws IOException;
  }

  private static final int SCAN_SLOTS = 256;
  private static final byte[] EMPTY_SLOT = new byte[InodeCodec.SLOT_BYTES];

  private final int mdt;
  private final StableChannel file;
  private final AtomicLong next;

  private InodeTable(int mdt, StableChannel file, long next) {
    this.mdt = mdt;
    this.file = file;
    this.next = new AtomicLong(next);
  }

  static InodeTable open(int mdt, Path path, StorageSteps steps) throws IOException {
    StableChannel file = StableChannel.open(path, steps);
    long slots = (file.size() + InodeCodec.SLOT_BYTES - 1) / InodeCodec.SLOT_BYTES;
    return new InodeTable(mdt, file, Math.max(1, slots));
  }

  /** A slot that no FID has had. */
  long allocate() {
    return next.getAndIncrement();
  }

  /** The number of slots ever given. */
  long slots() {
    return next.get();
  }

  /** The inode of a slot; null when there is none. */
  @Nullable Inode read(long slot) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(InodeCodec.SLOT_BYTES);
    if (!file.readFully(bytes, slot * InodeCodec.SLOT_BYTES)) {
      return null;
    }
    return InodeCodec.decode(bytes.flip(), name(slot));
  }

  /** Stores a slot, at opening also one behind the last: of a journalled creation. */
  void write(long slot, ByteBuffer image) throws IOException {
    next.accumulateAndGet(slot + 1, Math::max);
    file.write(image.duplicate(), slot * InodeCodec.SLOT_BYTES);
  }

  void clear(long slot) throws IOException {
    file.write(ByteBuffer.wrap(EMPTY_SLOT), slot * InodeCodec.SLOT_BYTES);
  }

  /**
   * Shows every inode. A slot that was allocated but not written by a killed process is skipped.
   */
  void scan(InodeVisitor visitor) throws IOException {
    ByteBuffer chunk = ByteBuffer.allocate(SCAN_SLOTS * InodeCodec.SLOT_BYTES);
    for (long slot = 0; ; slot += SCAN_SLOTS) {
      chunk.clear();
      int read = file.readSome(chunk, slot * InodeCodec.SLOT_BYTES);
      for (int i = 0; (i + 1) * InodeCodec.SLOT_BYTES <= read; i++) {
        ByteBuffer one = chunk.slice(i * InodeCodec.SLOT_BYTES, InodeCodec.SLOT_BYTES);
        Inode inode = InodeCodec.decode(one, name(slot + i));
        if (inode != null) {
          visitor.see(inode);
        }
      }
      if (read < chunk.capacity()) {
        return;
      }
    }
  }

  void sync() throws IOException {
    file.sync();
  }

  private String name(long slot) {
    return "slot " + slot + " of the inode table of MDT " + mdt;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
