// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import io.kmesh.core.internal.flows.access.SourceMemory.Made;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.place.TreeNames;
import io.kmesh.core.internal.flows.replica.Message;
import io.kmesh.core.internal.flows.replica.Source;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.spi.posix.SyncMode;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Files that another site wrote earlier, into the source's tree: each once, however often it is
 * asked for, and beside what somebody else put in its place meanwhile. For the engine's thread.
 *
 * <p>A file's inode is remembered durably before its hidden name becomes its place: as long as the
 * hidden name is there, it was not made; when it is gone, it was.
 */
final class BackEdits {
  private static final Set<Errno> NO_DIRECTORY = Set.of(Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP);

  private final PosixTree tree;
  private final TreeNames names;
  private final PathBytes folder;
  private final FlowBase base;
  private final Source source;
  private final Edited edited;
  private final SourceMemory memory;
  private boolean isFolderDurable;

  /** What all edits of a source share. */
  interface Edited {
    /** What is at a path, as the base knows it. */
    Optional<Node> at(PathBytes path) throws IOException;

    /** Gives a file in a folder the attributes of an older one, or a mode. */
    void dress(PosixDirectory in, PathBytes name, Optional<Node> old, int mode) throws IOException;
  }

  /**
   * Begins: finds out what became of edits that a crash cut short.
   *
   * @param names how names are given in the tree
   * @param folder where files wait for their place; nothing was removed there yet
   */
  BackEdits(
      PosixTree tree,
      TreeNames names,
      PathBytes folder,
      FlowBase base,
      Source source,
      Edited edited)
      throws IOException {
    this.tree = tree;
    this.names = names;
    this.folder = folder;
    this.base = base;
    this.source = source;
    this.edited = edited;
    this.memory = new SourceMemory(base);
    recover();
  }

  private void recover() throws IOException {
    List<SourceMemory.Id> all = memory.all();
    if (all.isEmpty()) {
      return;
    }
    try (PosixDirectory root = tree.openRoot()) {
      if (root.find(folder).isEmpty()) {
        return;
      }
    }
    try (PosixDirectory in = tree.openDirectory(folder)) {
      for (SourceMemory.Id id : all) {
        Optional<FileStat> staged = in.find(id.staged());
        Optional<Made> made = memory.find(id);
        if (staged.isPresent()
            && made.isPresent()
            && staged.get().inode() == made.get().inode()
            && !isAt(made.get())) {
          memory.remove(id);
        }
      }
    }
  }

  private boolean isAt(Made made) throws IOException {
    try (PosixDirectory parent = tree.openDirectory(made.path().parent())) {
      return parent.find(made.path().name()).filter(s -> s.inode() == made.inode()).isPresent();
    } catch (ProviderException e) {
      if (isNoDirectory(e)) {
        return false;
      }
      throw e;
    }
  }

  private static boolean isNoDirectory(ProviderException e) {
    return e.kind() == ErrorKind.NOT_FOUND || e.errno().filter(NO_DIRECTORY::contains).isPresent();
  }

  /**
   * Makes an edit, when it is not made yet.
   *
   * @return the answer
   */
  Message.Edited make(Message.Edit edit, Uploads.Staged bytes, PosixDirectory staged)
      throws IOException {
    BackTicket ticket = BackTicket.read(edit.value());
    memory.settle(ticket.journal(), ticket.settled());
    SourceMemory.Id id = new SourceMemory.Id(ticket.journal(), ticket.number());
    Optional<Made> known = memory.find(id);
    Made made;
    if (known.isPresent()) {
      made = known.get();
      syncAbove(made.path());
    } else {
      made = place(edit, ticket, id, bytes, staged);
    }
    source.lookAt(List.of(new Message.Place(made.path(), Message.Scope.ENTRY)));
    return new Message.Edited(
        edit.number(),
        made.isBeside() ? Message.Outcome.BESIDE : Message.Outcome.DONE,
        base.lastSeq(),
        made.isBeside() ? made.path().toString() : "");
  }

  /** An earlier try may have failed just there. */
  private void syncAbove(PathBytes path) throws IOException {
    try (PosixDirectory parent = tree.openDirectory(path.parent())) {
      sync(parent);
    } catch (ProviderException e) {
      if (!isNoDirectory(e)) {
        throw e; // else somebody removed it since, with what was made
      }
    }
  }

