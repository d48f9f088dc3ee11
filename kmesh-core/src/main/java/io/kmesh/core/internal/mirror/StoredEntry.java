// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.mirror.dialect.ForeignEntry;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.store.ObjectInfo;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The object of an entry, and what it says.
 *
 * @param key without the prefix
 * @param isOwn whether Kmesh wrote it
 * @param linkTextOrNull a link's text where the metadata has it; else it is the body
 * @param notes what could not be read
 */
record StoredEntry(
    String key,
    ObjectInfo info,
    MirrorAttributes attributes,
    boolean isOwn,
    @Nullable PathBytes linkTextOrNull,
    List<String> notes) {
  private static final int LONGEST_LINK = 4096;

  /** Reads an object's metadata, in the words of whoever wrote it. */
  static StoredEntry read(MirrorObjects objects, String key, ObjectInfo info) throws IOException {
    if (info.metadata().containsKey(MirrorAttributes.FORMAT)) {
      MirrorAttributes own = objects.attributes(Retrier.Check.NONE, key, info);
      return new StoredEntry(key, info, own, true, null, List.of());
    }
    ForeignEntry entry = ForeignEntry.read(info);
    return new StoredEntry(
        key, info, entry.attributes(), false, entry.linkTextOrNull(), entry.notes());
  }

  boolean isDirectory() {
    return attributes.type().equals(MirrorAttributes.typeName(FileType.DIRECTORY));
  }

  boolean isHardLink() {
    return attributes.type().equals(MirrorAttributes.TYPE_HARD_LINK);
  }

  /** The path that it is of. */
  PathBytes path() throws ProviderException {
    if (key.equals(MirrorKeys.ROOT)) {
      return PathBytes.EMPTY;
    }
    return isOwn ? attributes.path(key) : MirrorKeys.foreignPathOf(key);
  }

  /** A link's text. */
  PathBytes linkText(MirrorObjects objects) throws IOException {
    if (linkTextOrNull != null) {
      return linkTextOrNull;
    }
    if (info.size() < 1 || info.size() > LONGEST_LINK) {
      throw unreadable(objects, "its text has " + info.size() + " bytes");
    }
    java.nio.ByteBuffer data =
        objects.read(Retrier.Check.NONE, key, info.etag(), 0, (int) info.size()).data();
    byte[] text = new byte[data.remaining()];
    data.get(text);
    try {
      return PathBytes.of(text);
    } catch (IllegalArgumentException e) {
      throw unreadable(objects, "its text has a byte that is zero");
    }
  }

  private ProviderException unreadable(MirrorObjects objects, String reason) {
    return new ProviderException(
        ErrorKind.CORRUPT,
        "Cannot read the link " + objects.full(key) + ": " + reason + ". Store it again.");
  }
}
