// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.kmesh.cli.CommandLineTester.Ran;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Grants, reading and the audit log by commands, of a flow in an agent of this process. */
class GrantCommandsTest {
  private static final String TEXT = "a line of the sensitive file\n".repeat(20_000);

  @TempDir Path dir;
  private CommandLineTester commands;
  private Thread agent;
  private Ran ended;

  @BeforeEach
  void open() throws Exception {
    Path source = Files.createDirectories(dir.resolve("source/secret"));
    Files.writeString(source.resolve("file"), TEXT);
    Files.writeString(dir.resolve("source/free"), "free");
    commands = new CommandLineTester(dir.resolve("lab"));
    commands.environment.put("KMESH_HOME", dir.resolve("lab/home").toString());
    agent = new Thread(() -> ended = commands.run("agent"), "test-agent");
    agent.start();
    while (agent.isAlive() && !Files.exists(dir.resolve("lab/home/agent.sock"))) {
      Thread.onSpinWait();
    }
    commands.ok(
        "flow",
        "create",
        "job",
        "--from",
        dir.resolve("source").toString(),
        "--to",
        dir.resolve("cache").toString(),
        "--mode",
        "access",
        "--sensitive",
        "secret");
    commands.ok("flow", "start", "job");
    commands.ok("flow", "wait", "job", "--limit", "1m");
  }

  @AfterEach
  void close() throws Exception {
    commands.interruption.raise();
    agent.join();
    assertThat(ended.code()).as("%s", ended).isEqualTo(ExitCode.OK);
  }

  private Ran read(String... options) {
    String[] line = new String[options.length + 4];
    line[0] = "flow";
    line[1] = "read";
    line[2] = "job";
    line[3] = "secret/file";
    System.arraycopy(options, 0, line, 4, options.length);
    return commands.run(line);
  }

  @Test
  void aFlowThatWritesBack_isMade_andTellsWhatWaits() {
    String[] create = {
      "flow",
      "create",
      "back",
      "--from",
      dir.resolve("source").toString(),
      "--to",
      dir.resolve("other").toString(),
      "--mode",
      "access",
      "--writes",
      "back",
      "--write-delay",
      "5s",
      "--unsent",
      "8MiB"
    };
    commands.ok(create);
    assertThat(
            commands
                .ok("flow", "status", "back", "--json")
                .json()
                .path("unwritten")
                .path("edits")
                .asInt(-1))
        .isZero();
    commands.ok("flow", "delete", "back");
    create[10] = "sideways";
    assertThat(commands.run(create).err()).contains("write none, through or back");
    create[10] = "through";
    assertThat(commands.run(create).err()).contains("only --writes back");
    create[8] = "async";
    assertThat(commands.run(create).err()).contains("only --mode access");
  }

  @Test
  void aGrant_isGivenUsedRevokedAndAudited() {
    assertThat(commands.ok("flow", "read", "job", "free").out()).isEqualTo("free");
    Ran refused = read("--as", "alice");
    assertThat(refused.code()).isEqualTo(ExitCode.FAILED);
    assertThat(refused.err()).contains("/secret/file").contains("alice has no grant");
    assertThat(read().err()).contains("nobody was named");
    assertThat(commands.ok("flow", "grant", "job", "--list").out())
        .isEqualTo("There are no grants.\n");

    String line = commands.ok("flow", "grant", "job", "alice", "secret", "--for", "2h").out();
    assertThat(line).contains(" valid: alice reads secret until ");
    String id = line.substring(0, 32);
    assertThat(read("--as", "alice").out()).isEqualTo(TEXT);
    assertThat(read("--as", "bob").code()).isEqualTo(ExitCode.FAILED);
    JsonNode later =
        commands
            .ok(
                "flow",
                "grant",
                "job",
                "bob",
                "/",
                "--from",
                "2999-01-01T00:00:00Z",
                "--until",
                "2999-01-02T00:00:00Z",
                "--json")
            .json();
    assertThat(later.path("state").asText()).isEqualTo("WAITING");
    assertThat(commands.ok("flow", "grant", "job", "--list").out())
        .contains("waiting: bob reads (all) from 2999-01-01T00:00:00Z until 2999-01-02T00:00:00Z")
        .contains(id + " valid");

    assertThat(commands.ok("flow", "grant", "job", "--revoke", id).out())
        .isEqualTo("Revoked the grant " + id + ".\n");
    assertThat(read("--as", "alice").err()).contains("was revoked at");
    assertThat(commands.run("flow", "grant", "job", "--revoke", "x").code())
        .isEqualTo(ExitCode.NOT_FOUND);

    List<JsonNode> log = commands.ok("flow", "audit", "job", "--json").lines();
    assertThat(log)
        .extracting(entry -> entry.path("action").asText())
        .containsSubsequence("REFUSED", "GRANTED", "OPENED", "READ", "REFUSED", "REVOKED");
    assertThat(log.stream().mapToLong(entry -> entry.path("bytes").asLong()).sum())
        .isEqualTo(TEXT.length());
    assertThat(commands.ok("flow", "audit", "job").out())
        .contains(" revoked alice secret under " + id)
        .contains(" read alice secret/file bytes 0 to ");
    assertThat(commands.ok("flow", "audit", "job", "--since", "2999-01-01T00:00:00Z").out())
        .isEmpty();
  }

  @Test
  void aLogThatWasChanged_isToldBehindWhatIsWhole() throws Exception {
    commands.ok("flow", "grant", "job", "alice", "secret", "--for", "2h");
    read("--as", "alice");
    Path log;
    try (Stream<Path> files = Files.walk(dir.resolve("lab/home"))) {
      log = files.filter(f -> f.endsWith("audit")).findFirst().orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(log);
    bytes[bytes.length - 5] ^= 1;
    Files.write(log, bytes);
    Ran ran = commands.run("flow", "audit", "job");
    assertThat(ran.code()).isEqualTo(ExitCode.DAMAGED);
    assertThat(ran.err()).contains("Cannot trust the audit log");
    assertThat(ran.out()).contains(" granted alice secret");
  }

  @Test
  void wrongUse_saysWhatToWrite() throws IOException {
    assertUsage("name WHO and PATH", "job");
    assertUsage("name WHO and PATH", "job", "alice", "secret", "--list");
    assertUsage("--for 2h", "job", "alice", "secret");
    assertUsage("--for 2h", "job", "alice");
    assertUsage("2026-11-22T18:00:00Z", "job", "alice", "secret", "--until", "noon");
    assertUsage("nothing there is sensitive", "job", "alice", "free", "--for", "1h");
    assertUsage("\"a b\"", "job", "a b", "secret", "--for", "1h");
    assertThat(
            commands
                .run("flow", "create", "x", "--from", "/a", "--to", "/b", "--sensitive", "s")
                .err())
        .contains("only --mode access");
    assertThat(commands.run("flow", "read", "job", "gone").code()).isEqualTo(ExitCode.NOT_FOUND);
  }

  private void assertUsage(String words, String... options) {
    String[] line = new String[options.length + 2];
    line[0] = "flow";
    line[1] = "grant";
    System.arraycopy(options, 0, line, 2, options.length);
    Ran ran = commands.run(line);
    assertThat(ran.err()).contains(words);
    assertThat(ran.code()).isEqualTo(ExitCode.USAGE);
  }
}
