// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.base;

import io.kmesh.core.internal.state.OrderedStore;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Knows whether a store was changed since it was committed. For one thread. */
final class WatchedStore implements OrderedStore {
  private final OrderedStore inner;
  private boolean isChanged;

  WatchedStore(OrderedStore inner) {
    this.inner = inner;
  }

  boolean isChanged() {
    return isChanged;
  }

  @Override
  public byte @Nullable [] get(byte[] key) throws IOException {
    return inner.get(key);
  }

  @Override
  public void put(byte[] key, byte[] value) throws IOException {
    isChanged = true;
    inner.put(key, value);
  }

  @Override
  public void remove(byte[] key) throws IOException {
    isChanged = true;
    inner.remove(key);
  }

  @Override
  public Cursor scan(byte[] from, byte @Nullable [] to) throws IOException {
    return inner.scan(from, to);
  }

  @Override
  public void commit() throws IOException {
    inner.commit();
    isChanged = false;
  }

  @Override
  public void rollback() throws IOException {
    inner.rollback();
    isChanged = false;
  }

  @Override
  public void close() throws IOException {
    inner.close();
  }
}
