// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import io.kmesh.core.internal.mirror.MirrorKeys;
import io.kmesh.core.internal.mirror.MirrorObjects;
import io.kmesh.core.internal.objecttree.Scratch.Mark;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Applies to the index what a pull found, without a request. What is gone goes first; then files
 * that were moved are told from new ones, so that they keep their inodes; then all that is there
 * gets its names, those of hard links last. What can't have its name, and what is to be pushed from
 * here, stays as it is and is a problem by its key. One thread at a time; used once.
 */
final class PullApply {
  private final TreeIndex index;
  private final MirrorObjects objects;
  private final MirrorKeys keys;
  private final PullTally tally;
  private final Scratch scratch;

  /** The directory that was needed last, since most neighbours have the same. */
  private PathBytes lastParent = PathBytes.EMPTY;

  private long lastParentInode = TreeIndex.ROOT;
  private long lastTouched;

  PullApply(TreeIndex index, MirrorObjects objects, MirrorKeys keys, PullTally tally) {
    this.index = index;
    this.objects = objects;
    this.keys = keys;
    this.tally = tally;
    this.scratch = new Scratch(index);
  }

  /** Applies all; the caller commits. */
  void run() throws IOException {
    each(
        (key, found) -> {
          depart(key, found);
          if (found.kind() == Found.Kind.GONE) {
            remove(key);
          }
        });
    each(this::claim);
    each(this::arrive);
    each(
        (key, found) -> {
          if (found.kind() == Found.Kind.HARD_LINK) {
            link(key, found);
          }
        });
    keepDangling();
    split();
    bare();
    prune();
    dropNameless();
    scratch.clear();
  }

  private interface Step {
    void run(String key, Found found) throws IOException;
  }

  private void each(Step step) throws IOException {
    try (Rows<Scratch.Row> all = scratch.all()) {
      while (all.next()) {
        step.run(all.row().key(), all.row().found());
      }
    }
  }

  private void problem(String key, String reason, String advice) {
    String full = objects.full(key);
    tally.problem(
        full,
        "Cannot use the object "
            + full
            + " in "
            + objects.store().uri()
            + ": "
            + reason
            + ". "
            + advice);
  }

  private void changedHere(String key) {
    problem(
        key,
        "what it shows was changed here as well and is not pushed",
        "Look at both, and remove or rename one of them.");
  }

  /** Notes which file was at a key where another is now, or none. */
  private void depart(String key, Found found) throws IOException {
    StoredObject old = index.object(key);
    if (old == null || old.inode() == 0 || old.isHardLink() || found.kind() == Found.Kind.SAME) {
      return;
    }
    StoredObject now = found.object();
    boolean hasFid = now != null && Objects.equals(old.fid(), now.fid());
    boolean hasAttempt = now != null && old.attempt().equals(now.attempt());
    scratch.departed(hasFid ? null : old.fid(), hasAttempt ? "" : old.attempt(), old.inode());
  }

  /** Takes away what a key showed. */
  private void remove(String key) throws IOException {
    StoredObject old = index.object(key);
    if (old == null) {
      return;
    }
    if (key.equals(MirrorKeys.ROOT)) {
      index.removeObject(key);
      scratch.mark(Mark.BARE, TreeIndex.ROOT);
      return;
    }
    Name name = old.inode() == 0 ? null : index.name(old.inode(), old.directory(), old.name());
    Inode inode = old.inode() == 0 ? null : index.inode(old.inode());
    if (inode == null) {
      index.removeObject(key);
      return;
    }
    if (index.isChanged(inode.number())) {
      removeChanged(key, old, inode, name);
      return;
    }
    index.removeObject(key);
    if (name == null || !name.key().equals(key)) {
      return;
    }
    Entry entry = new Entry(old.directory(), old.name(), inode.number(), inode.type());
    if (inode.isDirectory()) {
      index.link(entry, "");
      scratch.mark(Mark.BARE, inode.number());
      scratch.mark(Mark.EMPTIED, inode.number());
      return;
    }
    if (!old.isHardLink()) {
      scratch.mark(Mark.BODY_GONE, inode.number());
    }
    detach(entry, inode);
    tally.removed();
  }

