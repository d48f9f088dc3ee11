// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.engine.repository.CheckResult;
import io.kmesh.engine.repository.PruneResult;
import io.kmesh.engine.repository.RepairResult;
import io.kmesh.engine.repository.SnapshotWork;
import java.io.IOException;
import java.time.Duration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Commands that keep a repository healthy. */
final class CareCommands {
  private CareCommands() {}

  /** Checks. */
  @Command(
      name = "check",
      description = {
        "Checks that the head, the index and each snapshot's tree are whole and all content is there. --read also"
            + " reads content and verifies it. Exit code 13 when something is damaged.",
      },
      footer = {
        "",
        "Examples:",
        "  kmesh snapshot check --repo /backup/lab              # the structure: daily",
        "  kmesh snapshot check --repo /backup/lab --read all   # every byte: monthly",
        "  kmesh snapshot check --repo /backup/lab --read 3/30  # the third of 30 parts",
      })
  static final class Check extends RepositoryCommand {
    @Option(
        names = "--read",
        paramLabel = "none|all|K/N",
        defaultValue = "none",
        description =
            "Which content to read: none, all, or the K-th of N parts (${DEFAULT-VALUE}).")
    private String read = "none";

    @Override
    public Integer call() throws IOException, CommandFailure {
      int[] part = part(read);
      return withRepository(
          repository -> {
            SnapshotWork work = surroundings().interruption().begin();
            CheckResult r = repository.check(part[0], part[1], work);
            ObjectNode json = Output.object().put("whole", r.damages().isEmpty());
            json.put("roots", r.roots()).put("packs", r.packs());
            json.put("framesRead", r.framesRead()).put("framesInAll", r.framesInAll());
            json.put("bytesRead", r.bytesRead());
            r.damages().forEach(json.putArray("damages")::add);
            r.affected().forEach(json.putArray("affected")::add);
            json(json);
            r.damages().forEach(this::warn);
            r.affected().forEach(a -> warn("can't be restored whole: " + a));
            say(
                "Checked "
                    + Output.count(r.roots())
                    + " snapshots, "
                    + Output.count(r.packs())
                    + " packs; read "
                    + Output.count(r.framesRead())
                    + " of "
                    + Output.count(r.framesInAll())
                    + " frames, "
                    + Output.size(r.bytesRead())
                    + ": "
                    + (r.damages().isEmpty()
                        ? "all is whole."
                        : Output.count(r.damages().size())
                            + " damages. Save what can be restored, then run kmesh snapshot repair."));
            return r.damages().isEmpty() ? ExitCode.OK : ExitCode.DAMAGED;
          });
    }

    /** Each how many-th, and which of them. */
    private static int[] part(String text) throws CommandFailure {
      if (text.equals("none")) {
        return new int[] {0, 0};
      }
      if (text.equals("all")) {
        return new int[] {1, 0};
      }
      if (text.matches("[0-9]{1,6}/[0-9]{1,6}")) {
        int slash = text.indexOf('/');
        int which = Integer.parseInt(text.substring(0, slash));
        int of = Integer.parseInt(text.substring(slash + 1));
        if (which >= 1 && which <= of) {
          return new int[] {of, which - 1};
        }
      }
      throw new CommandFailure(
          ExitCode.USAGE,
          "Cannot read the part \"" + text + "\": write none, all, or K/N with K from 1 to N.");
    }
  }

  /** Collects garbage. */
  @Command(
      name = "prune",
      description = {
        "Frees what no snapshot keeps any more. Snapshots may be taken and restored meanwhile. It may be cut"
            + " anywhere; the next one goes on.",
      },
      footer = {
        "",
        "Example:",
        "  kmesh snapshot forget --repo /backup/lab --keep-daily 7 && kmesh snapshot prune --repo /backup/lab",
      })
  static final class Prune extends RepositoryCommand {
    @Option(
        names = {"-n", "--dry-run"},
        description = "Only says what would be freed.")
    private boolean isDryRun;

