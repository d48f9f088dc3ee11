// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/** The keys of an index's store: a letter for the table, then what is looked up. Stateless. */
final class IndexKeys {
  static final byte CHANGE = 'C';
  static final byte ENTRY = 'D';
  static final byte INODE = 'I';
  static final byte META = 'M';
  static final byte NAME = 'N';
  static final byte OBJECT = 'O';
  static final byte PULLED = 'P';
  static final byte SHOWS = 'S';
  static final byte INTENT = 'X';

  private static final int NUMBER = 1 + Long.BYTES;
  private static final int LONGEST_SHOWN = 1_000;

  private IndexKeys() {}

  static byte[] table(byte table) {
    return new byte[] {table};
  }

  static byte[] number(byte table, long number) {
    return ByteBuffer.allocate(NUMBER).put(table).putLong(number).array();
  }

  static byte[] entry(long directory, PathBytes name) {
    byte[] bytes = name.toBytes();
    return ByteBuffer.allocate(NUMBER + bytes.length)
        .put(ENTRY)
        .putLong(directory)
        .put(bytes)
        .array();
  }

  static byte[] name(long inode, long directory, PathBytes name) {
    byte[] bytes = name.toBytes();
    return ByteBuffer.allocate(NUMBER + Long.BYTES + bytes.length)
        .put(NAME)
        .putLong(inode)
        .putLong(directory)
        .put(bytes)
        .array();
  }

  /** Of a key that leaves no room for the number, the beginning and a digest. */
  static byte[] shows(long inode, String key) {
    byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > LONGEST_SHOWN) {
      byte[] digest = sha256(bytes);
      bytes = Arrays.copyOf(bytes, LONGEST_SHOWN);
      System.arraycopy(digest, 0, bytes, LONGEST_SHOWN - digest.length, digest.length);
    }
    return ByteBuffer.allocate(NUMBER + bytes.length).put(SHOWS).putLong(inode).put(bytes).array();
  }

  /** The key itself, where the row's key has no room for it; else nothing. */
  static byte[] shown(String key) {
    byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
    return bytes.length > LONGEST_SHOWN ? bytes : new byte[0];
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  static byte[] text(byte table, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(1 + bytes.length).put(table).put(bytes).array();
  }

  /** The least key behind all that begin with this one. */
  static byte[] after(byte[] prefix) {
    byte[] next = prefix.clone();
    for (int i = next.length - 1; i >= 0; i--) {
      if (++next[i] != 0) {
        return Arrays.copyOf(next, i + 1);
      }
    }
    throw new IllegalArgumentException("There is no key behind one of 0xff alone.");
  }

  /** The number behind the letter, and nothing else. */
  static long numberOf(byte[] key) throws ProviderException {
    ByteInput in = in(key);
    long number = in.u64BigEndian();
    in.end();
    return number;
  }

  /** The text behind the letter. */
  static String textOf(byte[] key) throws ProviderException {
    ByteInput in = in(key);
    return IndexCodec.text(in, in.raw(in.remaining()));
  }

  /** The key of an object that shows an inode. */
  static String shownKey(byte[] key, byte[] value) throws ProviderException {
    ByteInput in = in(key);
    in.u64BigEndian();
    if (value.length > 0) {
      return IndexCodec.text(in, value);
    }
    return IndexCodec.text(in, in.raw(in.remaining()));
  }

  /** A key, of which the letter is read. */
  static ByteInput in(byte[] key) throws ProviderException {
    ByteInput in = new ByteInput(key, "a key of the index of an object tree");
    in.u8();
    return in;
  }
}
