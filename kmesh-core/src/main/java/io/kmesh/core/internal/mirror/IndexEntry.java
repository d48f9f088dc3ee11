// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.lustre.Fid;
import io.kmesh.spi.store.Sha256;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the index records of a file. Keys are without the prefix.
 *
 * @param fid the file
 * @param key the current object's key
 * @param etag its ETag
 * @param size the file's bytes
 * @param sha256 of the file's content
 * @param bodySize the object's bytes
 * @param dataVersion the content's data version
 * @param archive the number of the archive that was asked
 * @param attempt the attempt that wrote it
 * @param sideOrNull its side object's key
 * @param kept replaced objects that may go when the next action settles
 */
record IndexEntry(
    Fid fid,
    String key,
    String etag,
    long size,
    Sha256 sha256,
    long bodySize,
    long dataVersion,
    int archive,
    String attempt,
    @Nullable String sideOrNull,
    List<Kept> kept) {
  IndexEntry {
    kept = List.copyOf(kept);
  }

  /**
   * A replaced object.
   *
   * @param key its key
   * @param etag its ETag
   * @param sideOrNull its side object's key
   * @param attempt the attempt that wrote its content
   */
  record Kept(String key, String etag, @Nullable String sideOrNull, String attempt) {
    Optional<String> side() {
      return Optional.ofNullable(sideOrNull);
    }
  }

  Optional<String> side() {
    return Optional.ofNullable(sideOrNull);
  }

  /** Whether an object of this file lies at a key. */
  boolean isAt(String other) {
    return key.equals(other) || kept.stream().anyMatch(k -> k.key().equals(other));
  }

  /** The current object as one that is kept. */
  Kept asKept() {
    return new Kept(key, etag, sideOrNull, attempt);
  }

  IndexEntry withKept(List<Kept> others) {
    return new IndexEntry(
        fid, key, etag, size, sha256, bodySize, dataVersion, archive, attempt, sideOrNull, others);
  }

  /** This entry with the object at {@code from} moved. */
  IndexEntry moved(String from, String to, String newEtag) {
    List<Kept> moved = new ArrayList<>();
    for (Kept k : kept) {
      moved.add(k.key().equals(from) ? new Kept(to, newEtag, k.sideOrNull(), k.attempt()) : k);
    }
    boolean isCurrent = key.equals(from);
    return new IndexEntry(
        fid,
        isCurrent ? to : key,
        isCurrent ? newEtag : etag,
        size,
        sha256,
        bodySize,
        dataVersion,
        archive,
        attempt,
        sideOrNull,
        moved);
  }
}
