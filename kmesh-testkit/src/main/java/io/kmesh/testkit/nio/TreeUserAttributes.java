// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.nio;

import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.ArrayList;
import java.util.List;

/**
 * The extended attributes of the user namespace of one path.
 *
 * @param path the path
 * @param followLinks whether a link at its end is followed
 */
record TreeUserAttributes(TreePath path, boolean followLinks)
    implements UserDefinedFileAttributeView {
  private static final byte[] USER = "user.".getBytes(StandardCharsets.US_ASCII);

  @Override
  public String name() {
    return "user";
  }

  private Located locate() throws IOException {
    return path.getFileSystem().locate(path, followLinks);
  }

  private static PathBytes full(String name) {
    byte[] tail = PathText.encode(name).toBytes();
    byte[] all = java.util.Arrays.copyOf(USER, USER.length + tail.length);
    System.arraycopy(tail, 0, all, USER.length, tail.length);
    return PathBytes.of(all);
  }

  @Override
  public List<String> list() throws IOException {
    try (Located place = locate()) {
      List<String> names = new ArrayList<>();
      for (PathBytes name : place.xattrNames()) {
        byte[] bytes = name.toBytes();
        if (bytes.length > USER.length
            && java.util.Arrays.equals(bytes, 0, USER.length, USER, 0, USER.length)) {
          names.add(PathText.decode(PathBytes.of(bytes, USER.length, bytes.length - USER.length)));
        }
      }
      return names;
    } catch (IOException e) {
      throw TreeErrors.of(path, e);
    }
  }

  /** The value of an attribute. */
  byte[] value(String name) throws IOException {
    try (Located place = locate()) {
      return place
          .xattr(full(name))
          .orElseThrow(
              () ->
                  new FileSystemException(
                      path.toString(), null, "there is no attribute user." + name));
    } catch (IOException e) {
      throw TreeErrors.of(path, e);
    }
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
          "the attribute user." + name + " has " + value.length + " bytes, more than the buffer");
    }
    target.put(value);
    return value.length;
  }

  @Override
  public int write(String name, ByteBuffer source) throws IOException {
    byte[] value = new byte[source.remaining()];
    source.get(value);
    try (Located place = locate()) {
      place.setXattr(full(name), value);
      return value.length;
    } catch (IOException e) {
      throw TreeErrors.of(path, e);
    }
  }

  @Override
  public void delete(String name) throws IOException {
    try (Located place = locate()) {
      place.removeXattr(full(name));
    } catch (IOException e) {
      throw TreeErrors.of(path, e);
    }
  }
}
