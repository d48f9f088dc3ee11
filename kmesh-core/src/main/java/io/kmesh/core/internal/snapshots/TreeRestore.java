// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.core.internal.repository.ChunkReader;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.DirectoryReader;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Writes a stored tree into a directory. Every call is relative to an open directory and follows no
 * symbolic link, so that nothing is written elsewhere. What is there with the size and the
 * modification time of the snapshot is left as it is: a restore that was cut goes on. One thread
 * walks, others write files. Used once.
 */
public final class TreeRestore {
  private static final int BATCH_FILES = 64;
  private static final long BATCH_BYTES = 8 << 20;

  private final ChunkReader chunks;
  private final PosixTree target;
  private final ScanTally tally;
  private final Retrier.Check check;
  private Overwrite overwrite;
  private final AttributeSetter attributes;
  private final Map<LinkKey, PathBytes> links = new HashMap<>();

  /** What to do with what is there and differs. */
  public enum Overwrite {
    /** Refuse; the target is empty, or a restore of the same was cut there and goes on. */
    NEVER,
    /** Replace it, file by file; what the snapshot does not have stays. */
    CHANGED
  }

  private record LinkKey(long device, long inode) {}

  /** A restore. */
  public TreeRestore(
      ChunkReader chunks,
      PosixTree target,
      Overwrite overwrite,
      ScanTally tally,
      Retrier.Check check) {
    this.chunks = chunks;
    this.target = target;
    this.overwrite = overwrite;
    this.tally = tally;
    this.check = check;
    this.attributes = new AttributeSetter(chunks, tally);
  }

  /**
   * Writes an entry of a snapshot: a directory's entries into the target, anything else as an entry
   * of its name.
   *
   * @param path the entry's path, for messages
   */
  public void run(TreeNode node, PathBytes path, int workers) throws IOException {
    List<RestoreTask> open = new ArrayList<>();
    RestoreMarker marker = new RestoreMarker(node);
    if (overwrite == Overwrite.NEVER && isBegun(marker)) {
      overwrite = Overwrite.CHANGED;
    }
    try (RestoreCrew crew =
        new RestoreCrew(
            new FileWriter.Settings(chunks, overwrite, attributes, tally), workers, check)) {
      PosixDirectory top = target.openRoot();
      if (node.content() instanceof Content.Directory) {
        marker.begin(top, overwrite);
        walk(new RestoreTask(path, top, null, attributes), node, crew, open, PathBytes.EMPTY);
        crew.end();
        try (PosixDirectory directory = target.openRoot()) {
          marker.end(directory);
          attributes.set(directory, node, path);
        }
        return;
      }
      RestoreTask task = new RestoreTask(path.parent(), top, null, attributes);
      open.add(task);
      RestoreCrew.Batch batch = new RestoreCrew.Batch(task);
      entry(task, node, batch, crew, open, PathBytes.EMPTY);
      crew.write(batch);
      task.listed();
      crew.end();
    } finally {
      open.forEach(RestoreTask::abandon);
    }
  }

  private boolean isBegun(RestoreMarker marker) throws IOException {
    try (PosixDirectory directory = target.openRoot()) {
      return marker.isIn(directory);
    }
  }

  private void walk(
      RestoreTask task, TreeNode node, RestoreCrew crew, List<RestoreTask> open, PathBytes below)
      throws IOException {
    check.run();
    open.add(task);
    tally.directory();
    RestoreCrew.Batch batch = new RestoreCrew.Batch(task);
    if (node.content() instanceof Content.Directory directory) {
      DirectoryReader entries = new DirectoryReader(chunks, directory);
      for (TreeNode entry = entries.next(); entry != null; entry = entries.next()) {
        entry(task, entry, batch, crew, open, below);
        if (batch.files() >= BATCH_FILES || batch.bytes() >= BATCH_BYTES) {
          crew.write(batch);
          batch = new RestoreCrew.Batch(task);
        }
      }
    }
    crew.write(batch);
    task.listed();
    open.removeIf(RestoreTask::isClosed);
  }

