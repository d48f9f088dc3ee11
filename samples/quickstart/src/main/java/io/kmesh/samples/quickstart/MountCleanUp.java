// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import io.kmesh.Operation;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Removes what a run made: its directory, without reading anything, since the read of a released file
 * would restore it; then, by the coordinator, the copies of files that are gone.
 */
final class MountCleanUp {
  /** A request that a coordinator dropped is asked again after this. */
  private static final Duration ASK_AGAIN = Duration.ofSeconds(60);

  private static final int MOST_ROUNDS = 5;

  private final MountLab lab;
  private final Patience patience;

  MountCleanUp(MountLab lab, Patience patience) {
    this.lab = lab;
    this.patience = patience;
  }

  /**
   * What came of it.
   *
   * @param files files that were removed
   * @param copies copies that were removed from the archive behind them
   * @param left keys of copies that are still there although their file is gone
   * @param foreign how many objects of other files the archive holds
   */
  record Done(long files, long copies, List<String> left, long foreign) {}

  /**
   * Removes a directory of a run, which may be gone in part or all.
   *
   * @param directory its path in the Lustre
   */
  Done run(PathBytes directory) throws IOException, InterruptedException {
    for (Operation<?> operation : lab.kmesh().operations().open()) {
      operation.cancel(); // what a killed run parked is not wanted any more
    }
    long files = 0;
    try (PosixDirectory parent = lab.tree().openDirectory(directory.parent())) {
      Optional<FileStat> there = parent.find(directory.name());
      if (there.isPresent()) {
        try (PosixDirectory top = parent.openDirectory(directory.name())) {
          files = empty(top);
        }
        parent.removeDirectory(directory.name());
      }
    }
    long copies = removeCopies();
    List<String> left = new ArrayList<>();
    long foreign = 0;
    String prefix = directory.utf8().orElseThrow() + "/";
    for (String key : lab.keys()) {
      if (key.startsWith(prefix)) {
        left.add(key);
      } else if (!key.startsWith(".kmesh/")) {
        foreign++;
      }
    }
    return new Done(files, copies, left, foreign);
  }

  private static long empty(PosixDirectory directory) throws IOException {
    List<PathBytes> names = new ArrayList<>();
    try (DirectoryCursor cursor = directory.entries()) {
      List<DirectoryEntry> batch;
      while (!(batch = cursor.next()).isEmpty()) {
        batch.forEach(entry -> names.add(entry.name()));
      }
    }
    long files = 0;
    for (PathBytes name : names) {
      if (directory.stat(name).isDirectory()) {
        try (PosixDirectory below = directory.openDirectory(name)) {
          files += empty(below);
        }
        directory.removeDirectory(name);
      } else {
        directory.unlink(name);
        files++;
      }
    }
    return files;
  }

  /** Asks until there are no copies left whose file is gone, or until some fail again and again. */
  private long removeCopies() throws IOException, InterruptedException {
    long before = ended();
    Asked asked = new Asked(lab.removeOrphans());
    long first = asked.count;
    patience.until(
        () -> {
          boolean isDone = ended() - before >= asked.total;
          if (!isDone && System.nanoTime() - asked.time < ASK_AGAIN.toNanos()) {
            return false;
          }
          if (!lab.isQuiet()) {
            return false;
          }
          if (isDone && asked.count > 0 && ++asked.rounds > MOST_ROUNDS) {
            return true;
          }
          asked.again(lab.removeOrphans(), ended() - before);
          return asked.count == 0;
        },
        () ->
            lab.copytoolLook(
                "cleanup: " + (ended() - before) + " of " + asked.total
                    + " copies removed from the archive",
                ended()));
    return first;
  }

  private long ended() {
    return lab.status().removed() + lab.status().failed();
  }

  /** What was asked last. */
  private static final class Asked {
    private long count;
    private long total;
    private long time = System.nanoTime();
    private int rounds;

    Asked(long count) {
      this.count = count;
      this.total = count;
    }

    void again(long more, long ended) {
      count = more;
      total = ended + more;
      time = System.nanoTime();
    }
  }
}
