// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.posix.XattrMode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Extended attributes by descriptor, or by a path whose last name is not followed. A path is one of
 * {@link Scratch}'s first place; 0 means the descriptor.
 */
final class Xattrs {
  private static final int MOST_TRIES = 8;

  private Xattrs() {}

  static List<PathBytes> names(int fd, long path, Place place) throws IOException {
    int size = NativeBuffer.USUAL;
    for (int i = 0; i < MOST_TRIES; i++) {
      try (NativeBuffer list = NativeBuffer.take(size)) {
        long r = Calls.listxattr(fd, path, list.address(), list.size());
        if (r >= 0) {
          return split(list.copy((int) r));
        }
        if (r != -Linux.ERANGE) {
          throw Failures.of("list the extended attributes of", place, (int) r);
        }
      }
      size *= 2;
    }
    throw Failures.of("list the extended attributes of", place, Linux.ERANGE);
  }

  private static List<PathBytes> split(byte[] list) {
    List<PathBytes> names = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < list.length; i++) {
      if (list[i] == 0) {
        names.add(PathBytes.of(list, start, i - start));
        start = i + 1;
      }
    }
    return names;
  }

  static Optional<byte[]> value(int fd, long path, PathBytes xattr, Scratch scratch, Place place)
      throws IOException {
    requireXattrName("read", xattr, place);
    long name = scratch.second(xattr);
    int size = NativeBuffer.USUAL;
    for (int i = 0; i < MOST_TRIES; i++) {
      try (NativeBuffer value = NativeBuffer.take(size)) {
        long r = Calls.getxattr(fd, path, name, value.address(), value.size());
        if (r >= 0) {
          return Optional.of(value.copy((int) r));
        }
        if (r == -Linux.ENODATA) {
          return Optional.empty();
        }
        if (r != -Linux.ERANGE) {
          throw Failures.of(action("read", xattr), place, (int) r);
        }
      }
      size *= 2;
    }
    throw Failures.of(action("read", xattr), place, Linux.ERANGE);
  }

  static void set(
      int fd,
      long path,
      PathBytes xattr,
      byte[] value,
      XattrMode mode,
      Scratch scratch,
      Place place)
      throws IOException {
    requireXattrName("set", xattr, place);
    int flags =
        switch (mode) {
          case SET -> 0;
          case CREATE -> Linux.XATTR_CREATE;
          case REPLACE -> Linux.XATTR_REPLACE;
        };
    try (NativeBuffer buffer = NativeBuffer.take(value.length)) {
      buffer.bytes().put(0, value);
      int r =
          Calls.setxattr(fd, path, scratch.second(xattr), buffer.address(), value.length, flags);
      if (r < 0) {
        throw Failures.of(
            action("set", xattr) + " (" + value.length + " bytes, " + mode + ")", place, r);
      }
    }
  }

  static void remove(int fd, long path, PathBytes xattr, Scratch scratch, Place place)
      throws IOException {
    requireXattrName("remove", xattr, place);
    int r = Calls.removexattr(fd, path, scratch.second(xattr));
    if (r < 0) {
      throw Failures.of(action("remove", xattr), place, r);
    }
  }

  /** Whether the file system of a descriptor answers for a namespace at all. */
  static boolean areSupported(int fd, String namespace, Scratch scratch) {
    long name = scratch.second(PathBytes.of(namespace + ".kmesh.probe"));
    return Calls.getxattr(fd, 0, name, 0, 0) != -Linux.EOPNOTSUPP;
  }

  private static String action(String verb, PathBytes xattr) {
    return verb + " the extended attribute " + xattr + " of";
  }

  private static void requireXattrName(String verb, PathBytes xattr, Place place)
      throws IOException {
    if (xattr.isEmpty() || xattr.length() > PathBytes.NAME_MAX) {
      throw Failures.refused(
          action(verb, xattr),
          place,
          Errno.EINVAL,
          "its name has " + xattr.length() + " bytes",
          "Pass 1 to 255 bytes that begin with a namespace, such as user.colour.");
    }
  }
}
