// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.posix;

import io.kmesh.spi.posix.AllocateMode;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.SyncMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.channels.FileChannel;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** An open regular file by its channel. An interrupt of a thread in a call closes it. */
final class NioFile extends NioInode implements PosixFile {
  private final FileChannel channel;

  NioFile(NioEntry entry, @Nullable Object key, FileChannel channel) {
    super(entry, key);
    this.channel = channel;
  }

  @Override
  public int read(ByteBuffer target, long offset) throws IOException {
    if (target.isReadOnly()) {
      throw new ReadOnlyBufferException();
    }
    try {
      return target.hasRemaining() || !channel.isOpen() ? channel.read(target, offset) : 0;
    } catch (IOException | RuntimeException e) {
      throw NioFailures.of(
          "read " + target.remaining() + " bytes at " + offset + " of", place(), e);
    }
  }

  @Override
  public void write(ByteBuffer source, long offset) throws IOException {
    int size = source.remaining();
    try {
      long at = offset;
      while (source.hasRemaining()) {
        at += channel.write(source, at);
      }
    } catch (IOException | RuntimeException e) {
      throw NioFailures.of("write " + size + " bytes at " + offset + " of", place(), e);
    }
  }

  @Override
  public void truncate(long size) throws IOException {
    try {
      channel.truncate(size);
      // java.nio only cuts; a byte at the end grows it.
      if (channel.size() < size) {
        channel.write(ByteBuffer.allocate(1), size - 1);
      }
    } catch (IOException | RuntimeException e) {
      throw NioFailures.of("set the size " + size + " of", place(), e);
    }
  }

  @Override
  public OptionalLong nextData(long offset) throws IOException {
    requireOpen("find data in", place());
    throw NioFailures.unsupported("find data from " + offset + " in", place(), "it sees no holes");
  }

  @Override
  public long nextHole(long offset) throws IOException {
    requireOpen("find a hole in", place());
    throw NioFailures.unsupported(
        "find a hole from " + offset + " in", place(), "it sees no holes");
  }

  @Override
  public void allocate(AllocateMode mode, long offset, long length) throws IOException {
    requireOpen("allocate in", place());
    throw NioFailures.unsupported(
        "allocate (" + mode + ") " + length + " bytes at " + offset + " of",
        place(),
        "it has no fallocate");
  }

  @Override
  public void sync(SyncMode mode) throws IOException {
    try {
      channel.force(mode == SyncMode.ALL);
    } catch (IOException | RuntimeException e) {
      throw NioFailures.of("sync (" + mode + ")", place(), e);
    }
  }

  @Override
  public void close() throws IOException {
    if (markClosed()) {
      try {
        channel.close();
      } catch (IOException e) {
        throw NioFailures.of("close", place(), e);
      }
    }
  }
}
