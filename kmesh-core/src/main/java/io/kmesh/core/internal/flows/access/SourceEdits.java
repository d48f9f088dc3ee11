// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.grants.SensitivePaths;
import io.kmesh.core.internal.flows.place.TreeNames;
import io.kmesh.core.internal.flows.replica.Channel;
import io.kmesh.core.internal.flows.replica.Edits;
import io.kmesh.core.internal.flows.replica.Message;
import io.kmesh.core.internal.flows.replica.Pieces;
import io.kmesh.core.internal.flows.replica.Source;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.spi.posix.SyncMode;
import io.kmesh.spi.posix.XattrMode;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Changes the source's own tree as a site with access asks: looks at the place first, refuses what
 * was changed since the other site saw it, makes the change durable, and looks again. Nothing
 * outside of the tree can be named, no link is followed, and hidden names are refused. For the
 * engine's thread, but for {@link #contents}.
 */
public final class SourceEdits implements Edits, Closeable {
  private static final byte[] HIDDEN_DASH =
      ".kmesh-".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
  private static final byte[] HIDDEN_TILDE =
      ".kmesh~".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
  private static final Set<Errno> EXISTING = Set.of(Errno.EEXIST, Errno.ENOTEMPTY);

  private final PosixTree tree;
  private final TreeNames names;
  private final FlowBase base;
  private final Source source;
  private final SensitivePaths sensitive;
  private final BackEdits back;
  private final Uploads uploads;
  private final List<Waiting> waiting = new ArrayList<>();

  private record Waiting(Channel from, long replica, Message.Edit edit) {}

  /**
   * Edits a tree.
   *
   * @param flow the flow's id
   * @param sensitive what is not changed by others, nor moved
   * @param wake has the engine ask {@link #step}
   */
  public SourceEdits(
      String flow,
      PosixTree tree,
      FlowBase base,
      Source source,
      SensitivePaths sensitive,
      Runnable wake)
      throws IOException {
    this.tree = tree;
    this.names = new TreeNames(tree);
    this.base = base;
    this.source = source;
    this.sensitive = sensitive;
    PathBytes folder = PathBytes.of(".kmesh-write-" + flow);
    this.back = new BackEdits(tree, names, folder, base, source, new Shared(tree, base));
    this.uploads = new Uploads(tree, folder, wake); // removes what the line above looked at
  }

  @Override
  public Pieces.Taker contents() {
    return uploads;
  }

  @Override
  public void edit(Channel from, long replica, Message.Edit edit) {
    waiting.add(new Waiting(from, replica, edit));
  }

  @Override
  public void parted(Channel channel) {
    waiting.removeIf(one -> one.from() == channel);
    uploads.parted();
  }

  @Override
  public List<Answer> step() throws IOException {
    if (waiting.isEmpty()) {
      return List.of();
    }
    List<Answer> answers = new ArrayList<>();
    for (Iterator<Waiting> all = waiting.iterator(); all.hasNext(); ) {
      Waiting one = all.next();
      Optional<Uploads.Staged> bytes = Optional.empty();
      if (isOfBytes(one.edit())) {
        bytes = uploads.whole(one.replica(), one.edit());
        if (bytes.isEmpty()) {
          break; // in their order
        }
      }
      all.remove();
      answers.add(new Answer(one.from(), apply(one.edit(), bytes.orElse(null))));
    }
    return answers;
  }

  private static boolean isOfBytes(Message.Edit edit) {
    return edit.action() == Message.Action.WRITE || edit.action() == Message.Action.WRITE_BACK;
  }

  private Message.Edited apply(Message.Edit edit, Uploads.@Nullable Staged bytes)
      throws IOException {
    try {
      List<Message.Place> places = places(edit);
      source.lookAt(places);
      if (edit.action() == Message.Action.WRITE_BACK) {
        return writeBack(edit, java.util.Objects.requireNonNull(bytes));
      }
      requireExpected(edit);
      try {
        change(edit, bytes);
      } catch (ProviderException e) {
        throw e;
      } catch (IOException e) {
        throw new ProviderException(ErrorKind.TRANSIENT, String.valueOf(e.getMessage()), e);
      }
      source.lookAt(places);
      return new Message.Edited(edit.number(), Message.Outcome.DONE, base.lastSeq(), "");
    } catch (ConflictException e) {
      return failed(edit, Message.Outcome.CONFLICT, e);
    } catch (ProviderException e) {
      return failed(edit, outcome(e), e);
    } finally {
      if (bytes != null) {
        uploads.drop(bytes);
      }
    }
  }

