// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.sim;

import static io.kmesh.lustre.jna.sim.SimFixture.name;
import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.RenameMode;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A process of its own changes a file system at random and says each change when it is done; it is
 * killed with SIGKILL, and what it said is there.
 */
@Tag("crash")
class SimKillTest {
  private static final int NAMES = 40;

  @TempDir Path directory;

  /** The process that is killed: prints {@code + NAME CONTENT} or {@code - NAME} after a change. */
  public static void main(String[] arguments) throws IOException {
    Random random = new Random(Long.parseLong(arguments[1]));
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.US_ASCII);
    try (SimFixture sim = SimFixture.open(Path.of(arguments[0]))) {
      try (PosixDirectory root = sim.tree.openRoot()) {
        for (int i = 0; ; i++) {
          String file = "f" + random.nextInt(NAMES);
          out.println("? " + file);
          if (random.nextInt(4) == 0) {
            try {
              root.unlink(name(file));
            } catch (ProviderException e) {
              if (!e.errno().orElseThrow().equals(Errno.ENOENT)) {
                throw e;
              }
            }
            out.println("- " + file);
          } else {
            sim.write("temporary", "content " + i + " ".repeat(random.nextInt(9000)));
            root.rename(name("temporary"), root, name(file), RenameMode.REPLACE);
            out.println("+ " + file + " " + i);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void changes_whenProcessIsKilled_areAllThere(long seed) throws Exception {
    Random random = new Random(seed);
    Map<String, String> expected = new TreeMap<>();
    for (int run = 0; run < 3; run++) {
      Process process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:TieredStopAtLevel=1",
                  "-XX:+UseSerialGC",
                  "-cp",
                  System.getProperty("java.class.path"),
                  SimKillTest.class.getName(),
                  directory.toString(),
                  Long.toString(seed * 100 + run))
              .redirectError(new File(directory + ".log"))
              .start();
      String unsure = "";
      try (BufferedReader said =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII))) {
        int left = 50 + random.nextInt(400);
        for (String line = said.readLine(); line != null; line = said.readLine()) {
          if (left-- == 0) {
            // By its handle: the process itself would close the stream with what it said last.
            process.toHandle().destroyForcibly();
          }
          String[] words = line.split(" ", -1);
          switch (words[0]) {
            case "?" -> unsure = words[1];
            case "+" -> {
              expected.put(words[1], words[2]);
              unsure = "";
            }
            default -> {
              expected.remove(words[1]);
              unsure = "";
            }
          }
        }
      }
      assertThat(process.waitFor()).isEqualTo(137);
      check(expected, unsure);
    }
  }

  private void check(Map<String, String> expected, String unsure) throws IOException {
    try (SimFixture sim = SimFixture.open(directory)) {
      assertThat(sim.fs.wasClean()).isFalse();
      SimSnapshot.assertNoGarbage(sim, directory);
      check(sim, expected, unsure);
    }
  }

  private static void check(SimFixture sim, Map<String, String> expected, String unsure)
      throws IOException {
    try (PosixDirectory root = sim.tree.openRoot()) {
      for (int i = 0; i < NAMES; i++) {
        PathBytes file = name("f" + i);
        String found =
            root.find(file).isEmpty()
                ? null
                : new String(sim.read("f" + i), StandardCharsets.US_ASCII).split(" ", -1)[1];
        if (("f" + i).equals(unsure)) {
          expected.remove("f" + i);
          if (found != null) {
            expected.put("f" + i, found);
          }
        } else {
          assertThat(found).as("f%s", i).isEqualTo(expected.get("f" + i));
        }
      }
    }
  }
}
