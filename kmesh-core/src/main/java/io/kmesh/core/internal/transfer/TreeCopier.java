// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import io.kmesh.core.internal.time.KmeshThreads;
import io.kmesh.engine.TreeCopyReport;
import io.kmesh.engine.TreeCopyReport.Reason;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Copies a tree: one walker lists directories and hands batches of entries to workers through a
 * bounded queue, so that memory and open handles do not grow with the tree. Files of several names
 * are copied by the walker itself, so that the first name is whole before the second is linked.
 * Used once.
 */
public final class TreeCopier {
  private static final int BATCH = 64;
  private static final long BATCH_BYTES = 4L << 20;
  private static final int QUEUED = 32;
  private static final int MOST_BUFFER = 1 << 20;
  private static final int LEAST_BUFFER = 64 << 10;

  private final TreeCopySettings settings;
  private final PosixTree target;
  private final CopyTally tally;
  private final EntryCopy entries;
  private final BlockingQueue<Batch> queue = new ArrayBlockingQueue<>(QUEUED);
  private final AtomicReference<@Nullable Throwable> broken = new AtomicReference<>();
  private final Map<InodeKey, PathBytes> firstNames = new HashMap<>();
  private final int bufferSize;

  /** Entries of one directory; an empty one ends a worker. */
  private record Batch(@Nullable CopyDirectory directory, List<Entry> entries) {}

  private record Entry(PathBytes name, FileStat stat) {}

  private record InodeKey(long device, long inode) {}

  /** A copier of complete settings. */
  public TreeCopier(TreeCopySettings settings) {
    PosixTree to = settings.target;
    if (to == null) {
      throw new IllegalArgumentException(
          "Cannot copy " + settings.source.description() + ": no target was given. Call to(..).");
    }
    this.settings = settings;
    this.target = to;
    this.tally = new CopyTally(settings.listener);
    this.entries =
        new EntryCopy(settings, tally, new AttributeCopy(settings.withoutXattrs), this::checkStop);
    long share = settings.buffers.bytes() / (settings.threads + 1);
    this.bufferSize = (int) Math.max(LEAST_BUFFER, Math.min(MOST_BUFFER, share));
  }

  private void checkStop() throws IOException {
    if (settings.cancelled.getAsBoolean()) {
      throw new ProviderException(
          ErrorKind.CANCELLED,
          "Cannot go on copying "
              + settings.source.description()
              + ": the copy was cancelled. Copy again to continue it.");
    }
    if (broken.get() != null) {
      throw new ProviderException(
          ErrorKind.CANCELLED, "Cannot go on copying: another part of the copy failed.");
    }
  }

  /** Copies and returns when all is done. */
  public TreeCopyReport run() throws IOException {
    if (settings.isCounted) {
      count();
    }
    List<Thread> workers = new ArrayList<>();
    try (PosixDirectory from = settings.source.openDirectory(settings.sourcePath);
        PosixDirectory to = openTarget()) {
      // Before any thread runs: a worker without its buffer would leave the walker waiting for
      // ever.
      List<ByteBuffer> buffers = new ArrayList<>();
      for (int i = 0; i <= settings.threads; i++) {
        buffers.add(ByteBuffer.allocateDirect(bufferSize));
      }
      for (int i = 0; i < settings.threads; i++) {
        ByteBuffer buffer = buffers.get(i);
        workers.add(KmeshThreads.start("transfer-copy-" + i, () -> work(buffer)));
      }
      try {
        CopyDirectory root = new CopyDirectory(null, PathBytes.EMPTY, from, to, from.stat());
        list(root, buffers.get(settings.threads));
        leave(root);
      } catch (IOException | RuntimeException e) {
        broken.compareAndSet(null, e);
      } finally {
        end(workers);
      }
    }
    Throwable failure = broken.get();
    if (failure instanceof IOException e) {
      throw e;
    }
    if (failure != null) {
      throw new IOException(
          "Cannot copy " + settings.source.description() + ": " + failure, failure);
    }
    tally.tell();
    return tally.report();
  }

  private PosixDirectory openTarget() throws IOException {
    PathBytes path = settings.targetPath;
    if (!path.isEmpty()) {
      try (PosixDirectory parent = target.openDirectory(path.parent())) {
        if (parent.find(path.name()).isEmpty()) {
          parent.makeDirectory(path.name(), 0700);
        }
      }
    }
    return target.openDirectory(path);
  }

