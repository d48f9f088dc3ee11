// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Bytes from one thread to another through a ring. What was written before the close is still read.
 */
final class MemoryPipe {
  private static final int CAPACITY = 256 << 10;

  private final byte[] ring = new byte[CAPACITY];
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private long written; // guarded by lock, as all below
  private long read;
  private boolean isClosed;

  InputStream input() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] into, int offset, int length) throws IOException {
        return take(into, offset, length);
      }
    };
  }

  OutputStream output() {
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        put(bytes, offset, length);
      }
    };
  }

  private int take(byte[] into, int offset, int length) throws IOException {
    lock.lock();
    try {
      while (read == written) {
        if (isClosed) {
          return -1;
        }
        await();
      }
      int some = (int) Math.min(length, written - read);
      int at = (int) (read % CAPACITY);
      int first = Math.min(some, CAPACITY - at);
      System.arraycopy(ring, at, into, offset, first);
      System.arraycopy(ring, 0, into, offset + first, some - first);
      read += some;
      changed.signalAll();
      return some;
    } finally {
      lock.unlock();
    }
  }

  private void put(byte[] bytes, int offset, int length) throws IOException {
    lock.lock();
    try {
      int done = 0;
      while (done < length) {
        while (!isClosed && written - read == CAPACITY) {
          await();
        }
        if (isClosed) {
          throw new IOException("the connection is closed");
        }
        int some = (int) Math.min(length - done, CAPACITY - (written - read));
        int at = (int) (written % CAPACITY);
        int first = Math.min(some, CAPACITY - at);
        System.arraycopy(bytes, offset + done, ring, at, first);
        System.arraycopy(bytes, offset + done + first, ring, 0, some - first);
        written += some;
        done += some;
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  @SuppressWarnings("WaitNotInLoop") // its callers loop
  private void await() throws IOException {
    try {
      changed.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("the wait for the other side was interrupted", e);
    }
  }

  long written() {
    lock.lock();
    try {
      return written;
    } finally {
      lock.unlock();
    }
  }

  long read() {
    lock.lock();
    try {
      return read;
    } finally {
      lock.unlock();
    }
  }

  void close() {
    lock.lock();
    try {
      isClosed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
