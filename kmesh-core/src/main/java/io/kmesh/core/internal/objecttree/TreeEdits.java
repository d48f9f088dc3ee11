// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import static io.kmesh.core.internal.objecttree.Posix.failure;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.spi.posix.XattrMode;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Changes of names and attributes in the index, as a kernel makes them, each with what is to be
 * pushed for it. The caller holds the lock.
 */
final class TreeEdits {
  private static final int MOST_XATTR = 64 << 10;
  private static final int MOST_TARGET = 4095;
  private static final List<String> NAMESPACES =
      List.of("user.", "trusted.", "security.", "system.");

  private final TreeIndex index;
  private final Spool spool;
  private final KmeshTime time;
  private final Map<Long, Integer> open = new HashMap<>();

  TreeEdits(TreeIndex index, Spool spool, KmeshTime time) {
    this.index = index;
    this.spool = spool;
    this.time = time;
  }

  FileTime now() {
    return FileTime.of(time.now());
  }

  /** An inode behind a handle. */
  Inode open(String verb, long number) throws IOException {
    Inode inode = index.inode(number);
    if (inode == null) {
      throw failure(Errno.ESTALE, verb, "inode " + number);
    }
    return inode;
  }

  /** Where a name of a directory is, for messages. */
  String where(long directory, PathBytes name) throws IOException {
    PathBytes path = index.path(directory, name);
    return path == null ? name.toString() : path.toString();
  }

  /** The entry of a name. */
  Entry entry(String verb, long directory, PathBytes name) throws IOException {
    Posix.checkName(verb, name);
    Entry entry = index.entry(directory, name);
    if (entry == null) {
      throw failure(Errno.ENOENT, verb, where(directory, name));
    }
    return entry;
  }

  /** Makes something new. */
  Inode create(String verb, long directory, PathBytes name, FileType type, int mode)
      throws IOException {
    Posix.checkName(verb, name);
    Posix.checkMode(verb, name, mode);
    Inode parent = index.inode(directory);
    if (parent == null) {
      throw failure(Errno.ENOENT, verb, name);
    }
    if (index.entry(directory, name) != null) {
      throw failure(Errno.EEXIST, verb, where(directory, name));
    }
    Inode inode = Inode.of(index.newInode(), type, mode, now()).withLinks(1);
    if ((parent.mode() & 02000) != 0) {
      inode = inode.withOwner(0, parent.gid());
    }
    index.put(inode);
    index.link(new Entry(directory, name, inode.number(), type), "");
    index.addChanges(inode.number(), Change.BYTES, Change.ATTRIBUTES, Change.NAMES);
    touch(directory);
    return inode;
  }

  void makeSymlink(long directory, PathBytes name, PathBytes target) throws IOException {
    Posix.checkName("link", name);
    if (target.isEmpty()) {
      throw failure(Errno.ENOENT, "make the link", where(directory, name));
    }
    if (target.length() > MOST_TARGET) {
      throw failure(Errno.ENAMETOOLONG, "make the link", where(directory, name));
    }
    index.put(create("make the link", directory, name, FileType.SYMLINK, 0777).withTarget(target));
  }

  void makeNode(long directory, PathBytes name, FileType type, int mode, long rdev)
      throws IOException {
    boolean isDevice = type == FileType.CHARACTER_DEVICE || type == FileType.BLOCK_DEVICE;
    if (!isDevice && type != FileType.FIFO && type != FileType.SOCKET) {
      throw failure(Errno.EINVAL, "make the node", name);
    }
    index.put(create("make the node", directory, name, type, mode).withRdev(isDevice ? rdev : 0));
  }

  void link(long directory, PathBytes name, long to, PathBytes toName) throws IOException {
    Posix.checkName("link", toName);
    Entry entry = entry("link", directory, name);
    if (index.inode(to) == null) {
      throw failure(Errno.ENOENT, "link", toName);
    }
    if (index.entry(to, toName) != null) {
      throw failure(Errno.EEXIST, "link", where(to, toName));
    }
    if (entry.isDirectory()) {
      throw failure(Errno.EPERM, "link", where(directory, name));
    }
    Inode inode = index.existing(entry.inode());
    index.put(inode.withLinks(inode.links() + 1).changed(now()));
    index.link(new Entry(to, toName, entry.inode(), entry.type()), "");
    index.addChanges(entry.inode(), Change.NAMES);
    touch(to);
  }

  void unlink(long directory, PathBytes name) throws IOException {
    Entry entry = entry("unlink", directory, name);
    if (entry.isDirectory()) {
      throw failure(Errno.EISDIR, "unlink", where(directory, name));
    }
    drop(entry);
    touch(directory);
  }

