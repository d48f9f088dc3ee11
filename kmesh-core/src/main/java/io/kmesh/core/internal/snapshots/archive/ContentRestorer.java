// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.archive;

import io.kmesh.core.internal.repository.ChunkReader;
import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.tree.ChunkList;
import io.kmesh.core.internal.repository.tree.ChunkLists;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.Extent;
import io.kmesh.core.internal.time.KmeshThreads;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.archive.RestoreAction;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;

/**
 * Writes stored contents to files: chunks of one file by several threads, each verified before it
 * is written. Thread-safe.
 */
final class ContentRestorer implements AutoCloseable {
  private static final long SMALL = 8 << 20;

  private final ChunkReader chunks;
  private final int window;
  private final ThreadPoolExecutor threads;

  /**
   * A restorer.
   *
   * @param workers threads for the chunks of large files, besides those that call
   */
  ContentRestorer(ChunkReader chunks, int workers) {
    this.chunks = chunks;
    this.window = 2 * workers;
    this.threads = KmeshThreads.pool("archive-restore", workers, new LinkedBlockingQueue<>());
  }

  /** Writes a content to an action's target. */
  void restore(Content.File content, RestoreAction action) throws IOException {
    PosixFile target = action.target();
    target.truncate(0);
    try {
      if (content instanceof Content.Data data) {
        write(data.chunks(), List.of(new Extent(0, data.size())), data.size(), action);
      } else if (content instanceof Content.Sparse sparse) {
        write(sparse.chunks(), sparse.extents(), sparse.size(), action);
      }
    } catch (ProviderException e) {
      // A chunk that is nowhere; NOT_FOUND would say that the file is not archived.
      throw e.kind() == ErrorKind.NOT_FOUND && e.errno().isEmpty()
          ? new ProviderException(ErrorKind.CORRUPT, String.valueOf(e.getMessage()), e)
          : e;
    }
    target.truncate(content.size());
  }

  private void write(ChunkList list, List<Extent> extents, long size, RestoreAction action)
      throws IOException {
    long expected = extents.stream().mapToLong(Extent::length).sum();
    if (list.length() != expected) {
      throw damaged(action, "its chunks have " + list.length() + " bytes, not " + expected);
    }
    Placement placement = new Placement(action.target(), extents);
    try (Running running = new Running(size <= SMALL ? 0 : window, action)) {
      ChunkLists.visit(
          list,
          chunks,
          0,
          expected,
          (chunk, offset, length) ->
              running.add(length, () -> place(chunk, offset, length, placement, action)));
      running.end();
    }
  }

  private void place(
      ChunkName chunk, long offset, long length, Placement placement, RestoreAction action)
      throws IOException {
    chunks.read(
        chunk,
        (bytes, from, count) -> {
          if (count != length) {
            throw damaged(action, "its chunk " + chunk + " has " + count + " bytes, not " + length);
          }
          placement.place(bytes, from, count, offset);
        });
  }

  private static ProviderException damaged(RestoreAction action, String reason) {
    return new ProviderException(
        ErrorKind.CORRUPT,
        "Cannot restore " + action.fid() + ": " + reason + ". Run a check of the repository.");
  }

  private interface Piece {
    void write() throws IOException;
  }

  /** The pieces of one file that are under way. For the thread that restores. */
  private final class Running implements AutoCloseable {
    private final int most;
    private final RestoreAction action;
    private final Deque<Future<Long>> pieces = new ArrayDeque<>();
    private volatile boolean isStopped;

    Running(int most, RestoreAction action) {
      this.most = most;
      this.action = action;
    }

    void add(long length, Piece piece) throws IOException {
      if (most == 0) {
        piece.write();
        wrote(length);
        return;
      }
      while (pieces.size() >= most) {
        awaitFirst();
      }
      pieces.add(
          threads.submit(
              () -> {
                if (!isStopped) {
                  piece.write();
                }
                return length;
              }));
    }

    void end() throws IOException {
      while (!pieces.isEmpty()) {
        awaitFirst();
      }
    }

    private void awaitFirst() throws IOException {
      try {
        long length = pieces.element().get();
        pieces.remove();
        wrote(length);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("Cannot go on with the restore: it was interrupted.");
      } catch (ExecutionException e) {
        if (e.getCause() instanceof IOException io) {
          throw io;
        }
        throw new IOException("Cannot go on with the restore: " + e.getCause(), e.getCause());
      }
    }

    private void wrote(long length) throws IOException {
      action.copied(length);
      action.checkCancelled();
    }

    /** Waits for all: nobody may write to the file behind the end of its restore. */
    @Override
    public void close() {
      isStopped = true;
      boolean isInterrupted = false;
      for (Future<Long> piece : pieces) {
        while (true) {
          try {
            piece.get();
            break;
          } catch (InterruptedException e) {
            isInterrupted = true;
          } catch (ExecutionException e) {
            // The first failure is told.
            break;
          }
        }
      }
      if (isInterrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Puts bytes of a content where its extents are. Immutable. */
  private static final class Placement {
    private final PosixFile file;
    private final List<Extent> extents;
    private final long[] starts;

    Placement(PosixFile file, List<Extent> extents) {
      this.file = file;
      this.extents = extents;
      this.starts = new long[extents.size()];
      for (int i = 1; i < starts.length; i++) {
        starts[i] = starts[i - 1] + extents.get(i - 1).length();
      }
    }

    void place(byte[] bytes, int from, int count, long offset) throws IOException {
      int found = java.util.Arrays.binarySearch(starts, offset);
      int extent = found >= 0 ? found : -found - 2;
      int done = 0;
      while (done < count) {
        Extent current = extents.get(extent);
        long inExtent = offset + done - starts[extent];
        int length = (int) Math.min(count - done, current.length() - inExtent);
        file.write(ByteBuffer.wrap(bytes, from + done, length), current.offset() + inExtent);
        done += length;
        extent++;
      }
    }
  }

  @Override
  public void close() {
    threads.shutdown();
  }
}
