// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.dialect;

import io.kmesh.engine.MirrorDialect;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** That of rclone with {@code --metadata}: {@code st_mode} in octal, times as dates. */
final class RcloneCodec implements Codec {
  static final String MODE = "mode";
  static final String UID = "uid";
  static final String GID = "gid";
  static final String MTIME = "mtime";
  static final String ATIME = "atime";
  private static final String BTIME = "btime";
  private static final String RDEV = "rdev";

  @Override
  public MirrorDialect dialect() {
    return MirrorDialect.RCLONE;
  }

  /** s3fs has the same names, with decimal modes and its times in seconds. */
  @Override
  public boolean isIn(Map<String, String> metadata) {
    return metadata.containsKey(BTIME)
        || metadata.getOrDefault(MODE, "").startsWith("0")
        || metadata.getOrDefault(MTIME, "").contains("T")
        || metadata.getOrDefault(ATIME, "").contains("T");
  }

  @Override
  public void read(Map<String, String> metadata, Saying saying) {
    saying
        .take(metadata, MODE, Texts::octal)
        .ifPresent(
            mode -> {
              saying.mode(mode);
              Texts.type(mode).ifPresent(saying::type);
            });
    saying.take(metadata, UID, Texts::id).ifPresent(id -> saying.say(Attribute.UID, id));
    saying.take(metadata, GID, Texts::id).ifPresent(id -> saying.say(Attribute.GID, id));
    saying.take(metadata, MTIME, RcloneCodec::time).ifPresent(t -> saying.say(Attribute.MTIME, t));
    saying.take(metadata, ATIME, RcloneCodec::time).ifPresent(t -> saying.say(Attribute.ATIME, t));
    boolean isDevice =
        saying
            .type()
            .filter(t -> t == FileType.BLOCK_DEVICE || t == FileType.CHARACTER_DEVICE)
            .isPresent();
    if (isDevice) {
      saying.take(metadata, RDEV, Devices::hex).ifPresent(d -> saying.say(Attribute.RDEV, d));
    }
  }

  /** A date; on S3, rclone's own modification time is in seconds under the same name. */
  private static Optional<FileTime> time(String text) {
    Optional<FileTime> date = Texts.rfc3339(text);
    return date.isPresent() ? date : Texts.seconds(text);
  }

  @Override
  public Set<Attribute> carries() {
    return EnumSet.complementOf(EnumSet.of(Attribute.XATTRS, Attribute.HARD_LINKS));
  }

  @Override
  public Set<String> passing() {
    return Set.of(ATIME);
  }

  @Override
  public Map<String, String> write(FileStat stat) {
    Map<String, String> words = new TreeMap<>();
    int mode = Texts.bits(stat.type()) | (stat.mode() & 07777);
    words.put(MODE, "0" + Integer.toOctalString(mode));
    words.put(UID, Long.toString(stat.uid()));
    words.put(GID, Long.toString(stat.gid()));
    words.put(RDEV, Long.toHexString(Devices.packed(stat.rdev())));
    // In seconds: rclone's reading of a store's own modification time wants them.
    words.put(MTIME, Texts.secondsOf(stat.mtime()));
    Texts.rfc3339Of(stat.atime())
        .ifPresent(date -> words.put(ATIME, date.toUpperCase(Locale.ROOT)));
    return words;
  }
}
