// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.kmesh.cli.CommandLineTester.Ran;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two sites by commands alone: two agents, enrolment, a flow, a switch. */
class FlowCommandsTest {
  @TempDir Path dir;
  private Agent lab;
  private Agent burst;

  /** An agent that runs in this process. */
  static final class Agent {
    final CommandLineTester commands;
    private final Thread thread;
    private Ran ran;

    Agent(Path folder, String... options) throws IOException, InterruptedException {
      commands = new CommandLineTester(folder);
      commands.environment.put("KMESH_HOME", folder.resolve("home").toString());
      String[] line = new String[options.length + 1];
      line[0] = "agent";
      System.arraycopy(options, 0, line, 1, options.length);
      thread = new Thread(() -> ran = commands.run(line), "test-agent");
      thread.start();
      Path socket = folder.resolve("home/agent.sock");
      while (thread.isAlive() && !Files.exists(socket)) {
        Thread.onSpinWait();
      }
      assertThat(thread.isAlive()).as("%s", ran).isTrue();
    }

    void end() throws InterruptedException {
      commands.interruption.raise();
      thread.join();
      assertThat(ran.code()).as("%s", ran).isEqualTo(ExitCode.OK);
    }
  }

  @BeforeEach
  void open() throws Exception {
    Files.createDirectories(dir.resolve("data"));
    lab = new Agent(dir.resolve("lab"), "--enrol-listen", "127.0.0.1:0");
    burst =
        new Agent(
            dir.resolve("burst"),
            "--listen",
            "127.0.0.1:0",
            "--export",
            "data=" + dir.resolve("data") + "@lab",
            "--export",
            "caches=" + dir.resolve("data") + ":cache@lab");
  }

  @AfterEach
  void close() throws Exception {
    lab.end();
    burst.end();
  }

  private void enrol() {
    lab.commands.ok("site", "init", "lab", "--enrol-at", "127.0.0.1:1");
    String token = lab.commands.ok("site", "token", "burst").out().strip();
    JsonNode self = burst.commands.ok("site", "enrol", token, "--json").json();
    assertThat(self.path("site").asText()).isEqualTo("burst");
    Ran again = burst.commands.run("site", "token", "other");
    assertThat(again.code()).isNotZero();
    String at = burst.commands.ok("site", "show", "--json").json().path("listening").asText();
    lab.commands.ok("site", "reach", "burst", at);
  }

