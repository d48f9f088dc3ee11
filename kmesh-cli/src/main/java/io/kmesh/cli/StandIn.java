// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** An empty directory in the place of one that a plan must not make. */
final class StandIn implements AutoCloseable {
  private final Path directory;

  private StandIn(Path directory) {
    this.directory = directory;
  }

  /**
   * Stands for a directory that is not there.
   *
   * @param verb what is planned, such as {@code push to}
   */
  static StandIn of(String verb, Path missing) throws IOException, CommandFailure {
    Path parent = missing.toAbsolutePath().getParent();
    if (parent == null || !Files.isDirectory(parent)) {
      throw new CommandFailure(
          ExitCode.NOT_FOUND,
          "Cannot " + verb + " " + missing + ": its parent is not there. Make it.");
    }
    return new StandIn(Files.createTempDirectory("kmesh-plan-"));
  }

  Path directory() {
    return directory;
  }

  @Override
  public void close() throws IOException {
    List<Path> all;
    try (Stream<Path> walk = Files.walk(directory)) {
      all = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      Files.delete(path);
    }
  }
}
