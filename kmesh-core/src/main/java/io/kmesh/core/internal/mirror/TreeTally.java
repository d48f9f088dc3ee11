// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.engine.MirrorTreeReport;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Counts what an export or import did. One thread. */
final class TreeTally {
  private static final int MOST_NAMED = 10_000;

  private final List<MirrorTreeReport.Problem> failed = new ArrayList<>();
  private long files;
  private long directories;
  private long symlinks;
  private long specials;
  private long hardLinks;
  private long bytes;
  private long equal;
  private long failedCount;

  void there(FileType type) {
    switch (type) {
      case REGULAR -> files++;
      case DIRECTORY -> directories++;
      case SYMLINK -> symlinks++;
      default -> specials++;
    }
  }

  void linked() {
    hardLinks++;
  }

  void moved(long count) {
    bytes += count;
  }

  void wasEqual() {
    equal++;
  }

  /** Notes an entry's failure; one that no other entry can do better with ends everything. */
  void failed(String name, IOException failure) throws IOException {
    if (failure instanceof ProviderException p
        && (p.kind() == ErrorKind.NO_SPACE || p.kind() == ErrorKind.CANCELLED)) {
      throw failure;
    }
    failed(name, String.valueOf(failure.getMessage()));
  }

  void failed(String name, String message) {
    failedCount++;
    if (failed.size() < MOST_NAMED) {
      failed.add(new MirrorTreeReport.Problem(name, message));
    }
  }

  MirrorTreeReport report() {
    return new MirrorTreeReport(
        files, directories, symlinks, specials, hardLinks, bytes, equal, failedCount, failed);
  }
}
