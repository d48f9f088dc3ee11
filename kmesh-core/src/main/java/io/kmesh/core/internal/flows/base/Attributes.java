// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.base;

import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What belongs to an entry besides its bytes and its time. Immutable.
 *
 * @param mode permission bits with suid, sgid and sticky, 0 to 07777
 * @param uid the owner's number
 * @param gid the group's number
 * @param xattrs the extended attributes that are its own; the arrays must not be changed
 */
public record Attributes(int mode, long uid, long gid, SortedMap<PathBytes, byte[]> xattrs) {
  private static final SortedMap<PathBytes, byte[]> NO_XATTRS =
      Collections.unmodifiableSortedMap(new TreeMap<>());
  private static final long MOST_ID = 0xffffffffL;

  /** Without extended attributes. */
  public Attributes(int mode, long uid, long gid) {
    this(mode, uid, gid, NO_XATTRS);
  }

  /** What a stat says, with extended attributes. */
  public static Attributes of(FileStat stat, SortedMap<PathBytes, byte[]> xattrs) {
    return new Attributes(
        stat.mode(), stat.uid(), stat.gid(), xattrs.isEmpty() ? NO_XATTRS : xattrs);
  }

  static Attributes read(ByteInput in) throws ProviderException {
    int mode = (int) in.varint(07777, "a mode");
    long uid = in.varint(MOST_ID, "an owner");
    long gid = in.varint(MOST_ID, "a group");
    int count = in.count("extended attributes");
    if (count == 0) {
      return new Attributes(mode, uid, gid);
    }
    TreeMap<PathBytes, byte[]> xattrs = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      PathBytes name = BaseCodec.path(in);
      if (!xattrs.isEmpty() && xattrs.lastKey().compareTo(name) >= 0) {
        throw in.damaged("extended attributes are not in order");
      }
      xattrs.put(name, in.block());
    }
    return new Attributes(mode, uid, gid, Collections.unmodifiableSortedMap(xattrs));
  }

  void write(ByteOutput out) {
    out.varint(mode);
    out.varint(uid);
    out.varint(gid);
    out.varint(xattrs.size());
    xattrs.forEach(
        (name, value) -> {
          out.block(name.toBytes());
          out.block(value);
        });
  }

  /** Whether owner, group and mode are those of a stat. */
  public boolean isAsIn(FileStat stat) {
    return mode == stat.mode() && uid == stat.uid() && gid == stat.gid();
  }

  @Override
  public boolean equals(@org.jspecify.annotations.Nullable Object o) {
    return o instanceof Attributes a
        && mode == a.mode
        && uid == a.uid
        && gid == a.gid
        && sameXattrs(a.xattrs);
  }

  /** Whether the extended attributes are these. */
  public boolean sameXattrs(SortedMap<PathBytes, byte[]> others) {
    if (xattrs.size() != others.size()) {
      return false;
    }
    for (Map.Entry<PathBytes, byte[]> one : xattrs.entrySet()) {
      if (!Arrays.equals(one.getValue(), others.get(one.getKey()))) {
        return false;
      }
    }
    return true;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(uid * 31 + gid) * 31 + mode + xattrs.keySet().hashCode();
  }

  @Override
  public String toString() {
    return Integer.toOctalString(mode) + " " + uid + ":" + gid + " " + xattrs.keySet();
  }
}
