// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.path.PathBytes;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Extended attributes as one text. */
final class PackedXattrs {
  private static final int LONGEST_NAME = 0xffff;

  private PackedXattrs() {}

  /** The packed form in base64. */
  static String pack(SortedMap<PathBytes, byte[]> xattrs) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (Map.Entry<PathBytes, byte[]> xattr : xattrs.entrySet()) {
      byte[] name = xattr.getKey().toBytes();
      if (name.length > LONGEST_NAME) {
        throw new IllegalArgumentException("the name of an extended attribute is too long");
      }
      out.writeBytes(ByteBuffer.allocate(2).putShort((short) name.length).array());
      out.writeBytes(name);
      out.writeBytes(ByteBuffer.allocate(4).putInt(xattr.getValue().length).array());
      out.writeBytes(xattr.getValue());
    }
    return Base64.getEncoder().encodeToString(out.toByteArray());
  }

  /**
   * Reads the packed form.
   *
   * @throws IllegalArgumentException when it is not one
   */
  static SortedMap<PathBytes, byte[]> unpack(String text) {
    ByteBuffer in = ByteBuffer.wrap(Base64.getDecoder().decode(text));
    SortedMap<PathBytes, byte[]> xattrs = new TreeMap<>();
    while (in.hasRemaining()) {
      byte[] name = take(in, in.remaining() < 2 ? -1 : in.getShort() & 0xffff);
      byte[] value = take(in, in.remaining() < 4 ? -1 : in.getInt());
      PathBytes key = PathBytes.of(name);
      if (key.isEmpty() || (!xattrs.isEmpty() && xattrs.lastKey().compareTo(key) >= 0)) {
        throw new IllegalArgumentException("the extended attributes are not in order");
      }
      xattrs.put(key, value);
    }
    return xattrs;
  }

  private static byte[] take(ByteBuffer in, int length) {
    if (length < 0 || length > in.remaining()) {
      throw new IllegalArgumentException("the extended attributes are cut off");
    }
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }
}
