// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.core.internal.posix.NameSorter;
import io.kmesh.core.internal.repository.session.MetadataWriter;
import io.kmesh.core.internal.repository.session.Session;
import io.kmesh.core.internal.repository.tree.Attribute;
import io.kmesh.core.internal.repository.tree.ChunkSource;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.DirectoryReader;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Takes a tree: one thread walks, directory by directory in the order of names, and compares with
 * the tree before; others read what changed. Memory is that of the directories on the way and of
 * the files that wait to be read. Used once.
 */
public final class TreeScan {
  private static final int BATCH_FILES = 256;
  private static final long BATCH_BYTES = 1 << 20;

  private final PosixTree tree;
  private final Session session;
  private final ChunkSource before;
  private final Instant settled;
  private final ContentGate gate;
  private final List<PathGlob> excludes;
  private final ScanTally tally;
  private final Retrier.Check check;
  private final Attributes attributes;
  private final AtomicReference<@Nullable TreeNode> top = new AtomicReference<>();
  private final List<DirectoryTask> open = new ArrayList<>();
  private int depth; // the bytes of the path that is taken

  /**
   * A scan.
   *
   * @param before gives the pages of the tree before
   * @param excludes what is left out, by its path below the path that is taken
   * @param settled what changed since then may have changed again within one time stamp, after it
   *     was read: it is read anew
   * @param check asked on the way; throws to stop
   */
  public TreeScan(
      PosixTree tree,
      Session session,
      ChunkSource before,
      Instant settled,
      ContentGate gate,
      List<PathGlob> excludes,
      ScanTally tally,
      Retrier.Check check) {
    this.tree = tree;
    this.session = session;
    this.before = before;
    this.settled = settled;
    this.gate = gate;
    this.excludes = excludes;
    this.tally = tally;
    this.check = check;
    this.attributes = new Attributes(gate);
  }

  /**
   * Takes what is below a path.
   *
   * @param base the top of the tree before; null to read everything
   * @return the top, whose chunks are written to the session
   */
  public TreeNode run(PathBytes path, @Nullable TreeNode base, int workers) throws IOException {
    return run(path.length(), path, base, workers);
  }

  /** Takes a part of what is taken, of which there is none before. */
  TreeNode runBelow(PathBytes top, PathBytes path, int workers) throws IOException {
    return run(top.length(), path, null, workers);
  }

  private TreeNode run(int above, PathBytes path, @Nullable TreeNode base, int workers)
      throws IOException {
    depth = above;
    try (MetadataWriter metadata = session.metadataWriter();
        FileCrew crew =
            new FileCrew(session, metadata, gate, attributes, tally, top, workers, check)) {
      try {
        tally.directory();
        walk(top(path, metadata), base, crew, metadata);
        crew.end();
        metadata.flush();
      } finally {
        open.forEach(DirectoryTask::abandon);
      }
    }
    TreeNode done = top.get();
    if (done == null) {
      throw new IllegalStateException("All was read, but the top of " + path + " is not known.");
    }
    return done;
  }

  private DirectoryTask top(PathBytes path, MetadataWriter metadata) throws IOException {
    PosixDirectory root = tree.openDirectory(path);
    try {
      FileStat stat = root.stat();
      gate.enter(root, path);
      TreeNode node = node(PathBytes.EMPTY, stat, attributes.of(root, stat, metadata));
      return new DirectoryTask(path, root, node, stat.device(), metadata, null);
    } catch (IOException | RuntimeException e) {
      root.close();
      throw e;
    }
  }

  private void walk(
      DirectoryTask task, @Nullable TreeNode base, FileCrew crew, MetadataWriter metadata)
      throws IOException {
    check.run();
    open.add(task);
    DirectoryReader known =
        base != null && base.content() instanceof Content.Directory directory
            ? new DirectoryReader(before, directory)
            : null;
    FileCrew.Batch batch = new FileCrew.Batch();
    try (NameSorter names = new NameSorter()) {
      list(task, names);
      NameSorter.Sorted sorted = names.sorted();
      for (PathBytes name = sorted.next(); name != null; name = sorted.next()) {
        if (!excludes.isEmpty() && isExcluded(task, name)) {
          continue;
        }
        TreeNode old = find(known, name);
        Optional<FileStat> found = task.handle().find(name);
        if (found.isEmpty()) {
          // Deleted since it was listed.
          continue;
        }
        FileStat stat = found.get();
        if (stat.isRegular()) {
          tally.file(stat.size());
          if (old != null && isSame(old, stat) && !gate.isToTakeAgain(old)) {
            task.add(old);
          } else {
            batch.add(name, stat, task.addFile());
            if (batch.files() >= BATCH_FILES || batch.bytes() >= BATCH_BYTES) {
              crew.read(batch);
              batch = new FileCrew.Batch();
            }
          }
        } else if (stat.isDirectory()) {
          if (batch.files() > 0) {
            crew.read(batch);
            batch = new FileCrew.Batch();
          }
          descend(task, name, old, crew, metadata);
        } else {
          other(task, name, stat, metadata);
        }
      }
    }
    if (batch.files() > 0) {
      crew.read(batch);
    }
    crew.done(task.listed());
    open.removeIf(DirectoryTask::isClosed);
  }

