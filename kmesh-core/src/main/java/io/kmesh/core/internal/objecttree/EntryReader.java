// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import io.kmesh.core.internal.mirror.Extents;
import io.kmesh.core.internal.mirror.MirrorAttributes;
import io.kmesh.core.internal.mirror.MirrorKeys;
import io.kmesh.core.internal.mirror.MirrorObjects;
import io.kmesh.core.internal.mirror.dialect.ForeignEntry;
import io.kmesh.core.internal.state.OrderedStore;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.store.ObjectInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Asks for objects and reads what entries they are: docs/format/mirror.md. Thread-safe. */
final class EntryReader {
  private static final int LONGEST_LINK = 4096;
  private static final long MOST_ID = 0xffffffffL;

  /** How often an object is looked at that is replaced meanwhile. */
  private static final int LOOKS = 5;

  private final MirrorObjects objects;
  private final Retrier.Check check;

  EntryReader(MirrorObjects objects, Retrier.Check check) {
    this.objects = objects;
    this.check = check;
  }

  /** Whether a key, without the prefix, is that of something of Kmesh's own. */
  static boolean isOwn(String key) {
    if (key.startsWith("%2Ekmesh-")
        || key.startsWith("%2Ekmesh~")
        || key.startsWith(".kmesh-")
        || key.startsWith(".kmesh~")) {
      return true;
    }
    return key.startsWith(".kmesh/")
        && !key.equals(MirrorKeys.ROOT)
        && !key.startsWith(MirrorKeys.LONG)
        && !key.startsWith(MirrorKeys.BY_FID);
  }

  /**
   * Looks at an object.
   *
   * @param listed what the listing says of it
   * @param known what the index says of it; empty for nothing
   * @throws ProviderException CORRUPT, INVALID or UNSUPPORTED when it can't be used
   */
  Found look(String key, ObjectInfo listed, Optional<StoredObject> known) throws IOException {
    for (int looks = 1; ; looks++) {
      Optional<ObjectInfo> info = objects.find(check, key);
      if (info.isEmpty()) {
        return Found.GONE;
      }
      try {
        return read(key, info.get(), listed, known);
      } catch (ProviderException e) {
        boolean isReplaced = e.kind() == ErrorKind.PRECONDITION || e.kind() == ErrorKind.NOT_FOUND;
        if (!isReplaced || looks == LOOKS) {
          throw e;
        }
      }
    }
  }

  private Found read(String key, ObjectInfo info, ObjectInfo listed, Optional<StoredObject> known)
      throws IOException {
    // As listed, so that the next listing is compared with a time of the same precision.
    FileTime modified = FileTime.of(listed.lastModified());
    String attempt = MirrorObjects.attemptOf(info);
    StoredObject bare =
        new StoredObject(
            key,
            info.etag(),
            info.size(),
            modified,
            "",
            attempt != null && attempt.matches("[0-9a-f]{32}") ? attempt : "",
            null,
            0,
            0,
            PathBytes.EMPTY,
            PathBytes.EMPTY,
            null);
    if (known.isPresent() && isSame(known.get(), bare)) {
      return new Found(Found.Kind.SAME, PathBytes.EMPTY, bare, null, 0);
    }
    if (!info.metadata().containsKey(MirrorAttributes.FORMAT)) {
      return foreign(key, info, bare);
    }
    return mirrored(key, info, bare);
  }

  /** Each attempt's objects are never written again by another. */
  private static boolean isSame(StoredObject known, StoredObject now) {
    return !now.attempt().isEmpty()
        && known.attempt().equals(now.attempt())
        && known.etag().equals(now.etag())
        && known.size() == now.size();
  }

  /** What others wrote, with the attributes that they say. */
  private Found foreign(String key, ObjectInfo info, StoredObject object) throws IOException {
    if (key.startsWith(MirrorKeys.OWN)) {
      throw problem(key, "it lies below " + MirrorKeys.OWN + " and is not Kmesh's", "Remove it.");
    }
    PathBytes path = checked(key, MirrorKeys.pathOf(key));
    if (key.endsWith("/") && object.size() > 0) {
      throw problem(key, "its key is that of a directory, and it has bytes", "Rename it.");
    }
    ForeignEntry entry = ForeignEntry.read(info, object.modified());
    if (entry.isDevice()) {
      throw problem(
          key, "it is a device, and Kmesh did not write it", "Make it yourself if it is meant.");
    }
    PathBytes linkText = entry.linkTextOrNull();
    Inode inode =
        linkText == null
            ? inode(key, info, entry.attributes(), object.modified())
            : bare(FileType.SYMLINK, entry.attributes(), object.modified()).withTarget(linkText);
    return new Found(Found.Kind.ENTRY, path, object, inode, 0);
  }

