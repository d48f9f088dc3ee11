// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Runs the main job and says what came of it. */
public final class Main {
  private static final int HELD = 0;
  private static final int DID_NOT_HOLD = 1;
  private static final int WRONG_USE = 2;

  /** How long a stopped run on a mount may take to end what it began. */
  private static final Duration LONGEST_END = Duration.ofMinutes(6);

  private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
  private final PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
  private final String[] args;
  private final boolean isJson;
  private final boolean isOnMount;
  private final StopSignal stop = new StopSignal();
  private boolean isSaid; // guarded by this
  private String data = "";

  private Main(String[] args) {
    this.args = args;
    this.isJson = Options.isJson(args);
    this.isOnMount = MountOptions.isAsked(args);
  }

  /** See {@code --help}. */
  public static void main(String[] args) {
    Main main = new Main(args);
    // A signal ends the process without coming back to run.
    Runtime.getRuntime()
        .addShutdownHook(new Thread(main::stopped));
    int exit = main.run();
    main.stop.ended();
    System.exit(exit);
  }

  /** On a mount what was begun is ended first, so that no slot stays taken. */
  private void stopped() {
    if (isOnMount && !isSaid()) {
      err.println("Stopping: what runs is ended, and the copytool unregistered ...");
      stop.request();
      try {
        if (!stop.awaitEnd(LONGEST_END)) {
          sayNothingCame("it was stopped by a signal, and did not end in " + LONGEST_END + ".");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    sayNothingCame("it was stopped by a signal. The same command with the same --work goes on.");
  }

  private int run() {
    if (Options.isHelp(args)) {
      said();
      out.print(Options.HELP);
      return HELD;
    }
    try {
      if (isOnMount) {
        MountOptions options = MountOptions.parse(args);
        data = options.data().toString();
        return say(new MountJob(options, screen(), stop, Patience.Times.DEFAULT).run());
      }
      Options options = Options.parse(args);
      data = options.data().toString();
      return run(options);
    } catch (Options.UsageException | Obstacles e) {
      sayNothingCame(e.getMessage());
      return WRONG_USE;
    } catch (IOException | RuntimeException | Error e) {
      if (Boolean.getBoolean("quickstart.trace")) {
        e.printStackTrace(err);
      }
      sayNothingCame("The run failed: " + words(e));
      return DID_NOT_HOLD;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      sayNothingCame("The run was interrupted.");
      return DID_NOT_HOLD;
    }
  }

  /** What failed, and what helps where the heap was full, in whichever thread. */
  static String words(Throwable failure) {
    String words = failure.getMessage() == null ? failure.toString() : failure.getMessage();
    for (Throwable e = failure; e != null; e = e.getCause()) {
      if (e instanceof OutOfMemoryError) {
        return words
            + ". Set KMESH_JAVA_OPTIONS=-Xmx1g and run the same command again: it goes on.";
      }
    }
    return words;
  }

  private int run(Options options) throws IOException, InterruptedException {
    Screen screen = screen();
    Result result = new Job(options, screen).run();
    if (options.report().isPresent()) {
      Path report = options.report().get();
      Files.writeString(report, HtmlReport.of(result), StandardCharsets.UTF_8);
      screen.say("The report is in " + report + ".");
    }
    return say(result);
  }

  private Screen screen() {
    return new Screen(
        isJson ? err : out,
        "true".equals(System.getProperty("quickstart.terminal")),
        Integer.getInteger("quickstart.columns", Screen.COLUMNS));
  }

  private int say(Outcome outcome) throws IOException {
    if (said()) {
      out.print(isJson ? outcome.json() + "\n" : outcome.table());
    }
    return outcome.verified() ? HELD : DID_NOT_HOLD;
  }

  /** Whether this is the first who says the outcome. */
  private synchronized boolean said() {
    boolean isFirst = !isSaid;
    isSaid = true;
    return isFirst;
  }

  private synchronized boolean isSaid() {
    return isSaid;
  }

  private void sayNothingCame(String reason) {
    if (!said()) {
      return;
    }
    err.println(reason);
    if (isJson) {
      try {
        Outcome nothing =
            isOnMount ? MountResult.nothing(data, reason) : Result.nothing(data, reason);
        out.println(nothing.json());
      } catch (IOException e) {
        err.println("The JSON failed: " + e.getMessage());
      }
    }
  }
}
