// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.base;

import io.kmesh.core.internal.state.OrderedStore;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Registers of a base, one after another. Not thread-safe. */
public final class Registers<T> implements Closeable {
  private final OrderedStore.Cursor cursor;
  private final Decoder<T> decoder;

  interface Decoder<T> {
    T decode() throws IOException;
  }

  Registers(OrderedStore.Cursor cursor, Decoder<T> decoder) {
    this.cursor = cursor;
    this.decoder = decoder;
  }

  /** Goes to the next one; false at the end. */
  public boolean next() throws IOException {
    return cursor.next();
  }

  /** The one that {@link #next} went to. */
  public T get() throws IOException {
    return decoder.decode();
  }

  /** All that are left, which closes this. */
  public List<T> toList() throws IOException {
    try (this) {
      List<T> all = new ArrayList<>();
      while (next()) {
        all.add(get());
      }
      return all;
    }
  }

  @Override
  public void close() {
    cursor.close();
  }
}
