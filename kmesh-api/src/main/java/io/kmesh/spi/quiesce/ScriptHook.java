// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.quiesce;

import java.io.IOException;
import java.util.List;

/**
 * A hook of two command lines, run by {@code /bin/sh -c} with {@code KMESH_CUT} and {@code
 * KMESH_ACTION} (freeze or thaw) in their environment. What they say goes to standard error. An
 * interrupt kills the command with all that it started. Immutable.
 *
 * @param name what it freezes
 * @param freezeCommand what freezes; empty to do nothing
 * @param thawCommand what thaws
 */
public record ScriptHook(String name, String freezeCommand, String thawCommand)
    implements QuiesceHook {
  @Override
  public void freeze(String cut) throws IOException, InterruptedException {
    run("freeze", freezeCommand, cut);
  }

  @Override
  public void thaw(String cut) throws IOException, InterruptedException {
    run("thaw", thawCommand, cut);
  }

  private static void run(String action, String command, String cut)
      throws IOException, InterruptedException {
    if (command.isEmpty()) {
      return;
    }
    ProcessBuilder builder =
        new ProcessBuilder(List.of("/bin/sh", "-c", command))
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().put("KMESH_CUT", cut);
    builder.environment().put("KMESH_ACTION", action);
    Process process = builder.start();
    process.getOutputStream().close(); // nothing to read
    int code;
    try {
      code = process.waitFor();
    } catch (InterruptedException e) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      throw e;
    }
    if (code != 0) {
      throw new IOException("The command \"" + command + "\" ended with " + code + ".");
    }
  }
}
