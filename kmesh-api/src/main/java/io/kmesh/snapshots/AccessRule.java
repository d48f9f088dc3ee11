// SPDX-License-Identifier: Apache-2.0
package io.kmesh.snapshots;

import io.kmesh.path.PathBytes;
import java.util.List;
import java.util.Locale;

/**
 * Lets someone see a path of a snapshot with all below it, and the way to it. A snapshot without
 * rules is open to all; one with rules shows nothing else to a {@link Caller}. Rules bind those who
 * ask through a program that names them: whoever has the repository's key can read everything.
 *
 * @param kind what the name is of
 * @param name whose: of a user, a group or an application
 * @param path below the top of the snapshot, names with single slashes; empty for all
 */
public record AccessRule(Kind kind, String name, PathBytes path) {
  private static final String BELOW = "/**";

  /** What a rule's name is of. */
  public enum Kind {
    /** A user. */
    USER,
    /** A group. */
    GROUP,
    /** An application. */
    APPLICATION
  }

  /**
   * Brings the path into its only form.
   *
   * @throws IllegalArgumentException when the name is empty or the path has {@code .} or {@code ..}
   */
  public AccessRule {
    if (name.isEmpty()) {
      throw new IllegalArgumentException(
          "Cannot allow \"\": an access rule needs a name. Name the " + kind + ".");
    }
    PathBytes normal = PathBytes.EMPTY;
    for (PathBytes part : path.names()) {
      normal = normal.resolve(part);
    }
    path = normal;
  }

  /**
   * Reads {@code KIND:NAME:PATH}, such as {@code user:alice:/results/**}. A path may end in {@code
   * /**}, which says the same as without; other wildcards are refused.
   *
   * @throws IllegalArgumentException when it is no rule
   */
  public static AccessRule parse(String text) {
    List<String> parts = List.of(text.split(":", 3));
    String path = parts.size() == 3 ? parts.get(2) : "";
    if (path.endsWith(BELOW)) {
      path = path.substring(0, path.length() - BELOW.length()) + "/";
    }
    if (!path.startsWith("/") || path.contains("*") || path.contains("?")) {
      throw new IllegalArgumentException(
          "Cannot read the access rule \""
              + text
              + "\": it is no kind, name and path. Write user:alice:/results/**, or group or"
              + " application, with a path from the snapshot's top.");
    }
    return new AccessRule(kind(parts.get(0), text), parts.get(1), PathBytes.of(path));
  }

  private static Kind kind(String word, String text) {
    for (Kind kind : Kind.values()) {
      if (kind.name().toLowerCase(Locale.ROOT).equals(word)) {
        return kind;
      }
    }
    throw new IllegalArgumentException(
        "Cannot read the access rule \""
            + text
            + "\": "
            + word
            + " is no kind. Write user, group or application.");
  }

  /** Whether it is for someone. */
  public boolean isFor(Caller caller) {
    return switch (kind) {
      case USER -> name.equals(caller.user());
      case GROUP -> caller.groups().contains(name);
      case APPLICATION -> name.equals(caller.application());
    };
  }

  /** As {@link #parse} reads it; a path that is no text is printed escaped. */
  @Override
  public String toString() {
    return kind.name().toLowerCase(Locale.ROOT) + ":" + name + ":/" + path;
  }
}
