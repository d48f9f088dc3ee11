// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.posix;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where names are sorted that don't fit into memory. Immutable.
 *
 * @param folder for files that live as long as the sorter that made them; null for the temporary
 *     folder of the JVM. It is made when it is needed, and nothing else is in it
 * @param inMemory the most names in memory, from 1
 */
public record SortSpace(@Nullable Path folder, int inMemory) {
  private static final int IN_MEMORY = 1 << 16;
  private static final String PREFIX = "kmesh-names-";
  private static final String SUFFIX = ".run";

  /** Checks the number. */
  public SortSpace {
    if (inMemory < 1) {
      throw new IllegalArgumentException("At least one name in memory, not " + inMemory + ".");
    }
  }

  /** Up to 65,536 names in memory, and the temporary folder of the JVM beyond. */
  public static SortSpace temporary() {
    return new SortSpace(null, IN_MEMORY);
  }

  /** Up to 65,536 names in memory, and a folder beyond. */
  public static SortSpace in(Path folder) {
    return new SortSpace(folder, IN_MEMORY);
  }

  /** A sorter of its own. */
  public NameSorter sorter() {
    return new NameSorter(this);
  }

  /** Removes what a process that ended left; not while a sorter is in use. */
  public void clear() throws IOException {
    if (folder == null || !Files.isDirectory(folder)) {
      return;
    }
    try (DirectoryStream<Path> left = Files.newDirectoryStream(folder, PREFIX + "*" + SUFFIX)) {
      for (Path run : left) {
        Files.deleteIfExists(run);
      }
    }
  }

  /** Makes a file. */
  Path newRun() throws IOException {
    if (folder == null) {
      return Files.createTempFile(PREFIX, SUFFIX);
    }
    Files.createDirectories(folder);
    return Files.createTempFile(folder, PREFIX, SUFFIX);
  }
}
