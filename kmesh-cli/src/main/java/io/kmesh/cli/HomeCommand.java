// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.KmeshException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A command that asks a home: its running agent, else what it opens itself. */
abstract class HomeCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--home",
      paramLabel = "DIR",
      description = "The folder of this site (else KMESH_HOME, else ~/.kmesh).")
  private @Nullable Path home;

  @Option(names = "--json", description = "Prints JSON: one object a line.")
  private boolean isJson;

  /** What is asked. */
  abstract ObjectNode request() throws CommandFailure;

  /** Whether only a running agent can do it. */
  boolean needsAgent() {
    return false;
  }

  /** The answer for people. */
  abstract String describe(ObjectNode answer);

  /** The exit code for an answer. */
  int exitCode(ObjectNode answer) {
    return ExitCode.OK;
  }

  final Surroundings surroundings() {
    if (spec == null) {
      throw new IllegalStateException("This command was not made by a command line.");
    }
    return ((KmeshCommand) spec.root().userObject()).surroundings();
  }

  final AgentHome home() {
    return AgentHome.find(home, surroundings());
  }

  final boolean isJson() {
    return isJson;
  }

  @Override
  public Integer call() throws IOException, CommandFailure {
    ObjectNode answer = ask(request());
    if (isJson) {
      surroundings().out().println(answer);
    } else {
      surroundings().out().print(describe(answer));
    }
    return exitCode(answer);
  }

  /** Asks the home, as often as a command needs. */
  final ObjectNode ask(ObjectNode request) throws IOException, CommandFailure {
    AgentHome home = home();
    Optional<ObjectNode> answer = AgentSocket.ask(home.socket(), request);
    if (answer.isPresent()) {
      return answer.get();
    }
    if (needsAgent()) {
      throw new CommandFailure(
          ExitCode.CONFLICT,
          "Cannot do this: no agent runs on "
              + home.folder()
              + ", and flows run in it. Start one: kmesh agent --home "
              + home.folder());
    }
    try (AgentHome.Opened opened = home.open(builder -> {})) {
      return new HomeRequests(opened.kmesh()).handle(request);
    } catch (KmeshException e) {
      throw HomeFailure.of(e);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.USAGE, String.valueOf(e.getMessage()));
    }
  }
}
