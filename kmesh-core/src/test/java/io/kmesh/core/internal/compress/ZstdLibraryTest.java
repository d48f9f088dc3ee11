// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.compress;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Zstd's native library is unpacked where {@code kmesh.native-directory} says. */
final class ZstdLibraryTest {
  @TempDir private Path directory;

  /** Prints OK, or the failure; the unpacked file is deleted when the process ends. */
  static final class Child {
    private Child() {}

    public static void main(String[] arguments) {
      try (ZstdPacker packer = new ZstdPacker()) {
        System.out.print("OK " + packer.pack(1, new byte[100]).length);
      } catch (Exception e) {
        System.out.print(e);
      }
    }
  }

  @Test
  void load_withADirectory_unpacksThere() throws Exception {
    // Where nothing can be unpacked it must fail: so it was there that it was tried.
    assertThat(run("-Dkmesh.native-directory=" + directory)).startsWith("OK");
    Path file = Files.createFile(directory.resolve("a-file"));
    assertThat(run("-Dkmesh.native-directory=" + file))
        .contains("Cannot load zstd", "Set kmesh.native-directory");
  }

  @Test
  void load_whenZstdsOwnPropertyIsSet_leavesIt() throws Exception {
    Path file = Files.createFile(directory.resolve("a-file"));
    assertThat(run("-Dkmesh.native-directory=" + file, "-DZstdTempFolder=" + directory))
        .startsWith("OK");
  }

  private static String run(String... options) throws Exception {
    List<String> command = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java"));
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Child.class.getName()));
    Process child = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    child.waitFor();
    return output;
  }
}
