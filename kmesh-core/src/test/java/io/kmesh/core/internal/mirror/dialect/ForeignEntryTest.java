// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.engine.MirrorDialect;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.store.ObjectInfo;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What objects say that other tools and services wrote, by docs/format/dialects.md. */
class ForeignEntryTest {
  private static final Instant STORED = Instant.ofEpochSecond(1_600_000_000);

  private static ForeignEntry read(String key, long size, String... words) {
    Map<String, String> metadata = new TreeMap<>();
    for (int i = 0; i < words.length; i += 2) {
      metadata.put(words[i], words[i + 1]);
    }
    return ForeignEntry.read(new ObjectInfo(key, size, "e", null, STORED, metadata, null));
  }

  private static Map<String, String> values(ForeignEntry entry) {
    Map<String, String> values = new TreeMap<>(entry.attributes().values());
    values.remove("kmesh-format");
    return values;
  }

  private static Map<String, String> file(String... more) {
    Map<String, String> values = new TreeMap<>(Map.of("kmesh-type", "file", "kmesh-size", "3"));
    for (int i = 0; i < more.length; i += 2) {
      values.put(more[i], more[i + 1]);
    }
    values.putIfAbsent("kmesh-mtime", "1600000000000000000");
    return values;
  }

  @Test
  void objectWithoutWords_hasWhatTheStoreKnows() {
    assertThat(values(read("a", 3))).isEqualTo(file());
    assertThat(values(read("a/", 0)))
        .isEqualTo(Map.of("kmesh-type", "dir", "kmesh-mtime", "1600000000000000000"));
    assertThat(read("a", 3, "colour", "red").dialects()).isEmpty();
  }

  @Test
  void fsx_isRead() {
    ForeignEntry entry =
        read(
            "a",
            3,
            "file-permissions",
            "0100664",
            "file-owner",
            "500",
            "file-group",
            "4294967295",
            "file-mtime",
            "1595002920000000001ns",
            "file-atime",
            "1595002920123",
            "user-agent",
            "aws-fsx-lustre");
    assertThat(values(entry))
        .isEqualTo(
            file(
                "kmesh-mode",
                "0664",
                "kmesh-uid",
                "500",
                "kmesh-gid",
                "4294967295",
                "kmesh-mtime",
                "1595002920000000001",
                "kmesh-atime",
                "1595002920123000000"));
    assertThat(entry.dialects()).containsExactly(MirrorDialect.FSX);
    assertThat(entry.notes()).isEmpty();
    assertThat(values(read("a", 3, "file-permissions", "0644")))
        .containsEntry("kmesh-mode", "0644");
    assertThat(values(read("d/", 0, "file-permissions", "0100664")))
        .containsEntry("kmesh-type", "dir")
        .containsEntry("kmesh-mode", "0664");
    assertThat(values(read("l", 3, "file-permissions", "0120777")))
        .containsEntry("kmesh-type", "symlink")
        .doesNotContainKey("kmesh-size");
    assertThat(values(read("a", 3, "file-permissions", "0104755")))
        .containsEntry("kmesh-mode", "0755");
  }

  @Test
  void azureManagedLustre_isRead_withCapitalsToo() {
    ForeignEntry entry =
        read(
            "a",
            3,
            "Owner",
            "superuser",
            "group",
            "7",
            "permissions",
            "1777",
            "Modtime",
            "2021-03-04 05:06:07 -0700");
    assertThat(values(entry))
        .isEqualTo(
            file(
                "kmesh-mode",
                "1777",
                "kmesh-uid",
                "0",
                "kmesh-gid",
                "7",
                "kmesh-mtime",
                "1614859567000000000"));
    assertThat(entry.dialects()).containsExactly(MirrorDialect.AMLFS);
    assertThat(values(read("a", 3, "permissions", "rwxr-x--t")))
        .containsEntry("kmesh-mode", "1751");
    assertThat(values(read("d", 0, "owner", "1", "hdi_isfolder", "True")))
        .containsEntry("kmesh-type", "dir");
    assertThat(values(read("l", 3, "owner", "1", "ftype", "LNK")))
        .containsEntry("kmesh-type", "symlink");
  }

  @Test
  void azCopysOwnStyle_isRead_byDecimals_andLinksBeforeDevices() {
    ForeignEntry entry =
        read(
            "a",
            3,
            "permissions",
            "33188",
            "modtime",
            "1700000000123456789",
            "posix_owner",
            "5",
            "posix_group",
            "6",
            "posix_atime",
            "1700000001000000000",
            "posix_nlink",
            "1");
    assertThat(values(entry))
        .isEqualTo(
            file(
                "kmesh-mode",
                "0644",
                "kmesh-uid",
                "5",
                "kmesh-gid",
                "6",
                "kmesh-mtime",
                "1700000000123456789",
                "kmesh-atime",
                "1700000001000000000"));
    assertThat(entry.dialects()).containsExactly(MirrorDialect.AZCOPY);
    assertThat(values(read("l", 3, "is_symlink", "true", "is_char_dev", "true")))
        .containsEntry("kmesh-type", "symlink");
    assertThat(values(read("s", 0, "is_socket", "true", "hdi_isfolder", "true")))
        .containsEntry("kmesh-type", "socket");
    assertThat(values(read("c", 0, "is_char_dev", "true", "posix_rdev", "1281")))
        .containsEntry("kmesh-type", "char")
        .containsEntry("kmesh-rdev", "5:1");
  }

