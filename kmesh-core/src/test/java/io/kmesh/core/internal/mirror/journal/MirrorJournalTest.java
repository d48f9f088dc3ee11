// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.store.UploadPart;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The form of a mirror's journal, and who holds it. */
class MirrorJournalTest {
  /** docs/format/mirror-journal.md has the same. */
  private static final String UPLOAD =
      "0000005d07bfc98b010000000004642fc3a90000000269640000000000000007"
          + "0000000000000009ffffffffffffffff0000000500000000000000023b9ac9ff"
          + "000000000000000900000005000000010000000c6b6d6573682d666f726d6174"
          + "000000013100000017dcc1773b02000000010000000000000005010203040000"
          + "0002653100000017d2003c3e02000000020000000000000004ffffffff000000"
          + "026532";

  private static final String DOWNLOAD =
      "0000002e8093a8a10300000000016b000000046574616700000003302b350000"
          + "00000000000500000000000000010000000000000002000000118f2c251e0400"
          + "00000000000000000000050a0b0c0d";

  private static final UploadRecord AN_UPLOAD =
      new UploadRecord(
          "d/é",
          "id",
          new FileStamp(7, 9, new FileTime(-1, 5), new FileTime(2, 999_999_999)),
          9,
          5,
          new TreeMap<>(Map.of("kmesh-format", "1")),
          new TreeMap<>(
              Map.of(
                  1, new UploadRecord.Part(new UploadPart(1, "e1", 5), 0x01020304),
                  2, new UploadRecord.Part(new UploadPart(2, "e2", 4), -1))));

  private static final DownloadRecord A_DOWNLOAD =
      new DownloadRecord(
          "k",
          "etag",
          "0+5",
          5,
          1,
          2,
          new TreeMap<>(Map.of(0L, new DownloadRecord.Range(0, 5, 0x0a0b0c0d))));

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  private static String hex(ByteBuffer buffer) {
    return HexFormat.of().formatHex(bytes(buffer));
  }

  @Test
  void records_haveTheBytesOfTheFormatsPage() {
    assertThat(hex(AN_UPLOAD.encode())).isEqualTo(UPLOAD);
    assertThat(hex(A_DOWNLOAD.encode())).isEqualTo(DOWNLOAD);
  }

  @Test
  void records_areReadAsTheyWereWritten() {
    assertThat(UploadRecord.decode(bytes(AN_UPLOAD.encode()))).contains(AN_UPLOAD);
    assertThat(DownloadRecord.decode(bytes(A_DOWNLOAD.encode()))).contains(A_DOWNLOAD);
  }

  @Test
  void recordOfAnotherKindOrVersion_isNone() {
    assertThat(UploadRecord.decode(bytes(A_DOWNLOAD.encode()))).isEmpty();
    assertThat(DownloadRecord.decode(bytes(AN_UPLOAD.encode()))).isEmpty();
    for (int kind : new int[] {1, 3}) {
      byte[] next =
          bytes(
              Frames.of(
                  out -> {
                    out.writeByte(kind);
                    out.writeByte(1);
                  }));
      assertThat(UploadRecord.decode(next)).isEmpty();
      assertThat(DownloadRecord.decode(next)).isEmpty();
    }
  }

  /** What was cut off by a crash takes nothing from what is before it. */
  @Test
  void tornFile_hasItsWholeRecords() {
    byte[] whole = bytes(AN_UPLOAD.encode());
    int start = bytes(AN_UPLOAD.with(new TreeMap<>()).encode()).length;
    int part = (whole.length - start) / 2;
    for (int length = 0; length < whole.length; length++) {
      Optional<UploadRecord> read = UploadRecord.decode(Arrays.copyOf(whole, length));
      if (length < start) {
        assertThat(read).isEmpty();
      } else {
        assertThat(read.orElseThrow().parts())
            .isEqualTo(AN_UPLOAD.parts().headMap(1 + ((length - start) / part)));
      }
    }
  }

