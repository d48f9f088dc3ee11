// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.tree;

import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import java.util.ArrayList;
import java.util.List;

/** The form of entries in leaf pages: docs/format/repository.md, "Trees". */
final class EntryCodec {
  private static final int SAME_OWNER = 1;
  private static final int SAME_MODE = 2;
  private static final int ATTRIBUTES = 4;
  private static final int LINKED = 8;
  private static final int SPARSE = 16;
  private static final int REFERENCE = 32;
  private static final int ALL_FLAGS = 63;
  private static final int NANOS = 999_999_999;
  private static final int MODES = 07777;
  private static final long CHUNK_VALUE = 1L << 32;
  private static final int MOST_NAME = 65_535;
  private static final FileType[] TYPES = {
    FileType.REGULAR,
    FileType.DIRECTORY,
    FileType.SYMLINK,
    FileType.FIFO,
    FileType.SOCKET,
    FileType.CHARACTER_DEVICE,
    FileType.BLOCK_DEVICE
  };

  private EntryCodec() {}

  /** What entries are told by their difference from: the one before in the page. */
  static final class Before {
    private byte[] name = {};
    private int mode;
    private long uid;
    private long gid;
    private long seconds;
    private long inode;

    private void is(TreeNode node, byte[] nameBytes) {
      name = nameBytes;
      mode = node.mode();
      uid = node.uid();
      gid = node.gid();
      seconds = node.mtime().seconds();
      inode = node.inode();
    }
  }

  static void write(ByteOutput out, TreeNode node, Before before) {
    byte[] name = node.name().toBytes();
    int shared = 0;
    int most = Math.min(name.length, before.name.length);
    while (shared < most && name[shared] == before.name[shared]) {
      shared++;
    }
    out.varint(shared);
    out.varint(name.length - shared);
    out.raw(name, shared, name.length - shared);
    out.u8(typeNumber(node.type()));
    boolean isSameOwner = node.uid() == before.uid && node.gid() == before.gid;
    boolean isSameMode = node.mode() == before.mode;
    out.varint(
        (isSameOwner ? SAME_OWNER : 0)
            | (isSameMode ? SAME_MODE : 0)
            | (node.attributes().isEmpty() ? 0 : ATTRIBUTES)
            | (node.isLinked() ? LINKED : 0)
            | (node.content() instanceof Content.Sparse ? SPARSE : 0)
            | (node.content() instanceof Content.Reference ? REFERENCE : 0));
    if (!isSameMode) {
      out.varint(node.mode());
    }
    if (!isSameOwner) {
      out.varint(node.uid());
      out.varint(node.gid());
    }
    out.zigzag(node.mtime().seconds() - before.seconds);
    out.varint(node.mtime().nanos());
    out.zigzag(node.ctime().seconds() - node.mtime().seconds());
    out.varint(node.ctime().nanos());
    out.zigzag(node.inode() - before.inode);
    if (node.isLinked()) {
      out.varint(node.device());
      out.varint(node.links());
    }
    if (!node.attributes().isEmpty()) {
      writeAttributes(out, node.attributes());
    }
    writeContent(out, node.content());
    before.is(node, name);
  }

  private static void writeAttributes(ByteOutput out, List<Attribute> attributes) {
    out.varint(attributes.size());
    for (Attribute attribute : attributes) {
      out.block(attribute.name().toBytes());
      byte[] value = attribute.value();
      ChunkName chunk = attribute.chunk();
      if (value != null) {
        out.block(value);
      } else if (chunk != null) {
        out.varint(attribute.length() + CHUNK_VALUE);
        chunk.write(out);
      }
    }
  }

  private static void writeContent(ByteOutput out, Content content) {
    if (content instanceof Content.Directory directory) {
      out.varint(directory.height());
      directory.page().write(out);
    } else if (content instanceof Content.Link link) {
      out.block(link.target().toBytes());
    } else if (content instanceof Content.Device device) {
      out.varint(device.major());
      out.varint(device.minor());
    } else if (content instanceof Content.Data data) {
      out.varint(data.size());
      ChunkListCodec.write(out, data.chunks());
    } else if (content instanceof Content.Sparse sparse) {
      out.varint(sparse.size());
      out.varint(sparse.extents().size());
      long end = 0;
      for (Extent extent : sparse.extents()) {
        out.varint(extent.offset() - end);
        out.varint(extent.length());
        end = extent.end();
      }
      ChunkListCodec.write(out, sparse.chunks());
    } else if (content instanceof Content.Reference reference) {
      out.varint(reference.size());
      out.block(reference.reference());
    }
  }

