// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import io.kmesh.Endpoint;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

/** Endpoints as users write them. */
final class EndpointText {
  static final String HELP =
      "a directory, or SITE::EXPORT/PATH for what another site exports, or objects:STORE/PREFIX for"
          + " what lies below a prefix of a store that the agent was given (kmesh agent --store)";

  /** What a source may be besides. */
  static final String SOURCE_HELP =
      HELP
          + ", or snapshot:REPOSITORY/ID or copy:REPOSITORY/ID for a snapshot or a virtual copy of a"
          + " repository that the agent was given (kmesh agent --repository)";

  private static final String SNAPSHOT = "snapshot:";
  private static final String COPY = "copy:";
  private static final String OBJECTS = "objects:";

  private EndpointText() {}

  /**
   * Reads one.
   *
   * @throws IllegalArgumentException when it is none
   */
  static Endpoint parse(String text) {
    for (String kind : List.of(SNAPSHOT, COPY)) {
      if (text.startsWith(kind) && !text.startsWith(kind + ":")) {
        return stored(kind, text);
      }
    }
    if (text.startsWith(OBJECTS) && !text.startsWith(OBJECTS + ":")) {
      String[] parts = text.substring(OBJECTS.length()).split("/", 2);
      return Endpoint.objects(parts[0], parts.length == 1 ? "" : parts[1]);
    }
    int colons = text.indexOf("::");
    if (colons > 0 && text.indexOf('/') != 0) {
      return Endpoint.at(text.substring(0, colons), text.substring(colons + 2));
    }
    try {
      Path path = Path.of(text);
      if (text.isEmpty() || !path.isAbsolute()) {
        throw new IllegalArgumentException(
            "Cannot use \""
                + text
                + "\" as an end of a flow: write "
                + HELP
                + ". A directory is"
                + " named by its whole path, from / on.");
      }
      return Endpoint.directory(path);
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException("Cannot use \"" + text + "\": " + e.getMessage(), e);
    }
  }

  private static Endpoint stored(String kind, String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      throw new IllegalArgumentException(
          "Cannot use \""
              + text
              + "\" as an end of a flow: write "
              + kind
              + "REPOSITORY/ID, with all 16 digits of the id.");
    }
    String repository = text.substring(kind.length(), slash);
    String id = text.substring(slash + 1);
    return kind.equals(COPY)
        ? Endpoint.virtualCopy(repository, id)
        : Endpoint.snapshot(repository, id);
  }
}
