// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import static java.time.temporal.ChronoUnit.MILLIS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.kmesh.engine.MirrorOutcome;
import io.kmesh.engine.MirrorOutcome.Difference;
import io.kmesh.engine.MirrorOutcome.What;
import io.kmesh.engine.MirrorReportReader;
import io.kmesh.engine.MirrorReportReader.Entry;
import io.kmesh.engine.MirrorReportReader.Head;
import io.kmesh.engine.MirrorReportReader.State;
import io.kmesh.path.PathBytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MirrorReportFileTest {
  private static final List<What> WHATS = List.of(What.values());

  private static final Instant BEGUN = Instant.parse("2026-11-23T10:00:00.123456Z");

  @TempDir private Path folder;

  private MirrorReportFile begin(Path file) throws CommandFailure {
    return MirrorReportFile.begin(file, "push", "/data", "s3://bucket/data/", BEGUN);
  }

  @Test
  void goldenVector_isWhatTheFormatPageSays() throws Exception {
    Path file = folder.resolve("report");
    try (MirrorReportFile report = begin(file)) {
      report.add(new MirrorOutcome(What.SENT, PathBytes.of("d/file"), "d/file", 5, "", ""));
      report.add(
          new MirrorOutcome(
              What.FAILED,
              PathBytes.of(new byte[] {'a', (byte) 0xff}),
              "a%FF",
              0,
              "Cannot export a\\xff: it may not be read.",
              "Run it as its owner."));
      report.add(
          new MirrorOutcome(
              What.DIFFERENT,
              PathBytes.of("b"),
              "b",
              5,
              "",
              "",
              List.of(new Difference("mode", "0644", "0600"))));
      report.end("done");
    }
    assertThat(file)
        .hasContent(
            """
            {"format":"kmesh-mirror-report","version":0,"command":"push","from":"/data","to":"s3://bucket/data/","begun":"2026-11-23T10:00:00.123Z"}
            {"what":"sent","path":"d/file","key":"d/file","bytes":5}
            {"what":"failed","path":"a\\\\xff","pathBase64":"Yf8=","key":"a%FF","reason":"Cannot export a\\\\xff: it may not be read.","remedy":"Run it as its owner."}
            {"what":"different","path":"b","key":"b","bytes":5,"differences":[{"attribute":"mode","tree":"0644","store":"0600"}]}
            {"what":"end","state":"done","bytes":5,"counts":{"sent":1,"failed":1,"different":1}}
            """);
  }

  @Test
  void everyName_isReadBackByteForByte() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 2000; i++) {
      byte[] name = new byte[1 + random.nextInt(12)];
      random.nextBytes(name);
      for (int at = 0; at < name.length; at++) {
        name[at] = name[at] == 0 ? (byte) '\n' : name[at];
      }
      String line =
          MirrorReportFile.line(
                  new MirrorOutcome(What.NOTE, PathBytes.of(name), "k\n\u0001\"", 0, "r", ""))
              .toString();
      assertThat(line).doesNotContain("\n");
      JsonNode json = CommandLineTester.parse(line);
      byte[] bytes =
          json.has("pathBase64")
              ? Base64.getDecoder().decode(json.path("pathBase64").asText())
              : PathBytes.of(json.path("path").asText()).toBytes();
      assertThat(bytes).as("seed %s, %s", seed, line).isEqualTo(name);
    }
  }

  @Test
  void everyOutcome_isReadBackByTheReader() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    List<MirrorOutcome> outcomes = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      byte[] name = new byte[random.nextInt(12)];
      random.nextBytes(name);
      for (int at = 0; at < name.length; at++) {
        name[at] = name[at] == 0 ? (byte) '\n' : name[at];
      }
      outcomes.add(
          new MirrorOutcome(
              WHATS.get(random.nextInt(WHATS.size())),
              random.nextInt(5) == 0 ? null : PathBytes.of(name),
              random.nextBoolean() ? "" : "k\n\u0001\"\u2028",
              random.nextInt(3),
              random.nextBoolean() ? "" : "Cannot.",
              random.nextBoolean() ? "" : "Do.",
              random.nextBoolean() ? List.of() : List.of(new Difference("mode", "", "0600"))));
    }
    Path file = folder.resolve("report");
    try (MirrorReportFile report = begin(file)) {
      outcomes.forEach(report::add);
      report.end("failed");
    }
    List<MirrorOutcome> read = new ArrayList<>();
    try (MirrorReportReader reader = MirrorReportReader.of(Files.newInputStream(file), "r")) {
      for (Optional<Entry> next; (next = reader.next()).isPresent(); ) {
        read.add(next.get().outcome());
      }
      assertThat(reader.end().state()).isEqualTo(State.FAILED);
      assertThat(reader.head())
          .isEqualTo(new Head("push", "/data", "s3://bucket/data/", BEGUN.truncatedTo(MILLIS)));
    }
    assertThat(read).as("seed %s", seed).isEqualTo(outcomes);
  }

  /** What a full disk leaves is a report that is not finished, not a damaged one. */
  @Test
  void lineThatIsWrittenInPart_isFollowedByNothing() throws Exception {
    ByteArrayOutputStream disk = new ByteArrayOutputStream();
    OutputStream full =
        new OutputStream() {
          private int left = 90;

          @Override
          public void write(int b) throws IOException {
            if (left-- == 0) {
              throw new IOException("No space left on device");
            }
            disk.write(b);
          }
        };
    MirrorReportFile report = MirrorReportFile.to(Path.of("r"), full);
    for (int i = 0; i < 5; i++) {
      report.add(new MirrorOutcome(What.EQUAL, PathBytes.of("x"), "x", 0, "", ""));
    }
    report.end("failed");
    report.close();
    String line = "{\"what\":\"equal\",\"path\":\"x\",\"key\":\"x\"}\n";
    assertThat(disk.toString(StandardCharsets.UTF_8)).isEqualTo(line.repeat(3).substring(0, 90));
  }

  @Test
  void everyLine_isThereBeforeTheNextIsMade() throws Exception {
    Path file = folder.resolve("report");
    MirrorReportFile report = begin(file);
    assertThat(Files.readAllLines(file)).hasSize(1);
    report.add(new MirrorOutcome(What.EQUAL, PathBytes.of("x"), "x", 0, "", ""));
    assertThat(Files.readAllLines(file)).hasSize(2);
    report.close();
  }

  @Test
  void lineThatCantBeWritten_breaksTheReport() throws IOException, CommandFailure {
    MirrorReportFile report = begin(folder.resolve("report"));
    report.check();
    report.close();
    assertThat(report.isBroken()).isFalse();
    MirrorReportFile full = MirrorReportFile.to(Path.of("full"), new Full());
    full.add(new MirrorOutcome(What.EQUAL, PathBytes.of("x"), "x", 0, "", ""));
    assertThat(full.isBroken()).isTrue();
    assertThatThrownBy(full::check)
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining("Cannot write the report full")
        .hasMessageContaining("repeat the command to go on");
  }

  private static final class Full extends OutputStream {
    @Override
    public void write(int b) throws IOException {
      throw new IOException("No space left on device");
    }
  }
}
