// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.mirror.dialect.Attribute;
import io.kmesh.core.internal.mirror.dialect.Dialects;
import io.kmesh.engine.MirrorDialect;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileType;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * What an export says in the words of others beside Kmesh's own, and what they do not carry.
 * Thread-safe.
 */
final class ExportDialect {
  private final @Nullable MirrorDialect dialect;
  private final URI store;
  private final Map<Attribute, Long> lost = new EnumMap<>(Attribute.class); // guarded by this

  /** The words of a dialect, or none, as its readers expect them in a store. */
  ExportDialect(@Nullable MirrorDialect dialect, URI store) {
    this.dialect = dialect;
    this.store = store;
  }

  /** Whether objects are for readers who take a body for the whole file, whatever its metadata. */
  boolean isForOthers() {
    return dialect != null;
  }

  /** Keys as the dialect has them: Azure's directories are empty blobs of the directory's name. */
  MirrorKeys keys(MirrorKeys keys) {
    return dialect == MirrorDialect.AMLFS || dialect == MirrorDialect.AZCOPY
        ? keys.withoutFolderSlash()
        : keys;
  }

  /** Adds the words for an entry; one whose type the dialect can't say gets none. */
  MirrorAttributes say(MirrorAttributes attributes, FileStat stat) {
    if (dialect != null && !losses(attributes, stat).contains(Attribute.TYPE)) {
      Dialects.write(dialect, stat, store).forEach(attributes::put);
    }
    return attributes;
  }

  /** Notes what a reader of the dialect will not see of an entry that is stored. */
  void note(
      TreeTally tally, String key, PathBytes path, MirrorAttributes attributes, FileStat stat) {
    if (dialect == null) {
      return;
    }
    StringJoiner text = new StringJoiner(", ", dialect.word() + " does not carry: ", "");
    text.setEmptyValue("");
    for (Attribute attribute : losses(attributes, stat)) {
      synchronized (this) {
        lost.merge(attribute, 1L, Long::sum);
      }
      if (attribute != Attribute.ATIME) { // Where it is lost it is lost of every entry.
        text.add(name(attribute, stat.type()));
      }
    }
    if (!isPlain(key, path, stat.isDirectory())) {
      text.add("its name, which is that of the object, " + key);
    }
    if (text.length() > 0) {
      tally.note(path.toString(), text.toString());
    }
  }

  /** Notes how many entries lost what. */
  void sum(TreeTally tally, PathBytes root) {
    if (dialect == null) {
      return;
    }
    StringJoiner text = new StringJoiner(", ", dialect.word() + " does not carry, in all: ", "");
    synchronized (this) {
      if (lost.isEmpty()) {
        return;
      }
      lost.forEach(
          (attribute, count) ->
              text.add(
                  name(attribute, null) + " of " + count + (count == 1 ? " entry" : " entries")));
    }
    tally.sum(Subject.entry(root, ""), text.toString());
  }

  private Set<Attribute> losses(MirrorAttributes attributes, FileStat stat) {
    return dialect == null
        ? Set.of()
        : Dialects.losses(dialect, stat, attributes.text(MirrorAttributes.XATTRS).isPresent());
  }

  /** Whether a reader who takes keys for paths gives the entry its name. */
  private static boolean isPlain(String key, PathBytes path, boolean isDirectory) {
    String plain = new String(path.toBytes(), StandardCharsets.UTF_8);
    return key.equals(plain) || (isDirectory && key.equals(plain + "/"));
  }

  private static String name(Attribute attribute, @Nullable FileType type) {
    return switch (attribute) {
      case TYPE -> type == null ? "the type" : "that it is a " + MirrorAttributes.typeName(type);
      case PERMISSIONS -> "permissions";
      case STICKY -> "the sticky bit";
      case SET_ID -> "suid and sgid";
      case UID -> "the owner";
      case GID -> "the group";
      case MTIME -> "the time of modification";
      case ATIME -> "the time of access";
      case RDEV -> "the device number";
      case XATTRS -> "extended attributes";
      case HARD_LINKS -> "hard links";
    };
  }
}
