// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.nio;

import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The extended attributes {@code user.*} of a path, by what follows the point.
 *
 * @param path the path
 * @param follows whether a link at its end is followed
 */
record UserAttributes(KmeshPath path, boolean follows) implements UserDefinedFileAttributeView {
  private static final byte[] USER = "user.".getBytes(StandardCharsets.US_ASCII);

  @Override
  public String name() {
    return "user";
  }

  private static PathBytes full(String name) {
    byte[] rest = NameText.bytes(name).toBytes();
    byte[] all = Arrays.copyOf(USER, USER.length + rest.length);
    System.arraycopy(rest, 0, all, USER.length, rest.length);
    return PathBytes.of(all);
  }

  @Override
  public List<String> list() throws IOException {
    Volume volume = path.getFileSystem().volume();
    List<String> names = new ArrayList<>();
    for (PathBytes name : volume.attributes(Located.at(volume, path, follows).node())) {
      byte[] bytes = name.toBytes();
      if (bytes.length > USER.length
          && Arrays.equals(bytes, 0, USER.length, USER, 0, USER.length)) {
        names.add(NameText.of(PathBytes.of(bytes, USER.length, bytes.length - USER.length)));
      }
    }
    return names;
  }

  byte[] value(String name) throws IOException {
    Volume volume = path.getFileSystem().volume();
    byte[] value = volume.attribute(Located.at(volume, path, follows).node(), full(name));
    if (value == null) {
      throw new FileSystemException(path.toString(), null, "it has no attribute user." + name);
    }
    return value;
  }

  @Override
  public int size(String name) throws IOException {
    return value(name).length;
  }

  @Override
  public int read(String name, ByteBuffer target) throws IOException {
    byte[] value = value(name);
    if (value.length > target.remaining()) {
      throw new FileSystemException(
          path.toString(),
          null,
          "the attribute user."
              + name
              + " has "
              + value.length
              + " bytes, the buffer has room for "
              + target.remaining());
    }
    target.put(value);
    return value.length;
  }

  @Override
  public int write(String name, ByteBuffer source) throws IOException {
    Writer writer = path.getFileSystem().volume().writer();
    byte[] value = new byte[source.remaining()];
    source.get(value);
    writer.setAttribute(path, follows, full(name), value);
    return value.length;
  }

  @Override
  public void delete(String name) throws IOException {
    Writer writer = path.getFileSystem().volume().writer();
    value(name);
    writer.setAttribute(path, follows, full(name), null);
  }
}
