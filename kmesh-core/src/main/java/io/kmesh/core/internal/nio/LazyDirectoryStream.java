// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.nio;

import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.nio.file.ClosedFileSystemException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** The entries of a directory, a page of names in memory at a time. */
final class LazyDirectoryStream implements DirectoryStream<Path> {
  private final KmeshPath directory;
  private final Volume.Names names;
  private final Filter<? super Path> filter;
  private volatile boolean isClosed;
  private boolean isTaken;

  LazyDirectoryStream(KmeshPath directory, Volume.Names names, Filter<? super Path> filter) {
    this.directory = directory;
    this.names = names;
    this.filter = filter;
  }

  @Override
  public synchronized Iterator<Path> iterator() {
    if (isClosed || isTaken) {
      throw new IllegalStateException(
          "Cannot list " + directory + ": the stream is closed or was listed. Open another.");
    }
    isTaken = true;
    return new Entries();
  }

  @Override
  public void close() {
    isClosed = true;
  }

  private final class Entries implements Iterator<Path> {
    private @Nullable Path next;
    private boolean isEnd;

    @Override
    public synchronized boolean hasNext() {
      while (next == null && !isEnd) {
        if (isClosed || !directory.getFileSystem().isOpen()) {
          isEnd = true;
          return false;
        }
        try {
          PathBytes name = names.next();
          if (name == null) {
            isEnd = true;
          } else {
            Path path = directory.child(name);
            next = filter.accept(path) ? path : null;
          }
        } catch (IOException e) {
          throw new DirectoryIteratorException(e);
        } catch (ClosedFileSystemException e) {
          isEnd = true;
        }
      }
      return next != null;
    }

    @Override
    public synchronized Path next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      Path path = next;
      next = null;
      if (path == null) {
        throw new NoSuchElementException();
      }
      return path;
    }
  }
}
