// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.engine.PosixTrees;
import io.kmesh.engine.repository.OpenRepository;
import io.kmesh.engine.repository.QuiescePlan;
import io.kmesh.engine.repository.SnapshotInfo;
import io.kmesh.engine.repository.SnapshotRequest;
import io.kmesh.engine.repository.SnapshotWork;
import io.kmesh.engine.repository.TakenSnapshot;
import io.kmesh.snapshots.AccessRule;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.quiesce.QuiesceHook;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Takes snapshots. */
@Command(
    name = "create",
    description = {
      "Takes a snapshot of each PATH, a directory. Only what changed since the last snapshot of the same path on"
          + " this host is read. Nothing is seen of it before it is complete.",
    },
    footer = {
      "",
      "Examples:",
      "  kmesh snapshot create --repo /backup/lab /home/lab",
      "  kmesh snapshot create --repo /backup/lab --name nightly --tag job=42 --exclude '*.tmp' --exclude /cache /home/lab",
      "  kmesh snapshot create --repo /backup/lab --freeze 'ssh db1 freeze all' --thaw 'ssh db1 thaw all' /db /logs",
      "",
      "An entry that can't be read is named and left out; the exit code is 3 then.",
    })
final class CreateCommand extends RepositoryCommand {
  @Parameters(arity = "1..*", paramLabel = "PATH", description = "Directories.")
  private List<Path> paths = List.of();

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "The snapshot's name; default the directory's.")
  private @Nullable String name;

  @Option(
      names = "--tag",
      paramLabel = "KEY=VALUE",
      description = "What to remember with it; may be repeated.")
  private Map<String, String> tags = new LinkedHashMap<>();

  @Option(
      names = "--exclude",
      paramLabel = "GLOB",
      description = {
        "Leaves out what fits, directories with all in them; may be repeated. Without a slash it is compared with"
            + " names, else with paths below PATH. * and ? do not fit a slash, ** does.",
      })
  private List<String> excludes = new ArrayList<>();

  @Option(names = "--full", description = "Reads every file, changed or not.")
  private boolean isFull;

  @Option(
      names = "--read-released",
      description = {
        "Also reads what is on a Lustre. This command has no binding of its library yet and can't tell released"
            + " files: reading one restores it from its archive, one by one, and waits. Without this option a"
            + " Lustre is refused.",
      })
  private boolean isReadingReleased;

  @Option(
      names = "--allow",
      paramLabel = "RULE",
      description = {
        "Who may see what of it, such as user:alice:/results/**, group:lab:/ or application:viewer:/public; may be"
            + " repeated. With none, all. It binds those who ask by a program that says who they are (--as):"
            + " whoever has the repository's password can read everything.",
      })
  private List<String> allows = new ArrayList<>();

  @Option(
      names = "--workers",
      paramLabel = "N",
      defaultValue = "2",
      description = "Threads that read and compress (${DEFAULT-VALUE}); each needs some 30 MiB.")
  private int workers = 2;

  @Option(
      names = "--together",
      description = "Publishes the snapshots of all PATHs in one step: all are there, or none.")
  private boolean isTogether;

  @Option(
      names = "--freeze",
      paramLabel = "CMD",
      description = {
        "A command for /bin/sh that brings writers to rest; for several give it several times, each with its --thaw."
            + " All PATHs are read before it, and again after it what changed; then all are published in one step."
            + " Its environment has KMESH_CUT and KMESH_ACTION.",
      })
  private List<String> freezes = new ArrayList<>();

  @Option(
      names = "--thaw",
      paramLabel = "CMD",
      description =
          "The command that lets them go on, whatever happens; when it or --freeze fails, there is no snapshot.")
  private List<String> thaws = new ArrayList<>();

  @Option(
      names = "--quiesce-deadline",
      paramLabel = "TIME",
      defaultValue = "30s",
      description = "What each such command may take (${DEFAULT-VALUE}); then it is killed.")
  private String hookDeadline = "30s";

  @Option(
      names = "--frozen-deadline",
      paramLabel = "TIME",
      defaultValue = "2m",
      description =
          "How long writers may rest (${DEFAULT-VALUE}); then they go on, without a snapshot.")
  private String frozenDeadline = "2m";

  private List<AccessRule> access = List.of();

  @Override
  public Integer call() throws IOException, CommandFailure {
    SnapshotCommand.requireWorkers(workers);
    access = access();
    QuiescePlan plan = plan();
    LinkedHashSet<Path> sources = new LinkedHashSet<>();
    for (Path path : paths) {
      sources.add(realDirectory("take a snapshot of", path));
    }
    return withRepository(
        workers,
        repository -> {
          if (isTogether || !plan.hooks().isEmpty()) {
            return takeTogether(repository, List.copyOf(sources), plan);
          }
          int code = ExitCode.OK;
          for (Path source : sources) {
            code = Math.max(code, takeAlone(repository, source));
          }
          return code;
        });
  }

  private List<AccessRule> access() throws CommandFailure {
    try {
      return allows.stream().map(AccessRule::parse).toList();
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.USAGE, e);
    }
  }

  private QuiescePlan plan() throws IOException, CommandFailure {
    Optional<Path> journal = quiesceJournal();
    Duration hook = Durations.parse("--quiesce-deadline", hookDeadline);
    Duration frozen = Durations.parse("--frozen-deadline", frozenDeadline);
    if (freezes.size() != thaws.size() || hook.isZero() || frozen.isZero()) {
      throw new CommandFailure(
          ExitCode.USAGE,
          "Cannot quiesce: there are "
              + freezes.size()
              + " --freeze and "
              + thaws.size()
              + " --thaw, with the deadlines "
              + hookDeadline
              + " and "
              + frozenDeadline
              + ". Give each --freeze its --thaw, and deadlines above zero.");
    }
    if (journal.isPresent() && Files.isDirectory(journal.get())) {
      ThawCommand.thawLeft(this, journal.get(), hook)
          .forEach(n -> warn("Thawed " + n + ", left frozen."));
    }
    List<QuiesceHook> hooks = new ArrayList<>();
    for (int i = 0; i < freezes.size(); i++) {
      hooks.add(QuiescePlan.script((i + 1) + ": " + freezes.get(i), freezes.get(i), thaws.get(i)));
    }
    if (!hooks.isEmpty() && journal.isEmpty()) {
      throw new CommandFailure(
          ExitCode.USAGE,
          "Cannot quiesce: there is no folder to remember what is frozen. Set KMESH_STATE or HOME.");
    }
    return new QuiescePlan(hooks, hook, frozen, journal.orElse(null));
  }

  private SnapshotRequest request(PosixTree tree, Path source) {
    Path last = source.getFileName();
    String called = name != null ? name : last == null ? "root" : last.toString();
    return new SnapshotRequest(
        tree, called, source.toString(), tags, excludes, isFull, isReadingReleased, access);
  }

  private int takeAlone(OpenRepository repository, Path source) throws IOException, CommandFailure {
    SnapshotWork work = surroundings().interruption().begin();
    TakenSnapshot taken;
    try (PosixTree tree = PosixTrees.open(source)) {
      taken =
          meterOfFiles(work, "taking " + source, expected(repository, source))
              .during(() -> repository.take(request(tree, source), work));
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.USAGE, e);
    }
    return tell(taken, source, work);
  }

  /** The files of the last snapshot of a directory, for who watches; 0 when there is none. */
  private long expected(OpenRepository repository, Path source) throws IOException {
    if (!isShowing()) {
      return 0;
    }
    String host = HostName.find(surroundings());
    return repository.snapshots().stream()
        .filter(s -> s.source().equals(source.toString()) && s.host().equals(host))
        .reduce((older, newer) -> newer)
        .map(SnapshotInfo::files)
        .orElse(0L);
  }

  private int takeTogether(OpenRepository repository, List<Path> sources, QuiescePlan plan)
      throws IOException, CommandFailure {
    List<PosixTree> trees = new ArrayList<>();
    List<SnapshotWork> works = new ArrayList<>();
    List<SnapshotRequest> requests = new ArrayList<>();
    List<TakenSnapshot> taken;
    try {
      for (Path source : sources) {
        PosixTree tree = PosixTrees.open(source);
        trees.add(tree);
        works.add(surroundings().interruption().begin());
        requests.add(request(tree, source));
      }
      taken = repository.takeTogether(requests, works, plan);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.USAGE, e);
    } finally {
      for (PosixTree tree : trees) {
        tree.close();
      }
    }
    int code = ExitCode.OK;
    for (int i = 0; i < taken.size(); i++) {
      code = Math.max(code, tell(taken.get(i), sources.get(i), works.get(i)));
    }
    return code;
  }

  private int tell(TakenSnapshot taken, Path source, SnapshotWork work) {
    SnapshotInfo snapshot = taken.snapshot();
    ObjectNode json = Output.json(snapshot);
    json.put("readFiles", work.contentFiles()).put("readBytes", work.contentBytes());
    json.put("storedBytes", taken.stored());
    SnapshotCommand.put(json, work);
    json(json);
    say(
        "Took the snapshot "
            + snapshot.id()
            + " of "
            + source
            + ": "
            + Output.count(snapshot.files())
            + " files, "
            + Output.size(snapshot.bytes())
            + "; read "
            + Output.size(work.contentBytes())
            + ", stored "
            + Output.size(taken.stored())
            + ".");
    return SnapshotCommand.problems(this, work, source + "/");
  }
}
