// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.base;

import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.core.internal.state.OrderedStore;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What one replica of a flow knows: the registers of names and nodes with their versions, what of
 * them is on its file system, and the log of changes by which others catch up. The form is
 * docs/format/flow-base.md. One thread at a time; nothing is durable before {@link #commit}.
 */
public final class FlowBase implements Closeable {
  /** Letters of {@link #area} that are the base's own. */
  private static final String OWN = "ADLNS";

  private static final int FORMAT = 0;
  private static final int MOST_DEPTH = 4096;
  private static final byte[] HEAD = "Ahead".getBytes(StandardCharsets.US_ASCII);

  private final WatchedStore store;
  private final NodeTable nodes;
  private final NameTable names;
  private long replica;
  private long counter;
  private long seq;

  private FlowBase(OrderedStore store) {
    this.store = new WatchedStore(store);
    this.nodes = new NodeTable(this.store);
    this.names = new NameTable(this.store);
  }

  /**
   * Opens a base, or begins one.
   *
   * @param store the base's own; closed with it
   * @param replica the id of a replica that begins, random and never used before; not 0
   */
  public static FlowBase open(OrderedStore store, long replica) throws IOException {
    if (replica == 0) {
      throw new IllegalArgumentException("Cannot begin a base of replica 0: it stands for none.");
    }
    FlowBase base = new FlowBase(store);
    if (!base.readHead()) {
      base.replica = replica;
      base.nodes.put(
          new Node(
              NodeId.ROOT,
              FileType.DIRECTORY,
              0,
              PathBytes.EMPTY,
              new Attributes(0700, 0, 0),
              Version.NONE,
              new Content(0, new FileTime(0, 0)),
              Version.NONE,
              null,
              List.of(),
              0));
      base.commit();
    }
    return base;
  }

  /** The id of this replica. */
  public long replica() {
    return replica;
  }

  /** Numbers a change that is made here. */
  public Dot nextDot() {
    return new Dot(replica, ++counter);
  }

  /** A new id of a node that is first seen here. */
  public NodeId newNodeId() {
    return new NodeId(replica, ++counter);
  }

  /** The last number that was given here, to a change or a node. */
  public long lastCounter() {
    return counter;
  }

  /** The place of the last change in the log; 0 when there is none. */
  public long lastSeq() {
    return seq;
  }

  /** A node, with or without names. */
  public Optional<Node> node(NodeId id) throws IOException {
    return nodes.find(id);
  }

  /**
   * A node that must be there.
   *
   * @throws ProviderException CORRUPT when it is not
   */
  public Node require(NodeId id) throws IOException {
    return node(id)
        .orElseThrow(
            () ->
                new ProviderException(
                    ErrorKind.CORRUPT,
                    "Cannot find node "
                        + id
                        + " in the base: something else refers to it. Have the flow made anew from"
                        + " its trees."));
  }

  /** The node that is an object of the site's file system. */
  public Optional<Node> nodeAt(LocalKey key) throws IOException {
    Optional<NodeId> id = nodes.find(key);
    return id.isEmpty() ? Optional.empty() : node(id.get());
  }

  /** The register of a name; one that nobody wrote is {@link Dirent#none}. */
  public Dirent dirent(Link link) throws IOException {
    return names.find(link);
  }

  /** The registers of a directory's names in the order of the names' bytes, removed ones too. */
  public Registers<Dirent> names(NodeId directory) throws IOException {
    byte[] from = Keys.names(directory);
    OrderedStore.Cursor cursor = store.scan(from, Keys.after(from));
    return new Registers<>(
        cursor, () -> BaseCodec.dirent(Keys.linkOf(cursor.key()), cursor.value()));
  }

  /** The registers of a directory's names behind a name, in the order of the names' bytes. */
  public Registers<Dirent> names(NodeId directory, PathBytes after) throws IOException {
    byte[] last = Keys.name(new Link(directory, after));
    OrderedStore.Cursor cursor =
        store.scan(Arrays.copyOf(last, last.length + 1), Keys.after(Keys.names(directory)));
    return new Registers<>(
        cursor, () -> BaseCodec.dirent(Keys.linkOf(cursor.key()), cursor.value()));
  }

  /**
   * Nodes by their ids, those that are there: many of a directory cost less so than one by one,
   * since what was first seen together stands together.
   */
  public Map<NodeId, Node> nodes(Collection<NodeId> ids) throws IOException {
    return nodes.find(ids);
  }

  /** All nodes by their ids. */
  public Registers<Node> nodes() throws IOException {
    nodes.flush();
    OrderedStore.Cursor cursor =
        store.scan(new byte[] {Keys.NODE}, new byte[] {(byte) (Keys.NODE + 1)});
    return new Registers<>(cursor, () -> BaseCodec.node(Keys.nodeOf(cursor.key()), cursor.value()));
  }

  /**
   * Keeps a node whose registers changed: it is the last in the log then.
   *
   * @return it with its place in the log
   */
  public Node change(Node node) throws IOException {
    Node logged = node.withSeq(logAgain(node.seq(), Keys.node(node.id())));
    nodes.put(logged);
    return logged;
  }

  /**
   * Keeps a node that nobody here knows with its only name, which nobody wrote: nothing is looked
   * up. Both are the last in the log then.
   *
   * @param name leads to the node, which has it as its link
   */
  public void add(Node node, Dirent name) throws IOException {
    seq++;
    store.put(Keys.log(seq), Keys.node(node.id()));
    nodes.add(node.withSeq(seq));
    seq++;
    store.put(Keys.log(seq), Keys.name(name.link()));
    names.add(name.withSeq(seq));
  }

  /** Whether an object of the site's file system is a node. */
  public boolean isKnown(LocalKey key) throws IOException {
    return nodes.find(key).isPresent();
  }

  /** Keeps what is known of a node here alone; the log stays. */
  public void keep(Node node) throws IOException {
    nodes.put(node);
  }

  /**
   * Keeps a name whose register changed: it is the last in the log then. The links of the nodes
   * follow, as far as these are known.
   *
   * @param before the register as it is now
   * @return it with its place in the log
   */
  public Dirent change(Dirent before, Dirent after) throws IOException {
    Dirent logged = after.withSeq(logAgain(before.seq(), Keys.name(after.link())));
    names.put(logged);
    if (before.node() != null && !before.node().equals(after.node())) {
      Optional<Node> old = node(before.node());
      if (old.isPresent()) {
        nodes.put(old.get().withoutLink(after.link()));
      }
    }
    if (after.node() != null && !after.node().equals(before.node())) {
      Optional<Node> now = node(after.node());
      if (now.isPresent()) {
        nodes.put(now.get().withLink(after.link()));
      }
    }
    return logged;
  }

  /** Keeps what is known of a name here alone; the log stays. */
  public void keep(Dirent dirent) throws IOException {
    names.put(dirent);
  }

  /** Drops a node that has no names, and that all others know to have none. */
  public void forget(Node node) throws IOException {
    nodes.remove(node.id());
    unlog(node.seq());
  }

  /** Drops the mark of a removed name that all others know of. */
  public void forget(Dirent dirent) throws IOException {
    names.remove(dirent.link());
    unlog(dirent.seq());
  }

  /**
   * What changed behind a place in the log, in its order: nodes and names as they are now. A change
   * that is followed by another of the same register is left out.
   */
  public Registers<Logged> changesSince(long since) throws IOException {
    OrderedStore.Cursor cursor =
        store.scan(Keys.log(since + 1), new byte[] {(byte) (Keys.LOG + 1)});
    return new Registers<>(cursor, () -> logged(Keys.seqOf(cursor.key()), cursor.value()));
  }

  /**
   * The path of a node by its first name; empty when it, or a directory above, has none, or when
   * directories are in a circle.
   */
  public Optional<PathBytes> path(NodeId id) throws IOException {
    List<PathBytes> names = new ArrayList<>();
    NodeId at = id;
    while (!at.isRoot()) {
      Optional<Node> node = node(at);
      if (node.isEmpty() || node.get().links().isEmpty() || names.size() == MOST_DEPTH) {
        return Optional.empty();
      }
      Link link = node.get().links().get(0);
      names.add(link.name());
      at = link.parent();
    }
    Collections.reverse(names);
    PathBytes path = PathBytes.EMPTY;
    for (PathBytes name : names) {
      path = path.resolve(name);
    }
    return Optional.of(path);
  }

  /** All paths of a node that is in the tree; a directory's one. */
  public List<PathBytes> paths(Node node) throws IOException {
    List<PathBytes> paths = new ArrayList<>();
    for (Link link : node.links()) {
      path(link.parent()).ifPresent(parent -> paths.add(parent.resolve(link.name())));
    }
    return paths;
  }

  /**
   * A table beside the registers.
   *
   * @param letter one that docs/format/flow-base.md gives to the caller
   */
  public Area area(char letter) {
    if (letter < 'B' || letter > 'Z' || OWN.indexOf(letter) >= 0) {
      throw new IllegalArgumentException("The table " + letter + " is the base's own.");
    }
    return new Area(store, (byte) letter);
  }

  /** Makes all since the last commit durable, whole or not at all; costs nothing after nothing. */
  public void commit() throws IOException {
    nodes.flush();
    if (!store.isChanged()) {
      return;
    }
    ByteOutput out = new ByteOutput(32);
    out.u8(FORMAT);
    out.u64BigEndian(replica);
    out.varint(counter);
    out.varint(seq);
    store.put(HEAD, out.toBytes());
    store.commit();
  }

  /** Drops all since the last commit. */
  public void rollback() throws IOException {
    nodes.forgetCached();
    names.forgetCached();
    store.rollback();
    readHead();
  }

  /** Drops what was not committed. */
  @Override
  public void close() throws IOException {
    store.close();
  }

  private boolean readHead() throws IOException {
    byte[] head = store.get(HEAD);
    if (head == null) {
      return false;
    }
    ByteInput in = new ByteInput(head, "the head of a flow's base");
    int format = in.u8();
    if (format != FORMAT) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot open a flow's base: its format is "
              + format
              + ", this build knows "
              + FORMAT
              + ". Use the build that made it, or a newer one.");
    }
    replica = in.u64BigEndian();
    counter = in.varint(Long.MAX_VALUE, "a counter");
    seq = in.varint(Long.MAX_VALUE, "a place in the log");
    in.end();
    return true;
  }

  private long logAgain(long old, byte[] register) throws IOException {
    unlog(old);
    seq++;
    store.put(Keys.log(seq), register);
    return seq;
  }

  private void unlog(long old) throws IOException {
    if (old > 0) {
      store.remove(Keys.log(old));
    }
  }

  private Logged logged(long at, byte[] register) throws IOException {
    return switch (register.length == 0 ? 0 : register[0]) {
      case Keys.NODE -> new Logged(at, require(Keys.nodeOf(register)), null);
      case Keys.NAME -> new Logged(at, null, dirent(Keys.linkOf(register)));
      default ->
          throw new ProviderException(
              ErrorKind.CORRUPT,
              "Cannot read a flow's log of changes at "
                  + at
                  + ": it names no register. Have the flow made anew from its trees.");
    };
  }

  /**
   * A change in the log: of a node or of a name.
   *
   * @param seq its place
   * @param node the node; null when it is of a name
   * @param dirent the name; null when it is of a node
   */
  public record Logged(long seq, @Nullable Node node, @Nullable Dirent dirent) {}
}
