// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.dialect;

import io.kmesh.engine.MirrorDialect;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileType;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** That of gcloud, gsutil and the Storage Transfer Service: three octal digits, whole seconds. */
final class GoogleCodec implements Codec {
  private static final String MODE = "goog-reserved-posix-mode";
  private static final String UID = "goog-reserved-posix-uid";
  private static final String GID = "goog-reserved-posix-gid";
  private static final String MTIME = "goog-reserved-file-mtime";
  private static final String ATIME = "goog-reserved-file-atime";
  private static final String LINK = "goog-reserved-file-is-symlink";
  private static final Set<String> KEYS = Set.of(MODE, UID, GID, MTIME, ATIME, LINK);

  @Override
  public MirrorDialect dialect() {
    return MirrorDialect.GOOGLE;
  }

  @Override
  public boolean isIn(Map<String, String> metadata) {
    return metadata.keySet().stream().anyMatch(KEYS::contains);
  }

  @Override
  public void read(Map<String, String> metadata, Saying saying) {
    saying
        .take(metadata, MODE, GoogleCodec::mode)
        .ifPresent(mode -> saying.say(Attribute.PERMISSIONS, mode));
    saying.take(metadata, UID, Texts::id).ifPresent(id -> saying.say(Attribute.UID, id));
    saying.take(metadata, GID, Texts::id).ifPresent(id -> saying.say(Attribute.GID, id));
    saying.take(metadata, MTIME, Texts::seconds).ifPresent(t -> saying.say(Attribute.MTIME, t));
    saying.take(metadata, ATIME, Texts::seconds).ifPresent(t -> saying.say(Attribute.ATIME, t));
    if ("true".equalsIgnoreCase(metadata.get(LINK))) {
      saying.type(FileType.SYMLINK);
    }
  }

  private static Optional<Integer> mode(String text) {
    return text.matches("[0-7]{3}") ? Texts.octal(text) : Optional.empty();
  }

  @Override
  public Set<Attribute> carries() {
    return EnumSet.of(
        Attribute.TYPE,
        Attribute.PERMISSIONS,
        Attribute.UID,
        Attribute.GID,
        Attribute.MTIME,
        Attribute.ATIME);
  }

  @Override
  public Set<String> passing() {
    return Set.of(ATIME);
  }

  @Override
  public Map<String, String> write(FileStat stat) {
    Map<String, String> words = new TreeMap<>();
    words.put(MODE, String.format(Locale.ROOT, "%03o", stat.mode() & 0777));
    words.put(UID, Long.toString(stat.uid()));
    words.put(GID, Long.toString(stat.gid()));
    words.put(MTIME, Long.toString(stat.mtime().seconds()));
    words.put(ATIME, Long.toString(stat.atime().seconds()));
    if (stat.type() == FileType.SYMLINK) {
      words.put(LINK, "true");
    }
    return words;
  }
}
