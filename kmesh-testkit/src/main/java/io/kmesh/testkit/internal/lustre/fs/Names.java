// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.ChangelogRecord;
import io.kmesh.lustre.ChangelogType;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.lustre.Layout;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.testkit.lustre.DirectoryPlacement;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The names of the simulated file system: looking up, creating, linking, renaming, removing. One
 * change at a time; lookups go beside it. Thread-safe.
 */
final class Names {
  private static final int MAX_DEPTH = 8192;

  private final Core core;
  private final Journal journal;
  private final Reaper reaper;
  private final DirectoryPlacement placement;
  private final ReentrantLock lock = new ReentrantLock();
  private long directoriesMade;

  Names(Core core, Journal journal, Reaper reaper, DirectoryPlacement placement) {
    this.core = core;
    this.journal = journal;
    this.reaper = reaper;
    this.placement = placement;
    for (int mdt = 0; mdt < core.inodes.mdts(); mdt++) {
      directoriesMade += core.inodes.everMade(mdt);
    }
  }

  /** What a name holds; ENOENT when there is none. */
  EntryText lookup(DirectoryRef directory, PathBytes name) throws IOException {
    checkName(name);
    PathBytes target;
    try {
      target = directory.host().readSymlink(name);
    } catch (ProviderException e) {
      if (e.errno().filter(Errno.ENOENT::equals).isPresent()) {
        throw Failures.of(
            Errno.ENOENT,
            "find",
            directory.at(name),
            "the directory has no such entry",
            "Check the name.");
      }
      throw e;
    }
    EntryText text = EntryText.parse(target);
    if (text == null) {
      throw Failures.corrupt("the entry " + directory.at(name), "it names no FID");
    }
    return text;
  }

  /** What a name holds; null when there is none, which costs no exception then. */
  @Nullable EntryText find(DirectoryRef directory, PathBytes name) throws IOException {
    checkName(name);
    if (directory.host().find(name).isEmpty()) {
      return null;
    }
    try {
      return lookup(directory, name);
    } catch (ProviderException e) {
      Backing.ignore(e, Errno.ENOENT);
      return null;
    }
  }

  static void checkName(PathBytes name) throws ProviderException {
    if (!name.isName()) {
      throw Failures.of(
          Errno.EINVAL,
          "use the name",
          name,
          "it is empty, \".\", \"..\", longer than 255 bytes or holds a slash",
          "Name one entry of the directory.");
    }
  }

  /**
   * Makes a new inode with a name.
   *
   * @throws IOException EEXIST when the name is taken
   */
  Inode create(DirectoryRef directory, PathBytes name, Birth birth) throws IOException {
    checkName(name);
    lock.lock();
    try {
      if (find(directory, name) != null) {
        throw exists(directory.at(name));
      }
      int mdt = birth.type() == FileType.DIRECTORY ? nextMdt(directory) : core.mdt(directory.fid());
      core.space.checkInode(mdt);
      Fid fid = core.inodes.allocate(mdt);
      Inodes.Stripes held = core.inodes.lock(directory.fid(), fid);
      try {
        NameChange change = new NameChange(core, journal, directory);
        Inode parent = parent(change, directory, "create", directory.at(name));
        Inode made = born(change, parent, fid, name, birth);
        FileTime now = made.ctime;
        change.add(made);
        parent.mtime = now;
        parent.ctime = now;
        if (made.isDirectory()) {
          parent.links++;
          change.step(new HostStep.MakeDirectory(fid));
        }
        change.step(new HostStep.Enter(directory.fid(), name, new EntryText(fid, made.type)));
        change.record(mdt, RecordDraft.ofName(birth.recordType(), 0, fid, directory.fid(), name));
        for (ChangelogType further : birth.further()) {
          change.record(mdt, RecordDraft.of(further, flagsAtBirth(further), fid));
        }
        change.commit();
        core.space.addInode(mdt);
        if (made.isRegular()) {
          core.space.change(fid, null, core.use(made), false);
        }
        return made;
      } finally {
        held.close();
      }
    } finally {
      lock.unlock();
    }
  }

