// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import java.util.stream.Stream;

/**
 * What programs at the second site do to its files, each by a command of one line. They know {@code
 * java.nio.file} and nothing of Kmesh.
 */
final class BurstPrograms {
  /** {@code change SEED}: makes 100 files in the tree that flowed, and changes 50. */
  static final String CHANGE = "change";

  /** {@code keep-secret}: writes a sensitive file. */
  static final String KEEP_SECRET = "keep-secret";

  /** The answer to a command that was done; any other says why it was not. */
  static final String DONE = "done";

  private static final int MADE = 100;
  private static final int CHANGED = 50;

  private final Path data;

  /**
   * Programs.
   *
   * @param mount the cluster's
   */
  BurstPrograms(FileSystem mount) {
    this.data = mount.getPath("/" + BurstSite.DATA);
  }

  /** Runs a command and gives the answer, a line. */
  String run(String command) {
    String[] words = command.split(" ", -1);
    try {
      if (words[0].equals(CHANGE) && words.length == 2) {
        change(Long.parseLong(words[1]));
        return DONE;
      }
      if (words[0].equals(KEEP_SECRET) && words.length == 1) {
        keepSecret();
        return DONE;
      }
      return "there is no command \"" + command + "\".";
    } catch (IOException | RuntimeException e) {
      return String.valueOf(e).replace('\n', ' ');
    }
  }

  private void change(long seed) throws IOException {
    Random random = new Random(seed);
    Path tree = data.resolve("job/tree");
    Path directory = Files.createDirectories(tree.resolve("made at burst"));
    for (int i = 0; i < MADE; i++) {
      Files.writeString(directory.resolve("file " + i), "of burst ".repeat(random.nextInt(200)));
    }
    try (Stream<Path> all = Files.walk(tree)) {
      for (Path file : all.filter(Files::isRegularFile).sorted().limit(CHANGED).toList()) {
        Files.writeString(
            file, "changed at burst", StandardCharsets.UTF_8, StandardOpenOption.APPEND);
      }
    }
  }

  private void keepSecret() throws IOException {
    Path secret = Files.createDirectories(data.resolve("vault/secret"));
    Files.writeString(secret.resolve("run7"), GrantSteps.TEXT);
  }
}
