// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.kmesh.cli.CommandLineTester.Ran;
import io.kmesh.engine.MirrorOutcome.What;
import io.kmesh.engine.MirrorReportReader;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Prefixes in the words of others, by commands alone. */
class MirrorTranslateCommandTest {
  private static final Map<String, String> GOOGLE =
      Map.of("goog-reserved-posix-mode", "640", "goog-reserved-file-mtime", "1700000000");

  @TempDir private Path folder;
  private CommandLineTester kmesh;
  private MemoryStore bucket;
  private String from;
  private String to;

  @BeforeEach
  void store() throws IOException {
    kmesh = new CommandLineTester(folder);
    String name = folder.getFileName().toString();
    bucket = MemoryStores.bucket(name);
    from = "mem://" + name + "/from";
    to = "mem://" + name + "/to";
    put("from/one", "12345", GOOGLE);
    put("from/d/", "", GOOGLE);
  }

  private void put(String key, String body, Map<String, String> metadata) throws IOException {
    bucket
        .blocking()
        .put(
            key,
            ByteBuffer.wrap(body.getBytes(StandardCharsets.UTF_8)),
            new PutOptions(Condition.none(), metadata, null));
  }

  @Test
  void plan_thenTranslation_thenNothingMore() throws IOException {
    JsonNode plan =
        kmesh.ok("mirror", "translate", from, to, "--to", "amlfs", "--plan", "--json").json();
    assertThat(bucket.keys()).noneMatch(key -> key.startsWith("to/"));
    assertThat(plan.path("plan").asBoolean()).isTrue();
    assertThat(plan.path("copiedBytes").asLong()).isEqualTo(5);
    JsonNode done = kmesh.ok("mirror", "translate", from, to, "--to", "amlfs", "--json").json();
    assertThat(done.path("requests")).isEqualTo(plan.path("requests"));
    assertThat(done.path("copied").asLong()).isEqualTo(1);
    assertThat(done.path("sent").asLong()).isEqualTo(1);
    assertThat(bucket.blocking().head("to/d").metadata()).containsEntry("hdi_isfolder", "true");
    assertThat(bucket.blocking().head("to/one").metadata()).containsEntry("permissions", "0640");
    Ran again = kmesh.ok("mirror", "translate", from, to, "--to", "amlfs");
    assertThat(again.out())
        .contains(
            "Translated " + from,
            "in the words of amlfs: 2 objects; 0 copied by the store (0 B), 0 sent from here (0 B),"
                + " 2 there already");
  }

  @Test
  void rates_areThoseOfEachStore() throws IOException {
    put("from/large", "0123456789".repeat(1000), GOOGLE);
    ManualTime time = ManualTime.skipping();
    kmesh.time = time;
    String other = "mem://" + folder.getFileName() + "-other/to";
    kmesh.ok("mirror", "translate", "--threads=1", "--rate=1KB", from, other, "--to=fsx");
    assertThat(time.nanoTime() / 1e9).as("read, then written").isBetween(18.0, 20.0);
    long began = time.nanoTime();
    long before = bucket.totalRequests();
    kmesh.ok(
        "mirror",
        "translate",
        "--threads=1",
        "--request-rate=1",
        "--rate=1KB",
        from,
        to,
        "--to=fsx");
    assertThat(bucket.requests("copy")).as("copied by the one store").isEqualTo(2);
    // The first list, which says whether there is anything, is sent at once.
    assertThat((time.nanoTime() - began) / 1e9)
        .isEqualTo((double) (bucket.totalRequests() - before - 2), within(0.01));
  }

  @Test
  void inPlace_replacesTheWords() throws IOException {
    JsonNode done =
        kmesh.ok("mirror", "translate", from, from + "/", "--to", "azcopy", "--json").json();
    assertThat(done.path("removed").asLong()).isEqualTo(1);
    assertThat(bucket.keys()).containsExactly("from/d", "from/one");
    assertThat(bucket.blocking().head("from/one").metadata())
        .containsEntry("permissions", "33184")
        .doesNotContainKey("goog-reserved-posix-mode");
  }

