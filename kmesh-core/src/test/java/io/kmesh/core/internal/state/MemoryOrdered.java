// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** An ordered store in memory, for tests of who uses one. What was committed outlives a close. */
public final class MemoryOrdered implements OrderedStore {
  private final TreeMap<byte[], byte[]> entries = new TreeMap<>(Arrays::compareUnsigned);

  /** What the changes since the last commit took the place of, the last first. */
  private final Deque<Map.Entry<byte[], Optional<byte[]>>> undo = new ArrayDeque<>();

  private boolean isClosed;

  /** Opens it again after a close, or after what would be a crash. */
  public void reopen() {
    undoAll();
    isClosed = false;
  }

  /** Another store with the same entries, committed or not. */
  public MemoryOrdered copy() {
    MemoryOrdered copy = new MemoryOrdered();
    copy.entries.putAll(entries);
    return copy;
  }

  private void require(byte[] key, int valueLength) throws ProviderException {
    if (isClosed || key.length > MOST_KEY || valueLength > MOST_VALUE) {
      throw new ProviderException(
          ErrorKind.INVALID,
          isClosed ? "Cannot use it: it was closed." : "Cannot use it: key or value is too long.");
    }
  }

  @Override
  public byte @Nullable [] get(byte[] key) throws ProviderException {
    require(key, 0);
    byte[] value = entries.get(key);
    return value == null ? null : value.clone();
  }

  @Override
  public void put(byte[] key, byte[] value) throws ProviderException {
    require(key, value.length);
    byte[] own = key.clone();
    undo.push(Map.entry(own, Optional.ofNullable(entries.put(own, value.clone()))));
  }

  @Override
  public void remove(byte[] key) throws ProviderException {
    require(key, 0);
    byte[] own = key.clone();
    undo.push(Map.entry(own, Optional.ofNullable(entries.remove(own))));
  }

  @Override
  public Cursor scan(byte[] from, byte @Nullable [] to) throws ProviderException {
    require(from, 0);
    return new MemoryCursor(from.clone(), to == null ? null : to.clone());
  }

  @Override
  public void commit() throws ProviderException {
    require(new byte[0], 0);
    undo.clear();
  }

  @Override
  public void rollback() throws ProviderException {
    require(new byte[0], 0);
    undoAll();
  }

  private void undoAll() {
    while (!undo.isEmpty()) {
      Map.Entry<byte[], Optional<byte[]>> before = undo.pop();
      if (before.getValue().isPresent()) {
        entries.put(before.getKey(), before.getValue().get());
      } else {
        entries.remove(before.getKey());
      }
    }
  }

  @Override
  public void close() {
    undoAll();
    isClosed = true;
  }

  private final class MemoryCursor implements Cursor {
    private byte[] position;
    private final byte @Nullable [] to;
    private Map.@Nullable Entry<byte[], byte[]> entry;
    private boolean isEnded;

    MemoryCursor(byte[] from, byte @Nullable [] to) {
      this.position = from;
      this.to = to;
    }

    @Override
    public boolean next() throws ProviderException {
      require(new byte[0], 0);
      entry = isEnded ? null : entries.ceilingEntry(position);
      if (entry == null || (to != null && Arrays.compareUnsigned(entry.getKey(), to) >= 0)) {
        entry = null;
        isEnded = true;
        return false;
      }
      position = Arrays.copyOf(entry.getKey(), entry.getKey().length + 1);
      return true;
    }

    private Map.Entry<byte[], byte[]> entry() {
      if (entry == null) {
        throw new IllegalStateException("next() has not gone to an entry");
      }
      return entry;
    }

    @Override
    public byte[] key() {
      return entry().getKey().clone();
    }

    @Override
    public byte[] value() {
      return entry().getValue().clone();
    }

    @Override
    public void close() {
      isEnded = true;
      entry = null;
    }
  }
}