  @Property(tries = 2000)
  @Tag("fuzz")
  void flippedBits_neverMakeAnotherRecord(
      @ForAll @IntRange(max = 4000) int at, @ForAll @IntRange(max = 7) int bit) {
    for (byte[] file : List.of(bytes(AN_UPLOAD.encode()), bytes(A_DOWNLOAD.encode()))) {
      file[at % file.length] ^= (byte) (1 << bit);
      UploadRecord.decode(file)
          .ifPresent(
              read -> {
                assertThat(AN_UPLOAD.with(read.parts())).isEqualTo(read);
                assertThat(AN_UPLOAD.parts()).containsAllEntriesOf(read.parts());
              });
      DownloadRecord.decode(file)
          .ifPresent(
              read -> {
                assertThat(read.isOf(A_DOWNLOAD)).isTrue();
                assertThat(A_DOWNLOAD.ranges()).containsAllEntriesOf(read.ranges());
              });
    }
  }

  /** Bytes with a right checksum that say anything are read as a record or as none. */
  @Property(tries = 2000)
  @Tag("fuzz")
  void anyBytes_areARecordOrNone(
      @ForAll @Size(max = 200) byte[] body, @ForAll @IntRange(max = 4) int kind) {
    byte[] framed =
        bytes(
            Frames.of(
                out -> {
                  out.writeByte(kind);
                  out.writeByte(0);
                  out.write(body);
                }));
    for (byte[] file : List.of(body, framed)) {
      UploadRecord.decode(file)
          .ifPresent(read -> assertThat(UploadRecord.decode(bytes(read.encode()))).contains(read));
      DownloadRecord.decode(file)
          .ifPresent(
              read -> assertThat(DownloadRecord.decode(bytes(read.encode()))).contains(read));
    }
  }

  private static Optional<MirrorJournal> open(Path folder, String place) throws IOException {
    return MirrorJournal.open(folder, "push", List.of(place));
  }

  @Test
  void journal_isHeldByOneAtATime(@TempDir Path folder) throws IOException {
    try (MirrorJournal held = open(folder, "a").orElseThrow();
        MirrorJournal other = open(folder, "b").orElseThrow()) {
      assertThat(open(folder, "a")).isEmpty();
      held.begin(AN_UPLOAD);
      assertThat(held.uploads()).hasSize(1);
      assertThat(other.uploads()).isEmpty();
    }
    try (MirrorJournal again = open(folder, "a").orElseThrow()) {
      assertThat(again.upload(AN_UPLOAD.key())).contains(AN_UPLOAD);
      assertThat(again.upload("another")).isEmpty();
      again.forgetUpload(AN_UPLOAD.key());
      assertThat(again.uploads()).isEmpty();
    }
  }

  @Test
  void files_areTheOwnersAlone(@TempDir Path folder) throws IOException {
    Path journals = folder.resolve("new/journals");
    try (MirrorJournal journal = open(journals, "a").orElseThrow()) {
      journal.begin(AN_UPLOAD);
      journal.begin(A_DOWNLOAD);
      try (Stream<Path> all = Files.walk(journals)) {
        for (Path path : all.toList()) {
          assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
              .isEqualTo(Files.isDirectory(path) ? "rwx------" : "rw-------");
        }
      }
    }
  }

  @Test
  void folderThatVanishes_endsNothing(@TempDir Path folder) throws IOException {
    try (MirrorJournal journal = open(folder, "a").orElseThrow()) {
      try (Stream<Path> all = Files.walk(folder)) {
        for (Path path : all.sorted((a, b) -> b.compareTo(a)).toList()) {
          if (!path.equals(folder)) {
            Files.delete(path);
          }
        }
      }
      assertThat(journal.begin(AN_UPLOAD)).isFalse();
      journal.add(AN_UPLOAD, AN_UPLOAD.parts().get(1));
      journal.forgetUpload(AN_UPLOAD.key());
      assertThat(journal.uploads()).isEmpty();
    }
  }
}
