// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.replica.Coverage;
import io.kmesh.core.internal.flows.replica.Message;
import io.kmesh.core.internal.flows.replica.Pieces;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.SyncMode;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Files that another site sends, on their way into the tree: each in a hidden folder until all of
 * it is there and durable. Thread-safe.
 */
final class Uploads implements Pieces.Taker, Closeable {
  private static final int MOST = 64;
  private static final int MODE = 0700;

  private final PosixTree tree;
  private final PathBytes folder;
  private final Runnable wake;
  private final Map<Dot, Staged> staged = new HashMap<>(); // guarded by this

  /** A file that comes; guarded by the uploads. */
  static final class Staged {
    private final Dot id;
    private final long size;
    private final PathBytes name;
    private final @Nullable PosixFile file;
    private @Nullable IOException failure;
    private final Coverage coverage = new Coverage();
    private int writers;
    private boolean isDurable;
    private boolean isDropped;

    Staged(Dot id, long size, PathBytes name, @Nullable PosixFile file) {
      this.id = id;
      this.size = size;
      this.name = name;
      this.file = file;
    }

    /**
     * Its name in the folder.
     *
     * @throws IOException when it could not be written
     */
    PathBytes name() throws IOException {
      if (failure != null) {
        throw failure;
      }
      return name;
    }
  }

  /** Begins with an empty folder, which is made when the first file comes. */
  Uploads(PosixTree tree, PathBytes folder, Runnable wake) throws IOException {
    this.tree = tree;
    this.folder = folder;
    this.wake = wake;
    RangeCache.remove(tree, folder);
  }

  /** The folder; the caller closes it. */
  PosixDirectory folder() throws IOException {
    return tree.openDirectory(folder);
  }

  @Override
  public void data(NodeId node, Dot content, long size, long offset, ByteBuffer bytes)
      throws IOException {
    int length = bytes.remaining();
    Staged one = begin(content, size);
    try {
      if (one.file != null) {
        one.file.write(bytes, offset);
      }
    } catch (IOException e) {
      fail(one, e); // of this file alone; the way is not to blame
    } finally {
      end(one, offset, offset + length);
    }
  }

  @Override
  public void hole(NodeId node, Dot content, long size, long offset, long length)
      throws IOException {
    end(begin(content, size), offset, offset + length);
  }

  private synchronized void fail(Staged one, IOException why) {
    one.failure = why;
  }

  private synchronized Staged begin(Dot id, long size) throws IOException {
    Staged one = staged.get(id);
    if (one == null) {
      if (staged.size() == MOST) {
        throw new ProviderException(
            ErrorKind.THROTTLED,
            "Cannot take more files that are written: " + MOST + " are on their way.");
      }
      one = make(id, size);
      staged.put(id, one);
    }
    if (one.size != size) {
      throw new ProviderException(
          ErrorKind.INVALID, "Cannot take a file that is written: its size changes on its way.");
    }
    one.writers++;
    return one;
  }

  private Staged make(Dot id, long size) {
    PathBytes name =
        PathBytes.of(Long.toHexString(id.replica()) + "-" + Long.toHexString(id.counter()));
    try {
      return new Staged(id, size, name, open(name, size));
    } catch (IOException e) {
      Staged failed = new Staged(id, size, name, null);
      failed.failure = e;
      return failed;
    }
  }

  private PosixFile open(PathBytes name, long size) throws IOException {
    try (PosixDirectory root = tree.openRoot()) {
      if (root.find(folder).isEmpty()) {
        root.makeDirectory(folder, MODE);
      }
    }
    PosixFile file =
        tree.openFile(
            folder.resolve(name),
            Set.of(OpenFlag.READ, OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.TRUNCATE));
    try {
      file.truncate(size);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
    return file;
  }

  private void end(Staged one, long from, long to) {
    boolean isWhole;
    synchronized (this) {
      one.writers--;
      one.coverage.add(from, to);
      isWhole = one.writers == 0 && one.coverage.isWhole(one.size) && !one.isDropped;
    }
    if (isWhole) {
      try {
        if (one.file != null && tree.capabilities().contains(PosixCapability.SYNC)) {
          one.file.sync(SyncMode.DATA);
        }
      } catch (IOException e) {
        fail(one, e);
      }
      synchronized (this) {
        one.isDurable = true;
      }
      wake.run();
    }
  }

  /** The bytes of a write, when they are all here and durable. */
  synchronized Optional<Staged> whole(long replica, Message.Edit edit) {
    Dot id = new Dot(replica, edit.number());
    if (edit.first() == 0 && !staged.containsKey(id)) {
      Staged empty = make(id, 0);
      empty.isDurable = true;
      staged.put(id, empty);
    }
    return Optional.ofNullable(staged.get(id)).filter(one -> one.isDurable);
  }

  /** Forgets a file, and removes it when it is still here. */
  void drop(Staged one) throws IOException {
    synchronized (this) {
      staged.remove(one.id, one);
      one.isDropped = true;
    }
    if (one.file == null) {
      return;
    }
    one.file.close();
    try (PosixDirectory in = folder()) {
      if (in.find(one.name).isPresent()) {
        in.unlink(one.name);
      }
    }
  }

  /** Forgets all that came in part: the way that it came by is gone. */
  void parted() {
    List<Staged> all;
    synchronized (this) {
      all = List.copyOf(staged.values());
    }
    for (Staged one : all) {
      try {
        drop(one);
      } catch (IOException e) {
        // It is removed at the next start.
      }
    }
  }

  @Override
  public void close() throws IOException {
    parted();
    RangeCache.remove(tree, folder);
  }
}