    @Option(
        names = "--keep-packs-used",
        paramLabel = "PERCENT",
        defaultValue = "70",
        description =
            "Packs of which less is used are written again without their garbage (${DEFAULT-VALUE}).")
    private int percent = 70;

    @Option(
        names = "--dead-after",
        paramLabel = "TIME",
        defaultValue = "24h",
        description = {
          "Sessions of other processes that began longer ago are taken for dead (${DEFAULT-VALUE}). One that lives"
              + " fails when it publishes, and is begun anew.",
        })
    private String deadAfter = "24h";

    @Override
    public Integer call() throws IOException, CommandFailure {
      if (percent < 0 || percent > 100) {
        throw new CommandFailure(
            ExitCode.USAGE,
            "Cannot keep packs that are used by " + percent + " percent: give 0 to 100.");
      }
      Duration age = Durations.parse("--dead-after", deadAfter);
      return withRepository(
          repository -> {
            PruneResult r =
                isDryRun
                    ? repository.planPrune(percent / 100.0, age)
                    : repository.prune(percent / 100.0, age, surroundings().interruption().begin());
            json(json(r));
            say("packs        " + counted(r.packs(), r.packBytes()));
            say("unused       " + counted(r.deadPacks(), r.deadBytes()));
            say("partly used  " + counted(r.rewrittenPacks(), r.rewrittenBytes()));
            say("left behind  " + counted(r.orphans(), r.orphanBytes()));
            say(
                isDryRun
                    ? "Nothing was changed."
                    : "Deleted " + counted(r.deletedPacks(), r.deletedBytes()) + ".");
            if (r.waitingPacks() > 0) {
              say(
                  Output.count(r.waitingPacks())
                      + " packs go with the next prune: "
                      + Output.count(r.openSessions())
                      + " sessions are open.");
            }
            return ExitCode.OK;
          });
    }

    private ObjectNode json(PruneResult r) {
      ObjectNode json = Output.object().put("dryRun", isDryRun);
      json.put("packs", r.packs()).put("packBytes", r.packBytes());
      json.put("deadPacks", r.deadPacks()).put("deadBytes", r.deadBytes());
      json.put("rewrittenPacks", r.rewrittenPacks()).put("rewrittenBytes", r.rewrittenBytes());
      json.put("deletedPacks", r.deletedPacks()).put("deletedBytes", r.deletedBytes());
      json.put("waitingPacks", r.waitingPacks());
      json.put("orphans", r.orphans()).put("orphanBytes", r.orphanBytes());
      return json.put("openSessions", r.openSessions());
    }

    private static String counted(long count, long bytes) {
      return Output.count(count) + ", " + Output.size(bytes);
    }
  }

  /** Repairs. */
  @Command(
      name = "repair",
      description = {
        "Makes index and head anew from all packs, which it reads whole; finds snapshots that only a lost head named. What is"
            + " damaged is left out and named, and the exit code is 3 then. Let nothing else work on the repository.",
      })
  static final class Repair extends RepositoryCommand {
    @Override
    public Integer call() throws IOException, CommandFailure {
      return withRepository(
          repository -> {
            RepairResult r = repository.repair(surroundings().interruption().begin());
            ObjectNode json = Output.object();
            json.put("packs", r.packs()).put("chunks", r.chunks());
            r.foundSnapshots().forEach(json.putArray("foundSnapshots")::add);
            r.damages().forEach(json.putArray("damages")::add);
            json(json);
            r.damages().forEach(this::warn);
            r.foundSnapshots().forEach(id -> say("Found the snapshot " + id + "."));
            say(
                "Repaired: "
                    + Output.count(r.packs())
                    + " packs with "
                    + Output.count(r.chunks())
                    + " whole chunks. Run a check.");
            return r.damages().isEmpty() ? ExitCode.OK : ExitCode.PROBLEMS;
          });
    }
  }
}
