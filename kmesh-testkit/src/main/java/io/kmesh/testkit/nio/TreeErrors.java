// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.nio;

import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.NotLinkException;
import org.jspecify.annotations.Nullable;

/** Turns a tree's failures into what java.nio's callers look for. */
final class TreeErrors {
  private TreeErrors() {}

  /** The exception of java.nio for a failure at a path. */
  static IOException of(TreePath path, IOException cause) {
    return of(path, null, cause);
  }

  /** The exception of java.nio for a failure with two paths. */
  static IOException of(TreePath path, @Nullable TreePath other, IOException cause) {
    if (!(cause instanceof ProviderException failure)) {
      return cause;
    }
    IOException translated = translate(path, other, failure);
    translated.initCause(failure);
    return translated;
  }

  private static IOException translate(
      TreePath path, @Nullable TreePath other, ProviderException failure) {
    String file = path.toString();
    String second = other == null ? null : other.toString();
    String reason = failure.getMessage();
    Errno errno = failure.errno().orElse(new Errno(0));
    if (errno.equals(Errno.ENOENT)) {
      return new NoSuchFileException(file, second, reason);
    } else if (errno.equals(Errno.EEXIST)) {
      return new FileAlreadyExistsException(second == null ? file : second, null, reason);
    } else if (errno.equals(Errno.ENOTEMPTY)) {
      return new DirectoryNotEmptyException(second == null ? file : second);
    } else if (errno.equals(Errno.EACCES)) {
      return new AccessDeniedException(file, second, reason);
    } else if (errno.equals(Errno.EBADF) && failure.kind() == ErrorKind.INVALID) {
      return new ClosedChannelException();
    }
    return new FileSystemException(file, second, reason);
  }

  /** A path of which a directory was asked and that is none. */
  static IOException notDirectory(TreePath path) {
    return new NotDirectoryException(path.toString());
  }

  /** A path of which a symbolic link was asked and that is none. */
  static IOException notLink(TreePath path) {
    return new NotLinkException(path.toString());
  }
}