  /** Workers always take what is queued, so that every directory handle is closed. */
  private void end(List<Thread> workers) {
    boolean isInterrupted = false;
    for (int i = 0; i < workers.size(); i++) {
      isInterrupted |= offer(new Batch(null, List.of()));
    }
    for (Thread worker : workers) {
      while (worker.isAlive()) {
        try {
          worker.join();
        } catch (InterruptedException e) {
          isInterrupted = true;
          broken.compareAndSet(null, e);
        }
      }
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean offer(Batch batch) {
    boolean isInterrupted = false;
    while (true) {
      try {
        if (queue.offer(batch, 1, TimeUnit.HOURS)) {
          return isInterrupted;
        }
      } catch (InterruptedException e) {
        isInterrupted = true;
        broken.compareAndSet(null, e);
      }
    }
  }

  private void count() throws IOException {
    long[] totals = new long[2];
    try (PosixDirectory from = settings.source.openDirectory(settings.sourcePath)) {
      count(from, totals);
    }
    tally.totals(totals[0], totals[1]);
  }

  private void count(PosixDirectory directory, long[] totals) throws IOException {
    checkStop();
    totals[0]++;
    try (DirectoryCursor cursor = directory.entries()) {
      List<DirectoryEntry> batch;
      while (!(batch = cursor.next()).isEmpty()) {
        for (DirectoryEntry entry : batch) {
          Optional<FileStat> stat = directory.find(entry.name());
          if (stat.isPresent() && stat.get().isDirectory()) {
            countBelow(directory, entry.name(), totals);
          } else if (stat.isPresent()) {
            totals[0]++;
            totals[1] += stat.get().isRegular() ? stat.get().size() : 0;
          }
        }
      }
    } catch (ProviderException e) {
      if (e.kind() == ErrorKind.CANCELLED) {
        throw e;
      }
      // What can't be listed is reported by the copy itself.
    }
  }

  private void countBelow(PosixDirectory parent, PathBytes name, long[] totals) throws IOException {
    try (PosixDirectory below = parent.openDirectory(name)) {
      count(below, totals);
    } catch (ProviderException e) {
      if (e.kind() == ErrorKind.CANCELLED) {
        throw e;
      }
    }
  }

  private void list(CopyDirectory directory, ByteBuffer buffer) throws IOException {
    tally.directories.increment();
    dropLeftAside(directory);
    List<Entry> batch = new ArrayList<>();
    long batchBytes = 0;
    try (DirectoryCursor cursor = directory.source().entries()) {
      List<DirectoryEntry> listed;
      while (!(listed = cursor.next()).isEmpty()) {
        for (DirectoryEntry entry : listed) {
          checkStop();
          PathBytes path = directory.path().resolve(entry.name());
          FileStat stat;
          try {
            stat = directory.source().stat(entry.name());
          } catch (ProviderException e) {
            settle(
                path,
                CopyProblem.of(
                    e.kind() == ErrorKind.NOT_FOUND ? Reason.VANISHED : Reason.UNREADABLE, e));
            continue;
          }
          if (stat.isDirectory()) {
            descend(directory, entry.name(), path, stat, buffer);
          } else if (stat.links() > 1) {
            severalNames(directory, new Entry(entry.name(), stat), path, buffer);
          } else {
            batch.add(new Entry(entry.name(), stat));
            batchBytes += stat.size();
            if (batch.size() >= BATCH || batchBytes >= BATCH_BYTES) {
              submit(directory, batch);
              batch = new ArrayList<>();
              batchBytes = 0;
            }
          }
        }
      }
    } catch (ProviderException e) {
      if (e.kind() == ErrorKind.CANCELLED || e.kind() == ErrorKind.NO_SPACE) {
        throw e;
      }
      settle(directory.path(), CopyProblem.of(Reason.UNREADABLE, e));
    } finally {
      submit(directory, batch);
    }
  }

  /** What a killed copy left aside must not be taken for an entry. */
  private void dropLeftAside(CopyDirectory directory) throws IOException {
    try (DirectoryCursor cursor = directory.target().entries()) {
      List<DirectoryEntry> listed;
      while (!(listed = cursor.next()).isEmpty()) {
        for (DirectoryEntry entry : listed) {
          if (EntryCopy.isAside(entry.name())) {
            directory.target().unlink(entry.name());
          }
        }
      }
    }
  }

  private void submit(CopyDirectory directory, List<Entry> batch) {
    if (batch.isEmpty()) {
      return;
    }
    directory.enter();
    if (offer(new Batch(directory, batch))) {
      Thread.currentThread().interrupt();
    }
  }

  private void descend(
      CopyDirectory parent, PathBytes name, PathBytes path, FileStat stat, ByteBuffer buffer)
      throws IOException {
    PosixDirectory from;
    try {
      from = parent.source().openDirectory(name);
      try (DirectoryCursor probe = from.entries()) {
        probe.next();
      } catch (IOException e) {
        from.close();
        throw e;
      }
    } catch (ProviderException e) {
      settle(
          path,
          CopyProblem.of(e.kind() == ErrorKind.NOT_FOUND ? Reason.VANISHED : Reason.UNREADABLE, e));
      return;
    }
    PosixDirectory to;
    try {
      to = openBelow(parent, name);
    } catch (ProviderException e) {
      from.close();
      if (e.kind() == ErrorKind.NO_SPACE) {
        throw e;
      }
      settle(path, CopyProblem.of(Reason.UNWRITABLE, e));
      return;
    }
    parent.enter();
    CopyDirectory directory = new CopyDirectory(parent, path, from, to, stat);
    try {
      list(directory, buffer);
    } finally {
      leave(directory);
    }
  }

  private static PosixDirectory openBelow(CopyDirectory parent, PathBytes name) throws IOException {
    Optional<FileStat> present = parent.target().find(name);
    if (present.isPresent() && !present.get().isDirectory()) {
      parent.target().unlink(name);
      present = Optional.empty();
    }
    if (present.isEmpty()) {
      parent.target().makeDirectory(name, 0700);
    } else if ((present.get().mode() & 0700) != 0700) {
      parent.target().setMode(name, present.get().mode() | 0700);
    }
    return parent.target().openDirectory(name);
  }

  private void severalNames(CopyDirectory directory, Entry entry, PathBytes path, ByteBuffer buffer)
      throws IOException {
    InodeKey key = new InodeKey(entry.stat().device(), entry.stat().inode());
    PathBytes first = firstNames.get(key);
    try {
      if (first == null) {
        entries.copy(directory, entry.name(), entry.stat(), buffer);
        firstNames.put(key, path);
      } else {
        PathBytes inTarget =
            settings.targetPath.isEmpty() ? first : join(settings.targetPath, first);
        try (PosixDirectory parent = target.openDirectory(inTarget.parent())) {
          entries.link(parent, inTarget.name(), directory, entry.name());
        }
      }
      tally.entry();
    } catch (IOException e) {
      settleOrThrow(path, e);
    }
  }

  private static PathBytes join(PathBytes parent, PathBytes path) {
    PathBytes joined = parent;
    for (PathBytes name : path.names()) {
      joined = joined.resolve(name);
    }
    return joined;
  }

  private void work(ByteBuffer buffer) {
    while (true) {
      Batch batch;
      try {
        batch = queue.take();
      } catch (InterruptedException e) {
        broken.compareAndSet(null, e);
        continue;
      }
      CopyDirectory directory = batch.directory();
      if (directory == null) {
        return;
      }
      try {
        for (Entry entry : batch.entries()) {
          copyOne(directory, entry, buffer);
        }
      } catch (IOException | RuntimeException | Error e) {
        broken.compareAndSet(null, e);
      } finally {
        leave(directory);
      }
    }
  }

  private void copyOne(CopyDirectory directory, Entry entry, ByteBuffer buffer) throws IOException {
    checkStop();
    try {
      entries.copy(directory, entry.name(), entry.stat(), buffer);
      tally.entry();
    } catch (IOException e) {
      settleOrThrow(directory.path().resolve(entry.name()), e);
    }
  }

  private void settleOrThrow(PathBytes path, IOException e) throws IOException {
    CopyProblem problem = EntryCopy.asProblem(e);
    if (problem == null) {
      if (e instanceof ProviderException p
          && (p.kind() == ErrorKind.CANCELLED || p.kind() == ErrorKind.NO_SPACE)) {
        throw e;
      }
      problem = CopyProblem.of(Reason.UNWRITABLE, e);
    }
    settle(path, problem);
  }

  private void settle(PathBytes path, CopyProblem problem) {
    if (problem.reason() == Reason.RELEASED || problem.reason() == Reason.VANISHED) {
      tally.skipped(path, problem.reason(), String.valueOf(problem.getMessage()));
    } else {
      tally.failed(path, problem.reason(), String.valueOf(problem.getMessage()));
    }
    tally.entry();
  }

  private void leave(CopyDirectory last) {
    CopyDirectory directory = last;
    while (directory != null && directory.leave()) {
      try {
        if (broken.get() == null) {
          entries.finish(directory);
          tally.entry();
        }
      } catch (IOException e) {
        try {
          settleOrThrow(directory.path(), e);
        } catch (IOException fatal) {
          broken.compareAndSet(null, fatal);
        }
      } finally {
        if (directory.parent() != null) {
          close(directory);
        }
      }
      directory = directory.parent();
    }
  }

  private void close(CopyDirectory directory) {
    for (PosixDirectory handle : List.of(directory.source(), directory.target())) {
      try {
        handle.close();
      } catch (IOException e) {
        broken.compareAndSet(null, e);
      }
    }
  }
}