  /** What was changed here outlives its object where all of it is here. */
  private void removeChanged(String key, StoredObject old, Inode inode, @Nullable Name name)
      throws IOException {
    Set<Change> changes = index.changes(inode.number());
    boolean isHere = !inode.isRegular() || old.isHardLink() || changes.contains(Change.BYTES);
    if (!isHere) {
      problem(
          key,
          "it is gone, and what it showed was changed here and is not pushed",
          "Restore the object, or remove the file here.");
      return;
    }
    index.removeObject(key);
    if (name != null && name.key().equals(key)) {
      index.link(new Entry(name.directory(), name.name(), inode.number(), inode.type()), "");
    }
    index.addChanges(inode.number(), Change.NAMES);
  }

  private void detach(Entry entry, Inode inode) throws IOException {
    index.unlink(entry);
    Inode now = index.inode(inode.number());
    if (now != null) {
      index.put(now.withLinks(Math.max(0, now.links() - 1)).changed(now.ctime()));
    }
    scratch.mark(Mark.NAME_GONE, entry.inode());
    scratch.mark(Mark.EMPTIED, entry.directory());
    touch(entry.directory());
  }

  /** A directory whose names changed. */
  private void touch(long directory) throws IOException {
    if (directory == lastTouched) {
      return;
    }
    lastTouched = directory;
    Inode inode = index.inode(directory);
    if (inode != null) {
      index.put(inode.changed(inode.ctime()));
    }
  }

  /** Gives a file the inode that it had, here or where it came from. */
  private void claim(String key, Found found) throws IOException {
    if (found.kind() != Found.Kind.ENTRY || found.entry().isDirectory()) {
      return;
    }
    StoredObject now = found.stored();
    StoredObject old = index.object(key);
    long claimed = 0;
    if (old != null && !old.isHardLink() && isSameFile(old, now)) {
      claimed = old.inode();
    }
    if (claimed == 0) {
      claimed = scratch.departed(now.fid(), now.attempt());
    }
    if (claimed == 0 || scratch.isMarked(Mark.CLAIMED, claimed) || index.isChanged(claimed)) {
      return;
    }
    Inode inode = index.inode(claimed);
    if (inode != null && inode.type() == found.entry().type()) {
      scratch.mark(Mark.CLAIMED, claimed);
      scratch.found(key, found.withAssigned(claimed));
    }
  }

  private static boolean isSameFile(StoredObject old, StoredObject now) {
    return (now.fid() != null && old.fid() != null)
        ? now.fid().equals(old.fid())
        : !now.attempt().isEmpty() && now.attempt().equals(old.attempt());
  }

  private void arrive(String key, Found found) throws IOException {
    switch (found.kind()) {
      case SAME -> {
        StoredObject old = index.object(key);
        if (old != null) {
          index.put(old.modified(found.modified()));
        }
      }
      case OTHER -> {
        remove(key);
        if (index.object(key) == null) {
          index.put(found.stored());
        }
      }
      case ENTRY -> {
        if (found.path().isEmpty()) {
          root(found);
        } else {
          enter(key, found);
        }
      }
      default -> {}
    }
  }

  private void root(Found found) throws IOException {
    Inode before = index.existing(TreeIndex.ROOT);
    Inode next = before;
    if (!index.isChanged(TreeIndex.ROOT)) {
      next = merged(found, before);
      index.put(next);
      tally.changed();
    }
    index.put(
        found
            .stored()
            .showing(
                new Entry(0, PathBytes.EMPTY, TreeIndex.ROOT, FileType.DIRECTORY),
                IndexCodec.attributesDigest(next)));
  }

  /**
   * Where a key's entry is, or is to be: where it was, since a directory above it may have been
   * renamed here; else at its path.
   *
   * @return the entry, of inode 0 when there is none yet; null when it can't be there
   */
  private @Nullable Entry place(String key, Found found) throws IOException {
    StoredObject old = index.object(key);
    if (old != null && old.inode() != 0) {
      Name name = index.name(old.inode(), old.directory(), old.name());
      if (name != null
          && name.key().equals(key)
          && (MirrorKeys.saysPath(key)
              || found.path().equals(index.path(old.directory(), old.name())))) {
        return index.entry(old.directory(), old.name());
      }
      if (index.isChanged(old.inode())) {
        changedHere(key);
        return null;
      }
      remove(key);
    }
    long parent = directory(found.path().parent(), found.modified());
    if (parent == 0) {
      problem(
          key, "what is above it is a file, and not a directory", "Remove or rename one of them.");
      return null;
    }
    Entry there = index.entry(parent, found.path().name());
    return there != null ? there : new Entry(parent, found.path().name(), 0, FileType.REGULAR);
  }

