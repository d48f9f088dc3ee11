// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * Paths of java.nio from bytes and users' words: their URIs name every byte, where their text can't
 * say what the locale has no letter for.
 */
final class BytePaths {
  private BytePaths() {}

  /** The path of absolute bytes. */
  static Path path(PathBytes bytes) {
    StringBuilder raw = new StringBuilder("file://");
    for (byte b : bytes.toBytes()) {
      raw.append(b == '/' ? "/" : String.format("%%%02X", b));
    }
    return Path.of(URI.create(raw.toString()));
  }

  /**
   * What a user's word names: absolute, with every symbolic link on the way resolved, and without
   * following the last name. Where there is no such directory it is the word's own absolute form.
   */
  static PathBytes absolute(String word) throws CommandFailure {
    Path path;
    try {
      path = Path.of(word).toAbsolutePath();
    } catch (InvalidPathException e) {
      throw new CommandFailure(
          ExitCode.USAGE, "Cannot look at \"" + word + "\": " + e.getMessage() + ".");
    }
    if (word.isEmpty()) {
      throw new CommandFailure(ExitCode.USAGE, "Cannot look at \"\": that names nothing.");
    }
    Path name = path.getFileName();
    Path parent = path.getParent();
    try {
      if (name == null || parent == null || name.toString().matches("\\.\\.?")) {
        return PathBytes.absolute(path.toRealPath());
      }
      return PathBytes.absolute(parent.toRealPath().resolve(name));
    } catch (IOException e) {
      return PathBytes.absolute(path.normalize());
    }
  }
}
