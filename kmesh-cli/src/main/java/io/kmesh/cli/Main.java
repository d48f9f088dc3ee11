// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import io.kmesh.engine.EngineTime;
import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** The process. */
public final class Main {
  private Main() {}

  /** Runs a command. */
  public static void main(String[] args) {
    Interruption interruption = new Interruption();
    CountDownLatch done = new CountDownLatch(1);
    PrintStream out =
        new PrintStream(
            new java.io.BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16),
            false,
            StandardCharsets.UTF_8);
    PrintStream err =
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
    Thread hook = new Thread(() -> stop(interruption, done), "kmesh-cli-stop");
    hook.setDaemon(true);
    Runtime.getRuntime().addShutdownHook(hook);
    Surroundings surroundings =
        new Surroundings(
            out,
            err,
            System.getenv(),
            Boolean.getBoolean("kmesh.cli.terminal"),
            passwords(),
            EngineTime.system(),
            interruption,
            opener -> opener,
            LustreWorld.ofMachine());
    int code = ExitCode.FAILED;
    try {
      code = KmeshCommand.run(surroundings, args);
    } finally {
      out.flush();
      done.countDown();
      System.exit(code);
    }
  }

  /**
   * Asks at the terminal, when there is one: from Java 22 on there is a console without one, too.
   */
  @SuppressWarnings("SystemConsoleNull") // Before Java 22 it may be null.
  private static Surroundings.@Nullable PasswordPrompt passwords() {
    Console console = Boolean.getBoolean("kmesh.cli.input") ? System.console() : null;
    return console == null ? null : words -> console.readPassword("%s", words);
  }

  /** At the end of the process, however it comes: what is under way ends first. */
  private static void stop(Interruption interruption, CountDownLatch done) {
    interruption.raise();
    try {
      done.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
