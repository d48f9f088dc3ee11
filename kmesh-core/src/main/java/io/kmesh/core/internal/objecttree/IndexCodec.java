// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import io.kmesh.core.internal.mirror.Extents;
import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.lustre.Extent;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.store.Crc32c;
import io.kmesh.spi.store.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** The forms of docs/format/object-tree.md. Stateless. */
final class IndexCodec {
  private static final int VERSION = 0;
  private static final List<FileType> TYPES =
      List.of(
          FileType.REGULAR,
          FileType.DIRECTORY,
          FileType.SYMLINK,
          FileType.FIFO,
          FileType.SOCKET,
          FileType.CHARACTER_DEVICE,
          FileType.BLOCK_DEVICE);
  private static final List<Change> CHANGES = List.of(Change.values());
  private static final List<Intent.Kind> STEPS = List.of(Intent.Kind.values());
  private static final long MOST_ID = 0xffffffffL;
  private static final int DIGEST = 32;
  private static final int CRC32C = 4;
  private static final int HOLES = 0;
  private static final int OBJECT = 1;
  private static final int SPOOL = 2;
  private static final int IS_PACKED = 1;
  private static final int HAS_SHA256 = 2;
  private static final int HAS_BODY_SHA256 = 4;
  private static final int HAS_CRC32C = 8;
  private static final int HAS_FID = 1;
  private static final int HAS_ATTRIBUTES = 2;

  private IndexCodec() {}

  /** What is read, for messages: a text for each row would cost more than reading it. */
  private record Row(String kind, Object of) {
    @Override
    public String toString() {
      return "what the index of an object tree says of " + kind + " " + of;
    }
  }

  private static ByteInput in(byte[] value, String kind, Object of) throws ProviderException {
    ByteInput in = new ByteInput(value, new Row(kind, of));
    int version = in.u8();
    if (version != VERSION) {
      throw in.damaged("its version is " + version);
    }
    return in;
  }

  private static ByteOutput out(int room) {
    ByteOutput out = new ByteOutput(room);
    out.u8(VERSION);
    return out;
  }

  static byte[] write(TreeIndex.Head head) {
    ByteOutput out = out(64);
    write(head.store(), out);
    write(head.prefix(), out);
    out.u64BigEndian(head.device());
    out.varint(head.nextInode());
    out.varint(head.nextSpool());
    return out.toBytes();
  }

  static TreeIndex.Head head(byte[] value) throws ProviderException {
    ByteInput in = in(value, "its", "tree");
    TreeIndex.Head head =
        new TreeIndex.Head(
            text(in), text(in), in.u64BigEndian(), positive(in, "inode"), positive(in, "spool"));
    in.end();
    return head;
  }

  static byte[] write(Inode inode) {
    ByteOutput out = out(96);
    writeAttributes(inode, out);
    write(inode.atime(), out);
    write(inode.ctime(), out);
    out.varint(inode.size());
    out.varint(inode.links());
    Body body = inode.body();
    if (body instanceof Body.InObject object) {
      out.u8(OBJECT);
      write(object, out);
    } else if (body instanceof Body.Spooled spooled) {
      out.u8(SPOOL);
      out.varint(spooled.number());
    } else {
      out.u8(HOLES);
    }
    return out.toBytes();
  }

  private static void writeAttributes(Inode inode, ByteOutput out) {
    out.u8(TYPES.indexOf(inode.type()));
    out.varint(inode.mode());
    out.varint(inode.uid());
    out.varint(inode.gid());
    write(inode.mtime(), out);
    out.varint(inode.rdev());
    out.block(inode.target().toBytes());
    out.varint(inode.xattrs().size());
    inode
        .xattrs()
        .forEach(
            (name, value) -> {
              out.block(name.toBytes());
              out.block(value);
            });
  }

  private static void write(Body.InObject object, ByteOutput out) {
    Extents extents = object.extents();
    Sha256 sha256 = object.sha256();
    Sha256 bodySha256 = object.bodySha256();
    Crc32c crc32c = object.crc32c();
    write(object.key(), out);
    write(object.etag(), out);
    out.u8(
        (extents.isPacked() ? IS_PACKED : 0)
            | (sha256 == null ? 0 : HAS_SHA256)
            | (bodySha256 == null ? 0 : HAS_BODY_SHA256)
            | (crc32c == null ? 0 : HAS_CRC32C));
    out.varint(extents.size());
    if (extents.isPacked()) {
      out.varint(extents.list().size());
      long end = 0;
      for (Extent extent : extents.list()) {
        out.varint(extent.offset() - end);
        out.varint(extent.length());
        end = extent.offset() + extent.length();
      }
    }
    if (sha256 != null) {
      out.raw(sha256.bytes());
    }
    if (bodySha256 != null) {
      out.raw(bodySha256.bytes());
    }
    if (crc32c != null) {
      out.raw(ByteBuffer.allocate(CRC32C).putInt(crc32c.value()).array());
    }
  }

