// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.contract;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.AllocateMode;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.SyncMode;
import io.kmesh.spi.posix.XattrMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** A regular file in memory without holes and extended attributes. Thread-safe. */
final class ArchiveFile implements PosixFile {
  private static final int BLOCK = 512;

  private byte[] bytes; // guarded by this
  private long unreadableFrom = Long.MAX_VALUE; // guarded by this

  ArchiveFile(byte[] bytes) {
    this.bytes = bytes.clone();
  }

  synchronized byte[] bytes() {
    return bytes.clone();
  }

  /** Reads at and behind an offset fail with EIO. */
  synchronized void breakAt(long offset) {
    unreadableFrom = offset;
  }

  @Override
  public synchronized int read(ByteBuffer target, long offset) throws IOException {
    if (offset + target.remaining() > unreadableFrom) {
      throw new ProviderException(
          ErrorKind.TRANSIENT, "Cannot read at " + offset + ": a planned fault.");
    }
    if (offset >= bytes.length) {
      return -1;
    }
    int count = (int) Math.min(target.remaining(), bytes.length - offset);
    target.put(bytes, (int) offset, count);
    return count;
  }

  @Override
  public synchronized void write(ByteBuffer source, long offset) {
    int end = Math.toIntExact(offset + source.remaining());
    if (end > bytes.length) {
      bytes = Arrays.copyOf(bytes, end);
    }
    source.get(bytes, (int) offset, source.remaining());
  }

  @Override
  public synchronized void truncate(long size) {
    bytes = Arrays.copyOf(bytes, Math.toIntExact(size));
  }

  @Override
  public synchronized OptionalLong nextData(long offset) {
    return offset < bytes.length ? OptionalLong.of(offset) : OptionalLong.empty();
  }

  @Override
  public synchronized long nextHole(long offset) {
    return bytes.length;
  }

  @Override
  public void allocate(AllocateMode mode, long offset, long length) {
    // Space is no matter in memory.
  }

  @Override
  public synchronized FileStat stat() {
    FileTime time = new FileTime(1_700_000_000L, 123_456_789);
    long blocks = (bytes.length + BLOCK - 1L) / BLOCK;
    return new FileStat(
        FileType.REGULAR, 0644, 1000, 100, bytes.length, blocks, 1, 1, 1, 0, time, time, time);
  }

  @Override
  public void setMode(int mode) {}

  @Override
  public void setOwner(long uid, long gid) {}

  @Override
  public void setTimes(FileTime atime, FileTime mtime) {}

  @Override
  public List<PathBytes> xattrNames() {
    return List.of();
  }

  @Override
  public Optional<byte[]> xattr(PathBytes name) {
    return Optional.empty();
  }

  @Override
  public void setXattr(PathBytes name, byte[] value, XattrMode mode) throws IOException {
    throw new ProviderException(
        ErrorKind.UNSUPPORTED, "Cannot set " + name + ": this file has no extended attributes.");
  }

  @Override
  public void removeXattr(PathBytes name) throws IOException {
    throw new ProviderException(
        ErrorKind.UNSUPPORTED, "Cannot remove " + name + ": this file has no such attributes.");
  }

  @Override
  public void sync(SyncMode mode) {}

  @Override
  public void close() {}
}
