// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal;

import io.kmesh.path.PathBytes;
import java.io.ByteArrayOutputStream;
import java.nio.file.FileSystems;
import java.nio.file.Path;

/** The exact bytes of a path of the default file system, whatever the JVM's locale can say. */
public final class PathOfBytes {
  private PathOfBytes() {}

  /**
   * The bytes of the absolute form of a path. Its URI names every byte, where its text has question
   * marks for what the locale can't say.
   *
   * @throws IllegalArgumentException when the path is of another file system
   */
  public static PathBytes of(Path path) {
    if (!path.getFileSystem().equals(FileSystems.getDefault())) {
      throw new IllegalArgumentException(
          "Cannot open "
              + path
              + " natively: it is a path of "
              + path.getFileSystem()
              + ". Pass one of the default file system.");
    }
    String raw = path.toUri().getRawPath();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(raw.length());
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      if (c == '%') {
        bytes.write(Integer.parseInt(raw.substring(i + 1, i + 3), 16));
        i += 2;
      } else {
        bytes.write(c);
      }
    }
    byte[] all = bytes.toByteArray();
    int length = all.length;
    while (length > 1 && all[length - 1] == '/') {
      length--;
    }
    return PathBytes.of(all, 0, length);
  }
}
