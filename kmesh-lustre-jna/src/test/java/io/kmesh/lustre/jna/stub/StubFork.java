// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.stub;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/**
 * Runs test classes in a JVM that has the stub before its libc and as the binding's liblustreapi.
 * Immutable.
 */
final class StubFork {
  private static final int MOST_OUTPUT = 20_000;

  private final Path directory;
  private final Path library;

  /**
   * A fork.
   *
   * @param directory an empty directory for it
   * @param omitted functions that its liblustreapi lacks
   */
  StubFork(Path directory, String... omitted) throws IOException, InterruptedException {
    this.directory = directory;
    this.library = StubLibrary.build(omitted);
  }

  /**
   * What became of one test.
   *
   * @param testClass its simple name
   * @param name of the method
   * @param state ok, skipped or failed
   * @param text why, with the trace
   */
  record Outcome(String testClass, String name, String state, String text) {}

  /**
   * Runs all tests of some classes.
   *
   * @throws AssertionError when the JVM ended before it said so, with what it printed
   */
  List<Outcome> run(Class<?>... testClasses) throws IOException, InterruptedException {
    Path output = directory.resolve("output");
    Path report = directory.resolve("report");
    Path temporary = Files.createDirectory(directory.resolve("tmp"));
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    if (Runtime.version().feature() >= 24) {
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    command.addAll(
        List.of(
            "-Xmx512m",
            "-XX:TieredStopAtLevel=1",
            "-XX:-CreateCoredumpOnCrash",
            "-XX:ErrorFile=" + directory.resolve("hs_err.log"),
            "-Djava.io.tmpdir=" + temporary,
            "-Dkmesh.native-directory=" + directory.resolve("native"),
            "-Dkmesh.run-directory=" + directory.resolve("run"),
            "-Dkmesh.lustre.library=" + library,
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "-cp",
            System.getProperty("java.class.path"),
            StubForkMain.class.getName(),
            report.toString()));
    for (Class<?> testClass : testClasses) {
      command.add(testClass.getName());
    }
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    Map<String, String> environment = builder.environment();
    environment.put("LD_PRELOAD", library.toString());
    environment.put("LC_ALL", "C.UTF-8");
    int status = builder.start().waitFor();
    List<String> lines = Files.exists(report) ? Files.readAllLines(report, UTF_8) : List.of();
    if (status != 0 || lines.isEmpty() || !lines.get(lines.size() - 1).equals("end")) {
      throw new AssertionError(
          "The JVM of "
              + List.of(testClasses)
              + " ended with status "
              + status
              + " after "
              + lines
              + "\n"
              + tail(output)
              + tail(directory.resolve("hs_err.log")));
    }
    List<Outcome> outcomes = new ArrayList<>();
    for (String line : lines.subList(0, lines.size() - 1)) {
      String[] parts = line.split(" ", -1);
      String text = new String(Base64.getDecoder().decode(parts[3]), UTF_8);
      outcomes.add(new Outcome(parts[1], parts[2], parts[0], text));
    }
    return outcomes;
  }

  private static String tail(Path file) throws IOException {
    if (!Files.exists(file)) {
      return "";
    }
    String text = new String(Files.readAllBytes(file), UTF_8);
    boolean isCrash = String.valueOf(file.getFileName()).startsWith("hs_err");
    int length = text.length();
    return length <= MOST_OUTPUT
        ? text
        : isCrash ? text.substring(0, MOST_OUTPUT) : text.substring(length - MOST_OUTPUT);
  }
}
