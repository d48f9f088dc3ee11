// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.SyncMode;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes durable what a restore writes, now and then and in the end: by one call for all where the
 * target has that, else file by file; and knows what an earlier run made durable. Counting and
 * points are for the thread that walks; the rest is thread-safe.
 */
final class RestoreSync {
  /**
   * How often.
   *
   * @param bytes of files that were walked
   * @param entries that were walked
   */
  record Limits(long bytes, int entries) {
    /** What is at most written or read again after a crash. */
    static final Limits USUAL = new Limits(2L << 30, 50_000);
  }

  private final PosixTree target;
  private final RestoreMarker marker;
  private final Limits limits;
  private final boolean isForAll;
  private final boolean isPossible;
  private final boolean isTrusting;
  private final @Nullable PathBytes synced;
  private final long device;
  private final boolean isLustre;
  private volatile boolean isEach;
  private long bytes;
  private int entries;

  /**
   * What a target can do.
   *
   * @param found what an earlier run left
   * @param isMarked whether the restore has a marker to note points in
   */
  RestoreSync(
      PosixTree target,
      RestoreMarker marker,
      RestoreMarker.Found found,
      boolean isMarked,
      Limits limits)
      throws IOException {
    this.target = target;
    this.marker = marker;
    this.limits = limits;
    this.isTrusting = isMarked && !found.isThere();
    this.synced = found.synced();
    this.isForAll = target.capabilities().contains(PosixCapability.TREE_SYNC);
    this.isPossible = isForAll || target.capabilities().contains(PosixCapability.SYNC);
    this.isEach = isPossible && !isForAll;
    try (PosixDirectory top = target.openRoot()) {
      this.device = top.stat().device();
      this.isLustre = PosixGate.isLustre(top);
    }
  }

  /**
   * Whether what is there with the right size and time has its bytes too: what lies behind the last
   * point of a run that was cut may have lost them.
   */
  boolean isTrusted(PathBytes path) {
    return isTrusting || (synced != null && order(path, synced) <= 0);
  }

  /** Whether a file can be looked into without restoring it from an archive: that has no blocks. */
  boolean isReadable(FileStat stat) {
    return !isLustre || stat.blocks() > 1 || stat.size() == 0;
  }

  /** The order of the walk: by names' bytes, a directory before what is in it. */
  static int order(PathBytes a, PathBytes b) {
    List<PathBytes> left = a.names();
    List<PathBytes> right = b.names();
    for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
      int order = left.get(i).compareTo(right.get(i));
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(left.size(), right.size());
  }

  /** A directory that was there: another file system below is not reached by one call. */
  void met(PosixDirectory directory) throws IOException {
    if (isPossible && !isEach && directory.stat().device() != device) {
      isEach = true;
    }
  }

  /** A file is written. */
  void wrote(PosixFile file) throws IOException {
    if (isEach) {
      file.sync(SyncMode.ALL);
    }
  }

  /** All in a directory is written. */
  void ended(PosixDirectory directory) throws IOException {
    if (isEach) {
      directory.sync(SyncMode.ALL);
    }
  }

  /** Counts an entry that was walked; tells whether it is time for a point. */
  boolean isDue(long size) {
    bytes += size;
    entries++;
    return isPossible && (bytes >= limits.bytes() || entries >= limits.entries());
  }

  /** Makes durable all to an entry; nothing is being written. */
  void point(List<RestoreTask> open, PathBytes path) throws IOException {
    bytes = 0;
    entries = 0;
    if (isEach) {
      for (RestoreTask task : open) {
        task.sync();
      }
    }
    if (isForAll) {
      target.sync();
    }
    if (synced == null || order(path, synced) > 0) {
      marker.synced(path);
    }
  }

  /** All is written. */
  void end() throws IOException {
    if (isForAll) {
      target.sync();
    }
  }

  /** The top has got its own attributes. */
  void end(PosixDirectory top) throws IOException {
    if (isPossible) {
      top.sync(SyncMode.ALL);
    }
  }
}
