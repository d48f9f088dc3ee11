// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.base;

import io.kmesh.path.PathBytes;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** The keys of a base's store: a letter for the table, then what is looked up. Stateless. */
public final class Keys {
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
    byte[] key = new byte[9];
    key[0] = LOG;
    put(seq, key, 1);
    return key;
  }

  static byte[] name(Link link) {
    return of(NAME, link);
  }

  /** The key of a name in a table that is kept by names. */
  public static byte[] of(byte table, Link link) {
    int at = 1 + NodeId.LENGTH;
    byte[] key = new byte[at + link.name().length()];
    put(table, link.parent(), key);
    link.name().copyTo(ByteBuffer.wrap(key, at, key.length - at));
    return key;
  }

  /** The key of a node in a table that is kept by nodes. */
  public static byte[] of(byte table, NodeId node) {
    byte[] key = new byte[1 + NodeId.LENGTH];
    put(table, node, key);
    return key;
  }

  private static void put(byte table, NodeId node, byte[] key) {
    key[0] = table;
    put(node.replica(), key, 1);
    put(node.number(), key, 9);
  }

  /** By hand: keys are made a dozen times for each entry, and a buffer is an object. */
  private static void put(long value, byte[] key, int at) {
    key[at] = (byte) (value >>> 56);
    key[at + 1] = (byte) (value >>> 48);
    key[at + 2] = (byte) (value >>> 40);
    key[at + 3] = (byte) (value >>> 32);
    key[at + 4] = (byte) (value >>> 24);
    key[at + 5] = (byte) (value >>> 16);
    key[at + 6] = (byte) (value >>> 8);
    key[at + 7] = (byte) value;
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
    byte[] key = new byte[17];
    key[0] = table;
    put(high, key, 1);
    put(low, key, 9);
    return key;
  }
}
