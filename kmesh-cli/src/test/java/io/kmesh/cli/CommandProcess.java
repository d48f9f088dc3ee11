// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The command in a process of its own, which can be killed. */
final class CommandProcess {
  private CommandProcess() {}

  /**
   * Starts a command line.
   *
   * @param kmesh has the variables
   * @param log where its messages go
   */
  static Process start(CommandLineTester kmesh, Path log, List<String> command) throws IOException {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    line.addAll(List.of("-cp", System.getProperty("java.class.path")));
    line.add(Main.class.getName());
    line.addAll(command);
    ProcessBuilder builder = new ProcessBuilder(line).redirectError(log.toFile());
    builder.environment().putAll(kmesh.environment);
    return builder.start();
  }
}
