// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A command that looks at what is on a Lustre and changes none of it. */
abstract class LustreLookCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Option(names = "--json", description = "Prints JSON: one object a line.")
  private boolean isJson;

  /** What runs with the mounts. */
  @FunctionalInterface
  interface Body {
    int run(LustreMounts mounts) throws IOException, CommandFailure;
  }

  /** What is done for each word. */
  @FunctionalInterface
  interface Look {
    void at(String word) throws IOException, CommandFailure;
  }

  final Surroundings surroundings() {
    if (spec == null) {
      throw new IllegalStateException("This command was not made by a command line.");
    }
    return ((KmeshCommand) spec.root().userObject()).surroundings();
  }

  final boolean isJson() {
    return isJson;
  }

  /** Prints a line for people. */
  final void say(String line) {
    if (!isJson) {
      surroundings().out().println(line);
    }
  }

  /** Prints an object for programs. */
  final void json(ObjectNode object) {
    if (isJson) {
      surroundings().out().println(object);
    }
  }

  final int withMounts(Body body) throws IOException, CommandFailure {
    try (LustreMounts mounts = LustreMounts.find(surroundings().lustre())) {
      return body.run(mounts);
    } catch (ProviderException e) {
      if (e.kind() == ErrorKind.NOT_FOUND) {
        throw new CommandFailure(ExitCode.NOT_FOUND, e);
      }
      throw e;
    }
  }

  /**
   * Looks at each word and goes on after those that fail, which are named.
   *
   * @param field what a word is called in JSON
   * @return 0; the failure's own code when all failed alike or one was given; else {@link
   *     ExitCode#PROBLEMS}
   */
  final int each(String field, List<String> words, Look look) {
    int failed = 0;
    int code = ExitCode.OK;
    for (String word : words) {
      try {
        look.at(word);
      } catch (IOException | CommandFailure | RuntimeException e) {
        int own = tell(field, word, e);
        code = failed == 0 || code == own ? own : ExitCode.PROBLEMS;
        failed++;
      }
    }
    return failed == 0 || failed == words.size() ? code : ExitCode.PROBLEMS;
  }

  private int tell(String field, String word, Exception e) {
    int code = exitCode(e);
    String said = e.getMessage() == null ? e.toString() : e.getMessage();
    String shown = PathBytes.of(word).toString();
    surroundings().err().println("kmesh: " + (said.contains(shown) ? "" : shown + ": ") + said);
    if (isJson) {
      ObjectNode json = Output.object().put(field, shown);
      json.put("error", said).put("kind", CommandFailure.kind(e)).put("exitCode", code);
      surroundings().out().println(json);
    }
    return code;
  }

  private static int exitCode(Exception e) {
    // Here it is a path that is not there; elsewhere it is something stored.
    return e instanceof ProviderException p && p.kind() == ErrorKind.NOT_FOUND
        ? ExitCode.NOT_FOUND
        : CommandFailure.exitCode(e);
  }
}
