// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.engine.repository.QuiescePlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Thaws what a killed process left frozen. */
@Command(
    name = "thaw",
    description = {
      "Runs the --thaw commands of snapshots whose process was killed while writers were at rest. Every snapshot"
          + " create does so first; this one does it now. Needs no repository.",
    })
final class ThawCommand extends RepositoryCommand {
  @Option(
      names = "--quiesce-deadline",
      paramLabel = "TIME",
      defaultValue = "30s",
      description = "What each command may take (${DEFAULT-VALUE}).")
  private String deadline = "30s";

  @Override
  public Integer call() throws IOException, CommandFailure {
    Duration hook = Durations.parse("--quiesce-deadline", deadline);
    Optional<Path> journal = quiesceJournal().filter(Files::isDirectory);
    List<String> thawed = journal.isPresent() ? thawLeft(this, journal.get(), hook) : List.of();
    ObjectNode json = Output.object();
    ArrayNode names = json.putArray("thawed");
    thawed.forEach(names::add);
    json(json);
    say(thawed.isEmpty() ? "Nothing is left frozen." : "Thawed " + String.join(", ", thawed) + ".");
    return ExitCode.OK;
  }

  static List<String> thawLeft(RepositoryCommand command, Path journal, Duration hook)
      throws IOException {
    Surroundings around = command.surroundings();
    return QuiescePlan.thawLeft(journal, HostName.find(around), hook, around.time());
  }
}
