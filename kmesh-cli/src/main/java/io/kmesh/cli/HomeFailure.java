// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.KmeshException;
import io.kmesh.KmeshTimeoutException;
import io.kmesh.spi.ErrorKind;

/** What requests to a home fail with, as commands end. */
final class HomeFailure {
  private HomeFailure() {}

  /** The result in an answer, or its error thrown. */
  static ObjectNode unwrap(ObjectNode answer) throws CommandFailure {
    if (answer.path("ok") instanceof ObjectNode ok) {
      return ok;
    }
    String kind = answer.path("kind").asText();
    String error = answer.path("error").asText();
    for (ErrorKind one : ErrorKind.values()) {
      if (one.name().equals(kind)) {
        throw new CommandFailure(exitCode(kind), new KmeshException(one, error));
      }
    }
    throw new CommandFailure(exitCode(kind), error);
  }

  static CommandFailure of(KmeshException e) {
    return new CommandFailure(
        exitCode(e instanceof KmeshTimeoutException ? "TIMEOUT" : e.kind().name()), e);
  }

  private static int exitCode(String kind) {
    return switch (kind) {
      case "NOT_FOUND" -> ExitCode.NOT_FOUND;
      case "EXISTS", "PRECONDITION" -> ExitCode.CONFLICT;
      case "CORRUPT" -> ExitCode.DAMAGED;
      case "INVALID" -> ExitCode.USAGE;
      default -> ExitCode.FAILED;
    };
  }
}
