// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.transfer.AsideName;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * One walk over a tree that is only read: hands each directory, and the other entries in batches,
 * to the threads of a run. Each is an attempt of the run. Used by one thread, once.
 */
final class TreeWalk {
  private static final int BATCH = 16;

  private final TreeRun run;
  private final Visitor visitor;

  private record Entry(PathBytes name, FileStat stat) {}

  /** What is done with what is found; from several threads. */
  interface Visitor {
    /** Of which something is said when an entry fails. */
    Subject subject(PathBytes path, boolean isDirectory);

    /** A directory; it stays open until this returns. */
    void directory(PosixDirectory directory, PathBytes path) throws IOException;

    /** Another entry. */
    void entry(PosixDirectory parent, PathBytes name, PathBytes path, FileStat stat)
        throws IOException;

    /** A file of Kmesh's own that is not whole yet. */
    void halfWritten(PathBytes path) throws IOException;
  }

  TreeWalk(TreeRun run, Visitor visitor) {
    this.run = run;
    this.visitor = visitor;
  }

  void directory(HeldDirectory directory, PathBytes path) throws IOException {
    run.attempt(visitor.subject(path, true), () -> visitor.directory(directory.open(), path));
    List<Entry> batch = new ArrayList<>();
    try (DirectoryCursor cursor = directory.open().entries()) {
      List<DirectoryEntry> listed;
      while (!(listed = cursor.next()).isEmpty()) {
        for (DirectoryEntry entry : listed) {
          walked(directory, entry.name(), path.resolve(entry.name()), batch);
          if (batch.size() >= BATCH) {
            submit(directory, path, batch);
            batch = new ArrayList<>();
          }
        }
      }
    } catch (IOException e) {
      run.tally().failed(visitor.subject(path, true), e);
    }
    submit(directory, path, batch);
  }

  private void walked(HeldDirectory directory, PathBytes name, PathBytes path, List<Entry> batch)
      throws IOException {
    run.checkStop();
    FileStat stat;
    try {
      stat = directory.open().stat(name);
    } catch (IOException e) {
      run.tally().failed(visitor.subject(path, false), e);
      return;
    }
    if (AsideName.isOne(name)) {
      run.attempt(visitor.subject(path, false), () -> visitor.halfWritten(path));
    } else if (stat.isDirectory()) {
      below(directory, name, path);
    } else {
      batch.add(new Entry(name, stat));
    }
  }

  private void below(HeldDirectory parent, PathBytes name, PathBytes path) throws IOException {
    PosixDirectory opened;
    try {
      opened = parent.open().openDirectory(name);
    } catch (IOException e) {
      run.tally().failed(visitor.subject(path, true), e);
      return;
    }
    try (HeldDirectory below = new HeldDirectory(opened)) {
      directory(below, path);
    }
  }

  private void submit(HeldDirectory directory, PathBytes path, List<Entry> batch) {
    if (batch.isEmpty()) {
      return;
    }
    HeldDirectory held = directory.enter();
    run.submit(
        () -> {
          try (held) {
            for (Entry entry : batch) {
              PathBytes below = path.resolve(entry.name());
              run.attempt(
                  visitor.subject(below, false),
                  () -> visitor.entry(held.open(), entry.name(), below, entry.stat()));
            }
          }
        });
  }
}
