// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.translate;

import io.kmesh.core.internal.mirror.MirrorAttributes;
import io.kmesh.core.internal.mirror.dialect.Attribute;
import io.kmesh.core.internal.mirror.dialect.Dialects;
import io.kmesh.core.internal.mirror.dialect.ForeignEntry;
import io.kmesh.engine.MirrorDialect;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.store.ObjectInfo;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What a reader of a dialect does not see of an entry: by what the dialect carries, and by reading
 * its words back, so that nothing is lost silently that a form cuts off.
 */
final class Losses {
  /** That the entry is not written at all, unless Kmesh's own words say it. */
  static final String TYPE = word(Attribute.TYPE);

  /** The name, where Kmesh's key is not the path as it is. */
  static final String NAME = "name";

  private static final long MOST_ID = 0xffffffffL;
  private static final String FRACTION = "-fraction";

  private final SortedSet<String> words = new TreeSet<>();

  Losses(MirrorDialect dialect, SourceEntry entry, String key, Map<String, String> metadata) {
    FileStat stat = entry.stat();
    for (Attribute lost : Dialects.losses(dialect, stat, entry.hasXattrs())) {
      if (!entry.unknown().contains(lost)) {
        words.add(word(lost));
      }
    }
    String bare = key.endsWith("/") ? key.substring(0, key.length() - 1) : key;
    boolean isName = entry.path().utf8().filter(bare::equals).isPresent();
    if (entry.isMirrored() && !isName) {
      words.add(NAME);
    }
    readBack(entry, key, metadata);
  }

  private void readBack(SourceEntry entry, String key, Map<String, String> metadata) {
    FileStat stat = entry.stat();
    ForeignEntry seen =
        ForeignEntry.read(
            new ObjectInfo(key, entry.body().size(), "", null, Instant.EPOCH, metadata, null));
    MirrorAttributes read = seen.attributes();
    try {
      Optional<FileType> type = read.fileType();
      if (type.filter(t -> t == stat.type()).isEmpty()) {
        words.add(TYPE);
      }
      int mode = read.mode().orElse(-1);
      if ((mode & 0777) != (stat.mode() & 0777)) {
        words.add(word(Attribute.PERMISSIONS));
      }
      if ((mode & 01000) != (stat.mode() & 01000)) {
        words.add(word(Attribute.STICKY));
      }
      id(Attribute.UID, entry, read.number(MirrorAttributes.UID, MOST_ID), stat.uid());
      id(Attribute.GID, entry, read.number(MirrorAttributes.GID, MOST_ID), stat.gid());
      time(Attribute.MTIME, read.time(MirrorAttributes.MTIME), stat.mtime());
      if (!entry.unknown().contains(Attribute.ATIME)) {
        time(Attribute.ATIME, read.time(MirrorAttributes.ATIME), stat.atime());
      }
      if (!entry.unknown().contains(Attribute.RDEV) && read.rdev() != stat.rdev()) {
        words.add(word(Attribute.RDEV));
      }
    } catch (java.io.IOException e) {
      throw new IllegalStateException("Kmesh's own words of " + PathBytes.of(key), e);
    }
  }

  private void id(Attribute attribute, SourceEntry entry, Optional<Long> seen, long wanted) {
    if (!entry.unknown().contains(attribute) && seen.filter(id -> id == wanted).isEmpty()) {
      words.add(word(attribute));
    }
  }

  private void time(Attribute attribute, Optional<FileTime> seen, FileTime wanted) {
    if (seen.filter(t -> t.seconds() == wanted.seconds()).isEmpty()) {
      words.add(word(attribute));
    } else if (seen.get().nanos() != wanted.nanos()) {
      words.add(word(attribute) + FRACTION);
    }
  }

  SortedSet<String> words() {
    return words;
  }

  private static String word(Attribute attribute) {
    return attribute.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