  static TreeNode read(ByteInput in, Before before) throws ProviderException {
    byte[] name = readName(in, before);
    int typeNumber = in.u8();
    if (typeNumber < 1 || typeNumber > TYPES.length) {
      throw in.damaged("an entry has the type " + typeNumber);
    }
    FileType type = TYPES[typeNumber - 1];
    int flags = (int) in.varint(ALL_FLAGS, "flags");
    int mode = (flags & SAME_MODE) != 0 ? before.mode : (int) in.varint(MODES, "mode");
    boolean isSameOwner = (flags & SAME_OWNER) != 0;
    long uid = isSameOwner ? before.uid : in.varint(0xffff_ffffL, "owner");
    long gid = isSameOwner ? before.gid : in.varint(0xffff_ffffL, "group");
    long seconds = before.seconds + in.zigzag();
    FileTime mtime = new FileTime(seconds, (int) in.varint(NANOS, "nanoseconds"));
    long changed = seconds + in.zigzag();
    FileTime ctime = new FileTime(changed, (int) in.varint(NANOS, "nanoseconds"));
    long inode = before.inode + in.zigzag();
    boolean isLinked = (flags & LINKED) != 0;
    long device = isLinked ? in.varint() : 0;
    long links = isLinked ? in.varint(Long.MAX_VALUE, "number of names") : 1;
    List<Attribute> attributes = (flags & ATTRIBUTES) != 0 ? readAttributes(in) : List.of();
    Content content = readContent(in, type, flags);
    TreeNode node =
        new TreeNode(
            path(in, name),
            type,
            mode,
            uid,
            gid,
            mtime,
            ctime,
            inode,
            device,
            links,
            attributes,
            content);
    before.is(node, name);
    return node;
  }

  /** A path or a name of bytes that were read. */
  static PathBytes path(ByteInput in, byte[] bytes) throws ProviderException {
    try {
      return PathBytes.of(bytes);
    } catch (IllegalArgumentException e) {
      throw in.damaged("a name has a NUL byte");
    }
  }

  private static byte[] readName(ByteInput in, Before before) throws ProviderException {
    int shared = (int) in.varint(before.name.length, "shared bytes of a name");
    int more = (int) in.varint(Math.min(MOST_NAME, in.remaining()), "bytes of a name");
    if (shared + more > MOST_NAME) {
      throw in.damaged("a name has " + (shared + more) + " bytes");
    }
    byte[] name = new byte[shared + more];
    System.arraycopy(before.name, 0, name, 0, shared);
    System.arraycopy(in.raw(more), 0, name, shared, more);
    return name;
  }

  private static List<Attribute> readAttributes(ByteInput in) throws ProviderException {
    int count = in.count("number of attributes");
    List<Attribute> attributes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      PathBytes name = path(in, in.block());
      long length = in.varint();
      if (length >= 0 && length < CHUNK_VALUE) {
        if (length > in.remaining()) {
          throw in.damaged("an attribute has " + length + " bytes");
        }
        attributes.add(Attribute.of(name, in.raw((int) length)));
      } else {
        if (length < 0) {
          throw in.damaged("an attribute has " + Long.toUnsignedString(length) + " bytes");
        }
        attributes.add(Attribute.of(name, ChunkName.read(in), length - CHUNK_VALUE));
      }
    }
    return attributes;
  }

  private static Content readContent(ByteInput in, FileType type, int flags)
      throws ProviderException {
    if (type != FileType.REGULAR && (flags & (SPARSE | REFERENCE)) != 0) {
      throw in.damaged("a " + type + " has the flags of a file");
    }
    switch (type) {
      case DIRECTORY:
        return new Content.Directory((int) in.varint(64, "height"), ChunkName.read(in));
      case SYMLINK:
        return new Content.Link(path(in, in.block()));
      case CHARACTER_DEVICE:
      case BLOCK_DEVICE:
        return new Content.Device(
            in.varint(0xffff_ffffL, "major number"), in.varint(0xffff_ffffL, "minor number"));
      case REGULAR:
        return readFile(in, flags);
      default:
        return Content.none();
    }
  }

  private static Content readFile(ByteInput in, int flags) throws ProviderException {
    long size = in.varint(Long.MAX_VALUE, "size");
    if ((flags & REFERENCE) != 0) {
      return new Content.Reference(size, in.block());
    }
    if ((flags & SPARSE) == 0) {
      return new Content.Data(size, ChunkListCodec.read(in, size));
    }
    int count = in.count("number of extents");
    List<Extent> extents = new ArrayList<>();
    long end = 0;
    long data = 0;
    for (int i = 0; i < count; i++) {
      long offset = end + in.varint(size - end, "extent");
      long length = in.varint(size - offset, "extent");
      if (length == 0) {
        throw in.damaged("an extent is empty");
      }
      extents.add(new Extent(offset, length));
      end = offset + length;
      data += length;
    }
    return new Content.Sparse(size, extents, ChunkListCodec.read(in, data));
  }

  private static int typeNumber(FileType type) {
    for (int i = 0; i < TYPES.length; i++) {
      if (TYPES[i] == type) {
        return i + 1;
      }
    }
    throw new IllegalArgumentException("Cannot store a " + type + ": there is no form for it.");
  }
}
