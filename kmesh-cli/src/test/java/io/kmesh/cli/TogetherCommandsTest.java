// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots of several directories at one moment, by commands that freeze and thaw. */
class TogetherCommandsTest {
  @TempDir private Path folder;
  private CommandLineTester kmesh;
  private String one;
  private String two;

  @BeforeEach
  void makeRepository() throws IOException {
    kmesh = new CommandLineTester(folder);
    kmesh.file("one/a", "1");
    kmesh.file("two/b", "2");
    one = folder.resolve("one").toString();
    two = folder.resolve("two").toString();
    kmesh.ok("repo", "init");
  }

  private int snapshots() {
    return kmesh.ok("snapshot", "list", "--json").json().get("snapshots").size();
  }

  @Test
  void createTogether_isOneCut() {
    List<JsonNode> lines = kmesh.ok("snapshot", "create", "--json", "--together", one, two).lines();
    assertThat(lines).hasSize(2);
    Set<String> cuts = new TreeSet<>();
    lines.forEach(line -> cuts.add(line.get("cut").toString()));
    assertThat(cuts).hasSize(1).allMatch(cut -> cut.endsWith(",\"snapshots\":2}"));
    assertThat(kmesh.ok("snapshot", "show", "one").out()).contains(" of 2");
  }

  @Test
  void createWithHooks_freezesTakesAndThaws() {
    Path told = folder.resolve("told");
    String say = "echo $KMESH_ACTION >> " + told;
    kmesh.ok(
        "snapshot",
        "create",
        "--freeze",
        say + "; echo late > " + one + "/late",
        "--thaw",
        say,
        one,
        two);
    assertThat(told).hasContent("freeze\nthaw\n");
    assertThat(kmesh.ok("snapshot", "ls", "one").out()).contains("late");
    assertThat(kmesh.ok("snapshot", "thaw").out()).contains("Nothing is left frozen");
  }

  @Test
  void hookThatFails_thawsAndTakesNothing() {
    Path told = folder.resolve("told");
    CommandLineTester.Ran ran =
        kmesh.run(
            "snapshot", "create", "--freeze", "exit 4", "--thaw", "echo thawed > " + told, one);
    assertThat(ran.code()).isEqualTo(ExitCode.FAILED);
    assertThat(ran.err()).contains("ended with 4").contains("Nothing was published");
    assertThat(told).hasContent("thawed\n");
    assertThat(snapshots()).isZero();
  }

  @Test
  void hookThatOverruns_isKilledAndThawed() {
    Path told = folder.resolve("told");
    CommandLineTester.Ran ran =
        kmesh.run(
            "snapshot",
            "create",
            "--quiesce-deadline",
            "1s",
            "--freeze",
            "sleep 600",
            "--thaw",
            "echo thawed > " + told,
            one);
    assertThat(ran.code()).isEqualTo(ExitCode.FAILED);
    assertThat(ran.err()).contains("took more than PT1S");
    assertThat(told).hasContent("thawed\n");
    assertThat(snapshots()).isZero();
  }

  @Test
  void optionsThatDoNotFit_areRefused() {
    for (String[] bad :
        new String[][] {
          {"--freeze", "true"},
          {"--thaw", "true"},
          {"--freeze", "true", "--thaw", "true", "--quiesce-deadline", "0s"},
          {"--frozen-deadline", "soon"}
        }) {
      String[] all = new String[bad.length + 3];
      all[0] = "snapshot";
      all[1] = "create";
      System.arraycopy(bad, 0, all, 2, bad.length);
      all[all.length - 1] = one;
      assertThat(kmesh.run(all).code()).as(String.join(" ", bad)).isEqualTo(ExitCode.USAGE);
    }
    assertThat(snapshots()).isZero();
  }

  @Test
  void whatAKilledSnapshotLeft_isThawedByTheNext() throws Exception {
    Path told = folder.resolve("told");
    Path frozen = folder.resolve("state/frozen");
    Files.createDirectories(frozen);
    Process process = new ProcessBuilder("true").start();
    process.waitFor();
    Files.writeString(
        frozen.resolve("0123456789abcdef-61.json"),
        "{\"format\":0,\"cut\":\"0123456789abcdef\",\"name\":\"db\",\"thaw\":\"echo thawed > "
            + told
            + "\",\"host\":\""
            + kmesh.host()
            + "\",\"pid\":"
            + process.pid()
            + ",\"started\":17}");
    CommandLineTester.Ran ran = kmesh.ok("snapshot", "create", one);
    assertThat(ran.err()).contains("Thawed db, left frozen");
    assertThat(told).hasContent("thawed\n");
  }
}
