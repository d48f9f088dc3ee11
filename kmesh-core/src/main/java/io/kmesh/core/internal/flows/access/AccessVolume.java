// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import io.kmesh.core.internal.flows.base.Attributes;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.base.Version;
import io.kmesh.core.internal.flows.replica.Message;
import io.kmesh.core.internal.nio.Facts;
import io.kmesh.core.internal.nio.Volume;
import io.kmesh.core.internal.nio.Writer;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.ReadOnlyFileSystemException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The tree that a flow's registers say, under leases, with bytes that come when they are read. */
final class AccessVolume implements Volume {
  /** An attribute that every entry has and no listing names: when the source said what it is. */
  private static final PathBytes AS_OF = PathBytes.of("user.kmesh.asOf");

  /** A directory with more names is not asked for as a whole, unless it is listed. */
  private static final int MOST_NAMES = 2_000;

  private final BaseReader base;
  private final Leases leases;
  private final Fetcher fetcher;
  private final Stale stale;
  private final @Nullable WriteBack back;
  private final @Nullable Writer writer;
  private final @Nullable SensitiveReads sensitive;
  private final @Nullable String who;

  /** What becomes of what is older than the lease, when the source is not reached. */
  enum Stale {
    /** It is shown. */
    SHOW,
    /** It is refused. */
    REFUSE
  }

  /**
   * An entry as it was when it was found.
   *
   * @param node what was known of it
   * @param path where
   * @param written what was written here and waits to be written back; null when nothing does
   */
  record Entry(
      io.kmesh.core.internal.flows.base.Node node, PathBytes path, BackLog.@Nullable Edit written)
      implements Node {
    Entry(io.kmesh.core.internal.flows.base.Node node, PathBytes path) {
      this(node, path, null);
    }
  }

  /** How the writer of a volume is made. */
  interface Writing {
    /** Makes it. */
    Writer writer(AccessVolume volume);
  }

  /**
   * A volume.
   *
   * @param writing null where nothing is written
   * @param back what waits to be written back; null when nothing does
   * @param sensitive null where nothing is
   * @param who the subject that it is shown to; null for nobody
   */
  AccessVolume(
      BaseReader base,
      Leases leases,
      Fetcher fetcher,
      Stale stale,
      @Nullable Writing writing,
      @Nullable WriteBack back,
      @Nullable SensitiveReads sensitive,
      @Nullable String who) {
    this.base = base;
    this.leases = leases;
    this.fetcher = fetcher;
    this.stale = stale;
    this.back = back;
    this.sensitive = sensitive;
    this.who = who;
    this.writer = writing == null ? null : writing.writer(this);
  }

  @Override
  public boolean isReadOnly() {
    return writer == null;
  }

  @Override
  public Writer writer() {
    if (writer == null) {
      throw new ReadOnlyFileSystemException();
    }
    return writer;
  }

  private void await(PathBytes path, Message.Scope scope) throws IOException {
    if (!leases.await(List.of(new Message.Place(path, scope))) && stale == Stale.REFUSE) {
      throw new ProviderException(
          ErrorKind.TRANSIENT,
          "Cannot show "
              + (path.isEmpty() ? "the flow's top" : path)
              + ": its source is not reached, and what is known of it is "
              + leases.asOf(path).map(at -> "of " + at).orElse("older than this process")
              + ". Bring the link back, or make a flow that shows what is stale.");
    }
  }

  /** One question for all of a path, instead of one for each name. */
  @Override
  public void approach(List<PathBytes> names) throws IOException {
    PathBytes path = PathBytes.EMPTY;
    for (PathBytes name : names) {
      if (!name.isName()) {
        break; // what follows ".." or is too long is looked at name by name
      }
      path = path.resolve(name);
    }
    if (leases.isOneOfMany(path) && base.hasAtMost(MOST_NAMES, path.parent())) {
      await(path.parent(), Message.Scope.NAMES);
    } else {
      await(path, Message.Scope.ENTRY);
    }
  }

  @Override
  public Entry root() throws IOException {
    return entry(NodeId.ROOT, PathBytes.EMPTY);
  }

  private Entry entry(NodeId id, PathBytes path) throws IOException {
    return base.node(id)
        .map(node -> new Entry(node, path))
        .orElseThrow(
            () -> new ProviderException(ErrorKind.NOT_FOUND, "Cannot find " + path + ": it went."));
  }

  @Override
  public @Nullable Entry find(Node directory, PathBytes name) throws IOException {
    Entry in = (Entry) directory;
    if (!name.isName()) {
      return null;
    }
    PathBytes path = in.path().resolve(name);
    Optional<BackLog.Edit> written = back == null ? Optional.empty() : back.at(path);
    Link link = new Link(in.node().id(), name);
    if (written.isPresent()) {
      return written(in, path, written.get(), base.find(link));
    }
    await(path, Message.Scope.ENTRY);
    // What ended since is known of in the base; what was written since is not.
    written = back == null ? Optional.empty() : back.at(path);
    Optional<io.kmesh.core.internal.flows.base.Node> node = base.find(link);
    return written.isPresent()
        ? written(in, path, written.get(), node)
        : node.map(one -> new Entry(one, path)).orElse(null);
  }

