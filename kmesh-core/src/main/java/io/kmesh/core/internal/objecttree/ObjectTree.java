// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import io.kmesh.core.internal.mirror.MirrorKeys;
import io.kmesh.core.internal.mirror.MirrorObjects;
import io.kmesh.core.internal.state.OrderedStore;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.util.EnumSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A prefix of an object store as a tree: docs/design/object-trees.md. It shows what the last pull
 * found. Names and attributes come from an index, bytes from objects by range, each only as long as
 * it is the object that was found. Thread-safe; the index is used under its own monitor, which is
 * never held while a request is waited for.
 */
public final class ObjectTree implements PosixTree {
  private static final Logger LOG = LoggerFactory.getLogger(ObjectTree.class);

  private final TreeIndex index;
  private final MirrorObjects objects;
  private final MirrorKeys keys;
  private final int requests;
  private final String description;

  /** Held while the index is brought to what the store has, or the other way round. */
  private final Object exchange = new Object();

  private int holders = 1; // guarded by index
  private boolean isClosed; // guarded by index

  private ObjectTree(
      TreeIndex index, MirrorObjects objects, MirrorKeys keys, int requests, String description) {
    this.index = index;
    this.objects = objects;
    this.keys = keys;
    this.requests = requests;
    this.description = description;
  }

  /**
   * Opens the tree of a prefix. It shows what its index knows; a new one shows nothing before the
   * first pull.
   *
   * @param rows its index, which is the tree's own from now on, also when this fails
   * @throws ProviderException INVALID for the index of another prefix, CORRUPT for a damaged one
   */
  public static ObjectTree open(OrderedStore rows, ObjectTreeSettings settings) throws IOException {
    try {
      MirrorObjects objects =
          new MirrorObjects(
              settings.store(),
              settings.prefix(),
              new Retrier(
                  settings.time(), settings.retry(), settings.random(), settings.observer()));
      MirrorKeys keys =
          new MirrorKeys(
              PathBytes.of(settings.prefix()).length(),
              Math.min(settings.store().limits().maxKeyBytes(), TreeIndex.LONGEST_KEY));
      String uri = settings.store().uri().toString();
      TreeIndex index =
          TreeIndex.open(rows, uri, settings.prefix(), FileTime.of(settings.time().now()));
      return new ObjectTree(
          index, objects, keys, settings.requests(), "objects " + uri + " " + settings.prefix());
    } catch (IOException | RuntimeException e) {
      try {
        rows.close();
      } catch (IOException second) {
        e.addSuppressed(second);
      }
      throw e;
    }
  }

  TreeIndex index() {
    return index;
  }

  MirrorObjects objects() {
    return objects;
  }

  /**
   * Brings the tree to what the store has. One that fails changes nothing.
   *
   * @param check asked before each request; what it throws ends the pull
   * @throws ProviderException UNSUPPORTED for a store that does not list in the order of its keys
   */
  public PullReport pull(Retrier.Check check) throws IOException {
    return pull(PathBytes.EMPTY, check);
  }

  /**
   * Brings what is at a path and below it to what the store has. One that fails changes nothing.
   *
   * @param path names with slashes; empty for all
   * @param check asked before each request; what it throws ends the pull
   */
  public PullReport pull(PathBytes path, Retrier.Check check) throws IOException {
    retain();
    try {
      synchronized (exchange) {
        return new Pull(index, objects, keys, check, requests).run(path);
      }
    } finally {
      release();
    }
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public Set<PosixCapability> capabilities() {
    return EnumSet.complementOf(
        EnumSet.of(
            PosixCapability.SYNC,
            PosixCapability.TREE_SYNC,
            PosixCapability.ALLOCATE,
            PosixCapability.RENAME_MODES));
  }

  @Override
  public PosixDirectory openRoot() throws IOException {
    return new ObjectDirectory(this, TreeIndex.ROOT, PathBytes.EMPTY);
  }

  /** What a stat of an inode says. */
  FileStat stat(Inode inode) {
    Body body = inode.body();
    long stored = body instanceof Body.InObject object ? object.extents().bodySize() : 0;
    return inode.stat(index.head().device(), stored);
  }

  /** One more that uses the index; it stays open as long as anybody does. */
  void retain() throws ProviderException {
    synchronized (index) {
      if (isClosed) {
        throw error(Errno.EBADF, "open something in " + description, "the tree was closed");
      }
      holders++;
    }
  }

  void release() throws IOException {
    synchronized (index) {
      if (--holders == 0) {
        index.close();
      }
    }
  }

  /** As {@link #release}, for who can't throw; closing drops nothing that counts. */
  void releaseQuietly() {
    try {
      release();
    } catch (IOException e) {
      LOG.warn("The index of {} could not be closed.", description, e);
    }
  }

  ProviderException refused(String what) {
    return error(Errno.EROFS, what + " in " + description, "nothing can be changed here");
  }

  static ProviderException error(Errno errno, String what, String reason) {
    return new ProviderException(errno, "Cannot " + what + ": " + reason + " (" + errno + ").");
  }

  /** Ends it; handles that are open still work. What was not committed is dropped. */
  @Override
  public void close() throws IOException {
    synchronized (index) {
      if (isClosed) {
        return;
      }
      isClosed = true;
    }
    release();
  }
}
