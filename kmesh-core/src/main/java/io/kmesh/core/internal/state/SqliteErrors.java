// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.nio.file.Path;
import java.sql.SQLException;

/** Says what a failure of SQLite means, with the file and what to do. Stateless. */
final class SqliteErrors {
  private static final int PERM = 3;
  private static final int BUSY = 5;
  private static final int LOCKED = 6;
  private static final int NOMEM = 7;
  private static final int READONLY = 8;
  private static final int IOERR = 10;
  private static final int CORRUPT = 11;
  private static final int FULL = 13;
  private static final int CANTOPEN = 14;
  private static final int TOOBIG = 18;
  private static final int NOTADB = 26;

  private SqliteErrors() {}

  /**
   * The typed form of a failure after which nothing was changed.
   *
   * @param verb what was tried, such as {@code read}
   */
  static ProviderException of(String verb, Path file, SQLException failure) {
    // The lower byte of SQLite's extended codes is the primary one.
    int code = failure.getErrorCode() & 0xff;
    return switch (code) {
      case CORRUPT, NOTADB -> damaged(verb, file, String.valueOf(failure.getMessage()), failure);
      case FULL ->
          error(
              ErrorKind.NO_SPACE,
              verb,
              file,
              "its file system or quota is full",
              "Free space there and call again; nothing was changed.",
              failure);
      case READONLY, PERM, CANTOPEN ->
          error(
              ErrorKind.DENIED,
              verb,
              file,
              "this process may not write it (" + failure.getMessage() + ")",
              "Give this user the rights to the file and its directory.",
              failure);
      case BUSY, LOCKED ->
          error(
              ErrorKind.TRANSIENT,
              verb,
              file,
              "another program holds SQLite's lock on it",
              "Close that program: only Kmesh may open this file.",
              failure);
      case IOERR, NOMEM ->
          error(
              ErrorKind.TRANSIENT,
              verb,
              file,
              String.valueOf(failure.getMessage()),
              "Look at the disk and the system log, then call again.",
              failure);
      case TOOBIG ->
          error(
              ErrorKind.INVALID,
              verb,
              file,
              "a value is too large for SQLite",
              "Store less in one record.",
              failure);
      default ->
          error(
              ErrorKind.TRANSIENT,
              verb,
              file,
              String.valueOf(failure.getMessage()),
              "If it stays so, keep a copy of the file and report it.",
              failure);
    };
  }

  /** Stored data is not what was stored. */
  static ProviderException damaged(
      String verb, Path file, String reason, @org.jspecify.annotations.Nullable Throwable cause) {
    return error(
        ErrorKind.CORRUPT,
        verb,
        file,
        "it is damaged (" + reason + ")",
        "Close Kmesh, keep a copy of the file with its -wal beside it, check the disk, and put"
            + " back the last good copy.",
        cause);
  }

  /** Whether this failure means that the disk did not do what it was told. */
  static boolean isDiskFailure(SQLException failure) {
    return (failure.getErrorCode() & 0xff) == IOERR;
  }

  /** A failure of a kind. */
  static ProviderException error(
      ErrorKind kind,
      String verb,
      Path file,
      String reason,
      String advice,
      @org.jspecify.annotations.Nullable Throwable cause) {
    return new ProviderException(
        kind, "Cannot " + verb + " the state " + file + ": " + reason + ". " + advice, cause);
  }
}
