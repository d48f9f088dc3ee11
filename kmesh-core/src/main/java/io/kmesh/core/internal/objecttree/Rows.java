// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import io.kmesh.core.internal.state.OrderedStore;
import io.kmesh.spi.ProviderException;
import java.io.Closeable;
import java.io.IOException;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * Rows of a table in the order of their keys. What is changed behind its place is seen or not, what
 * is ahead is seen. One thread at a time.
 */
final class Rows<T> implements Closeable {
  /** Makes a row of its bytes. */
  interface Decoder<T> {
    /** Decodes. */
    T decode(byte[] key, byte[] value) throws ProviderException;
  }

  private final OrderedStore.Cursor cursor;
  private final Decoder<T> decoder;
  private @Nullable T row;

  Rows(OrderedStore.Cursor cursor, Decoder<T> decoder) {
    this.cursor = cursor;
    this.decoder = decoder;
  }

  /** Goes to the next row; false at the end. */
  boolean next() throws IOException {
    row = cursor.next() ? decoder.decode(cursor.key(), cursor.value()) : null;
    return row != null;
  }

  /** The row that {@link #next} went to. */
  T row() {
    T here = row;
    if (here == null) {
      throw new NoSuchElementException("There is no row here.");
    }
    return here;
  }

  @Override
  public void close() {
    cursor.close();
  }
}
