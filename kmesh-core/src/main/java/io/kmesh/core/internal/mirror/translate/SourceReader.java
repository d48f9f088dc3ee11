// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.translate;

import io.kmesh.core.internal.mirror.Content;
import io.kmesh.core.internal.mirror.Extents;
import io.kmesh.core.internal.mirror.MirrorAttributes;
import io.kmesh.core.internal.mirror.MirrorKeys;
import io.kmesh.core.internal.mirror.MirrorObjects;
import io.kmesh.core.internal.mirror.dialect.Attribute;
import io.kmesh.core.internal.mirror.dialect.DialectWords;
import io.kmesh.core.internal.mirror.dialect.Dialects;
import io.kmesh.core.internal.mirror.dialect.ForeignEntry;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.engine.MirrorDialect;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.Sha256;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Says what an object of the source is: by Kmesh's own words where there are some, and what they
 * leave open by those of the dialects. Thread-safe.
 */
final class SourceReader {
  private static final String OWN_WORDS = "kmesh-";
  private static final int LONGEST_LINK = 4096;
  private static final long MOST_ID = 0xffffffffL;

  private final MirrorObjects source;
  private final MirrorKeys keys;
  private final Predicate<MirrorDialect> believed;
  private final Retrier.Check check;

  SourceReader(
      MirrorObjects source,
      MirrorKeys keys,
      Predicate<MirrorDialect> believed,
      Retrier.Check check) {
    this.source = source;
    this.keys = keys;
    this.believed = believed;
    this.check = check;
  }

  /**
   * Reads an entry.
   *
   * @throws ProviderException CORRUPT, INVALID or UNSUPPORTED for one that can't be translated
   */
  SourceEntry read(String key, ObjectInfo info) throws IOException {
    SortedMap<String, String> metadata = lower(key, info);
    boolean isMirrored =
        metadata.containsKey(MirrorAttributes.FORMAT) || key.startsWith(MirrorKeys.OWN);
    return isMirrored ? mirrored(key, info, metadata) : foreign(key, info, metadata);
  }

  /** Azure's names keep the case in which they were written. */
  private SortedMap<String, String> lower(String key, ObjectInfo info) throws ProviderException {
    SortedMap<String, String> lower = new TreeMap<>();
    for (Map.Entry<String, String> entry : info.metadata().entrySet()) {
      if (lower.put(entry.getKey().toLowerCase(Locale.ROOT), entry.getValue()) != null) {
        throw problem(
            ErrorKind.INVALID,
            key,
            "two names of its metadata differ by their case alone: " + entry.getKey(),
            "Remove one of them.");
      }
    }
    return lower;
  }

  private SourceEntry foreign(String key, ObjectInfo info, SortedMap<String, String> metadata)
      throws IOException {
    PathBytes path = MirrorKeys.foreignPathOf(key);
    ForeignEntry entry = ForeignEntry.read(info, FileTime.of(info.lastModified()), believed);
    FileType type = entry.attributes().fileType().orElseThrow();
    if (type == FileType.DIRECTORY && info.size() > 0) {
      throw problem(
          ErrorKind.INVALID,
          key,
          "its key is that of a directory, and it has " + info.size() + " bytes",
          "Rename it.");
    }
    PathBytes linkText = entry.linkTextOrNull();
    Body body =
        linkText != null && type == FileType.SYMLINK
            ? new Body.Here(linkText.toBytes())
            : new Body.Stored(key, info, Extents.whole(info.size()), info.sha256().orElse(null));
    checkLink(key, type, body);
    Set<Attribute> unknown = unknown(entry.attributes(), type);
    return new SourceEntry(
        key,
        info,
        path,
        new TreeMap<>(),
        extras(metadata),
        stat(entry.attributes(), entry.attributes(), type, info),
        unknown,
        false,
        body,
        body instanceof Body.Here here ? "text:" + digest(here.bytes()) : "",
        entry.notes());
  }

  private static String digest(byte[] text) {
    return HexFormat.of().formatHex(Content.newDigest().digest(text)).substring(0, 32);
  }

