// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * Counts how much there is, for who waits. What can't be looked at is left out: the work itself
 * reports it. Used by one thread, once.
 */
final class TreeTotals {
  private final TreeRun run;
  private long entries;
  private long bytes;

  private TreeTotals(TreeRun run) {
    this.run = run;
  }

  /** Counts a directory, itself among its entries; the bytes of each name of a file count. */
  static void ofTree(TreeRun run, PosixTree tree, PathBytes path) throws IOException {
    TreeTotals totals = new TreeTotals(run);
    totals.entries++;
    try (PosixDirectory top = tree.openDirectory(path)) {
      totals.count(top);
    }
    run.tally().total(totals.entries, totals.bytes);
  }

  /** Counts the objects of entries. */
  static void ofStore(TreeRun run, MirrorObjects objects) throws IOException {
    TreeTotals totals = new TreeTotals(run);
    ListRequest request = ListRequest.prefix(objects.full(""));
    while (true) {
      run.checkStop();
      ListPage page = objects.list(Retrier.Check.NONE, request);
      for (ObjectInfo info : page.objects()) {
        Optional<String> key = objects.relative(info.key());
        if (key.isPresent() && TreeImport.isEntry(key.get())) {
          totals.entries++;
          totals.bytes += info.size();
        }
      }
      if (page.nextAfter().isEmpty()) {
        run.tally().total(totals.entries, totals.bytes);
        return;
      }
      request = request.following(page);
    }
  }

  private void count(PosixDirectory directory) throws IOException {
    try (DirectoryCursor cursor = directory.entries()) {
      List<DirectoryEntry> listed;
      while (!(listed = cursor.next()).isEmpty()) {
        for (DirectoryEntry entry : listed) {
          run.checkStop();
          entries++;
          Optional<FileStat> stat = directory.find(entry.name());
          if (stat.isPresent() && stat.get().isDirectory()) {
            below(directory, entry.name());
          } else if (stat.isPresent() && stat.get().isRegular()) {
            bytes += stat.get().size();
          }
        }
      }
    }
  }

  private void below(PosixDirectory parent, PathBytes name) throws IOException {
    try (PosixDirectory below = parent.openDirectory(name)) {
      count(below);
    } catch (IOException e) {
      run.checkStop();
      // The work itself reports what can't be read.
    }
  }
}
