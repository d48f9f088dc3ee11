// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.dialect;

import io.kmesh.engine.MirrorDialect;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileType;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Amazon FSx for Lustre's: permissions as octal {@code st_mode}, times in nanoseconds. */
final class FsxCodec implements Codec {
  private static final String PERMISSIONS = "file-permissions";
  private static final String OWNER = "file-owner";
  private static final String GROUP = "file-group";
  private static final String MTIME = "file-mtime";
  private static final String ATIME = "file-atime";
  private static final Set<String> KEYS = Set.of(PERMISSIONS, OWNER, GROUP, MTIME, ATIME);

  @Override
  public MirrorDialect dialect() {
    return MirrorDialect.FSX;
  }

  @Override
  public boolean isIn(Map<String, String> metadata) {
    return metadata.keySet().stream().anyMatch(KEYS::contains);
  }

  @Override
  public void read(Map<String, String> metadata, Saying saying) {
    saying
        .take(metadata, PERMISSIONS, Texts::octal)
        .ifPresent(
            mode -> {
              // Without suid and sgid, which the service says it does not keep.
              saying.say(Attribute.PERMISSIONS, mode & 0777);
              saying.say(Attribute.STICKY, mode & 01000);
              // AWS itself tags directories as files: the key tells them, the bits only a link.
              if (Texts.type(mode).filter(type -> type == FileType.SYMLINK).isPresent()) {
                saying.type(FileType.SYMLINK);
              }
            });
    saying.take(metadata, OWNER, Texts::id).ifPresent(id -> saying.say(Attribute.UID, id));
    saying.take(metadata, GROUP, Texts::id).ifPresent(id -> saying.say(Attribute.GID, id));
    saying.take(metadata, MTIME, Texts::fsxTime).ifPresent(t -> saying.say(Attribute.MTIME, t));
    saying.take(metadata, ATIME, Texts::fsxTime).ifPresent(t -> saying.say(Attribute.ATIME, t));
  }

  @Override
  public Set<Attribute> carries() {
    return EnumSet.of(
        Attribute.TYPE,
        Attribute.PERMISSIONS,
        Attribute.STICKY,
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
    int mode = Texts.bits(stat.type()) | (stat.mode() & 01777);
    words.put(PERMISSIONS, String.format(Locale.ROOT, "%07o", mode));
    words.put(OWNER, Long.toString(stat.uid()));
    words.put(GROUP, Long.toString(stat.gid()));
    words.put(MTIME, Texts.nanosOf(stat.mtime()) + "ns");
    words.put(ATIME, Texts.nanosOf(stat.atime()) + "ns");
    return words;
  }
}
