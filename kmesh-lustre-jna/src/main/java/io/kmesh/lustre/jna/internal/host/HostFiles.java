// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.host;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Files of {@code /proc}, {@code /dev}, {@code /sys} and {@code /run}, which come and go and are
 * not for everybody: what can't be read is not there. Stateless.
 */
public final class HostFiles {
  private HostFiles() {}

  /** The names in a folder; none when it can't be read. */
  public static List<String> names(String folder) {
    try (Stream<Path> entries = Files.list(Path.of(folder))) {
      return entries.map(entry -> String.valueOf(entry.getFileName())).toList();
    } catch (IOException | UncheckedIOException | InvalidPathException e) {
      return List.of();
    }
  }

  /** The lines of a file, one char for each byte; none when it can't be read. */
  public static List<String> lines(String file) {
    List<String> lines = new ArrayList<>();
    try (BufferedReader in = Files.newBufferedReader(Path.of(file), StandardCharsets.ISO_8859_1)) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        lines.add(line);
      }
      return lines;
    } catch (IOException | InvalidPathException e) {
      return lines;
    }
  }

  /** Whether this process may read what is at a path. */
  public static boolean isReadable(String file) {
    return Files.isReadable(Path.of(file));
  }

  /** What a symbolic link says; empty when it is none or can't be read. */
  public static Optional<String> link(String file) {
    try {
      return Optional.of(Files.readSymbolicLink(Path.of(file)).toString());
    } catch (IOException | UnsupportedOperationException | InvalidPathException e) {
      return Optional.empty();
    }
  }

  /** Makes a folder and those above it. */
  public static void makeFolder(String folder) throws IOException {
    Files.createDirectories(Path.of(folder));
  }
}
