// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.base;

import io.kmesh.path.PathBytes;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** The keys of a base's store: a letter for the table, then what is looked up. Stateless. */
final class Keys {
  static final byte META = 'A';
  static final byte NAME = 'D';
  static final byte LOCAL = 'L';
  static final byte NODE = 'N';
  static final byte LOG = 'S';

  private Keys() {}

  static byte[] node(NodeId id) {
    return of(NODE, id.replica(), id.number());
  }

  static byte[] local(LocalKey key) {
    return of(LOCAL, key.high(), key.low());
  }

  static byte[] log(long seq) {
    return ByteBuffer.allocate(9).put(LOG).putLong(seq).array();
  }

  static byte[] name(Link link) {
    byte[] name = link.name().toBytes();
    return ByteBuffer.allocate(1 + NodeId.LENGTH + name.length)
        .put(NAME)
        .putLong(link.parent().replica())
        .putLong(link.parent().number())
        .put(name)
        .array();
  }

  /** Before the names of a directory. */
  static byte[] names(NodeId parent) {
    return of(NAME, parent.replica(), parent.number());
  }

  /** The first key that does not begin with a prefix. */
  static byte[] after(byte[] prefix) {
    byte[] next = prefix.clone();
    for (int i = next.length - 1; i >= 0; i--) {
      if (++next[i] != 0) {
        return Arrays.copyOf(next, i + 1);
      }
    }
    throw new IllegalArgumentException("There is no key after one of 0xff alone.");
  }

  static NodeId nodeOf(byte[] key) {
    ByteBuffer bytes = ByteBuffer.wrap(key, 1, NodeId.LENGTH);
    return new NodeId(bytes.getLong(), bytes.getLong());
  }

  static Link linkOf(byte[] key) {
    int at = 1 + NodeId.LENGTH;
    return new Link(nodeOf(key), PathBytes.of(key, at, key.length - at));
  }

  static long seqOf(byte[] key) {
    return ByteBuffer.wrap(key, 1, 8).getLong();
  }

  private static byte[] of(byte table, long high, long low) {
    return ByteBuffer.allocate(17).put(table).putLong(high).putLong(low).array();
  }
}
