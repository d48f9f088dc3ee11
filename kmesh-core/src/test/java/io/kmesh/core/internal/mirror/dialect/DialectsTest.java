// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.mirror.MirrorAttributes;
import io.kmesh.engine.MirrorDialect;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.store.ObjectInfo;
import java.net.URI;
import java.time.Instant;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class DialectsTest {
  private static FileStat stat(FileType type, int mode, FileTime atime, FileTime mtime, long rdev) {
    return new FileStat(type, mode, 1000, 100, 5, 8, 1, 1, 1, rdev, atime, mtime, mtime);
  }

  private static final FileStat GOLDEN =
      stat(
          FileType.REGULAR,
          04755,
          new FileTime(-2, 500_000_000),
          new FileTime(1_700_000_000, 123_456_789),
          0);

  @Test
  void goldenVectors() {
    assertThat(Dialects.write(MirrorDialect.FSX, GOLDEN))
        .isEqualTo(
            Map.of(
                "file-permissions",
                "0100755",
                "file-owner",
                "1000",
                "file-group",
                "100",
                "file-mtime",
                "1700000000123456789ns",
                "file-atime",
                "-1500000000ns"));
    assertThat(Dialects.write(MirrorDialect.AMLFS, GOLDEN))
        .isEqualTo(
            Map.of(
                "owner",
                "1000",
                "group",
                "100",
                "permissions",
                "0755",
                "modtime",
                "2023-11-14 22:13:20 +0000"));
    assertThat(Dialects.write(MirrorDialect.AZCOPY, GOLDEN))
        .isEqualTo(
            Map.of(
                "permissions",
                "35309",
                "modtime",
                "1700000000123456789",
                "posix_atime",
                "-1500000000",
                "posix_owner",
                "1000",
                "posix_group",
                "100"));
    assertThat(Dialects.write(MirrorDialect.GOOGLE, GOLDEN))
        .isEqualTo(
            Map.of(
                "goog-reserved-posix-mode",
                "755",
                "goog-reserved-posix-uid",
                "1000",
                "goog-reserved-posix-gid",
                "100",
                "goog-reserved-file-mtime",
                "1700000000",
                "goog-reserved-file-atime",
                "-2"));
    assertThat(Dialects.write(MirrorDialect.RCLONE, GOLDEN))
        .isEqualTo(
            Map.of(
                "mode",
                "0104755",
                "uid",
                "1000",
                "gid",
                "100",
                "rdev",
                "0",
                "mtime",
                "1700000000.123456789",
                "atime",
                "1969-12-31T23:59:58.5Z"));
    assertThat(Dialects.write(MirrorDialect.RCLONE, GOLDEN, URI.create("az://container")))
        .containsEntry("mtime", "2023-11-14T22:13:20.123456789Z");
    assertThat(Dialects.write(MirrorDialect.RCLONE, GOLDEN, URI.create("s3://bucket")))
        .isEqualTo(Dialects.write(MirrorDialect.RCLONE, GOLDEN));
    assertThat(Dialects.write(MirrorDialect.S3FS, GOLDEN))
        .isEqualTo(
            Map.of(
                "mode",
                "35309",
                "uid",
                "1000",
                "gid",
                "100",
                "mtime",
                "1700000000.123456789",
                "atime",
                "-1.500000000",
                "ctime",
                "1700000000.123456789"));
  }

  @Test
  void losses_areNamed() {
    assertThat(Dialects.losses(MirrorDialect.FSX, GOLDEN, true))
        .containsExactlyInAnyOrder(Attribute.SET_ID, Attribute.XATTRS);
    assertThat(Dialects.losses(MirrorDialect.GOOGLE, GOLDEN, false))
        .containsExactly(Attribute.SET_ID);
    assertThat(Dialects.losses(MirrorDialect.AMLFS, GOLDEN, false))
        .containsExactlyInAnyOrder(Attribute.SET_ID, Attribute.ATIME);
    FileStat fifo = stat(FileType.FIFO, 0600, GOLDEN.atime(), GOLDEN.mtime(), 0);
    assertThat(Dialects.losses(MirrorDialect.FSX, fifo, false)).containsExactly(Attribute.TYPE);
    assertThat(Dialects.losses(MirrorDialect.AZCOPY, fifo, false)).isEmpty();
  }

  @Provide
  Arbitrary<FileStat> stats() {
    Arbitrary<FileTime> times =
        Combinators.combine(
                Arbitraries.longs().between(-60_000_000_000L, 250_000_000_000L),
                Arbitraries.integers().between(0, 999_999_999))
            .as(FileTime::new);
    return Combinators.combine(
            Arbitraries.of(FileType.values()),
            Arbitraries.integers().between(0, 07777),
            times,
            times,
            Arbitraries.longs().between(0, 0xfff),
            Arbitraries.longs().between(0, 0xfffff))
        .as(
            (type, mode, atime, mtime, major, minor) ->
                stat(
                    type,
                    mode,
                    atime,
                    mtime,
                    type == FileType.CHARACTER_DEVICE || type == FileType.BLOCK_DEVICE
                        ? major << 32 | minor
                        : 0));
  }

  /** What is carried comes back; what is lost is named. */
  @Property(tries = 300)
  void whatIsWritten_isReadBack(@ForAll("stats") FileStat stat) throws Exception {
    for (MirrorDialect dialect : MirrorDialect.written()) {
      String key = stat.isDirectory() ? "k/" : "k";
      long size = stat.isRegular() || stat.type() == FileType.SYMLINK ? 5 : 0;
      ForeignEntry entry =
          ForeignEntry.read(
              new ObjectInfo(
                  key, size, "e", null, Instant.EPOCH, Dialects.write(dialect, stat), null));
      var losses = Dialects.losses(dialect, stat, false);
      assertThat(entry.dialects()).as("%s", dialect).startsWith(dialect);
      if (!losses.contains(Attribute.TYPE)) {
        assertThat(entry.attributes().fileType()).contains(stat.type());
      }
      int kept = losses.contains(Attribute.STICKY) ? 0777 : 01777;
      assertThat(entry.attributes().mode()).contains(stat.mode() & kept);
      assertThat(entry.attributes().number("kmesh-uid", 1L << 32)).contains(stat.uid());
      assertThat(entry.attributes().number("kmesh-gid", 1L << 32)).contains(stat.gid());
      assertThat(entry.attributes().time("kmesh-mtime").orElseThrow().seconds())
          .isEqualTo(stat.mtime().seconds());
      if (!losses.contains(Attribute.ATIME)) {
        assertThat(entry.attributes().time("kmesh-atime").orElseThrow().seconds())
            .isEqualTo(stat.atime().seconds());
      }
      if (!losses.contains(Attribute.RDEV)) {
        assertThat(entry.attributes().rdev()).isEqualTo(stat.rdev());
      }
    }
  }

  /** What Kmesh writes never looks as if somebody had changed it, and a change does. */
  @Property(tries = 300)
  void whatIsWritten_contradictsNothing(@ForAll("stats") FileStat stat) throws Exception {
    MirrorAttributes own = MirrorAttributes.of(stat);
    for (MirrorDialect dialect : MirrorDialect.written()) {
      Map<String, String> words = Dialects.write(dialect, stat);
      assertThat(Dialects.contradiction(words, own)).as("%s", dialect).isEmpty();
      FileStat other =
          stat(stat.type(), stat.mode() ^ 0100, stat.atime(), stat.mtime(), stat.rdev());
      assertThat(Dialects.contradiction(words, MirrorAttributes.of(other))).contains(dialect);
    }
  }

  /** Metadata of anybody is read without a failure, whatever it says. */
  @Property(tries = 1000)
  void anyMetadata_isRead(@ForAll("metadata") Map<String, String> metadata) {
    ForeignEntry entry =
        ForeignEntry.read(new ObjectInfo("k", 0, "e", null, Instant.EPOCH, metadata, null));
    assertThat(entry.attributes().fileType()).isPresent();
  }

  @Provide
  Arbitrary<Map<String, String>> metadata() {
    Arbitrary<String> names =
        Arbitraries.of(
            "file-permissions",
            "file-owner",
            "file-mtime",
            "owner",
            "Permissions",
            "modtime",
            "ftype",
            "hdi_isfolder",
            "is_symlink",
            "is_char_dev",
            "posix_owner",
            "posix_rdev",
            "goog-reserved-posix-mode",
            "goog-reserved-file-atime",
            "gcsfuse_mtime",
            "gcsfuse_symlink_target",
            "mode",
            "uid",
            "rdev",
            "mtime",
            "btime");
    Arbitrary<String> values =
        Arbitraries.oneOf(
            Arbitraries.strings().ofMaxLength(30),
            Arbitraries.strings().numeric().ofMaxLength(40),
            Arbitraries.of("true", "LNK", "0100644", "2021-03-04T05:06:07Z", "-1ns", "rwxrwxrwt"));
    return Arbitraries.maps(names, values).ofMaxSize(8);
  }
}
