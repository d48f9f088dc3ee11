// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import io.kmesh.engine.TreeCopyReport;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.SyncMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Copies a tree: one walker lists directories and hands batches of entries to a {@link WorkCrew}
 * through a bounded queue, so that memory and open handles do not grow with the tree; large files
 * are copied by all threads that are idle. Files of several names are copied by the walker itself,
 * so that the first name is whole before the second is linked. Used once.
 */
public final class TreeCopier {
  private static final int QUEUED = 32;
  private static final int MOST_BUFFER = 1 << 20;
  private static final int LEAST_BUFFER = 64 << 10;

  private final TreeCopySettings settings;
  private final PosixTree target;
  private final CopyTally tally;
  private final AttributeCopy attributes;
  private final int bufferSize;

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
    this.attributes = new AttributeCopy(settings.withoutXattrs);
    long share = settings.buffers.bytes() / (settings.threads + 1);
    this.bufferSize = (int) Math.max(LEAST_BUFFER, Math.min(MOST_BUFFER, share));
  }

  private void checkCancelled() throws IOException {
    if (settings.cancelled.getAsBoolean()) {
      throw new ProviderException(
          ErrorKind.CANCELLED,
          "Cannot go on copying "
              + settings.source.description()
              + ": the copy was cancelled. Copy again to continue it.");
    }
  }

  /** Copies and returns when all is done. */
  public TreeCopyReport run() throws IOException {
    if (settings.isCounted) {
      count();
    }
    Throwable failure;
    try (PosixDirectory from = settings.source.openDirectory(settings.sourcePath);
        PosixDirectory to = openTarget()) {
      ByteBuffer own = ByteBuffer.allocateDirect(bufferSize);
      WorkCrew<ByteBuffer> crew = new WorkCrew<>("transfer-copy", buffers(), QUEUED);
      try (crew) {
        new TreeWalk(settings, target, tally, attributes, crew, this::checkCancelled, own)
            .run(from, to);
      }
      failure = crew.failure();
    }
    if (failure instanceof IOException e) {
      throw e;
    }
    if (failure instanceof Error e) {
      throw e;
    }
    if (failure != null) {
      throw new IOException(
          "Cannot copy " + settings.source.description() + ": " + failure, failure);
    }
    tally.tell();
    return tally.report();
  }

  private List<ByteBuffer> buffers() {
    List<ByteBuffer> buffers = new ArrayList<>();
    for (int i = 0; i < settings.threads; i++) {
      buffers.add(ByteBuffer.allocateDirect(bufferSize));
    }
    return buffers;
  }

  private PosixDirectory openTarget() throws IOException {
    PathBytes path = settings.targetPath;
    if (!path.isEmpty()) {
      try (PosixDirectory parent = target.openDirectory(path.parent())) {
        if (parent.find(path.name()).isEmpty()) {
          parent.makeDirectory(path.name(), 0700);
        }
        if (settings.isDurable) {
          parent.sync(SyncMode.ALL);
        }
      }
    }
    return target.openDirectory(path);
  }

  private void count() throws IOException {
    Totals totals = new Totals();
    try (PosixDirectory from = settings.source.openDirectory(settings.sourcePath)) {
      count(from, totals);
    }
    tally.totals(totals.entries, totals.bytes);
  }

  private void count(PosixDirectory directory, Totals totals) throws IOException {
    checkCancelled();
    totals.entries++;
    try (DirectoryCursor cursor = directory.entries()) {
      List<DirectoryEntry> batch;
      while (!(batch = cursor.next()).isEmpty()) {
        for (DirectoryEntry entry : batch) {
          Optional<FileStat> stat = directory.find(entry.name());
          if (stat.isPresent() && stat.get().isDirectory()) {
            countBelow(directory, entry.name(), totals);
          } else if (stat.isPresent()) {
            totals.entries++;
            totals.add(stat.get());
          }
        }
      }
    } catch (IOException e) {
      TreeWalk.rethrowIfFinal(e);
      // What can't be listed is reported by the copy itself.
    }
  }

  private void countBelow(PosixDirectory parent, PathBytes name, Totals totals) throws IOException {
    try (PosixDirectory below = parent.openDirectory(name)) {
      count(below, totals);
    } catch (IOException e) {
      TreeWalk.rethrowIfFinal(e);
    }
  }

  /** What there is to do; the bytes of a file of several names count once. */
  private static final class Totals {
    private final Set<TreeWalk.InodeKey> several = new HashSet<>();
    private long entries;
    private long bytes;

    void add(FileStat stat) {
      if (stat.isRegular()
          && (stat.links() == 1
              || several.add(new TreeWalk.InodeKey(stat.device(), stat.inode())))) {
        bytes += stat.size();
      }
    }
  }
}
