// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.engine.PosixTrees;
import io.kmesh.engine.repository.OpenRepository;
import io.kmesh.engine.repository.RestoreConflict;
import io.kmesh.engine.repository.RestorePreview;
import io.kmesh.engine.repository.SnapshotChange;
import io.kmesh.engine.repository.SnapshotEntry;
import io.kmesh.engine.repository.SnapshotInfo;
import io.kmesh.engine.repository.SnapshotReader;
import io.kmesh.engine.repository.SnapshotWork;
import io.kmesh.path.PathBytes;
import io.kmesh.snapshots.RestorePlan;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Commands on snapshots. */
@Command(
    name = "snapshot",
    description = "Takes snapshots, looks into them, restores and forgets them.",
    subcommands = {
      CreateCommand.class,
      SnapshotCommand.Listing.class,
      SnapshotCommand.Show.class,
      SnapshotCommand.Entries.class,
      SnapshotCommand.Diff.class,
      SnapshotCommand.Find.class,
      SnapshotCommand.Restore.class,
      CopyCommand.class,
      ForgetCommand.class,
      CareCommands.Check.class,
      CareCommands.Prune.class,
      CareCommands.Repair.class,
      ThawCommand.class
    })
final class SnapshotCommand implements Runnable {
  private static final String WHICH =
      "The snapshot: its id, four or more first digits of it, its name, or latest.";
  private static final int SHOWN_PROBLEMS = 20;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public void run() {
    throw RepoCommand.missing(
        spec,
        "create, list, show, ls, diff, find, restore, copy, forget, check, prune, repair or thaw");
  }

  /** What runs with an open snapshot. */
  @FunctionalInterface
  private interface Body {
    int run(SnapshotReader snapshot) throws IOException, CommandFailure;
  }

  private static int withSnapshot(OpenRepository repository, String text, Body body)
      throws IOException, CommandFailure {
    try (SnapshotReader snapshot = CommandFailure.named(() -> repository.open(text))) {
      return body.run(snapshot);
    }
  }