  private Message.Edited writeBack(Message.Edit edit, Uploads.Staged bytes)
      throws ProviderException {
    try (PosixDirectory staged = uploads.folder()) {
      return back.make(edit, bytes, staged);
    } catch (ProviderException e) {
      throw e;
    } catch (IOException e) {
      throw new ProviderException(ErrorKind.TRANSIENT, String.valueOf(e.getMessage()), e);
    }
  }

  private Message.Edited failed(Message.Edit edit, Message.Outcome outcome, Exception e) {
    return new Message.Edited(
        edit.number(), outcome, base.lastSeq(), String.valueOf(e.getMessage()));
  }

  private static Message.Outcome outcome(ProviderException e) {
    if (e.errno().filter(EXISTING::contains).isPresent() || e.kind() == ErrorKind.EXISTS) {
      return Message.Outcome.EXISTS;
    }
    return e.kind() == ErrorKind.NOT_FOUND ? Message.Outcome.NOT_FOUND : Message.Outcome.FAILED;
  }

  private static final class ConflictException extends Exception {
    private static final long serialVersionUID = 1;

    ConflictException(String message) {
      super(message);
    }
  }

  private List<Message.Place> places(Message.Edit edit) throws ProviderException {
    List<Message.Place> places = new ArrayList<>();
    places.add(new Message.Place(checked(edit.path()), Message.Scope.ENTRY));
    if (edit.action() == Message.Action.RENAME || edit.action() == Message.Action.LINK) {
      places.add(new Message.Place(checked(edit.other()), Message.Scope.ENTRY));
    }
    return places;
  }

  /** A path that another site may name. */
  private PathBytes checked(PathBytes path) throws ProviderException {
    try {
      if (path.isEmpty()) {
        throw new IllegalArgumentException("it is the flow's top");
      }
      for (PathBytes name : path.names()) {
        if (isHidden(name)) {
          throw new IllegalArgumentException("names that begin with .kmesh- and .kmesh~ are kept");
        }
      }
      if (sensitive.meet(path)) {
        throw new IllegalArgumentException(
            "what is sensitive there is changed at the source alone");
      }
      return path;
    } catch (IllegalArgumentException e) {
      throw new ProviderException(
          ErrorKind.INVALID, "Cannot change " + path + ": " + e.getMessage() + ".", e);
    }
  }

  /** Whether a name is the flow's own. */
  static boolean isHidden(PathBytes name) {
    return startsWith(name, HIDDEN_DASH) || startsWith(name, HIDDEN_TILDE);
  }

  private static boolean startsWith(PathBytes name, byte[] prefix) {
    byte[] bytes = name.toBytes();
    return bytes.length >= prefix.length
        && java.util.Arrays.equals(bytes, 0, prefix.length, prefix, 0, prefix.length);
  }

  private static Optional<Node> at(FlowBase base, PathBytes path) throws IOException {
    NodeId at = NodeId.ROOT;
    for (PathBytes name : path.names()) {
      Dirent dirent = base.dirent(new Link(at, name));
      if (dirent.node() == null) {
        return Optional.empty();
      }
      at = dirent.node();
    }
    return base.node(at);
  }

  private void requireExpected(Message.Edit edit) throws IOException, ConflictException {
    if (edit.expected() == Message.Expected.ANY) {
      return;
    }
    Optional<Node> there = at(base, edit.path());
    if (edit.expected() == Message.Expected.ABSENT) {
      if (there.isPresent()) {
        throw new ProviderException(
            ErrorKind.EXISTS, "Cannot make " + edit.path() + ": it is there at the source.");
      }
      return;
    }
    if (there.isEmpty()) {
      throw new ConflictException(
          "Cannot change " + edit.path() + ": it is not there any more at the source.");
    }
    if (!isSame(there.get(), edit)) {
      throw new ConflictException(
          "Cannot change "
              + edit.path()
              + ": somebody changed it at the source since it was opened here. Look at it, and"
              + " change it again.");
    }
  }

  /** Whether a node is what an edit expects. */
  static boolean isSame(Node node, Message.Edit edit) {
    if (!node.id().equals(edit.node())) {
      return false;
    }
    // A young file is registered once more when the clock's tick is over, though it is the same.
    return !node.isRegular()
        || node.contentVersion().origin().equals(edit.content())
        || (node.content().size() == edit.size() && node.content().mtime().equals(edit.mtime()));
  }

