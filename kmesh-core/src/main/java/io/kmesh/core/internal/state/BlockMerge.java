// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import io.kmesh.spi.ProviderException;
import java.sql.SQLException;
import java.util.Collections;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Puts changes into the blocks that they belong to, in order, so that each block is read and
 * written once. Not thread-safe.
 */
final class BlockMerge {
  /** The most bytes of entries in a block of several: with its header it fits in a page. */
  private static final int MOST = OrderedFile.PAGE_SIZE - 140;

  /** Blocks that are made of a larger one are filled so far, so that they can grow. */
  private static final int WANTED = MOST * 85 / 100;

  /** A block with less is joined with the next. */
  private static final int LEAST = MOST / 4;

  private final BlockTable table;
  private final OrderedEntries merged = new OrderedEntries();
  private Iterator<Map.Entry<byte[], byte[]>> changes = Collections.emptyIterator();
  private Map.@Nullable Entry<byte[], byte[]> change;

  /** Merges into the blocks of a table. */
  BlockMerge(BlockTable table) {
    this.table = table;
  }

  /** Applies changes. */
  void run(OrderedBuffer buffer) throws ProviderException, SQLException {
    changes = buffer.all().iterator();
    advance();
    while (change != null) {
      OrderedBlock block = table.peek(change.getKey());
      byte[] end = block.end();
      merged.clear();
      merge(block);
      while (merged.length() < LEAST && end != null) {
        OrderedBlock next = table.peek(end);
        merge(next);
        table.remove(next);
        end = next.end();
      }
      write(block, end);
    }
  }

  private void advance() {
    change = changes.hasNext() ? changes.next() : null;
  }

  /** Adds a block's entries and the changes in its range to those that are merged. */
  private void merge(OrderedBlock block) {
    byte[] end = block.end();
    int done = 0;
    while (change != null && (end == null || block.covers(change.getKey()))) {
      byte[] key = change.getKey();
      int at = block.ceiling(key, done);
      merged.addAll(block, done, at);
      done = at < block.size() && block.compare(at, key) == 0 ? at + 1 : at;
      if (change.getValue() != OrderedBuffer.NONE) {
        merged.add(key, change.getValue());
      }
      advance();
    }
    merged.addAll(block, done, block.size());
  }

  /** Writes what was merged in the place of a block. */
  private void write(OrderedBlock old, byte @Nullable [] end) throws SQLException {
    int pieces = merged.length() <= MOST ? 1 : (merged.length() + WANTED - 1) / WANTED;
    int wanted = (merged.length() + pieces - 1) / pieces;
    int from = 0;
    byte[] first = old.first();
    do {
      int to = pieces == 1 ? merged.size() : cut(from, wanted);
      byte[] next = to == merged.size() ? end : merged.key(to);
      long id = from == 0 ? old.id() : table.newId();
      OrderedBlock block =
          OrderedBlock.of(id, first, next, merged.array(), merged.starts(from, to));
      if (from == 0) {
        table.replace(block);
      } else {
        table.insert(block);
      }
      from = to;
      first = next == null ? first : next;
    } while (from < merged.size());
  }

  /** Where a piece ends that begins at an entry. */
  private int cut(int from, int wanted) {
    int begin = merged.start(from);
    int to = from + 1;
    while (to < merged.size()
        && merged.start(to) - begin < wanted
        && merged.start(to + 1) - begin <= MOST) {
      to++;
    }
    return to;
  }
}
