// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import io.kmesh.core.internal.flows.access.EditSender.Change;
import io.kmesh.core.internal.flows.access.EditSender.Seen;
import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.replica.Message.Action;
import io.kmesh.core.internal.nio.KmeshPath;
import io.kmesh.core.internal.nio.Located;
import io.kmesh.core.internal.nio.OpenMode;
import io.kmesh.core.internal.nio.Volume;
import io.kmesh.core.internal.nio.Writer;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;

/** Changes that the source makes before a call returns. Thread-safe. */
final class AccessWriter implements Writer {
  private final AccessVolume volume;
  private final Drafts drafts;
  private final EditSender sender;
  private final Leases leases;

  AccessWriter(AccessVolume volume, Drafts drafts, EditSender sender, Leases leases) {
    this.volume = volume;
    this.drafts = drafts;
    this.sender = sender;
    this.leases = leases;
  }

  /** Has the source change something; the next look asks what came of it. */
  void make(Change change, Drafts.@Nullable Draft bytes) throws IOException {
    try {
      if (bytes == null) {
        sender.make(change, null, 0);
      } else {
        sender.make(change, bytes.file(), bytes.size());
      }
    } finally {
      leases.forget(change.path());
      if (change.action() == Action.RENAME) {
        leases.forget(change.other());
      }
    }
  }

  /** The real path that something was found at. */
  static PathBytes path(Located at) {
    PathBytes path = PathBytes.EMPTY;
    for (PathBytes name : at.names()) {
      path = path.resolve(name);
    }
    return path;
  }

  /** What the source is to expect of somebody who saw an entry. */
  static Seen seen(Volume.@Nullable Node node) {
    if (node == null) {
      return Seen.NOTHING;
    }
    io.kmesh.core.internal.flows.base.Node one = ((AccessVolume.Entry) node).node();
    return new Seen(
        one.id(), one.isRegular() ? one.contentVersion().origin() : Dot.NONE, one.content());
  }

  @Override
  public SeekableByteChannel open(KmeshPath path, OpenMode mode, int permissions)
      throws IOException {
    if (mode.syncs() || mode.deletes()) {
      throw new UnsupportedOperationException(
          "Cannot open "
              + path
              + " with SYNC, DSYNC or DELETE_ON_CLOSE: what is written is sent, and made durable,"
              + " when the channel is closed.");
    }
    Located at = Located.at(volume, path, mode.follows());
    Volume.Node there = at.find();
    if (there == null && !mode.creates()) {
      throw new NoSuchFileException(path.toString());
    }
    if (there != null && mode.isNew()) {
      throw new FileAlreadyExistsException(path.toString());
    }
    if (there != null && volume.facts(there).type() != FileType.REGULAR) {
      throw new FileSystemException(
          path.toString(),
          null,
          volume.facts(there).isDirectory() ? "is a directory" : "is no regular file");
    }
    volume.requireInsensitive(path(at));
    Drafts.Draft draft = drafts.begin();
    try {
      if (there != null && !mode.truncates()) {
        try (Volume.Bytes bytes = volume.content(there)) {
          draft.fill(bytes);
          there = ((AccessBytes) bytes).entry(); // perhaps a newer version
        }
      }
    } catch (IOException | RuntimeException e) {
      draft.close();
      throw e;
    }
    Change change = Change.of(Action.WRITE, path(at)).seen(seen(there)).numbers(0, permissions);
    return new DraftChannel(
        draft,
        mode,
        there == null || mode.truncates(),
        size -> make(change.numbers(size, permissions), draft),
        () -> {});
  }

  @Override
  public void makeDirectory(KmeshPath path, int permissions) throws IOException {
    make(absent(Action.MAKE_DIRECTORY, path).numbers(permissions, 0), null);
  }

  @Override
  public void makeSymlink(KmeshPath path, PathBytes target) throws IOException {
    make(absent(Action.MAKE_SYMLINK, path).other(target), null);
  }

  private Change absent(Action action, KmeshPath path) throws IOException {
    Located at = Located.at(volume, path, false);
    if (at.find() != null) {
      throw new FileAlreadyExistsException(path.toString());
    }
    return Change.of(action, path(at)).seen(Seen.NOTHING);
  }

  @Override
  public void link(KmeshPath existing, KmeshPath path) throws IOException {
    Located from = Located.at(volume, existing, false);
    from.node();
    make(absent(Action.LINK, path).other(path(from)), null);
  }

  @Override
  public void delete(KmeshPath path) throws IOException {
    Located at = Located.at(volume, path, false);
    Volume.Node node = at.node();
    if (volume.facts(node).isDirectory() && volume.names(node).next() != null) {
      throw new DirectoryNotEmptyException(path.toString());
    }
    make(Change.of(Action.DELETE, path(at)).seen(seen(node)), null);
  }

  @Override
  public void move(KmeshPath from, KmeshPath to, boolean replaces) throws IOException {
    Located source = Located.at(volume, from, false);
    Located target = Located.at(volume, to, false);
    Volume.Node node = source.node();
    Volume.Node there = target.find();
    if (there != null && volume.facts(there).key().equals(volume.facts(node).key())) {
      return;
    }
    if (there != null && !replaces) {
      throw new FileAlreadyExistsException(to.toString());
    }
    make(
        Change.of(Action.RENAME, path(source))
            .other(path(target))
            .seen(seen(node))
            .numbers(replaces ? 1 : 0, 0),
        null);
  }

  private Change of(Action action, KmeshPath path, boolean follows) throws IOException {
    Located at = Located.at(volume, path, follows);
    at.node();
    return Change.of(action, path(at));
  }

  @Override
  public void setMode(KmeshPath path, boolean follows, int mode, int mask) throws IOException {
    Located at = Located.at(volume, path, follows);
    int before = volume.facts(at.node()).mode();
    make(Change.of(Action.SET_MODE, path(at)).numbers((before & ~mask) | (mode & mask), 0), null);
  }

  @Override
  public void setOwner(KmeshPath path, boolean follows, long uid, long gid) throws IOException {
    make(of(Action.SET_OWNER, path, follows).numbers(uid, gid), null);
  }

  @Override
  public void setModified(KmeshPath path, boolean follows, FileTime mtime) throws IOException {
    make(of(Action.SET_TIME, path, follows).numbers(mtime.seconds(), mtime.nanos()), null);
  }

  @Override
  public void setAttribute(KmeshPath path, boolean follows, PathBytes name, byte @Nullable [] value)
      throws IOException {
    Change change =
        of(value == null ? Action.REMOVE_XATTR : Action.SET_XATTR, path, follows).other(name);
    make(value == null ? change : change.value(value), null);
  }
}
