// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.nio;

import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/** The entries of a directory as paths, batch by batch. */
final class TreeDirectoryStream implements DirectoryStream<Path> {
  private final TreePath directory;
  private final DirectoryCursor cursor;
  private final Filter<? super Path> filter;
  private final Deque<Path> ready = new ArrayDeque<>();
  private boolean handedOut;
  private boolean atEnd;

  TreeDirectoryStream(TreePath directory, DirectoryCursor cursor, Filter<? super Path> filter) {
    this.directory = directory;
    this.cursor = cursor;
    this.filter = filter;
  }

  @Override
  public synchronized Iterator<Path> iterator() {
    if (handedOut || atEnd) {
      throw new IllegalStateException("A directory stream is read once, and not when closed.");
    }
    handedOut = true;
    return new Paths();
  }

  private synchronized boolean hasNext() {
    while (ready.isEmpty() && !atEnd) {
      fill();
    }
    return !ready.isEmpty();
  }

  private void fill() {
    try {
      List<DirectoryEntry> batch = cursor.next();
      atEnd = batch.isEmpty();
      for (DirectoryEntry entry : batch) {
        Path path = directory.child(entry.name());
        if (filter.accept(path)) {
          ready.add(path);
        }
      }
    } catch (IOException e) {
      throw new DirectoryIteratorException(TreeErrors.of(directory, e));
    }
  }

  private synchronized Path next() {
    if (!hasNext()) {
      throw new NoSuchElementException("The directory has no more entries.");
    }
    return ready.remove();
  }

  @Override
  public synchronized void close() {
    atEnd = true;
    cursor.close();
  }

  /** The one iterator of this stream. */
  private final class Paths implements Iterator<Path> {
    @Override
    public boolean hasNext() {
      return TreeDirectoryStream.this.hasNext();
    }

    @Override
    public Path next() {
      return TreeDirectoryStream.this.next();
    }
  }
}
