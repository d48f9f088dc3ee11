// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.engine.repository.OpenRepository;
import io.kmesh.snapshots.RetentionDecision;
import io.kmesh.snapshots.RetentionPlan;
import io.kmesh.snapshots.RetentionPolicy;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Forgets snapshots. */
@Command(
    name = "forget",
    description = {
      "Forgets the named snapshots, or those that no --keep rule keeps. Rules count each path of each host for"
          + " itself; the newest of each always stays. What only forgotten snapshots kept becomes garbage.",
    },
    footer = {
      "",
      "Examples:",
      "  kmesh snapshot forget --repo /backup/lab 3f9a 77b1",
      "  kmesh snapshot forget --repo /backup/lab --keep-daily 7 --keep-weekly 5 --keep-monthly 12 --dry-run",
    })
final class ForgetCommand extends RepositoryCommand {
  @Parameters(
      arity = "0..*",
      paramLabel = "SNAPSHOT",
      description = "Ids, four or more first digits of them, names, or latest.")
  private List<String> snapshots = List.of();

  @ArgGroup(exclusive = false, heading = "%nWhat is kept:%n")
  private @Nullable Rules rules;

  @Option(
      names = {"-n", "--dry-run"},
      description = "Only says what would be forgotten.")
  private boolean isDryRun;

  /** The rules of a policy. */
  static final class Rules {
    @Option(names = "--keep-last", paramLabel = "N", description = "The newest N.")
    private int last;

    @Option(
        names = "--keep-within",
        paramLabel = "TIME",
        description = "All at most this much older than the newest, such as 36h, 14d or PT36H.")
    private @Nullable String within;

    @Option(names = "--keep-hourly", paramLabel = "N", description = "One of each of N hours.")
    private int hourly;

    @Option(names = "--keep-daily", paramLabel = "N", description = "One of each of N days.")
    private int daily;

    @Option(names = "--keep-weekly", paramLabel = "N", description = "One of each of N ISO weeks.")
    private int weekly;

    @Option(names = "--keep-monthly", paramLabel = "N", description = "One of each of N months.")
    private int monthly;

    @Option(names = "--keep-yearly", paramLabel = "N", description = "One of each of N years.")
    private int yearly;

    @Option(
        names = "--keep-tag",
        paramLabel = "KEY[=VALUE]",
        description = "Those with this tag; may be repeated.")
    private List<String> tags = new ArrayList<>();

    @Option(
        names = "--zone",
        paramLabel = "ZONE",
        defaultValue = "UTC",
        description = "Where hours and days begin, such as Europe/Berlin (${DEFAULT-VALUE}).")
    private String zone = "UTC";

    private RetentionPolicy policy() throws CommandFailure {
      try {
        RetentionPolicy.Builder builder =
            RetentionPolicy.builder()
                .last(last)
                .hourly(hourly)
                .daily(daily)
                .weekly(weekly)
                .monthly(monthly)
                .yearly(yearly)
                .in(ZoneId.of(zone));
        tags.forEach(builder::tag);
        if (within != null) {
          builder.within(Durations.parse("--keep-within", within));
        }
        return builder.build();
      } catch (IllegalArgumentException e) {
        throw new CommandFailure(ExitCode.USAGE, e);
      } catch (DateTimeException e) {
        throw new CommandFailure(
            ExitCode.USAGE,
            "Cannot make the retention policy: "
                + e.getMessage()
                + ". Write zones as Europe/Berlin.");
      }
    }
  }

  @Override
  public Integer call() throws IOException, CommandFailure {
    Rules given = rules;
    if (snapshots.isEmpty() == (given == null)) {
      throw new CommandFailure(
          ExitCode.USAGE,
          "Cannot choose what to forget: "
              + (given == null ? "nothing is named" : "snapshots are named and rules are given")
              + ". Name snapshots, or give rules such as --keep-daily 7.");
    }
    RetentionPolicy policy = given == null ? null : given.policy();
    return withRepository(repository -> forget(repository, policy));
  }

  private int forget(OpenRepository repository, @Nullable RetentionPolicy policy)
      throws IOException, CommandFailure {
    Set<String> ids = new LinkedHashSet<>();
    ObjectNode json = Output.object();
    if (policy == null) {
      for (String text : snapshots) {
        ids.add(CommandFailure.named(() -> repository.find(text)));
      }
    } else {
      RetentionPlan plan = repository.plan(policy);
      plan.forgotten().forEach(decision -> ids.add(decision.snapshot()));
      ArrayNode kept = json.putArray("kept");
      for (RetentionDecision decision : plan.kept()) {
        ObjectNode one = kept.addObject().put("snapshot", decision.snapshot());
        ArrayNode reasons = one.putArray("reasons");
        decision.reasons().forEach(reason -> reasons.add(reason.toString()));
        say("keep    " + decision.snapshot() + "  " + decision.reasons());
      }
    }
    ArrayNode forgotten = json.putArray("forgotten");
    ids.forEach(forgotten::add);
    json.put("dryRun", isDryRun);
    ids.forEach(id -> say("forget  " + id));
    if (!isDryRun) {
      repository.forget(ids);
    }
    json(json);
    say(
        (isDryRun ? "Would forget " : "Forgot ")
            + Output.count(ids.size())
            + (ids.size() == 1 ? " snapshot." : " snapshots."));
    return ExitCode.OK;
  }
}
