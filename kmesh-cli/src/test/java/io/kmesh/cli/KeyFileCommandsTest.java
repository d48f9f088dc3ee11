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

/** Repositories that a key file opens. */
class KeyFileCommandsTest {
  @TempDir private Path folder;
  private CommandLineTester kmesh;
  private String tree;
  private String keys;

  @BeforeEach
  void open() throws IOException {
    kmesh = new CommandLineTester(folder);
    kmesh.file("tree/a", "one");
    tree = folder.resolve("tree").toString();
    keys = folder.resolve("keys").toString();
  }

  @Test
  void init_byAKeyFile_makesItAndNeedsItFromThenOn() {
    kmesh.ok("repo", "init", "--key-file", keys);
    assertThat(Path.of(keys)).exists();
    kmesh.ok("snapshot", "create", "--key-file", keys, tree);
    assertThat(kmesh.ok("repo", "key", "list", "--key-file", keys).out()).contains("provider");
    assertThat(kmesh.run("snapshot", "list").code()).isEqualTo(ExitCode.WRONG_PASSWORD);
    kmesh.environment.remove("KMESH_PASSWORD_FILE");
    kmesh.environment.put("KMESH_KEY_FILE", keys);
    assertThat(kmesh.ok("snapshot", "list").out()).contains("tree");
  }

  @Test
  void keyAdd_ofAKeyFile_opensBesideThePassword_untilItIsRemoved() {
    kmesh.ok("repo", "init");
    String key = keys + "#backup";
    JsonNode added =
        kmesh.ok("repo", "key", "add", "--json", "--name", "host", "--new-key-file", key).json();
    kmesh.ok("snapshot", "create", "--key-file", key, tree);
    kmesh.ok("snapshot", "list");
    kmesh.ok("repo", "key", "remove", added.get("id").asText());
    assertThat(kmesh.run("snapshot", "list", "--key-file", key).code()).isNotZero();
    kmesh.ok("snapshot", "list");
  }

  @Test
  void rotate_toAKeyFile_dropsThePassword() {
    kmesh.ok("repo", "init");
    kmesh.ok("repo", "key", "rotate", "--new-key-file", keys);
    assertThat(kmesh.run("snapshot", "list").code()).isEqualTo(ExitCode.WRONG_PASSWORD);
    kmesh.ok("snapshot", "list", "--key-file", keys);
  }

  @Test
  void keyFile_thatIsNotThere_isNamedAndNotMade() {
    kmesh.ok("repo", "init");
    CommandLineTester.Ran ran = kmesh.run("snapshot", "list", "--key-file", keys);
    assertThat(ran.code()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.err()).contains(keys).contains("there is no such file");
    assertThat(Files.exists(Path.of(keys))).isFalse();
    assertThat(kmesh.run("snapshot", "list", "--key-file", keys + "#").code())
        .isEqualTo(ExitCode.USAGE);
  }

  @Test
  void progress_tellsHowManyFilesThereWereTheLastTime() {
    kmesh.ok("repo", "init");
    kmesh.isTerminal = true;
    assertThat(kmesh.ok("snapshot", "create", tree).err()).doesNotContain(" of some ");
    kmesh.ok("snapshot", "create", tree);
    ProgressMeter meter =
        new ProgressMeter(
            kmesh.surroundings(),
            false,
            new io.kmesh.engine.repository.SnapshotWork(),
            "taking it",
            0,
            3);
    assertThat(meter.line()).startsWith("taking it: 0 of some 3 files");
  }
}