  private static int flagsAtBirth(ChangelogType type) {
    return switch (type) {
      case HSM -> HsmFlags.of(ChangelogRecord.HsmEvent.STATE, 0, false);
      case TRUNC ->
          Attributes.LA_SIZE | Attributes.LA_ATIME | Attributes.LA_MTIME | Attributes.LA_CTIME;
      default -> 0;
    };
  }

  private int nextMdt(DirectoryRef directory) throws IOException {
    return placement == DirectoryPlacement.ROUND_ROBIN
        ? (int) (directoriesMade++ % core.inodes.mdts())
        : core.mdt(directory.fid());
  }

  private Inode born(NameChange change, Inode parent, Fid fid, PathBytes name, Birth birth)
      throws IOException {
    FileTime now = core.now();
    Inode made = new Inode(fid, birth.type());
    made.mode = birth.mode() & 07777;
    made.uid = core.caller.uid();
    made.gid = (parent.mode & 02000) != 0 ? parent.gid : core.caller.gid();
    made.links = made.isDirectory() ? 2 : 1;
    made.rdev = birth.rdev();
    made.atime = now;
    made.mtime = now;
    made.ctime = now;
    InodeVars vars = new InodeVars();
    vars.links.add(new Link(parent.fid, name));
    vars.symlinkTarget = birth.target();
    if (made.isDirectory()) {
      made.size = 4096;
      vars.directoryDefault = change.vars(parent).directoryDefault;
    } else if (birth.target() != null) {
      made.size = birth.target().length();
    } else if (made.isRegular()) {
      made.dataVersion = (fid.oid() & 0xffffL) << 32 | 1;
    }
    birth.prepare().accept(made);
    if (made.isRegular()) {
      Layout asked = birth.layout();
      Placement start = Placement.unplaced(asked != null ? asked : defaultOf(change.vars(parent)));
      vars.placement = made.isStub() ? start : core.space.place(start, fid, 0);
    }
    change.replaceVars(made, vars);
    return made;
  }

  private Layout defaultOf(InodeVars parent) {
    Layout own = parent.directoryDefault;
    return own != null ? own : core.shape.defaultLayout();
  }

  /** The layout that a new file beside an inode's first name gets. */
  Layout defaultBeside(Fid fid) throws IOException {
    InodeVars vars = core.inodes.readVars(fid);
    if (vars.links.isEmpty()) {
      return core.shape.defaultLayout();
    }
    return defaultOf(core.inodes.readVars(vars.links.get(0).parent()));
  }

