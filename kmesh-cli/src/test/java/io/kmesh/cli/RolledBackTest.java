// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A newest state that was deleted is missed by who saw it. */
class RolledBackTest {
  private static final String WORDS = "may have lost its last changes";

  @TempDir private Path folder;
  private CommandLineTester kmesh;
  private String tree;

  @BeforeEach
  void makeRepository() throws IOException {
    kmesh = new CommandLineTester(folder);
    kmesh.file("tree/a", "one");
    tree = folder.resolve("tree").toString();
    kmesh.ok("repo", "init");
    kmesh.ok("snapshot", "create", "--name", "first", tree);
    kmesh.ok("snapshot", "create", "--name", "second", tree);
  }

  private void deleteNewestHead() throws IOException {
    Path newest;
    try (Stream<Path> all = Files.walk(folder.resolve("repository"))) {
      newest =
          all.filter(f -> Files.isRegularFile(f) && f.toString().contains("heads"))
              .max(Comparator.naturalOrder())
              .orElseThrow();
    }
    Files.delete(newest);
  }

  @Test
  void aCleanRepository_isNotSuspected() {
    for (int i = 0; i < 3; i++) {
      assertThat(kmesh.ok("snapshot", "create", tree).err()).isEmpty();
      assertThat(kmesh.ok("snapshot", "list").err()).isEmpty();
    }
    kmesh.ok("snapshot", "check");
  }

  @Test
  void deletedHead_isToldAtOpenAndByCheck_untilItIsRepaired() throws IOException {
    deleteNewestHead();
    CommandLineTester.Ran ran = kmesh.run("snapshot", "list");
    assertThat(ran.err()).contains(WORDS).contains("the newest was deleted");
    CommandLineTester.Ran check = kmesh.run("snapshot", "check");
    assertThat(check.code()).isEqualTo(ExitCode.DAMAGED);
    kmesh.run("snapshot", "repair");
    CommandLineTester.Ran list = kmesh.ok("snapshot", "list");
    assertThat(list.err()).isEmpty();
    assertThat(list.out()).contains("first");
  }

  @Test
  void deletedHead_afterWhichOthersWentOn_isTold() throws IOException {
    deleteNewestHead();
    String cache = kmesh.environment.put("KMESH_CACHE", folder.resolve("other").toString());
    for (int i = 0; i < 3; i++) {
      assertThat(kmesh.ok("snapshot", "create", tree).err())
          .as("another machine knows nothing")
          .doesNotContain(WORDS);
    }
    kmesh.environment.put("KMESH_CACHE", cache);
    assertThat(kmesh.run("snapshot", "list").err())
        .contains(WORDS)
        .contains("does not come from that of generation");
  }
}
