// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import io.kmesh.core.internal.state.OrderedStore;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a prefix of a store and of the tree that it shows, in the rows of
 * docs/format/object-tree.md. Rows only: what belongs together, as a name and the count of names,
 * is the caller's. Calls see what was put before, committed or not; a row that can't be read is
 * CORRUPT. One thread at a time.
 */
final class TreeIndex implements Closeable {
  /** The inode of the top directory. */
  static final long ROOT = 1;

  /** The longest key of an object, without the prefix, in bytes of UTF-8. */
  static final int LONGEST_KEY = OrderedStore.MOST_KEY - 1;

  /** More names from an inode up to the root are a circle. */
  private static final int DEEPEST = 100_000;

  /**
   * What an index is of.
   *
   * @param store the store's URI
   * @param prefix the prefix of all keys
   * @param device the device of the tree's files: another one in each index, so that numbers of one
   *     that was lost are not taken for those of this one
   * @param nextInode the next number of an inode
   * @param nextSpool the next number of a spool file
   */
  record Head(String store, String prefix, long device, long nextInode, long nextSpool) {}

  /** What is done with each commit. */
  interface OnCommit {
    /** Makes durable what the rows name. */
    void before() throws IOException;

    /**
     * The rows are durable.
     *
     * @param nextSpool the next number of a spool file that they say
     */
    void after(long nextSpool) throws IOException;
  }

  private final OrderedStore rows;
  private @Nullable OnCommit onCommit;
  private Head head;
  private boolean isHeadChanged;

  private TreeIndex(OrderedStore rows, Head head) {
    this.rows = rows;
    this.head = head;
  }

