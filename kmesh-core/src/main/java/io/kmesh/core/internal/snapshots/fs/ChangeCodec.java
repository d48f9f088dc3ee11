// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The form of changes: docs/format/virtual-copy.md. */
final class ChangeCodec {
  private static final int HEAD = 0;
  private static final int PUT = 1;
  private static final int GONE = 2;
  private static final int NAME = 3;
  private static final int NO_NAME = 4;
  private static final int BLOCKS = 5;

  private static final int LINKED = 1;
  private static final int ORIGIN = 2;
  private static final int CONTENT = 4;
  private static final int ALL_FLAGS = 7;

  private static final int MOST_MODE = 07777;
  private static final int MOST_NANOS = 999_999_999;
  private static final long MOST_OWNER = 0xffff_ffffL;
  private static final int ID_DIGITS = 16;

  private static final FileType[] TYPES = {
    FileType.REGULAR,
    FileType.DIRECTORY,
    FileType.SYMLINK,
    FileType.FIFO,
    FileType.SOCKET,
    FileType.CHARACTER_DEVICE,
    FileType.BLOCK_DEVICE
  };

  private ChangeCodec() {}

  static byte[] write(List<Change> changes) {
    ByteOutput out = new ByteOutput(256);
    changes.forEach(change -> write(out, change));
    return out.toBytes();
  }

  private static void write(ByteOutput out, Change change) {
    if (change instanceof Change.Head head) {
      out.u8(HEAD);
      out.ascii(head.copy());
      out.ascii(head.snapshot());
      out.varint(head.next());
    } else if (change instanceof Change.Put put) {
      out.u8(PUT);
      state(out, put.state());
    } else if (change instanceof Change.Gone gone) {
      out.u8(GONE);
      out.varint(gone.id());
    } else if (change instanceof Change.Name name) {
      out.u8(NAME);
      out.varint(name.directory());
      out.block(name.name().toBytes());
      out.varint(name.target());
    } else if (change instanceof Change.NoName name) {
      out.u8(NO_NAME);
      out.varint(name.directory());
      out.block(name.name().toBytes());
    } else if (change instanceof Change.Blocks blocks) {
      out.u8(BLOCKS);
      out.varint(blocks.id());
      out.varint(blocks.from());
      out.varint(blocks.to() - blocks.from());
    }
  }

  private static void state(ByteOutput out, InodeState state) {
    out.varint(state.id());
    out.u8(type(state.type()));
    out.varint(state.mode());
    out.varint(state.uid());
    out.varint(state.gid());
    time(out, state.mtime());
    time(out, state.ctime());
    out.varint(state.links());
    out.varint(state.inode());
    out.varint(state.device());
    out.varint(state.rdev());
    PathBytes origin = state.origin();
    PathBytes content = state.content();
    out.u8(
        (state.isLinked() ? LINKED : 0)
            | (origin != null ? ORIGIN : 0)
            | (content != null ? CONTENT : 0));
    if (origin != null) {
      out.block(origin.toBytes());
    }
    if (content != null) {
      out.block(content.toBytes());
    }
    out.block(state.target().toBytes());
    out.varint(state.data());
    out.varint(state.size());
    out.varint(state.limit());
    out.varint(state.attributes().size());
    state
        .attributes()
        .forEach(
            (name, value) -> {
              out.block(name.toBytes());
              out.u8(value.isPresent() ? 1 : 0);
              value.ifPresent(out::block);
            });
  }

  private static int type(FileType type) {
    for (int i = 0; i < TYPES.length; i++) {
      if (TYPES[i] == type) {
        return i + 1;
      }
    }
    throw new IllegalArgumentException("Cannot keep a " + type + ": there is no form for it.");
  }

  private static void time(ByteOutput out, FileTime time) {
    out.zigzag(time.seconds());
    out.varint(time.nanos());
  }

  /** Reads the changes of a frame. */
  static List<Change> read(byte[] bytes, String what) throws ProviderException {
    ByteInput in = new ByteInput(bytes, what);
    List<Change> changes = new ArrayList<>();
    while (in.hasMore()) {
      changes.add(read(in));
    }
    return changes;
  }

