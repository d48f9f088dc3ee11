// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.repository.ChunkReader;
import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.tree.ChunkSource;
import io.kmesh.core.internal.repository.tree.Page;
import io.kmesh.core.internal.snapshots.OpenSnapshot;
import java.io.IOException;
import java.nio.file.ClosedFileSystemException;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/** The chunks of an open snapshot by way of a cache. Thread-safe. */
final class SnapshotChunks implements ChunkSource {
  /** Entries in memory are some times as large as in their page. */
  private static final int PAGE_GROWTH = 8;

  private final OpenSnapshot snapshot;
  private final ChunkReader reader;
  private final ChunkCache cache;
  private final ReadWriteLock gate = new ReentrantReadWriteLock();
  private boolean isClosed; // guarded by gate

  SnapshotChunks(OpenSnapshot snapshot, ChunkCache cache) {
    this.snapshot = snapshot;
    this.reader = snapshot.chunks();
    this.cache = cache;
  }

  private byte[] load(ChunkName name) throws IOException {
    gate.readLock().lock();
    try {
      if (isClosed) {
        throw new ClosedFileSystemException();
      }
      return reader.read(name);
    } finally {
      gate.readLock().unlock();
    }
  }

  @Override
  public byte[] read(ChunkName name) throws IOException {
    return cache.get(
        name, ChunkCache.Form.BYTES, byte[].class, () -> load(name), bytes -> bytes.length);
  }

  @Override
  public Page page(ChunkName name) throws IOException {
    int[] length = new int[1];
    return cache.get(
        name,
        ChunkCache.Form.PAGE,
        Page.class,
        () -> {
          byte[] bytes = load(name);
          length[0] = bytes.length;
          return Page.read(bytes, name);
        },
        page -> (long) PAGE_GROWTH * length[0]);
  }

  /** Reads a chunk in the background. */
  void ahead(ChunkName name) {
    if (!cache.has(name)) {
      cache.ahead(
          () -> {
            try {
              read(name);
            } catch (IOException | ClosedFileSystemException e) {
              // Who needs it reads it again and is told.
            }
          });
    }
  }

  /** Waits for reads and closes the snapshot. */
  void close() throws IOException {
    gate.writeLock().lock();
    try {
      if (isClosed) {
        return;
      }
      isClosed = true;
    } finally {
      gate.writeLock().unlock();
    }
    snapshot.close();
  }
}
