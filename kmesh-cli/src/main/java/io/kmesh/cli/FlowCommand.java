// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Commands on data flows. */
@Command(
    name = "flow",
    description = {
      "Data flows: a tree that is kept equal at two places. A flow runs in this site's agent; its other end is a"
          + " directory of this machine, or what another site's agent exports.",
    },
    footer = {
      "",
      "Example:",
      "  kmesh site reach burst burst.example:7988",
      "  kmesh flow create job42 --from /lustre/job42 --to burst::data/job42",
      "  kmesh flow start job42 && kmesh flow wait job42",
      "  kmesh flow status job42",
    },
    subcommands = {
      FlowCommand.Create.class,
      FlowCommand.Start.class,
      FlowCommand.Stop.class,
      FlowCommand.Listing.class,
      FlowCommand.Status.class,
      FlowCommand.Wait.class,
      FlowCommand.Barrier.class,
      FlowCommand.Look.class,
      FlowCommand.Switch.class,
      FlowCommand.Confirm.class,
      FlowCommand.Conflicts.class,
      ProtectionCommands.Points.class,
      GrantCommands.Give.class,
      GrantCommands.Audit.class,
      GrantCommands.Read.class,
      PartCommands.Parts.class,
      PartCommands.Forget.class,
      FlowCommand.Delete.class
    })
final class FlowCommand implements Runnable {
  @Spec private @Nullable CommandSpec spec;

  @Override
  public void run() {
    throw RepoCommand.missing(
        spec,
        "create, start, stop, list, status, wait, barrier, look, switch, confirm, conflicts, points,"
            + " grant, audit, read, parts, forget or delete");
  }

  private static String line(JsonNode flow) {
    return "%s: %s%s, %s -> %s%s%n"
        .formatted(
            flow.path("name").asText(),
            flow.path("state").asText().toLowerCase(Locale.ROOT),
            flow.path("reason").asText().isEmpty() ? "" : " (" + flow.path("reason").asText() + ")",
            flow.path(flow.path("reversed").asBoolean() ? "to" : "from").asText(),
            flow.path(flow.path("reversed").asBoolean() ? "from" : "to").asText(),
            flow.path("reversed").asBoolean() ? " (switched)" : "");
  }

  private static String whole(ObjectNode flow) {
    StringBuilder text = new StringBuilder(line(flow));
    text.append(
        "  %s changes left, lag %s s (half %s, 99 of 100 %s)%n"
            .formatted(
                Output.count(flow.path("backlog").asLong()),
                flow.path("lagSeconds").asText(),
                flow.path("lagSecondsP50").asText(),
                flow.path("lagSecondsP99").asText()));
    text.append(
        "  sent %s changes, %s of files, %s on the wire, %s reconnects%n"
            .formatted(
                Output.count(flow.path("changes").asLong()),
                Output.size(flow.path("bytesLogical").asLong()),
                Output.size(flow.path("bytesOnWire").asLong()),
                Output.count(flow.path("reconnects").asLong())));
    for (JsonNode problem : flow.path("problems")) {
      text.append(
          "  %s: %s%n".formatted(problem.path("path").asText(), problem.path("reason").asText()));
    }
    if (flow.has("rate")) {
      text.append("  rate: %s%n".formatted(flow.path("rate").asText()));
    }
    if (flow.has("protection")) {
      JsonNode protection = flow.path("protection");
      text.append(
          "  protected in %s%s%n"
              .formatted(
                  protection.path("repository").asText(),
                  protection.has("cron")
                      ? ", also at %s (%s)"
                          .formatted(
                              protection.path("cron").asText(), protection.path("zone").asText())
                      : ""));
    }
    for (JsonNode decision : flow.path("placement")) {
      text.append("  placement: %s%n".formatted(decision.path("reason").asText()));
    }
    return text.toString();
  }

  /** A command on one flow. */
  abstract static class OnFlow extends HomeCommand {
    @Parameters(index = "0", paramLabel = "FLOW", description = "The flow's name.")
    private String name = "";

    final String name() {
      return name;
    }

    /** What is asked of it. */
    abstract String what();