  private Found mirrored(String key, ObjectInfo info, StoredObject bare) throws IOException {
    MirrorAttributes attributes = objects.attributes(check, key, info);
    Fid fid = attributes.fid().orElse(null);
    StoredObject object =
        new StoredObject(
            key,
            bare.etag(),
            bare.size(),
            bare.modified(),
            attributes.text(MirrorAttributes.SIDE).orElse(""),
            bare.attempt(),
            fid,
            0,
            0,
            PathBytes.EMPTY,
            PathBytes.EMPTY,
            null);
    if (attributes.type().equals(MirrorAttributes.TYPE_SIDE)) {
      throw problem(key, "it is a side object at the key of an entry", "Remove it.");
    }
    boolean isRoot = key.equals(MirrorKeys.ROOT);
    if (!isRoot
        && key.startsWith(MirrorKeys.OWN)
        && attributes.text(MirrorAttributes.PATH).isEmpty()) {
      throw problem(key, "it does not say its path", "Archive or store the file again.");
    }
    PathBytes path = isRoot ? PathBytes.EMPTY : checked(key, attributes.path(key));
    if (!isRoot && OwnNames.isOwn(path)) {
      return new Found(Found.Kind.OTHER, PathBytes.EMPTY, object, null, 0);
    }
    if (attributes.type().equals(MirrorAttributes.TYPE_HARD_LINK)) {
      PathBytes target = attributes.target(key);
      return new Found(Found.Kind.HARD_LINK, path, object.showing(target), null, 0);
    }
    Inode inode = inode(key, info, attributes, bare.modified());
    if (isRoot && !inode.isDirectory()) {
      throw problem(key, "it is not a directory", "Remove it.");
    }
    if (IndexCodec.write(inode).length > OrderedStore.MOST_VALUE - 4096) {
      throw problem(key, "its attributes are too large", "Give the file fewer of them.");
    }
    return new Found(Found.Kind.ENTRY, path, object, inode, 0);
  }

  private Inode inode(String key, ObjectInfo info, MirrorAttributes attributes, FileTime otherwise)
      throws IOException {
    FileType type =
        attributes
            .fileType()
            .orElseThrow(
                () ->
                    problem(
                        key,
                        "its type is not known",
                        "Use the Kmesh that wrote it, or remove it."));
    Inode inode = bare(type, attributes, otherwise);
    return switch (type) {
      case REGULAR -> file(key, info, attributes, inode);
      case SYMLINK -> inode.withTarget(text(key, info));
      case CHARACTER_DEVICE, BLOCK_DEVICE -> inode.withRdev(attributes.rdev());
      default -> inode;
    };
  }

  /** Without what its body says. */
  private static Inode bare(FileType type, MirrorAttributes attributes, FileTime otherwise)
      throws ProviderException {
    FileTime mtime = attributes.time(MirrorAttributes.MTIME).orElse(otherwise);
    SortedMap<PathBytes, byte[]> xattrs = attributes.xattrs();
    return Inode.of(1, type, attributes.mode().orElse(defaultMode(type)), otherwise)
        .withOwner(
            attributes.number(MirrorAttributes.UID, MOST_ID).orElse(0L),
            attributes.number(MirrorAttributes.GID, MOST_ID).orElse(0L))
        .withTimes(attributes.time(MirrorAttributes.ATIME).orElse(mtime), mtime)
        .withXattrs(xattrs.isEmpty() ? Inode.NO_XATTRS : new TreeMap<>(xattrs));
  }

  private static int defaultMode(FileType type) {
    return type == FileType.DIRECTORY ? 0755 : type == FileType.SYMLINK ? 0777 : 0644;
  }

  private Inode file(String key, ObjectInfo info, MirrorAttributes attributes, Inode inode)
      throws IOException {
    Extents extents = attributes.extents();
    if (extents.bodySize() != info.size()) {
      throw problem(
          key,
          "it has " + info.size() + " bytes, not " + extents.bodySize(),
          "Store it again, or look for a version or backup of it.");
    }
    return inode.withBody(extents.size(), Body.InObject.of(key, info.etag(), attributes));
  }

  private PathBytes text(String key, ObjectInfo info) throws IOException {
    if (info.size() < 1 || info.size() > LONGEST_LINK) {
      throw problem(key, "the text of the link has " + info.size() + " bytes", "Remove it.");
    }
    ByteBuffer data = objects.read(check, key, info.etag(), 0, (int) info.size()).data();
    byte[] bytes = new byte[data.remaining()];
    data.get(bytes);
    try {
      if (bytes.length == info.size()) {
        return PathBytes.of(bytes);
      }
    } catch (IllegalArgumentException e) {
      throw problem(key, "the text of the link has a NUL byte", "Remove it.");
    }
    throw new ProviderException(
        ErrorKind.TRANSIENT,
        "Cannot read the link "
            + objects.full(key)
            + ": the store gave "
            + bytes.length
            + " bytes of "
            + info.size()
            + ". Try again.");
  }

  private PathBytes checked(String key, PathBytes path) throws ProviderException {
    for (PathBytes name : path.names()) {
      if (!name.isName()) {
        throw problem(
            key, "a name in it has more than " + PathBytes.NAME_MAX + " bytes", "Rename it.");
      }
    }
    return path;
  }

  private ProviderException problem(String key, String reason, String advice) {
    return new ProviderException(
        ErrorKind.CORRUPT,
        "Cannot use the object "
            + objects.full(key)
            + " in "
            + objects.store().uri()
            + ": "
            + reason
            + ". "
            + advice);
  }
}
