// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Tells SQLite's driver where to unpack its native library. Stateless. */
final class NativeDirectory {
  private static final String OURS = "kmesh.native-directory";
  private static final String THEIRS = "org.sqlite.tmpdir";

  private NativeDirectory() {}

  /**
   * Hands {@code kmesh.native-directory} to the driver; what the host program set for the driver
   * itself stays. Has no effect after the driver was loaded.
   */
  static void apply() {
    String directory = System.getProperty(OURS);
    if (directory != null && System.getProperty(THEIRS) == null) {
      System.setProperty(THEIRS, directory);
      try {
        // The driver makes no folders.
        Files.createDirectories(Path.of(directory));
      } catch (IOException | InvalidPathException e) {
        // The driver fails then, and says so.
      }
    }
  }
}