    @Override
    ObjectNode request() throws CommandFailure {
      return Output.object().put("do", what()).put("name", name);
    }

    @Override
    String describe(ObjectNode answer) {
      return whole(answer);
    }

    @Override
    int exitCode(ObjectNode answer) {
      return answer.path("problems").isEmpty() ? ExitCode.OK : ExitCode.PROBLEMS;
    }
  }

  /** A command on a flow that runs. */
  abstract static class OnRunning extends OnFlow {
    @Override
    boolean needsAgent() {
      return true;
    }
  }

  /** Makes a flow. */
  @Command(
      name = "create",
      description = {
        "Makes a flow; one that is the same already is left as it is. It runs when it is started.",
      })
  static final class Create extends OnFlow {
    @Option(
        names = "--from",
        required = true,
        paramLabel = "END",
        description = "Where changes are made: " + EndpointText.SOURCE_HELP + ".")
    private String from = "";

    @Option(
        names = "--to",
        required = true,
        paramLabel = "END",
        description = "What is kept equal to it: " + EndpointText.HELP + ".")
    private String to = "";

    @Option(
        names = "--mode",
        paramLabel = "MODE",
        description = {
          "async: one way; sync: one way, and writers wait (needs --sync); multi-master: both ends are changed and"
              + " follow each other; access: the target shows the source and keeps a cache. Default: sync with --sync,"
              + " else async.",
        })
    private @Nullable String mode;

    @Option(
        names = "--conflicts",
        paramLabel = "POLICY",
        description = {
          "With multi-master, what becomes of a file that both ends wrote. keep-both: the newer has the name, the other"
              + " is beside it; newest: the newer stands; sites:source,target: that of the end named first stands;"
              + " where flows share trees also end2, end3 and so on."
              + " Default keep-both.",
        })
    private @Nullable String conflicts;

    @Option(
        names = "--sensitive",
        paramLabel = "PATH",
        description = {
          "With access, a path below the flow's top whose files are read under \"kmesh flow grant\" alone, with all below"
              + " it; may be given again.",
        })
    private List<String> sensitive = new ArrayList<>();

    @Option(
        names = "--writes",
        paramLabel = "HOW",
        description = {
          "With access, whether files are written there. none; through: each change is at the source when its call"
              + " returns; back: a file that was written is kept there, and sent later. Default none.",
        })
    private @Nullable String writes;

    @Option(
        names = "--write-delay",
        paramLabel = "TIME",
        description = "With --writes back, how long a file may rest before it is sent; default 2s.")
    private @Nullable String writeDelay;

    @Option(
        names = "--unsent",
        paramLabel = "SIZE",
        description =
            "With --writes back, the most bytes that wait to be sent, such as 10GiB; default 1GiB.")
    private @Nullable String unsent;

    @Option(
        names = "--lag-bound",
        paramLabel = "TIME",
        description = "Warns when a change is older and not at the target; default 5m.")
    private @Nullable String lagBound;

    @Option(
        names = "--sync",
        paramLabel = "TIME",
        description = "Barriers and writers wait for the target, so long.")
    private @Nullable String sync;

    @Option(
        names = "--on-timeout",
        paramLabel = "WHAT",
        defaultValue = "fail",
        description = "What they do then: block, fail or degrade; default ${DEFAULT-VALUE}.")
    private String onTimeout = "";

    @Option(
        names = "--scan-pause",
        paramLabel = "TIME",
        description = "The rest between two walks over the source; default 30s.")
    private @Nullable String scanPause;

    @Option(
        names = "--delete-guard",
        paramLabel = "ENTRIES,PERCENT",
        description = {
          "Removals of more entries than both at once wait for \"kmesh flow confirm\"; default 1000,10.",
        })
    private @Nullable String deleteGuard;

    @Mixin private RateOptions rate = new RateOptions();

    @Mixin private ProtectionCommands.Options protection = new ProtectionCommands.Options();

    @Override
    String what() {
      return "flow.create";
    }

