// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Commands on where data may go. */
final class PlacementCommands {
  private PlacementCommands() {}

  /** Says where data are. */
  @Command(
      name = "facts",
      description = {
        "Says where a site, or a tree, keeps its data, in place of what was said before; without a place, lists what was"
            + " said. With no fact at all, withdraws it. Placement rules (kmesh site rules) go by this alone, never by"
            + " what another site says of itself.",
      },
      footer = {
        "",
        "Example:",
        "  kmesh site facts here --country DE --provider own",
        "  kmesh site facts burst --country US --provider aws --key-owner us",
        "  kmesh site facts burst::eu --country IE --provider aws",
      })
  static final class Facts extends HomeCommand {
    @Parameters(
        index = "0",
        arity = "0..1",
        paramLabel = "PLACE",
        description = "\"here\", a site, or a tree: " + EndpointText.HELP + ".")
    private @Nullable String place;

    @Option(
        names = "--country",
        paramLabel = "XX",
        description = "The country of its machines: two capital letters, as of ISO 3166-1.")
    private @Nullable String country;

    @Option(names = "--provider", paramLabel = "NAME", description = "Who runs them.")
    private @Nullable String provider;

    @Option(
        names = "--key-owner",
        paramLabel = "NAME",
        description = "Who holds the key that the data are kept under there.")
    private @Nullable String keyOwner;

    @Override
    ObjectNode request() throws CommandFailure {
      ObjectNode request = Output.object().put("do", "site.facts");
      if (place == null) {
        if (country != null || provider != null || keyOwner != null) {
          throw new CommandFailure(
              ExitCode.USAGE, "Cannot say where data are: of what? Name here, a site or a tree.");
        }
        return request;
      }
      request.put("place", place);
      put(request, "country", country);
      put(request, "provider", provider);
      put(request, "keyOwner", keyOwner);
      return request;
    }

    private static void put(ObjectNode json, String field, @Nullable String value) {
      if (value != null) {
        json.put(field, value);
      }
    }

    @Override
    String describe(ObjectNode answer) {
      StringBuilder text = new StringBuilder();
      for (Map.Entry<String, JsonNode> one : answer.path("facts").properties()) {
        JsonNode said = one.getValue();
        text.append(
            "%s: country %s, provider %s, key of %s%n"
                .formatted(
                    one.getKey(),
                    said.path("country").asText("unknown"),
                    said.path("provider").asText("unknown"),
                    said.path("keyOwner").asText("unknown")));
      }
      return text.isEmpty() ? "Nothing was said of any place.\n" : text.toString();
    }
  }

  /** Shows or sets the rules. */
  @Command(
      name = "rules",
      description = {
        "Prints the placement rules that flows of this site are held against before they open a connection, as JSON"
            + " (docs/format/placement.md); with --set, takes others in their place. They count from the next start or"
            + " switch of a flow on.",
      })
  static final class Rules extends HomeCommand {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Option(
        names = "--set",
        paramLabel = "FILE",
        description = "Takes the rules of a file in their place.")
    private @Nullable Path file;

    @Override
    ObjectNode request() throws CommandFailure {
      ObjectNode request = Output.object().put("do", "site.rules");
      if (file != null) {
        try {
          request.set("rules", JSON.readTree(Files.readAllBytes(file)));
          request.put("name", file.toString());
        } catch (JsonProcessingException e) {
          throw new CommandFailure(
              ExitCode.USAGE,
              "Cannot use " + file + " as placement rules: it is no JSON: " + e.getMessage());
        } catch (IOException e) {
          throw new CommandFailure(ExitCode.FAILED, "Cannot read " + file + ": " + e);
        }
      }
      return request;
    }

    @Override
    String describe(ObjectNode answer) {
      return answer + "\n";
    }
  }
}
