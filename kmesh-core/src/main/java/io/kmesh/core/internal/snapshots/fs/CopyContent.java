// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.nio.Volume;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.ClosedFileSystemException;
import java.util.BitSet;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a file of a copy: blocks that were written are in a data file, the others show
 * through from the snapshot. What is written counts for all readers at once; the journal learns of
 * it when it is committed, after the data was made durable. Thread-safe; its lock is taken before
 * the volume's.
 */
final class CopyContent {
  /** The bytes of a block. */
  static final int BLOCK = 1 << 20;

  private final CopyVolume volume;
  private final CopyInode inode;
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

  // Guarded by lock, the volatile ones for writing only.
  private Volume.@Nullable Bytes base;
  private OverlayFiles.@Nullable Data file;
  private boolean isChecked;
  private boolean isClosed;
  private boolean isNewFile;
  private long data;
  private long limit;
  private final BitSet local;
  private final BitSet fresh = new BitSet();
  private boolean isDirty;
  private int users;
  private volatile long size;
  private volatile @Nullable FileTime modified;

  CopyContent(CopyVolume volume, CopyInode inode) {
    this.volume = volume;
    this.inode = inode;
    InodeState state = inode.state();
    this.data = state.data();
    this.limit = state.limit();
    this.size = state.size();
    this.local = (BitSet) inode.blocks.clone();
  }

  long size() {
    return size;
  }

  /** When it was written last, unless that is in the journal. */
  @Nullable FileTime modified() {
    return modified;
  }

  CopyInode inode() {
    return inode;
  }

  /** Someone uses it until {@link #release}. */
  void acquire() {
    lock.writeLock().lock();
    try {
      users++;
    } finally {
      lock.writeLock().unlock();
    }
  }

