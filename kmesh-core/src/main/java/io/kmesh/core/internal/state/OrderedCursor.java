// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Goes over the entries of a file's blocks and the changes that are not in blocks yet, as they are
 * at each step. Not thread-safe.
 */
final class OrderedCursor implements OrderedStore.Cursor {
  private final OrderedFile file;
  private final byte @Nullable [] to;

  /** All entries before it were given. */
  private byte[] position;

  private @Nullable OrderedBlock block;
  private int inBlock;
  private long merges;
  private Map.@Nullable Entry<byte[], byte[]> change;
  private long edits = -1;
  private byte @Nullable [] key;
  private byte @Nullable [] value;
  private boolean isClosed;

  /** Takes both keys over. */
  OrderedCursor(OrderedFile file, byte[] from, byte @Nullable [] to) {
    this.file = file;
    this.position = from;
    this.to = to;
  }

  @Override
  public boolean next() throws IOException {
    key = null;
    value = null;
    if (isClosed) {
      return false;
    }
    while (true) {
      OrderedBuffer buffer = file.buffer();
      OrderedBlock at = block();
      if (edits != buffer.edits()) {
        change = buffer.ceiling(position);
        edits = buffer.edits();
      }
      Map.Entry<byte[], byte[]> changed =
          change != null && at.covers(change.getKey()) ? change : null;
      if (changed == null && inBlock == at.size()) {
        byte[] end = at.end();
        if (end == null || (to != null && Arrays.compareUnsigned(end, to) >= 0)) {
          return false;
        }
        position = end;
        block = null;
        continue;
      }
      int order = -1; // the block's entry comes first
      if (changed != null) {
        order = inBlock == at.size() ? 1 : at.compare(inBlock, changed.getKey());
      }
      byte[] next = changed == null || order < 0 ? at.key(inBlock) : changed.getKey();
      if (to != null && Arrays.compareUnsigned(next, to) >= 0) {
        return false;
      }
      position = Arrays.copyOf(next, next.length + 1); // the least key behind it
      if (order <= 0) {
        value = order < 0 ? at.value(inBlock) : null;
        inBlock++;
      }
      if (changed != null && order >= 0) {
        value = changed.getValue();
        change = buffer.ceiling(position);
      }
      if (value != OrderedBuffer.NONE) {
        key = next;
        return true;
      }
    }
  }

  /** The block at the position. */
  private OrderedBlock block() throws IOException {
    if (block == null || merges != file.merges()) {
      block = file.block(position);
      inBlock = block.ceiling(position, 0);
      merges = file.merges();
    }
    return block;
  }

  @Override
  public byte[] key() {
    return require(key).clone();
  }

  @Override
  public byte[] value() {
    return require(value).clone();
  }

  private static byte[] require(byte @Nullable [] entry) {
    if (entry == null) {
      throw new IllegalStateException("next() has not gone to an entry");
    }
    return entry;
  }

  @Override
  public void close() {
    isClosed = true;
    block = null;
    key = null;
    value = null;
  }
}