  @Test
  void report_hasALineForEachObject() throws IOException {
    put("to/one", "theirs", Map.of());
    put("from/pipe", "", Map.of("mode", "010644", "mtime", "1.5"));
    Path file = folder.resolve("report.ndjson");
    Ran ran =
        kmesh.run("mirror", "translate", from, to, "--to", "google", "--report", file.toString());
    assertThat(ran.code()).isEqualTo(ExitCode.PROBLEMS);
    assertThat(ran.out())
        .contains("1 left out; 1 failed", "Not carried: mtime-fraction of 1, type of 1.");
    assertThat(ran.err()).contains("from/one", "ask to overwrite");
    List<String> lines = Files.readAllLines(file);
    assertThat(lines.get(0)).contains("\"command\":\"translate\"");
    assertThat(lines.subList(1, 4))
        .containsExactlyInAnyOrder(
            "{\"what\":\"sent\",\"key\":\"from/d/\",\"target\":\"to/d/\",\"by\":\"here\"}",
            "{\"what\":\"skipped\",\"key\":\"from/pipe\",\"target\":\"to/pipe\","
                + "\"losses\":[\"mtime-fraction\",\"type\"]}",
            "{\"what\":\"conflict\",\"key\":\"from/one\",\"reason\":\"Cannot translate from/one: an"
                + " object that was not translated from it is at to/one in memory:test. Remove it,"
                + " or ask to overwrite.\"}");
    assertThat(lines.get(4)).contains("\"what\":\"end\"", "\"state\":\"done\"");
    try (MirrorReportReader reader = MirrorReportReader.of(Files.newInputStream(file), "r")) {
      assertThat(reader.head().command()).isEqualTo("translate");
      assertThat(reader.end().count(What.CONFLICT)).isEqualTo(1);
    }
    JsonNode over =
        kmesh.ok("mirror", "translate", from, to, "--to", "google", "--overwrite", "--json").json();
    assertThat(over.path("copied").asLong()).isEqualTo(1);
  }

  @Test
  void directories_areStoresToo() throws IOException {
    String one = folder.resolve("one").toString();
    kmesh.ok("mirror", "translate", from, one, "--to", "fsx");
    JsonNode on =
        kmesh
            .ok("mirror", "translate", one, to, "--from", "fsx", "--to", "rclone", "--json")
            .json();
    assertThat(on.path("problems").asLong()).isZero();
    assertThat(bucket.blocking().head("to/one").metadata()).containsEntry("mode", "0100640");
    Ran within = kmesh.run("mirror", "translate", one, one + "/two", "--to", "fsx");
    assertThat(within.code()).isEqualTo(ExitCode.USAGE);
    assertThat(within.err()).contains("one is within the other");
    kmesh.ok("mirror", "translate", one, one, "--to", "google");
  }

  @Test
  void prefixesWithinOneAnother_areRefused() {
    Ran within = kmesh.run("mirror", "translate", from, from + "/below", "--to", "fsx");
    assertThat(within.code()).isEqualTo(ExitCode.USAGE);
    assertThat(within.err()).contains("/from/below/: one is within the other");
  }

  /** Two endpoints may have buckets of one name. */
  @Test
  void bucketWithOtherOptions_isAnotherStore() {
    String option = "?endpoint=http://127.0.0.1:1/x";
    assertThat(
            kmesh
                .ok("mirror", "translate", from + option, to + option, "--to", "fsx", "--json")
                .json()
                .path("copied")
                .asLong())
        .isEqualTo(1);
    JsonNode other =
        kmesh.ok("mirror", "translate", from, to + "2" + option, "--to", "fsx", "--json").json();
    assertThat(other.path("copied").asLong()).isZero();
    assertThat(other.path("sentBytes").asLong()).isEqualTo(5);
    assertThat(bucket.keys()).contains("to/one", "to2/one");
  }

  @Test
  void sourceWithoutObjects_isSaid() {
    Ran empty = kmesh.run("mirror", "translate", from + "/nothing", to, "--to", "fsx");
    assertThat(empty.code()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(empty.err()).contains("/from/nothing/: there is no object. Look at the bucket's");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "mem://a/b mem://c/d | Missing required option: '--to=WORDS'",
        "mem://a/b --to fsx | Missing required parameter: 'DST'",
        "mem://a/b mem://c/d --to gcsfuse | --to gcsfuse: Kmesh does not write it. There are: fsx",
        "mem://a/b mem://c/d --to fsx --from tar | --from tar: Kmesh does not read it. There are: auto, fsx",
        "ftp://a/b mem://c/d --to fsx | knows no store \"ftp:\"",
        "mem://a/b?x mem://c/d --to fsx | behind ? or & is not option=value",
      })
  void usage_namesObjectReasonAndRemedy(String line, String said) {
    Ran ran = kmesh.run(("mirror translate " + line).split(" "));
    assertThat(ran.err()).contains(said);
    assertThat(ran.code()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.out()).isEmpty();
  }
}