  private void entry(
      RestoreTask task,
      TreeNode entry,
      RestoreCrew.Batch batch,
      RestoreCrew crew,
      List<RestoreTask> open,
      PathBytes below)
      throws IOException {
    PathBytes path = below.resolve(entry.name());
    if (entry.content() instanceof Content.Directory) {
      walk(directory(task, entry), entry, crew, open, path);
    } else if (entry.isLinked()) {
      linked(task, entry, path, crew);
    } else if (entry.content() instanceof Content.File) {
      batch.add(entry);
    } else {
      special(task, entry);
    }
  }

  private RestoreTask directory(RestoreTask task, TreeNode entry) throws IOException {
    PosixDirectory parent = task.handle();
    Optional<FileStat> there = parent.find(entry.name());
    if (there.isEmpty()) {
      parent.makeDirectory(entry.name(), 0700);
    } else if (!there.get().isDirectory()) {
      throw inTheWay(task, entry);
    }
    PosixDirectory directory = parent.openDirectory(entry.name());
    return new RestoreTask(task.path().resolve(entry.name()), directory, entry, attributes);
  }

  /** A file with several names is written once, by this thread; the others are made links of it. */
  private void linked(RestoreTask task, TreeNode entry, PathBytes path, RestoreCrew crew)
      throws IOException {
    LinkKey key = new LinkKey(entry.device(), entry.inode());
    PathBytes first = links.get(key);
    if (first == null) {
      if (entry.content() instanceof Content.File) {
        crew.writeHere(task, entry);
      } else {
        special(task, entry);
      }
      // What was left out, with a word, has no name that others could be made of.
      if (task.handle().find(entry.name()).isPresent()) {
        links.put(key, path);
      }
      return;
    }
    tally.other();
    Optional<FileStat> there = task.handle().find(entry.name());
    try (PosixDirectory from = target.openDirectory(first.parent())) {
      FileStat source = from.stat(first.name());
      if (there.isPresent() && there.get().inode() == source.inode()) {
        return;
      }
      if (there.isPresent()) {
        if (overwrite == Overwrite.NEVER) {
          throw inTheWay(task, entry);
        }
        task.handle().unlink(entry.name());
      }
      from.link(first.name(), task.handle(), entry.name());
    }
  }

  private void special(RestoreTask task, TreeNode entry) throws IOException {
    PosixDirectory parent = task.handle();
    Optional<FileStat> there = parent.find(entry.name());
    if (there.isPresent()) {
      if (there.get().type() == entry.type() && there.get().mtime().equals(entry.mtime())) {
        return;
      }
      if (overwrite == Overwrite.NEVER || there.get().isDirectory()) {
        throw inTheWay(task, entry);
      }
      parent.unlink(entry.name());
    }
    try {
      if (entry.content() instanceof Content.Link link) {
        parent.makeSymlink(entry.name(), link.target());
      } else if (entry.content() instanceof Content.Device device) {
        parent.makeNode(entry.name(), entry.type(), 0600, device.major() << 32 | device.minor());
      } else {
        parent.makeNode(entry.name(), entry.type(), 0600, 0);
      }
      attributes.setEntry(parent, entry, task.path());
      tally.other();
    } catch (ProviderException e) {
      if (e.errno().filter(n -> n.equals(Errno.EPERM)).isEmpty()) {
        throw e;
      }
      tally.problem(task.path().resolve(entry.name()), "is left out: " + e.getMessage());
    }
  }

  private static ProviderException inTheWay(RestoreTask task, TreeNode entry) {
    return inTheWay(task.path().resolve(entry.name()));
  }

  static ProviderException inTheWay(PathBytes path) {
    return new ProviderException(
        ErrorKind.EXISTS,
        "Cannot restore "
            + path
            + ": something else is there. Restore into an empty directory, or allow to overwrite.");
  }
}
