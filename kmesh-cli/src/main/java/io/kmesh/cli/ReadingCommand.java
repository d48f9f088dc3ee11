// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import io.kmesh.snapshots.Caller;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Option;

/** A command that looks into snapshots: for someone, when asked. */
abstract class ReadingCommand extends RepositoryCommand {
  @Option(
      names = "--as",
      paramLabel = "WHO",
      description = {
        "Shows what someone may see by the snapshot's access rules: user:NAME, group:NAME or application:NAME; give"
            + " all that he is. Without it, everything.",
      })
  private List<String> identities = new ArrayList<>();

  @Override
  final int withRepository(int workers, Body body) throws IOException, CommandFailure {
    if (identities.isEmpty()) {
      return super.withRepository(workers, body);
    }
    Caller caller = caller();
    return super.withRepository(workers, repository -> body.run(repository.as(caller)));
  }

  private Caller caller() throws CommandFailure {
    String user = "";
    String application = "";
    Set<String> groups = new HashSet<>();
    for (String identity : identities) {
      int colon = identity.indexOf(':');
      String name = identity.substring(colon + 1);
      switch (colon < 0 || name.isEmpty() ? "" : identity.substring(0, colon)) {
        case "user" -> user = name;
        case "application" -> application = name;
        case "group" -> groups.add(name);
        default ->
            throw new CommandFailure(
                ExitCode.USAGE,
                "Cannot ask as \""
                    + identity
                    + "\": it names nobody. Write user:NAME, group:NAME or application:NAME.");
      }
    }
    return new Caller(user, groups, application);
  }
}
