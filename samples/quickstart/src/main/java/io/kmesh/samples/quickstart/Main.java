// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Runs the main job and says what came of it. */
public final class Main {
  private Main() {}

  /** See {@code --help}. */
  public static void main(String[] args) {
    System.exit(run(args));
  }

  private static int run(String[] args) {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    if (List.of(args).contains("--help")) {
      out.print(Options.HELP);
      return 0;
    }
    Options options;
    try {
      options = Options.parse(args);
    } catch (Options.UsageException e) {
      err.println(e.getMessage());
      return 2;
    }
    Screen screen =
        new Screen(
            options.isJson() ? err : out, "true".equals(System.getProperty("quickstart.terminal")));
    try {
      Result result = new Job(options, screen).run();
      if (options.isJson()) {
        out.println(result.json());
      } else {
        out.print(result.table());
      }
      if (options.report().isPresent()) {
        Path report = options.report().get();
        Files.writeString(report, HtmlReport.of(result), StandardCharsets.UTF_8);
        screen.say("The report is in " + report + ".");
      }
      return result.verified() ? 0 : 1;
    } catch (IOException | RuntimeException e) {
      err.println("The run failed: " + e.getMessage());
      if (Boolean.getBoolean("quickstart.trace")) {
        e.printStackTrace(err);
      }
      return 1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 1;
    }
  }
}
