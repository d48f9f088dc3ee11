// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.cli.CommandLineTester.Ran;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A flow from a snapshot by commands alone. */
class SnapshotFlowCommandsTest {
  @TempDir Path dir;

  private CommandLineTester siteWithARepository(String content) throws Exception {
    CommandLineTester kmesh = new CommandLineTester(dir.resolve("site"));
    kmesh.file("tree/a/file", content);
    kmesh.ok("repo", "init");
    return kmesh;
  }

  /** The site's agent, which knows that repository. */
  private FlowCommandsTest.Agent agent() throws Exception {
    return new FlowCommandsTest.Agent(
        dir.resolve("site"), "--repository", "repo=" + dir.resolve("site/repository"));
  }

  @Test
  void flowFromASnapshot_bringsIt_andIsRefusedTheOtherWay() throws Exception {
    CommandLineTester kmesh = siteWithARepository("as taken");
    String tree = dir.resolve("site/tree").toString();
    String id =
        kmesh.ok("snapshot", "create", "--json", "--name", "n", tree).json().path("id").asText();
    assertThat(id).hasSize(16);
    kmesh.file("tree/a/file", "changed");
    String from = "snapshot:repo/" + id;
    Path to = dir.resolve("to");

    FlowCommandsTest.Agent agent = agent();
    try {
      CommandLineTester site = agent.commands;
      site.ok("flow", "create", "job", "--from", from, "--to", to.toString());
      site.ok("flow", "start", "job");
      site.ok("flow", "wait", "job", "--limit", "1m");
      assertThat(to.resolve("a/file")).hasContent("as taken");
      assertThat(site.ok("flow", "list").out()).contains("job: following, " + from + " -> " + to);

      Ran turned = site.run("flow", "switch", "job");
      assertThat(turned.code()).isNotZero();
      assertThat(turned.err()).contains("which never changes. Make a flow from the target");
      Ran into = site.run("flow", "create", "into", "--from", tree, "--to", from);
      assertThat(into.code()).isNotZero();
      assertThat(into.err()).contains("a snapshot never changes, so it is a source alone");
      Ran latest = site.run("flow", "create", "l", "--from", "snapshot:repo/latest", "--to", tree);
      assertThat(latest.code()).isEqualTo(ExitCode.USAGE);
      assertThat(latest.err()).contains("all 16 hexadecimal digits");
      Ran copy =
          site.run("flow", "create", "c", "--from", tree, "--to", "copy:repo/0123456789abcdef");
      assertThat(copy.err()).contains("a virtual copy is written by its own file system alone");
      Ran none = site.run("flow", "create", "l", "--from", "snapshot:repo", "--to", tree);
      assertThat(none.err()).contains("write snapshot:REPOSITORY/ID");
    } finally {
      agent.end();
    }
    assertThat(Files.exists(to.resolve("a/file"))).isTrue();
    assertThat(kmesh.run("agent", "--repository", "nothing").err()).contains("write NAME=URL");
    assertThat(kmesh.ok("flow", "create", "--help").out()).contains("snapshot:REPOSITORY/ID");
    assertThat(kmesh.ok("agent", "--help").out()).contains("--repository");
  }

  @Test
  void protectedFlow_takesASnapshotBeforeItIsSwitched() throws Exception {
    CommandLineTester kmesh = siteWithARepository("as sent");
    String tree = dir.resolve("site/tree").toString();
    Path to = dir.resolve("to");
    FlowCommandsTest.Agent agent = agent();
    try {
      CommandLineTester site = agent.commands;
      String[] create = {"flow", "create", "job", "--from", tree, "--to", to.toString()};
      site.ok(
          with(create, "--protect", "repo", "--protect-at", "0 3 * * *", "--protect-zone", "Z"));
      site.ok("flow", "start", "job");
      site.ok("flow", "wait", "job", "--limit", "1m");
      assertThat(site.ok("flow", "status", "job").out())
          .contains("protected in repo, also at 0 3 * * * (Z)");
      assertThat(site.ok("flow", "points", "job").out()).contains("No snapshot protects job yet");
      site.ok("flow", "switch", "job");
      var points = site.ok("flow", "points", "job", "--json").json();
      assertThat(points.path("total").asInt()).isEqualTo(1);
      assertThat(points.path("points").get(0).path("source").asText()).contains(tree);
      assertThat(site.ok("flow", "points", "job").out())
          .contains(points.path("points").get(0).path("id").asText());

      assertThat(site.run(with(create, "--protect-at", "0 3 * * *")).code())
          .isEqualTo(ExitCode.USAGE);
      Ran never = site.run(with(create, "--protect", "repo", "--protect-at", "0 3 31 2 *"));
      assertThat(never.err()).contains("Cannot read the cron expression");
      Ran nowhere =
          site.run(
              with(
                  create,
                  "--protect",
                  "repo",
                  "--protect-at",
                  "0 3 * * *",
                  "--protect-zone",
                  "Mars/One"));
      assertThat(nowhere.err()).contains("Write one as Europe/Berlin");
    } finally {
      agent.end();
    }
    assertThat(kmesh.ok("flow", "create", "--help").out()).contains("--protect-at");
    assertThat(kmesh.ok("flow", "points", "--help").out()).contains("kmesh snapshot restore");
  }

  private static String[] with(String[] some, String... more) {
    String[] all = java.util.Arrays.copyOf(some, some.length + more.length);
    System.arraycopy(more, 0, all, some.length, more.length);
    return all;
  }
}
