// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import io.kmesh.core.internal.mirror.MirrorKeys;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.store.Sha256;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the index says that the store has and is to have of each inode. The caller holds the lock.
 */
final class PushView implements PushPlan.World {
  private final TreeIndex index;
  private final MirrorKeys keys;

  PushView(TreeIndex index, MirrorKeys keys) {
    this.index = index;
    this.keys = keys;
  }

  /**
   * A name that the store is to show.
   *
   * @param directory its directory; 0 for the root
   * @param name the name; empty for the root
   * @param path where it is
   * @param key where the store shows it
   */
  record Named(long directory, PathBytes name, PathBytes path, String key) {}

  /** What an inode is to look like in the store. */
  record Wanted(List<Named> names, @Nullable Named holder) {
    /** The name that a key shows. */
    @Nullable Named at(String key) {
      for (Named name : names) {
        if (name.key().equals(key)) {
          return name;
        }
      }
      return null;
    }
  }

  @Override
  public long inodeAt(String key) throws IOException {
    StoredObject there = index.object(key);
    if (there == null) {
      return NOTHING;
    }
    return there.attempt().isEmpty() || there.inode() == 0 ? FOREIGN : there.inode();
  }

  @Override
  public PushItem item(long number) throws IOException {
    TreeMap<String, Shown> have = new TreeMap<>();
    for (StoredObject object : index.shownBy(number)) {
      have.put(object.key(), shown(object));
    }
    TreeMap<String, Shown> want = new TreeMap<>();
    Inode inode = index.inode(number);
    if (inode == null || (inode.links() <= 0 && !inode.isDirectory())) {
      return new PushItem(number, at(inode), false, inode != null, want, have);
    }
    Wanted wanted = wanted(inode);
    Named holder = wanted.holder();
    if (holder != null) {
      for (Named name : wanted.names()) {
        boolean isLink = !name.equals(holder);
        String tag = isLink ? "to " + holder.path() : tag(inode, name.key());
        want.put(name.key(), new Shown(isLink, tag));
      }
    }
    boolean isSpooled = inode.body() instanceof Body.Spooled;
    return new PushItem(number, at(inode), isSpooled, want.isEmpty(), want, have);
  }

  private static @Nullable String at(@Nullable Inode inode) {
    return inode != null && inode.body() instanceof Body.InObject object ? object.key() : null;
  }

  private static Shown shown(StoredObject object) {
    if (object.isHardLink()) {
      return new Shown(true, "to " + object.target());
    }
    Sha256 digest = object.attributes();
    return new Shown(false, digest == null ? "" : digest.toString());
  }

  private String tag(Inode inode, String key) throws IOException {
    Set<Change> changes = index.changes(inode.number());
    boolean isBytes = changes.contains(Change.BYTES);
    StoredObject there = index.object(key);
    boolean isSame = there != null && there.inode() == inode.number() && !there.isHardLink();
    if (there != null && isSame && !isBytes && !changes.contains(Change.ATTRIBUTES)) {
      return shown(there).tag();
    }
    // A file that is all holes has no bytes by which its object would be known to be old.
    String dirty = isBytes && inode.isRegular() && inode.body() instanceof Body.Holes ? "!" : "";
    return IndexCodec.attributesDigest(inode) + dirty;
  }

  /** The names of an inode that the store is to show. */
  Wanted wanted(Inode inode) throws IOException {
    List<Named> names = new ArrayList<>();
    if (inode.number() == TreeIndex.ROOT) {
      boolean isShown =
          index.object(MirrorKeys.ROOT) != null
              || index.changes(TreeIndex.ROOT).contains(Change.ATTRIBUTES);
      if (isShown) {
        names.add(new Named(0, PathBytes.EMPTY, PathBytes.EMPTY, MirrorKeys.ROOT));
      }
      return new Wanted(names, names.isEmpty() ? null : names.get(0));
    }
    for (Name name : index.allNames(inode.number())) {
      PathBytes path = index.path(name.directory(), name.name());
      if (path != null && !OwnNames.isOwn(path)) {
        String key = inode.isDirectory() ? keys.ofDirectory(path) : keys.ofFile(path);
        names.add(new Named(name.directory(), name.name(), path, key));
      }
    }
    names.sort(Comparator.comparing(Named::key));
    return new Wanted(names, holder(inode, names));
  }

  private @Nullable Named holder(Inode inode, List<Named> names) throws IOException {
    for (Named name : names) {
      if (name.key().equals(at(inode))) {
        return name;
      }
    }
    for (Named name : names) {
      StoredObject there = index.object(name.key());
      if (there != null && there.inode() == inode.number() && !there.isHardLink()) {
        return name;
      }
    }
    return names.isEmpty() ? null : names.get(0);
  }
}
