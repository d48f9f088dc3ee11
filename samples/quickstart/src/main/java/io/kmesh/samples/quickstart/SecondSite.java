// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import io.kmesh.Kmesh;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The process of the second site, which may be killed and started again. Not thread-safe. */
final class SecondSite implements AutoCloseable {
  static final String NAME = "burst";
  private static final Duration TOKEN = Duration.ofMinutes(10);

  private final Path work;
  private final Kmesh first;
  private final CutLink link;
  private @Nullable Process process;
  private @Nullable BufferedReader answers;
  private BurstPlace place = BurstPlace.NOWHERE;

  /**
   * A site that does not run yet.
   *
   * @param first the site that keeps the authority
   * @param link leads to it
   */
  SecondSite(Path work, Kmesh first, CutLink link) {
    this.work = work;
    this.first = first;
    this.link = link;
  }

  /** Where it is; nowhere before it was started. */
  BurstPlace place() {
    return place;
  }

  /** Starts it; enrolled when it was not. */
  void start(boolean isEnrolling) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    if (Runtime.version().feature() >= 22) {
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    // Short runs share loaded classes, and with it half of the start.
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(option -> option.startsWith("-XX:SharedArchiveFile="))
        .forEach(command::add);
    command.addAll(
        List.of(
            "-Xmx192m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
            "-cp",
            System.getProperty("java.class.path"),
            Burst.class.getName(),
            work.toString()));
    if (isEnrolling) {
      command.add(first.sites().issueToken(NAME, TOKEN));
    }
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().remove("JDK_JAVA_OPTIONS");
    Process started = builder.start();
    process = started;
    BufferedReader out = started.inputReader(StandardCharsets.UTF_8);
    answers = out;
    String address = out.readLine();
    String where = out.readLine();
    if (address == null || where == null) {
      throw new IOException("The second site did not start. Its words are above.");
    }
    place = BurstPlace.of(where);
    link.leadTo(address);
    first.sites().reach(NAME, link.address());
  }

  /** Has a program run at that site, one of {@link BurstPrograms}, and waits for its end. */
  void run(String command) throws IOException {
    Process running = Objects.requireNonNull(process);
    running.getOutputStream().write((command + "\n").getBytes(StandardCharsets.UTF_8));
    running.getOutputStream().flush();
    String answer = Objects.requireNonNull(answers).readLine();
    if (!BurstPrograms.DONE.equals(answer)) {
      throw new IOException(
          "Cannot run \"" + command + "\" at the second site: "
              + (answer == null ? "it has ended." : answer));
    }
  }

  /** Kills it as a power cut would. */
  void kill() throws InterruptedException {
    if (process != null) {
      process.destroyForcibly().waitFor();
    }
  }

  @Override
  public void close() throws IOException {
    if (process != null) {
      process.getOutputStream().close();
      try {
        if (!process.waitFor(20, TimeUnit.SECONDS)) {
          process.destroyForcibly().waitFor();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        process.destroyForcibly();
      }
    }
  }
}
