// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Reads files as any program does, in threads of its own, and compares their bytes with what was
 * taken. The read of a released file blocks in the kernel until a copytool has restored it; no signal
 * ends it before. Thread-safe.
 */
final class ReadBack {
  private static final int THREADS = 3;
  private static final int MOST_TRIES = 120;
  private static final int PIECE = 1 << 20;

  private final PosixTree tree;
  private final PathBytes top;
  private final Queue<Sample.Taken> left;
  private final AtomicBoolean isEnough = new AtomicBoolean();
  private final AtomicInteger readers = new AtomicInteger();
  private final AtomicInteger done = new AtomicInteger();
  private final AtomicLong bytes = new AtomicLong();
  private final List<String> problems = new ArrayList<>(); // guarded by itself

  private ReadBack(PosixTree tree, PathBytes top, List<Sample.Taken> files) {
    this.tree = tree;
    this.top = top;
    this.left = new ConcurrentLinkedQueue<>(files);
  }

  /**
   * Begins to read.
   *
   * @param top where the sample lies in the tree
   */
  static ReadBack start(PosixTree tree, PathBytes top, List<Sample.Taken> files) {
    ReadBack reading = new ReadBack(tree, top, files);
    for (int i = 0; i < THREADS; i++) {
      reading.readers.incrementAndGet();
      Thread thread = new Thread(reading::run, "quickstart-reader-" + i);
      thread.setDaemon(true);
      thread.start();
    }
    return reading;
  }

  private void run() {
    try {
      ByteBuffer piece = ByteBuffer.allocateDirect(PIECE);
      Sample.Taken file;
      while (!isEnough.get() && (file = left.poll()) != null) {
        try {
          readInTime(file, piece);
        } catch (IOException | RuntimeException e) {
          problem(file, Main.words(e));
        } catch (InterruptedException e) {
          return; // nobody does that
        }
        done.incrementAndGet();
      }
    } finally {
      readers.decrementAndGet();
    }
  }

  /** Where the coordinators' policy is not to block, ENODATA says that the restore has only begun. */
  private void readInTime(Sample.Taken file, ByteBuffer piece)
      throws IOException, InterruptedException {
    for (int tries = 0; ; tries++) {
      try {
        read(file, piece);
        return;
      } catch (ProviderException e) {
        boolean isRestored = e.errno().filter(Errno.ENODATA::equals).isEmpty();
        if (isRestored || tries >= MOST_TRIES || isEnough.get()) {
          throw e;
        }
        Thread.sleep(1000);
      }
    }
  }

  private void read(Sample.Taken file, ByteBuffer piece) throws IOException {
    Sample.Digest digest = new Sample.Digest();
    long offset = 0;
    try (PosixFile open = tree.openFile(MountLab.join(top, file.path()), Set.of(OpenFlag.READ))) {
      while (open.read(piece.clear(), offset) > 0) {
        piece.flip();
        offset += piece.remaining();
        digest.add(piece);
      }
    }
    bytes.addAndGet(offset);
    String found = digest.hex();
    if (offset != file.size() || !found.equals(file.sha256())) {
      problem(
          file,
          offset + " bytes with SHA-256 " + found + " were read; taken were " + file.size()
              + " with " + file.sha256());
    }
  }

  private void problem(Sample.Taken file, String words) {
    synchronized (problems) {
      problems.add("reading " + file.path() + ": " + words);
    }
  }

  /** Begins no further file. */
  void enough() {
    isEnough.set(true);
  }

  /** Whether no reader is at work any more. */
  boolean isOver() {
    return readers.get() == 0;
  }

  int done() {
    return done.get();
  }

  long bytes() {
    return bytes.get();
  }

  List<String> problems() {
    synchronized (problems) {
      return List.copyOf(problems);
    }
  }
}