  /** The inode of a directory, which is made with those above it; 0 where a file is in the way. */
  private long directory(PathBytes path, FileTime modified) throws IOException {
    if (path.equals(lastParent)) {
      return lastParentInode;
    }
    long at = TreeIndex.ROOT;
    for (PathBytes name : path.names()) {
      Entry entry = index.entry(at, name);
      if (entry == null) {
        Inode made = Inode.of(index.newInode(), FileType.DIRECTORY, 0755, modified);
        entry = new Entry(at, name, made.number(), FileType.DIRECTORY);
        index.put(made);
        index.link(entry, "");
        touch(at);
      } else if (!entry.isDirectory()) {
        return 0;
      }
      at = entry.inode();
    }
    lastParent = path;
    lastParentInode = at;
    return at;
  }

  private void forgetLastParent() {
    lastParent = PathBytes.EMPTY;
    lastParentInode = TreeIndex.ROOT;
    lastTouched = 0;
  }

  private void enter(String key, Found found) throws IOException {
    Entry place = place(key, found);
    if (place == null) {
      return;
    }
    FileType type = found.entry().type();
    long number = found.assigned();
    if (place.inode() != 0) {
      Entry there = free(key, place, type);
      if (there == null) {
        return;
      }
      if (there.inode() != 0 && index.isChanged(there.inode())) {
        changed(key, found, there);
        return;
      }
      if (number == 0 && mayStay(key, there, type)) {
        number = there.inode();
        scratch.mark(Mark.CLAIMED, number);
      }
      if (there.inode() != 0 && there.inode() != number) {
        replaced(found.path(), there);
      }
    }
    put(key, found, place, number);
  }

  /**
   * Sees to it that a name can be that of a key.
   *
   * @return what has the name, of inode 0 for nothing any more; null when another key has it
   */
  private @Nullable Entry free(String key, Entry place, FileType type) throws IOException {
    Name name = index.name(place.inode(), place.directory(), place.name());
    String shown = name == null ? "" : name.key();
    boolean isEmptied = place.isDirectory() && type != FileType.DIRECTORY;
    if (isEmptied) {
      prune();
      if (index.entry(place.directory(), place.name()) == null) {
        return new Entry(place.directory(), place.name(), 0, type);
      }
      if (!shown.equals(key) || !index.isEmpty(place.inode())) {
        problem(
            key,
            "a directory has the same path",
            "Remove or rename what is below it, or this object.");
        return null;
      }
      return place;
    }
    if (shown.equals(key) || (shown.isEmpty() && place.isDirectory())) {
      return place;
    }
    if (shown.isEmpty()) {
      problem(
          key,
          "something was made at its path here that is not pushed",
          "Remove or rename one of them.");
    } else {
      problem(key, objects.full(shown) + " has the same path", "Remove one of them.");
    }
    return null;
  }

  /** What is at a key differs, and what it shows was changed here. */
  private void changed(String key, Found found, Entry there) throws IOException {
    if (!there.isDirectory()) {
      changedHere(key);
      return;
    }
    // Nobody's bytes are lost: the attributes from here are pushed over those of the object.
    index.link(there, key);
    index.put(found.stored().showing(there, null));
  }

  /** Whether what a name led to is still what it leads to, with other bytes or attributes. */
  private boolean mayStay(String key, Entry there, FileType type) throws IOException {
    if (there.inode() == 0
        || there.type() != type
        || scratch.isMarked(Mark.CLAIMED, there.inode())) {
      return false;
    }
    StoredObject old = index.object(key);
    // What was one more name of a file has its bytes now: the same file only if nobody else has.
    return old == null || !old.isHardLink() || scratch.isMarked(Mark.BODY_GONE, there.inode());
  }

  /** Another inode gets a name: the hard links to it follow. */
  private void replaced(PathBytes path, Entry there) throws IOException {
    List<Name> others = index.allNames(there.inode());
    Inode inode = index.existing(there.inode());
    detach(there, inode);
    for (Name other : others) {
      StoredObject object = other.key().isEmpty() ? null : index.object(other.key());
      if (object != null
          && object.isHardLink()
          && object.target().equals(path)
          && !scratch.isFound(other.key())) {
        PathBytes at = index.path(other.directory(), other.name());
        if (at != null) {
          scratch.found(other.key(), new Found(Found.Kind.HARD_LINK, at, object, null, 0));
        }
      }
    }
  }

