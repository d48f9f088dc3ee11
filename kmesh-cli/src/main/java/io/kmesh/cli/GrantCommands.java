// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Base64;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Commands on what is sensitive in a flow. */
final class GrantCommands {
  private GrantCommands() {}

  /** A moment as users write it: of ISO 8601. */
  private static Instant instant(String option, String text) throws CommandFailure {
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException e) {
      throw new CommandFailure(
          ExitCode.USAGE,
          "Cannot use " + option + " " + text + ": write it as 2026-11-22T18:00:00Z.");
    }
  }

  private static String line(JsonNode grant) {
    String state = grant.path("state").asText().toLowerCase(Locale.ROOT);
    String ended =
        grant.has("ended") ? " (" + state + " " + grant.path("ended").asText() + ")" : "";
    String from = grant.path("from").asText();
    return "%s %s: %s reads %s %suntil %s%s%n"
        .formatted(
            grant.path("id").asText(),
            state,
            grant.path("who").asText(),
            grant.path("path").asText().isEmpty() ? "(all)" : grant.path("path").asText(),
            from.equals(Instant.EPOCH.toString()) ? "" : "from " + from + " ",
            grant.path("until").asText(),
            ended);
  }

  /** Gives, takes back and lists grants. */
  @Command(
      name = "grant",
      description = {
        "Lets somebody read what is sensitive in a flow, at a path and below, for a time; afterwards the key of what was"
            + " cached is destroyed. Takes a grant back, or lists all.",
      },
      footer = {
        "",
        "Example:",
        "  kmesh flow grant job42 alice secret/run7 --for 2h",
        "  kmesh flow grant job42 --list",
        "  kmesh flow grant job42 --revoke 5f..",
      })
  static final class Give extends FlowCommand.OnFlow {
    @Parameters(index = "1", arity = "0..1", paramLabel = "WHO", description = "The subject.")
    private @Nullable String who;

    @Parameters(
        index = "2",
        arity = "0..1",
        paramLabel = "PATH",
        description = "Below the flow's top; / for all.")
    private @Nullable String path;

    @Option(
        names = "--from",
        paramLabel = "WHEN",
        description = "The first moment, such as 2026-11-22T18:00:00Z; default now.")
    private @Nullable String from;

    @Option(
        names = "--until",
        paramLabel = "WHEN",
        description = "The first moment that it does not count any more.")
    private @Nullable String until;

    @Option(names = "--for", paramLabel = "TIME", description = "How long, such as 2h.")
    private @Nullable String length;

    @Option(names = "--revoke", paramLabel = "ID", description = "Takes a grant back at once.")
    private @Nullable String revoke;

    @Option(names = "--list", description = "Lists the grants of the flow.")
    private boolean isList;

    @Override
    boolean needsAgent() {
      return true;
    }

    @Override
    String what() {
      return isList ? "flow.grants" : revoke != null ? "flow.revoke" : "flow.grant";
    }

    @Override
    ObjectNode request() throws CommandFailure {
      ObjectNode request = super.request();
      boolean isGiving = who != null || path != null;
      if ((isList ? 1 : 0) + (revoke != null ? 1 : 0) + (isGiving ? 1 : 0) != 1) {
        throw new CommandFailure(
            ExitCode.USAGE,
            "Cannot tell what to do: name WHO and PATH, or --revoke ID, or --list.");
      }
      if (revoke != null) {
        return request.put("id", revoke);
      }
      return isList ? request : given(request);
    }

    private ObjectNode given(ObjectNode request) throws CommandFailure {
      if (who == null || path == null || (until == null) == (length == null)) {
        throw new CommandFailure(
            ExitCode.USAGE,
            "Cannot grant: name WHO and PATH, and the end by --until or by --for, such as --for"
                + " 2h.");
      }
      Instant now = surroundings().time().now();
      Instant begin = from == null ? now : instant("--from", from);
      Instant end =
          until != null
              ? instant("--until", until)
              : begin.plus(Durations.parse("--for", String.valueOf(length)));
      if (from != null) {
        request.put("from", begin.toString());
      }
      return request.put("who", who).put("path", path).put("until", end.toString());
    }

    @Override
    String describe(ObjectNode answer) {
      if (answer.has("revoked")) {
        return "Revoked the grant " + answer.path("revoked").asText() + ".\n";
      }
      if (!answer.has("grants")) {
        return line(answer);
      }
      StringBuilder text = new StringBuilder();
      answer.path("grants").forEach(grant -> text.append(line(grant)));
      long more = answer.path("total").asLong() - answer.path("grants").size();
      if (more > 0) {
        text.append("and %s older ones.%n".formatted(Output.count(more)));
      }
      return text.isEmpty() ? "There are no grants.\n" : text.toString();
    }
  }

  /** Shows the audit log. */
  @Command(
      name = "audit",
      description = {
        "Shows what was done with what is sensitive in a flow: grants, their ends, uses, refusals. The log is checked on"
            + " the way.",
      })
  static final class Audit extends FlowCommand.OnFlow {
    @Option(
        names = "--since",
        paramLabel = "WHEN",
        description =
            "Only what came then or later: 2026-11-22T18:00:00Z, or how long ago, such as 2h.")
    private @Nullable String since;

    @Override
    boolean needsAgent() {
      return true;
    }

    @Override
    String what() {
      return "flow.audit";
    }

    @Override
    ObjectNode request() throws CommandFailure {
      ObjectNode request = super.request();
      if (since != null) {
        Instant begin =
            since.contains(":")
                ? instant("--since", since)
                : surroundings().time().now().minus(Durations.parse("--since", since));
        request.put("since", begin.toString());
      }
      return request;
    }

    @Override
    public Integer call() throws IOException, CommandFailure {
      ObjectNode request = request();
      while (true) {
        ObjectNode page = ask(request);
        for (JsonNode entry : page.path("entries")) {
          if (isJson()) {
            surroundings().out().println(entry);
          } else {
            surroundings().out().print(entryLine(entry));
          }
          request.put("after", entry.path("number").asLong());
        }
        if (page.has("damaged")) {
          throw new CommandFailure(ExitCode.DAMAGED, page.path("damaged").asText());
        }
        if (!page.path("more").asBoolean()) {
          return ExitCode.OK;
        }
      }
    }

    private static String entryLine(JsonNode entry) {
      StringBuilder text = new StringBuilder(entry.path("at").asText());
      text.append(' ').append(entry.path("action").asText().toLowerCase(Locale.ROOT));
      for (String field : new String[] {"who", "path"}) {
        if (!entry.path(field).asText().isEmpty()) {
          text.append(' ').append(entry.path(field).asText());
        }
      }
      if (entry.path("bytes").asLong() > 0) {
        text.append(
            " bytes %s to %s, %s in all"
                .formatted(
                    entry.path("from").asText(),
                    entry.path("to").asText(),
                    entry.path("bytes").asText()));
      }
      if (!entry.path("grant").asText().isEmpty()) {
        text.append(" under ").append(entry.path("grant").asText());
      }
      if (!entry.path("reason").asText().isEmpty()) {
        text.append(": ").append(entry.path("reason").asText());
      }
      return text.append('\n').toString();
    }
  }

  /** Prints a file. */
  @Command(
      name = "read",
      description = {
        "Prints a file of a flow that gives access, as it is at the source. What is sensitive is read under a grant of the"
            + " subject; whom the command may read for is not checked beyond the access to the agent's socket.",
      })
  static final class Read extends FlowCommand.OnFlow {
    @Parameters(index = "1", paramLabel = "PATH", description = "Below the flow's top.")
    private String path = "";

    @Option(names = "--as", paramLabel = "WHO", description = "The subject whose grants count.")
    private @Nullable String who;

    @Override
    boolean needsAgent() {
      return true;
    }

    @Override
    String what() {
      return "flow.read";
    }

    @Override
    public Integer call() throws IOException, CommandFailure {
      ObjectNode request = request().put("path", path);
      if (who != null) {
        request.put("as", who);
      }
      String version = null;
      long at = 0;
      while (true) {
        ObjectNode page = ask(request.put("offset", at));
        String now = page.path("size").asText() + " " + page.path("modified").asText();
        if (version != null && !version.equals(now)) {
          throw new CommandFailure(
              ExitCode.FAILED,
              "Cannot read "
                  + path
                  + ": it changed meanwhile. What was printed is no version of"
                  + " it; read it again.");
        }
        version = now;
        byte[] bytes = Base64.getDecoder().decode(page.path("bytes").asText());
        surroundings().out().write(bytes, 0, bytes.length);
        at += bytes.length;
        if (bytes.length == 0 || at >= page.path("size").asLong()) {
          surroundings().out().flush();
          return ExitCode.OK;
        }
      }
    }
  }
}
