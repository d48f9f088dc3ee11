// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CopyCommandsTest {
  @TempDir private Path folder;
  private CommandLineTester kmesh;
  private String tree;
  private Path place;

  @BeforeEach
  void makeCopy() throws IOException {
    kmesh = new CommandLineTester(folder);
    kmesh.file("tree/a.txt", "one");
    kmesh.file("tree/sub/b.csv", "two, three");
    kmesh.file("tree/sub/c.csv", "four");
    tree = folder.resolve("tree").toString();
    place = folder.resolve("what-if");
    kmesh.ok("repo", "init");
    kmesh.ok("snapshot", "create", "--name", "first", tree);
    kmesh.ok("copy", "create", "what-if", "first", "--folder", place.toString());
  }

  private void put(String path, String text) throws IOException {
    Path local = kmesh.file("local", text);
    kmesh.ok("copy", "put", "what-if", local.toString(), path);
  }

  @Test
  void put_intoADirectoryThatIsNotThere_saysWhichOne() throws IOException {
    Path local = kmesh.file("local", "x");
    CommandLineTester.Ran refused =
        kmesh.run("copy", "put", "what-if", local.toString(), "/none/x");
    assertThat(refused.code()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(refused.err()).contains("there is no directory /none", "kmesh copy mkdir");
    kmesh.ok("copy", "mkdir", "what-if", "/none");
    put("/none/x", "x");
  }

  @Test
  void createListShowDelete_tellTheSame() {
    JsonNode copies = kmesh.ok("copy", "list", "--json").json().get("copies");
    assertThat(copies).hasSize(1);
    JsonNode one = copies.get(0);
    assertThat(one.get("name").asText()).isEqualTo("what-if");
    assertThat(one.get("folder").asText()).isEqualTo(place.toString());
    String id = one.get("id").asText();
    assertThat(kmesh.ok("copy", "show", "--json", id.substring(0, 6)).json()).isEqualTo(one);
    assertThat(kmesh.ok("copy", "list").out()).contains("what-if").contains(id);
    kmesh.ok("copy", "delete", "what-if");
    assertThat(place).doesNotExist();
    assertThat(kmesh.ok("copy", "list").out()).contains("There are no virtual copies.");
    assertThat(kmesh.run("copy", "show", "what-if").code()).isEqualTo(ExitCode.NOT_FOUND);
  }

  @Test
  void aSecondOfTheSameName_orFolder_isRefused() {
    CommandLineTester.Ran name =
        kmesh.run(
            "copy", "create", "what-if", "first", "--folder", folder.resolve("other").toString());
    assertThat(name.code()).isEqualTo(ExitCode.CONFLICT);
    assertThat(name.err()).contains("there is one of that name");
    CommandLineTester.Ran used =
        kmesh.run("copy", "create", "second", "first", "--folder", place.toString());
    assertThat(used.code()).isEqualTo(ExitCode.CONFLICT);
    assertThat(
            kmesh
                .run("copy", "create", "x", "none", "--folder", folder.resolve("x").toString())
                .code())
        .isEqualTo(ExitCode.NOT_FOUND);
  }

  @Test
  void aLostFolder_isTold_andForgotten() throws IOException {
    try (java.util.stream.Stream<Path> all = Files.walk(place)) {
      for (Path path : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
    CommandLineTester.Ran ran = kmesh.run("copy", "delete", "what-if");
    assertThat(ran.code()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(ran.err()).contains("is not here").contains("--folder");
    kmesh.ok("copy", "delete", "--lost", "what-if");
    assertThat(kmesh.ok("copy", "list", "--json").json().get("copies")).isEmpty();
  }

  @Test
  void contentCommands_doWhatTheyAreCalled() throws IOException {
    assertThat(kmesh.ok("copy", "cat", "what-if", "/sub/b.csv").out()).isEqualTo("two, three");
    put("/sub/new", "mine");
    kmesh.ok("copy", "mkdir", "what-if", "/d/e");
    kmesh.ok("copy", "mv", "what-if", "/a.txt", "/d/e/a");
    kmesh.ok("copy", "rm", "what-if", "/sub/c.csv");
    assertThat(kmesh.ok("copy", "cat", "what-if", "d/e/a").out()).isEqualTo("one");
    assertThat(
            kmesh.ok("copy", "ls", "-r", "--json", "what-if").lines().stream()
                .map(line -> line.get("path").asText()))
        .containsExactlyInAnyOrder("d", "d/e", "d/e/a", "sub", "sub/b.csv", "sub/new");
    assertThat(
            kmesh.ok("copy", "changes", "--json", "what-if").lines().stream()
                .map(line -> line.get("change").asText() + " " + line.get("path").asText()))
        .contains("added sub/new", "renamed d/e/a", "removed sub/c.csv", "added d");
    assertThat(kmesh.ok("copy", "changes", "what-if").out()).contains("R a.txt -> d/e/a");
    Path out = folder.resolve("out");
    kmesh.ok("copy", "cat", "what-if", "/sub/new", "--to", out.toString());
    assertThat(out).hasContent("mine");
    assertThat(kmesh.run("copy", "rm", "what-if", "/d").code()).isEqualTo(ExitCode.CONFLICT);
    kmesh.ok("copy", "rm", "-r", "what-if", "/d");
    CommandLineTester.Ran gone = kmesh.run("copy", "cat", "what-if", "/d/e/a");
    assertThat(gone.code()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(gone.err()).contains("Cannot read /d/e/a").contains("List the copy");
    assertThat(kmesh.run("copy", "cat", "what-if", "../a").code()).isEqualTo(ExitCode.USAGE);
  }

  @Test
  void refresh_keepsChanges_andNamesConflicts() throws IOException {
    put("/a.txt", "changed in the copy");
    put("/mine", "mine");
    kmesh.file("tree/a.txt", "changed in the tree");
    kmesh.file("tree/sub/b.csv", "newer");
    kmesh.ok("snapshot", "create", "--name", "second", tree);
    CommandLineTester.Ran ran = kmesh.run("copy", "refresh", "--json", "what-if", "second");
    assertThat(ran.code()).isEqualTo(ExitCode.PROBLEMS);
    assertThat(ran.err()).contains("conflict: a.txt: both sides changed it; the copy's counts");
    JsonNode json = ran.json();
    assertThat(json.get("conflicts").get(0).get("conflict").asText()).isEqualTo("both-changed");
    assertThat(json.get("kept")).hasSize(2);
    assertThat(kmesh.ok("copy", "cat", "what-if", "a.txt").out()).isEqualTo("changed in the copy");
    assertThat(kmesh.ok("copy", "cat", "what-if", "sub/b.csv").out()).isEqualTo("newer");
    // The same once more is no conflict: the copy is over that snapshot now.
    kmesh.ok("copy", "refresh", "what-if", "second");
    kmesh.ok("copy", "refresh", "--conflicts", "theirs", "what-if", "second");
    assertThat(kmesh.run("copy", "refresh", "--conflicts", "none", "what-if", "second").code())
        .isEqualTo(ExitCode.USAGE);
  }

  @Test
  void reverseSync_plansThenDoes() throws IOException {
    put("/a.txt", "changed in the copy");
    put("/sub/b.csv", "also");
    kmesh.ok("copy", "rm", "what-if", "/sub/c.csv");
    kmesh.file("tree/a.txt", "changed in the tree");
    CommandLineTester.Ran plan =
        kmesh.run("copy", "reverse-sync", "--dry-run", "--json", "what-if");
    assertThat(plan.code()).isEqualTo(ExitCode.PROBLEMS);
    assertThat(plan.json().get("steps")).hasSize(2);
    assertThat(plan.json().get("target").asText()).isEqualTo(tree);
    assertThat(Path.of(tree, "sub/b.csv")).hasContent("two, three");
    JsonNode done = kmesh.run("copy", "reverse-sync", "--json", "what-if").json();
    assertThat(done.get("movedBytes").asLong()).isEqualTo(4);
    assertThat(done.get("conflicts")).hasSize(1);
    assertThat(Path.of(tree, "sub/b.csv")).hasContent("also");
    assertThat(Path.of(tree, "sub/c.csv")).doesNotExist();
    assertThat(Path.of(tree, "a.txt")).hasContent("changed in the tree");
    CommandLineTester.Ran ours =
        kmesh.run("copy", "reverse-sync", "--conflicts", "ours", "what-if", "--target", tree);
    assertThat(ours.code()).isEqualTo(ExitCode.PROBLEMS);
    assertThat(ours.out()).contains("write a.txt (19 B)");
    assertThat(Path.of(tree, "a.txt")).hasContent("changed in the copy");
    assertThat(kmesh.ok("copy", "reverse-sync", "what-if").out()).contains("Did 0 steps");
    kmesh.ok("snapshot", "create", "--name", "third", tree);
    kmesh.ok("copy", "refresh", "what-if", "third");
    assertThat(kmesh.ok("copy", "changes", "what-if").out()).isEmpty();
  }

  @Test
  void helpTeaches() {
    assertThat(kmesh.ok("copy", "--help").out())
        .contains("kmesh copy create what-if latest")
        .contains("reverse-sync");
    for (String command : new String[] {"create", "refresh", "reverse-sync", "put", "cat"}) {
      assertThat(kmesh.ok("copy", command, "--help").out())
          .contains("Example")
          .contains("Exit codes:");
    }
    assertThat(kmesh.run("copy").code()).isEqualTo(ExitCode.USAGE);
  }
}
