// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.cli.CommandLineTester.Ran;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Flows to and from a prefix of an object store by commands alone. */
class ObjectFlowCommandsTest {
  @TempDir Path dir;

  @Test
  void treeFlowsToAPrefix_andFromItToAnotherTree() throws Exception {
    CommandLineTester kmesh = new CommandLineTester(dir.resolve("site"));
    kmesh.file("tree/a/file", "some content");
    String tree = dir.resolve("site/tree").toString();
    Path to = dir.resolve("to");
    String prefix = "objects:bucket/archive/job42";
    FlowCommandsTest.Agent agent =
        new FlowCommandsTest.Agent(
            dir.resolve("site"),
            "--store",
            "bucket=" + dir.resolve("objects"),
            "--export",
            "jobs=objects:bucket/jobs:ro@burst");
    try {
      CommandLineTester site = agent.commands;
      site.ok("flow", "create", "out", "--from", tree, "--to", prefix);
      site.ok("flow", "start", "out");
      site.ok("flow", "wait", "out", "--limit", "1m");
      assertThat(site.ok("flow", "list").out())
          .contains("out: following, " + tree + " -> objects:bucket/archive/job42/");
      site.ok("flow", "stop", "out");

      site.ok("flow", "create", "in", "--from", prefix + "/a", "--to", to.toString());
      site.ok("flow", "start", "in");
      site.ok("flow", "wait", "in", "--limit", "1m");
      assertThat(to.resolve("file")).hasContent("some content");

      Ran within = site.run("flow", "create", "w", "--from", prefix, "--to", prefix + "/a");
      assertThat(within.err()).contains("one is within the other");
      Ran both =
          site.run("flow", "create", "b", "--from", tree, "--to", prefix, "--mode", "multi-master");
      assertThat(both.err()).contains("Make one flow with async(), and switch its direction");
      Ran slash = site.run("flow", "create", "s", "--from", tree, "--to", "objects:bucket//a");
      assertThat(slash.code()).isEqualTo(ExitCode.USAGE);
      assertThat(slash.err()).contains("no key of an entry begins with a slash");
      site.ok("flow", "create", "none", "--from", tree, "--to", "objects:other/");
      assertThat(site.run("flow", "start", "none").err())
          .contains("this process has no store \"other\"", "--store other=URL");
    } finally {
      agent.end();
    }
    assertThat(Files.exists(to.resolve("file"))).isTrue();
    assertThat(kmesh.run("agent", "--store", "nothing").err())
        .contains("write NAME=URL, such as bucket=/objects");
    assertThat(kmesh.run("agent", "--export", "jobs=objects:bucket//jobs").err())
        .contains("no key of an entry begins with a slash");
    assertThat(kmesh.ok("flow", "create", "--help").out()).contains("objects:STORE/PREFIX");
    assertThat(kmesh.ok("agent", "--help").out()).contains("--store");
  }
}