    @Override
    ObjectNode request() throws CommandFailure {
      ObjectNode request = super.request().put("from", from).put("to", to);
      mode(request);
      if (lagBound != null) {
        request.put("lagBound", Durations.parse("--lag-bound", lagBound).toString());
      }
      if (sync != null) {
        if (!List.of("block", "fail", "degrade").contains(onTimeout)) {
          throw new CommandFailure(
              ExitCode.USAGE,
              "Cannot use --on-timeout " + onTimeout + ": write block, fail or degrade.");
        }
        request.put("syncTimeout", Durations.parse("--sync", sync).toString());
        request.put("onTimeout", onTimeout);
      }
      if (scanPause != null) {
        request.put("scanPause", Durations.parse("--scan-pause", scanPause).toString());
      }
      if (deleteGuard != null) {
        guard(request, deleteGuard);
      }
      rate.write(request);
      protection.write(request);
      return request;
    }

    private void mode(ObjectNode request) throws CommandFailure {
      boolean isMerged = "multi-master".equals(mode);
      if (mode != null && !isMerged && !List.of("async", "sync", "access").contains(mode)) {
        throw new CommandFailure(
            ExitCode.USAGE,
            "Cannot use --mode " + mode + ": write async, sync, multi-master or access.");
      }
      if (mode != null && "sync".equals(mode) != (sync != null)) {
        throw new CommandFailure(
            ExitCode.USAGE,
            sync == null
                ? "Cannot use --mode sync: say how long writers wait, such as --sync 30s."
                : "Cannot use --sync with --mode " + mode + ": leave one of them out.");
      }
      if (isMerged && lagBound != null) {
        throw new CommandFailure(
            ExitCode.USAGE, "Cannot use --lag-bound with --mode multi-master: leave it out.");
      }
      if (conflicts != null && !isMerged) {
        throw new CommandFailure(
            ExitCode.USAGE, "Cannot use --conflicts: only --mode multi-master has a use for it.");
      }
      boolean isAccess = "access".equals(mode);
      if (isAccess && lagBound != null) {
        throw new CommandFailure(
            ExitCode.USAGE, "Cannot use --lag-bound with --mode access: leave it out.");
      }
      if (!sensitive.isEmpty() && !isAccess) {
        throw new CommandFailure(
            ExitCode.USAGE, "Cannot use --sensitive: only --mode access has a use for it.");
      }
      writes(isAccess, request);
      if (isAccess) {
        request.put("access", true);
        sensitive.forEach(request.putArray("sensitive")::add);
      }
      if (isMerged) {
        request.put("conflicts", conflicts == null ? "keep-both" : conflicts);
      }
    }

    private void writes(boolean isAccess, ObjectNode request) throws CommandFailure {
      if (writes != null && (!isAccess || !List.of("none", "through", "back").contains(writes))) {
        throw new CommandFailure(
            ExitCode.USAGE,
            isAccess
                ? "Cannot use --writes " + writes + ": write none, through or back."
                : "Cannot use --writes: only --mode access has a use for it.");
      }
      boolean isBack = "back".equals(writes);
      if ((writeDelay != null || unsent != null) && !isBack) {
        throw new CommandFailure(
            ExitCode.USAGE,
            "Cannot use --write-delay and --unsent: only --writes back has a use for them.");
      }
      if (writes != null) {
        request.put("writes", writes);
      }
      if (writeDelay != null) {
        request.put("writeDelay", Durations.parse("--write-delay", writeDelay).toString());
      }
      if (unsent != null) {
        request.put("unsent", unsent);
      }
    }