  /** A file as it was written here: what else there is to it is as at the source. */
  private static Entry written(
      Entry in,
      PathBytes path,
      BackLog.Edit edit,
      Optional<io.kmesh.core.internal.flows.base.Node> there) {
    Attributes above = in.node().attributes();
    io.kmesh.core.internal.flows.base.Node node =
        there
            .filter(io.kmesh.core.internal.flows.base.Node::isRegular)
            .orElseGet(
                () ->
                    new io.kmesh.core.internal.flows.base.Node(
                        new NodeId(~0L, edit.number()),
                        FileType.REGULAR,
                        0,
                        PathBytes.EMPTY,
                        new Attributes(edit.mode(), above.uid(), above.gid()),
                        Version.NONE,
                        edit.content(),
                        Version.NONE,
                        null,
                        List.of(),
                        0));
    return new Entry(node.withContent(edit.content(), node.contentVersion()), path, edit);
  }

  @Override
  public Names names(Node directory) throws IOException {
    Entry in = (Entry) directory;
    await(in.path(), Message.Scope.NAMES);
    Names known = new Pages(in.node().id());
    NavigableSet<PathBytes> written = back == null ? new TreeSet<>() : back.in(in.path());
    return written.isEmpty() ? known : new Merged(known, written);
  }

  /** Names that the source has, and those of what was written here. */
  private static final class Merged implements Names {
    private final Names known;
    private final NavigableSet<PathBytes> written;
    private @Nullable PathBytes ahead;

    Merged(Names known, NavigableSet<PathBytes> written) throws IOException {
      this.known = known;
      this.written = written;
      this.ahead = known.next();
    }

    @Override
    public @Nullable PathBytes next() throws IOException {
      PathBytes one = ahead;
      PathBytes other = written.isEmpty() ? null : written.first();
      if (other != null && (one == null || other.compareTo(one) <= 0)) {
        written.pollFirst();
        if (other.equals(one)) {
          ahead = known.next();
        }
        return other;
      }
      if (one != null) {
        ahead = known.next();
      }
      return one;
    }
  }

  private final class Pages implements Names {
    private final NodeId directory;
    private List<PathBytes> page = List.of();
    private int at;
    private @Nullable PathBytes last;
    private boolean isEnd;

    Pages(NodeId directory) {
      this.directory = directory;
    }

    @Override
    public @Nullable PathBytes next() throws IOException {
      if (at == page.size()) {
        page = isEnd ? List.of() : base.names(directory, last);
        at = 0;
        isEnd = page.isEmpty();
        if (isEnd) {
          return null;
        }
      }
      last = page.get(at++);
      return last;
    }
  }

  @Override
  public Facts facts(Node node) {
    io.kmesh.core.internal.flows.base.Node one = ((Entry) node).node();
    long size = one.isRegular() ? one.content().size() : one.target().length();
    return new Facts(
        one.id(),
        one.type(),
        one.attributes().mode(),
        one.attributes().uid(),
        one.attributes().gid(),
        one.content().mtime(),
        one.content().mtime(),
        one.id().isRoot() ? 1 : one.id().number() ^ one.id().replica() << 32,
        0,
        one.isDirectory() ? 1 : Math.max(1, one.links().size()),
        size,
        one.rdev());
  }

  @Override
  public PathBytes target(Node link) throws IOException {
    Entry entry = (Entry) link;
    if (entry.node().type() != FileType.SYMLINK) {
      throw new IOException("Cannot follow " + entry.path() + ": it is no link.");
    }
    return entry.node().target();
  }

  @Override
  public List<PathBytes> attributes(Node node) {
    return new ArrayList<>(((Entry) node).node().attributes().xattrs().keySet());
  }

  @Override
  public byte @Nullable [] attribute(Node node, PathBytes name) {
    Entry entry = (Entry) node;
    byte[] value = entry.node().attributes().xattrs().get(name);
    if (value == null && name.equals(AS_OF)) {
      return leases
          .asOf(entry.path())
          .map(Instant::toString)
          .orElse("")
          .getBytes(StandardCharsets.US_ASCII);
    }
    return value == null ? null : value.clone();
  }

  @Override
  public Bytes content(Node file) throws IOException {
    Entry entry = (Entry) file;
    while (entry.written() != null && back != null) {
      try {
        return new BackBytes(back.bytes(entry.written()), entry.written().content().size());
      } catch (ProviderException e) {
        if (e.kind() != ErrorKind.NOT_FOUND) {
          throw e;
        }
      }
      entry = newest(entry); // the source has it by now, or something newer was written
    }
    return new AccessBytes(this, fetcher, entry, reading(entry));
  }

  private Entry newest(Entry entry) throws IOException {
    Node node = at(entry.path());
    if (node == null || !facts(node).type().equals(FileType.REGULAR)) {
      throw new StaleContentException(entry.path().toString());
    }
    return (Entry) node;
  }

  /** The right to read a file; null when it is not sensitive. */
  SensitiveReads.@Nullable Reading reading(Entry entry) throws IOException {
    return sensitive == null ? null : sensitive.open(who, entry.path(), entry.node(), base);
  }

  /**
   * Refuses to write what is sensitive: it would be in the clear here until it is sent.
   *
   * @throws AccessDeniedException when it is
   */
  void requireInsensitive(PathBytes path) throws AccessDeniedException {
    if (sensitive != null && sensitive.meets(path)) {
      throw new AccessDeniedException(
          "/" + path, null, "it is sensitive, and written at the flow's source alone.");
    }
  }

  /** The entry as the source has it now; empty when it went. */
  Optional<Entry> again(Entry entry) throws IOException {
    leases.forget(entry.path());
    await(entry.path(), Message.Scope.ENTRY);
    return base.node(entry.node().id())
        .filter(node -> !node.links().isEmpty())
        .map(node -> new Entry(node, entry.path()));
  }

  /** What flows give access to has nothing of its own to free. */
  @Override
  public void close() {}
}
