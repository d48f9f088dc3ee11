// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.posix;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.XattrMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Extended attributes of the user namespace, which is all that java.nio reaches. */
final class NioXattrs {
  private static final String USER = "user.";
  private static final int MOST_TRIES = 8;

  private final NioEntry entry;
  private final FileType type;

  private NioXattrs(NioEntry entry, FileType type) {
    this.entry = entry;
    this.type = type;
  }

  /** Those of an entry; an entry that is missing is refused. */
  static NioXattrs of(NioEntry entry) throws IOException {
    return new NioXattrs(entry, entry.stat().type());
  }

  /** Links and special files carry none of the user namespace; java.nio would have to open them. */
  private boolean canHaveAny() {
    return type == FileType.REGULAR || type == FileType.DIRECTORY;
  }

  private UserDefinedFileAttributeView view(String action) throws IOException {
    @Nullable UserDefinedFileAttributeView view =
        Files.getFileAttributeView(
            entry.path(), UserDefinedFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    if (view == null) {
      throw NioFailures.unsupported(action, entry.place(), "it does not offer attributes here");
    }
    return view;
  }

  List<PathBytes> names() throws IOException {
    String action = "list the extended attributes of";
    if (!canHaveAny()) {
      return List.of();
    }
    try {
      List<PathBytes> names = new ArrayList<>();
      for (String name : view(action).list()) {
        if (!isPlain(name)) {
          throw NioFailures.unsupported(
              action, entry.place(), "the locale may not say the name \"" + name + "\" exactly");
        }
        names.add(PathBytes.of(USER + name));
      }
      return names;
    } catch (IOException | RuntimeException e) {
      throw NioFailures.of(action, entry.place(), e);
    }
  }

  Optional<byte[]> value(PathBytes xattr) throws IOException {
    String action = action("read", xattr);
    String name = requireName(action, xattr);
    if (!canHaveAny()) {
      return Optional.empty();
    }
    try {
      UserDefinedFileAttributeView view = view(action);
      for (int i = 0; i < MOST_TRIES; i++) {
        if (!view.list().contains(name)) {
          return Optional.empty();
        }
        ByteBuffer value = ByteBuffer.allocate(view.size(name));
        if (view.read(name, value) == value.capacity()) {
          return Optional.of(value.array());
        }
      }
      throw NioFailures.of(
          action, entry.place(), Errno.EBUSY, "its size keeps changing", "Try again later.");
    } catch (IOException | RuntimeException e) {
      throw NioFailures.of(action, entry.place(), e);
    }
  }

  /** The check of the mode and the change are two calls: another writer may come between. */
  void set(PathBytes xattr, byte[] value, XattrMode mode) throws IOException {
    String action = action("set", xattr) + " (" + value.length + " bytes, " + mode + ")";
    String name = requireName(action, xattr);
    requireCarrier(action);
    try {
      UserDefinedFileAttributeView view = view(action);
      if (mode != XattrMode.SET) {
        boolean exists = view.list().contains(name);
        if (exists && mode == XattrMode.CREATE) {
          throw NioFailures.of(
              action, entry.place(), Errno.EEXIST, "it exists", "Use SET or REPLACE.");
        } else if (!exists && mode == XattrMode.REPLACE) {
          throw missing(action);
        }
      }
      view.write(name, ByteBuffer.wrap(value));
    } catch (IOException | RuntimeException e) {
      throw NioFailures.of(action, entry.place(), e);
    }
  }

  void remove(PathBytes xattr) throws IOException {
    String action = action("remove", xattr);
    String name = requireName(action, xattr);
    requireCarrier(action);
    try {
      UserDefinedFileAttributeView view = view(action);
      if (!view.list().contains(name)) {
        throw missing(action);
      }
      view.delete(name);
    } catch (IOException | RuntimeException e) {
      throw NioFailures.of(action, entry.place(), e);
    }
  }

  private IOException missing(String action) {
    return NioFailures.of(
        action,
        entry.place(),
        Errno.ENODATA,
        "there is no such attribute",
        "List the attributes first.");
  }

  private void requireCarrier(String action) throws IOException {
    if (!canHaveAny()) {
      throw NioFailures.of(
          action,
          entry.place(),
          Errno.EPERM,
          "a " + type + " carries no attributes of the user namespace",
          "Leave it out.");
    }
  }

  private static String action(String verb, PathBytes xattr) {
    return verb + " the extended attribute " + xattr + " of";
  }

  /** The name without its namespace, when java.nio can carry it. */
  private String requireName(String action, PathBytes xattr) throws IOException {
    if (xattr.isEmpty() || xattr.length() > PathBytes.NAME_MAX) {
      throw NioFailures.of(
          action,
          entry.place(),
          Errno.EINVAL,
          "its name has " + xattr.length() + " bytes",
          "Pass 1 to 255 bytes that begin with a namespace, such as user.colour.");
    }
    String name = xattr.utf8().filter(NioXattrs::isPlain).orElse("");
    if (!name.startsWith(USER) || name.length() == USER.length()) {
      throw NioFailures.unsupported(
          action, entry.place(), "it reaches ASCII names of the user namespace only");
    }
    return name.substring(USER.length());
  }

  private static boolean isPlain(String name) {
    return name.chars().allMatch(c -> c < 0x80);
  }
}
