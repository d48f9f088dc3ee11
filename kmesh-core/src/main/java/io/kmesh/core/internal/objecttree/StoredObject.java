// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.Sha256;
import org.jspecify.annotations.Nullable;

/**
 * What the store has at a key, as far as is known. Immutable.
 *
 * @param key the key without the prefix, at most {@link TreeIndex#LONGEST_KEY} bytes of UTF-8
 * @param etag its ETag; empty where it is to be asked for again
 * @param size the bytes of its body
 * @param modified when the store took it
 * @param side the key of its side object; empty for none
 * @param attempt which attempt wrote it; empty for an object that is not Kmesh's
 * @param fid Lustre's FID that it names; null for none
 * @param inode the inode that it shows; 0 for none
 * @param directory the directory of the name that it shows; 0 for none, and for the root
 * @param name the name that it shows; empty for none, and for the root
 * @param target of a {@code hardlink} object the path that it names; else empty
 * @param attributes the digest of the attributes that it carries ({@link
 *     IndexCodec#attributesDigest}); null when it carries none
 */
record StoredObject(
    String key,
    String etag,
    long size,
    FileTime modified,
    String side,
    String attempt,
    @Nullable Fid fid,
    long inode,
    long directory,
    PathBytes name,
    PathBytes target,
    @Nullable Sha256 attributes) {
  /** Whether it is another name of a file whose bytes are elsewhere. */
  boolean isHardLink() {
    return !target.isEmpty();
  }

  /** The same, which shows another name of an inode. */
  StoredObject showing(long nextInode, long nextDirectory, PathBytes nextName) {
    return new StoredObject(
        key,
        etag,
        size,
        modified,
        side,
        attempt,
        fid,
        nextInode,
        nextDirectory,
        nextName,
        target,
        attributes);
  }

  /** Whether the store's listing tells the same. */
  boolean isAsListed(ObjectInfo listed) {
    return etag.equals(listed.etag())
        && size == listed.size()
        && modified.equals(FileTime.of(listed.lastModified()));
  }

  /**
   * The same with a time that no listing tells, so that the next pull asks for it again. The time
   * is a nanosecond off.
   */
  StoredObject unsure() {
    return modified(new FileTime(modified.seconds(), modified.nanos() ^ 1));
  }

  /** As another name of a file. */
  StoredObject showing(PathBytes file) {
    return new StoredObject(
        key, etag, size, modified, side, attempt, fid, inode, directory, name, file, attributes);
  }

  /** Showing a name of an inode. */
  StoredObject showing(Entry entry, @Nullable Sha256 digest) {
    return new StoredObject(
        key,
        etag,
        size,
        modified,
        side,
        attempt,
        fid,
        entry.inode(),
        entry.directory(),
        entry.name(),
        target,
        digest);
  }

  /** The same, to be asked for again by the next pull. */
  StoredObject unknown() {
    return new StoredObject(
        key, "", size, modified, side, attempt, fid, inode, directory, name, target, attributes);
  }

  /** The same, listed with another time. */
  StoredObject modified(FileTime time) {
    return new StoredObject(
        key, etag, size, time, side, attempt, fid, inode, directory, name, target, attributes);
  }
}
