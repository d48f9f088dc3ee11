// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.base;

import io.kmesh.core.internal.state.OrderedStore;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A table of its own in a base's store, for what stands beside the registers and is committed with
 * them: docs/format/flow-base.md lists the letters. For the base's thread.
 */
public final class Area {
  private final OrderedStore store;
  private final byte letter;

  Area(OrderedStore store, byte letter) {
    this.store = store;
    this.letter = letter;
  }

  /** The value of a key; null when it has none. */
  public byte @Nullable [] get(byte[] key) throws IOException {
    return store.get(full(key));
  }

  /** Sets a key's value. */
  public void put(byte[] key, byte[] value) throws IOException {
    store.put(full(key), value);
  }

  /** Takes a key away. */
  public void remove(byte[] key) throws IOException {
    store.remove(full(key));
  }

  /** All entries in the order of their keys; keys as given to {@link #put}. */
  public OrderedStore.Cursor all() throws IOException {
    return from(new byte[0]);
  }

  /** The entries from a key on, in the order of their keys. */
  public OrderedStore.Cursor from(byte[] key) throws IOException {
    OrderedStore.Cursor inner = store.scan(full(key), new byte[] {(byte) (letter + 1)});
    return new OrderedStore.Cursor() {
      @Override
      public boolean next() throws IOException {
        return inner.next();
      }

      @Override
      public byte[] key() {
        byte[] whole = inner.key();
        return Arrays.copyOfRange(whole, 1, whole.length);
      }

      @Override
      public byte[] value() {
        return inner.value();
      }

      @Override
      public void close() {
        inner.close();
      }
    };
  }

  private byte[] full(byte[] key) {
    byte[] whole = new byte[key.length + 1];
    whole[0] = letter;
    System.arraycopy(key, 0, whole, 1, key.length);
    return whole;
  }
}