  /** Makes a further name of an inode. */
  void link(DirectoryRef from, PathBytes name, DirectoryRef to, PathBytes toName)
      throws IOException {
    checkName(toName);
    lock.lock();
    try {
      EntryText text = lookup(from, name);
      if (text.type() == FileType.DIRECTORY) {
        throw Failures.of(
            Errno.EPERM, "link", from.at(name), "it is a directory", "Link files and links only.");
      }
      if (find(to, toName) != null) {
        throw exists(to.at(toName));
      }
      Inodes.Stripes held = core.inodes.lock(to.fid(), text.fid());
      try {
        NameChange change = new NameChange(core, journal, to);
        Inode parent = parent(change, to, "link", to.at(toName));
        Inode inode = change.inode(text.fid());
        InodeVars vars = change.vars(inode);
        vars.links.add(new Link(to.fid(), toName));
        change.replaceVars(inode, vars);
        inode.links++;
        FileTime now = core.now();
        inode.ctime = now;
        parent.mtime = now;
        parent.ctime = now;
        change.step(new HostStep.Enter(to.fid(), toName, text));
        change.record(
            core.mdt(to.fid()),
            RecordDraft.ofName(ChangelogType.HLINK, 0, text.fid(), to.fid(), toName));
        change.commit();
      } finally {
        held.close();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Removes a name of something that is not a directory. */
  void unlink(DirectoryRef directory, PathBytes name) throws IOException {
    boolean isLast;
    Fid fid;
    lock.lock();
    try {
      EntryText text = lookup(directory, name);
      fid = text.fid();
      if (text.type() == FileType.DIRECTORY) {
        throw Failures.of(
            Errno.EISDIR,
            "unlink",
            directory.at(name),
            "it is a directory",
            "Remove it as a directory.");
      }
      Inodes.Stripes held = core.inodes.lock(directory.fid(), fid);
      try {
        NameChange change = new NameChange(core, journal, directory);
        Inode parent = parent(change, directory, "unlink", directory.at(name));
        Inode inode = change.inode(fid);
        core.caller.checkSticky(parent, inode, directory.at(name));
        isLast = dropLink(change, inode, new Link(directory.fid(), name));
        FileTime now = core.now();
        parent.mtime = now;
        parent.ctime = now;
        change.step(new HostStep.Leave(directory.fid(), name, text));
        change.record(
            core.mdt(fid),
            RecordDraft.ofName(
                ChangelogType.UNLNK, unlinkFlags(inode, isLast), fid, directory.fid(), name));
        change.commit();
      } finally {
        held.close();
      }
    } finally {
      lock.unlock();
    }
    if (isLast) {
      reaper.unlinked(fid);
    }
  }

  private static int unlinkFlags(Inode inode, boolean isLast) {
    int flags = isLast ? ChangelogRecord.UNLINK_LAST : 0;
    return isLast && inode.hsm.has(HsmFlag.EXISTS)
        ? flags | ChangelogRecord.UNLINK_HSM_EXISTS
        : flags;
  }

  /** Takes a name from an inode; whether it was the last. */
  private boolean dropLink(NameChange change, Inode inode, Link link) throws IOException {
    InodeVars vars = change.vars(inode);
    vars.links.remove(link);
    change.replaceVars(inode, vars);
    inode.links = inode.isDirectory() ? 0 : inode.links - 1;
    inode.ctime = core.now();
    return inode.links == 0;
  }

  /** Removes an empty directory. */
  void removeDirectory(DirectoryRef directory, PathBytes name) throws IOException {
    Fid fid;
    lock.lock();
    try {
      EntryText text = lookup(directory, name);
      fid = text.fid();
      if (text.type() != FileType.DIRECTORY) {
        throw notDirectory(directory.at(name));
      }
      Inodes.Stripes held = core.inodes.lock(directory.fid(), fid);
      try {
        NameChange change = new NameChange(core, journal, directory);
        Inode parent = parent(change, directory, "remove", directory.at(name));
        Inode inode = change.inode(fid);
        core.caller.checkSticky(parent, inode, directory.at(name));
        checkEmpty(fid, directory.at(name));
        dropLink(change, inode, new Link(directory.fid(), name));
        parent.links--;
        FileTime now = core.now();
        parent.mtime = now;
        parent.ctime = now;
        change.step(new HostStep.RemoveDirectory(fid));
        change.step(new HostStep.Leave(directory.fid(), name, text));
        change.record(
            core.mdt(fid),
            RecordDraft.ofName(
                ChangelogType.RMDIR, ChangelogRecord.UNLINK_LAST, fid, directory.fid(), name));
        change.commit();
      } finally {
        held.close();
      }
    } finally {
      lock.unlock();
    }
    reaper.unlinked(fid);
  }

  /** What is done with inodes of one change. */
  @FunctionalInterface
  interface InodeChange {
    /** Changes inodes that it asks the change for. */
    void apply(NameChange change) throws IOException;
  }

  /** Changes two inodes in one step, or none of them when it throws. */
  void changeTogether(Fid first, Fid second, InodeChange work) throws IOException {
    lock.lock();
    try {
      Inodes.Stripes held = core.inodes.lock(first, second);
      try {
        NameChange change = new NameChange(core, journal);
        work.apply(change);
        change.commit();
      } finally {
        held.close();
      }
    } finally {
      lock.unlock();
    }
  }

  private void checkEmpty(Fid fid, PathBytes name) throws IOException {
    try (PosixDirectory host = core.backing.openDirectory(fid);
        DirectoryCursor cursor = host.entries()) {
      if (!cursor.next().isEmpty()) {
        throw Failures.of(
            Errno.ENOTEMPTY, "remove", name, "the directory has entries", "Remove them first.");
      }
    }
  }

  /** Renames an entry. */
  void rename(DirectoryRef from, PathBytes name, DirectoryRef to, PathBytes toName, RenameMode mode)
      throws IOException {
    checkName(toName);
    Fid freed = null;
    lock.lock();
    try {
      EntryText moved = lookup(from, name);
      EntryText target = find(to, toName);
      if (target != null && mode == RenameMode.NO_REPLACE) {
        throw exists(to.at(toName));
      }
      if (target == null && mode == RenameMode.EXCHANGE) {
        throw Failures.of(
            Errno.ENOENT, "exchange", to.at(toName), "there is no such entry", "Rename instead.");
      }
      if (target != null && target.fid().equals(moved.fid())) {
        return;
      }
      checkLoop(moved, to, from.at(name));
      if (target != null && mode == RenameMode.EXCHANGE) {
        checkLoop(target, from, to.at(toName));
      }
      List<Fid> touched = new ArrayList<>(List.of(from.fid(), to.fid(), moved.fid()));
      if (target != null) {
        touched.add(target.fid());
      }
      Inodes.Stripes held = core.inodes.lock(touched.toArray(new Fid[0]));
      try {
        if (mode == RenameMode.EXCHANGE && target != null) {
          exchange(from, name, moved, to, toName, target);
        } else {
          freed = move(from, name, moved, to, toName, target);
        }
      } finally {
        held.close();
      }
    } finally {
      lock.unlock();
    }
    if (freed != null) {
      reaper.unlinked(freed);
    }
  }

  private @Nullable Fid move(
      DirectoryRef from,
      PathBytes name,
      EntryText moved,
      DirectoryRef to,
      PathBytes toName,
      @Nullable EntryText target)
      throws IOException {
    NameChange change = new NameChange(core, journal, from, to);
    Inode source = parent(change, from, "rename", from.at(name));
    Inode destination = parent(change, to, "rename", to.at(toName));
    Inode inode = change.inode(moved.fid());
    core.caller.checkSticky(source, inode, from.at(name));
    boolean isDirectory = moved.type() == FileType.DIRECTORY;
    FileTime now = core.now();
    boolean frees = false;
    int flags = 0;
    if (target != null) {
      Inode victim = change.inode(target.fid());
      core.caller.checkSticky(destination, victim, to.at(toName));
      if (isDirectory && target.type() != FileType.DIRECTORY) {
        throw notDirectory(to.at(toName));
      }
      if (!isDirectory && target.type() == FileType.DIRECTORY) {
        throw Failures.of(
            Errno.EISDIR, "replace", to.at(toName), "it is a directory", "Remove it first.");
      }
      if (isDirectory) {
        checkEmpty(target.fid(), to.at(toName));
        change.step(new HostStep.RemoveDirectory(target.fid()));
        destination.links--;
      }
      frees = dropLink(change, victim, new Link(to.fid(), toName));
      flags = unlinkFlags(victim, frees);
    }
    InodeVars vars = change.vars(inode);
    int at = vars.links.indexOf(new Link(from.fid(), name));
    vars.links.set(Math.max(at, 0), new Link(to.fid(), toName));
    change.replaceVars(inode, vars);
    inode.ctime = now;
    if (isDirectory) {
      source.links--;
      destination.links++;
    }
    touch(source, now);
    touch(destination, now);
    change.step(new HostStep.Move(from.fid(), name, to.fid(), toName, moved));
    change.record(core.mdt(to.fid()), renamed(flags, target, to, toName, moved.fid(), from, name));
    change.commit();
    return frees && target != null ? target.fid() : null;
  }

  private void exchange(
      DirectoryRef from,
      PathBytes name,
      EntryText first,
      DirectoryRef to,
      PathBytes toName,
      EntryText second)
      throws IOException {
    NameChange change = new NameChange(core, journal, from, to);
    Inode source = parent(change, from, "exchange", from.at(name));
    Inode destination = parent(change, to, "exchange", to.at(toName));
    FileTime now = core.now();
    relink(change, first.fid(), new Link(from.fid(), name), new Link(to.fid(), toName), now);
    relink(change, second.fid(), new Link(to.fid(), toName), new Link(from.fid(), name), now);
    int directories =
        (first.type() == FileType.DIRECTORY ? 1 : 0)
            - (second.type() == FileType.DIRECTORY ? 1 : 0);
    source.links -= directories;
    destination.links += directories;
    touch(source, now);
    touch(destination, now);
    change.step(new HostStep.Exchange(from.fid(), name, to.fid(), toName, first));
    change.record(core.mdt(to.fid()), renamed(0, null, to, toName, first.fid(), from, name));
    change.record(core.mdt(from.fid()), renamed(0, null, from, name, second.fid(), to, toName));
    change.commit();
  }

  private static void touch(Inode directory, FileTime now) {
    directory.mtime = now;
    directory.ctime = now;
  }

  private static void relink(NameChange change, Fid fid, Link before, Link after, FileTime now)
      throws IOException {
    Inode inode = change.inode(fid);
    InodeVars vars = change.vars(inode);
    vars.links.set(Math.max(vars.links.indexOf(before), 0), after);
    change.replaceVars(inode, vars);
    inode.ctime = now;
  }

  private static RecordDraft renamed(
      int flags,
      @Nullable EntryText overwritten,
      DirectoryRef to,
      PathBytes toName,
      Fid moved,
      DirectoryRef from,
      PathBytes name) {
    return new RecordDraft(
        ChangelogType.RENME,
        flags,
        overwritten == null ? Fid.ZERO : overwritten.fid(),
        to.fid(),
        toName,
        new ChangelogRecord.RenameSource(moved, from.fid(), name),
        null,
        0);
  }

  /** Refuses to move a directory below itself. */
  private void checkLoop(EntryText moved, DirectoryRef to, PathBytes name) throws IOException {
    if (moved.type() != FileType.DIRECTORY) {
      return;
    }
    Fid at = to.fid();
    for (int depth = 0; depth < MAX_DEPTH; depth++) {
      if (at.equals(moved.fid())) {
        throw Failures.of(
            Errno.EINVAL, "move", name, "the target lies below it", "Choose another directory.");
      }
      if (at.equals(Fids.ROOT)) {
        return;
      }
      List<Link> links = core.inodes.readVars(at).links;
      if (links.isEmpty()) {
        return;
      }
      at = links.get(0).parent();
    }
  }

  /** All paths of an inode below the root; empty when it has no name. */
  List<PathBytes> paths(Fid fid) throws IOException {
    lock.lock();
    try {
      if (fid.equals(Fids.ROOT)) {
        return List.of(PathBytes.EMPTY);
      }
      List<PathBytes> found = new ArrayList<>();
      for (Link link : core.inodes.readVars(fid).links) {
        PathBytes parent = directoryPath(link.parent());
        if (parent != null) {
          found.add(parent.resolve(link.name()));
        }
      }
      return found;
    } finally {
      lock.unlock();
    }
  }

  private @Nullable PathBytes directoryPath(Fid directory) throws IOException {
    List<PathBytes> names = new ArrayList<>();
    Fid at = directory;
    while (!at.equals(Fids.ROOT)) {
      List<Link> links = core.inodes.readVars(at).links;
      if (links.isEmpty() || names.size() > MAX_DEPTH) {
        return null;
      }
      names.add(links.get(0).name());
      at = links.get(0).parent();
    }
    PathBytes path = PathBytes.EMPTY;
    for (int i = names.size() - 1; i >= 0; i--) {
      path = path.resolve(names.get(i));
    }
    return path;
  }

  private Inode parent(NameChange change, DirectoryRef directory, String verb, PathBytes name)
      throws IOException {
    Inode parent = change.inode(directory.fid());
    if (parent.links == 0) {
      throw Failures.of(
          Errno.ENOENT, verb, name, "its directory was removed", "Look the path up again.");
    }
    core.caller.check(parent, Caller.WRITE | Caller.EXECUTE, verb, name);
    return parent;
  }

  private static ProviderException exists(PathBytes name) {
    return Failures.of(
        Errno.EEXIST, "create", name, "the name is taken", "Use another one, or remove it first.");
  }

  private static ProviderException notDirectory(PathBytes name) {
    return Failures.of(Errno.ENOTDIR, "use", name, "it is not a directory", "Name a directory.");
  }

  /** Runs something while no name changes. */
  void quietly(IoAction action) throws IOException {
    lock.lock();
    try {
      action.run();
    } finally {
      lock.unlock();
    }
  }

  /** Something that may fail. */
  @FunctionalInterface
  interface IoAction {
    void run() throws IOException;
  }
}