  private void put(String key, Found found, Entry place, long assigned) throws IOException {
    long number = assigned == 0 ? index.newInode() : assigned;
    Inode before = assigned == 0 ? null : index.inode(number);
    FileType type = found.entry().type();
    Entry entry = new Entry(place.directory(), place.name(), number, type);
    boolean isNew = index.name(number, entry.directory(), entry.name()) == null;
    Inode next =
        before == null ? numbered(found.entry(), number, found.modified()) : merged(found, before);
    if (before != null && before.body() instanceof Body.InObject body && !body.key().equals(key)) {
      scratch.moved(before);
    }
    if (isNew && type != FileType.DIRECTORY) {
      next = next.withLinks(next.links() + 1).changed(next.ctime());
    }
    if (isNew) {
      touch(entry.directory());
    }
    index.put(next);
    index.link(entry, key);
    index.put(found.stored().showing(entry, IndexCodec.attributesDigest(next)));
    tally.changed();
  }

  private static Inode numbered(Inode entry, long number, FileTime modified) {
    return new Inode(
        number,
        entry.type(),
        entry.mode(),
        entry.uid(),
        entry.gid(),
        entry.atime(),
        entry.mtime(),
        modified,
        entry.size(),
        entry.rdev(),
        entry.links(),
        entry.target(),
        entry.xattrs(),
        entry.body());
  }

  /** An inode with what its object says now; changed only where that differs. */
  private static Inode merged(Found found, Inode before) {
    Inode next = numbered(found.entry(), before.number(), before.ctime()).withLinks(before.links());
    return isEqual(before, next) ? next : next.changed(found.modified());
  }

  private static boolean isEqual(Inode before, Inode next) {
    return before.mode() == next.mode()
        && before.uid() == next.uid()
        && before.gid() == next.gid()
        && before.mtime().equals(next.mtime())
        && before.size() == next.size()
        && before.rdev() == next.rdev()
        && before.target().equals(next.target())
        && before.sameXattrs(next.xattrs())
        && isEqual(before.body(), next.body());
  }

  private static boolean isEqual(Body before, Body next) {
    if (before instanceof Body.InObject a && next instanceof Body.InObject b) {
      return a.extents().equals(b.extents())
          && ((a.sha256() != null && b.sha256() != null)
              ? a.sha256().equals(b.sha256())
              : a.etag().equals(b.etag()));
    }
    return before.equals(next);
  }

  /** Gives a hard link's name to the file that it names. */
  private void link(String key, Found found) throws IOException {
    StoredObject object = found.stored();
    long target = target(object.target());
    if (target == 0) {
      noTarget(key, object);
      return;
    }
    Entry place = place(key, found);
    if (place == null) {
      return;
    }
    Inode inode = index.existing(target);
    StoredObject old = index.object(key);
    if (old != null && !old.isHardLink() && old.inode() != 0) {
      scratch.mark(Mark.BODY_GONE, old.inode()); // its other names can't name this one any more
    }
    if (place.inode() != 0) {
      Entry there = free(key, place, inode.type());
      if (there == null) {
        return;
      }
      if (there.inode() != 0 && there.inode() != target && index.isChanged(there.inode())) {
        changedHere(key);
        return;
      }
      if (there.inode() != 0 && there.inode() != target) {
        detach(there, index.existing(there.inode()));
      }
    }
    Entry entry = new Entry(place.directory(), place.name(), target, inode.type());
    if (index.name(target, entry.directory(), entry.name()) == null) {
      Inode now = index.existing(target);
      index.put(now.withLinks(now.links() + 1).changed(now.ctime()));
      touch(entry.directory());
      tally.changed();
    }
    index.link(entry, key);
    index.put(object.showing(entry, null));
  }

