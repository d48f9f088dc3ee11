// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

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

/**
 * One walk over the source of a copy: makes the directories, hands the entries to the crew in
 * batches, and gives each directory its attributes once all in it is done. {@link #run} is called
 * once, by one thread.
 */
final class TreeWalk {
  private static final int BATCH = 64;
  private static final long BATCH_BYTES = 4L << 20;

  private final TreeCopySettings settings;
  private final PosixTree target;
  private final CopyTally tally;
  private final EntryCopy entries;
  private final WorkCrew<ByteBuffer> crew;
  private final ContentCopy.Stop cancel;
  private final ByteBuffer buffer;
  private final Map<InodeKey, PathBytes> firstNames = new HashMap<>();

  private record Entry(PathBytes name, FileStat stat) {}

  /** Names an inode. */
  record InodeKey(long device, long inode) {}

  /**
   * A walk.
   *
   * @param cancel throws when the copy was cancelled
   * @param buffer the walking thread's own
   */
  TreeWalk(
      TreeCopySettings settings,
      PosixTree target,
      CopyTally tally,
      AttributeCopy attributes,
      WorkCrew<ByteBuffer> crew,
      ContentCopy.Stop cancel,
      ByteBuffer buffer) {
    this.settings = settings;
    this.target = target;
    this.tally = tally;
    this.crew = crew;
    this.cancel = cancel;
    this.buffer = buffer;
    this.entries = new EntryCopy(settings, tally, attributes, this::checkStop, crew);
  }

  /** Walks; what ends the whole copy is told to the crew. */
  void run(PosixDirectory from, PosixDirectory to) {
    try {
      CopyDirectory root = new CopyDirectory(null, PathBytes.EMPTY, from, to, from.stat());
      try {
        list(root);
      } finally {
        leave(root);
      }
    } catch (IOException | RuntimeException | Error e) {
      crew.fail(e);
    }
  }

  /** Throws what no other entry can do better with. */
  static void rethrowIfFinal(IOException e) throws IOException {
    if (e instanceof ProviderException p && isFinal(p)) {
      throw e;
    }
  }

  private static boolean isFinal(ProviderException e) {
    return e.kind() == ErrorKind.CANCELLED || e.kind() == ErrorKind.NO_SPACE;
  }

  private void checkStop() throws IOException {
    cancel.check();
    if (crew.failure() != null) {
      throw new ProviderException(
          ErrorKind.CANCELLED, "Cannot go on copying: another part of the copy failed.");
    }
  }

  private static CopyProblem unreadable(IOException e) {
    boolean isGone = e instanceof ProviderException p && p.kind() == ErrorKind.NOT_FOUND;
    return CopyProblem.of(isGone ? Reason.VANISHED : Reason.UNREADABLE, e);
  }

  private void list(CopyDirectory directory) throws IOException {
    tally.directories.increment();
    try {
      dropLeftAside(directory);
    } catch (IOException e) {
      settleOrThrow(directory.path(), e);
    }
    List<Entry> batch = new ArrayList<>();
    long batchBytes = 0;
    try (DirectoryCursor cursor = directory.source().entries()) {
      List<DirectoryEntry> listed;
      while (!(listed = cursor.next()).isEmpty()) {
        for (DirectoryEntry listedEntry : listed) {
          checkStop();
          Optional<Entry> entry = stat(directory, listedEntry.name());
          if (entry.isEmpty() || isDone(directory, entry.get())) {
            continue;
          }
          batch.add(entry.get());
          batchBytes += entry.get().stat().size();
          if (batch.size() >= BATCH || batchBytes >= BATCH_BYTES) {
            submit(directory, batch);
            batch = new ArrayList<>();
            batchBytes = 0;
          }
        }
      }
    } catch (ProviderException e) {
      if (isFinal(e)) {
        crew.fail(e);
        throw e;
      }
      settle(directory.path(), unreadable(e));
    } catch (IOException e) {
      settle(directory.path(), unreadable(e));
    } catch (RuntimeException | Error e) {
      crew.fail(e);
      throw e;
    } finally {
      submit(directory, batch);
    }
  }

