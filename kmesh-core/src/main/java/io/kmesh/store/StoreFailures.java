// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Says what failures of files mean to a store's caller. Immutable. */
final class StoreFailures {
  // The JDK gives the text of the errno and not its number.
  private static final Map<String, Errno> REASONS =
      Map.of(
          "no space left on device", Errno.ENOSPC,
          "disk quota exceeded", Errno.EDQUOT,
          "file name too long", Errno.ENAMETOOLONG,
          "too many open files", Errno.EMFILE,
          "too many open files in system", Errno.ENFILE,
          "read-only file system", Errno.EROFS,
          "file too large", Errno.EFBIG,
          "operation not permitted", Errno.EPERM,
          "too many links", Errno.EMLINK,
          "input/output error", Errno.EIO);

  private final URI uri;

  StoreFailures(URI uri) {
    this.uri = uri;
  }

  /** A failure of the store itself. */
  ProviderException failure(ErrorKind kind, String verb, String object, String reason) {
    return new ProviderException(kind, message(verb, object, reason));
  }

  /** Stored data that is not what was stored. */
  ProviderException corrupt(String verb, String object, String damage) {
    return failure(
        ErrorKind.CORRUPT,
        verb,
        object,
        damage + ". Restore the object from another copy, or delete it");
  }

  /** A failure of a call that changed nothing anyone can see. */
  ProviderException ofRead(String verb, String object, Throwable cause) {
    return of(verb, object, cause, ErrorKind.TRANSIENT);
  }

  /** A failure after which a change may or may not be there. */
  ProviderException ofMutation(String verb, String object, Throwable cause) {
    return of(verb, object, cause, ErrorKind.UNKNOWN_OUTCOME);
  }

  private ProviderException of(String verb, String object, Throwable cause, ErrorKind otherwise) {
    if (cause instanceof ProviderException known) {
      return known;
    }
    if (cause instanceof ClosedByInterruptException) {
      return failure(
          ErrorKind.UNKNOWN_OUTCOME,
          verb,
          object,
          new IOException("the thread was interrupted", cause),
          null,
          "Look at the store before trying again");
    }
    Errno errno = errnoOf(cause);
    if (errno != null && errno.kind() == ErrorKind.NO_SPACE) {
      return failure(
          ErrorKind.NO_SPACE, verb, object, cause, errno, "Free space or raise the quota there");
    }
    if (cause instanceof AccessDeniedException || Errno.EPERM.equals(errno)) {
      return failure(
          ErrorKind.DENIED, verb, object, cause, Errno.EACCES, "Check owner and mode there");
    }
    if (Errno.EROFS.equals(errno)) {
      return failure(
          ErrorKind.DENIED, verb, object, cause, errno, "Mount the file system for writing");
    }
    if (Errno.ENAMETOOLONG.equals(errno) || Errno.EFBIG.equals(errno)) {
      return failure(
          ErrorKind.INVALID,
          verb,
          object,
          cause,
          errno,
          "Use a shorter key, a smaller object, or a store directory with a shorter path");
    }
    if (Errno.EMFILE.equals(errno) || Errno.ENFILE.equals(errno)) {
      return failure(
          ErrorKind.TRANSIENT, verb, object, cause, errno, "Raise the limit of open files");
    }
    String advice =
        otherwise == ErrorKind.UNKNOWN_OUTCOME
            ? "Look at the object before trying again"
            : "Nothing was changed; try again, and check the disk if it fails again";
    return failure(otherwise, verb, object, cause, errno, advice);
  }

  private ProviderException failure(
      ErrorKind kind,
      String verb,
      String object,
      Throwable cause,
      @Nullable Errno errno,
      String advice) {
    return new ProviderException(
        kind, message(verb, object, describe(cause) + ". " + advice), cause, errno, null, null);
  }

  private String message(String verb, String object, String reason) {
    return "Cannot " + verb + " " + object + " in " + uri + ": " + reason + ".";
  }

  private static String describe(Throwable cause) {
    if (cause instanceof NoSuchFileException e) {
      return "there is no " + e.getFile();
    }
    if (cause instanceof AccessDeniedException e) {
      return "access to " + e.getFile() + " was denied";
    }
    return String.valueOf(cause.getMessage() == null ? cause : cause.getMessage());
  }

  private static @Nullable Errno errnoOf(Throwable cause) {
    String reason =
        cause instanceof FileSystemException e && e.getReason() != null
            ? e.getReason()
            : cause instanceof IOException ? cause.getMessage() : null;
    return reason == null ? null : REASONS.get(reason.toLowerCase(Locale.ROOT));
  }
}
