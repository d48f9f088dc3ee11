// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.KmeshException;
import io.kmesh.sites.Export;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs a site. */
@Command(
    name = "agent",
    description = {
      "Runs this site until it is interrupted: its data flows, and the ends of flows that other sites make of what is"
          + " exported here. The other commands of \"site\" and \"flow\" ask it.",
    },
    footer = {
      "",
      "Example, at the site with the data:",
      "  kmesh site init lab --enrol-at lab.example:7989",
      "  kmesh agent --enrol-listen 0.0.0.0:7989",
      "and where it is to be brought:",
      "  kmesh site enrol TOKEN                   # of: kmesh site token burst, at lab",
      "  kmesh agent --listen 0.0.0.0:7988 --export data=/data",
    })
final class AgentCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--home",
      paramLabel = "DIR",
      description = "The folder of this site (else KMESH_HOME, else ~/.kmesh).")
  private @Nullable Path home;

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      description = "Listens for flows of other sites. Port 0: one that is free.")
  private @Nullable String listen;

  @Option(
      names = "--enrol-listen",
      paramLabel = "HOST:PORT",
      description =
          "Listens for sites that enrol or renew their certificates; only where the authority is.")
  private @Nullable String enrolListen;

  @Option(
      names = "--export",
      paramLabel = "NAME=DIR[:ro|:cache][@SITE,..]",
      description = {
        "Lets flows of other sites reach a directory, or objects:STORE/PREFIX of a --store, by a name, for reading"
            + " and writing; with :ro for reading alone; with :cache, which needs @, for caches of flows with access"
            + " that these sites make;"
            + " with @ for these sites alone. Any number of times.",
      })
  private List<String> exports = new ArrayList<>();

  @Mixin private AgentStores stores = new AgentStores();

  @Option(names = "--json", description = "Prints JSON: one object a line.")
  private boolean isJson;

  @Override
  public Integer call() throws IOException, CommandFailure {
    if (spec == null) {
      throw new IllegalStateException("This command was not made by a command line.");
    }
    Surroundings surroundings = ((KmeshCommand) spec.root().userObject()).surroundings();
    AgentHome place = AgentHome.find(home, surroundings);
    List<Export> shared = new ArrayList<>();
    for (String export : exports) {
      shared.add(export(export));
    }
    try (AgentStores.Opened named = stores.open(surroundings);
        AgentHome.Opened opened =
            place.open(
                builder -> {
                  if (listen != null) {
                    builder.listen(listen);
                  }
                  if (enrolListen != null) {
                    builder.listenForEnrolment(enrolListen);
                  }
                  shared.forEach(builder::export);
                  named.nameIn(builder);
                });
        AgentSocket socket = AgentSocket.listen(place.socket(), new HomeRequests(opened.kmesh()))) {
      started(surroundings, opened, place);
      socket.serveUntil(surroundings.interruption());
    } catch (KmeshException e) {
      throw HomeFailure.of(e);
    }
    return ExitCode.OK;
  }

  private void started(Surroundings surroundings, AgentHome.Opened opened, AgentHome place) {
    String site = opened.kmesh().sites().self().map(c -> c.site()).orElse("");
    String at = opened.kmesh().sites().listening().orElse("");
    if (isJson) {
      ObjectNode json = Output.object();
      json.put("home", place.folder().toString()).put("site", site).put("listening", at);
      surroundings.out().println(json);
    } else {
      surroundings
          .out()
          .println(
              (site.isEmpty() ? "A site that is not enrolled" : "The site " + site)
                  + " runs on "
                  + place.folder()
                  + (at.isEmpty() ? "" : " and listens at " + at)
                  + ".");
    }
    surroundings.out().flush();
  }

  private static Export.Access access(String directory) {
    if (directory.endsWith(":ro")) {
      return Export.Access.READ;
    }
    return directory.endsWith(":cache") ? Export.Access.CACHE : Export.Access.READ_WRITE;
  }

  private static boolean isObjects(String tree) {
    return tree.startsWith("objects:") && !tree.startsWith("objects::");
  }

  private static Export export(String text) throws CommandFailure {
    int equals = text.indexOf('=');
    int at = text.lastIndexOf('@');
    String name = text.substring(0, Math.max(equals, 0));
    String directory = text.substring(equals + 1, at > equals ? at : text.length());
    Set<String> sites = new HashSet<>();
    if (at > equals) {
      sites.addAll(List.of(text.substring(at + 1).split(",", -1)));
    }
    Export.Access access = access(directory);
    String tree =
        access == Export.Access.READ_WRITE
            ? directory
            : directory.substring(0, directory.lastIndexOf(':'));
    if (equals < 1 || !(tree.startsWith("/") || isObjects(tree)) || sites.contains("")) {
      throw new CommandFailure(
          ExitCode.USAGE,
          "Cannot export \""
              + text
              + "\": write NAME=/DIRECTORY or NAME=objects:STORE/PREFIX, and perhaps :ro or"
              + " :cache, and @SITE,SITE behind it.");
    }
    try {
      return new Export(name, EndpointText.parse(tree), access, sites);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.USAGE, String.valueOf(e.getMessage()));
    }
  }
}
