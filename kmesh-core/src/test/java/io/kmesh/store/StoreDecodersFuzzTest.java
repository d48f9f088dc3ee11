// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.spi.store.Crc32c;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/**
 * The directory store's decoders on damaged and foreign bytes. What they accept, they write again
 * as it was; all else is damage, never another exception.
 */
class StoreDecodersFuzzTest {
  private static final int CRC_AT = 4; // in the footer and in a record's frame

  private static final byte[] TRAILER =
      new ObjectTrailer(
              "a/k\u00e9y",
              0,
              new BodyChecksum.OfSha256(Assembly.sha256(ByteBuffer.allocate(0))),
              7,
              Instant.ofEpochSecond(1_795_250_273L, 5),
              Map.of("one", "1", "two", ""))
          .encode();

  private static final byte[] CRC_TRAILER =
      new ObjectTrailer(
              "k",
              0,
              new BodyChecksum.OfCrc32c(new Crc32c(0)),
              7,
              Instant.ofEpochSecond(1_795_250_273L, 5),
              Map.of())
          .encode();

  private static byte[] log() {
    ByteBuffer log = ByteBuffer.allocate(1000);
    log.put(UploadLog.start("k/y", Map.of("m", "v")));
    log.put(part(new UploadLog.Part(1, 10, Assembly.sha256(ByteBuffer.allocate(1)), 7, 0, "")));
    log.put(
        part(
            new UploadLog.Part(
                2,
                11,
                Assembly.sha256(ByteBuffer.allocate(2)),
                8,
                UploadLog.ELSEWHERE,
                "part-2-00ff")));
    return Arrays.copyOf(log.array(), log.position());
  }

  private static ByteBuffer part(UploadLog.Part part) {
    return UploadLog.part(part);
  }

  @Tag("fuzz")
  @Property(tries = 5_000)
  void trailer_anyBytesWithARightChecksum_areThoseOfATrailer_orDamage(
      @ForAll @Size(max = 160) byte[] body, @ForAll boolean crc32c) {
    byte[] like = crc32c ? CRC_TRAILER : TRAILER;
    byte[] file = Arrays.copyOf(body, body.length + ObjectTrailer.FOOTER);
    System.arraycopy(
        like, like.length - ObjectTrailer.FOOTER, file, body.length, ObjectTrailer.FOOTER);
    ByteBuffer.wrap(file).putInt(body.length, body.length);
    readTrailer(withFooterCrc(file));
  }

  @Tag("fuzz")
  @Property(tries = 5_000)
  void trailer_damagedAnywhereWithARightChecksum_isThatOfATrailer_orDamage(
      @ForAll @IntRange(max = 1000) int at,
      @ForAll byte value,
      @ForAll boolean rightChecksum,
      @ForAll boolean crc32c) {
    byte[] file = (crc32c ? CRC_TRAILER : TRAILER).clone();
    file[at % file.length] = value;
    readTrailer(rightChecksum ? withFooterCrc(file) : file);
  }

  private static byte[] withFooterCrc(byte[] file) {
    int body = file.length - ObjectTrailer.FOOTER;
    ByteBuffer.wrap(file).putInt(body + CRC_AT, ObjectTrailer.crc32(file, 0, body));
    return file;
  }

  private static void readTrailer(byte[] file) {
    try {
      ByteBuffer all = ByteBuffer.wrap(file);
      int length =
          ObjectTrailer.lengthOf(
              all.slice(file.length - ObjectTrailer.FOOTER, ObjectTrailer.FOOTER), file.length);
      ObjectTrailer trailer =
          ObjectTrailer.decode(all.slice(file.length - length, length), file.length);
      assertThat(trailer.encode())
          .isEqualTo(Arrays.copyOfRange(file, file.length - length, file.length));
    } catch (ObjectTrailer.DamageException e) {
      assertThat(e).hasMessageMatching("(?s).{10,}");
    }
  }

  @Tag("fuzz")
  @Property(tries = 5_000)
  void uploadLog_damagedAnywhere_isWholeRecords_orDamage(
      @ForAll @IntRange(max = 10_000) int at,
      @ForAll byte value,
      @ForAll @IntRange(max = 10_000) int length,
      @ForAll boolean rightChecksum) {
    byte[] bytes = log();
    int place = at % bytes.length;
    bytes[place] = value;
    if (rightChecksum) {
      rightChecksums(bytes);
    }
    readLog(Arrays.copyOf(bytes, Math.min(bytes.length, length % (2 * bytes.length))));
  }

  @Tag("fuzz")
  @Property(tries = 5_000)
  void uploadLog_anyRecordWithARightChecksum_isThatOfALog_orDamage(
      @ForAll @Size(max = 100) byte[] body, @ForAll boolean first, @ForAll byte type) {
    ByteBuffer bytes = ByteBuffer.allocate(300);
    if (!first) {
      bytes.put(UploadLog.start("k", Map.of()));
    }
    if (body.length > 0) {
      body[0] = (byte) (type & 3);
    }
    bytes.putInt(body.length).putInt(ObjectTrailer.crc32(body, 0, body.length)).put(body);
    readLog(Arrays.copyOf(bytes.array(), bytes.position()));
  }

  private static void rightChecksums(byte[] log) {
    ByteBuffer in = ByteBuffer.wrap(log);
    while (in.remaining() >= 8) {
      int length = in.getInt(in.position());
      if (length < 0 || length > in.remaining() - 8) {
        return;
      }
      in.putInt(in.position() + CRC_AT, ObjectTrailer.crc32(log, in.position() + 8, length));
      in.position(in.position() + 8 + length);
    }
  }

  private static void readLog(byte[] bytes) {
    try {
      UploadLog log = UploadLog.decode(ByteBuffer.wrap(bytes));
      assertThat(log.length()).isBetween(1L, (long) bytes.length);
      assertThat(UploadLog.decode(ByteBuffer.wrap(Arrays.copyOf(bytes, (int) log.length()))))
          .isEqualTo(log);
      log.parts()
          .forEach(
              (number, part) -> {
                assertThat(part.number()).isEqualTo(number).isPositive();
                assertThat(part.file()).doesNotContain("/").doesNotContain("..");
              });
    } catch (ObjectTrailer.DamageException e) {
      assertThat(e).hasMessageMatching("(?s).{10,}");
    }
  }

  @Tag("fuzz")
  @Property(tries = 5_000)
  void keyPaths_anyName_isForeignOrThatOfItsEntry(@ForAll("names") String name) {
    Optional<KeyPaths.Entry> entry = KeyPaths.parse(name);
    entry.ifPresent(
        e -> {
          assertThat(KeyPaths.name(e.begin(), e.kind())).isEqualTo(name);
          assertThat(new String(e.bytes(), StandardCharsets.ISO_8859_1)).doesNotContain("/");
        });
  }

  @Provide
  Arbitrary<String> names() {
    Arbitrary<String> pieces =
        Arbitraries.of(
            "a",
            ".",
            "..",
            "/",
            "%",
            "%o",
            "%+",
            "%-",
            "%2F",
            "%2E",
            "%2e",
            "%00",
            "%FF",
            "%C3%A9",
            " ",
            "~",
            "\u00e9",
            "\u0000",
            "x".repeat(198),
            "x".repeat(200));
    return Arbitraries.oneOf(
        pieces.list().ofMaxSize(6).map(parts -> String.join("", parts)),
        Arbitraries.strings().ofMaxLength(12));
  }
}