  private boolean isExcluded(DirectoryTask task, PathBytes name) {
    PathBytes path = task.path().resolve(name);
    int above = depth == 0 ? 0 : depth + 1;
    PathBytes below = PathBytes.of(path.toBytes(), above, path.length() - above);
    return excludes.stream().anyMatch(glob -> glob.fits(below));
  }

  private static void list(DirectoryTask task, NameSorter names) throws IOException {
    try (DirectoryCursor cursor = task.handle().entries()) {
      for (List<DirectoryEntry> some = cursor.next(); !some.isEmpty(); some = cursor.next()) {
        for (DirectoryEntry entry : some) {
          names.add(entry.name());
        }
      }
    }
  }

  private static @Nullable TreeNode find(@Nullable DirectoryReader known, PathBytes name)
      throws IOException {
    if (known == null) {
      return null;
    }
    for (TreeNode node = known.peek(); node != null; node = known.peek()) {
      int order = node.name().compareTo(name);
      if (order > 0) {
        return null;
      }
      known.next();
      if (order == 0) {
        return node;
      }
    }
    return null;
  }

  /** Whether nothing changed: any change of content or attributes changes the ctime. */
  private boolean isSame(TreeNode old, FileStat stat) {
    return old.type() == stat.type()
        && stat.ctime().seconds() < settled.getEpochSecond()
        && (!old.isLinked() || old.device() == stat.device())
        && old.size() == stat.size()
        && old.inode() == stat.inode()
        && old.ctime().equals(stat.ctime())
        && old.mtime().equals(stat.mtime())
        && old.mode() == stat.mode()
        && old.uid() == stat.uid()
        && old.gid() == stat.gid()
        && old.links() == stat.links();
  }

  private void descend(
      DirectoryTask task,
      PathBytes name,
      @Nullable TreeNode old,
      FileCrew crew,
      MetadataWriter metadata)
      throws IOException {
    PosixDirectory directory;
    try {
      directory = task.handle().openDirectory(name);
    } catch (ProviderException e) {
      skipped(task, name, e);
      return;
    }
    DirectoryTask below;
    try {
      FileStat stat = directory.stat();
      PathBytes path = task.path().resolve(name);
      if (stat.device() != task.device()) {
        gate.enter(directory, path);
      }
      TreeNode node = node(name, stat, attributes.of(directory, stat, metadata));
      tally.directory();
      below =
          new DirectoryTask(path, directory, node, stat.device(), metadata, task.addDirectory());
    } catch (IOException | RuntimeException e) {
      directory.close();
      throw e;
    }
    walk(below, old, crew, metadata);
  }

  private void other(DirectoryTask task, PathBytes name, FileStat stat, MetadataWriter metadata)
      throws IOException {
    try {
      task.add(other(task.handle(), name, stat, attributes, metadata));
      tally.other();
    } catch (ProviderException e) {
      skipped(task, name, e);
    }
  }

  /** An entry that is neither file nor directory. */
  static TreeNode other(
      PosixDirectory handle,
      PathBytes name,
      FileStat stat,
      Attributes attributes,
      MetadataWriter metadata)
      throws IOException {
    TreeNode node = node(name, stat, attributes.of(handle, name, metadata));
    return switch (stat.type()) {
      case SYMLINK -> node.holding(new Content.Link(handle.readSymlink(name)));
      case CHARACTER_DEVICE, BLOCK_DEVICE ->
          node.holding(new Content.Device(stat.rdev() >>> 32, stat.rdev() & 0xffff_ffffL));
      default -> node;
    };
  }

  /** What is gone was deleted meanwhile; what can't be read is told and left out. */
  private void skipped(DirectoryTask task, PathBytes name, ProviderException e)
      throws ProviderException {
    if (e.errno().filter(n -> n.equals(Errno.ENOENT)).isPresent()) {
      return;
    }
    if (e.errno().isEmpty()) {
      throw e;
    }
    tally.problem(task.path().resolve(name), "is left out: " + e.getMessage());
  }

  static TreeNode node(PathBytes name, FileStat stat, List<Attribute> attributes) {
    boolean isLinked = stat.links() > 1 && stat.type() != FileType.DIRECTORY;
    return new TreeNode(
        name,
        stat.type(),
        stat.mode(),
        stat.uid(),
        stat.gid(),
        stat.mtime(),
        stat.ctime(),
        stat.inode(),
        isLinked ? stat.device() : 0,
        isLinked ? stat.links() : 1,
        attributes,
        Content.none());
  }

  static IOException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    InterruptedIOException interrupted =
        new InterruptedIOException("Cannot go on with the scan: the thread was interrupted.");
    interrupted.initCause(e);
    return interrupted;
  }
}
