// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.testkit.time.WallTime;
import io.kmesh.unit.DataSize;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Runs command lines in this process and keeps what they said. */
final class CommandLineTester {
  /** Long after the files of a test were made: what is younger than a snapshot is read again. */
  private static final KmeshTime LATER = later();

  final Path folder;
  final Map<String, String> environment = new HashMap<>();
  final Deque<String> typed = new ArrayDeque<>();
  Interruption interruption = new Interruption();
  boolean isTerminal;
  KmeshTime time = LATER;
  LustreWorld lustre = LustreWorld.ofMachine();

  private static KmeshTime later() {
    WallTime time = new WallTime();
    time.jump(Duration.ofHours(1));
    return time;
  }

  CommandLineTester(Path folder) throws IOException {
    this.folder = folder;
    environment.put("KMESH_REPOSITORY", folder.resolve("repository").toString());
    environment.put("KMESH_PASSWORD_FILE", file("password", "secret\n").toString());
    environment.put("KMESH_CACHE", folder.resolve("cache").toString());
    environment.put("KMESH_STATE", folder.resolve("state").toString());
  }

  /** What a command left. */
  record Ran(int code, String out, String err) {
    JsonNode json() {
      return parse(out);
    }

    List<JsonNode> lines() {
      return out.lines().map(CommandLineTester::parse).toList();
    }
  }

  static JsonNode parse(String text) {
    try {
      return new ObjectMapper().readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(text, e);
    }
  }

  Path file(String name, String content) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, content);
  }

  Ran run(String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code = KmeshCommand.run(surroundings(out, err), args);
    return new Ran(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  private Surroundings surroundings(ByteArrayOutputStream out, ByteArrayOutputStream err) {
    return new Surroundings(
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        environment,
        isTerminal,
        words -> typed.isEmpty() ? null : typed.poll().toCharArray(),
        time,
        interruption,
        opener -> opener.passphraseCost(DataSize.ofKib(64), 1),
        lustre);
  }

  /** What commands take for the name of this machine. */
  String host() {
    return HostName.find(surroundings());
  }

  /** Those of a command whose words nobody reads. */
  Surroundings surroundings() {
    return surroundings(new ByteArrayOutputStream(), new ByteArrayOutputStream());
  }

  /** Runs what must succeed. */
  Ran ok(String... args) {
    Ran ran = run(args);
    if (ran.code() != ExitCode.OK) {
      throw new AssertionError(String.join(" ", args) + ": " + ran);
    }
    return ran;
  }
}
