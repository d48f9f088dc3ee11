// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Commands on the ends that are here of other sites' flows. */
final class PartCommands {
  private PartCommands() {}

  private static String line(JsonNode part) {
    return "%s: %s %s, %s, id %s%n"
        .formatted(
            part.path("name").asText(),
            part.path("written").asBoolean() ? "brought to" : "taken from",
            part.path("tree").asText(),
            part.path("connected").asBoolean() ? "connected" : "not connected",
            part.path("id").asText());
  }

  /** What stays of a flow that went, for people. */
  static String remains(ObjectNode answer) {
    StringBuilder text = new StringBuilder();
    answer
        .path("kept")
        .forEach(
            one ->
                text.append(
                    "  kept %s: %s%n"
                        .formatted(one.path("path").asText(), one.path("reason").asText())));
    if (answer.has("toTell")) {
      String site = answer.path("toTell").asText();
      text.append(
          ("  %s was not reached: it keeps its part of the flow, and is told when it is reached"
                  + " while an agent runs here%n")
              .formatted(site));
    }
    return text.toString();
  }

  /** Lists them. */
  @Command(
      name = "parts",
      description = {
        "Lists the ends that other sites' flows have here, as FLOW@SITE. While one is, no flow but such that share it"
            + " may be brought to its tree.",
      })
  static final class Parts extends HomeCommand {
    @Override
    ObjectNode request() {
      return Output.object().put("do", "flow.parts");
    }

    @Override
    String describe(ObjectNode answer) {
      StringBuilder text = new StringBuilder();
      answer.path("parts").forEach(part -> text.append(line(part)));
      return text.isEmpty() ? "No flow of another site has an end here.\n" : text.toString();
    }
  }

  /** Forgets one. */
  @Command(
      name = "forget",
      description = {
        "Forgets the end of a flow whose site is gone for good; the tree stays. Without --yes it only says what would"
            + " be forgotten.",
        "A site that comes back and still has the flow joins it anew, as if it was never here: files of the tree that"
            + " differ then are moved aside. Revoke the site, or export the tree no more, if it is not to.",
      })
  static final class Forget extends FlowCommand.OnRunning {
    @Option(names = "--yes", description = "Forgets it.")
    private boolean isSure;

    @Override
    String what() {
      return "flow.forget";
    }

    @Override
    ObjectNode request() throws CommandFailure {
      return super.request().put("sure", isSure);
    }

    @Override
    String describe(ObjectNode answer) {
      if (answer.has("forgot")) {
        return "Forgot %s; its tree stays.%n".formatted(name()) + remains(answer);
      }
      StringBuilder text = new StringBuilder("Nothing was forgotten yet. This would be:\n");
      answer.path("wouldForget").forEach(part -> text.append("  ").append(line(part)));
      return text.append("Say --yes to forget it.\n").toString();
    }

    @Override
    int exitCode(ObjectNode answer) {
      return answer.has("forgot") ? ExitCode.OK : ExitCode.PROBLEMS;
    }
  }
}
