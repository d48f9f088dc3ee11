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

/** Azure Managed Lustre's: octal permissions, times as dates of whole seconds. */
final class AmlfsCodec implements Codec {
  static final String PERMISSIONS = "permissions";
  static final String MTIME = "modtime";
  private static final String OWNER = "owner";
  private static final String GROUP = "group";
  private static final String TYPE = "ftype";
  private static final Set<String> ROOTS = Set.of("superuser", "supergroup", "root", "wheel");

  @Override
  public MirrorDialect dialect() {
    return MirrorDialect.AMLFS;
  }

  /** AzCopy's own style has the same names for other things: it writes no owner, and decimals. */
  @Override
  public boolean isIn(Map<String, String> metadata) {
    String permissions = metadata.getOrDefault(PERMISSIONS, "");
    return metadata.containsKey(OWNER)
        || metadata.containsKey(GROUP)
        || metadata.containsKey(TYPE)
        || permissions.startsWith("0")
        || Texts.rwx(permissions).isPresent();
  }

  @Override
  public void read(Map<String, String> metadata, Saying saying) {
    saying
        .take(metadata, PERMISSIONS, AmlfsCodec::permissions)
        .ifPresent(
            mode -> {
              saying.say(Attribute.PERMISSIONS, mode & 0777);
              saying.say(Attribute.STICKY, mode & 01000);
            });
    saying.take(metadata, OWNER, AmlfsCodec::id).ifPresent(i -> saying.say(Attribute.UID, i));
    saying.take(metadata, GROUP, AmlfsCodec::id).ifPresent(i -> saying.say(Attribute.GID, i));
    saying.take(metadata, MTIME, AmlfsCodec::time).ifPresent(t -> saying.say(Attribute.MTIME, t));
    Optional<FileType> marked = AzureTypes.read(metadata);
    if (marked.isPresent()) {
      saying.type(marked.get());
    } else if ("LNK".equalsIgnoreCase(metadata.get(TYPE))) {
      saying.type(FileType.SYMLINK);
    }
  }

  private static Optional<Integer> permissions(String text) {
    return text.matches("[0-1][0-7]{3}") ? Texts.octal(text) : Texts.rwx(text);
  }

  private static Optional<Long> id(String text) {
    return ROOTS.contains(text) ? Optional.of(0L) : Texts.id(text);
  }

  /** Both styles of AzCopy share the name; digits alone are nanoseconds. */
  static Optional<FileTime> time(String text) {
    Optional<FileTime> nanos = Texts.nanos(text);
    return nanos.isPresent() ? nanos : Texts.goDate(text);
  }

  @Override
  public Set<Attribute> carries() {
    return EnumSet.of(
        Attribute.TYPE,
        Attribute.PERMISSIONS,
        Attribute.STICKY,
        Attribute.UID,
        Attribute.GID,
        Attribute.MTIME);
  }

  @Override
  public Set<String> passing() {
    return Set.of();
  }

  @Override
  public Map<String, String> write(FileStat stat) {
    Map<String, String> words = new TreeMap<>();
    words.put(OWNER, Long.toString(stat.uid()));
    words.put(GROUP, Long.toString(stat.gid()));
    words.put(PERMISSIONS, String.format(Locale.ROOT, "%04o", stat.mode() & 01777));
    Texts.goDateOf(stat.mtime()).ifPresent(date -> words.put(MTIME, date));
    if (stat.type() == FileType.DIRECTORY) {
      words.put(AzureTypes.FOLDER, "true");
    } else if (stat.type() == FileType.SYMLINK) {
      words.put(TYPE, "LNK");
    }
    return words;
  }
}
