// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/** Reads files as a user's program does: it knows nothing of HSM and blocks until the data are back. */
final class Readers {
  private static final int PIECE = 1 << 18;
  private static final int THREADS = 64;
  private static final Set<OpenFlag> READ = Set.of(OpenFlag.READ, OpenFlag.NO_ACCESS_TIME);

  /** Told of every file that was read. */
  interface Progress {
    void read(long files, long bytes);
  }

  private Readers() {}

  /**
   * Reads one file with many readers at once. This is plain Java: it could be anybody's program.
   *
   * @return the SHA-256 that all of them saw
   */
  static String together(Path file, int readers) throws IOException, InterruptedException {
    ExecutorService pool = Executors.newFixedThreadPool(readers);
    try {
      Callable<String> reader = () -> sha256(file);
      Set<String> seen = new HashSet<>();
      for (Future<String> result : pool.invokeAll(Collections.nCopies(readers, reader))) {
        seen.add(result.get());
      }
      if (seen.size() != 1) {
        throw new IOException("Readers of " + file + " saw different bytes: " + seen);
      }
      return seen.iterator().next();
    } catch (ExecutionException e) {
      throw new IOException("A reader of " + file + " failed: " + e.getCause(), e);
    } finally {
      pool.shutdownNow();
    }
  }

  private static String sha256(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] piece = new byte[PIECE];
      int n;
      while ((n = in.read(piece)) >= 0) {
        digest.update(piece, 0, n);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Reads all regular files below a path, many at once.
   *
   * @return the bytes that were read
   */
  static long all(PosixTree tree, PathBytes root, Progress progress)
      throws IOException, InterruptedException {
    BlockingQueue<PathBytes> paths = new ArrayBlockingQueue<>(4 * THREADS);
    AtomicLong files = new AtomicLong();
    AtomicLong bytes = new AtomicLong();
    ExecutorService pool = Executors.newFixedThreadPool(THREADS);
    List<Future<?>> readers = new ArrayList<>();
    try {
      for (int i = 0; i < THREADS; i++) {
        readers.add(
            pool.submit(
                () -> {
                  ByteBuffer piece = ByteBuffer.allocateDirect(PIECE);
                  for (PathBytes path = paths.take(); !path.isEmpty(); path = paths.take()) {
                    bytes.addAndGet(read(tree, path, piece));
                    progress.read(files.incrementAndGet(), bytes.get());
                  }
                  return null;
                }));
      }
      try (PosixDirectory directory = tree.openDirectory(root)) {
        offer(directory, root, paths, readers);
      }
      for (int i = 0; i < THREADS; i++) {
        offer(paths, PathBytes.EMPTY, readers);
      }
      for (Future<?> reader : readers) {
        reader.get();
      }
    } catch (ExecutionException e) {
      throw new IOException("A reader failed: " + e.getCause().getMessage(), e.getCause());
    } finally {
      pool.shutdownNow();
    }
    return bytes.get();
  }

  private static void offer(
      PosixDirectory directory,
      PathBytes path,
      BlockingQueue<PathBytes> paths,
      List<Future<?>> readers)
      throws IOException, InterruptedException, ExecutionException {
    try (DirectoryCursor cursor = directory.entries()) {
      List<DirectoryEntry> batch;
      while (!(batch = cursor.next()).isEmpty()) {
        for (DirectoryEntry entry : batch) {
          PathBytes child = path.resolve(entry.name());
          FileType type =
              entry.knownType() != null
                  ? entry.knownType()
                  : directory.stat(entry.name()).type();
          if (type == FileType.DIRECTORY) {
            try (PosixDirectory below = directory.openDirectory(entry.name())) {
              offer(below, child, paths, readers);
            }
          } else if (type == FileType.REGULAR) {
            offer(paths, child, readers);
          }
        }
      }
    }
  }

  /** Waits for room, but not for readers that are gone. */
  private static void offer(
      BlockingQueue<PathBytes> paths, PathBytes path, List<Future<?>> readers)
      throws InterruptedException, ExecutionException {
    while (!paths.offer(path, 1, java.util.concurrent.TimeUnit.SECONDS)) {
      for (Future<?> reader : readers) {
        if (reader.isDone()) {
          reader.get();
        }
      }
    }
  }

  private static long read(PosixTree tree, PathBytes path, ByteBuffer piece) throws IOException {
    try (PosixFile file = tree.openFile(path, READ)) {
      FileStat stat = file.stat();
      long offset = 0;
      while (true) {
        piece.clear();
        int n = file.read(piece, offset);
        if (n < 0) {
          break;
        }
        offset += n;
      }
      if (offset != stat.size()) {
        throw new ProviderException(
            ErrorKind.CORRUPT,
            "Cannot trust " + path + ": " + offset + " bytes were read of " + stat.size() + ".");
      }
      return offset;
    }
  }
}
