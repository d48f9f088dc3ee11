// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.AllocateMode;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.SyncMode;
import io.kmesh.spi.posix.XattrMode;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/** A regular file in memory; blocks of zeros of 64 KiB count as holes. */
final class MemoryFile implements PosixFile {
  private static final int HOLE = 64 << 10;

  final SortedMap<PathBytes, byte[]> xattrs = new TreeMap<>();
  byte[] bytes;

  /** The size that stat says, when not null. */
  @org.jspecify.annotations.Nullable Long claimedSize;

  MemoryFile(byte[] bytes) {
    this.bytes = bytes.clone();
  }

  @Override
  public int read(ByteBuffer target, long offset) {
    if (offset >= bytes.length) {
      return -1;
    }
    int count = (int) Math.min(target.remaining(), bytes.length - offset);
    target.put(bytes, (int) offset, count);
    return count;
  }

  @Override
  public void write(ByteBuffer source, long offset) {
    int end = (int) offset + source.remaining();
    if (end > bytes.length) {
      bytes = Arrays.copyOf(bytes, end);
    }
    source.get(bytes, (int) offset, source.remaining());
  }

  @Override
  public void truncate(long size) {
    bytes = Arrays.copyOf(bytes, (int) size);
  }

  private boolean isHole(long offset) {
    for (int i = (int) offset; i < Math.min(bytes.length, offset + HOLE); i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  public OptionalLong nextData(long offset) {
    for (long at = offset; at < bytes.length; at = at / HOLE * HOLE + HOLE) {
      if (!isHole(at / HOLE * HOLE)) {
        return OptionalLong.of(at);
      }
    }
    return OptionalLong.empty();
  }

  @Override
  public long nextHole(long offset) {
    for (long at = offset; at < bytes.length; at = at / HOLE * HOLE + HOLE) {
      if (isHole(at / HOLE * HOLE)) {
        return at;
      }
    }
    return bytes.length;
  }

  @Override
  public void allocate(AllocateMode mode, long offset, long length) {
    throw new UnsupportedOperationException();
  }

  @Override
  public FileStat stat() {
    long size = claimedSize == null ? bytes.length : claimedSize;
    long blocks = 0;
    for (long at = 0; at < bytes.length; at += HOLE) {
      blocks += isHole(at) ? 0 : HOLE / 512;
    }
    FileTime time = new FileTime(1_700_000_000L, 123_456_789);
    return new FileStat(
        FileType.REGULAR, 0644, 1000, 100, size, blocks, 1, 1, 1, 0, time, time, time);
  }

  @Override
  public void setMode(int mode) {}

  @Override
  public void setOwner(long uid, long gid) {}

  @Override
  public void setTimes(FileTime atime, FileTime mtime) {}

  @Override
  public List<PathBytes> xattrNames() {
    return List.copyOf(xattrs.keySet());
  }

  @Override
  public Optional<byte[]> xattr(PathBytes name) {
    return Optional.ofNullable(xattrs.get(name));
  }

  @Override
  public void setXattr(PathBytes name, byte[] value, XattrMode mode) {
    xattrs.put(name, value);
  }

  @Override
  public void removeXattr(PathBytes name) {
    xattrs.remove(name);
  }

  @Override
  public void sync(SyncMode mode) {}

  @Override
  public void close() {}
}
