// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.engine.PosixTrees;
import io.kmesh.engine.repository.CopyConflictEntry;
import io.kmesh.engine.repository.CopyConflictPolicy;
import io.kmesh.engine.repository.CopyDifference;
import io.kmesh.engine.repository.CopyInfo;
import io.kmesh.engine.repository.CopyReader;
import io.kmesh.engine.repository.CopyRefreshReport;
import io.kmesh.engine.repository.CopySyncPlan;
import io.kmesh.engine.repository.CopySyncReport;
import io.kmesh.engine.repository.CopySyncStep;
import io.kmesh.engine.repository.OpenRepository;
import io.kmesh.engine.repository.SnapshotInfo;
import io.kmesh.engine.repository.SnapshotWork;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What differs, and how it comes elsewhere. */
final class CopyMergeCommands {
  private CopyMergeCommands() {}

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static ObjectNode shown(CopyDifference change) {
    ObjectNode json =
        Output.path(Output.object(), change.path()).put("change", word(change.kind()));
    change.base().ifPresent(base -> json.set("base", Output.path(Output.object(), base)));
    return json;
  }

  private static String line(CopyDifference change) {
    return switch (change.kind()) {
      case ADDED -> "+ " + change.path();
      case CHANGED -> "M " + change.path();
      case REMOVED -> "- " + change.path();
      case RENAMED -> "R " + change.base().map(base -> base + " -> ").orElse("") + change.path();
    };
  }

  private static ObjectNode shown(CopyConflictEntry conflict) {
    ObjectNode json = Output.path(Output.object(), conflict.path());
    json.put("conflict", word(conflict.kind())).put("result", word(conflict.result()));
    side(json, "before", conflict.before());
    side(json, "ours", conflict.ours());
    side(json, "theirs", conflict.theirs());
    return json;
  }

  private static void side(ObjectNode json, String name, Optional<CopyConflictEntry.Side> side) {
    side.ifPresent(
        s ->
            json.putObject(name)
                .put("type", Output.type(s.type()))
                .put("mode", "%04o".formatted(s.mode()))
                .put("uid", s.uid())
                .put("gid", s.gid())
                .put("size", s.size())
                .put("mtime", s.mtime().toInstant().toString()));
  }

  private static String line(CopyConflictEntry conflict) {
    String what =
        switch (conflict.kind()) {
          case BOTH_CHANGED -> "both sides changed it";
          case BOTH_ADDED -> "both sides have a new one of this name";
          case CHANGED_AND_REMOVED -> "the copy changed it, the other side removed it";
          case REMOVED_AND_CHANGED -> "the copy removed it, the other side changed it";
          case NOT_EMPTY -> "it is new in a directory that the copy removed";
          case TYPE -> "the other side has another type of entry there";
          case DIRECTORY_IN_CONFLICT -> "its directory is in conflict";
          case CHANGED_MEANWHILE -> "the other side changed it since the plan";
        };
    String end =
        switch (conflict.result()) {
          case OURS -> "the copy's counts";
          case THEIRS -> "the other's counts";
          case BOTH -> "both stay";
        };
    return conflict.path() + ": " + what + "; " + end;
  }

  /** Tells conflicts and gives the exit code. */
  private static int conflicts(
      RepositoryCommand command, List<CopyConflictEntry> conflicts, ObjectNode json) {
    ArrayNode all = json.putArray("conflicts");
    conflicts.forEach(conflict -> all.add(shown(conflict)));
    conflicts.forEach(conflict -> command.warn("conflict: " + line(conflict)));
    return conflicts.isEmpty() ? ExitCode.OK : ExitCode.PROBLEMS;
  }

  /** Lists what differs. */
  @Command(
      name = "changes",
      description = {
        "Shows what a copy has otherwise than its snapshot: + added, - removed with all below, M bytes or attributes"
            + " changed, R renamed with all below.",
      })
  static final class Changes extends VirtualCopyCommand.OnCopy {
    @Override
    public Integer call() throws IOException, CommandFailure {
      return withCopy(
          copy -> {
            for (Iterator<CopyDifference> all = copy.changes().iterator(); all.hasNext(); ) {
              CopyDifference change = all.next();
              json(isJson() ? shown(change) : "");
              say(line(change));
            }
            return ExitCode.OK;
          });
    }
  }

  /** Refreshes one. */
  @Command(
      name = "refresh",
      description = {
        "Lets a copy show another snapshot, as a rule a newer one of the same tree. What was changed in the copy stays"
            + " changed and is listed; all else is the new snapshot's. It happens whole or not at all. Nobody else may"
            + " have the copy open.",
      },
      footer = {
        "",
        "Example:",
        "  kmesh copy refresh what-if latest --repo /backup/lab",
        "",
        "What both changed is a conflict: it is named, and the exit code is 3. --conflicts says whose entry the copy has",
        "then: skip and ours the copy's, theirs the snapshot's, both the snapshot's with the copy's beside it.",
      })
  static final class Refresh extends VirtualCopyCommand.OnCopy {
    @Parameters(
        index = "1",
        paramLabel = "SNAPSHOT",
        description = VirtualCopyCommand.WHICH_SNAPSHOT)
    private String snapshot = "";

    @Option(
        names = "--conflicts",
        paramLabel = "skip|ours|theirs|both",
        defaultValue = "skip",
        description = "What becomes of conflicts (${DEFAULT-VALUE}).")
    private CopyConflictPolicy policy = CopyConflictPolicy.SKIP;