  /** A path in a snapshot, as a user writes it. */
  private static PathBytes inside(String text) throws CommandFailure {
    try {
      PathBytes path = PathBytes.EMPTY;
      for (PathBytes name : PathBytes.of(text).names()) {
        path = path.resolve(name);
      }
      return path;
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.USAGE, e);
    }
  }

  /** Tells problems and gives the exit code. */
  static int problems(RepositoryCommand command, SnapshotWork work, String where) {
    if (work.problemCount() == 0) {
      return ExitCode.OK;
    }
    work.problems().stream()
        .limit(SHOWN_PROBLEMS)
        .forEach(p -> command.warn(where + p.path() + " " + p.reason()));
    if (work.problemCount() > SHOWN_PROBLEMS) {
      command.warn(
          "... and " + Output.count(work.problemCount() - SHOWN_PROBLEMS) + " problems more.");
    }
    return ExitCode.PROBLEMS;
  }

  static void put(ObjectNode json, SnapshotWork work) {
    ArrayNode all = json.putArray("problemList");
    work.problems()
        .forEach(p -> all.add(Output.path(Output.object(), p.path()).put("reason", p.reason())));
  }

  static void requireWorkers(int workers) throws CommandFailure {
    if (workers < 1 || workers > 64) {
      throw new CommandFailure(
          ExitCode.USAGE, "Cannot work with " + workers + " workers: give --workers 1 to 64.");
    }
  }

  /** Lists them. */
  @Command(name = "list", description = "Lists the snapshots, the oldest first. Times are UTC.")
  static final class Listing extends ReadingCommand {
    @Override
    public Integer call() throws IOException, CommandFailure {
      return withRepository(
          repository -> {
            List<SnapshotInfo> all = repository.snapshots();
            ObjectNode json = Output.object();
            ArrayNode snapshots = json.putArray("snapshots");
            all.forEach(s -> snapshots.add(Output.json(s)));
            json(json);
            List<List<String>> rows = new ArrayList<>();
            rows.add(List.of("ID", "TIME", "NAME", "FILES", "SIZE", "HOST", "SOURCE"));
            for (SnapshotInfo s : all) {
              rows.add(
                  List.of(
                      s.id(),
                      Output.time(s.time()),
                      s.name(),
                      Output.count(s.files()),
                      Output.size(s.bytes()),
                      s.host(),
                      s.source()));
            }
            say(all.isEmpty() ? "There are no snapshots." : Output.table(rows).stripTrailing());
            return ExitCode.OK;
          });
    }
  }

  /** Shows one. */
  @Command(name = "show", description = "Shows what a snapshot says of itself.")
  static final class Show extends ReadingCommand {
    @Parameters(paramLabel = "SNAPSHOT", description = WHICH)
    private String snapshot = "";

    @Override
    public Integer call() throws IOException, CommandFailure {
      return withRepository(
          repository ->
              withSnapshot(
                  repository,
                  snapshot,
                  reader -> {
                    SnapshotInfo s = reader.info();
                    json(Output.json(s));
                    say("id           " + s.id());
                    say("name         " + s.name());
                    say("time         " + Output.time(s.time()) + " UTC");
                    say("host         " + s.host());
                    say("source       " + s.source());
                    s.tags().forEach((k, v) -> say("tag          " + k + "=" + v));
                    say("files        " + Output.count(s.files()));
                    say("directories  " + Output.count(s.directories()));
                    say("others       " + Output.count(s.others()));
                    say("size         " + Output.size(s.bytes()));
                    say("problems     " + Output.count(s.problems()));
                    s.access().forEach(rule -> say("access       " + rule));
                    s.cut().ifPresent(c -> say("cut          " + c + " of " + s.cutSnapshots()));
                    return ExitCode.OK;
                  }));
    }
  }

  /** Lists entries. */
  @Command(
      name = "ls",
      description = "Lists a directory of a snapshot.",
      footer = {"", "Example:", "  kmesh snapshot ls --repo /backup/lab latest /src"})
  static final class Entries extends ReadingCommand {
    @Parameters(index = "0", paramLabel = "SNAPSHOT", description = WHICH)
    private String snapshot = "";

    @Parameters(
        index = "1",
        arity = "0..1",
        paramLabel = "PATH",
        description = "Below the snapshot's top; default the top.")
    private String path = "";

    @Option(
        names = {"-r", "--recursive"},
        description = "With all that is below.")
    private boolean isRecursive;

    @Override
    public Integer call() throws IOException, CommandFailure {
      PathBytes at = inside(path);
      return withRepository(
          repository ->
              withSnapshot(
                  repository,
                  snapshot,
                  reader -> {
                    CommandFailure.named(() -> reader.at(at));
                    if (isRecursive) {
                      reader.walk(at, this::print);
                    } else {
                      reader.list(at, this::print);
                    }
                    return ExitCode.OK;
                  }));
    }

    private void print(SnapshotEntry entry) {
      json(isJson() ? Output.json(entry) : "");
      say(line(entry));
    }
  }

  private static String line(SnapshotEntry entry) {
    return String.format(
        Locale.ROOT,
        "%s %6d %6d %14s %s %s%s",
        Output.mode(entry),
        entry.uid(),
        entry.gid(),
        Output.count(entry.size()),
        Output.time(entry.mtime().toInstant()),
        entry.path(),
        entry.link().map(link -> " -> " + link).orElse(""));
  }

  /** Compares two. */
  @Command(
      name = "diff",
      description = {
        "Shows what the snapshot NEWER has otherwise than OLDER: + added, - removed, T other type, M other content, a"
            + " other mode, owner, time or attributes only.",
      })
  static final class Diff extends ReadingCommand {
    @Parameters(index = "0", paramLabel = "OLDER", description = WHICH)
    private String older = "";

    @Parameters(index = "1", paramLabel = "NEWER", description = WHICH)
    private String newer = "";

    @Override
    public Integer call() throws IOException, CommandFailure {
      Map<SnapshotChange.Kind, Long> counts = new EnumMap<>(SnapshotChange.Kind.class);
      return withRepository(
          repository ->
              withSnapshot(
                  repository,
                  older,
                  before ->
                      withSnapshot(
                          repository,
                          newer,
                          after -> {
                            before.diff(
                                after,
                                change -> {
                                  counts.merge(change.kind(), 1L, Long::sum);
                                  print(change);
                                });
                            say(summary(counts));
                            return ExitCode.OK;
                          })));
    }

    private void print(SnapshotChange change) {
      if (isJson()) {
        ObjectNode json = Output.path(Output.object(), change.path());
        json.put("change", change.kind().name().toLowerCase(Locale.ROOT));
        json.put("type", Output.type(change.type()));
        json.put("sizeBefore", change.sizeBefore()).put("sizeAfter", change.sizeAfter());
        json(json);
      }
      String slash = change.type() == FileType.DIRECTORY ? "/" : "";
      say(letter(change.kind()) + " " + change.path() + slash);
    }

    private static char letter(SnapshotChange.Kind kind) {
      return switch (kind) {
        case ADDED -> '+';
        case REMOVED -> '-';
        case TYPE -> 'T';
        case CONTENT -> 'M';
        case ATTRIBUTES -> 'a';
      };
    }

    private static String summary(Map<SnapshotChange.Kind, Long> counts) {
      StringBuilder text = new StringBuilder();
      for (SnapshotChange.Kind kind : SnapshotChange.Kind.values()) {
        text.append(text.length() == 0 ? "" : ", ")
            .append(Output.count(counts.getOrDefault(kind, 0L)))
            .append(' ')
            .append(
                switch (kind) {
                  case ADDED -> "added";
                  case REMOVED -> "removed";
                  case TYPE -> "of another type";
                  case CONTENT -> "changed";
                  case ATTRIBUTES -> "with other attributes";
                });
      }
      return text.toString();
    }
  }

  /** Finds entries. */
  @Command(
      name = "find",
      description = {
        "Finds entries by a glob: without a slash it is compared with names, else with paths. * and ? do not fit a"
            + " slash, ** does.",
      },
      footer = {"", "Example:", "  kmesh snapshot find --repo /backup/lab 'results-*.csv'"})
  static final class Find extends ReadingCommand {
    @Parameters(paramLabel = "GLOB", description = "What to find.")
    private String glob = "";

    @Option(
        names = "--snapshot",
        paramLabel = "SNAPSHOT",
        description = "Only in this one; default in all.")
    private @Nullable String snapshot;

    @Override
    public Integer call() throws IOException, CommandFailure {
      return withRepository(
          repository -> {
            List<String> ids = new ArrayList<>();
            if (snapshot != null) {
              ids.add(snapshot);
            } else {
              repository.snapshots().forEach(s -> ids.add(s.id()));
            }
            for (String id : ids) {
              withSnapshot(repository, id, this::find);
            }
            return ExitCode.OK;
          });
    }

    private int find(SnapshotReader reader) throws IOException, CommandFailure {
      String id = reader.info().id();
      try {
        reader.find(
            glob,
            entry -> {
              if (isJson()) {
                json(Output.json(entry).put("snapshot", id));
              }
              say(id + " " + line(entry));
            });
      } catch (IllegalArgumentException e) {
        throw new CommandFailure(ExitCode.USAGE, e);
      }
      return ExitCode.OK;
    }
  }

  /** Restores one. */
  @Command(
      name = "restore",
      description = {
        "Writes a snapshot, or a path of it, into a directory, which is made when it is not there. Each chunk is"
            + " verified by its name, which is computed anew, before a byte of it is written. The directory is empty,"
            + " or that of a restore that was cut, which goes on then; for any other give --overwrite. --plan says what"
            + " that would add (+), replace (M) or give other attributes (a), and where a directory is in the way (!).",
      },
      footer = {
        "",
        "Examples:",
        "  kmesh snapshot restore --repo /backup/lab latest --target /tmp/lab",
        "  kmesh snapshot restore --repo /backup/lab 3f9a --path /src/main.c --target /tmp",
        "  kmesh snapshot restore --repo /backup/lab latest --target /home/lab --plan",
      })
  static final class Restore extends ReadingCommand {
    @Parameters(paramLabel = "SNAPSHOT", description = WHICH)
    private String snapshot = "";

    @Option(
        names = "--target",
        required = true,
        paramLabel = "DIR",
        description = "Where to; its parent must be there.")
    private Path target = Path.of("");

    @Option(
        names = "--path",
        paramLabel = "PATH",
        description = "Only this of the snapshot: a directory's entries, or one other entry.")
    private String path = "";

    @Option(
        names = "--overwrite",
        description = "Replaces files that differ; what the snapshot does not have stays.")
    private boolean isOverwrite;

    @Option(names = "--plan", description = "Says what --overwrite would do, and changes nothing.")
    private boolean isPlan;

    @Option(
        names = "--workers",
        paramLabel = "N",
        defaultValue = "2",
        description = "Threads that read and write (${DEFAULT-VALUE}).")
    private int workers = 2;

    @Override
    public Integer call() throws IOException, CommandFailure {
      requireWorkers(workers);
      PathBytes at = inside(path);
      return withRepository(
          workers, repository -> withSnapshot(repository, snapshot, reader -> restore(reader, at)));
    }

    private int restore(SnapshotReader reader, PathBytes at) throws IOException, CommandFailure {
      CommandFailure.named(() -> reader.at(at));
      if (isPlan) {
        return plan(reader, at);
      }
      Path directory = makeTarget();
      SnapshotWork work = surroundings().interruption().begin();
      long total = at.isEmpty() ? reader.info().bytes() : 0;
      RestoreConflict conflict = isOverwrite ? RestoreConflict.REPLACE : RestoreConflict.REFUSE;
      try (PosixTree tree = PosixTrees.open(directory)) {
        meter(work, "restoring", total)
            .during(
                () -> {
                  reader.restore(at, tree, conflict, work);
                  return work;
                });
      }
      ObjectNode json = Output.object().put("snapshot", reader.info().id());
      json.put("target", directory.toString());
      json.put("files", work.files()).put("directories", work.directories());
      json.put("others", work.others()).put("bytes", work.bytes());
      json.put("writtenFiles", work.contentFiles()).put("writtenBytes", work.contentBytes());
      json.put("problems", work.problemCount());
      put(json, work);
      json(json);
      say(
          "Restored "
              + Output.count(work.files())
              + " files, "
              + Output.size(work.bytes())
              + " of the snapshot "
              + reader.info().id()
              + " to "
              + directory
              + "; wrote "
              + Output.size(work.contentBytes())
              + ", all verified.");
      return problems(this, work, directory + "/");
    }

    private int plan(SnapshotReader reader, PathBytes at) throws IOException, CommandFailure {
      SnapshotWork work = surroundings().interruption().begin();
      RestorePreview preview;
      if (Files.exists(target)) {
        try (PosixTree tree = PosixTrees.open(realDirectory("restore to", target))) {
          preview = reader.plan(at, tree, work);
        }
      } else {
        preview = reader.plan(at, null, work);
      }
      boolean isBlocked = false;
      for (RestorePlan.Step step : preview.steps()) {
        isBlocked |= step.action() == RestorePlan.Action.BLOCKED;
        if (isJson()) {
          ObjectNode json = Output.path(Output.object(), step.path());
          json.put("action", step.action().name().toLowerCase(Locale.ROOT));
          json(json.put("size", step.size().bytes()));
        }
        say(letter(step.action()) + " " + step.path());
      }
      ObjectNode json = Output.object().put("snapshot", reader.info().id());
      json.put("target", target.toString()).put("steps", preview.steps().size());
      json.put("unchanged", preview.unchanged()).put("extra", preview.extra());
      json(json.put("bytes", preview.bytes()));
      say(
          Output.count(preview.steps().size())
              + " steps, "
              + Output.size(preview.bytes())
              + " to write; "
              + Output.count(preview.unchanged())
              + " entries are as in the snapshot, "
              + Output.count(preview.extra())
              + " others stay. Nothing was changed.");
      return isBlocked ? ExitCode.PROBLEMS : ExitCode.OK;
    }

    private static char letter(RestorePlan.Action action) {
      return switch (action) {
        case ADD -> '+';
        case REPLACE -> 'M';
        case ATTRIBUTES -> 'a';
        case BLOCKED -> '!';
      };
    }

    private Path makeTarget() throws IOException, CommandFailure {
      if (!Files.exists(target)) {
        try {
          Files.createDirectory(target);
        } catch (IOException e) {
          throw new CommandFailure(
              ExitCode.NOT_FOUND,
              "Cannot restore to " + target + ": it can't be made (" + e + "). Make its parent.");
        }
      }
      return realDirectory("restore to", target);
    }
  }
}
