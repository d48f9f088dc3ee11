// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What was asked on the command line.
 *
 * @param data the tree to take
 * @param work where everything is kept; the same one again resumes
 * @param isJson whether one JSON object goes to standard output
 * @param report where the HTML report goes
 * @param sabotage the step whose outcome is spoiled behind its back
 * @param changes how many changes are made
 * @param seed where their choice comes from
 */
record Options(
    Path data,
    Path work,
    boolean isJson,
    Optional<Path> report,
    Optional<Step> sabotage,
    int changes,
    long seed) {

  static final String HELP =
      """
      Usage: run.sh [OPTIONS] [DATA_DIR]

      Takes a tree of real files into a simulated Lustre, archives it to an object store, proves it
      durable, frees the space, reads it back with many readers at once, changes it, tiers it, and
      verifies every byte and attribute with a program that is not Kmesh.
      Without DATA_DIR it takes the home of the Java that runs it.

      Options:
        --work DIR         where everything is kept (default: a folder below the temporary one).
                           The same DIR again goes on where a killed run stopped.
        --json             print one JSON object on standard output; progress goes to standard error
        --report FILE      write the report as one HTML file
        --changes N        how many changes are made to the tree (default 200)
        --seed N           where their choice comes from (default 1)
        --sabotage=STEP    spoil one byte, time or attribute behind that step; the run must notice:
                           ingest archive release readback changes tiering remove
        --help             print this

      Exit status: 0 all held, 1 something did not, 2 wrong use.
      """;

  /** Wrong use, with what to say. */
  static final class UsageException extends Exception {
    private static final long serialVersionUID = 1L;

    UsageException(String message) {
      super(message);
    }
  }

  static Options parse(String[] args) throws UsageException {
    Path data = null;
    Path work = Path.of(System.getProperty("java.io.tmpdir"), "kmesh-quickstart");
    boolean isJson = false;
    Path report = null;
    Step sabotage = null;
    int changes = 200;
    long seed = 1;
    for (int i = 0; i < args.length; i++) {
      String arg = args[i];
      String name = arg;
      String value = null;
      int equals = arg.indexOf('=');
      if (arg.startsWith("--") && equals > 0) {
        name = arg.substring(0, equals);
        value = arg.substring(equals + 1);
      }
      switch (name) {
        case "--json" -> isJson = true;
        case "--work", "--report", "--sabotage", "--changes", "--seed" -> {
          if (value == null) {
            if (++i == args.length) {
              throw new UsageException("Cannot use " + name + ": its value is missing. See --help.");
            }
            value = args[i];
          }
          switch (name) {
            case "--work" -> work = Path.of(value);
            case "--report" -> report = Path.of(value);
            case "--sabotage" -> sabotage = step(value);
            case "--changes" -> changes = Math.toIntExact(number(name, value));
            default -> seed = number(name, value);
          }
        }
        default -> {
          if (arg.startsWith("-") || data != null) {
            throw new UsageException("Cannot use \"" + arg + "\". See --help.");
          }
          data = Path.of(arg);
        }
      }
    }
    return new Options(
        (data != null ? data : Path.of(System.getProperty("java.home"))).toAbsolutePath(),
        work.toAbsolutePath(),
        isJson,
        Optional.ofNullable(report),
        Optional.ofNullable(sabotage),
        changes,
        seed);
  }

  private static Step step(String name) throws UsageException {
    for (Step step : Step.values()) {
      if (step.title().equals(name) && step != Step.VERIFY) {
        return step;
      }
    }
    throw new UsageException("Cannot sabotage \"" + name + "\": there is no such step. See --help.");
  }

  private static long number(String name, String value) throws UsageException {
    try {
      return Long.parseLong(value);
    } catch (NumberFormatException e) {
      throw new UsageException("Cannot use " + name + " " + value + ": it is no number.");
    }
  }
}
