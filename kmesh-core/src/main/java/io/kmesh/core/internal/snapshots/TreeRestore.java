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
import java.util.Set;

/**
 * Writes a stored tree into a directory. Every call is relative to an open directory and follows no
 * symbolic link, so that nothing is written elsewhere. What is there with the size and the
 * modification time of the snapshot is left as it is: a restore that was cut goes on. One thread
 * walks, others write files. Used once.
 */
public final class TreeRestore {
  private static final int BATCH_FILES = 64;
  private static final long BATCH_BYTES = 8 << 20;
  private static final String MARK =
      "is left out: it only marked a restore that was under way when the snapshot was taken";

  private final ChunkReader chunks;
  private final RestoreTarget place;
  private final PosixTree target;
  private final ArchivedContents contents;
  private final ScanTally tally;
  private final Retrier.Check check;
  private Overwrite overwrite;
  private final RestoreSync.Limits limits;
  private final LustreAttributes lustre;
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

  /**
   * A restore.
   *
   * @param contents stays the caller's
   */
  public TreeRestore(
      ChunkReader chunks,
      RestoreTarget target,
      ArchivedContents contents,
      Overwrite overwrite,
      ScanTally tally,
      Retrier.Check check) {
    this(chunks, target, contents, overwrite, RestoreSync.Limits.USUAL, tally, check);
  }

  TreeRestore(
      ChunkReader chunks,
      RestoreTarget target,
      ArchivedContents contents,
      Overwrite overwrite,
      RestoreSync.Limits limits,
      ScanTally tally,
      Retrier.Check check) {
    this.chunks = chunks;
    this.place = target;
    this.target = target.tree();
    this.contents = contents;
    this.overwrite = overwrite;
    this.limits = limits;
    this.tally = tally;
    this.check = check;
    this.lustre = new LustreAttributes(target, tally);
    this.attributes = new AttributeSetter(chunks, lustre, tally);
  }

  /**
   * Writes an entry of a snapshot: a directory's entries into the target, anything else as an entry
   * of its name. All is durable when it returns, where the target can do that.
   *
   * @param path the entry's path, for messages
   */
  public void run(TreeNode node, PathBytes path, int workers) throws IOException {
    boolean isDirectory = node.content() instanceof Content.Directory;
    MarkerNames names = MarkerNames.of(chunks, node);
    RestoreMarker marker = new RestoreMarker(target, node, names);
    RestoreMarker.Found found =
        isDirectory ? marker.find() : new RestoreMarker.Found(false, false, null);
    if (isDirectory && !found.isSame()) {
      marker.begin(overwrite);
    } else if (isDirectory) {
      overwrite = Overwrite.CHANGED;
      marker.goOn();
    }
    RestoreSync sync = new RestoreSync(target, marker, found, isDirectory, limits);
    List<RestoreTask> open = new ArrayList<>();
    FileWriter.Settings settings =
        new FileWriter.Settings(chunks, overwrite, lustre, attributes, sync, tally);
    ReferenceWriter references =
        new ReferenceWriter(contents, new StubStage(contents, place, settings), place, tally);
    try (RestoreCrew crew = new RestoreCrew(settings, references, workers, check)) {
      Walk walk = new Walk(crew, sync, open, names.marks());
      RestoreTask task =
          new RestoreTask(
              isDirectory ? path : path.parent(),
              target.openRoot(),
              PartNames.in(node),
              null,
              false,
              attributes,
              sync);
      if (isDirectory) {
        walk.directory(task, node, PathBytes.EMPTY);
      } else {
        walk.alone(task, node);
      }
      crew.end();
      sync.end();
      try (PosixDirectory top = target.openRoot()) {
        if (isDirectory) {
          marker.end(top);
          attributes.set(top, node, path);
        }
        sync.end(top);
      }
    } finally {
      open.forEach(RestoreTask::abandon);
    }
  }

  /** The thread that walks. */
  private final class Walk {
    private final RestoreCrew crew;
    private final RestoreSync sync;
    private final List<RestoreTask> open;
    private final Set<PathBytes> marks;

    Walk(RestoreCrew crew, RestoreSync sync, List<RestoreTask> open, Set<PathBytes> marks) {
      this.crew = crew;
      this.sync = sync;
      this.open = open;
      this.marks = marks;
    }

