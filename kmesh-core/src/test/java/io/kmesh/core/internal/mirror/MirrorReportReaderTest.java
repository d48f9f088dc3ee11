// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.kmesh.engine.MirrorOutcome;
import io.kmesh.engine.MirrorOutcome.Difference;
import io.kmesh.engine.MirrorOutcome.What;
import io.kmesh.engine.MirrorReportReader;
import io.kmesh.engine.MirrorReportReader.Copied;
import io.kmesh.engine.MirrorReportReader.End;
import io.kmesh.engine.MirrorReportReader.Entry;
import io.kmesh.engine.MirrorReportReader.State;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MirrorReportReaderTest {
  private static final String HEAD =
      "{\"format\":\"kmesh-mirror-report\",\"version\":0,\"command\":\"push\",\"from\":\"/data\","
          + "\"to\":\"s3://bucket/data/\",\"begun\":\"2026-11-23T10:00:00.123Z\"}\n";

  /** The golden vector of docs/format/mirror-report.md. */
  private static final String GOLDEN =
      HEAD
          + """
          {"what":"sent","path":"d/file","key":"d/file","bytes":5}
          {"what":"failed","path":"a\\\\xff","pathBase64":"Yf8=","key":"a%FF","reason":"Cannot export a\\\\xff: it may not be read.","remedy":"Run it as its owner."}
          {"what":"different","path":"b","key":"b","bytes":5,"differences":[{"attribute":"mode","tree":"0644","store":"0600"}]}
          {"what":"end","state":"done","bytes":5,"counts":{"sent":1,"failed":1,"different":1}}
          """;

  private static final List<MirrorOutcome> OUTCOMES =
      List.of(
          new MirrorOutcome(What.SENT, PathBytes.of("d/file"), "d/file", 5, "", ""),
          new MirrorOutcome(
              What.FAILED,
              PathBytes.of(new byte[] {'a', (byte) 0xff}),
              "a%FF",
              0,
              "Cannot export a\\xff: it may not be read.",
              "Run it as its owner."),
          new MirrorOutcome(
              What.DIFFERENT,
              PathBytes.of("b"),
              "b",
              5,
              "",
              "",
              List.of(new Difference("mode", "0644", "0600"))));

  private record Read(MirrorReportReader.Head head, List<Entry> entries, End end) {
    List<MirrorOutcome> outcomes() {
      return entries.stream().map(Entry::outcome).toList();
    }
  }

  private static Read read(byte[] report) throws IOException {
    try (MirrorReportReader reader =
        MirrorReportReader.of(new ByteArrayInputStream(report), "r.ndjson")) {
      List<Entry> entries = new ArrayList<>();
      for (Optional<Entry> next; (next = reader.next()).isPresent(); ) {
        entries.add(next.get());
      }
      return new Read(reader.head(), entries, reader.end());
    }
  }

  private static Read read(String report) throws IOException {
    return read(report.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void goldenVector_isReadAsTheFormatSays() throws IOException {
    Read read = read(GOLDEN);
    assertThat(read.head())
        .isEqualTo(
            new MirrorReportReader.Head(
                "push", "/data", "s3://bucket/data/", Instant.parse("2026-11-23T10:00:00.123Z")));
    assertThat(read.outcomes()).isEqualTo(OUTCOMES);
    assertThat(read.end())
        .isEqualTo(
            new End(State.DONE, 5, Map.of(What.SENT, 1L, What.FAILED, 1L, What.DIFFERENT, 1L), 0));
    assertThat(read.end().count(What.EQUAL)).isZero();
  }

  @Test
  void translation_saysWhereWhoAndWhatIsLost() throws IOException {
    Read read =
        read(
            HEAD.replace("push", "translate")
                + "{\"what\":\"sent\",\"key\":\"a/x\",\"target\":\"b/x\",\"by\":\"store\",\"bytes\":7}\n"
                + "{\"what\":\"sent\",\"key\":\"a/y\",\"target\":\"b/y\",\"by\":\"here\"}\n"
                + "{\"what\":\"skipped\",\"key\":\"a/z\",\"losses\":[\"mtime-fraction\",\"type\"]}\n");
    assertThat(read.entries)
        .extracting(Entry::target, Entry::copied, Entry::losses)
        .containsExactly(
            tuple("b/x", Copied.BY_STORE, List.of()),
            tuple("b/y", Copied.HERE, List.of()),
            tuple("", Copied.NOT_SAID, List.of("mtime-fraction", "type")));
    assertThat(read.outcomes()).extracting(MirrorOutcome::path).containsOnly(Optional.empty());
    assertThat(read.end())
        .isEqualTo(new End(State.UNFINISHED, 7, Map.of(What.SENT, 2L, What.SKIPPED, 1L), 0));
  }

  /** As a kill leaves it. */
  @Test
  void cutAtEachByte_isUnfinished_withTheLinesThatAreWhole() throws IOException {
    byte[] whole = GOLDEN.getBytes(StandardCharsets.UTF_8);
    int head = HEAD.length();
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      if (length < head) {
        assertThatThrownBy(() -> read(cut))
            .isInstanceOfSatisfying(
                ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT))
            .hasMessageContaining("line 1 is damaged: it is not whole");
        continue;
      }
      int lines = (int) new String(cut, StandardCharsets.UTF_8).lines().count() - 1;
      int entries = cut[length - 1] == '\n' ? lines : lines - 1;
      Read read = read(cut);
      assertThat(read.outcomes()).isEqualTo(OUTCOMES.subList(0, entries));
      assertThat(read.end().state()).isEqualTo(State.UNFINISHED);
    }
  }

  @Test
  void whatIsNotKnown_isPassedOver() throws IOException {
    Read read =
        read(
            HEAD.replace("\"command\"", "\"later\":[1],\"command\"")
                + "{\"what\":\"evaporated\",\"path\":3,\"deeper\":{\"x\":[]}}\n"
                + "{\"what\":\"equal\",\"path\":\"a\",\"key\":\"a\",\"colour\":\"red\",\"by\":\"magic\"}\n"
                + "{\"what\":\"end\",\"state\":\"interrupted\",\"bytes\":0,"
                + "\"counts\":{\"equal\":1,\"evaporated\":1},\"more\":null}\n");
    assertThat(read.outcomes())
        .containsExactly(new MirrorOutcome(What.EQUAL, PathBytes.of("a"), "a", 0, "", ""));
    assertThat(read.end()).isEqualTo(new End(State.INTERRUPTED, 0, Map.of(What.EQUAL, 1L), 1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"version\":0} | first line is not that of a report",
        "{\"format\":\"kmesh-mirror-report\",\"version\":1} | version 1, this build knows 0. Use the",
        "{\"format\":\"kmesh-mirror-report\",\"version\":\"0\"} | version \"0\", this build knows 0",
      })
  void otherForms_areRefused(String head, String words) {
    assertThatThrownBy(() -> read(head + "\n"))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID))
        .hasMessageStartingWith("Cannot read the report r.ndjson: ")
        .hasMessageContaining(words);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{\"what\":\"sent\"",
        "{\"what\":\"sent\"}{}",
        "{\"what\":\"sent\",\"what\":\"sent\"}",
        "{\"what\":7}",
        "{\"path\":\"a\"}",
        "{\"what\":\"sent\",\"bytes\":-1}",
        "{\"what\":\"sent\",\"bytes\":1.5}",
        "{\"what\":\"sent\",\"bytes\":99999999999999999999}",
        "{\"what\":\"sent\",\"pathBase64\":\"*\"}",
        "{\"what\":\"sent\",\"path\":\"a\\u0000\"}",
        "{\"what\":\"sent\",\"path\":\"\\ud800\"}",
        "{\"what\":\"different\",\"differences\":[3]}",
        "{\"what\":\"skipped\",\"losses\":\"all\"}",
        "{\"what\":\"end\",\"state\":\"tired\",\"bytes\":0,\"counts\":{}}",
        "{\"what\":\"end\",\"state\":\"done\",\"bytes\":0}",
        "{\"what\":\"end\",\"state\":\"done\",\"bytes\":0,\"counts\":{\"sent\":1}}",
        "{\"what\":\"end\",\"state\":\"done\",\"bytes\":9,\"counts\":{}}",
      })
  void damagedLine_isNamedByItsNumber(String line) {
    assertThatThrownBy(() -> read(HEAD + line + "\n"))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT))
        .hasMessageContaining("line 2 is damaged: ")
        .hasMessageContaining("Repeat the command");
  }

  @Test
  void lineAfterTheLast_andOneWithoutEnd_areDamage() {
    assertThatThrownBy(() -> read(GOLDEN + "{}\n")).hasMessageContaining("line 6 is damaged");
    byte[] endless = Arrays.copyOf(HEAD.getBytes(StandardCharsets.UTF_8), 5 << 20);
    assertThatThrownBy(() -> read(endless))
        .hasMessageContaining("line 2 is damaged: it has more than 4194304 bytes");
  }

  @Test
  void stream_isClosedWithTheReader_andWhereThereIsNone() throws IOException {
    for (String report : List.of(GOLDEN, "no report\n")) {
      int[] closed = {0};
      try (MirrorReportReader reader =
          MirrorReportReader.of(
              new FilterInputStream(
                  new ByteArrayInputStream(report.getBytes(StandardCharsets.UTF_8))) {
                @Override
                public void close() {
                  closed[0]++;
                }
              },
              "r")) {
        assertThat(closed[0]).isZero();
        assertThat(reader.end().state()).isEqualTo(State.DONE);
      } catch (ProviderException e) {
        assertThat(e).hasMessageContaining("line 1 is damaged");
      }
      assertThat(closed[0]).isEqualTo(1);
    }
  }

  @Tag("fuzz")
  @Property(tries = 3_000)
  void damagedAnywhere_isReadOrRefused(
      @ForAll @IntRange(max = 1000) int at,
      @ForAll byte value,
      @ForAll @IntRange(max = 1000) int length) {
    byte[] report = GOLDEN.getBytes(StandardCharsets.UTF_8);
    report[at % report.length] = value;
    readOrRefused(Arrays.copyOf(report, Math.min(report.length, length)));
    readOrRefused(report);
  }

  @Tag("fuzz")
  @Property(tries = 3_000)
  void anyLines_areReadOrRefused(@ForAll @Size(max = 200) byte[] bytes, @ForAll String text) {
    byte[] head = HEAD.getBytes(StandardCharsets.UTF_8);
    byte[] report = Arrays.copyOf(head, head.length + bytes.length);
    System.arraycopy(bytes, 0, report, head.length, bytes.length);
    readOrRefused(report);
    readOrRefused(bytes);
    readOrRefused((HEAD + "{\"what\":\"" + text + "\"}\n").getBytes(StandardCharsets.UTF_8));
  }

  private static void readOrRefused(byte[] report) {
    try {
      Read read = read(report);
      assertThat(read.end().counts().values().stream().mapToLong(Long::longValue).sum())
          .isEqualTo(read.entries.size());
    } catch (IOException e) {
      assertThat(e)
          .isInstanceOfSatisfying(
              ProviderException.class,
              p -> assertThat(p.kind()).isIn(ErrorKind.CORRUPT, ErrorKind.INVALID));
    }
  }
}
