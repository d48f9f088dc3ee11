// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal;

import io.kmesh.spi.posix.AllocateMode;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.util.OptionalLong;

/** An open regular file. Direct buffers are read and written in place. Thread-safe. */
final class JnaFile extends JnaInode implements PosixFile {
  JnaFile(Fd fd, Place place) {
    super(fd, place);
  }

  @Override
  public int read(ByteBuffer target, long offset) throws IOException {
    if (target.isReadOnly()) {
      throw new ReadOnlyBufferException();
    }
    int wanted = target.remaining();
    int number = acquire("read");
    try {
      if (wanted == 0) {
        return 0;
      }
      int n;
      if (target.isDirect()) {
        long address = NativeBuffer.addressOf(target) + target.position();
        try {
          n = readNative(number, address, wanted, offset);
        } finally {
          Reference.reachabilityFence(target);
        }
        target.position(target.position() + n);
      } else {
        try (NativeBuffer buffer = NativeBuffer.take()) {
          n = readNative(number, buffer.address(), Math.min(wanted, buffer.size()), offset);
          target.put(buffer.bytes().slice(0, n));
        }
      }
      return n == 0 ? -1 : n;
    } finally {
      fd.release();
    }
  }

  private int readNative(int number, long address, int wanted, long offset) throws IOException {
    long r = Calls.pread(number, address, wanted, offset);
    if (r < 0) {
      throw Failures.of("read " + wanted + " bytes at " + offset + " of", place, (int) r);
    }
    return (int) r;
  }

  @Override
  public void write(ByteBuffer source, long offset) throws IOException {
    int number = acquire("write");
    try {
      long at = offset;
      while (source.hasRemaining()) {
        at += source.isDirect() ? writeDirect(number, source, at) : writeHeap(number, source, at);
      }
    } finally {
      fd.release();
    }
  }

  private int writeDirect(int number, ByteBuffer source, long offset) throws IOException {
    long address = NativeBuffer.addressOf(source) + source.position();
    int n;
    try {
      n = writeNative(number, address, source.remaining(), offset);
    } finally {
      Reference.reachabilityFence(source);
    }
    source.position(source.position() + n);
    return n;
  }

  private int writeHeap(int number, ByteBuffer source, long offset) throws IOException {
    try (NativeBuffer buffer = NativeBuffer.take()) {
      int size = Math.min(source.remaining(), buffer.size());
      buffer.bytes().put(0, source, source.position(), size);
      int n = writeNative(number, buffer.address(), size, offset);
      source.position(source.position() + n);
      return n;
    }
  }

  private int writeNative(int number, long address, int size, long offset) throws IOException {
    long r = Calls.pwrite(number, address, size, offset);
    if (r < 0) {
      throw Failures.of("write " + size + " bytes at " + offset + " of", place, (int) r);
    }
    return (int) r;
  }

  @Override
  public void truncate(long size) throws IOException {
    int number = acquire("truncate");
    int r;
    try {
      r = Calls.ftruncate(number, size);
    } finally {
      fd.release();
    }
    if (r < 0) {
      throw Failures.of("set the size " + size + " of", place, r);
    }
  }

  @Override
  public OptionalLong nextData(long offset) throws IOException {
    long r = seek(offset, Linux.SEEK_DATA);
    if (r == -Linux.ENXIO) {
      return OptionalLong.empty();
    }
    if (r < 0) {
      throw Failures.of("find data from " + offset + " in", place, (int) r);
    }
    return OptionalLong.of(r);
  }

  @Override
  public long nextHole(long offset) throws IOException {
    long r = seek(offset, Linux.SEEK_HOLE);
    if (r < 0) {
      throw Failures.of("find a hole from " + offset + " in", place, (int) r);
    }
    return r;
  }

  private long seek(long offset, int whence) throws IOException {
    int number = acquire("seek in");
    try {
      // The descriptor's own position is moved too, and used by no call here.
      return Calls.lseek(number, offset, whence);
    } finally {
      fd.release();
    }
  }

  @Override
  public void allocate(AllocateMode mode, long offset, long length) throws IOException {
    int flags =
        switch (mode) {
          case RESERVE -> 0;
          case PUNCH_HOLE -> Linux.FALLOC_FL_PUNCH_HOLE | Linux.FALLOC_FL_KEEP_SIZE;
        };
    int number = acquire("allocate in");
    int r;
    try {
      r = Calls.fallocate(number, flags, offset, length);
    } finally {
      fd.release();
    }
    if (r < 0) {
      throw Failures.of(
          "allocate (" + mode + ") " + length + " bytes at " + offset + " of", place, r);
    }
  }
}
