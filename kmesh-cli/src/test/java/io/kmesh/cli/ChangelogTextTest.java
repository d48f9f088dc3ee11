// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.lustre.ChangelogRecord;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.jna.internal.wire.ChangelogDecoder;
import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Lines against those that lfs printed of the same records. */
class ChangelogTextTest {
  private static final Path VECTORS =
      Path.of("../kmesh-lustre-jna/src/test/resources/io/kmesh/lustre/vectors/changelog");

  /** A record's first line: a name with a newline makes two of one. */
  private static final Pattern RECORD = Pattern.compile("(?m)^\\d+ \\d\\d[A-Z]");

  private static final Pattern LAST_NAME = Pattern.compile("(?s)(.* (?:p|sp)=\\[[^]]*\\] )(.*)");

  @ParameterizedTest
  @CsvSource({"fsops.MDT0000, 98", "fsops.MDT0001, 17", "hsm.MDT0000, 540", "hsm.MDT0001, 17"})
  void lines_areThoseOfLfs(String name, int count) throws IOException {
    List<String> ours = new ArrayList<>();
    ChangelogDecoder decoder = new ChangelogDecoder(0);
    decoder.feed(ByteBuffer.wrap(Files.readAllBytes(VECTORS.resolve(name + ".raw.bin"))));
    for (ChangelogRecord record = decoder.next(); record != null; record = decoder.next()) {
      ours.add(ChangelogText.line(record));
    }
    List<String> theirs = new ArrayList<>();
    for (String line : records(VECTORS.resolve(name + ".txt"))) {
      theirs.add(asWeWrite(line));
    }
    assertThat(ours).hasSize(count).isEqualTo(theirs);
  }

  /** The text cut into records; each byte is a character. */
  private static List<String> records(Path file) throws IOException {
    String text = Files.readString(file, StandardCharsets.ISO_8859_1);
    List<Integer> starts = new ArrayList<>();
    for (Matcher m = RECORD.matcher(text); m.find(); ) {
      starts.add(m.start());
    }
    starts.add(text.length());
    List<String> found = new ArrayList<>();
    for (int i = 0; i + 1 < starts.size(); i++) {
      String record = text.substring(starts.get(i), starts.get(i + 1));
      found.add(record.substring(0, record.length() - 1));
    }
    return found;
  }

  /**
   * What is meant to differ: lfs asked for the other form of network ids (0x10), prints what its
   * memory holds for the parent of records that have none, and prints names as they are.
   */
  private static String asWeWrite(String line) {
    String text = line.replaceFirst(" ef=0x1([0-9a-f]) ", " ef=0x$1 ");
    text = text.replaceFirst(" p=\\[[^]]*\\]$", "");
    Matcher m = LAST_NAME.matcher(text);
    return m.matches() ? escapeFirst(m.group(1)) + escaped(m.group(2)) : text;
  }

  /** Of a rename both names; the first one ends where the source begins. */
  private static String escapeFirst(String text) {
    Matcher m =
        Pattern.compile("(?s)(.* p=\\[[^]]*\\] )(.*)( s=\\[[^]]*\\] sp=\\[[^]]*\\] )")
            .matcher(text);
    return m.matches() ? m.group(1) + escaped(m.group(2)) + m.group(3) : text;
  }

  private static String escaped(String name) {
    return PathBytes.of(name.getBytes(StandardCharsets.ISO_8859_1)).toString();
  }

  @Test
  void recordOfNewerRelease_isPrintedByItsNumber() {
    ChangelogRecord record =
        new ChangelogRecord(
            1,
            -1L,
            77,
            0xfff,
            Instant.ofEpochSecond(1, 5),
            Fid.ZERO,
            Fid.parse("[0x1:0x2:0x3]"),
            PathBytes.of(new byte[] {'a', '\n', (byte) 0xff}),
            null,
            null,
            null,
            null,
            0);
    assertThat(ChangelogText.line(record))
        .isEqualTo(
            "18446744073709551615 77?77   00:00:01.000000005 1970.01.01 0xfff t=[0:0x0:0x0]"
                + " p=[0x1:0x2:0x3] a\\x0a\\xff");
    assertThat(ChangelogText.json(record).toString())
        .contains("\"type\":\"?77\"", "\"typeCode\":77", "\"nameBase64\":\"YQr/\"");
  }
}