  private void change(Message.Edit edit, Uploads.@Nullable Staged bytes) throws IOException {
    PathBytes name = edit.path().name();
    try (PosixDirectory parent = tree.openDirectory(edit.path().parent())) {
      switch (edit.action()) {
        case WRITE, WRITE_BACK ->
            write(parent, name, edit, java.util.Objects.requireNonNull(bytes));
        case MAKE_DIRECTORY -> parent.makeDirectory(name, (int) edit.first());
        case MAKE_SYMLINK -> parent.makeSymlink(name, edit.other());
        case LINK -> {
          try (PosixDirectory from = tree.openDirectory(edit.other().parent())) {
            from.link(edit.other().name(), parent, name);
          }
        }
        case DELETE -> {
          if (parent.stat(name).isDirectory()) {
            parent.removeDirectory(name);
          } else {
            parent.unlink(name);
          }
        }
        case RENAME -> rename(parent, name, edit);
        case SET_MODE -> parent.setMode(name, (int) edit.first());
        case SET_OWNER -> parent.setOwner(name, edit.first(), edit.second());
        case SET_TIME -> {
          FileTime time = new FileTime(edit.first(), (int) edit.second());
          parent.setTimes(name, time, time);
        }
        case SET_XATTR -> parent.setXattr(name, edit.other(), edit.value(), XattrMode.SET);
        case REMOVE_XATTR -> parent.removeXattr(name, edit.other());
      }
      sync(parent, name, edit);
    }
  }

  private void rename(PosixDirectory parent, PathBytes name, Message.Edit edit) throws IOException {
    try (PosixDirectory to = tree.openDirectory(edit.other().parent())) {
      boolean replaces = edit.first() != 0;
      if (replaces) {
        parent.rename(name, to, edit.other().name(), RenameMode.REPLACE);
      } else {
        names.move(parent, name, to, edit.other().name());
      }
      syncDirectory(to);
    }
  }

  private void write(PosixDirectory parent, PathBytes name, Message.Edit edit, Uploads.Staged bytes)
      throws IOException {
    Optional<Node> old = at(base, edit.path());
    if (old.isPresent() && old.get().links().size() > 1) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot write "
              + edit.path()
              + ": it has several names at the source, and a new file would have this one alone."
              + " Write it at the source.");
    }
    try (PosixDirectory folder = uploads.folder()) {
      new Shared(tree, base).dress(folder, bytes.name(), old, (int) edit.second());
      if (edit.expected() == Message.Expected.ABSENT) {
        names.move(folder, bytes.name(), parent, name);
      } else {
        folder.rename(bytes.name(), parent, name, RenameMode.REPLACE);
      }
    }
  }

  /** What all edits share. */
  private record Shared(PosixTree tree, FlowBase base) implements BackEdits.Edited {
    @Override
    public Optional<Node> at(PathBytes path) throws IOException {
      return SourceEdits.at(base, path);
    }

    @Override
    public void dress(PosixDirectory in, PathBytes name, Optional<Node> old, int mode)
        throws IOException {
      if (old.isPresent()) {
        Node node = old.get();
        if (tree.capabilities().contains(PosixCapability.OWNERSHIP)) {
          in.setOwner(name, node.attributes().uid(), node.attributes().gid());
        }
        for (Map.Entry<PathBytes, byte[]> xattr : node.attributes().xattrs().entrySet()) {
          in.setXattr(name, xattr.getKey(), xattr.getValue(), XattrMode.SET);
        }
      }
      in.setMode(name, old.map(node -> node.attributes().mode()).orElse(mode));
    }
  }

  private void sync(PosixDirectory parent, PathBytes name, Message.Edit edit) throws IOException {
    boolean isOfTheInode =
        switch (edit.action()) {
          case SET_MODE, SET_OWNER, SET_TIME, SET_XATTR, REMOVE_XATTR -> true;
          default -> false;
        };
    if (!tree.capabilities().contains(PosixCapability.SYNC)) {
      return;
    }
    if (isOfTheInode) {
      FileType type = parent.stat(name).type();
      if (type == FileType.REGULAR) {
        try (var file = parent.openFile(name, Set.of())) {
          file.sync(SyncMode.ALL);
        }
      } else if (type == FileType.DIRECTORY) {
        try (PosixDirectory directory = parent.openDirectory(name)) {
          directory.sync(SyncMode.ALL);
        }
      }
    }
    syncDirectory(parent);
  }

  private void syncDirectory(PosixDirectory directory) throws IOException {
    if (tree.capabilities().contains(PosixCapability.SYNC)) {
      directory.sync(SyncMode.ALL);
    }
  }

  @Override
  public void close() throws IOException {
    uploads.close();
  }
}
