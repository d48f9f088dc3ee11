// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.zip.CRC32;

/**
 * What was asked on the command line.
 *
 * @param data the tree to take
 * @param work where everything is kept; the same one again resumes
 * @param isJson whether one JSON object goes to standard output
 * @param report where the HTML report goes
 * @param sabotage the step whose outcome is spoiled behind its back
 * @param changes how many changes are made
 * @param flowChanges how many changes flow to the second site
 * @param seed where their choice comes from
 */
record Options(
    Path data,
    Path work,
    boolean isJson,
    Optional<Path> report,
    Optional<Step> sabotage,
    int changes,
    int flowChanges,
    long seed) {

  private static final Set<String> VALUED =
      Set.of("--work", "--report", "--sabotage", "--changes", "--flow-changes", "--seed");
  private static final int MOST_CHANGES = 1_000_000;
  private static final long LARGEST_SEED = 1L << 53;

  static final String HELP =
      """
      Usage: run.sh [OPTIONS] [DATA_DIR]
             run.sh --lustre DIR [--archive-id N] [--keep] [--work DIR] [--json] [DATA_DIR]

      Takes a tree of real files into a simulated Lustre, archives it to an object store, proves it
      durable, frees the space, reads it back with many readers at once, changes it, tiers it, and
      verifies every byte and attribute with a program that is not Kmesh.
      Without DATA_DIR it takes the home of the Java that runs it.

      Options:
        --work DIR         where everything is kept (default: a folder of yours below the temporary
                           one). The same DIR again goes on where a killed run stopped.
        --json             print one JSON object on standard output; progress goes to standard error
        --report FILE      write the report as one HTML file
        --changes N        how many changes are made to the tree (default 200)
        --flow-changes N   how many changes flow to a second site, a cluster of a mock cloud, while
                           the link is cut and that site is killed (default 20000; 0: there is
                           no second site)
        --seed N           where their choice comes from (default 1)
        --sabotage STEP    spoil one byte, time or attribute behind that step; the run must notice:
                           ingest snapshot copy archive release readback changes refresh
                           reverse tiering remove restore flow
        --help             print this

      On a mounted Lustre (as root, with the HSM coordinator on and no other copytool on this
      mount): a part of the tree, at most 60 files and 32 MiB, goes to a new directory below DIR,
      is archived by a copytool that this run registers, released, restored by readers and by
      request, tiered, removed from the archive and verified; then all of it is cleaned up.
      The first thing done is to look for what would not work; then nothing has been touched yet.
        --lustre DIR       a directory of a mounted Lustre, such as /mnt/lustre/some/dir
        --archive-id N     the archive that its copytool serves (default 1); take one that
                           nobody else uses
        --keep             leave the directory and the archive, in the work folder, at the end
        --work DIR         where the archive, the state and the verifier's files are kept, not on
                           that Lustre. The same DIR again first cleans up after a killed run.
        --json             as above, with other fields; see README.md

      A value may follow its option after a space or after =; what follows -- is no option.
      Exit status: 0 all held, 1 something did not, 2 wrong use.
      """;

  /** Wrong use, with what to say. */
  static final class UsageException extends Exception {
    private static final long serialVersionUID = 1L;

    UsageException(String message) {
      super(message);
    }
  }

  /** Whether a command line asks for JSON, even if the rest of it is wrong. */
  static boolean isJson(String[] args) {
    return options(args).contains("--json");
  }

  /** Whether a command line asks for help. */
  static boolean isHelp(String[] args) {
    return options(args).contains("--help") || options(args).contains("-h");
  }

  private static List<String> options(String[] args) {
    return Arrays.stream(args).takeWhile(arg -> !arg.equals("--")).toList();
  }

  static Options parse(String[] args) throws UsageException {
    Arguments given = Arguments.parse(args, Set.of("--json"), VALUED);
    Map<String, String> values = given.values();
    String tree = oneOf(given.folders());
    Path named = values.containsKey("--work") ? path("--work", values.get("--work")) : null;
    Path report =
        values.containsKey("--report") ? writable(path("--report", values.get("--report"))) : null;
    Step sabotage = values.containsKey("--sabotage") ? step(values.get("--sabotage")) : null;
    int changes =
        (int) number("--changes", values.getOrDefault("--changes", "200"), 0, MOST_CHANGES);
    int flowChanges = flowChanges(values.getOrDefault("--flow-changes", "20000"));
    long seed = number("--seed", values.getOrDefault("--seed", "1"), 1, LARGEST_SEED - 1);
    if (sabotage == Step.FLOW && flowChanges == 0) {
      throw new UsageException("Cannot sabotage flow with --flow-changes 0: nothing flows.");
    }
    Path data = data(tree);
    Path work = work(named == null ? defaultWork(data) : named.toAbsolutePath().normalize(), data);
    return new Options(
        data,
        work,
        given.flags().contains("--json"),
        Optional.ofNullable(report),
        Optional.ofNullable(sabotage),
        changes,
        flowChanges,
        seed);
  }

  /** The tree that was named, or the running Java's home. */
  static String oneOf(List<String> folders) throws UsageException {
    if (folders.size() > 1) {
      throw new UsageException(
          "Cannot take " + folders.size() + " trees (" + String.join(", ", folders)
              + "). Name one. See --help.");
    }
    return folders.isEmpty() ? System.getProperty("java.home") : folders.get(0);
  }

  static Path data(String name) throws UsageException {
    Path data = path("DATA_DIR", name).toAbsolutePath().normalize();
    if (!Files.isDirectory(data)) {
      throw new UsageException(
          "Cannot take " + data + ": "
              + (Files.exists(data) ? "it is no directory." : "there is no such directory.")
              + " Name one that is." + localeHint(name));
    }
    return data;
  }

  /** Each user and each tree has a place of its own, so that two trees never meet. */
  static Path defaultWork(Path data) {
    CRC32 crc = new CRC32();
    crc.update(data.toString().getBytes(StandardCharsets.UTF_8));
    return Path.of(
        System.getProperty("java.io.tmpdir"),
        "kmesh-quickstart-" + System.getProperty("user.name").replaceAll("[^A-Za-z0-9_.-]", "_"),
        String.format("%08x", crc.getValue()));
  }

  static Path work(Path work, Path data) throws UsageException {
    Path place = real(work);
    Path taken = real(data);
    if (place.startsWith(taken) || taken.startsWith(place)) {
      throw new UsageException(
          "Cannot use the work folder " + work + ": it and the tree " + data
              + " lie in each other. Name another --work.");
    }
    try {
      Files.createDirectories(work);
    } catch (IOException e) {
      throw new UsageException(
          "Cannot make the work folder " + work + ": " + e + ". Name another --work.");
    }
    if (!Files.isWritable(work)) {
      throw new UsageException(
          "Cannot use the work folder " + work + ": "
              + System.getProperty("user.name") + " may not write there. Name another --work.");
    }
    return work;
  }

  /** Without symbolic links as far as it exists. */
  private static Path real(Path path) {
    try {
      return path.toRealPath();
    } catch (IOException e) {
      Path parent = path.getParent();
      return parent == null ? path : real(parent).resolve(path.getFileName());
    }
  }

  private static Path writable(Path report) throws UsageException {
    Path folder = report.toAbsolutePath().getParent();
    if (Files.isDirectory(report) || folder == null || !Files.isWritable(folder)) {
      throw new UsageException(
          "Cannot write the report " + report + ": "
              + (Files.isDirectory(report) ? "it is a directory." : "its folder can't be written to.")
              + " Name another file.");
    }
    return report;
  }

  static Path path(String name, String value) throws UsageException {
    try {
      return Path.of(value);
    } catch (InvalidPathException e) {
      throw new UsageException(
          "Cannot use " + name + " " + value + ": " + e.getReason() + "." + localeHint(value));
    }
  }

  /** A JVM reads the command line by the locale and can't name a file that it can't spell. */
  private static String localeHint(String value) {
    return value.chars().allMatch(c -> c < 128)
        ? ""
        : " Its name is not plain ASCII: set LC_ALL=C.UTF-8.";
  }

  private static Step step(String name) throws UsageException {
    List<Step> steps = Arrays.stream(Step.values()).filter(s -> s != Step.VERIFY).toList();
    return steps.stream()
        .filter(s -> s.title().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new UsageException(
                    "Cannot sabotage \"" + name + "\": it is none of "
                        + steps.stream().map(Step::title).collect(Collectors.joining(", ")) + "."));
  }

  /** Fewer than 200 are no storm: every kind of change is to come in each of its parts. */
  private static int flowChanges(String value) throws UsageException {
    return value.equals("0") ? 0 : (int) number("--flow-changes", value, 200, MOST_CHANGES);
  }

  static long number(String name, String value, long least, long most) throws UsageException {
    try {
      long number = Long.parseLong(value);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new UsageException(
        "Cannot use " + name + " " + value + ": it is no whole number from " + least + " to " + most + ".");
  }
}
