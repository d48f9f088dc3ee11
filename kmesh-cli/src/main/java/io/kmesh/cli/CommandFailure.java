// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import io.kmesh.KmeshException;
import io.kmesh.KmeshTimeoutException;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;

/** Ends a command with an exit code. */
final class CommandFailure extends Exception {
  private static final long serialVersionUID = 1L;

  private final int exitCode;

  CommandFailure(int exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  CommandFailure(int exitCode, Throwable cause) {
    super(cause.getMessage(), cause);
    this.exitCode = exitCode;
  }

  CommandFailure(int exitCode, String message, Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
  }

  int exitCode() {
    return exitCode;
  }

  /** Looks something up that a user named. */
  @FunctionalInterface
  interface Lookup<T> {
    T find() throws IOException;
  }

  /** Looks up what a user named: when it is not there, he named it wrongly. */
  static <T> T named(Lookup<T> lookup) throws IOException, CommandFailure {
    try {
      return lookup.find();
    } catch (ProviderException e) {
      if (e.kind() == ErrorKind.NOT_FOUND) {
        throw new CommandFailure(ExitCode.NOT_FOUND, e);
      }
      throw e;
    }
  }

  /** The exit code of any failure. */
  static int exitCode(Throwable failure) {
    if (failure instanceof CommandFailure f) {
      return f.exitCode;
    }
    if (failure instanceof ProviderException e) {
      return switch (e.kind()) {
        // What the repository names and the store does not have.
        case NOT_FOUND, CORRUPT -> ExitCode.DAMAGED;
        case PRECONDITION -> ExitCode.CONFLICT;
        case CANCELLED -> ExitCode.INTERRUPTED;
        default -> ExitCode.FAILED;
      };
    }
    return ExitCode.FAILED;
  }

  /** The kind of a failure, for programs. */
  static String kind(Throwable failure) {
    Throwable cause =
        failure instanceof CommandFailure && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause instanceof ProviderException e) {
      return e.kind().name();
    }
    if (cause instanceof KmeshTimeoutException) {
      return "TIMEOUT";
    }
    if (cause instanceof KmeshException e) {
      return e.kind().name();
    }
    return cause instanceof CommandFailure f && f.exitCode == ExitCode.USAGE ? "INVALID" : "FAILED";
  }
}
