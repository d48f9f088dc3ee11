// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.jmh;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * Folders and bytes for benchmarks. The folders lie below {@code kmesh.bench.directory}, else the
 * temporary one.
 */
final class Scratch {
  private Scratch() {}

  /** A new folder. */
  static Path folder() throws IOException {
    String base = System.getProperty("kmesh.bench.directory", System.getProperty("java.io.tmpdir"));
    return Files.createTempDirectory(Files.createDirectories(Path.of(base)), "kmesh-bench-");
  }

  /** Deletes a folder with all that is in it. */
  static void delete(Path folder) throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      paths
          .sorted(Comparator.reverseOrder())
          .forEach(
              path -> {
                try {
                  Files.delete(path);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    }
  }

  /** Bytes that no compression makes smaller; the same for each call. */
  static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new SplittableRandom(length).nextBytes(bytes);
    return bytes;
  }
}