  /**
   * Opens the index of a prefix; a new one has a root directory alone. It owns the rows.
   *
   * @param store the store's URI
   * @param now the times of a new root
   * @throws ProviderException INVALID for the index of another prefix, CORRUPT
   */
  static TreeIndex open(OrderedStore rows, String store, String prefix, FileTime now)
      throws IOException {
    byte[] value = rows.get(IndexKeys.table(IndexKeys.META));
    if (value == null) {
      long device = (new SecureRandom().nextLong() & Long.MAX_VALUE) | 1;
      TreeIndex index = new TreeIndex(rows, new Head(store, prefix, device, ROOT + 1, 1));
      index.isHeadChanged = true;
      index.put(Inode.of(ROOT, FileType.DIRECTORY, 0755, now));
      index.commit();
      return index;
    }
    Head head = read(store + " " + prefix, () -> IndexCodec.head(value));
    if (!head.store().equals(store) || !head.prefix().equals(prefix)) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot use the index of "
              + head.store()
              + " "
              + head.prefix()
              + " for "
              + store
              + " "
              + prefix
              + ": it is of another place. Name the place that it is of, or remove the index.");
    }
    return new TreeIndex(rows, head);
  }

  /** Reads a row. */
  private interface Reading<T> {
    T run() throws ProviderException;
  }

  private static <T> T read(String what, Reading<T> reading) throws ProviderException {
    try {
      return reading.run();
    } catch (ProviderException e) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot use the index of "
              + what
              + ": "
              + e.getMessage()
              + " Remove the index: the next pull makes it anew from the store.",
          e);
    }
  }

  private <T> T read(Reading<T> reading) throws ProviderException {
    return read(head.store() + " " + head.prefix(), reading);
  }

  /** An index that contradicts itself. */
  ProviderException damaged(String reason) {
    return new ProviderException(
        ErrorKind.CORRUPT,
        "Cannot use the index of "
            + head.store()
            + " "
            + head.prefix()
            + ": "
            + reason
            + ". Remove the index: the next pull makes it anew from the store.");
  }

  /** What it is of. */
  Head head() {
    return head;
  }

  /** The rows themselves, for tables of others. */
  OrderedStore rows() {
    return rows;
  }

  /** A number that no inode had. */
  long newInode() {
    Head h = head;
    head = new Head(h.store, h.prefix, h.device, h.nextInode + 1, h.nextSpool);
    isHeadChanged = true;
    return h.nextInode;
  }

  /** A number that no spool file had. */
  long newSpool() {
    Head h = head;
    head = new Head(h.store, h.prefix, h.device, h.nextInode, h.nextSpool + 1);
    isHeadChanged = true;
    return h.nextSpool;
  }

  /** An inode; null when there is none of that number. */
  @Nullable Inode inode(long number) throws IOException {
    byte[] value = rows.get(IndexKeys.number(IndexKeys.INODE, number));
    return value == null ? null : read(() -> IndexCodec.inode(number, value));
  }

  /** An inode that something leads to. */
  Inode existing(long number) throws IOException {
    Inode inode = inode(number);
    if (inode == null) {
      throw damaged("inode " + number + " is missing");
    }
    return inode;
  }

  void put(Inode inode) throws IOException {
    rows.put(IndexKeys.number(IndexKeys.INODE, inode.number()), IndexCodec.write(inode));
  }

  void removeInode(long number) throws IOException {
    rows.remove(IndexKeys.number(IndexKeys.INODE, number));
  }

  /** All inodes, by number. */
  Rows<Inode> inodes() throws IOException {
    return scan(
        IndexKeys.table(IndexKeys.INODE),
        (key, value) -> IndexCodec.inode(IndexKeys.numberOf(key), value));
  }

  /** The entry of a name; null when there is none. */
  @Nullable Entry entry(long directory, PathBytes name) throws IOException {
    byte[] key = IndexKeys.entry(directory, name);
    byte[] value = rows.get(key);
    return value == null ? null : read(() -> IndexCodec.entry(key, value));
  }

  /** The entry at a path below the root; null when there is none, and for the empty path. */
  @Nullable Entry entry(PathBytes path) throws IOException {
    Entry entry = null;
    long directory = ROOT;
    for (PathBytes name : path.names()) {
      if (entry != null && !entry.isDirectory()) {
        return null;
      }
      entry = entry(directory, name);
      if (entry == null) {
        return null;
      }
      directory = entry.inode();
    }
    return entry;
  }

  /** The entries of a directory, by name. */
  Rows<Entry> entries(long directory) throws IOException {
    return scan(IndexKeys.number(IndexKeys.ENTRY, directory), IndexCodec::entry);
  }

  /** The entries of a directory behind a name. */
  Rows<Entry> entriesBehind(long directory, PathBytes name) throws IOException {
    byte[] at = IndexKeys.entry(directory, name);
    byte[] from = Arrays.copyOf(at, at.length + 1);
    byte[] to = IndexKeys.after(IndexKeys.number(IndexKeys.ENTRY, directory));
    return scan(from, to, IndexCodec::entry);
  }

  /** Whether a directory has no entries. */
  boolean isEmpty(long directory) throws IOException {
    try (Rows<Entry> entries = entries(directory)) {
      return !entries.next();
    }
  }

  /** The names of an inode, by directory and name. */
  Rows<Name> names(long inode) throws IOException {
    return scan(IndexKeys.number(IndexKeys.NAME, inode), IndexCodec::name);
  }

  /** The names of an inode in memory. */
  List<Name> allNames(long inode) throws IOException {
    List<Name> all = new ArrayList<>();
    try (Rows<Name> names = names(inode)) {
      while (names.next()) {
        all.add(names.row());
      }
    }
    return all;
  }

  /** The first name of an inode; null when it has none. */
  @Nullable Name firstName(long inode) throws IOException {
    try (Rows<Name> names = names(inode)) {
      return names.next() ? names.row() : null;
    }
  }

  /** One of the names of an inode; null when it does not have it. */
  @Nullable Name name(long inode, long directory, PathBytes name) throws IOException {
    byte[] key = IndexKeys.name(inode, directory, name);
    byte[] value = rows.get(key);
    return value == null ? null : read(() -> IndexCodec.name(key, value));
  }

  /**
   * Makes an entry, in place of what the name led to: the rows {@code D} and {@code N}, not the
   * count of names.
   *
   * @param key the key at which the store shows it; empty when it does not
   */
  void link(Entry entry, String key) throws IOException {
    Entry before = entry(entry.directory(), entry.name());
    if (before != null && before.inode() != entry.inode()) {
      unlink(before);
    }
    rows.put(IndexKeys.entry(entry.directory(), entry.name()), IndexCodec.write(entry));
    rows.put(
        IndexKeys.name(entry.inode(), entry.directory(), entry.name()),
        IndexCodec.write(new Name(entry.directory(), entry.name(), key)));
  }

  /** Takes an entry away: the rows {@code D} and {@code N}, not the count of names. */
  void unlink(Entry entry) throws IOException {
    rows.remove(IndexKeys.entry(entry.directory(), entry.name()));
    rows.remove(IndexKeys.name(entry.inode(), entry.directory(), entry.name()));
  }

  /**
   * The path of an inode by its first name; null when it, or a directory above it, has none.
   *
   * @throws ProviderException CORRUPT when directories lead in a circle
   */
  @Nullable PathBytes path(long inode) throws IOException {
    if (inode == ROOT) {
      return PathBytes.EMPTY;
    }
    Name name = firstName(inode);
    return name == null ? null : path(name.directory(), name.name());
  }

  /** The path of a name in a directory; null when a directory above it has no name. */
  @Nullable PathBytes path(long directory, PathBytes name) throws IOException {
    Deque<PathBytes> names = new ArrayDeque<>();
    names.push(name);
    long at = directory;
    while (at != ROOT) {
      Name above = firstName(at);
      if (above == null) {
        return null;
      }
      if (names.size() == DEEPEST) {
        throw damaged("the directories above inode " + directory + " lead in a circle");
      }
      names.push(above.name());
      at = above.directory();
    }
    ByteArrayOutputStream path = new ByteArrayOutputStream();
    for (PathBytes one : names) {
      if (path.size() > 0) {
        path.write('/');
      }
      path.writeBytes(one.toBytes());
    }
    return PathBytes.of(path.toByteArray());
  }

  /** What the store has at a key, as far as is known; null for nothing. */
  @Nullable StoredObject object(String key) throws IOException {
    if (!isKeyPossible(key)) {
      return null;
    }
    byte[] value = rows.get(IndexKeys.text(IndexKeys.OBJECT, key));
    return value == null ? null : read(() -> IndexCodec.object(key, value));
  }

  /** Whether a key, without the prefix, is short enough for the index, and may be a name's. */
  static boolean isKeyPossible(String key) {
    return key.length() <= LONGEST_KEY
        && key.indexOf('\0') < 0
        && key.getBytes(StandardCharsets.UTF_8).length <= LONGEST_KEY;
  }

  void put(StoredObject object) throws IOException {
    shows(object(object.key()), object);
    rows.put(IndexKeys.text(IndexKeys.OBJECT, object.key()), IndexCodec.write(object));
  }

  void removeObject(String key) throws IOException {
    shows(object(key), null);
    rows.remove(IndexKeys.text(IndexKeys.OBJECT, key));
  }

  /** Keeps the keys of the objects that show an inode. */
  private void shows(@Nullable StoredObject before, @Nullable StoredObject after)
      throws IOException {
    long old = before == null ? 0 : before.inode();
    long next = after == null ? 0 : after.inode();
    if (before != null && old != 0 && old != next) {
      rows.remove(IndexKeys.shows(old, before.key()));
    }
    if (after != null && next != 0 && old != next) {
      rows.put(IndexKeys.shows(next, after.key()), IndexKeys.shown(after.key()));
    }
  }

  /** The objects that show an inode, right or not, by key. */
  List<StoredObject> shownBy(long inode) throws IOException {
    List<String> keys = new ArrayList<>();
    byte[] from = IndexKeys.number(IndexKeys.SHOWS, inode);
    try (Rows<String> all = scan(from, IndexKeys::shownKey)) {
      while (all.next()) {
        keys.add(all.row());
      }
    }
    List<StoredObject> objects = new ArrayList<>();
    for (String key : keys) {
      StoredObject object = object(key);
      if (object == null) {
        throw damaged("the object " + key + " of inode " + inode + " is missing");
      }
      objects.add(object);
    }
    return objects;
  }

  /** What the store has at the keys that begin with a text, in the order of their UTF-8 bytes. */
  Rows<StoredObject> objects(String prefix) throws IOException {
    return scan(
        IndexKeys.text(IndexKeys.OBJECT, prefix),
        (key, value) -> IndexCodec.object(IndexKeys.textOf(key), value));
  }

  /** What of an inode is to be pushed; empty for nothing. */
  Set<Change> changes(long inode) throws IOException {
    byte[] value = rows.get(IndexKeys.number(IndexKeys.CHANGE, inode));
    return value == null
        ? EnumSet.noneOf(Change.class)
        : read(() -> IndexCodec.changes(inode, value));
  }

  /** Whether something of an inode is to be pushed. */
  boolean isChanged(long inode) throws IOException {
    return rows.get(IndexKeys.number(IndexKeys.CHANGE, inode)) != null;
  }

  /** Says that more of an inode is to be pushed. */
  void addChanges(long inode, Change first, Change... more) throws IOException {
    Set<Change> all = EnumSet.of(first, more);
    Set<Change> before = changes(inode);
    if (!before.containsAll(all)) {
      all.addAll(before);
      setChanges(inode, all);
    }
  }

  /** Says what of an inode is to be pushed; nothing takes it from the list. */
  void setChanges(long inode, Set<Change> changes) throws IOException {
    byte[] key = IndexKeys.number(IndexKeys.CHANGE, inode);
    if (changes.isEmpty()) {
      rows.remove(key);
    } else {
      rows.put(key, IndexCodec.write(changes));
    }
  }

  /** The inodes of which something is to be pushed, by number. */
  Rows<Changed> changed() throws IOException {
    return changedBehind(0);
  }

  /** Those behind a number. */
  Rows<Changed> changedBehind(long number) throws IOException {
    return scan(
        IndexKeys.number(IndexKeys.CHANGE, number + 1),
        IndexKeys.after(IndexKeys.table(IndexKeys.CHANGE)),
        (key, value) -> {
          long inode = IndexKeys.numberOf(key);
          return new Changed(inode, IndexCodec.changes(inode, value));
        });
  }

  /**
   * An inode of which something is to be pushed.
   *
   * @param inode its number; the inode itself may be gone
   * @param changes what
   */
  record Changed(long inode, Set<Change> changes) {}

  void put(Intent intent) throws IOException {
    rows.put(IndexKeys.number(IndexKeys.INTENT, intent.number()), IndexCodec.write(intent));
  }

  void removeIntent(long number) throws IOException {
    rows.remove(IndexKeys.number(IndexKeys.INTENT, number));
  }

  /** The steps of the push that is under way, by number. */
  Rows<Intent> intents() throws IOException {
    return scan(
        IndexKeys.table(IndexKeys.INTENT),
        (key, value) -> IndexCodec.intent(IndexKeys.numberOf(key), value));
  }

  /** What the store has at the keys that begin with a text and stand behind a key. */
  Rows<StoredObject> objectsBehind(String prefix, String key) throws IOException {
    byte[] at = IndexKeys.text(IndexKeys.OBJECT, key);
    // Behind the longest key comes none that begins with it.
    boolean isLongest = at.length == OrderedStore.MOST_KEY;
    return scan(
        isLongest ? IndexKeys.after(at) : Arrays.copyOf(at, at.length + 1),
        IndexKeys.after(IndexKeys.text(IndexKeys.OBJECT, prefix)),
        (row, value) -> IndexCodec.object(IndexKeys.textOf(row), value));
  }

  <T> Rows<T> scan(byte[] prefix, Rows.Decoder<T> decoder) throws IOException {
    return scan(prefix, IndexKeys.after(prefix), decoder);
  }

  private <T> Rows<T> scan(byte[] from, byte[] to, Rows.Decoder<T> decoder) throws IOException {
    return new Rows<>(rows.scan(from, to), (key, value) -> read(() -> decoder.decode(key, value)));
  }

  /** Has something done with each commit from now on. */
  void onCommit(OnCommit next) {
    onCommit = next;
  }

  /** Makes all changes since the last commit durable at once. */
  void commit() throws IOException {
    OnCommit with = onCommit;
    if (with != null) {
      with.before();
    }
    if (isHeadChanged) {
      rows.put(IndexKeys.table(IndexKeys.META), IndexCodec.write(head));
    }
    rows.commit();
    isHeadChanged = false;
    if (with != null) {
      with.after(head.nextSpool());
    }
  }

  /**
   * Drops all changes since the last commit. Numbers that were given are not given again while it
   * is open.
   */
  void rollback() throws IOException {
    rows.rollback();
  }

  /** Drops what was not committed. */
  @Override
  public void close() throws IOException {
    rows.close();
  }
}
