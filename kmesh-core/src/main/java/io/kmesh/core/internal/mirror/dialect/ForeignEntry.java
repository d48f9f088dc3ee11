// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.dialect;

import io.kmesh.core.internal.mirror.MirrorAttributes;
import io.kmesh.engine.MirrorDialect;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.store.ObjectInfo;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * An entry as an object says it that Kmesh did not write: by the words of all dialects in its
 * metadata, by its key, and by what the store knows. Where dialects disagree the first of {@link
 * MirrorDialect}'s order is believed, and the others are told. suid and sgid are never taken:
 * anyone who may write to the store could lend out an owner's identity by them.
 *
 * @param attributes what is known, in Kmesh's own words
 * @param linkTextOrNull a link's text where the metadata has it; else it is the body
 * @param dialects whose words there are
 * @param notes what could not be read, and where dialects disagree; each names its key
 */
public record ForeignEntry(
    MirrorAttributes attributes,
    @Nullable PathBytes linkTextOrNull,
    List<MirrorDialect> dialects,
    List<String> notes) {
  /** Reads an object; its key's last slash makes it a directory. */
  public static ForeignEntry read(ObjectInfo info) {
    return read(info, FileTime.of(info.lastModified()));
  }

  /**
   * Reads an object of which a time of modification is known that is not of the same precision.
   *
   * @param modified the time of an entry of which no dialect says one
   */
  public static ForeignEntry read(ObjectInfo info, FileTime modified) {
    return read(info, modified, dialect -> true);
  }

  /**
   * Reads an object by the words of some dialects alone.
   *
   * @param modified the time of an entry of which none of them says one
   * @param believed which dialects
   */
  public static ForeignEntry read(
      ObjectInfo info, FileTime modified, Predicate<MirrorDialect> believed) {
    List<Saying> sayings =
        Dialects.sayings(info.metadata()).stream()
            .filter(saying -> believed.test(saying.dialect()))
            .toList();
    Map<Attribute, Object> all = new EnumMap<>(Attribute.class);
    Map<Attribute, MirrorDialect> by = new EnumMap<>(Attribute.class);
    List<String> notes = new ArrayList<>();
    PathBytes linkText = null;
    for (Saying saying : sayings) {
      notes.addAll(saying.problems());
      saying
          .said()
          .forEach(
              (attribute, value) -> {
                Object before = all.putIfAbsent(attribute, value);
                MirrorDialect first = by.putIfAbsent(attribute, saying.dialect());
                if (before != null && first != null && !isSame(before, value)) {
                  notes.add(
                      saying.dialect().word()
                          + " says another "
                          + attribute.name().toLowerCase(Locale.ROOT)
                          + " than "
                          + first.word()
                          + ", which is believed");
                }
              });
      if (linkText == null) {
        linkText = saying.linkText().orElse(null);
      }
    }
    FileType type = type(info, all, notes);
    if (type != FileType.SYMLINK) {
      linkText = null;
    }
    if ((int) all.getOrDefault(Attribute.SET_ID, 0) != 0) {
      notes.add("its suid and sgid bits are left out: whoever may write the object gives them");
    }
    return new ForeignEntry(
        attributes(info, type, modified, all),
        linkText,
        sayings.stream().map(Saying::dialect).toList(),
        List.copyOf(notes));
  }

  /**
   * Whether it is a device. None is made from what others wrote: who may write to the store could
   * reach a disk by it.
   */
  public boolean isDevice() {
    FileType type = attributes.fileType().orElseThrow();
    return type == FileType.CHARACTER_DEVICE || type == FileType.BLOCK_DEVICE;
  }

  /**
   * No bytes are lost to a word: what has some is a file, unless it is a link, whose text they are.
   */
  private static FileType type(ObjectInfo info, Map<Attribute, Object> all, List<String> notes) {
    if (info.key().endsWith("/")) {
      return FileType.DIRECTORY;
    }
    FileType said = (FileType) all.getOrDefault(Attribute.TYPE, FileType.REGULAR);
    boolean isEmptyKind = said != FileType.REGULAR && said != FileType.SYMLINK;
    if (isEmptyKind && info.size() > 0) {
      notes.add("it says that it is a " + MirrorAttributes.typeName(said) + ", and has bytes");
      return FileType.REGULAR;
    }
    return said;
  }

  /** Dialects that keep whole seconds do not disagree with those that keep more. */
  private static boolean isSame(Object one, Object other) {
    if (one instanceof FileTime a && other instanceof FileTime b) {
      return a.seconds() == b.seconds();
    }
    return one.equals(other);
  }

  private static MirrorAttributes attributes(
      ObjectInfo info, FileType type, FileTime modified, Map<Attribute, Object> all) {
    MirrorAttributes a = MirrorAttributes.ofType(MirrorAttributes.typeName(type));
    Integer permissions = (Integer) all.get(Attribute.PERMISSIONS);
    if (permissions != null) {
      int mode = permissions | (int) all.getOrDefault(Attribute.STICKY, 0);
      a.put(MirrorAttributes.MODE, String.format(Locale.ROOT, "%04o", mode));
    }
    put(a, MirrorAttributes.UID, all.get(Attribute.UID));
    put(a, MirrorAttributes.GID, all.get(Attribute.GID));
    FileTime mtime = (FileTime) all.getOrDefault(Attribute.MTIME, modified);
    a.put(MirrorAttributes.MTIME, Texts.nanosOf(mtime));
    FileTime atime = (FileTime) all.get(Attribute.ATIME);
    if (atime != null) {
      a.put(MirrorAttributes.ATIME, Texts.nanosOf(atime));
    }
    if (type == FileType.REGULAR) {
      a.put(MirrorAttributes.SIZE, Long.toString(info.size()));
    }
    Long rdev = (Long) all.get(Attribute.RDEV);
    if (rdev != null) {
      a.put(MirrorAttributes.RDEV, (rdev >>> 32) + ":" + (rdev & 0xffffffffL));
    }
    return a;
  }

  private static void put(MirrorAttributes attributes, String name, @Nullable Object value) {
    if (value != null) {
      attributes.put(name, value.toString());
    }
  }
}