  private static Change read(ByteInput in) throws ProviderException {
    int kind = in.u8();
    return switch (kind) {
      case HEAD -> new Change.Head(id(in), id(in), number(in, "number"));
      case PUT -> new Change.Put(state(in));
      case GONE -> new Change.Gone(number(in, "entry"));
      case NAME ->
          new Change.Name(number(in, "directory"), name(in), in.varint(Long.MAX_VALUE, "target"));
      case NO_NAME -> new Change.NoName(number(in, "directory"), name(in));
      case BLOCKS -> {
        long id = number(in, "entry");
        int from = (int) in.varint(Integer.MAX_VALUE - 1, "block");
        int count = (int) in.varint(Integer.MAX_VALUE - from, "number of blocks");
        yield new Change.Blocks(id, from, from + count);
      }
      default -> throw in.damaged("a change is of kind " + kind);
    };
  }

  private static long number(ByteInput in, String field) throws ProviderException {
    long number = in.varint(Long.MAX_VALUE, field);
    if (number == 0) {
      throw in.damaged("a " + field + " is 0");
    }
    return number;
  }

  private static String id(ByteInput in) throws ProviderException {
    byte[] id = in.raw(ID_DIGITS);
    for (byte b : id) {
      if (!((b >= '0' && b <= '9') || (b >= 'a' && b <= 'f'))) {
        throw in.damaged("an id is not of hexadecimal digits");
      }
    }
    return new String(id, StandardCharsets.US_ASCII);
  }

  private static PathBytes path(ByteInput in) throws ProviderException {
    byte[] bytes = in.block();
    for (byte b : bytes) {
      if (b == 0) {
        throw in.damaged("a path has NUL");
      }
    }
    return PathBytes.of(bytes);
  }

  private static PathBytes name(ByteInput in) throws ProviderException {
    PathBytes name = path(in);
    if (!name.isName()) {
      throw in.damaged("an entry has the name " + name);
    }
    return name;
  }

  private static FileTime time(ByteInput in) throws ProviderException {
    return new FileTime(in.zigzag(), (int) in.varint(MOST_NANOS, "nanoseconds"));
  }

  private static InodeState state(ByteInput in) throws ProviderException {
    long id = number(in, "entry");
    int type = in.u8();
    if (type < 1 || type > TYPES.length) {
      throw in.damaged("an entry has the type " + type);
    }
    int mode = (int) in.varint(MOST_MODE, "mode");
    long uid = in.varint(MOST_OWNER, "owner");
    long gid = in.varint(MOST_OWNER, "group");
    FileTime mtime = time(in);
    FileTime ctime = time(in);
    long links = in.varint(Long.MAX_VALUE, "number of names");
    long inode = in.varint();
    long device = in.varint();
    long rdev = in.varint();
    int flags = in.u8();
    if ((flags & ~ALL_FLAGS) != 0) {
      throw in.damaged("an entry has the flags " + flags);
    }
    @Nullable PathBytes origin = (flags & ORIGIN) != 0 ? path(in) : null;
    @Nullable PathBytes content = (flags & CONTENT) != 0 ? path(in) : null;
    PathBytes target = path(in);
    long data = in.varint(Long.MAX_VALUE, "data");
    long size = in.varint(Long.MAX_VALUE, "size");
    long limit = in.varint(size, "limit");
    int count = in.count("number of attributes");
    TreeMap<PathBytes, Optional<byte[]>> attributes = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      PathBytes name = path(in);
      if (!attributes.isEmpty() && attributes.lastKey().compareTo(name) >= 0) {
        throw in.damaged("an attribute is out of order");
      }
      int isSet = in.u8();
      if (isSet > 1) {
        throw in.damaged("an attribute is neither set nor removed");
      }
      attributes.put(name, isSet == 1 ? Optional.of(in.block()) : Optional.empty());
    }
    return new InodeState(
        id,
        TYPES[type - 1],
        mode,
        uid,
        gid,
        mtime,
        ctime,
        links,
        inode,
        device,
        rdev,
        (flags & LINKED) != 0,
        origin,
        content,
        target,
        data,
        size,
        limit,
        attributes);
  }
}
