// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import io.kmesh.core.internal.state.OrderedStore;
import io.kmesh.lustre.Fid;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What a pull keeps for itself in the index: what it found by key ({@code P}), and marks that are
 * made and removed while that is applied ({@code Q}). One thread at a time.
 */
final class Scratch {
  private static final byte MARK = 'Q';

  /** Marks of inodes. */
  enum Mark {
    /** Something of the store shows it now. */
    CLAIMED('c'),
    /** The object that had its bytes is gone. */
    BODY_GONE('m'),
    /** It lost a name. */
    NAME_GONE('n'),
    /** A directory that may be needed no more. */
    EMPTIED('d'),
    /** A directory whose own object is gone. */
    BARE('r');

    private final byte letter;

    Mark(char letter) {
      this.letter = (byte) letter;
    }
  }

  private final TreeIndex index;
  private final OrderedStore rows;

  Scratch(TreeIndex index) {
    this.index = index;
    this.rows = index.rows();
  }

  /** Notes what was found at a key. */
  void found(String key, Found found) throws IOException {
    rows.put(IndexKeys.text(IndexKeys.PULLED, key), found.toBytes());
  }

  /** Whether something was found at a key. */
  boolean isFound(String key) throws IOException {
    return rows.get(IndexKeys.text(IndexKeys.PULLED, key)) != null;
  }

  /** Whether another name of a file was found at a key. */
  boolean isHardLink(String key) throws IOException {
    byte[] value = rows.get(IndexKeys.text(IndexKeys.PULLED, key));
    return value != null && Found.read(key, value).kind() == Found.Kind.HARD_LINK;
  }

  /** What was found, by key. */
  Rows<Row> all() throws IOException {
    return index.scan(
        IndexKeys.table(IndexKeys.PULLED),
        (key, value) -> {
          String text = IndexKeys.textOf(key);
          return new Row(text, Found.read(text, value));
        });
  }

  /**
   * What was found at a key.
   *
   * @param key the key, without the prefix
   * @param found what
   */
  record Row(String key, Found found) {}

  /** Notes which inode had a FID and an attempt. */
  void departed(@Nullable Fid fid, String attempt, long inode) throws IOException {
    if (fid != null) {
      put(fidKey(fid), inode);
    }
    if (!attempt.isEmpty()) {
      put(attemptKey(attempt), inode);
    }
  }

  /** The inode that departed with this FID, or else with this attempt; 0 for none. */
  long departed(@Nullable Fid fid, String attempt) throws IOException {
    long byFid = fid == null ? 0 : get(fidKey(fid));
    return byFid != 0 || attempt.isEmpty() ? byFid : get(attemptKey(attempt));
  }

  private static byte[] fidKey(Fid fid) {
    return ByteBuffer.allocate(18)
        .put(MARK)
        .put((byte) 'f')
        .putLong(fid.sequence())
        .putInt(fid.oid())
        .putInt(fid.version())
        .array();
  }

  private static byte[] attemptKey(String attempt) {
    byte[] text = attempt.getBytes(StandardCharsets.UTF_8);
    int length = Math.min(text.length, 256);
    return ByteBuffer.allocate(2 + length).put(MARK).put((byte) 'a').put(text, 0, length).array();
  }

  private void put(byte[] key, long inode) throws IOException {
    rows.put(key, ByteBuffer.allocate(Long.BYTES).putLong(inode).array());
  }

  private long get(byte[] key) throws IOException {
    byte[] value = rows.get(key);
    return value == null ? 0 : ByteBuffer.wrap(value).getLong();
  }

  void mark(Mark mark, long inode) throws IOException {
    rows.put(markKey(mark, inode), new byte[] {0});
  }

  boolean isMarked(Mark mark, long inode) throws IOException {
    return rows.get(markKey(mark, inode)) != null;
  }

  private static byte[] markKey(Mark mark, long inode) {
    return ByteBuffer.allocate(2 + Long.BYTES).put(MARK).put(mark.letter).putLong(inode).array();
  }

  /** Keeps what a file was before it was found at another key; the first time counts. */
  void moved(Inode before) throws IOException {
    byte[] key = movedKey(before.number());
    if (rows.get(key) == null) {
      rows.put(key, IndexCodec.write(before));
    }
  }

  private static byte[] movedKey(long inode) {
    return ByteBuffer.allocate(2 + Long.BYTES).put(MARK).put((byte) 'i').putLong(inode).array();
  }

  /** What moved files were before. */
  Rows<Inode> moved() throws IOException {
    return index.scan(
        new byte[] {MARK, 'i'},
        (key, value) -> IndexCodec.inode(ByteBuffer.wrap(key, 2, 8).getLong(), value));
  }

  /** The inodes that have a mark, by number. */
  Rows<Long> marked(Mark mark) throws IOException {
    return index.scan(
        new byte[] {MARK, mark.letter}, (key, value) -> ByteBuffer.wrap(key, 2, 8).getLong());
  }

  /** Forgets all. */
  void clear() throws IOException {
    clear(IndexKeys.table(IndexKeys.PULLED));
    clear(IndexKeys.table(MARK));
  }

  private void clear(byte[] table) throws IOException {
    try (OrderedStore.Cursor all = rows.scan(table, IndexKeys.after(table))) {
      while (all.next()) {
        rows.remove(all.key());
      }
    }
  }
}