  private Made place(
      Message.Edit edit,
      BackTicket ticket,
      SourceMemory.Id id,
      Uploads.Staged bytes,
      PosixDirectory staged)
      throws IOException {
    PathBytes parent = edit.path().parent();
    while (true) {
      try (PosixDirectory to = tree.openDirectory(parent)) {
        boolean isBeside = !parent.equals(edit.path().parent()) || !isAsExpected(edit, ticket, to);
        PathBytes name = isBeside ? freeName(to, edit.path().name(), id) : edit.path().name();
        Optional<Node> old = isBeside ? Optional.empty() : edited.at(edit.path());
        FileStat stat = prepare(edit, ticket, id, old, bytes, staged);
        Made made =
            new Made(parent.resolve(name), isBeside, stat.inode(), stat.size(), stat.mtime());
        memory.put(id, made);
        boolean replaces =
            !isBeside && (ticket.after() != 0 || edit.expected() != Message.Expected.ABSENT);
        finish(id, staged, to, name, replaces);
        return made;
      } catch (ProviderException e) {
        if (isTaken(e)) {
          continue; // somebody made something of that name just now
        }
        if (parent.isEmpty() || !isNoDirectory(e)) {
          throw e;
        }
        parent = parent.parent(); // somebody removed it: as near as there is a directory
      }
    }
  }

  private static boolean isTaken(ProviderException e) {
    return e.errno().equals(Optional.of(Errno.EEXIST));
  }

  private void finish(
      SourceMemory.Id id,
      PosixDirectory staged,
      PosixDirectory to,
      PathBytes name,
      boolean replaces)
      throws IOException {
    try {
      if (replaces) {
        staged.rename(id.staged(), to, name, RenameMode.REPLACE);
      } else {
        names.move(staged, id.staged(), to, name);
      }
    } catch (IOException e) {
      if (staged.find(id.staged()).isPresent()) {
        memory.remove(id);
      }
      throw e;
    }
    sync(to);
  }

  private boolean isAsExpected(Message.Edit edit, BackTicket ticket, PosixDirectory parent)
      throws IOException {
    Optional<FileStat> there = parent.find(edit.path().name());
    if (ticket.after() != 0) {
      Optional<Made> before = memory.find(new SourceMemory.Id(ticket.journal(), ticket.after()));
      return before.isPresent()
          && !before.get().isBeside()
          && before.get().path().equals(edit.path())
          && there.isPresent()
          && there.get().links() == 1
          && before.get().is(there.get());
    }
    if (edit.expected() == Message.Expected.ABSENT) {
      return there.isEmpty();
    }
    Optional<Node> known = edited.at(edit.path());
    return there.isPresent()
        && there.get().isRegular()
        && there.get().links() == 1
        && known.isPresent()
        && SourceEdits.isSame(known.get(), edit);
  }

  private static PathBytes freeName(PosixDirectory in, PathBytes name, SourceMemory.Id id)
      throws IOException {
    for (int tries = 0; tries < BackConflicts.MOST_NAMES; tries++) {
      PathBytes free = BackConflicts.name(name, id.journal(), id.number(), tries);
      if (in.find(free).isEmpty()) {
        return free;
      }
    }
    throw new ProviderException(
        ErrorKind.EXISTS,
        "Cannot put " + name + " beside what is there: all names for it are taken. Remove some.");
  }

  /** Has the file as it is to be, durable under its hidden name. */
  private FileStat prepare(
      Message.Edit edit,
      BackTicket ticket,
      SourceMemory.Id id,
      Optional<Node> old,
      Uploads.Staged bytes,
      PosixDirectory staged)
      throws IOException {
    PathBytes from = bytes.name();
    if (staged.find(from).isPresent()) { // else an earlier try of this call moved it
      staged.rename(from, staged, id.staged(), RenameMode.REPLACE);
    }
    edited.dress(staged, id.staged(), old, (int) edit.second());
    staged.setTimes(id.staged(), ticket.time(), ticket.time());
    if (tree.capabilities().contains(PosixCapability.SYNC)) {
      try (PosixFile file = staged.openFile(id.staged(), Set.of())) {
        file.sync(SyncMode.ALL);
      }
    }
    sync(staged);
    if (!isFolderDurable) {
      try (PosixDirectory root = tree.openRoot()) {
        sync(root);
      }
      isFolderDurable = true;
    }
    return staged.stat(id.staged());
  }

  private void sync(PosixDirectory directory) throws IOException {
    if (tree.capabilities().contains(PosixCapability.SYNC)) {
      directory.sync(SyncMode.ALL);
    }
  }
}