    void alone(RestoreTask task, TreeNode node) throws IOException {
      open.add(task);
      RestoreCrew.Batch batch = new RestoreCrew.Batch(task);
      entry(task, node, batch, node.name());
      crew.write(batch);
      task.listed();
    }

    void directory(RestoreTask task, TreeNode node, PathBytes below) throws IOException {
      check.run();
      open.add(task);
      tally.directory();
      RestoreCrew.Batch batch = new RestoreCrew.Batch(task);
      if (node.content() instanceof Content.Directory directory) {
        DirectoryReader entries = new DirectoryReader(chunks, directory);
        for (TreeNode entry = entries.next(); entry != null; entry = entries.next()) {
          PathBytes path = below.resolve(entry.name());
          if (marks.contains(path)) {
            tally.problem(task.path().resolve(entry.name()), MARK);
            continue;
          }
          if (entry.content() instanceof Content.Directory) {
            // A point below is one of all that comes before, in the directories above too.
            crew.write(batch);
            batch = new RestoreCrew.Batch(task);
            directory(open(task, entry), entry, path);
            continue;
          }
          entry(task, entry, batch, path);
          boolean isDue = sync.isDue(entry.size());
          if (isDue || batch.files() >= BATCH_FILES || batch.bytes() >= BATCH_BYTES) {
            crew.write(batch);
            batch = new RestoreCrew.Batch(task);
          }
          if (isDue) {
            crew.drain();
            sync.point(open, path);
          }
        }
      }
      crew.write(batch);
      task.listed();
      open.removeIf(RestoreTask::isClosed);
    }

    private void entry(RestoreTask task, TreeNode entry, RestoreCrew.Batch batch, PathBytes path)
        throws IOException {
      if (entry.isLinked()) {
        linked(task, entry, path);
      } else if (entry.content() instanceof Content.File) {
        batch.add(entry, sync.isTrusted(path));
      } else {
        special(task, entry);
      }
    }

    private RestoreTask open(RestoreTask task, TreeNode entry) throws IOException {
      PosixDirectory parent = task.handle();
      Optional<FileStat> there = task.find(entry.name());
      if (there.isEmpty()) {
        parent.makeDirectory(entry.name(), 0700);
      } else if (!there.get().isDirectory()) {
        throw inTheWay(task, entry);
      }
      PosixDirectory directory = parent.openDirectory(entry.name());
      RestoreTask opened =
          new RestoreTask(
              task.path().resolve(entry.name()),
              directory,
              PartNames.in(entry),
              entry,
              there.isEmpty(),
              attributes,
              sync);
      if (there.isPresent()) {
        try {
          sync.met(directory);
        } catch (IOException e) {
          opened.abandon();
          throw e;
        }
      }
      return opened;
    }

    /**
     * A file with several names is written once, by this thread; the others are made links of it.
     */
    private void linked(RestoreTask task, TreeNode entry, PathBytes path) throws IOException {
      LinkKey key = new LinkKey(entry.device(), entry.inode());
      PathBytes first = links.get(key);
      if (first == null) {
        if (entry.content() instanceof Content.File) {
          crew.writeHere(task, entry, sync.isTrusted(path));
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
      Optional<FileStat> there = task.find(entry.name());
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
  }

  private void special(RestoreTask task, TreeNode entry) throws IOException {
    PosixDirectory parent = task.handle();
    Optional<FileStat> there = task.find(entry.name());
    if (there.isPresent()) {
      if (isSame(parent, there.get(), entry)) {
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
      if (e.errno().filter(Set.of(Errno.EPERM, Errno.EOPNOTSUPP)::contains).isEmpty()) {
        throw e;
      }
      tally.problem(task.path().resolve(entry.name()), "is left out: " + e.getMessage());
    }
  }

  /** Whether what is there is a stored entry that is neither file nor directory. */
  static boolean isSame(PosixDirectory parent, FileStat there, TreeNode entry) throws IOException {
    if (there.type() != entry.type() || !there.mtime().equals(entry.mtime())) {
      return false;
    }
    if (entry.content() instanceof Content.Link link) {
      return parent.readSymlink(entry.name()).equals(link.target());
    }
    return !(entry.content() instanceof Content.Device device)
        || there.rdev() == (device.major() << 32 | device.minor());
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
