// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.core.internal.repository.tree.ChunkSink;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.DirectoryWriter;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixDirectory;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * A directory that is being taken: its entries are listed in order, their contents come in any, and
 * its pages are written in order as far as they are known. Thread-safe.
 */
final class DirectoryTask {
  private final PathBytes path;
  private final PosixDirectory handle;
  private final DirectoryWriter writer;
  private final @Nullable Slot place;
  private final TreeNode node;
  private final long device;
  private final Deque<Slot> waiting = new ArrayDeque<>();
  private int unreadFiles;
  private boolean isListed;
  private boolean isClosed;

  /**
   * A directory.
   *
   * @param path where it is, for messages
   * @param handle open; closed by this when all files in it are read
   * @param node what is known of it besides its content
   * @param device of its file system
   * @param place where it belongs in its parent; null for the top
   */
  DirectoryTask(
      PathBytes path,
      PosixDirectory handle,
      TreeNode node,
      long device,
      ChunkSink sink,
      @Nullable Slot place) {
    this.path = path;
    this.handle = handle;
    this.node = node;
    this.device = device;
    this.writer = new DirectoryWriter(sink);
    this.place = place;
  }

  /** The place of an entry whose content is not known yet, in the order of names. */
  static final class Slot {
    private final DirectoryTask directory;
    private final boolean isFile;
    private @Nullable TreeNode node;
    private boolean isKnown;

    private Slot(DirectoryTask directory, boolean isFile) {
      this.directory = directory;
      this.isFile = isFile;
    }

    DirectoryTask directory() {
      return directory;
    }

    /** Says what the entry is; null when it is left out. Returns the top when all is known. */
    @Nullable TreeNode fill(@Nullable TreeNode known) throws IOException {
      return directory.filled(this, known);
    }
  }

  PathBytes path() {
    return path;
  }

  long device() {
    return device;
  }

  PosixDirectory handle() {
    return handle;
  }

  /** Adds an entry that is known. */
  synchronized void add(TreeNode known) throws IOException {
    if (waiting.isEmpty()) {
      writer.add(known);
    } else {
      Slot slot = new Slot(this, false);
      slot.node = known;
      slot.isKnown = true;
      waiting.add(slot);
    }
  }

  /** Adds a place for a file that is to be read. */
  synchronized Slot addFile() {
    unreadFiles++;
    Slot slot = new Slot(this, true);
    waiting.add(slot);
    return slot;
  }

  /** Adds a place for a directory. */
  synchronized Slot addDirectory() {
    Slot slot = new Slot(this, false);
    waiting.add(slot);
    return slot;
  }

  /** Says that all entries were added. Returns the top when with that all is known. */
  @Nullable TreeNode listed() throws IOException {
    synchronized (this) {
      isListed = true;
    }
    return advance();
  }

  private @Nullable TreeNode filled(Slot slot, @Nullable TreeNode known) throws IOException {
    synchronized (this) {
      slot.node = known;
      slot.isKnown = true;
      if (slot.isFile) {
        unreadFiles--;
      }
    }
    return advance();
  }

  /** Writes what is known, and tells the parents when that is all. */
  private @Nullable TreeNode advance() throws IOException {
    DirectoryTask task = this;
    while (true) {
      TreeNode done = task.drain();
      Slot slot = task.place;
      if (done == null || slot == null) {
        return done;
      }
      task = slot.directory;
      synchronized (task) {
        slot.node = done;
        slot.isKnown = true;
      }
    }
  }

  private synchronized @Nullable TreeNode drain() throws IOException {
    for (Slot first = waiting.peek(); first != null && first.isKnown; first = waiting.peek()) {
      waiting.poll();
      if (first.node != null) {
        writer.add(first.node);
      }
    }
    if (isListed && unreadFiles == 0 && !isClosed) {
      isClosed = true;
      handle.close();
    }
    if (!isListed || !waiting.isEmpty()) {
      return null;
    }
    Content.Directory content = writer.end();
    isListed = false;
    return node.holding(content);
  }

  synchronized boolean isClosed() {
    return isClosed;
  }

  /** Closes the handle, whatever waits. */
  synchronized void abandon() {
    if (!isClosed) {
      isClosed = true;
      try {
        handle.close();
      } catch (IOException e) {
        // Nothing was written through it.
      }
    }
  }
}
