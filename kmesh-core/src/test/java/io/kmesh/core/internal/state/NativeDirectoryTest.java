// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SQLite's native library is unpacked where {@code kmesh.native-directory} says. */
final class NativeDirectoryTest {
  @TempDir private Path directory;

  @Test
  void open_unpacksToTheDirectoryThatWasGiven() throws Exception {
    Path natives = Files.createDirectory(directory.resolve("natives"));
    assertThat(unpacked(natives, List.of("-Dkmesh.native-directory=" + natives)))
        .anyMatch(name -> name.contains("sqlitejdbc"));
  }

  @Test
  void open_whenTheDriversOwnPropertyIsSet_leavesIt() throws Exception {
    Path theirs = Files.createDirectory(directory.resolve("theirs"));
    Path ours = Files.createDirectory(directory.resolve("ours"));
    assertThat(
            unpacked(
                theirs,
                List.of("-Dkmesh.native-directory=" + ours, "-Dorg.sqlite.tmpdir=" + theirs)))
        .anyMatch(name -> name.contains("sqlitejdbc"));
  }

  private List<String> unpacked(Path where, List<String> options)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        StateChild.command(List.of(), directory.resolve("state.db").toString(), "hold");
    builder.command().addAll(1, options);
    Process child = builder.start();
    try {
      assertThat(child.getInputStream().read()).isEqualTo('o');
      try (Stream<Path> files = Files.list(where)) {
        return files.map(f -> f.getFileName().toString()).toList();
      }
    } finally {
      child.destroyForcibly().waitFor();
    }
  }
}
