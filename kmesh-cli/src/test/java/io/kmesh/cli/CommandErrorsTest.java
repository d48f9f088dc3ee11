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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandErrorsTest {
  @TempDir private Path folder;
  private CommandLineTester kmesh;

  @BeforeEach
  void makeTester() throws IOException {
    kmesh = new CommandLineTester(folder);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "snapshot list --repo ftp://bucket/lab | knows no store \"ftp:\", only paths and az, file, gs",
        "snapshot list --repo lab:2 | Before a path with a colon write \"./\"",
        "agent --home h --store s3://b?region=x | write NAME=URL, such as bucket=/objects",
        "snapshot create | Missing required parameter",
        "snapshot restore latest | Missing required option: '--target=DIR'",
        "snapshot | no command is given. Name one: create",
        "repo key | no command is given. Name one: list",
        "snapshot lists | Unmatched argument",
        "snapshot forget | nothing is named. Name snapshots, or give rules",
        "snapshot forget x --keep-last 1 | snapshots are named and rules are given",
        "snapshot forget --keep-last -1 | last is -1. Give 0 or more",
        "snapshot forget --keep-within soon | \"soon\": it is no length of time. Write 30s, 36h",
        "snapshot forget --keep-last 1 --zone Mars | Write zones as Europe/Berlin",
        "snapshot check --read 4/3 | \"4/3\": write none, all, or K/N",
        "snapshot ls latest ../x | the name .. is",
        "snapshot create --workers 0 . | with 0 workers: give --workers 1 to 64",
      })
  void usage_namesObjectReasonAndRemedy(String line, String said) {
    CommandLineTester.Ran ran = kmesh.run(line.split(" "));
    assertThat(ran.err()).contains(said);
    assertThat(ran.code()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.out()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "s3://bucket?hidden",
        "s3://AKIA1:hid/hidden@bucket/lab",
        "az://c@account?sig=hidden&sig=hidden",
        "s3:/bucket?key=hidden",
        "ftp://bucket?key=hidden",
        "gs://bucket?no-such-option=hidden",
      })
  void secretsOfAUrl_areNotPrinted(String url) {
    for (String line : new String[] {"snapshot list --json --repo ", "repo init --json --repo "}) {
      CommandLineTester.Ran ran = kmesh.run((line + url).split(" ", -1));
      assertThat(ran.code()).isNotEqualTo(ExitCode.OK);
      assertThat(ran.err()).startsWith("kmesh: Cannot ").doesNotContain("hidden");
      assertThat(ran.out()).doesNotContain("hidden");
    }
  }

  @Test
  void withoutRepository_saysHowToNameOne() {
    kmesh.environment.remove("KMESH_REPOSITORY");
    CommandLineTester.Ran ran = kmesh.run("snapshot", "list");
    assertThat(ran.code()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.err()).contains("none is named. Give --repo, or set KMESH_REPOSITORY");
  }

  @Test
  void repositoryThatIsNotThere_endsWith10_andIsNotMade() {
    CommandLineTester.Ran ran = kmesh.run("snapshot", "list");
    assertThat(ran.code()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(ran.err()).contains("there is none").contains("kmesh repo init");
    assertThat(folder.resolve("repository")).doesNotExist();
  }

  @Test
  void wrongPassword_endsWith12_andSaysSoAsJson() throws IOException {
    kmesh.ok("repo", "init");
    Path wrong = kmesh.file("wrong", "guess");
    CommandLineTester.Ran ran =
        kmesh.run("snapshot", "list", "--json", "--password-file", wrong.toString());
    assertThat(ran.code()).isEqualTo(ExitCode.WRONG_PASSWORD);
    assertThat(ran.err()).contains("the passphrase opens none").doesNotContain("guess");
    JsonNode json = ran.json();
    assertThat(json.fieldNames()).toIterable().containsExactly("error", "kind", "exitCode");
    assertThat(json.get("kind").asText()).isEqualTo("DENIED");
    assertThat(json.get("exitCode").asInt()).isEqualTo(12);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\nsecond line"})
  void emptyPasswordFile_isRefused(String content) throws IOException {
    Path file = kmesh.file("empty", content);
    CommandLineTester.Ran ran = kmesh.run("repo", "init", "--password-file", file.toString());
    assertThat(ran.code()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.err()).contains("its first line is empty");
    assertThat(kmesh.run("repo", "init", "--password-file", file + "x").err())
        .contains("there is no such file");
  }

  @Test
  void password_isAskedForWhereNoFileIsNamed() {
    kmesh.environment.remove("KMESH_PASSWORD_FILE");
    assertThat(kmesh.run("repo", "init").err()).contains("none was typed. Give --password-file");
    kmesh.typed.add("one");
    kmesh.typed.add("two");
    assertThat(kmesh.run("repo", "init").err()).contains("the two differ");
    kmesh.typed.add("one");
    kmesh.typed.add("one");
    kmesh.ok("repo", "init");
    kmesh.typed.add("one");
    kmesh.ok("snapshot", "list");
  }

  @Test
  void initOfWhatIsThere_endsWith11() {
    JsonNode made = kmesh.ok("repo", "init", "--json").json();
    assertThat(made.fieldNames()).toIterable().containsExactly("repository", "url");
    CommandLineTester.Ran ran = kmesh.run("repo", "init");
    assertThat(ran.code()).isEqualTo(ExitCode.CONFLICT);
    assertThat(ran.err()).contains("there is one");
  }

  @Test
  void whatIsNotThere_endsWith10() throws IOException {
    kmesh.ok("repo", "init");
    assertThat(kmesh.run("snapshot", "show", "latest").code()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(kmesh.run("repo", "key", "remove", "1-00").code()).isEqualTo(ExitCode.NOT_FOUND);
    Path tree = Files.createDirectory(folder.resolve("tree"));
    kmesh.ok("snapshot", "create", tree.toString());
    assertThat(kmesh.run("snapshot", "ls", "latest", "no").code()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(kmesh.run("snapshot", "create", folder + "/no").code())
        .isEqualTo(ExitCode.NOT_FOUND);
    CommandLineTester.Ran file = kmesh.run("snapshot", "create", folder + "/password");
    assertThat(file.code()).isEqualTo(ExitCode.USAGE);
    assertThat(file.err()).contains("it is no directory");
  }

  @Test
  void keys_areAddedUsedRotatedAndRemoved() throws IOException {
    kmesh.ok("repo", "init", "--holder", "me");
    String hers = kmesh.file("hers", "hers").toString();
    JsonNode added =
        kmesh
            .ok("repo", "key", "add", "--json", "--name", "anna", "--new-password-file", hers)
            .json();
    assertThat(added.fieldNames()).toIterable().containsExactly("id", "kind", "name", "generation");
    kmesh.ok("snapshot", "list", "--password-file", hers);
    assertThat(kmesh.ok("repo", "key", "list").out()).contains("me", "anna", "passphrase");
    kmesh.ok("repo", "key", "remove", added.get("id").asText());
    assertThat(kmesh.run("snapshot", "list", "--password-file", hers).code())
        .isEqualTo(ExitCode.WRONG_PASSWORD);
    kmesh.ok("repo", "key", "rotate", "--name", "me", "--new-password-file", hers);
    kmesh.ok("snapshot", "list", "--password-file", hers);
    assertThat(kmesh.run("snapshot", "list").code()).isEqualTo(ExitCode.WRONG_PASSWORD);
    String last =
        kmesh
            .ok("repo", "key", "list", "--json", "--password-file", hers)
            .json()
            .at("/keys/0/id")
            .asText();
    CommandLineTester.Ran refused =
        kmesh.run("repo", "key", "remove", last, "--password-file", hers);
    assertThat(refused.code()).isEqualTo(ExitCode.CONFLICT);
    assertThat(refused.err()).contains("it is the last");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--help",
        "repo --help",
        "repo init --help",
        "repo key add --help",
        "snapshot --help",
        "snapshot create --help",
        "snapshot restore --help",
        "snapshot forget -h",
        "snapshot prune -h"
      })
  void help_teachesTheExitCodes(String line) {
    CommandLineTester.Ran ran = kmesh.ok(line.split(" "));
    assertThat(ran.out()).contains("Usage: kmesh", "Exit codes:", "12", "wrong password");
    assertThat(ran.out().lines().mapToInt(String::length).max().orElse(0)).isLessThanOrEqualTo(120);
    assertThat(ran.err()).isEmpty();
  }

  @Test
  void version_isOneLine() {
    assertThat(kmesh.ok("--version").out().lines()).hasSize(1);
  }
}
