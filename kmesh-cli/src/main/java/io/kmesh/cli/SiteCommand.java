// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Commands on this site and its mesh. */
@Command(
    name = "site",
    description = {
      "Who this site is, and who else is in its mesh. One site keeps the authority that signs the certificates of all;"
          + " each other one joins by a token, which counts once.",
    },
    subcommands = {
      SiteCommand.Init.class,
      SiteCommand.Token.class,
      SiteCommand.Enrol.class,
      SiteCommand.Show.class,
      SiteCommand.Reach.class,
      PlacementCommands.Facts.class,
      PlacementCommands.Rules.class,
      SiteCommand.Rotate.class,
      SiteCommand.Revoke.class
    })
final class SiteCommand implements Runnable {
  @Spec private @Nullable CommandSpec spec;

  @Override
  public void run() {
    throw RepoCommand.missing(
        spec, "init, token, enrol, show, reach, facts, rules, rotate or revoke");
  }

  private static String describe(ObjectNode self, String done) {
    return done
        + " "
        + self.path("site").asText()
        + ", certificate "
        + self.path("fingerprint").asText().substring(0, 16)
        + ", until "
        + self.path("expires").asText()
        + ".\n";
  }

  /** Makes the first site of a mesh. */
  @Command(
      name = "init",
      description = "Makes an authority here, and this the first site of its mesh.")
  static final class Init extends HomeCommand {
    @Parameters(index = "0", paramLabel = "SITE", description = "The name of this site.")
    private String site = "";

    @Option(
        names = "--enrol-at",
        required = true,
        paramLabel = "HOST:PORT",
        description = "Where others come to enrol: the agent's --enrol-listen as they see it.")
    private String address = "";

    @Override
    ObjectNode request() {
      return Output.object().put("do", "site.init").put("site", site).put("address", address);
    }

    @Override
    String describe(ObjectNode answer) {
      return SiteCommand.describe(answer, "Made the authority and the site");
    }
  }

  /** Makes a token. */
  @Command(
      name = "token",
      description = "Prints a token by which a site may enrol, once. Keep it secret until then.")
  static final class Token extends HomeCommand {
    @Parameters(index = "0", paramLabel = "SITE", description = "The name of that site.")
    private String site = "";

    @Option(
        names = "--valid",
        paramLabel = "TIME",
        defaultValue = "1h",
        description = "How long it counts; default ${DEFAULT-VALUE}, at most 30d.")
    private String valid = "";

    @Override
    ObjectNode request() throws CommandFailure {
      return Output.object()
          .put("do", "site.token")
          .put("site", site)
          .put("valid", Durations.parse("--valid", valid).toString());
    }

    @Override
    String describe(ObjectNode answer) {
      return answer.path("token").asText() + "\n";
    }
  }

  /** Joins. */
  @Command(name = "enrol", description = "Joins a mesh by a token.")
  static final class Enrol extends HomeCommand {
    @Parameters(
        index = "0",
        paramLabel = "TOKEN",
        description = "What \"kmesh site token\" printed where the authority is.")
    private String token = "";

    @Override
    ObjectNode request() {
      return Output.object().put("do", "site.enrol").put("token", token);
    }

    @Override
    String describe(ObjectNode answer) {
      return SiteCommand.describe(answer, "Enrolled as");
    }
  }

  /** Shows this site. */
  @Command(name = "show", description = "Shows who this site is, and whom it can reach.")
  static final class Show extends HomeCommand {
    @Override
    ObjectNode request() {
      return Output.object().put("do", "site.show");
    }

    @Override
    String describe(ObjectNode answer) {
      StringBuilder text = new StringBuilder();
      if (answer.has("site")) {
        text.append(SiteCommand.describe(answer, "This is the site"));
      } else {
        text.append("This site is not enrolled: kmesh site init, or kmesh site enrol.\n");
      }
      if (answer.has("listening")) {
        text.append("It listens at ").append(answer.path("listening").asText()).append(".\n");
      }
      for (Map.Entry<String, JsonNode> other : answer.path("addresses").properties()) {
        text.append(other.getKey())
            .append(" is at ")
            .append(other.getValue().asText())
            .append(".\n");
      }
      return text.toString();
    }
  }

  /** Keeps an address. */
  @Command(name = "reach", description = "Remembers where another site's agent listens.")
  static final class Reach extends HomeCommand {
    @Parameters(index = "0", paramLabel = "SITE", description = "The other site.")
    private String site = "";

    @Parameters(index = "1", paramLabel = "HOST:PORT", description = "Its agent's --listen.")
    private String address = "";

    @Override
    ObjectNode request() {
      return Output.object().put("do", "site.reach").put("site", site).put("address", address);
    }

    @Override
    String describe(ObjectNode answer) {
      return site + " is at " + address + ".\n";
    }
  }

  /** Renews the certificate. */
  @Command(
      name = "rotate",
      description = "Gets this site a new key and certificate now; an agent does so by itself.")
  static final class Rotate extends HomeCommand {
    @Override
    ObjectNode request() {
      return Output.object().put("do", "site.rotate");
    }

    @Override
    String describe(ObjectNode answer) {
      return SiteCommand.describe(answer, "Renewed the certificate of");
    }
  }

  /** Revokes a site. */
  @Command(
      name = "revoke",
      description = "Revokes a site: its certificates count no more. Only where the authority is.")
  static final class Revoke extends HomeCommand {
    @Parameters(index = "0", paramLabel = "SITE", description = "The site.")
    private String site = "";

    @Override
    ObjectNode request() {
      return Output.object().put("do", "site.revoke").put("site", site);
    }

    @Override
    String describe(ObjectNode answer) {
      return "Revoked " + site + ".\n";
    }
  }
}