  /** The inode of the file whose bytes the store has at a path; 0 for none. */
  private long target(PathBytes path) throws IOException {
    String key = keys.ofFile(path);
    StoredObject object = index.object(key);
    if (object == null) {
      Entry entry = index.entry(path);
      Name name = entry == null ? null : index.name(entry.inode(), entry.directory(), entry.name());
      object = name == null || name.key().isEmpty() ? null : index.object(name.key());
    }
    if (object == null || object.isHardLink() || scratch.isHardLink(object.key())) {
      return 0;
    }
    Inode inode = index.inode(object.inode());
    return inode == null || inode.isDirectory() ? 0 : inode.number();
  }

  /**
   * Hard links to what is not where they say. Their names stay, since what is stored there is only
   * damaged, or on its way; their objects are asked for again until that is known.
   */
  private void keepDangling() throws IOException {
    try (Rows<Long> gone = scratch.marked(Mark.BODY_GONE)) {
      while (gone.next()) {
        for (Name name : index.allNames(gone.row())) {
          StoredObject object = name.key().isEmpty() ? null : index.object(name.key());
          if (object == null || !object.isHardLink() || target(object.target()) == gone.row()) {
            continue;
          }
          index.put(object.unknown());
          if (!scratch.isFound(name.key())) {
            noTarget(name.key(), object);
          }
        }
      }
    }
  }

  /**
   * A file that was moved left a name behind, since what has its key now can't be used: that stays
   * what it was, without the file, whose bytes are elsewhere.
   */
  private void split() throws IOException {
    try (Rows<Inode> moved = scratch.moved()) {
      while (moved.next()) {
        Inode before = moved.row();
        Inode now = index.inode(before.number());
        if (now == null
            || !(before.body() instanceof Body.InObject was)
            || !(now.body() instanceof Body.InObject is)
            || was.key().equals(is.key())) {
          continue;
        }
        StoredObject object = index.object(was.key());
        if (object == null || object.inode() != now.number() || object.isHardLink()) {
          continue;
        }
        Entry entry = index.entry(object.directory(), object.name());
        if (entry == null || entry.inode() != now.number()) {
          continue;
        }
        detach(entry, now);
        long number = index.newInode();
        Entry left = new Entry(entry.directory(), entry.name(), number, entry.type());
        index.put(numbered(before, number, before.ctime()).withLinks(1));
        index.link(left, was.key());
        index.put(object.showing(left, object.attributes()));
        tally.changed();
      }
    }
  }

  private void noTarget(String key, StoredObject object) {
    problem(
        key,
        "the file that it is another name of, " + object.target() + ", is not there",
        "Store that file again, or remove this object.");
  }

  /** Directories without an object of their own have no attributes of their own. */
  private void bare() throws IOException {
    try (Rows<Long> bare = scratch.marked(Mark.BARE)) {
      while (bare.next()) {
        Inode inode = index.inode(bare.row());
        if (inode == null || index.isChanged(inode.number()) || hasObject(inode)) {
          continue;
        }
        Inode next =
            Inode.of(inode.number(), FileType.DIRECTORY, 0755, inode.ctime())
                .withTimes(inode.atime(), inode.mtime())
                .changed(inode.ctime());
        index.put(next);
        tally.changed();
      }
    }
  }

  private boolean hasObject(Inode directory) throws IOException {
    if (directory.number() == TreeIndex.ROOT) {
      return index.object(MirrorKeys.ROOT) != null;
    }
    Name name = index.firstName(directory.number());
    return name != null && !name.key().isEmpty();
  }

  /** Takes away directories that were there for what was below them alone. */
  private void prune() throws IOException {
    forgetLastParent();
    try (Rows<Long> emptied = scratch.marked(Mark.EMPTIED)) {
      while (emptied.next()) {
        long at = emptied.row();
        while (at != TreeIndex.ROOT) {
          Name name = index.firstName(at);
          if (name == null || !name.key().isEmpty() || index.isChanged(at) || !index.isEmpty(at)) {
            break;
          }
          index.unlink(new Entry(name.directory(), name.name(), at, FileType.DIRECTORY));
          index.removeInode(at);
          touch(name.directory());
          tally.removed();
          at = name.directory();
        }
      }
    }
  }

  /** Forgets files that have no name any more. */
  private void dropNameless() throws IOException {
    try (Rows<Long> nameless = scratch.marked(Mark.NAME_GONE)) {
      while (nameless.next()) {
        long number = nameless.row();
        if (index.firstName(number) == null && !index.isChanged(number)) {
          index.removeInode(number);
        }
      }
    }
  }
}