  static Inode inode(long number, byte[] value) throws ProviderException {
    ByteInput in = in(value, "inode", number);
    FileType type = type(in);
    int mode = (int) in.varint(07777, "mode");
    long uid = in.varint(MOST_ID, "owner");
    long gid = in.varint(MOST_ID, "group");
    FileTime mtime = time(in);
    long rdev = in.varint();
    PathBytes target = path(in);
    SortedMap<PathBytes, byte[]> xattrs = xattrs(in);
    FileTime atime = time(in);
    FileTime ctime = time(in);
    long size = in.varint(Long.MAX_VALUE, "size");
    long links = in.varint(Long.MAX_VALUE, "number of names");
    Body body = body(in);
    in.end();
    return new Inode(
        number, type, mode, uid, gid, atime, mtime, ctime, size, rdev, links, target, xattrs, body);
  }

  private static SortedMap<PathBytes, byte[]> xattrs(ByteInput in) throws ProviderException {
    int count = in.count("number of extended attributes");
    if (count == 0) {
      return Inode.NO_XATTRS;
    }
    TreeMap<PathBytes, byte[]> xattrs = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      PathBytes name = path(in);
      if (name.isEmpty() || (!xattrs.isEmpty() && xattrs.lastKey().compareTo(name) >= 0)) {
        throw in.damaged("extended attributes are not in order");
      }
      xattrs.put(name, in.block());
    }
    return java.util.Collections.unmodifiableSortedMap(xattrs);
  }

  private static Body body(ByteInput in) throws ProviderException {
    return switch (in.u8()) {
      case HOLES -> Body.HOLES;
      case OBJECT -> inObject(in);
      case SPOOL -> new Body.Spooled(in.varint(Long.MAX_VALUE, "spool file"));
      default -> throw in.damaged("it says no place of the bytes");
    };
  }

  private static Body inObject(ByteInput in) throws ProviderException {
    String key = text(in);
    String etag = text(in);
    int flags = flags(in, IS_PACKED | HAS_SHA256 | HAS_BODY_SHA256 | HAS_CRC32C);
    long size = in.varint(Long.MAX_VALUE, "size");
    Extents extents = (flags & IS_PACKED) != 0 ? extents(in, size) : Extents.whole(size);
    Sha256 sha256 = (flags & HAS_SHA256) != 0 ? new Sha256(in.raw(DIGEST)) : null;
    Sha256 bodySha256 = (flags & HAS_BODY_SHA256) != 0 ? new Sha256(in.raw(DIGEST)) : null;
    Crc32c crc32c =
        (flags & HAS_CRC32C) != 0 ? new Crc32c(ByteBuffer.wrap(in.raw(CRC32C)).getInt()) : null;
    return new Body.InObject(key, etag, extents, sha256, bodySha256, crc32c);
  }

  private static Extents extents(ByteInput in, long size) throws ProviderException {
    int count = in.count("number of extents");
    List<Extent> list = new ArrayList<>(count);
    long end = 0;
    for (int i = 0; i < count; i++) {
      long gap = in.varint(size - end, "hole");
      long length = in.varint(size - end - gap, "extent");
      if (length == 0 || (gap == 0 && i > 0)) {
        throw in.damaged("its extents are empty or touch");
      }
      list.add(new Extent(end + gap, length));
      end += gap + length;
    }
    return new Extents(list, size, true);
  }

  static byte[] write(Entry entry) {
    ByteOutput out = out(16);
    out.u8(TYPES.indexOf(entry.type()));
    out.varint(entry.inode());
    return out.toBytes();
  }

  static Entry entry(byte[] key, byte[] value) throws ProviderException {
    ByteInput where = IndexKeys.in(key);
    long directory = where.u64BigEndian();
    PathBytes name = name(where);
    ByteInput in = in(value, "the name", name);
    Entry entry = new Entry(directory, name, 0, type(in));
    long inode = positive(in, "inode");
    in.end();
    return new Entry(directory, name, inode, entry.type());
  }

  static byte[] write(Name name) {
    ByteOutput out = out(2 + name.key().length());
    write(name.key(), out);
    return out.toBytes();
  }

  static Name name(byte[] key, byte[] value) throws ProviderException {
    ByteInput where = IndexKeys.in(key);
    where.u64BigEndian();
    long directory = where.u64BigEndian();
    PathBytes name = name(where);
    ByteInput in = in(value, "the key of the name", name);
    String shown = text(in);
    in.end();
    return new Name(directory, name, shown);
  }

  private static PathBytes name(ByteInput in) throws ProviderException {
    PathBytes name = path(in, in.raw(in.remaining()));
    if (!name.isName()) {
      throw in.damaged("\"" + name + "\" is no name of an entry");
    }
    return name;
  }

  static byte[] write(StoredObject object) {
    ByteOutput out = out(96);
    Fid fid = object.fid();
    Sha256 attributes = object.attributes();
    out.u8((fid == null ? 0 : HAS_FID) | (attributes == null ? 0 : HAS_ATTRIBUTES));
    write(object.etag(), out);
    out.varint(object.size());
    write(object.modified(), out);
    write(object.side(), out);
    write(object.attempt(), out);
    if (fid != null) {
      out.u64BigEndian(fid.sequence());
      out.varint(fid.oid() & MOST_ID);
      out.varint(fid.version() & MOST_ID);
    }
    out.varint(object.inode());
    out.varint(object.directory());
    out.block(object.name().toBytes());
    out.block(object.target().toBytes());
    if (attributes != null) {
      out.raw(attributes.bytes());
    }
    return out.toBytes();
  }

  static StoredObject object(String key, byte[] value) throws ProviderException {
    ByteInput in = in(value, "the object", key);
    int flags = flags(in, HAS_FID | HAS_ATTRIBUTES);
    String etag = text(in);
    long size = in.varint(Long.MAX_VALUE, "size");
    FileTime modified = time(in);
    String side = text(in);
    String attempt = text(in);
    Fid fid = null;
    if ((flags & HAS_FID) != 0) {
      long sequence = in.u64BigEndian();
      int oid = (int) in.varint(MOST_ID, "object number");
      fid = new Fid(sequence, oid, (int) in.varint(MOST_ID, "version"));
    }
    long inode = in.varint(Long.MAX_VALUE, "inode");
    long directory = in.varint(Long.MAX_VALUE, "directory");
    PathBytes name = path(in);
    if (!name.isEmpty() && !name.isName()) {
      throw in.damaged("\"" + name + "\" is no name of an entry");
    }
    PathBytes target = path(in);
    Sha256 attributes = (flags & HAS_ATTRIBUTES) != 0 ? new Sha256(in.raw(DIGEST)) : null;
    in.end();
    return new StoredObject(
        key, etag, size, modified, side, attempt, fid, inode, directory, name, target, attributes);
  }

  static byte[] write(Set<Change> changes) {
    int bits = 0;
    for (Change change : changes) {
      bits |= bit(change);
    }
    ByteOutput out = out(2);
    out.u8(bits);
    return out.toBytes();
  }

  private static int bit(Change change) {
    return 1 << CHANGES.indexOf(change);
  }

  static Set<Change> changes(long inode, byte[] value) throws ProviderException {
    ByteInput in = in(value, "the changes of inode", inode);
    int bits = flags(in, (1 << CHANGES.size()) - 1);
    in.end();
    EnumSet<Change> changes = EnumSet.noneOf(Change.class);
    for (Change change : CHANGES) {
      if ((bits & bit(change)) != 0) {
        changes.add(change);
      }
    }
    return changes;
  }

  static byte[] write(Intent intent) {
    ByteOutput out = out(96);
    out.u8(STEPS.indexOf(intent.kind()));
    write(intent.key(), out);
    write(intent.attempt(), out);
    write(intent.from(), out);
    write(intent.etag(), out);
    out.varint(intent.inode());
    return out.toBytes();
  }

  static Intent intent(long number, byte[] value) throws ProviderException {
    ByteInput in = in(value, "step", number);
    int kind = in.u8();
    if (kind >= STEPS.size()) {
      throw in.damaged("its kind is " + kind);
    }
    Intent intent =
        new Intent(
            number,
            STEPS.get(kind),
            text(in),
            text(in),
            text(in),
            text(in),
            in.varint(Long.MAX_VALUE, "inode"));
    in.end();
    return intent;
  }

  /** A digest of what an object carries of an inode's attributes: all but times of access. */
  static Sha256 attributesDigest(Inode inode) {
    ByteOutput out = new ByteOutput(96);
    writeAttributes(inode, out);
    try {
      return new Sha256(MessageDigest.getInstance("SHA-256").digest(out.toBytes()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static int flags(ByteInput in, int known) throws ProviderException {
    int flags = in.u8();
    if ((flags & ~known) != 0) {
      throw in.damaged("flags " + flags + " are not known");
    }
    return flags;
  }

  private static long positive(ByteInput in, String field) throws ProviderException {
    long value = in.varint(Long.MAX_VALUE, field);
    if (value == 0) {
      throw in.damaged("its " + field + " is 0");
    }
    return value;
  }

  private static FileType type(ByteInput in) throws ProviderException {
    return TYPES.get((int) in.varint(TYPES.size() - 1, "type"));
  }

  private static void write(FileTime time, ByteOutput out) {
    out.zigzag(time.seconds());
    out.varint(time.nanos());
  }

  private static FileTime time(ByteInput in) throws ProviderException {
    long seconds = in.zigzag();
    return new FileTime(seconds, (int) in.varint(999_999_999, "nanoseconds"));
  }

  private static void write(String text, ByteOutput out) {
    out.block(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String text(ByteInput in) throws ProviderException {
    return text(in, in.block());
  }

  static String text(ByteInput in, byte[] bytes) throws ProviderException {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw in.damaged("a text in it is not UTF-8");
    }
  }

  static PathBytes path(ByteInput in) throws ProviderException {
    return path(in, in.block());
  }

  private static PathBytes path(ByteInput in, byte[] bytes) throws ProviderException {
    for (byte one : bytes) {
      if (one == 0) {
        throw in.damaged("a path has a NUL byte");
      }
    }
    return PathBytes.of(bytes);
  }
}
