// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.base;

import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The forms of registers: docs/format/flow-base.md. What is sent and what is kept differ in what
 * only one site knows. Stateless.
 */
public final class BaseCodec {
  private static final List<FileType> TYPES =
      List.of(
          FileType.REGULAR,
          FileType.DIRECTORY,
          FileType.SYMLINK,
          FileType.FIFO,
          FileType.SOCKET,
          FileType.CHARACTER_DEVICE,
          FileType.BLOCK_DEVICE);
  private static final int HAS_LOCAL = 1;
  private static final int HAS_NODE = 1;
  private static final int HAS_REMOVED = 2;
  private static final int HAS_PLACED = 4;
  private static final int IS_PLACED_AS_NODE = 8;

  private BaseCodec() {}

  /** What is read, for messages: a text for each register would cost more than reading it. */
  private record Kept(String kind, Object of) {
    @Override
    public String toString() {
      return "what is kept of " + kind + " " + of;
    }
  }

  static byte[] kept(Node node) {
    ByteOutput out = new ByteOutput(320); // a node's usual length, and some: growing is a copy
    writeRegisters(node, out);
    Local local = node.local();
    out.u8(local == null ? 0 : HAS_LOCAL);
    if (local != null) {
      local.write(out);
    }
    out.varint(node.links().size());
    for (Link link : node.links()) {
      link.parent().write(out);
      out.block(link.name().toBytes());
    }
    out.varint(node.seq());
    return out.toBytes();
  }

  static Node node(NodeId id, byte[] bytes) throws ProviderException {
    ByteInput in = new ByteInput(bytes, new Kept("node", id));
    Node registers = readRegisters(id, in);
    int flags = flags(in, HAS_LOCAL);
    Local local = (flags & HAS_LOCAL) != 0 ? Local.read(in) : null;
    int count = in.count("names");
    List<Link> links = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      NodeId parent = NodeId.read(in);
      links.add(new Link(parent, name(in)));
    }
    long seq = in.varint(Long.MAX_VALUE, "a place in the log");
    in.end();
    return new Node(
        id,
        registers.type(),
        registers.rdev(),
        registers.target(),
        registers.attributes(),
        registers.attributesVersion(),
        registers.content(),
        registers.contentVersion(),
        local,
        links,
        seq);
  }

  static byte[] kept(Dirent dirent) {
    ByteOutput out = new ByteOutput(128);
    NodeId placed = dirent.placed();
    int flags =
        (placed == null ? 0 : HAS_PLACED)
            | (placed != null && dirent.isPlaced() ? IS_PLACED_AS_NODE : 0);
    writeRegister(dirent, flags, out);
    if (placed != null && (flags & IS_PLACED_AS_NODE) == 0) {
      placed.write(out);
    }
    out.varint(dirent.seq());
    return out.toBytes();
  }

  static Dirent dirent(Link link, byte[] bytes) throws ProviderException {
    ByteInput in = new ByteInput(bytes, new Kept("the name", link.name()));
    int flags = flags(in, HAS_NODE | HAS_REMOVED | HAS_PLACED | IS_PLACED_AS_NODE);
    Dirent register = readRegister(link, flags, in);
    NodeId placed = null;
    if ((flags & IS_PLACED_AS_NODE) != 0) {
      if ((flags & (HAS_PLACED | HAS_NODE)) != (HAS_PLACED | HAS_NODE)) {
        throw in.damaged("flags " + flags + " contradict each other");
      }
      placed = register.node();
    } else if ((flags & HAS_PLACED) != 0) {
      placed = NodeId.read(in);
    }
    long seq = in.varint(Long.MAX_VALUE, "a place in the log");
    in.end();
    return new Dirent(
        link,
        register.node(),
        register.removed(),
        register.removedSeen(),
        register.version(),
        placed,
        seq);
  }

  /** Writes what a site tells others of a node. */
  public static void send(Node node, ByteOutput out) {
    node.id().write(out);
    writeRegisters(node, out);
  }

  /** Reads what another site told of a node. */
  public static Node receiveNode(ByteInput in) throws ProviderException {
    NodeId id = NodeId.read(in);
    return readRegisters(id, in);
  }

  /** Writes what a site tells others of a name. */
  public static void send(Dirent dirent, ByteOutput out) {
    dirent.link().parent().write(out);
    out.block(dirent.link().name().toBytes());
    writeRegister(dirent, 0, out);
  }

  /** Reads what another site told of a name. */
  public static Dirent receiveDirent(ByteInput in) throws ProviderException {
    NodeId parent = NodeId.read(in);
    Link link = new Link(parent, name(in));
    return readRegister(link, flags(in, HAS_NODE | HAS_REMOVED), in);
  }

  private static void writeRegisters(Node node, ByteOutput out) {
    out.u8(TYPES.indexOf(node.type()));
    out.varint(node.rdev());
    out.block(node.target().toBytes());
    node.attributes().write(out);
    node.attributesVersion().write(out);
    node.content().write(out);
    node.contentVersion().write(out);
  }

  private static Node readRegisters(NodeId id, ByteInput in) throws ProviderException {
    FileType type = TYPES.get((int) in.varint(TYPES.size() - 1, "a type"));
    long rdev = in.varint();
    PathBytes target = path(in);
    Attributes attributes = Attributes.read(in);
    Version attributesVersion = Version.read(in);
    Content content = Content.read(in);
    Version contentVersion = Version.read(in);
    return new Node(
        id,
        type,
        rdev,
        target,
        attributes,
        attributesVersion,
        content,
        contentVersion,
        null,
        List.of(),
        0);
  }

  private static void writeRegister(Dirent dirent, int more, ByteOutput out) {
    out.u8(
        more
            | (dirent.node() == null ? 0 : HAS_NODE)
            | (dirent.removed() == null ? 0 : HAS_REMOVED));
    if (dirent.node() != null) {
      dirent.node().write(out);
    }
    if (dirent.removed() != null) {
      dirent.removed().write(out);
      dirent.removedSeen().write(out);
    }
    dirent.version().write(out);
  }

  private static Dirent readRegister(Link link, int flags, ByteInput in) throws ProviderException {
    NodeId node = (flags & HAS_NODE) != 0 ? NodeId.read(in) : null;
    @Nullable NodeId removed = null;
    VersionVector seen = VersionVector.EMPTY;
    if ((flags & HAS_REMOVED) != 0) {
      removed = NodeId.read(in);
      seen = VersionVector.read(in);
    }
    return new Dirent(link, node, removed, seen, Version.read(in), null, 0);
  }

  static PathBytes path(ByteInput in) throws ProviderException {
    byte[] bytes = in.block();
    for (byte one : bytes) {
      if (one == 0) {
        throw in.damaged("a path has a NUL byte");
      }
    }
    return PathBytes.of(bytes);
  }

  private static int flags(ByteInput in, int known) throws ProviderException {
    int flags = in.u8();
    if ((flags & ~known) != 0) {
      throw in.damaged("flags " + flags + " are not known");
    }
    return flags;
  }

  private static PathBytes name(ByteInput in) throws ProviderException {
    PathBytes name = path(in);
    if (!name.isName()) {
      throw in.damaged("\"" + name + "\" is no name of an entry");
    }
    return name;
  }
}