  @Test
  void flowBetweenTwoAgents_isMadeWatchedSwitchedAndDeleted() throws Exception {
    enrol();
    Path source = Files.createDirectories(dir.resolve("source/a"));
    Files.writeString(source.resolve("file"), "text");
    lab.commands.ok(
        "flow",
        "create",
        "job",
        "--from",
        dir.resolve("source").toString(),
        "--to",
        "burst::data/job",
        "--scan-pause",
        "1s",
        "--sync",
        "30s",
        "--rate",
        "50MB",
        "--rate-at",
        "mon-fri 08:00-18:00=10MB",
        "--rate-zone",
        "Europe/Berlin");
    assertThat(lab.commands.ok("flow", "status", "job").out())
        .contains("rate: 47.7 MiB/s; mon tue wed thu fri 08:00-18:00: 9.5 MiB/s (Europe/Berlin)");
    assertThat(lab.commands.ok("flow", "list").out()).contains("job: stopped");
    lab.commands.ok("flow", "start", "job");
    lab.commands.ok("flow", "wait", "job", "--limit", "1m");
    assertThat(dir.resolve("data/job/a/file")).hasContent("text");

    Files.writeString(source.resolve("late"), "late");
    lab.commands.ok("flow", "barrier", "job", "a");
    assertThat(dir.resolve("data/job/a/late")).hasContent("late");
    JsonNode status = lab.commands.ok("flow", "status", "job", "--json").json();
    assertThat(status.path("state").asText()).isEqualTo("FOLLOWING");
    assertThat(status.path("bytesOnWire").asLong()).isPositive();

    StringBuilder list = new StringBuilder("told\n\n");
    for (int i = 0; i < 3_000; i++) {
      list.append("no/such/name/of/a/file/that/is/long/enough/").append(i).append('\n');
    }
    Files.writeString(dir.resolve("source/told"), "told");
    Path told = lab.commands.file("list", list.toString());
    lab.commands.ok("flow", "look", "job", "a/late", "--from-file", told.toString());
    while (!Files.exists(dir.resolve("data/job/told"))) {
      Thread.onSpinWait();
    }
    assertThat(lab.commands.run("flow", "look", "job").code()).isEqualTo(ExitCode.USAGE);
    Ran noList = lab.commands.run("flow", "look", "job", "--from-file", "/no/such/list");
    assertThat(noList.err()).contains("Cannot read the list of paths /no/such/list");

    assertThat(lab.commands.ok("flow", "switch", "job").out()).contains("(switched)");
    Files.writeString(dir.resolve("data/job/a/back"), "back");
    lab.commands.ok("flow", "wait", "job");
    assertThat(source.resolve("back")).hasContent("back");

    assertThat(burst.commands.ok("flow", "parts").out())
        .contains("job@lab: taken from " + dir.resolve("data/job") + ", connected, id ");
    Ran asked = burst.commands.run("flow", "forget", "job@lab");
    assertThat(asked.code()).isEqualTo(ExitCode.PROBLEMS);
    assertThat(asked.out()).contains("Nothing was forgotten yet", "job@lab", "--yes");
    Ran connected = burst.commands.run("flow", "forget", "job@lab", "--yes");
    assertThat(connected.code()).isNotZero();
    assertThat(connected.err()).contains("\"job@lab\"", "lab is connected");
    assertThat(burst.commands.run("flow", "forget", "none@lab").code())
        .isEqualTo(ExitCode.NOT_FOUND);
    assertThat(burst.commands.run("flow", "delete", "job@lab").err())
        .contains("it belongs to lab", "by the name job");
    Ran none = lab.commands.run("flow", "status", "none", "--json");
    assertThat(none.code()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(none.json().path("kind").asText()).isEqualTo("NOT_FOUND");
    assertThat(lab.commands.run("site", "reach", "burst", "127.0.0.1").err())
        .contains("Cannot reach the site burst at \"127.0.0.1\"", "host:port");

    assertThat(lab.commands.ok("flow", "delete", "job").out())
        .contains("Deleted the flow job; both trees stay.");
    assertThat(burst.commands.ok("flow", "parts").out()).contains("No flow of another site");
    assertThat(lab.commands.run("flow", "status", "job").code()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(dir.resolve("data/job/a/file")).hasContent("text");
  }

  @Test
  void accessThatTheSourcesSiteMakes_isOpenedAtTheOther_andGovernedHere() throws Exception {
    enrol();
    Path source = Files.createDirectories(dir.resolve("source/secret"));
    Files.writeString(source.resolve("file"), "text");
    lab.commands.ok(
        "flow",
        "create",
        "job42",
        "--from",
        dir.resolve("source").toString(),
        "--to",
        "burst::caches/job42",
        "--mode",
        "access",
        "--sensitive",
        "secret");
    lab.commands.ok("flow", "start", "job42");
    lab.commands.ok("flow", "wait", "job42", "--limit", "1m");
    assertThat(burst.commands.ok("flow", "list").out())
        .contains("job42@lab: following, lab::~flows/job42 -> " + dir.resolve("data/job42"));
    assertThat(burst.commands.run("flow", "read", "job42@lab", "secret/file").err())
        .contains("secret/file");
    JsonNode given =
        lab.commands
            .ok("flow", "grant", "job42", "alice", "secret", "--for", "2h", "--json")
            .json();
    assertThat(burst.commands.ok("flow", "read", "job42@lab", "secret/file", "--as", "alice").out())
        .isEqualTo("text");
    assertThat(lab.commands.ok("flow", "audit", "job42").out())
        .contains(" opened alice secret/file")
        .isEqualTo(burst.commands.ok("flow", "audit", "job42@lab").out());
    lab.commands.ok("flow", "grant", "job42", "--revoke", given.path("id").asText());
    assertThat(
            burst.commands.run("flow", "read", "job42@lab", "secret/file", "--as", "alice").err())
        .contains("was revoked");
    Ran there = burst.commands.run("flow", "stop", "job42@lab");
    assertThat(there.err()).contains("it belongs to lab, which made it");
    assertThat(lab.commands.run("flow", "read", "job42", "secret/file").err())
        .contains("its target is at another site");
    lab.commands.ok("flow", "stop", "job42");
    assertThat(burst.commands.ok("flow", "list").out()).contains("job42@lab: stopped");
    lab.commands.ok("flow", "delete", "job42");
    assertThat(burst.commands.ok("flow", "list").out()).isEqualTo("There are no flows.\n");
  }

  private static void write(Path file, String text, long second) throws IOException {
    Files.writeString(file, text);
    Files.setLastModifiedTime(file, FileTime.from(Instant.ofEpochSecond(1_700_000_000 + second)));
  }

  @Test
  void flowOfSeveralMasters_showsItsConflicts_andHasThemResolved() throws Exception {
    enrol();
    Path here = Files.createDirectories(dir.resolve("source"));
    Path there = dir.resolve("data/job");
    write(here.resolve("file"), "text", 100);
    lab.commands.ok(
        "flow",
        "create",
        "job",
        "--from",
        here.toString(),
        "--to",
        "burst::data/job",
        "--scan-pause",
        "1s",
        "--mode",
        "multi-master",
        "--conflicts",
        "keep-both");
    lab.commands.ok("flow", "start", "job");
    lab.commands.ok("flow", "wait", "job", "--limit", "1m");
    assertThat(lab.commands.ok("flow", "conflicts", "job").out())
        .isEqualTo("There are no conflicts.\n");
    lab.commands.ok("flow", "stop", "job");
    write(here.resolve("file"), "of here", 300);
    write(there.resolve("file"), "of there", 301);
    lab.commands.ok("flow", "start", "job");
    lab.commands.ok("flow", "wait", "job", "--limit", "1m");

    Ran listed = lab.commands.run("flow", "conflicts", "job", "--json");
    assertThat(listed.code()).isEqualTo(ExitCode.PROBLEMS);
    JsonNode one = listed.json().path("conflicts").path(0);
    assertThat(listed.json().path("total").asInt()).isEqualTo(1);
    assertThat(one.path("kind").asText()).isEqualTo("CONTENT");
    assertThat(one.path("winner").asText()).isEqualTo("target");
    String id = one.path("id").asText();
    assertThat(lab.commands.run("flow", "conflicts", "job").out())
        .startsWith(id)
        .contains("content: file, the target stands over the source by keepBoth; the loser is")
        .endsWith("at both ends\n");
    Ran ran = lab.commands.run("flow", "conflicts", "job", "--resolve", "0000", "keep");
    assertThat(ran.code()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(lab.commands.run("flow", "conflicts", "job", "--resolve", id, "both").code())
        .isEqualTo(ExitCode.USAGE);
    assertThat(lab.commands.ok("flow", "conflicts", "job", "--resolve", id, "take").out())
        .isEqualTo("Resolved the conflict " + id + ".\n");
    lab.commands.ok("flow", "wait", "job", "--limit", "1m");
    assertThat(there.resolve("file")).hasContent("of here");
    assertThat(lab.commands.ok("flow", "conflicts", "job", "--json").json().path("total").asInt())
        .isZero();
  }

  @Test
  void rules_forbidAFlow_andAreSeenWhereverItIsLookedAt() throws Exception {
    enrol();
    assertThat(lab.commands.ok("site", "facts").out()).contains("Nothing was said");
    lab.commands.ok("site", "facts", "here", "--country", "DE", "--provider", "own");
    assertThat(lab.commands.ok("site", "facts", "burst", "--country", "US").out())
        .contains("here: country DE, provider own, key of unknown")
        .contains("burst: country US");
    Path rules =
        lab.commands.file(
            "rules.json",
            "{\"format\":0,\"rules\":[{\"name\":\"stays\",\"effect\":\"DENY\",\"source\":{},"
                + "\"target\":{\"countries\":{\"outside\":[\"DE\"]}}}],\"otherwise\":\"ALLOW\"}");
    Ran set = lab.commands.ok("site", "rules", "--set", rules.toString());
    assertThat(set.out()).isEqualTo(lab.commands.ok("site", "rules").out());
    assertThat(set.json().path("rules").path(0).path("name").asText()).isEqualTo("stays");

    String from = Files.createDirectories(dir.resolve("source")).toString();
    Ran made = lab.commands.ok("flow", "create", "job", "--from", from, "--to", "burst::data/job");
    assertThat(made.out()).contains("placement: No data may go from lab").contains("\"stays\"");
    Ran start = lab.commands.run("flow", "start", "job");
    assertThat(start.code()).isEqualTo(ExitCode.FAILED);
    assertThat(start.err()).contains("Cannot start the data flow \"job\"").contains("\"stays\"");
    JsonNode status = lab.commands.ok("flow", "status", "job", "--json").json();
    assertThat(status.path("placement").path(0).path("effect").asText()).isEqualTo("DENY");
    assertThat(status.path("placement").path(0).path("rule").asText()).isEqualTo("stays");
    assertThat(dir.resolve("data/job")).doesNotExist();

    lab.commands.ok("site", "facts", "burst::data", "--country", "DE");
    lab.commands.ok("flow", "start", "job");
    lab.commands.ok("flow", "wait", "job");
    lab.commands.ok("flow", "delete", "job");

    Ran wrong = lab.commands.run("site", "facts", "burst", "--country", "Germany");
    assertThat(wrong.code()).isEqualTo(ExitCode.USAGE);
    assertThat(wrong.err()).contains("two capital letters");
    assertThat(lab.commands.run("site", "facts", "--country", "DE").code())
        .isEqualTo(ExitCode.USAGE);
    Path broken = lab.commands.file("broken.json", "{\"format\":0}");
    Ran refused = lab.commands.run("site", "rules", "--set", broken.toString());
    assertThat(refused.err()).contains("broken.json").contains("Nothing was changed");
    assertThat(refused.code()).isEqualTo(ExitCode.USAGE);
    assertThat(lab.commands.run("site", "rules", "--set", dir.toString()).code()).isNotZero();
  }

  @Test
  void wrongRequests_endWithAReasonAndACode() throws Exception {
    CommandLineTester alone = new CommandLineTester(dir.resolve("alone"));
    alone.environment.put("KMESH_HOME", dir.resolve("alone/home").toString());
    Ran ran = alone.run("flow", "start", "job");
    assertThat(ran.code()).isEqualTo(ExitCode.CONFLICT);
    assertThat(ran.err()).contains("no agent runs on").contains("kmesh agent --home");
    assertThat(alone.ok("flow", "list").out()).isEqualTo("There are no flows.\n");

    assertFails(ExitCode.USAGE, "write a directory", "--from", "relative", "--to", "/tmp/x");
    assertFails(
        ExitCode.USAGE, "no length of time", "--from", "/tmp/x", "--to", "/tmp/y", "--sync", "x");
    assertFails(
        ExitCode.USAGE, "hours of a rate", "--from", "/tmp/x", "--to", "/tmp/y", "--rate-at", "x");
    assertFails(
        ExitCode.USAGE,
        "Nowhere",
        "--from",
        "/tmp/x",
        "--to",
        "/tmp/y",
        "--rate-at",
        "daily 08:00-18:00=1MB",
        "--rate-zone",
        "Europe/Nowhere");
    assertFails(
        ExitCode.FAILED, "neither of them is", "--from", "a::data", "--to", "burst::data/x");
    assertFails(ExitCode.USAGE, "write async", "--from", "/x", "--to", "/y", "--mode", "both");
    assertFails(ExitCode.USAGE, "--sync 30s", "--from", "/x", "--to", "/y", "--mode", "sync");
    assertFails(
        ExitCode.USAGE, "only --mode", "--from", "/x", "--to", "/y", "--conflicts", "newest");
    assertFails(
        ExitCode.USAGE,
        "write keep-both, newest",
        "--from",
        "/x",
        "--to",
        "/y",
        "--mode",
        "multi-master",
        "--conflicts",
        "mine");
    Ran export = lab.commands.run("agent", "--export", "nothing");
    assertThat(export.code()).isEqualTo(ExitCode.USAGE);
    assertThat(export.err()).contains("write NAME=/DIRECTORY");
    Ran anyone = lab.commands.run("agent", "--export", "caches=/tmp:cache");
    assertThat(anyone.code()).isEqualTo(ExitCode.USAGE);
    assertThat(anyone.err()).contains("Name the sites that may");
  }

  private void assertFails(int code, String why, String... options) {
    String[] line = new String[options.length + 3];
    line[0] = "flow";
    line[1] = "create";
    line[2] = "wrong";
    System.arraycopy(options, 0, line, 3, options.length);
    Ran ran = lab.commands.run(line);
    assertThat(ran.err()).contains(why);
    assertThat(ran.code()).isEqualTo(code);
  }
}