  private Optional<Entry> stat(CopyDirectory directory, PathBytes name) {
    try {
      return Optional.of(new Entry(name, directory.source().stat(name)));
    } catch (IOException e) {
      settle(directory.path().resolve(name), unreadable(e));
      return Optional.empty();
    }
  }

  /** Does itself what is not for the crew. */
  private boolean isDone(CopyDirectory directory, Entry entry) throws IOException {
    if (entry.stat().isDirectory()) {
      descend(directory, entry);
      return true;
    }
    if (entry.stat().links() > 1) {
      severalNames(directory, entry);
      return true;
    }
    return false;
  }

  /** What a killed copy left aside must not be taken for an entry. */
  private static void dropLeftAside(CopyDirectory directory) throws IOException {
    try (DirectoryCursor cursor = directory.target().entries()) {
      List<DirectoryEntry> listed;
      while (!(listed = cursor.next()).isEmpty()) {
        for (DirectoryEntry entry : listed) {
          if (AsideName.isOne(entry.name())) {
            directory.target().unlink(entry.name());
          }
        }
      }
    }
  }

  private void submit(CopyDirectory directory, List<Entry> batch) {
    if (!batch.isEmpty()) {
      directory.enter();
      crew.submit(own -> copyAll(directory, batch, own));
    }
  }

  private void copyAll(CopyDirectory directory, List<Entry> batch, ByteBuffer own)
      throws IOException {
    try {
      for (Entry entry : batch) {
        checkStop();
        try {
          entries.copy(directory, entry.name(), entry.stat(), own);
          tally.entry();
        } catch (IOException e) {
          settleOrThrow(directory.path().resolve(entry.name()), e);
        }
      }
    } catch (IOException | RuntimeException | Error e) {
      // Before the directory is left: one that is not whole must not look finished.
      crew.fail(e);
    } finally {
      leave(directory);
    }
  }

  private void descend(CopyDirectory parent, Entry entry) throws IOException {
    PathBytes path = parent.path().resolve(entry.name());
    PosixDirectory from;
    try {
      from = openListable(parent, entry.name());
    } catch (IOException e) {
      rethrowIfFinal(e);
      settle(path, unreadable(e));
      return;
    }
    PosixDirectory to;
    try {
      to = openBelow(parent, entry.name());
    } catch (IOException e) {
      from.close();
      settleOrThrow(path, e);
      return;
    }
    parent.enter();
    CopyDirectory directory = new CopyDirectory(parent, path, from, to, entry.stat());
    try {
      list(directory);
    } finally {
      leave(directory);
    }
  }

  private static PosixDirectory openListable(CopyDirectory parent, PathBytes name)
      throws IOException {
    PosixDirectory from = parent.source().openDirectory(name);
    try (DirectoryCursor probe = from.entries()) {
      probe.next();
      return from;
    } catch (IOException e) {
      from.close();
      throw e;
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

  private void severalNames(CopyDirectory directory, Entry entry) throws IOException {
    PathBytes path = directory.path().resolve(entry.name());
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

  private void settleOrThrow(PathBytes path, IOException e) throws IOException {
    CopyProblem problem = EntryCopy.asProblem(e);
    if (problem == null) {
      rethrowIfFinal(e);
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

  /** Who leaves a directory last gives it its attributes and closes it, and so its parents. */
  private void leave(CopyDirectory last) {
    CopyDirectory directory = last;
    while (directory != null && directory.leave()) {
      try {
        if (crew.failure() == null) {
          finish(directory);
        }
      } catch (IOException | RuntimeException | Error e) {
        crew.fail(e);
      } finally {
        if (directory.parent() != null) {
          close(directory);
        }
      }
      directory = directory.parent();
    }
  }

  private void finish(CopyDirectory directory) throws IOException {
    try {
      entries.finish(directory);
      tally.entry();
    } catch (IOException e) {
      settleOrThrow(directory.path(), e);
    }
  }

  private void close(CopyDirectory directory) {
    for (PosixDirectory handle : List.of(directory.source(), directory.target())) {
      try {
        handle.close();
      } catch (IOException | RuntimeException | Error e) {
        crew.fail(e);
      }
    }
  }
}
