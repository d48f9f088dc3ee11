// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

import io.kmesh.core.internal.state.OrderedStore;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** An ordered store in memory: what was committed outlives a crash. */
final class TreeOrdered implements OrderedStore {
  private TreeMap<byte[], byte[]> committed = new TreeMap<>(Arrays::compareUnsigned);
  private TreeMap<byte[], byte[]> now = new TreeMap<>(Arrays::compareUnsigned);

  @Override
  public byte @Nullable [] get(byte[] key) {
    byte[] value = now.get(key);
    return value == null ? null : value.clone();
  }

  @Override
  public void put(byte[] key, byte[] value) {
    now.put(key.clone(), value.clone());
  }

  @Override
  public void remove(byte[] key) {
    now.remove(key);
  }

  @Override
  public Cursor scan(byte[] from, byte @Nullable [] to) {
    return new Cursor() {
      private Map.@Nullable Entry<byte[], byte[]> at;

      @Override
      public boolean next() {
        at = at == null ? now.ceilingEntry(from) : now.higherEntry(at.getKey());
        return at != null && (to == null || Arrays.compareUnsigned(at.getKey(), to) < 0);
      }

      @Override
      public byte[] key() {
        return at.getKey().clone();
      }

      @Override
      public byte[] value() {
        return at.getValue().clone();
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public void commit() {
    committed = new TreeMap<>(now);
  }

  @Override
  public void rollback() {
    now = new TreeMap<>(committed);
  }

  @Override
  public void close() {
    rollback();
  }
}
