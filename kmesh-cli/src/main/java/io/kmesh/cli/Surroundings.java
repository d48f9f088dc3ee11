// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import io.kmesh.engine.repository.RepositoryOpener;
import io.kmesh.spi.time.KmeshTime;
import java.io.PrintStream;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What a command finds around it.
 *
 * @param out for results
 * @param err for messages and progress
 * @param environment the variables
 * @param isTerminal whether progress is wanted on {@code err}
 * @param passwords asks a person for a password; null when there is none
 * @param time the clock
 * @param interruption tells when to stop
 * @param openers changes how repositories are opened
 * @param lustre the Lustre of this machine
 */
record Surroundings(
    PrintStream out,
    PrintStream err,
    Map<String, String> environment,
    boolean isTerminal,
    @Nullable PasswordPrompt passwords,
    KmeshTime time,
    Interruption interruption,
    UnaryOperator<RepositoryOpener> openers,
    LustreWorld lustre) {
  /** Asks a person. */
  @FunctionalInterface
  interface PasswordPrompt {
    /** What was typed; null at the end of input. */
    char @Nullable [] ask(String words);
  }

  /** A variable that is set and not empty. */
  Optional<String> variable(String name) {
    return Optional.ofNullable(environment.get(name)).filter(v -> !v.isEmpty());
  }
}
