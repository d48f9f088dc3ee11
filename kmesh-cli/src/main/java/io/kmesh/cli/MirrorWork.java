// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.engine.ByteBudget;
import io.kmesh.engine.MirrorTree;
import io.kmesh.engine.PosixTrees;
import io.kmesh.engine.StorePace;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.store.ObjectStores;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A command on a mirrored tree: the options that all of them have, and how it is told. */
abstract class MirrorWork implements Callable<Integer> {
  private static final int SHOWN_PROBLEMS = 20;
  private static final int MOST_THREADS = 256;

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "16",
      description = "How many entries are under way at once; default ${DEFAULT-VALUE}.")
  private int threads;

  @Option(
      names = "--part-size",
      paramLabel = "SIZE",
      defaultValue = "8MiB",
      description = "The parts of large files; default ${DEFAULT-VALUE}.")
  private String partSize = "";

  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      defaultValue = "64MiB",
      description = {
        "The memory for content; default ${DEFAULT-VALUE}. For more than 96MiB Java needs more, too:"
            + " KMESH_JAVA_OPTIONS=-XX:MaxDirectMemorySize=512m.",
      })
  private String memory = "";

  @Mixin private PaceOptions paceOptions = new PaceOptions();

  @Option(names = "--json", description = "Prints one JSON object at the end.")
  private boolean isJson;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description = {
        "Writes what becomes of each entry, one JSON object a line, as it is so; what is in the file is lost."
            + " docs/format/mirror-report.md has the form.",
      })
  private @Nullable Path reportFile;

  @Option(
      names = {"-q", "--quiet"},
      description = "No progress and no results for people; problems are still told.")
  private boolean isQuiet;

  /** Makes mirrors with the options of the command line. */
  @FunctionalInterface
  interface Maker {
    MirrorTree in(ObjectStore store) throws CommandFailure;
  }

  /** The work with its report. */
  @FunctionalInterface
  private interface Work {
    Done run() throws IOException, CommandFailure;
  }

  /** The work itself. */
  @FunctionalInterface
  interface Body {
    Done run(Maker maker) throws IOException, CommandFailure;
  }

  /** What was done. */
  interface Done {
    /** How many entries are not as they should be. */
    long problems();

    /** Their first ones. */
    Iterable<String> warnings();

    /** What is worth knowing beside them. */
    default Iterable<String> notes() {
      return List.of();
    }

    /** For programs. */
    ObjectNode json();

    /** For people. */
    String words();
  }

  final Surroundings surroundings() {
    if (spec == null) {
      throw new IllegalStateException("This command was not made by a command line.");
    }
    return ((KmeshCommand) spec.root().userObject()).surroundings();
  }

  /** Works on one tree, tells the outcome, and gives the exit code. */
  final int work(String command, String from, String to, Body body)
      throws IOException, CommandFailure {
    return workWith(
        command,
        from,
        to,
        means ->
            body.run(
                store -> {
                  MirrorTree mirror =
                      mirror(means.paced(store), means)
                          .onProgress(means.meter::at)
                          .cancelWhen(means.cancelled);
                  if (isShowing()) {
                    mirror.countFirst();
                  }
                  return means.report == null ? mirror : mirror.onOutcome(means.report::add);
                }));
  }

  /**
   * What the command line gives to a work.
   *
   * @param report where each entry is reported, if anywhere
   * @param pace of each store
   * @param cancelled asked often
   */
  record Means(
      StorePace pace,
      KmeshTime time,
      int threads,
      ByteBudget budget,
      DataSize partSize,
      MirrorMeter meter,
      @Nullable MirrorReportFile report,
      BooleanSupplier cancelled) {
    /** A view of a store at the pace that was asked for. */
    ObjectStore paced(ObjectStore store) {
      return pace.over(store, time, Observer.NONE);
    }
  }

  /** Something else that is done with objects. */
  @FunctionalInterface
  interface OtherBody {
    Done run(Means means) throws IOException, CommandFailure;
  }

  /** Works, tells the outcome, and gives the exit code. */
  final int workWith(String command, String from, String to, OtherBody body)
      throws IOException, CommandFailure {
    requireThreads();
    ByteBudget budget = budget();
    DataSize parts = size("--part-size", partSize);
    StorePace pace = paceOptions.pace();
    KmeshTime time = surroundings().time();
    Interruption interruption = surroundings().interruption();
    MirrorMeter meter = new MirrorMeter(time, command);
    try (MirrorReportFile report = report(command, from, to)) {
      BooleanSupplier cancelled =
          () -> interruption.isRaised() || (report != null && report.isBroken());
      Means means = new Means(pace, time, threads, budget, parts, meter, report, cancelled);
      Done done = reported(report, () -> shown(meter, () -> body.run(means)), command, from, to);
      return tell(done);
    }
  }

  /** Runs the work and ends the report with how it went. */
  private Done reported(
      @Nullable MirrorReportFile report, Work work, String command, String from, String to)
      throws IOException, CommandFailure {
    String state = "failed";
    try {
      Done done = work.run();
      state = "done";
      return done;
    } catch (ProviderException e) {
      if (report != null) {
        report.check();
      }
      if (e.kind() != ErrorKind.CANCELLED || !surroundings().interruption().isRaised()) {
        throw e;
      }
      state = "interrupted";
      throw new CommandFailure(
          ExitCode.INTERRUPTED,
          "Cannot "
              + command
              + " "
              + from
              + " to "
              + to
              + " to the end: it was interrupted. What is done stays; repeat the command to go on.");
    } finally {
      if (report != null) {
        report.end(state);
      }
    }
  }

  private boolean isShowing() {
    return !isQuiet && surroundings().isTerminal();
  }

  private <E extends Exception> Done shown(MirrorMeter meter, ProgressMeter.Body<Done, E> body)
      throws IOException, E {
    return new ProgressMeter(surroundings(), isShowing(), meter::line).during(body);
  }

  private @Nullable MirrorReportFile report(String command, String from, String to)
      throws CommandFailure {
    return reportFile == null
        ? null
        : MirrorReportFile.begin(reportFile, command, from, to, surroundings().time().now());
  }

  private MirrorTree mirror(ObjectStore store, Means means) throws CommandFailure {
    try {
      MirrorTree mirror =
          MirrorTree.in(store, means.time)
              .threads(means.threads)
              .budget(means.budget)
              .partSize(means.partSize);
      StateFolder.find(surroundings(), "mirror").ifPresent(mirror::journal);
      return mirror;
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.USAGE, e);
    }
  }

  private int tell(Done done) {
    if (isJson) {
      surroundings().out().println(done.json());
    } else if (!isQuiet) {
      surroundings().out().println(done.words());
    }
    warn(done.notes());
    long shown = warn(done.warnings());
    if (done.problems() > shown) {
      warn("... and " + Output.count(done.problems() - shown) + " problems more.");
    }
    return done.problems() == 0 ? ExitCode.OK : ExitCode.PROBLEMS;
  }

  private long warn(Iterable<String> lines) {
    long shown = 0;
    for (String line : lines) {
      if (shown == SHOWN_PROBLEMS) {
        break;
      }
      warn(line);
      shown++;
    }
    return shown;
  }

  private void warn(String line) {
    surroundings().err().println("kmesh: " + line);
  }

  private void requireThreads() throws CommandFailure {
    if (threads < 1 || threads > MOST_THREADS) {
      throw new CommandFailure(
          ExitCode.USAGE,
          "Cannot work with " + threads + " threads: give --threads 1 to " + MOST_THREADS + ".");
    }
  }

  private ByteBudget budget() throws CommandFailure {
    try {
      return ByteBudget.of(size("--memory", memory));
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(
          ExitCode.USAGE, "Cannot use --memory " + memory + ": " + e.getMessage());
    }
  }

  private static DataSize size(String option, String text) throws CommandFailure {
    try {
      return DataSize.parse(text);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(
          ExitCode.USAGE, "Cannot use " + option + " " + text + ": " + e.getMessage());
    }
  }

  /** A store that a user named. */
  static StoreLocation location(String verb, String text) throws CommandFailure {
    if (text.isEmpty()) {
      throw new CommandFailure(
          ExitCode.USAGE, "Cannot " + verb + " \"\": it names no store. Write its URL, or a path.");
    }
    return StoreLocation.parse(text);
  }

  /** The path of a directory that a user named: as it is, or as {@code file:}. */
  static Path path(String verb, String text) throws CommandFailure {
    String reason;
    try {
      if (!text.isEmpty() && ObjectStores.isDirectory(text)) {
        return ObjectStores.directory(text);
      }
      reason = "it is no directory of this machine";
    } catch (IllegalArgumentException e) {
      reason = String.valueOf(e.getMessage());
    }
    throw new CommandFailure(
        ExitCode.USAGE,
        "Cannot "
            + verb
            + " \""
            + StoreLocation.withoutOptions(text)
            + "\": "
            + reason
            + ". Name a directory here, and the store as the other one.");
  }

  /** A directory that a user named and that must be there. */
  static Path directory(String verb, String text) throws CommandFailure {
    return RepositoryCommand.realDirectory(verb, path(verb, text));
  }

  /** Refuses a store that lies in the tree, or the tree in it: it would be mirrored in itself. */
  static void requireApart(String what, Path directory, StoreLocation store)
      throws IOException, CommandFailure {
    Path place = store.directory().orElse(null);
    if (place == null) {
      return;
    }
    Path real = real(place);
    if (real.startsWith(directory) || directory.startsWith(real)) {
      throw new CommandFailure(
          ExitCode.USAGE,
          "Cannot "
              + what
              + ": the store "
              + store
              + " and the directory are one within the other. Name a store elsewhere.");
    }
  }

  /** A path without symbolic links, as far as it is there. */
  static Path real(Path place) throws IOException {
    Path whole = place.toAbsolutePath().normalize();
    Path known = whole;
    while (known != null && !Files.exists(known)) {
      known = known.getParent();
    }
    return known == null ? whole : known.toRealPath().resolve(known.relativize(whole));
  }

  /** Opens the tree below a directory. */
  static PosixTree open(String verb, Path directory) throws IOException {
    try {
      return PosixTrees.open(directory);
    } catch (ProviderException e) {
      throw e;
    } catch (IOException e) {
      throw new IOException(
          "Cannot " + verb + " " + directory + ": it can't be opened (" + e + ").", e);
    }
  }

  /** Opens a store; a directory is made. */
  static ObjectStore openOrMake(StoreLocation location) throws IOException, CommandFailure {
    return location.openOrMake();
  }

  /** Opens a store that must be there. */
  static ObjectStore openThere(String verb, StoreLocation location)
      throws IOException, CommandFailure {
    Path place = location.directory().orElse(null);
    if (place != null && !Files.isDirectory(place)) {
      throw new CommandFailure(
          ExitCode.NOT_FOUND,
          "Cannot " + verb + " " + location + ": there is no such store. Name the right place.");
    }
    return location.openOrMake();
  }

  /** Refuses a store without anything: it is the wrong one, more often than an empty one. */
  final void requireObjects(String verb, ObjectStore store, StoreLocation location)
      throws IOException, CommandFailure {
    requireObjects(verb, store, "", location.toString(), surroundings().interruption());
  }

  /** Refuses a prefix without anything. */
  static void requireObjects(
      String verb, ObjectStore store, String prefix, String location, Interruption interruption)
      throws IOException, CommandFailure {
    ListRequest first = new ListRequest(prefix, null, 1);
    ListPage page =
        CommandFailure.named(() -> interruption.ending(() -> store.blocking().list(first)));
    if (page.objects().isEmpty()) {
      throw new CommandFailure(
          ExitCode.NOT_FOUND,
          "Cannot "
              + verb
              + " "
              + location
              + ": there is no object. Look at the bucket's and the prefix's name.");
    }
  }
}