  @Test
  void azCopysStyleForManagedLustre_isToldFromItsOwn() {
    ForeignEntry entry =
        read(
            "a",
            3,
            "owner",
            "5",
            "group",
            "6",
            "permissions",
            "0644",
            "modtime",
            "2021-03-04 05:06:07 +0000",
            "posix_nlink",
            "1",
            "posix_owner",
            "5",
            "posix_atime",
            "1700000001000000000");
    assertThat(values(entry))
        .containsEntry("kmesh-mode", "0644")
        .containsEntry("kmesh-uid", "5")
        .containsEntry("kmesh-atime", "1700000001000000000");
    assertThat(entry.dialects()).containsExactly(MirrorDialect.AMLFS, MirrorDialect.AZCOPY);
    assertThat(entry.notes()).isEmpty();
  }

  @Test
  void google_isRead() {
    ForeignEntry entry =
        read(
            "a",
            3,
            "goog-reserved-posix-mode",
            "644",
            "goog-reserved-posix-uid",
            "5",
            "goog-reserved-posix-gid",
            "6",
            "goog-reserved-file-mtime",
            "1700000000",
            "goog-reserved-file-atime",
            "-1");
    assertThat(values(entry))
        .isEqualTo(
            file(
                "kmesh-mode",
                "0644",
                "kmesh-uid",
                "5",
                "kmesh-gid",
                "6",
                "kmesh-mtime",
                "1700000000000000000",
                "kmesh-atime",
                "-1000000000"));
    assertThat(values(read("l", 3, "goog-reserved-file-is-symlink", "true")))
        .containsEntry("kmesh-type", "symlink");
    assertThat(read("a", 3, "goog-reserved-posix-mode", "0644").notes())
        .containsExactly("google: goog-reserved-posix-mode=0644");
  }

  @Test
  void gcsfuse_isRead_withTheLinksTextInItsMetadata() {
    assertThat(values(read("a", 3, "gcsfuse_mtime", "2021-03-04T05:06:07.000000008Z")))
        .containsEntry("kmesh-mtime", "1614834367000000008");
    ForeignEntry link = read("l", 0, "gcsfuse_symlink_target", "../b");
    assertThat(values(link)).containsEntry("kmesh-type", "symlink");
    assertThat(link.linkTextOrNull()).isEqualTo(PathBytes.of("../b"));
  }

  @Test
  void rcloneAndS3fs_areTold_byOctalAndDecimal() {
    ForeignEntry rclone =
        read(
            "a",
            3,
            "mode",
            "0100640",
            "uid",
            "5",
            "gid",
            "6",
            "mtime",
            "2021-03-04T05:06:07.5+01:00",
            "atime",
            "2021-03-04T05:06:07Z",
            "btime",
            "2021-03-04T05:06:07Z");
    assertThat(values(rclone))
        .isEqualTo(
            file(
                "kmesh-mode",
                "0640",
                "kmesh-uid",
                "5",
                "kmesh-gid",
                "6",
                "kmesh-mtime",
                "1614830767500000000",
                "kmesh-atime",
                "1614834367000000000"));
    assertThat(rclone.dialects()).containsExactly(MirrorDialect.RCLONE);
    ForeignEntry s3fs =
        read("a", 3, "mode", "33184", "uid", "5", "gid", "6", "mtime", "1614834367.25");
    assertThat(values(s3fs))
        .isEqualTo(
            file(
                "kmesh-mode",
                "0640",
                "kmesh-uid",
                "5",
                "kmesh-gid",
                "6",
                "kmesh-mtime",
                "1614834367250000000"));
    assertThat(s3fs.dialects()).containsExactly(MirrorDialect.S3FS);
    assertThat(values(read("d/", 0, "mode", "16877"))).containsEntry("kmesh-mode", "0755");
  }

  @Test
  void whereTwoDisagree_theFirstIsBelieved_andItIsTold() {
    ForeignEntry entry =
        read(
            "a",
            3,
            "file-owner",
            "1",
            "goog-reserved-posix-uid",
            "2",
            "file-mtime",
            "1700000000900000000ns",
            "goog-reserved-file-mtime",
            "1700000000");
    assertThat(values(entry))
        .containsEntry("kmesh-uid", "1")
        .containsEntry("kmesh-mtime", "1700000000900000000");
    assertThat(entry.notes())
        .containsExactly("google says another uid than fsx, which is believed");
  }

  @Test
  void setId_isNeverTaken_andBytesAreNeverLost() {
    ForeignEntry suid = read("a", 3, "mode", "0104755");
    assertThat(values(suid)).containsEntry("kmesh-mode", "0755");
    assertThat(suid.notes()).hasSize(1).first().asString().startsWith("its suid and sgid");
    ForeignEntry folder = read("d", 3, "hdi_isfolder", "true");
    assertThat(values(folder)).containsEntry("kmesh-type", "file");
    assertThat(folder.notes()).containsExactly("it says that it is a dir, and has bytes");
  }

  @ParameterizedTest
  @CsvSource({
    "file-permissions, 0109664",
    "file-owner, root",
    "file-owner, 4294967296",
    "file-mtime, 12ms",
    "goog-reserved-posix-uid, -1",
    "goog-reserved-file-mtime, 99999999999999999999",
    "gcsfuse_mtime, yesterday",
    "mode, 0100849",
    "posix_owner, x",
  })
  void valueThatIsNone_isANote_andNotSaid(String name, String value) {
    ForeignEntry entry = read("a", 3, name, value);
    assertThat(values(entry)).isEqualTo(file());
    assertThat(entry.notes()).hasSize(1).first().asString().endsWith(name + "=" + value);
  }
}