    @Override
    public Integer call() throws IOException, CommandFailure {
      return withCopies(
          (repository, copies) -> {
            CopyInfo copy = find(copies);
            String id = CommandFailure.named(() -> repository.find(snapshot));
            SnapshotWork work = surroundings().interruption().begin();
            CopyRefreshReport report = copies.refresh(folder(copy), id, policy, work);
            ObjectNode json = Output.object().put("copy", copy.id());
            json.put("before", report.before()).put("snapshot", report.snapshot());
            json.put("copiedBytes", report.copiedBytes());
            ArrayNode kept = json.putArray("kept");
            report.kept().forEach(change -> kept.add(shown(change)));
            report.kept().forEach(change -> say(line(change)));
            int code = conflicts(this, report.conflicts(), json);
            json(json);
            say(
                "The copy "
                    + copy.name()
                    + " shows the snapshot "
                    + report.snapshot()
                    + "; "
                    + Output.count(report.kept().size())
                    + " changes of its own, "
                    + Output.count(report.conflicts().size())
                    + " conflicts.");
            return code;
          });
    }
  }

  /** Brings changes back. */
  @Command(
      name = "reverse-sync",
      description = {
        "Brings the changes of a copy to a tree: the one that its snapshot was taken of, or a restore of that. Only what"
            + " the copy changed is looked at and moved. What the tree changed as well since the snapshot is a"
            + " conflict: it is named, left as the tree has it, and the exit code is 3.",
      },
      footer = {
        "",
        "Examples:",
        "  kmesh copy reverse-sync what-if --dry-run --repo /backup/lab",
        "  kmesh copy reverse-sync what-if --target /home/lab --conflicts both --repo /backup/lab",
        "",
        "A run that was cut goes on when it is repeated. The copy stays as it is; take a snapshot of the tree and refresh",
        "the copy to it, and it has no changes.",
      })
  static final class ReverseSync extends VirtualCopyCommand.OnCopy {
    @Option(
        names = "--target",
        paramLabel = "DIR",
        description = "The tree; default the one that the snapshot was taken of, on its host.")
    private @Nullable Path target;

    @Option(names = "--dry-run", description = "Shows what would be done, and changes nothing.")
    private boolean isDryRun;

    @Option(
        names = "--conflicts",
        paramLabel = "skip|ours|theirs|both",
        defaultValue = "skip",
        description =
            "What becomes of conflicts (${DEFAULT-VALUE}): skip and theirs leave the tree's, ours puts the copy's"
                + " there, both puts the copy's beside it.")
    private CopyConflictPolicy policy = CopyConflictPolicy.SKIP;

    @Override
    public Integer call() throws IOException, CommandFailure {
      return withCopies(
          (repository, copies) -> {
            CopyInfo info = find(copies);
            try (CopyReader copy = copies.open(folder(info))) {
              Path directory = realDirectory("sync to", target(repository, copy));
              try (PosixTree tree = PosixTrees.open(directory)) {
                SnapshotWork work = surroundings().interruption().begin();
                ObjectNode json = Output.object().put("copy", copy.id());
                json.put("target", directory.toString()).put("dryRun", isDryRun);
                return isDryRun
                    ? plan(copy.planReverseSync(tree, policy, work), json)
                    : done(copy.reverseSync(tree, policy, work), json, directory);
              }
            }
          });
    }

    private Path target(OpenRepository repository, CopyReader copy)
        throws IOException, CommandFailure {
      if (target != null) {
        return target;
      }
      for (SnapshotInfo snapshot : repository.snapshots()) {
        if (snapshot.id().equals(copy.snapshot())
            && snapshot.host().equals(HostName.find(surroundings()))) {
          return Path.of(snapshot.source());
        }
      }
      throw new CommandFailure(
          ExitCode.USAGE,
          "Cannot tell where the copy came from: its snapshot "
              + copy.snapshot()
              + " was taken on another host, or is forgotten. Give --target.");
    }

    private int plan(CopySyncPlan plan, ObjectNode json) {
      put(json, plan);
      int code = conflicts(this, plan.conflicts(), json);
      json(json);
      say(
          "Would do "
              + Output.count(plan.steps().size())
              + " steps and write "
              + Output.size(plan.bytes())
              + "; "
              + Output.count(plan.conflicts().size())
              + " conflicts.");
      return code;
    }

    private void put(ObjectNode json, CopySyncPlan plan) {
      ArrayNode steps = json.putArray("steps");
      for (CopySyncStep step : plan.steps()) {
        ObjectNode one = Output.path(Output.object(), step.path()).put("step", word(step.kind()));
        step.from().ifPresent(from -> one.set("from", Output.path(Output.object(), from)));
        steps.add(one.put("bytes", step.bytes()));
        say(
            word(step.kind())
                + " "
                + step.from().map(from -> from + " -> ").orElse("")
                + step.path()
                + (step.bytes() > 0 ? " (" + Output.size(step.bytes()) + ")" : ""));
      }
      json.put("bytes", plan.bytes());
    }

    private int done(CopySyncReport report, ObjectNode json, Path directory) {
      put(json, report.plan());
      json.put("movedBytes", report.movedBytes());
      int code = conflicts(this, report.conflicts(), json);
      ArrayNode problems = json.putArray("problemList");
      for (SnapshotWork.Problem problem : report.problems()) {
        problems.add(Output.path(Output.object(), problem.path()).put("reason", problem.reason()));
        warn(directory + "/" + problem.path() + " " + problem.reason());
      }
      json(json);
      say(
          "Did "
              + Output.count(report.steps())
              + " steps in "
              + directory
              + ", wrote "
              + Output.size(report.movedBytes())
              + "; "
              + Output.count(report.conflicts().size())
              + " conflicts.");
      return report.problems().isEmpty() ? code : ExitCode.PROBLEMS;
    }
  }
}