    private static void guard(ObjectNode request, String text) throws CommandFailure {
      String[] parts = text.split(",", -1);
      try {
        request.put("guardEntries", Long.parseLong(parts[0]));
        request.put("guardPercent", Double.parseDouble(parts[1]));
      } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
        throw new CommandFailure(
            ExitCode.USAGE,
            "Cannot use --delete-guard " + text + ": write two numbers, such as 1000,10.");
      }
    }
  }

  /** Starts a flow. */
  @Command(
      name = "start",
      description = "Has a flow run from now on, whenever this site's agent runs.")
  static final class Start extends OnRunning {
    @Override
    String what() {
      return "flow.start";
    }
  }

  /** Stops a flow. */
  @Command(name = "stop", description = "Has a flow rest; the next start sends what changed since.")
  static final class Stop extends OnRunning {
    @Override
    String what() {
      return "flow.stop";
    }
  }

  /** Lists flows. */
  @Command(name = "list", description = "Lists the flows of this site.")
  static final class Listing extends HomeCommand {
    @Override
    ObjectNode request() {
      return Output.object().put("do", "flow.list");
    }

    @Override
    String describe(ObjectNode answer) {
      List<String> lines = new ArrayList<>();
      answer.path("flows").forEach(flow -> lines.add(line(flow)));
      return lines.isEmpty() ? "There are no flows.\n" : String.join("", lines);
    }
  }

  /** Shows a flow. */
  @Command(name = "status", description = "Shows how a flow stands.")
  static final class Status extends OnFlow {
    @Override
    String what() {
      return "flow.status";
    }
  }

  /** A command that waits. */
  abstract static class Waiting extends OnRunning {
    @Option(
        names = "--limit",
        paramLabel = "TIME",
        defaultValue = "1h",
        description = "How long to wait; default ${DEFAULT-VALUE}.")
    private String limit = "";

    @Override
    ObjectNode request() throws CommandFailure {
      return super.request().put("limit", Durations.parse("--limit", limit).toString());
    }
  }

  /** Waits. */
  @Command(
      name = "wait",
      description = "Waits until the target durably shows all that the source is now.")
  static final class Wait extends Waiting {
    @Override
    String what() {
      return "flow.wait";
    }
  }

  /** Waits for a path. */
  @Command(
      name = "barrier",
      description = "Waits until the target durably shows what is at a path of the source now.")
  static final class Barrier extends Waiting {
    @Parameters(index = "1", paramLabel = "PATH", description = "Below the flow's top.")
    private String path = "";

    @Override
    String what() {
      return "flow.barrier";
    }

    @Override
    ObjectNode request() throws CommandFailure {
      return super.request().put("path", path);
    }
  }

  /** Looks at a list. */
  @Command(
      name = "look",
      description = {
        "Says what changed at the source, so that the flow looks there at once: paths below the flow's top. What is not"
            + " there is gone.",
      },
      footer = {
        "",
        "Example:",
        "  kmesh flow look job42 results/run7.csv && kmesh flow barrier job42 results/run7.csv",
        "  find . -newer mark -printf '%P\\n' | kmesh flow look job42 --from-file -",
      })
  static final class Look extends OnRunning {
    @Parameters(
        index = "1",
        arity = "0..*",
        paramLabel = "PATH",
        description = "A file, or a directory with the names in it.")
    private List<String> paths = new ArrayList<>();

    @Option(
        names = "--from-file",
        paramLabel = "FILE",
        description = "Reads paths from a file, one a line, in UTF-8; - for standard input.")
    private @Nullable String file;

    @Override
    String what() {
      return "flow.look";
    }

    @Override
    ObjectNode request() throws CommandFailure {
      ObjectNode request = super.request();
      ArrayNode all = request.putArray("paths");
      paths.forEach(all::add);
      if (file != null) {
        // The shell's own name of standard input, which a pipe has as well.
        Path list = Path.of(file.equals("-") ? "/dev/stdin" : file);
        try (Stream<String> lines = Files.lines(list)) {
          lines.filter(line -> !line.isEmpty()).forEach(all::add);
        } catch (IOException | UncheckedIOException e) {
          throw new CommandFailure(
              ExitCode.FAILED, "Cannot read the list of paths " + file + ": " + e.getMessage());
        }
      }
      if (all.isEmpty()) {
        throw new CommandFailure(
            ExitCode.USAGE, "Cannot look at nothing: name paths, or give --from-file.");
      }
      return request;
    }
  }

  /** Switches the direction. */
  @Command(
      name = "switch",
      description = {
        "Lets changes flow the other way: waits until both ends are equal, then the target is where changes are made."
            + " Writers must rest meanwhile. Again, it switches back.",
      })
  static final class Switch extends Waiting {
    @Override
    String what() {
      return "flow.switch";
    }
  }

  /** Confirms deletions. */
  @Command(
      name = "confirm",
      description = "Lets removals go on that were held back since they were so many.")
  static final class Confirm extends OnRunning {
    @Override
    String what() {
      return "flow.confirm";
    }
  }

  /** Lists and resolves conflicts. */
  @Command(
      name = "conflicts",
      description = {
        "Lists what both ends of a multi-master flow changed before either knew of the other, the oldest first, until"
            + " somebody resolves it. The exit code is 3 while there are some.",
      },
      footer = {
        "",
        "Example:",
        "  kmesh flow conflicts job42",
        "  kmesh flow conflicts job42 --resolve 382a445119032ecb take",
      })
  static final class Conflicts extends OnRunning {
    @Option(
        names = "--resolve",
        arity = "2",
        paramLabel = "ID keep|take",
        hideParamSyntax = true,
        description = {
          "Resolves one. keep: what stands is right, and the loser's bytes go; take: the loser's bytes take its place.",
        })
    private List<String> resolve = new ArrayList<>();

    @Override
    String what() {
      return "flow.conflicts";
    }

    @Override
    ObjectNode request() throws CommandFailure {
      ObjectNode request = super.request();
      if (resolve.isEmpty()) {
        return request;
      }
      String choice = resolve.get(resolve.size() - 1);
      if (resolve.size() != 2 || !List.of("keep", "take").contains(choice)) {
        throw new CommandFailure(
            ExitCode.USAGE,
            "Cannot resolve "
                + String.join(" ", resolve)
                + ": write --resolve, the conflict's id, and keep or take, once.");
      }
      return request.put("do", "flow.resolve").put("id", resolve.get(0)).put("choice", choice);
    }

    @Override
    String describe(ObjectNode answer) {
      if (answer.has("resolved")) {
        return "Resolved the conflict " + answer.path("resolved").asText() + ".\n";
      }
      StringBuilder text = new StringBuilder();
      answer.path("conflicts").forEach(one -> text.append(line(one)));
      long more = answer.path("total").asLong() - answer.path("conflicts").size();
      if (more > 0) {
        text.append("and %s more; resolve some to see them.%n".formatted(Output.count(more)));
      }
      return text.isEmpty() ? "There are no conflicts.\n" : text.toString();
    }

    private static String line(JsonNode one) {
      String kept = one.path("kept").asText();
      String winner = one.path("winner").asText();
      String loser = one.path("loser").asText();
      return "%s %s %s: %s%s by %s%s%n"
          .formatted(
              one.path("id").asText(),
              one.path("found").asText(),
              one.path("kind").asText().toLowerCase(Locale.ROOT),
              one.path("path").asText().isEmpty() ? "(the top)" : one.path("path").asText(),
              winner.isEmpty() || loser.isEmpty()
                  ? ", settled"
                  : ", the " + winner + " stands over the " + loser,
              one.path("policy").asText(),
              kept.isEmpty() ? "" : "; the loser is " + kept + " at " + keptAt(one));
    }

    private static String keptAt(JsonNode one) {
      String end = one.path("keptEnd").asText();
      return end.equals("both") ? "both ends" : "the " + end;
    }

    @Override
    int exitCode(ObjectNode answer) {
      return answer.path("conflicts").isEmpty() ? ExitCode.OK : ExitCode.PROBLEMS;
    }
  }

  /** Deletes a flow. */
  @Command(
      name = "delete",
      description = {
        "Stops a flow and forgets what it knew. Both trees of a copy stay as they are. Of access the source's tree"
            + " stays, and the cache at the target goes, with grants and their log; refused while files wait there"
            + " to be written back. Folders of the flow's own in which something of users may be stay, and are"
            + " named.",
      })
  static final class Delete extends OnFlow {
    @Override
    String what() {
      return "flow.delete";
    }

    @Override
    String describe(ObjectNode answer) {
      StringBuilder text = new StringBuilder("Deleted the flow " + name());
      text.append(
          answer.path("cache").asBoolean()
              ? "; the tree at %s stays, its cache at %s is gone.%n"
                  .formatted(answer.path("from").asText(), answer.path("to").asText())
              : "; both trees stay.%n".formatted());
      text.append(PartCommands.remains(answer));
      return text.toString();
    }
  }
}
