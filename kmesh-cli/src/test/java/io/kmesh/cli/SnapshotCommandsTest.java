// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotCommandsTest {
  @TempDir private Path folder;
  private CommandLineTester kmesh;
  private String tree;

  @BeforeEach
  void makeRepository() throws IOException {
    kmesh = new CommandLineTester(folder);
    kmesh.file("tree/a.txt", "one");
    kmesh.file("tree/sub/b.csv", "two, three");
    kmesh.file("tree/sub/c.tmp", "away");
    tree = folder.resolve("tree").toString();
    kmesh.ok("repo", "init");
  }

  private static ObjectNode golden(JsonNode json, String... without) {
    ObjectNode copy = json.deepCopy();
    for (String field : without) {
      assertThat(copy.remove(field)).as(field).isNotNull();
    }
    return copy;
  }

  @Test
  void create_asJson_hasTheDocumentedShape() {
    JsonNode json =
        kmesh.ok("snapshot", "create", "--json", "--name", "n", "--tag", "job=42", tree).json();
    assertThat(golden(json, "id", "time", "host", "storedBytes"))
        .hasToString(
            "{\"name\":\"n\",\"source\":\""
                + tree
                + "\",\"tags\":{\"job\":\"42\"},\"files\":3,\"directories\":2,\"others\":0,"
                + "\"bytes\":17,\"problems\":0,\"readFiles\":3,\"readBytes\":17,"
                + "\"problemList\":[]}");
    JsonNode again = kmesh.ok("snapshot", "create", "--json", tree).json();
    assertThat(again.get("readFiles").asInt()).isZero();
    assertThat(again.get("name").asText()).isEqualTo("tree");
    assertThat(kmesh.ok("snapshot", "create", "--json", "--full", tree).json().get("readFiles"))
        .hasToString("3");
  }

  @Test
  void allow_showsOthersTheirPartOnly() throws IOException {
    kmesh.ok("snapshot", "create", "--name", "s", "--allow", "user:anna:/sub/**", tree);
    assertThat(kmesh.ok("snapshot", "show", "s").out()).contains("access       user:anna:/sub");
    assertThat(kmesh.ok("snapshot", "ls", "-r", "s").out()).contains("a.txt", "b.csv");
    assertThat(kmesh.ok("snapshot", "ls", "-r", "--as", "user:anna", "s").out())
        .contains("b.csv")
        .doesNotContain("a.txt");
    assertThat(kmesh.ok("snapshot", "find", "--as", "user:anna", "*.txt", "--snapshot", "s").out())
        .isEmpty();
    assertThat(kmesh.ok("snapshot", "list", "--as", "group:anna").out())
        .contains("There are no snapshots");
    assertThat(kmesh.run("snapshot", "show", "--as", "user:bert", "s").code())
        .isEqualTo(ExitCode.NOT_FOUND);
    assertThat(kmesh.run("snapshot", "list", "--as", "anna").code()).isEqualTo(ExitCode.USAGE);
    assertThat(kmesh.run("snapshot", "create", "--allow", "user:anna:/a/*", tree).code())
        .isEqualTo(ExitCode.USAGE);
    Path target = folder.resolve("part");
    kmesh.ok("snapshot", "restore", "--as", "user:anna", "s", "--target", target.toString());
    assertThat(names(target)).contains("sub/b.csv").doesNotContain("a.txt");
  }

  @Test
  void list_asJson_isWhatShowSaysOfEach() {
    kmesh.ok("snapshot", "create", "--name", "one", tree);
    kmesh.ok("snapshot", "create", "--name", "two", tree);
    JsonNode all = kmesh.ok("snapshot", "list", "--json").json().get("snapshots");
    assertThat(all).hasSize(2);
    assertThat(kmesh.ok("snapshot", "show", "--json", "one").json()).isEqualTo(all.get(0));
    assertThat(kmesh.ok("snapshot", "show", "--json", "latest").json()).isEqualTo(all.get(1));
    String digits = all.get(0).get("id").asText().substring(0, 6);
    assertThat(kmesh.ok("snapshot", "show", digits).out()).contains("name         one");
  }

  @Test
  void restore_writesWhatWasTaken() throws IOException {
    kmesh.ok("snapshot", "create", tree);
    Path target = folder.resolve("target");
    JsonNode json =
        kmesh.ok("snapshot", "restore", "--json", "latest", "--target", target.toString()).json();
    assertThat(golden(json, "snapshot", "target"))
        .hasToString(
            "{\"files\":3,\"directories\":2,\"others\":0,\"bytes\":17,\"writtenFiles\":3,"
                + "\"writtenBytes\":17,\"problems\":0,\"problemList\":[]}");
    assertThat(names(target)).isEqualTo(names(Path.of(tree)));
    assertThat(target.resolve("sub/b.csv")).hasContent("two, three");
  }

  @Test
  void restore_ofAPath_writesThatOnly() throws IOException {
    kmesh.ok("snapshot", "create", tree);
    Path target = folder.resolve("target");
    kmesh.ok("snapshot", "restore", "latest", "--path", "/sub/", "--target", target.toString());
    assertThat(names(target)).containsExactly("b.csv", "c.tmp");
    Path one = folder.resolve("one");
    kmesh.ok("snapshot", "restore", "latest", "--path", "sub/b.csv", "--target", one.toString());
    assertThat(names(one)).containsExactly("b.csv");
  }

  @Test
  void restore_overWhatDiffers_isRefusedUntilAsked() throws IOException {
    kmesh.ok("snapshot", "create", tree);
    Path target = folder.resolve("target");
    kmesh.file("target/a.txt", "mine, and longer");
    CommandLineTester.Ran refused =
        kmesh.run("snapshot", "restore", "latest", "--target", target.toString());
    assertThat(refused.code()).isEqualTo(ExitCode.FAILED);
    assertThat(refused.err()).contains("it is not empty, there is a.txt").contains("overwrite");
    assertThat(target.resolve("a.txt")).hasContent("mine, and longer");
    kmesh.ok("snapshot", "restore", "latest", "--overwrite", "--target", target.toString());
    assertThat(target.resolve("a.txt")).hasContent("one");
  }

  @Test
  void restore_plan_saysWhatItWouldDo_andChangesNothing() throws IOException {
    kmesh.ok("snapshot", "create", tree);
    Path target = folder.resolve("target");
    String[] command = {"snapshot", "restore", "latest", "--plan", "--target", target.toString()};
    assertThat(kmesh.ok(command).out())
        .contains("+ sub/b.csv", "4 steps, 17 B to write", "Nothing was changed");
    assertThat(target).doesNotExist();
    kmesh.ok("snapshot", "restore", "latest", "--target", target.toString());
    assertThat(kmesh.ok(command).out()).contains("0 steps");
    kmesh.file("target/a.txt", "mine, and longer");
    kmesh.file("target/other", "x");
    Files.delete(target.resolve("sub/b.csv"));
    Files.createDirectory(target.resolve("sub/b.csv"));
    Files.delete(target.resolve("sub/c.tmp"));
    CommandLineTester.Ran ran = kmesh.run(command);
    assertThat(ran.code()).isEqualTo(ExitCode.PROBLEMS);
    assertThat(ran.out())
        .contains("M a.txt", "! sub/b.csv", "+ sub/c.tmp", "3 steps", "1 others stay");
    assertThat(target.resolve("a.txt")).hasContent("mine, and longer");
    assertThat(target.resolve("sub/c.tmp")).doesNotExist();
  }

  private static List<String> names(Path top) throws IOException {
    try (Stream<Path> all = Files.walk(top)) {
      return all.filter(p -> !p.equals(top))
          .map(p -> top.relativize(p).toString())
          .sorted()
          .toList();
    }
  }

  @Test
  void create_excluding_leavesOut() throws IOException {
    kmesh.file("tree/cache/x", "x");
    kmesh.file("tree/sub/cache/y", "y");
    kmesh.ok("snapshot", "create", "--exclude", "*.tmp", "--exclude", "/cache", tree);
    Path target = folder.resolve("target");
    kmesh.ok("snapshot", "restore", "latest", "--target", target.toString());
    assertThat(names(target))
        .containsExactly("a.txt", "sub", "sub/b.csv", "sub/cache", "sub/cache/y");
  }

  @Test
  void ls_find_diff_asJson_haveTheDocumentedShapes() throws IOException {
    kmesh.ok("snapshot", "create", "--name", "old", tree);
    kmesh.file("tree/sub/b.csv", "changed now");
    kmesh.file("tree/sub/new/d", "added");
    Files.delete(folder.resolve("tree/a.txt"));
    kmesh.ok("snapshot", "create", "--name", "new", tree);
    List<JsonNode> ls = kmesh.ok("snapshot", "ls", "--json", "new", "sub").lines();
    assertThat(ls)
        .extracting(l -> l.get("path").asText())
        .containsExactly("sub/b.csv", "sub/c.tmp", "sub/new");
    assertThat(ls.get(0).fieldNames())
        .toIterable()
        .containsExactly("path", "type", "mode", "uid", "gid", "size", "mtime");
    assertThat(kmesh.ok("snapshot", "ls", "-r", "new").out().lines()).hasSize(5);
    List<JsonNode> found = kmesh.ok("snapshot", "find", "--json", "*.csv").lines();
    assertThat(found).hasSize(2);
    assertThat(kmesh.ok("snapshot", "find", "--snapshot", "new", "sub/**").out().lines())
        .hasSize(4);
    List<String> diff =
        kmesh.ok("snapshot", "diff", "--json", "old", "new").lines().stream()
            .map(d -> d.get("change").asText() + " " + d.get("path").asText())
            .filter(d -> !d.startsWith("attributes"))
            .toList();
    assertThat(diff)
        .containsExactly("removed a.txt", "content sub/b.csv", "added sub/new", "added sub/new/d");
    assertThat(kmesh.ok("snapshot", "diff", "old", "new").out())
        .contains(
            "- a.txt",
            "M sub/b.csv",
            "+ sub/new/",
            "2 added, 1 removed, 0 of another type, 1 changed");
  }

  @Test
  void forget_byRuleAndById() {
    for (String name : List.of("one", "two", "three")) {
      kmesh.ok("snapshot", "create", "--name", name, tree);
    }
    JsonNode plan = kmesh.ok("snapshot", "forget", "--json", "--keep-last", "2", "-n").json();
    assertThat(plan.get("forgotten")).hasSize(1);
    assertThat(plan.get("kept")).hasSize(2);
    assertThat(plan.get("kept").get(0).get("reasons").toString()).contains("LAST 1 of 2");
    assertThat(plan.get("dryRun").asBoolean()).isTrue();
    assertThat(kmesh.ok("snapshot", "list", "--json").json().get("snapshots")).hasSize(3);
    kmesh.ok("snapshot", "forget", "--keep-last", "2");
    kmesh.ok("snapshot", "forget", "two");
    assertThat(kmesh.ok("snapshot", "list").out()).contains("three").doesNotContain("one", "two");
  }

  @Test
  void check_prune_repair_afterForgetting() {
    kmesh.ok("snapshot", "create", "--name", "one", tree);
    assertThat(
            kmesh
                .ok("snapshot", "check", "--read", "all", "--json")
                .json()
                .get("whole")
                .asBoolean())
        .isTrue();
    kmesh.ok("snapshot", "forget", "one");
    kmesh.ok("snapshot", "prune", "-n");
    JsonNode pruned = kmesh.ok("snapshot", "prune", "--json").json();
    assertThat(pruned.get("deletedPacks").asInt()).isPositive();
    assertThat(kmesh.ok("repo", "stats", "--json").json().get("packObjects").asInt()).isZero();
    kmesh.ok("snapshot", "repair");
    kmesh.ok("snapshot", "check");
  }

  @Test
  void copy_toAnotherRepository_isDoneOnce() throws IOException {
    kmesh.ok("snapshot", "create", "--name", "one", tree);
    String other = folder.resolve("other").toString();
    String password = kmesh.file("other-password", "another").toString();
    kmesh.ok("repo", "init", "--repo", other, "--password-file", password);
    String[] copy = {"snapshot", "copy", "--json", "--to", other, "--to-password-file", password};
    assertThat(kmesh.ok(copy).json().get("copied").asBoolean()).isTrue();
    assertThat(kmesh.ok(copy).json().get("copied").asBoolean()).isFalse();
    Path target = folder.resolve("target");
    String[] there = {"--repo", other, "--password-file", password};
    kmesh.ok(
        "snapshot",
        "restore",
        there[0],
        there[1],
        there[2],
        there[3],
        "one",
        "--target",
        target.toString());
    assertThat(names(target)).isEqualTo(names(Path.of(tree)));
    kmesh.ok("snapshot", "check", "--read", "all", "--repo", other, "--password-file", password);
  }

  @Test
  void check_ofADamagedPack_namesItAndEndsWith13() throws IOException {
    kmesh.ok("snapshot", "create", tree);
    List<Path> packs;
    try (Stream<Path> all = Files.walk(folder.resolve("repository"))) {
      packs = all.filter(Files::isRegularFile).filter(p -> p.toString().contains("packs")).toList();
    }
    assertThat(packs).isNotEmpty();
    for (Path pack : packs) {
      byte[] bytes = Files.readAllBytes(pack);
      for (int at = 0; at < Math.min(bytes.length, 4096); at += 7) {
        bytes[at] ^= 1;
      }
      Files.write(pack, bytes);
    }
    CommandLineTester.Ran ran = kmesh.run("snapshot", "check", "--read", "all");
    assertThat(ran.code()).as(ran.toString()).isEqualTo(ExitCode.DAMAGED);
  }

  @Test
  void create_thatIsInterrupted_publishesNothing() {
    kmesh.interruption.raise();
    CommandLineTester.Ran ran = kmesh.run("snapshot", "create", tree);
    assertThat(ran.code()).isEqualTo(ExitCode.INTERRUPTED);
    assertThat(ran.err()).contains("cancelled. Nothing was published");
    kmesh.interruption = new Interruption();
    assertThat(kmesh.ok("snapshot", "list").out()).contains("There are no snapshots.");
    assertThat(kmesh.ok("repo", "stats", "--json").json().get("sessions").asInt()).isZero();
  }

  @Test
  void progress_isShownOnATerminalOnly() {
    assertThat(kmesh.ok("snapshot", "create", tree).err()).isEmpty();
    kmesh.isTerminal = true;
    assertThat(kmesh.ok("snapshot", "create", tree).err()).endsWith("\r\u001b[K");
    assertThat(kmesh.ok("snapshot", "create", "--quiet", tree).err()).isEmpty();
    assertThat(kmesh.ok("snapshot", "create", "--quiet", tree).out()).isEmpty();
  }
}