  void removeDirectory(long directory, PathBytes name) throws IOException {
    Entry entry = entry("remove the directory", directory, name);
    checkRemovable(entry);
    drop(entry);
    touch(directory);
  }

  private void checkRemovable(Entry entry) throws IOException {
    if (!entry.isDirectory()) {
      throw failure(Errno.ENOTDIR, "remove the directory", where(entry.directory(), entry.name()));
    }
    if (!index.isEmpty(entry.inode())) {
      throw failure(
          Errno.ENOTEMPTY, "remove the directory", where(entry.directory(), entry.name()));
    }
  }

  /** Takes an entry away. */
  private void drop(Entry entry) throws IOException {
    String key = keyOf(entry);
    if (!key.isEmpty()) {
      shows(key, entry.inode(), 0, PathBytes.EMPTY);
    }
    index.unlink(entry);
    index.addChanges(entry.inode(), Change.NAMES);
    Inode inode = index.existing(entry.inode());
    Inode left = inode.withLinks(inode.links() - 1).changed(now());
    if (entry.isDirectory() || (left.links() <= 0 && !open.containsKey(entry.inode()))) {
      destroy(inode);
    } else {
      index.put(left);
    }
  }

  private String keyOf(Entry entry) throws IOException {
    Name name = index.name(entry.inode(), entry.directory(), entry.name());
    return name == null ? "" : name.key();
  }

  /** Says which name an object shows that the next push moves or removes. */
  private void shows(String key, long inode, long directory, PathBytes name) throws IOException {
    StoredObject there = index.object(key);
    if (there != null && there.inode() == inode) {
      index.put(there.showing(inode, directory, name));
    }
  }

  private void destroy(Inode inode) throws IOException {
    if (inode.body() instanceof Body.Spooled spooled) {
      spool.remove(spooled.number());
    }
    index.removeInode(inode.number());
  }

  void rename(long from, PathBytes name, long to, PathBytes toName, RenameMode mode)
      throws IOException {
    Posix.checkName("rename to", toName);
    Entry entry = entry("rename", from, name);
    if (index.inode(to) == null) {
      throw failure(Errno.ENOENT, "rename to", toName);
    }
    Entry other = index.entry(to, toName);
    if (mode == RenameMode.NO_REPLACE && other != null) {
      throw failure(Errno.EEXIST, "rename to", where(to, toName));
    }
    if (mode == RenameMode.EXCHANGE && other == null) {
      throw failure(Errno.ENOENT, "swap with", where(to, toName));
    }
    checkNoCircle(entry, to);
    if (other != null && mode == RenameMode.EXCHANGE) {
      checkNoCircle(other, from);
      if (other.inode() != entry.inode()) {
        exchange(entry, other);
      }
      return;
    }
    if (other != null) {
      if (other.inode() == entry.inode()) {
        return;
      }
      checkReplaceable(entry, other, from);
      drop(other);
    }
    move(entry, to, toName);
    touch(from);
    if (from != to) {
      touch(to);
    }
  }

  private void checkReplaceable(Entry entry, Entry other, long from) throws IOException {
    String where = where(other.directory(), other.name());
    if (other.isDirectory() && isWithin(from, other.inode())) {
      throw failure(Errno.ENOTEMPTY, "rename to", where);
    }
    if (entry.isDirectory() && !other.isDirectory()) {
      throw failure(Errno.ENOTDIR, "rename to", where);
    }
    if (!entry.isDirectory() && other.isDirectory()) {
      throw failure(Errno.EISDIR, "rename to", where);
    }
    if (other.isDirectory() && !index.isEmpty(other.inode())) {
      throw failure(Errno.ENOTEMPTY, "rename to", where);
    }
  }

  /** A directory can't go below itself. */
  private void checkNoCircle(Entry moved, long into) throws IOException {
    if (moved.isDirectory() && isWithin(into, moved.inode())) {
      throw failure(Errno.EINVAL, "move below itself", where(moved.directory(), moved.name()));
    }
  }

  /** Whether a directory is another one, or below it. */
  private boolean isWithin(long directory, long above) throws IOException {
    long at = directory;
    while (at != above && at != TreeIndex.ROOT) {
      Name name = index.firstName(at);
      if (name == null) {
        return false;
      }
      at = name.directory();
    }
    return at == above;
  }

  private void exchange(Entry a, Entry b) throws IOException {
    String keyOfA = keyOf(a);
    String keyOfB = keyOf(b);
    index.unlink(a);
    index.unlink(b);
    place(a, keyOfA, b.directory(), b.name());
    place(b, keyOfB, a.directory(), a.name());
    touch(a.directory());
    if (a.directory() != b.directory()) {
      touch(b.directory());
    }
  }

