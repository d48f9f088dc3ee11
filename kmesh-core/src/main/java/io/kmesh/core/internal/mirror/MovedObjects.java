// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The objects of files that are gone, by size and time of modification: files of other names may be
 * those. Immutable once found.
 */
final class MovedObjects {
  /** Smaller files cost no more when they are sent. */
  static final long LEAST_BYTES = 128 << 10;

  /** Objects that are remembered, of some 400 bytes each; what is beyond them is sent. */
  private static final int MOST = 100_000;

  private final Map<Version, List<Old>> objects = new HashMap<>();
  private boolean isFull;
  private int count;

  /**
   * An object whose entry is gone.
   *
   * @param key without the prefix
   * @param sha256 of its content
   * @param crc32cOrNull of its content, where it says one
   */
  record Old(String key, String etag, String sha256, @Nullable String crc32cOrNull) {}

  private record Version(long size, FileTime mtime) {}

  private MovedObjects() {}

  /** None. */
  static MovedObjects none() {
    return new MovedObjects();
  }

  /** Looks for them, with a request for each object of a file that is gone and not small. */
  static MovedObjects find(MirrorObjects store, GoneRemover gone, PosixDirectory top, TreeRun run)
      throws IOException {
    MovedObjects found = new MovedObjects();
    ListRequest request = ListRequest.prefix(store.full(""));
    while (true) {
      ListPage page = store.list(Retrier.Check.NONE, request);
      for (ObjectInfo listed : page.objects()) {
        run.checkStop();
        Optional<String> key = store.relative(listed.key());
        if (key.isPresent()
            && listed.size() >= LEAST_BYTES
            && !key.get().startsWith(MirrorKeys.OWN)
            && !gone.isThere(top, key.get())) {
          found.look(store, key.get());
        }
      }
      if (page.nextAfter().isEmpty()) {
        return found;
      }
      request = request.following(page);
    }
  }

  private void look(MirrorObjects store, String key) throws IOException {
    if (count == MOST) {
      isFull = true;
      return;
    }
    Optional<ObjectInfo> info = store.find(Retrier.Check.NONE, key);
    if (info.isEmpty() || !info.get().metadata().containsKey(MirrorAttributes.FORMAT)) {
      return;
    }
    MirrorAttributes attributes = store.attributes(Retrier.Check.NONE, key, info.get());
    Optional<FileTime> mtime = attributes.time(MirrorAttributes.MTIME);
    Optional<String> sha256 = attributes.text(MirrorAttributes.SHA256);
    boolean isWhole =
        attributes.type().equals(MirrorAttributes.typeName(FileType.REGULAR))
            && attributes.text(MirrorAttributes.EXTENTS).isEmpty()
            && ConflictRule.changed(info.get(), attributes).isEmpty();
    if (isWhole && mtime.isPresent() && sha256.isPresent()) {
      count++;
      objects
          .computeIfAbsent(new Version(info.get().size(), mtime.get()), v -> new ArrayList<>(1))
          .add(
              new Old(
                  key,
                  info.get().etag(),
                  sha256.get(),
                  attributes.text(MirrorAttributes.CRC32C).orElse(null)));
    }
  }

  /** Those that a file may have been. */
  List<Old> of(FileStat stat) {
    return objects.getOrDefault(new Version(stat.size(), stat.mtime()), List.of());
  }

  /** Whether there were more than are remembered. */
  boolean isFull() {
    return isFull;
  }
}
