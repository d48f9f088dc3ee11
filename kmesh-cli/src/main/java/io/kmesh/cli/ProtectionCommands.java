// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What commands say about the snapshots that protect a flow. */
final class ProtectionCommands {
  private ProtectionCommands() {}

  /** When a flow is protected. */
  static final class Options {
    @Option(
        names = "--protect",
        paramLabel = "REPOSITORY",
        description = {
          "Takes a snapshot of the end that is about to be written before each switch of the direction, into a"
              + " repository that the agent knows by this name (kmesh agent --repository).",
        })
    private @Nullable String repository;

    @Option(
        names = "--protect-at",
        paramLabel = "\"CRON\"",
        description = {
          "With --protect, takes one of the target at these times too: minute, hour, day of the month, month, day of the"
              + " week, such as \"0 */6 * * *\".",
        })
    private @Nullable String cron;

    @Option(
        names = "--protect-zone",
        paramLabel = "ZONE",
        description =
            "Whose clocks these times are by, such as Europe/Berlin; default: this machine's.")
    private @Nullable String zone;

    /** Adds them to a request. */
    void write(ObjectNode request) throws CommandFailure {
      if (repository == null && (cron != null || zone != null)) {
        throw new CommandFailure(
            ExitCode.USAGE,
            "Cannot use --protect-at and --protect-zone: name the repository by --protect.");
      }
      if (repository != null) {
        request.put("protect", repository);
      }
      if (cron != null) {
        request.put("protectAt", cron);
        request.put("protectZone", zone == null ? ZoneId.systemDefault().getId() : zone);
      }
    }
  }

  /** Lists the snapshots that protect a flow. */
  @Command(
      name = "points",
      description = {
        "Lists the snapshots that protect a flow, the oldest first. Restore one by \"kmesh snapshot restore\" to go back.",
      },
      footer = {
        "",
        "Example:",
        "  kmesh agent --repository backup=/backup/lab --password-file pw",
        "  kmesh flow create job42 --from /lustre/job42 --to burst::data/job42 --protect backup",
        "  kmesh flow switch job42 && kmesh flow points job42",
      })
  static final class Points extends FlowCommand.OnRunning {
    @Override
    String what() {
      return "flow.points";
    }

    @Override
    String describe(ObjectNode answer) {
      List<String> lines = new ArrayList<>();
      long older = answer.path("total").asLong() - answer.path("points").size();
      if (older > 0) {
        lines.add("(%s older ones are not listed)%n".formatted(Output.count(older)));
      }
      for (JsonNode point : answer.path("points")) {
        lines.add(
            "%s %s: %s of %s, %s%n"
                .formatted(
                    point.path("id").asText(),
                    point.path("time").asText(),
                    point.path("repository").asText(),
                    point.path("source").asText(),
                    Output.size(point.path("bytes").asLong())));
      }
      return lines.isEmpty()
          ? "No snapshot protects %s yet.%n".formatted(name())
          : String.join("", lines);
    }
  }
}
