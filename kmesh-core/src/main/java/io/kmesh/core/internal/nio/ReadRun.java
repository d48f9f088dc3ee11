// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.nio;

/** Tells reading on from reading here and there. For one thread at a time. */
public final class ReadRun {
  /** So much in one go means that the rest is wanted too. */
  private static final long ENOUGH = 1 << 20;

  private long end;
  private long length;

  /** Whether a read here goes on with a long one. */
  public boolean isSequential(long offset) {
    return offset == end && length >= ENOUGH;
  }

  /** Notes a read. */
  public void read(long to, int count) {
    length = to - count == end ? length + count : count;
    end = to;
  }
}