  /** The last user closes the data file. */
  void release() throws IOException {
    lock.writeLock().lock();
    try {
      users--;
      if (users == 0) {
        try {
          commit();
        } finally {
          closeFile();
        }
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  private void closeFile() throws IOException {
    OverlayFiles.Data open = file;
    file = null;
    if (open != null) {
      open.close();
    }
    if (inode.isGone) {
      volume.doom(data);
    }
  }

  private Volume.Bytes base() throws IOException {
    Volume.Bytes bytes = base;
    if (bytes == null) {
      bytes = volume.baseContent(inode.state());
      base = bytes;
    }
    return bytes;
  }

  /** The data file, to write. */
  private OverlayFiles.Data file() throws IOException {
    if (data == 0) {
      data = volume.number();
      isNewFile = true;
      isChecked = true;
    }
    OverlayFiles.Data open = file;
    if (isClosed) {
      throw new ClosedFileSystemException();
    }
    if (open == null && !isNewFile && !volume.files().exists(Overlay.name(data))) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot read what was written to a file of the virtual copy in "
              + volume.files().where()
              + ": "
              + Overlay.name(data)
              + " is missing. Put it back from a backup.");
    }
    if (open == null) {
      open = volume.files().open(Overlay.name(data));
      file = open;
    }
    if (!isChecked) {
      // What was written and never committed must not come to light when the file grows.
      if (open.size() > inode.state().size()) {
        open.truncate(inode.state().size());
      }
      isChecked = true;
    }
    return open;
  }

  private boolean isReady() {
    lock.readLock().lock();
    try {
      return data == 0 || (file != null && isChecked);
    } finally {
      lock.readLock().unlock();
    }
  }

  int read(long offset, ByteBuffer target, boolean isSequential) throws IOException {
    if (!isReady()) {
      lock.writeLock().lock();
      try {
        file();
      } finally {
        lock.writeLock().unlock();
      }
    }
    lock.readLock().lock();
    try {
      int wanted = (int) Math.min(target.remaining(), Math.max(0, size - offset));
      long end = offset + wanted;
      for (long at = offset; at < end; ) {
        long to = run(at, end);
        int restored = target.limit();
        target.limit(target.position() + (int) (to - at));
        if (isLocal(at)) {
          OverlayFiles.Data open = file;
          if (open != null) {
            open.read(target, at);
          }
        } else if (at < limit) {
          target.limit(target.position() + (int) (Math.min(to, limit) - at));
          base().read(at, target, isSequential);
          target.limit(target.position() + (int) (to - Math.max(at, Math.min(to, limit))));
        }
        while (target.hasRemaining()) {
          target.put((byte) 0);
        }
        target.limit(restored);
        at = to;
      }
      return wanted;
    } finally {
      lock.readLock().unlock();
    }
  }

  private boolean isLocal(long offset) {
    int block = (int) (offset / BLOCK);
    return local.get(block) || (long) block * BLOCK >= limit;
  }

  /** The end of what is all local, or all not. */
  private long run(long at, long end) {
    boolean isLocal = isLocal(at);
    long to = (at / BLOCK + 1) * BLOCK;
    while (to < end && isLocal(to) == isLocal) {
      to += BLOCK;
    }
    return Math.min(to, end);
  }

  /**
   * Writes; at the end for a negative offset.
   *
   * @return where the write ended
   */
  long write(long offset, ByteBuffer source) throws IOException {
    lock.writeLock().lock();
    try {
      long from = offset < 0 ? size : offset;
      long end = from + source.remaining();
      if (end == from) {
        return end;
      }
      OverlayFiles.Data open = file();
      for (long at = from / BLOCK * BLOCK; at < end; at += BLOCK) {
        if (!isLocal(at)) {
          fill(open, at, from, end);
        }
      }
      open.write(source, from);
      size = Math.max(size, end);
      touch();
      return end;
    } finally {
      lock.writeLock().unlock();
    }
  }

  private void touch() {
    isDirty = true;
    modified = volume.now();
  }

  /** Makes a block local, with what shows through unless all of it is about to be written. */
  private void fill(OverlayFiles.Data open, long start, long from, long end) throws IOException {
    long stop = Math.min(start + BLOCK, Math.max(size, end));
    if (from > start || end < stop) {
      ByteBuffer block = ByteBuffer.allocate((int) (stop - start));
      block.limit((int) Math.min(stop - start, limit - start));
      base().read(start, block, false);
      open.write(block.clear(), start);
    }
    int number = (int) (start / BLOCK);
    local.set(number);
    fresh.set(number);
  }

  /** Cuts it; a longer size changes nothing. */
  void truncate(long newSize) throws IOException {
    lock.writeLock().lock();
    try {
      if (newSize >= size) {
        return;
      }
      if (newSize == 0) {
        empty();
        return;
      }
      limit = Math.min(limit, newSize);
      size = newSize;
      int first = (int) ((newSize + BLOCK - 1) / BLOCK);
      local.clear(first, Math.max(first, local.length()));
      fresh.clear(first, Math.max(first, fresh.length()));
      touch();
      commit();
      if (data != 0) {
        // The journal knows the new size before the bytes go.
        volume.sync();
        OverlayFiles.Data open = file();
        if (open.size() > newSize) {
          open.truncate(newSize);
        }
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  /** Begins with a new data file, so that the old one is there until the journal is durable. */
  private void empty() throws IOException {
    OverlayFiles.Data open = file;
    file = null;
    if (open != null) {
      open.close();
    }
    if (isNewFile) {
      volume.doom(data);
    }
    data = 0;
    isNewFile = false;
    isChecked = true;
    limit = 0;
    size = 0;
    local.clear();
    fresh.clear();
    touch();
    commit();
  }

  /** Tells the journal what was written, after it was made durable. */
  void commit() throws IOException {
    lock.writeLock().lock();
    try {
      FileTime time = modified;
      if (!isDirty || inode.isGone || time == null) {
        return;
      }
      OverlayFiles.Data open = file;
      if (open != null) {
        open.sync();
      }
      if (isNewFile) {
        volume.files().syncFolder(Overlay.DATA);
      }
      volume.commitContent(inode, data, size, limit, time, fresh);
      isNewFile = false;
      fresh.clear();
      isDirty = false;
      modified = null;
    } finally {
      lock.writeLock().unlock();
    }
  }

  /** Commits and closes whoever uses it. */
  void close() throws IOException {
    lock.writeLock().lock();
    try {
      isClosed = true;
      try {
        commit();
      } finally {
        closeFile();
      }
    } finally {
      lock.writeLock().unlock();
    }
  }
}
