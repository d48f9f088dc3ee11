// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.tree;

import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.spi.ProviderException;

/** The form of chunk lists and of their pages: docs/format/repository.md, "Trees". */
public final class ChunkListCodec {
  private static final int LEAST_ENTRY = ChunkName.LENGTH;

  /** More than any content needs: 512 times as much with each. */
  private static final int MOST_DEPTH = 7;

  private ChunkListCodec() {}

  static void write(ByteOutput out, ChunkList list) {
    out.varint(list.names().length);
    out.varint(list.depth());
    boolean isSingle = isSingle(list.names().length, list.depth());
    for (int i = 0; i < list.names().length; i++) {
      if (!isSingle) {
        out.varint(list.lengths()[i]);
      }
      list.names()[i].write(out);
    }
  }

  private static boolean isSingle(int count, int depth) {
    return count == 1 && depth == 0;
  }

  static ChunkList read(ByteInput in, long length) throws ProviderException {
    int count = (int) in.varint(in.remaining() / LEAST_ENTRY, "number of chunks");
    int depth = (int) in.varint(MOST_DEPTH, "depth of a chunk list");
    if (count == 0) {
      if (length != 0 || depth != 0) {
        throw in.damaged("a content of " + length + " bytes has no chunk");
      }
      return ChunkList.EMPTY;
    }
    ChunkName[] names = new ChunkName[count];
    long[] lengths = new long[count];
    long rest = length;
    for (int i = 0; i < count; i++) {
      lengths[i] = isSingle(count, depth) ? length : in.varint(rest, "length of a chunk");
      names[i] = ChunkName.read(in);
      rest -= lengths[i];
    }
    if (rest != 0) {
      throw in.damaged("the chunks of a content are " + rest + " bytes short");
    }
    return new ChunkList(depth, names, lengths);
  }

  /** The bytes of a list page. */
  static byte[] writePage(ChunkList list) {
    ByteOutput out = new ByteOutput(32 * list.names().length + 16);
    out.ascii("C");
    out.u8(0);
    out.varint(list.length());
    write(out, list);
    return out.toBytes();
  }

  /** Reads a list page of a depth: one less than that of the list that names it. */
  public static ChunkList readPage(byte[] page, ChunkName name, int depth)
      throws ProviderException {
    ByteInput in = new ByteInput(page, "the chunk list " + name);
    if (in.u8() != 'C' || in.u8() != 0) {
      throw in.damaged("it is no chunk list of version 0");
    }
    ChunkList list = read(in, in.varint(Long.MAX_VALUE, "length"));
    if (list.depth() != depth) {
      throw in.damaged("it has depth " + list.depth() + " where " + depth + " is named");
    }
    in.end();
    return list;
  }
}
