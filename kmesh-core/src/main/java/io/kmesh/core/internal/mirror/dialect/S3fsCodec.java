// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.dialect;

import io.kmesh.engine.MirrorDialect;
import io.kmesh.spi.posix.FileStat;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** s3fs's: {@code st_mode} in decimal, times in seconds with a fraction. */
final class S3fsCodec implements Codec {
  private static final String CTIME = "ctime";
  private final RcloneCodec rclone = new RcloneCodec();

  @Override
  public MirrorDialect dialect() {
    return MirrorDialect.S3FS;
  }

  @Override
  public boolean isIn(Map<String, String> metadata) {
    boolean hasOne =
        metadata.containsKey(RcloneCodec.MODE)
            || metadata.containsKey(RcloneCodec.UID)
            || metadata.containsKey(RcloneCodec.MTIME);
    return hasOne && !rclone.isIn(metadata);
  }

  @Override
  public void read(Map<String, String> metadata, Saying saying) {
    saying
        .take(metadata, RcloneCodec.MODE, Texts::decimalMode)
        .ifPresent(
            mode -> {
              saying.mode(mode);
              Texts.type(mode).ifPresent(saying::type);
            });
    saying.take(metadata, RcloneCodec.UID, Texts::id).ifPresent(i -> saying.say(Attribute.UID, i));
    saying.take(metadata, RcloneCodec.GID, Texts::id).ifPresent(i -> saying.say(Attribute.GID, i));
    saying
        .take(metadata, RcloneCodec.MTIME, Texts::seconds)
        .ifPresent(t -> saying.say(Attribute.MTIME, t));
    saying
        .take(metadata, RcloneCodec.ATIME, Texts::seconds)
        .ifPresent(t -> saying.say(Attribute.ATIME, t));
  }

  @Override
  public Set<Attribute> carries() {
    return EnumSet.complementOf(EnumSet.of(Attribute.XATTRS, Attribute.HARD_LINKS, Attribute.RDEV));
  }

  @Override
  public Set<String> passing() {
    return Set.of(RcloneCodec.ATIME, CTIME);
  }

  @Override
  public Map<String, String> write(FileStat stat) {
    Map<String, String> words = new TreeMap<>();
    int mode = Texts.bits(stat.type()) | (stat.mode() & 07777);
    words.put(RcloneCodec.MODE, Integer.toString(mode));
    words.put(RcloneCodec.UID, Long.toString(stat.uid()));
    words.put(RcloneCodec.GID, Long.toString(stat.gid()));
    words.put(RcloneCodec.MTIME, Texts.secondsOf(stat.mtime()));
    words.put(RcloneCodec.ATIME, Texts.secondsOf(stat.atime()));
    words.put(CTIME, Texts.secondsOf(stat.ctime()));
    return words;
  }
}
