// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import io.kmesh.core.internal.flows.base.Area;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.core.internal.state.OrderedStore;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Edits that a source made, until those who asked know that it did: table {@code E} of
 * docs/format/flow-base.md. For the base's thread.
 */
final class SourceMemory {
  private static final int FORMAT = 0;

  private final FlowBase base;
  private final Area table;

  SourceMemory(FlowBase base) {
    this.base = base;
    this.table = base.area('E');
  }

  /** Names an edit. */
  record Id(long journal, long number) {
    byte[] key() {
      return ByteBuffer.allocate(2 * Long.BYTES).putLong(journal).putLong(number).array();
    }

    /** What its file is called before it gets its place. */
    PathBytes staged() {
      return PathBytes.of("back-" + Long.toHexString(journal) + "-" + Long.toHexString(number));
    }
  }

  /**
   * A file that was given its place, or is about to be.
   *
   * @param isBeside whether that is beside what somebody else put there
   */
  record Made(PathBytes path, boolean isBeside, long inode, long size, FileTime mtime) {
    /** Whether a file is what was made, and nobody wrote to it since. */
    boolean is(FileStat stat) {
      return stat.isRegular()
          && stat.inode() == inode
          && stat.size() == size
          && stat.mtime().equals(mtime);
    }
  }

  Optional<Made> find(Id id) throws IOException {
    byte[] value = table.get(id.key());
    return value == null ? Optional.empty() : Optional.of(made(value));
  }

  private static Made made(byte[] value) throws ProviderException {
    ByteInput in = new ByteInput(value, "what a flow knows of an edit");
    int format = in.u8();
    if (format != FORMAT) {
      throw in.damaged("format " + format + " is not known");
    }
    boolean isBeside = in.u8() != 0;
    PathBytes path = PathBytes.of(in.block());
    long inode = in.u64BigEndian();
    long size = in.varint(Long.MAX_VALUE, "a size");
    FileTime mtime = BackLog.time(in);
    in.end();
    return new Made(path, isBeside, inode, size, mtime);
  }

  static byte[] value(Made made) {
    ByteOutput out = new ByteOutput(64);
    out.u8(FORMAT);
    out.u8(made.isBeside() ? 1 : 0);
    out.block(made.path().toBytes());
    out.u64BigEndian(made.inode());
    out.varint(made.size());
    out.zigzag(made.mtime().seconds());
    out.varint(made.mtime().nanos());
    return out.toBytes();
  }

  /** Remembers an edit durably. */
  void put(Id id, Made made) throws IOException {
    table.put(id.key(), value(made));
    base.commit();
  }

  /** Takes back what was remembered, durably: it did not come to it. */
  void remove(Id id) throws IOException {
    table.remove(id.key());
    base.commit();
  }

  /** Forgets all of a journal before a number; durable with the next commit. */
  void settle(long journal, long before) throws IOException {
    List<byte[]> old = new ArrayList<>();
    try (OrderedStore.Cursor all = table.from(new Id(journal, 0).key())) {
      while (all.next()) {
        ByteBuffer key = ByteBuffer.wrap(all.key());
        if (key.getLong() != journal || Long.compareUnsigned(key.getLong(), before) >= 0) {
          break;
        }
        old.add(all.key());
      }
    }
    for (byte[] key : old) {
      table.remove(key);
    }
  }

  /** All that is remembered. */
  List<Id> all() throws IOException {
    List<Id> ids = new ArrayList<>();
    try (OrderedStore.Cursor all = table.all()) {
      while (all.next()) {
        ByteBuffer key = ByteBuffer.wrap(all.key());
        ids.add(new Id(key.getLong(), key.getLong()));
      }
    }
    return ids;
  }
}
