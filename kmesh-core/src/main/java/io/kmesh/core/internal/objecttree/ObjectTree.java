// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import io.kmesh.core.internal.mirror.MirrorKeys;
import io.kmesh.core.internal.mirror.MirrorObjects;
import io.kmesh.core.internal.posix.SortSpace;
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
import io.kmesh.spi.time.KmeshTime;
import java.io.Closeable;
import java.io.IOException;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A prefix of an object store as a tree: docs/design/object-trees.md. It shows what the last pull
 * found. Names and attributes come from an index, bytes from objects by range, each only as long as
 * it is the object that was found. Changes are in the index, and bytes that were written in files
 * beside it, until {@link #sync} brings them to the store. Thread-safe; the index is used under its
 * own monitor, which is not held while a request is waited for, but by a push, and where bytes are
 * brought here to be changed.
 */
public final class ObjectTree implements PosixTree {
  private static final Logger LOG = LoggerFactory.getLogger(ObjectTree.class);

  private final TreeIndex index;
  private final MirrorObjects objects;
  private final MirrorKeys keys;
  private final int requests;
  private final SortSpace sorting;
  private final KmeshTime time;
  private final String description;
  private final @Nullable TreeWriter writer;

  /** Held while the index is brought to what the store has, or the other way round. */
  private final Object exchange = new Object();

  private int holders = 1; // guarded by index
  private boolean isClosed; // guarded by index

  private ObjectTree(
      TreeIndex index,
      MirrorObjects objects,
      MirrorKeys keys,
      int requests,
      SortSpace sorting,
      KmeshTime time,
      String description,
      @Nullable TreeWriter writer) {
    this.index = index;
    this.objects = objects;
    this.keys = keys;
    this.requests = requests;
    this.sorting = sorting;
    this.time = time;
    this.description = description;
    this.writer = writer;
  }

  /**
   * Opens the tree of a prefix for reading alone. It shows what its index knows; a new one shows
   * nothing before the first pull.
   *
   * @param rows its index, which is the tree's own from now on, also when this fails
   * @throws ProviderException INVALID for the index of another prefix, CORRUPT for a damaged one
   */
  public static ObjectTree open(OrderedStore rows, ObjectTreeSettings settings) throws IOException {
    return open(rows, null, settings);
  }

  /**
   * Opens the tree of a prefix, and finds what became of a push that an earlier process did not
   * end.
   *
   * @param rows its index, which is the tree's own from now on, also when this fails
   * @param spool a folder of its own beside the index for bytes that were not pushed yet, owned
   *     likewise; null for a tree that is only read
   * @throws ProviderException INVALID for the index of another prefix, CORRUPT for a damaged one,
   *     UNSUPPORTED for a store that lacks what is needed to write
   */
  public static ObjectTree open(
      OrderedStore rows, @Nullable PosixTree spool, ObjectTreeSettings settings)
      throws IOException {
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
      settings.sorting().clear(); // The index is ours, so nobody sorts there.
      TreeWriter writer = null;
      if (spool != null) {
        MirrorObjects.checkCapabilities(settings.store(), "write to");
        writer = TreeWriter.open(index, spool, objects, keys, settings);
      }
      return new ObjectTree(
          index,
          objects,
          keys,
          settings.requests(),
          settings.sorting(),
          settings.time(),
          "objects " + uri + " " + settings.prefix(),
          writer);
    } catch (IOException | RuntimeException | Error e) {
      closeAfter(e, rows);
      closeAfter(e, spool);
      throw e;
    }
  }

  private static void closeAfter(Throwable failure, @Nullable Closeable open) {
    try {
      if (open != null) {
        open.close();
      }
    } catch (IOException second) {
      failure.addSuppressed(second);
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
   * @throws ProviderException UNSUPPORTED for a store that lists in another order than it says
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
        return new Pull(index, objects, keys, check, requests, sorting, time).run(path);
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
    TreeWriter there = writer;
    EnumSet<PosixCapability> all = EnumSet.allOf(PosixCapability.class);
    all.remove(PosixCapability.SYNC); // One file can't be made durable without the others.
    all.remove(PosixCapability.ALLOCATE); // What an object takes is the store's matter.
    if (there == null) {
      all.remove(PosixCapability.TREE_SYNC);
      all.remove(PosixCapability.RENAME_MODES);
    } else if (!there.spool().isSparse()) {
      all.remove(PosixCapability.SPARSE);
    }
    return Collections.unmodifiableSet(all);
  }

  boolean isWritable() {
    return writer != null;
  }

  /** What changes the tree; to be called with the index's monitor. */
  TreeWriter writer(String what) throws ProviderException {
    TreeWriter there = writer;
    if (there == null) {
      throw refused(what);
    }
    return there;
  }

  /** Somebody opened, or closed, an inode; to be called with the index's monitor. */
  void opened(long inode, boolean isOpen) throws IOException {
    TreeWriter there = writer;
    if (there != null && isOpen) {
      there.edits().opened(inode);
    } else if (there != null) {
      there.edits().closed(inode);
    }
  }

  /** Brings all that was changed to the store; what could not be is in {@link #problems}. */
  @Override
  public void sync() throws IOException {
    retain();
    try {
      synchronized (exchange) {
        synchronized (index) {
          writer("sync").push();
        }
      }
    } finally {
      release();
    }
  }

  /** What the last sync could not bring to the store, by key; the next one tries again. */
  public List<PushProblem> problems() throws ProviderException {
    synchronized (index) {
      return writer("ask for problems").problems();
    }
  }

  @Override
  public PosixDirectory openRoot() throws IOException {
    return new ObjectDirectory(this, TreeIndex.ROOT, PathBytes.EMPTY);
  }

  /** What a stat of an inode says. */
  FileStat stat(Inode inode) throws IOException {
    TreeWriter there = writer;
    if (there != null && inode.body() instanceof Body.Spooled spooled) {
      return inode.stat(index.head().device(), there.spool().stored(spooled.number()));
    }
    Body body = inode.body();
    long stored = body instanceof Body.InObject object ? object.extents().bodySize() : 0;
    return inode.stat(index.head().device(), stored);
  }

  /** One more that uses the index; it stays open as long as anybody does. */
  void retain() throws ProviderException {
    synchronized (index) {
      if (isClosed) {
        throw Posix.refusal(Errno.EBADF, "open something in " + description, "the tree was closed");
      }
      holders++;
    }
  }

  void release() throws IOException {
    synchronized (index) {
      if (--holders == 0) {
        try {
          index.close();
        } finally {
          if (writer != null) {
            writer.close();
          }
        }
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
    return Posix.refusal(Errno.EROFS, what + " in " + description, "nothing can be changed here");
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