  private SourceEntry mirrored(String key, ObjectInfo info, SortedMap<String, String> metadata)
      throws IOException {
    MirrorAttributes attributes = source.attributes(check, key, info);
    PathBytes path = key.equals(MirrorKeys.ROOT) ? PathBytes.EMPTY : attributes.path(key);
    if (attributes.type().equals(MirrorAttributes.TYPE_HARD_LINK)) {
      return hardLink(key, info, metadata, path, attributes);
    }
    FileType type = type(key, attributes);
    return entry(key, info, metadata, path, attributes, type, body(key, info, attributes), "");
  }

  /** Another name of an entry becomes a copy of it that says the first name. */
  private SourceEntry hardLink(
      String key,
      ObjectInfo info,
      SortedMap<String, String> metadata,
      PathBytes path,
      MirrorAttributes link)
      throws IOException {
    PathBytes first = link.target(key);
    String firstKey = keys.ofFile(first);
    ObjectInfo content =
        source
            .find(check, firstKey)
            .orElseThrow(
                () ->
                    problem(
                        ErrorKind.CORRUPT,
                        key,
                        "the object "
                            + source.full(firstKey)
                            + " of the name that holds its content is gone",
                        "Store the tree again."));
    MirrorAttributes attributes = source.attributes(check, firstKey, content);
    FileType type = attributes.fileType().orElse(FileType.DIRECTORY);
    if (type == FileType.DIRECTORY) {
      throw problem(
          ErrorKind.CORRUPT,
          key,
          "the object "
              + source.full(firstKey)
              + ", which it is a name of, is a "
              + attributes.type(),
          "Store the tree again.");
    }
    if (attributes.text(MirrorAttributes.LINKS).isEmpty()) {
      attributes.put(MirrorAttributes.LINKS, "2");
    }
    attributes.path(MirrorAttributes.TARGET, first);
    Body body = body(firstKey, content, attributes);
    return entry(key, info, metadata, path, attributes, type, body, "object:" + content.etag());
  }

  private FileType type(String key, MirrorAttributes attributes) throws ProviderException {
    return attributes
        .fileType()
        .orElseThrow(() -> problem(ErrorKind.CORRUPT, key, "its type is not known", "Remove it."));
  }

  private Body body(String key, ObjectInfo info, MirrorAttributes attributes) throws IOException {
    FileType type = type(key, attributes);
    if (type == FileType.SYMLINK) {
      return new Body.Stored(key, info, Extents.whole(info.size()), info.sha256().orElse(null));
    }
    if (type != FileType.REGULAR) {
      if (info.size() > 0) {
        throw problem(
            ErrorKind.CORRUPT,
            key,
            "it is a " + attributes.type() + ", and has bytes",
            "Store it again.");
      }
      return new Body.Here(new byte[0]);
    }
    Extents extents = attributes.extents();
    if (info.size() != extents.bodySize()) {
      throw problem(
          ErrorKind.CORRUPT,
          key,
          "it has " + info.size() + " bytes, not " + extents.bodySize(),
          "Store it again.");
    }
    Sha256 sha256 =
        attributes
            .sha256(MirrorAttributes.SHA256)
            .orElseThrow(
                () -> problem(ErrorKind.CORRUPT, key, "it has no checksum", "Store it again."));
    return new Body.Stored(key, info, extents, sha256);
  }

  private SourceEntry entry(
      String key,
      ObjectInfo info,
      SortedMap<String, String> metadata,
      PathBytes path,
      MirrorAttributes attributes,
      FileType type,
      Body body,
      String bodyOf)
      throws IOException {
    checkLink(key, type, body);
    List<String> notes = new ArrayList<>();
    MirrorAttributes said = attributes;
    if (!Dialects.of(info.metadata()).isEmpty()) {
      ForeignEntry others = ForeignEntry.read(info, FileTime.of(info.lastModified()), believed);
      said = attributes.with(others.attributes().values());
      noteDifferences(attributes, others, notes);
    }
    SortedMap<String, String> own = new TreeMap<>();
    attributes
        .values()
        .forEach(
            (name, value) -> {
              if (name.startsWith(OWN_WORDS)) {
                own.put(name, value);
              }
            });
    own.keySet().removeAll(Set.of(MirrorAttributes.ATTEMPT, MirrorAttributes.SIDE, Stamp.NAME));
    boolean isFilled = body instanceof Body.Stored stored && !stored.isAsItIs();
    if (isFilled) {
      own.remove(MirrorAttributes.EXTENTS);
      own.remove(MirrorAttributes.BODY_SHA256);
    }
    return new SourceEntry(
        key,
        info,
        path,
        own,
        extras(metadata),
        stat(attributes, said, type, info),
        unknown(said, type),
        !attributes.xattrs().isEmpty(),
        body,
        bodyOf,
        notes);
  }

