// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Values by keys, both bytes, in the order of the keys' unsigned bytes: what is too large and
 * changes too often for records of a state, such as what a flow knows of each file. Calls see what
 * was put before, committed or not. One thread at a time.
 */
public interface OrderedStore extends Closeable {
  /** The longest key in bytes. */
  int MOST_KEY = 1024;

  /** The longest value in bytes. */
  int MOST_VALUE = 16 << 20;

  /** The value of a key; null when it has none. The array is the caller's. */
  byte @Nullable [] get(byte[] key) throws IOException;

  /** Sets a key's value. */
  void put(byte[] key, byte[] value) throws IOException;

  /** Takes a key away; it need not be there. */
  void remove(byte[] key) throws IOException;

  /**
   * The entries from a key on, before another. What is put or removed behind the cursor's place is
   * seen or not; what is ahead of a batch that it has read is seen.
   *
   * @param from inclusive
   * @param to exclusive; null for no end
   */
  Cursor scan(byte[] from, byte @Nullable [] to) throws IOException;

  /**
   * Makes all that was put and removed since the last commit durable, whole or not at all.
   *
   * @throws IOException when it is unknown whether it did; the store takes nothing more then
   */
  void commit() throws IOException;

  /** Drops what was put and removed since the last commit. */
  void rollback() throws IOException;

  /** Drops what was not committed. */
  @Override
  void close() throws IOException;

  /** Entries in order. */
  interface Cursor extends Closeable {
    /** Goes to the next entry; false at the end. */
    boolean next() throws IOException;

    /** The key of the entry that {@link #next} went to. The array is the caller's. */
    byte[] key();

    /** Its value. The array is the caller's. */
    byte[] value();

    @Override
    void close();
  }
}
