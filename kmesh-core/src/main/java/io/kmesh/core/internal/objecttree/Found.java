// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a pull found at a key, a row of the table {@code P}. Immutable.
 *
 * @param kind what it is
 * @param path the path that it says; empty where it is none, and for the root
 * @param object of the store, which shows nothing yet; null when it is gone
 * @param inode of an entry what it is, without a number; else null
 * @param assigned the inode that it is to show; 0 when that is not decided
 */
record Found(
    Kind kind,
    PathBytes path,
    @Nullable StoredObject object,
    @Nullable Inode inode,
    long assigned) {
  /** What a pull finds. The order is that of the numbers in the index. */
  enum Kind {
    /** Nothing, where something was. */
    GONE,
    /** A file, directory, link or special file. */
    ENTRY,
    /** Another name of a file. */
    HARD_LINK,
    /** What was there, although the listing says something else of it. */
    SAME,
    /** Something that is no entry of the tree. */
    OTHER
  }

  static final Found GONE = new Found(Kind.GONE, PathBytes.EMPTY, null, null, 0);

  private static final List<Kind> KINDS = List.of(Kind.values());
  private static final int VERSION = 0;
  private static final int HAS_OBJECT = 1;
  private static final int HAS_INODE = 2;

  Found withAssigned(long number) {
    return new Found(kind, path, object, inode, number);
  }

  /** The same, to be asked for again by the next pull. */
  Found unsure() {
    StoredObject there = object;
    return there == null ? this : new Found(kind, path, there.unsure(), inode, assigned);
  }

  byte[] toBytes() {
    ByteOutput out = new ByteOutput(256);
    out.u8(VERSION);
    out.u8(KINDS.indexOf(kind));
    out.u8((object == null ? 0 : HAS_OBJECT) | (inode == null ? 0 : HAS_INODE));
    out.varint(assigned);
    out.block(path.toBytes());
    if (object != null) {
      out.block(IndexCodec.write(object));
    }
    if (inode != null) {
      out.block(IndexCodec.write(inode));
    }
    return out.toBytes();
  }

  static Found read(String key, byte[] value) throws ProviderException {
    ByteInput in = new ByteInput(value, "what a pull found");
    int version = in.u8();
    int kind = in.u8();
    int flags = in.u8();
    if (version != VERSION || kind >= KINDS.size() || flags > 3) {
      throw in.damaged("its form is not known");
    }
    long assigned = in.varint();
    PathBytes path = IndexCodec.path(in);
    StoredObject object = (flags & HAS_OBJECT) == 0 ? null : IndexCodec.object(key, in.block());
    Inode inode = (flags & HAS_INODE) == 0 ? null : IndexCodec.inode(0, in.block());
    in.end();
    return new Found(KINDS.get(kind), path, object, inode, assigned);
  }

  /** The object of what is there. */
  StoredObject stored() {
    StoredObject there = object;
    if (there == null) {
      throw new IllegalStateException("What is gone has no object.");
    }
    return there;
  }

  /** What an entry is. */
  Inode entry() {
    Inode there = inode;
    if (there == null) {
      throw new IllegalStateException("What is no entry has no inode.");
    }
    return there;
  }

  /** When the store took it. */
  FileTime modified() {
    return stored().modified();
  }
}
