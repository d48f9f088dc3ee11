// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.store.DirectoryStore;
import io.kmesh.testkit.gcs.FakeGcs;
import io.kmesh.testkit.time.WallTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StoreCheckCommandTest {
  @TempDir private Path folder;
  private CommandLineTester kmesh;
  private Path bucket;

  @BeforeEach
  void makeTester() throws IOException {
    kmesh = new CommandLineTester(folder);
    bucket = Files.createDirectory(folder.resolve("bucket"));
  }

  private void assertNothingRemains() throws IOException {
    try (ObjectStore store = DirectoryStore.at(bucket)) {
      assertThat(store.blocking().list(ListRequest.prefix("")).objects()).isEmpty();
      assertThat(store.blocking().listUploads("")).isEmpty();
    }
  }

  @Test
  void directory_isChecked_andItsClockIsToldToBeOff() throws Exception {
    // The clock of these tests is an hour ahead.
    CommandLineTester.Ran ran = kmesh.run("store", "check", bucket.toString(), "--soak", "0s");
    assertThat(ran.code()).as(ran.toString()).isEqualTo(ExitCode.PROBLEMS);
    assertThat(ran.err()).isEmpty();
    assertThat(ran.out())
        .startsWith("Checking " + bucket.toUri().toString().replaceAll("/$", ""))
        .contains("PASS    create-race ")
        .contains("ABSENT  storage-class ")
        .contains("        -> mirrors, flows, archive: all objects are kept in the store's default")
        .containsPattern("FAIL    clock  .* behind this machine's")
        .containsPattern("\n[0-9]+ passed, 1 failed, 4 absent; ");
    assertNothingRemains();
  }

  @Test
  void bucketOfAFakeCloud_passes_andIsTold_asJson() throws Exception {
    WallTime later = new WallTime();
    later.jump(Duration.ofHours(1));
    try (FakeGcs gcs = FakeGcs.start().bucket("bucket").withoutAuthentication().time(later)) {
      CommandLineTester.Ran ran =
          kmesh.run(
              "store",
              "check",
              "gs://bucket/lab?credentials=none&endpoint=" + gcs.endpoint(),
              "--soak",
              "PT0.2S",
              "--threads",
              "2",
              "--json");
      assertThat(ran.code()).as(ran.toString()).isEqualTo(ExitCode.OK);
      assertThat(ran.err()).isEmpty();
      JsonNode json = ran.json();
      assertThat(json.get("version").asInt()).isZero();
      assertThat(json.get("url").asText()).isEqualTo("gs://bucket/lab/");
      assertThat(json.get("place").get("endpoint").asText()).isEqualTo(gcs.endpoint().toString());
      assertThat(json.get("sound").asBoolean()).isTrue();
      assertThat(json.get("soak").get("threads").asInt()).isEqualTo(2);
      assertThat(gcs.names("bucket")).isEmpty();
    }
  }

  @Test
  void interrupted_removesWhatItWrote() throws Exception {
    kmesh.interruption.raise();
    CommandLineTester.Ran ran = kmesh.run("store", "check", bucket.toString());
    assertThat(ran.code()).as(ran.toString()).isEqualTo(ExitCode.INTERRUPTED);
    assertThat(ran.err()).contains("it was cancelled. What it wrote is removed.");
    assertNothingRemains();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "store | 2 | no command is given. Name one: check",
        "store check | 2 | Missing required parameter",
        "store check . --soak 2h | 2 | Cannot soak a store for PT2H: give zero to PT1H",
        "store check . --soak soon | 2 | it is no length of time",
        "store check . --threads 65 | 2 | give 1 to 64",
        "store check /no/such/directory | 10 | there is no such directory",
        "store check ftp://host/x | 2 | knows no store",
      })
  void whatCannotBeDone_isTold(String line, int code, String said) {
    CommandLineTester.Ran ran = kmesh.run(line.replace(" . ", " " + bucket + " ").split(" ", -1));
    assertThat(ran.code()).isEqualTo(code);
    assertThat(ran.err()).contains(said);
    assertThat(ran.out()).isEmpty();
  }
}
