// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal;

import io.kmesh.lustre.Fid;
import io.kmesh.lustre.jna.internal.wire.Abi;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * A little native memory of one thread for the arguments of one call: two names, and a result or a
 * pair of times. What is in it is good until the thread's next call.
 */
public final class Scratch {
  private static final ThreadLocal<Scratch> OF_THREAD = ThreadLocal.withInitial(Scratch::new);
  private static final byte[] PROC_FD = "/proc/self/fd/".getBytes(StandardCharsets.US_ASCII);

  private static final int EMPTY = 0;
  private static final int FIRST = 8;
  private static final int SECOND = FIRST + 320;
  private static final int OUT = SECOND + 320;
  private static final int SIZE = OUT + 256;

  private final ByteBuffer memory = ByteBuffer.allocateDirect(SIZE).order(ByteOrder.nativeOrder());
  private final long base = NativeBuffer.addressOf(memory);

  private Scratch() {
    memory.put(EMPTY, (byte) 0);
  }

  /** The memory of the calling thread. */
  public static Scratch ofThread() {
    return OF_THREAD.get();
  }

  /** The address of an empty C string. */
  public long empty() {
    return base + EMPTY;
  }

  /** Writes a name of at most 255 bytes with its NUL into the first place. */
  public long first(PathBytes name) {
    return put(FIRST, name);
  }

  /** Writes a name of at most 255 bytes with its NUL into the second place. */
  public long second(PathBytes name) {
    return put(SECOND, name);
  }

  private long put(int place, PathBytes name) {
    memory.position(place);
    name.copyTo(memory);
    memory.put((byte) 0);
    return base + place;
  }

  /** Writes {@code /proc/self/fd/N/NAME} into the first place; uses no other. */
  public long throughProc(int fd, PathBytes name) {
    memory.position(FIRST);
    memory.put(PROC_FD);
    memory.put(Integer.toString(fd).getBytes(StandardCharsets.US_ASCII));
    memory.put((byte) '/');
    if (name.isEmpty()) {
      memory.put((byte) '.');
    } else {
      name.copyTo(memory);
    }
    memory.put((byte) 0);
    return base + FIRST;
  }

  /** Writes {@code /proc/self/fd/N} into the first place: the very inode, a link or not. */
  public long throughProc(int fd) {
    memory.position(FIRST);
    memory.put(PROC_FD);
    memory.put(Integer.toString(fd).getBytes(StandardCharsets.US_ASCII));
    memory.put((byte) 0);
    return base + FIRST;
  }

  /** Writes two {@code struct timespec}. */
  public long times(FileTime atime, FileTime mtime) {
    memory.putLong(OUT, atime.seconds());
    memory.putLong(OUT + 8, atime.nanos());
    memory.putLong(OUT + 16, mtime.seconds());
    memory.putLong(OUT + 24, mtime.nanos());
    return base + OUT;
  }

  /** The address of 256 bytes for a result. */
  public long out() {
    return base + OUT;
  }

  public short outShort(int offset) {
    return memory.getShort(OUT + offset);
  }

  public int outInt(int offset) {
    return memory.getInt(OUT + offset);
  }

  /** Reads a FID at the begin of the result. Source: {@code struct lu_fid}. */
  public Fid outFid() {
    return new Fid(outLong(Abi.LuFid.F_SEQ), outInt(Abi.LuFid.F_OID), outInt(Abi.LuFid.F_VER));
  }

  public long outLong(int offset) {
    return memory.getLong(OUT + offset);
  }
}
