// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.posix;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.ClosedDirectoryStreamException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.NotLinkException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Turns what java.nio throws into exceptions with the errno behind it, where it shows. */
final class NioFailures {
  /** What strerror says; the JDK passes it on as a reason. */
  private static final Map<String, Errno> REASONS =
      Map.ofEntries(
          Map.entry("Operation not permitted", Errno.EPERM),
          Map.entry("No such file or directory", Errno.ENOENT),
          Map.entry("Input/output error", Errno.EIO),
          Map.entry("No such device or address", Errno.ENXIO),
          Map.entry("Argument list too long", Errno.E2BIG),
          Map.entry("Bad file descriptor", Errno.EBADF),
          Map.entry("Permission denied", Errno.EACCES),
          Map.entry("Device or resource busy", Errno.EBUSY),
          Map.entry("File exists", Errno.EEXIST),
          Map.entry("Invalid cross-device link", Errno.EXDEV),
          Map.entry("Not a directory", Errno.ENOTDIR),
          Map.entry("Is a directory", Errno.EISDIR),
          Map.entry("Invalid argument", Errno.EINVAL),
          Map.entry("Too many open files in system", Errno.ENFILE),
          Map.entry("Too many open files", Errno.EMFILE),
          Map.entry("Text file busy", Errno.ETXTBSY),
          Map.entry("File too large", Errno.EFBIG),
          Map.entry("No space left on device", Errno.ENOSPC),
          Map.entry("Read-only file system", Errno.EROFS),
          Map.entry("Too many links", Errno.EMLINK),
          Map.entry("Numerical result out of range", Errno.ERANGE),
          Map.entry("File name too long", Errno.ENAMETOOLONG),
          Map.entry("Directory not empty", Errno.ENOTEMPTY),
          Map.entry("Too many levels of symbolic links", Errno.ELOOP),
          Map.entry("No data available", Errno.ENODATA),
          Map.entry("Operation not supported", Errno.EOPNOTSUPP),
          Map.entry("Connection timed out", Errno.ETIMEDOUT),
          Map.entry("Stale file handle", Errno.ESTALE),
          Map.entry("Disk quota exceeded", Errno.EDQUOT));

  private NioFailures() {}

  /** A failed call. */
  static ProviderException of(String action, Object place, Exception cause) {
    Throwable inner = cause instanceof DirectoryIteratorException d ? d.getCause() : null;
    Throwable real = inner == null ? cause : inner;
    if (real instanceof ProviderException p) {
      return p;
    }
    if (real instanceof ClosedByInterruptException) {
      return new ProviderException(
          ErrorKind.CANCELLED,
          "Cannot "
              + action
              + " "
              + place
              + ": the thread was interrupted, and java.nio closed the file for that. Open it"
              + " again.",
          cause);
    }
    Errno errno = errnoOf(real);
    String start = "Cannot " + action + " " + place + ": ";
    if (errno == null) {
      return new ProviderException(
          ErrorKind.UNKNOWN_OUTCOME, start + real + ". Look before acting again.", cause);
    }
    return new ProviderException(
        errno.kind(), start + errno + ", " + reason(errno), cause, errno, null, null);
  }

  private static @Nullable Errno errnoOf(Throwable real) {
    if (real instanceof ClosedChannelException
        || real instanceof ClosedDirectoryStreamException
        || real instanceof NonReadableChannelException
        || real instanceof NonWritableChannelException) {
      return Errno.EBADF;
    } else if (real instanceof NoSuchFileException) {
      return Errno.ENOENT;
    } else if (real instanceof FileAlreadyExistsException) {
      return Errno.EEXIST;
    } else if (real instanceof DirectoryNotEmptyException) {
      return Errno.ENOTEMPTY;
    } else if (real instanceof NotDirectoryException) {
      return Errno.ENOTDIR;
    } else if (real instanceof NotLinkException || real instanceof IllegalArgumentException) {
      return Errno.EINVAL;
    } else if (real instanceof AtomicMoveNotSupportedException) {
      return Errno.EXDEV;
    } else if (real instanceof AccessDeniedException) {
      return Errno.EACCES;
    }
    String said = String.valueOf(reasonOf(real));
    Errno best = null;
    int longest = 0;
    for (Map.Entry<String, Errno> known : REASONS.entrySet()) {
      if (said.contains(known.getKey()) && known.getKey().length() > longest) {
        best = known.getValue();
        longest = known.getKey().length();
      }
    }
    return best;
  }

  private static @Nullable String reasonOf(Throwable real) {
    return real instanceof FileSystemException f ? f.getReason() : real.getMessage();
  }

  private static String reason(Errno errno) {
    return switch (errno.kind()) {
      case NOT_FOUND -> "there is no such entry or attribute. Check the name.";
      case EXISTS -> "it exists, or is not empty. Choose another name, or remove what is there.";
      case DENIED -> "the system does not allow it. Run as a user who may do this.";
      case NO_SPACE -> "no space or quota is left. Free some.";
      case TRANSIENT -> "it is busy. Try again later.";
      case UNSUPPORTED -> "the file system does not support it. Ask the capabilities first.";
      default ->
          errno.equals(Errno.EBADF)
              ? "the handle is closed, or not open for this. Open it again."
              : "the system refused it. Check the arguments and the type of the entry.";
    };
  }

  /** A failure that this package itself found, by its errno. */
  static ProviderException of(
      String action, Object place, Errno errno, String reason, String advice) {
    return new ProviderException(
        errno, "Cannot " + action + " " + place + ": " + errno + ", " + reason + ". " + advice);
  }

  /** A refusal of what java.nio can't carry. */
  static ProviderException unsupported(String action, Object place, String reason) {
    return new ProviderException(
        ErrorKind.UNSUPPORTED,
        "Cannot "
            + action
            + " "
            + place
            + " with java.nio: "
            + reason
            + ". Use the native tree of kmesh-lustre-jna.",
        null,
        Errno.EOPNOTSUPP,
        null,
        null);
  }

  /** Checks that a name is one entry's. */
  static void requireName(String action, PathBytes place, PathBytes name) throws IOException {
    if (!name.isName()) {
      throw of(
          action,
          place.resolve(name),
          Errno.EINVAL,
          "\"" + name + "\" (" + name.length() + " bytes) is not the name of one entry",
          "Pass 1 to 255 bytes without a slash that are not \".\" or \"..\".");
    }
  }

  /** Checks permission bits. */
  static void requireMode(String action, Object place, int mode) throws IOException {
    if ((mode & ~07777) != 0) {
      throw of(
          action,
          place,
          Errno.EINVAL,
          "0" + Integer.toOctalString(mode) + " is not a mode",
          "Pass permission bits from 0 to 07777.");
    }
  }
}