  private static void noteDifferences(MirrorAttributes own, ForeignEntry others, List<String> notes)
      throws ProviderException {
    for (String name : List.of(MirrorAttributes.MODE, MirrorAttributes.UID, MirrorAttributes.GID)) {
      Optional<String> ours = own.text(name);
      Optional<String> theirs = others.attributes().text(name);
      // The others' mode is without suid and sgid, and with one of them without the sticky bit.
      int kept = name.equals(MirrorAttributes.MODE) ? own.mode().orElse(0) & 0777 : 0;
      boolean isOther =
          name.equals(MirrorAttributes.MODE)
              ? others.attributes().mode().filter(m -> (m & 0777) != kept).isPresent()
              : !theirs.equals(ours);
      if (ours.isPresent() && theirs.isPresent() && isOther) {
        notes.add(
            others.dialects().get(0).word()
                + " says another "
                + name.substring(OWN_WORDS.length())
                + " than Kmesh, which is believed");
      }
    }
  }

  private void checkLink(String key, FileType type, Body body) throws ProviderException {
    if (type == FileType.SYMLINK && (body.size() < 1 || body.size() > LONGEST_LINK)) {
      throw problem(
          ErrorKind.CORRUPT,
          key,
          "it is a link whose text has " + body.size() + " bytes",
          "Remove it.");
    }
  }

  /** Words of dialects go where there are all that make one; what else there is stays. */
  private static SortedMap<String, String> extras(SortedMap<String, String> metadata) {
    SortedMap<String, String> extras = new TreeMap<>(metadata);
    for (MirrorDialect dialect : Dialects.of(metadata)) {
      extras.keySet().removeAll(DialectWords.names(dialect));
    }
    extras.keySet().removeIf(name -> name.startsWith(OWN_WORDS));
    return extras;
  }

  private static Set<Attribute> unknown(MirrorAttributes said, FileType type) {
    Set<Attribute> unknown = EnumSet.noneOf(Attribute.class);
    if (said.text(MirrorAttributes.UID).isEmpty()) {
      unknown.add(Attribute.UID);
    }
    if (said.text(MirrorAttributes.GID).isEmpty()) {
      unknown.add(Attribute.GID);
    }
    if (said.text(MirrorAttributes.ATIME).isEmpty()) {
      unknown.add(Attribute.ATIME);
    }
    boolean isDevice = type == FileType.CHARACTER_DEVICE || type == FileType.BLOCK_DEVICE;
    if (isDevice && said.text(MirrorAttributes.RDEV).isEmpty()) {
      unknown.add(Attribute.RDEV);
    }
    return unknown;
  }

  private static FileStat stat(
      MirrorAttributes own, MirrorAttributes said, FileType type, ObjectInfo info)
      throws ProviderException {
    FileTime mtime = said.time(MirrorAttributes.MTIME).orElse(FileTime.of(info.lastModified()));
    int usual =
        switch (type) {
          case DIRECTORY -> 0755;
          case SYMLINK -> 0777;
          default -> 0644;
        };
    return new FileStat(
        type,
        said.mode().orElse(usual),
        said.number(MirrorAttributes.UID, MOST_ID).orElse(0L),
        said.number(MirrorAttributes.GID, MOST_ID).orElse(0L),
        own.number(MirrorAttributes.SIZE, Long.MAX_VALUE).orElse(info.size()),
        0,
        own.number(MirrorAttributes.LINKS, Long.MAX_VALUE).orElse(1L),
        0,
        0,
        said.rdev(),
        said.time(MirrorAttributes.ATIME).orElse(mtime),
        mtime,
        mtime);
  }

  private ProviderException problem(ErrorKind kind, String key, String reason, String advice) {
    return new ProviderException(
        kind, "Cannot translate " + source.full(key) + ": " + reason + ". " + advice);
  }
}
