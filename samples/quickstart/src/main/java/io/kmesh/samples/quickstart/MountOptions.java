// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.samples.quickstart.Options.UsageException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;

/**
 * What was asked on the command line of a run on a mounted Lustre.
 *
 * @param data the tree of which a part is taken
 * @param directory the directory of the Lustre below which the run makes its own
 * @param work where everything else is kept
 * @param isJson whether one JSON object goes to standard output
 * @param isKept whether the run's directory and its archive stay at the end
 * @param archive the archive that the copytool serves
 */
record MountOptions(
    Path data, Path directory, Path work, boolean isJson, boolean isKept, ArchiveId archive) {

  private static final String LUSTRE = "--lustre";
  private static final Set<String> FLAGS = Set.of("--json", "--keep");
  private static final Set<String> VALUED = Set.of(LUSTRE, "--work", "--archive-id");
  private static final Set<String> OF_THE_SIMULATOR =
      Set.of("--report", "--changes", "--flow-changes", "--seed", "--sabotage");

  /** Whether a command line asks for a run on a mounted Lustre, even if the rest of it is wrong. */
  static boolean isAsked(String[] args) {
    return Arrays.stream(args)
        .takeWhile(arg -> !arg.equals("--"))
        .anyMatch(arg -> arg.equals(LUSTRE) || arg.startsWith(LUSTRE + "="));
  }

  static MountOptions parse(String[] args) throws UsageException {
    for (String arg : Arrays.stream(args).takeWhile(arg -> !arg.equals("--")).toList()) {
      String name = arg.contains("=") ? arg.substring(0, arg.indexOf('=')) : arg;
      if (OF_THE_SIMULATOR.contains(name)) {
        throw new UsageException(
            "Cannot use " + name + " with --lustre: it is for runs on the simulated one. See --help.");
      }
    }
    Arguments given = Arguments.parse(args, FLAGS, VALUED);
    Path data = Options.data(Options.oneOf(given.folders()));
    Path directory =
        Options.path(LUSTRE, given.values().get(LUSTRE)).toAbsolutePath().normalize();
    String work = given.values().get("--work");
    Path place =
        work == null
            ? Options.defaultWork(directory)
            : Options.path("--work", work).toAbsolutePath().normalize();
    long archive =
        Options.number(
            "--archive-id", given.values().getOrDefault("--archive-id", "1"), 1, Integer.MAX_VALUE);
    return new MountOptions(
        data,
        directory,
        Options.work(place, data),
        given.flags().contains("--json"),
        given.flags().contains("--keep"),
        ArchiveId.of((int) archive));
  }
}