  private void move(Entry entry, long to, PathBytes toName) throws IOException {
    String key = keyOf(entry);
    index.unlink(entry);
    place(entry, key, to, toName);
  }

  private void place(Entry entry, String key, long to, PathBytes toName) throws IOException {
    index.link(new Entry(to, toName, entry.inode(), entry.type()), key);
    if (!key.isEmpty()) {
      shows(key, entry.inode(), to, toName);
    }
    index.put(index.existing(entry.inode()).changed(now()));
    index.addChanges(entry.inode(), Change.NAMES);
  }

  private void touch(long directory) throws IOException {
    Inode inode = index.existing(directory);
    FileTime now = now();
    index.put(inode.withTimes(inode.atime(), now).changed(now));
    index.addChanges(directory, Change.ATTRIBUTES);
  }

  /** Puts an inode whose attributes changed. */
  private void changed(Inode inode) throws IOException {
    index.put(inode.changed(now()));
    index.addChanges(inode.number(), Change.ATTRIBUTES);
  }

  void setMode(Inode inode, int mode) throws IOException {
    Posix.checkMode("change the mode of", "inode " + inode.number(), mode);
    if (inode.type() == FileType.SYMLINK) {
      throw failure(Errno.EOPNOTSUPP, "change the mode of the link", "inode " + inode.number());
    }
    changed(inode.withMode(mode));
  }

  void setOwner(Inode inode, long uid, long gid) throws IOException {
    Posix.checkOwner("inode " + inode.number(), uid);
    Posix.checkOwner("inode " + inode.number(), gid);
    Inode next = inode.withOwner(uid < 0 ? inode.uid() : uid, gid < 0 ? inode.gid() : gid);
    if (inode.isRegular()) {
      int groupId = (inode.mode() & 010) != 0 ? 02000 : 0;
      next = next.withMode(inode.mode() & ~(04000 | groupId));
    }
    changed(next);
  }

  void setTimes(Inode inode, FileTime atime, FileTime mtime) throws IOException {
    changed(inode.withTimes(atime, mtime));
  }

  private void checkXattr(String verb, Inode inode, PathBytes name) throws ProviderException {
    Posix.checkXattr(verb, name);
    String text = new String(name.toBytes(), StandardCharsets.ISO_8859_1);
    if (NAMESPACES.stream().noneMatch(text::startsWith)) {
      throw failure(Errno.EOPNOTSUPP, verb, "the extended attribute " + name);
    }
    if (text.startsWith("user.") && !inode.isRegular() && !inode.isDirectory()) {
      throw failure(Errno.EPERM, verb, "the extended attribute " + name);
    }
  }

  void setXattr(Inode inode, PathBytes name, byte[] value, XattrMode mode) throws IOException {
    checkXattr("set", inode, name);
    if (value.length > MOST_XATTR) {
      throw failure(Errno.E2BIG, "set", "the extended attribute " + name);
    }
    boolean isThere = inode.xattrs().containsKey(name);
    if (isThere && mode == XattrMode.CREATE) {
      throw failure(Errno.EEXIST, "set", "the extended attribute " + name);
    }
    if (!isThere && mode == XattrMode.REPLACE) {
      throw failure(Errno.ENODATA, "set", "the extended attribute " + name);
    }
    SortedMap<PathBytes, byte[]> next = new TreeMap<>(inode.xattrs());
    next.put(name, value.clone());
    changed(inode.withXattrs(next));
  }

  void removeXattr(Inode inode, PathBytes name) throws IOException {
    checkXattr("remove", inode, name);
    if (!inode.xattrs().containsKey(name)) {
      throw failure(Errno.ENODATA, "remove", "the extended attribute " + name);
    }
    SortedMap<PathBytes, byte[]> next = new TreeMap<>(inode.xattrs());
    next.remove(name);
    changed(inode.withXattrs(next));
  }

  /** A handle of an inode was opened: it stays while that is open. */
  void opened(long inode) {
    open.merge(inode, 1, Integer::sum);
  }

  /** A handle was closed. */
  void closed(long inode) throws IOException {
    if (open.merge(inode, -1, Integer::sum) == 0) {
      open.remove(inode);
      Inode left = index.inode(inode);
      if (left != null && left.links() <= 0 && !left.isDirectory()) {
        destroy(left);
      }
    }
  }

  /** Removes what had no name when an earlier process ended. */
  void destroyNameless(long number) throws IOException {
    Inode inode = index.inode(number);
    if (inode != null && inode.links() <= 0 && !inode.isDirectory()) {
      destroy(inode);
    }
  }
}
