// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * The second site, a process of its own: {@code Burst WORK [TOKEN]}. It prints where it listens and
 * where it is, answers each line of its standard input by one of its own, and runs until that ends.
 */
public final class Burst {
  private Burst() {}

  /** Runs it. */
  public static void main(String[] args) throws IOException {
    try (BurstSite site = BurstSite.open(Path.of(args[0]))) {
      if (args.length > 1) {
        site.enrol(args[1]);
      }
      say(site.listening());
      say(site.place().line());
      BufferedReader in =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      BurstPrograms programs = new BurstPrograms(site.mount());
      String line;
      while ((line = in.readLine()) != null) {
        say(programs.run(line));
      }
    }
  }

  private static void say(String line) {
    System.out.writeBytes((line + "\n").getBytes(StandardCharsets.UTF_8));
    System.out.flush();
  }
}
