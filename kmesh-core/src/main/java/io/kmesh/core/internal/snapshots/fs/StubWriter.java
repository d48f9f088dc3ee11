// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.nio.Volume;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.Edit;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.core.internal.snapshots.ArchivedContents;
import io.kmesh.core.internal.snapshots.SnapshotProblem;
import io.kmesh.core.internal.snapshots.archive.HsmEntry;
import io.kmesh.core.internal.time.KmeshThreads;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.Layout;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.ImportAttributes;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.SyncMode;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;

/**
 * Makes entries of a snapshot on a Lustre: files as released stubs, all else as it is, and notes
 * which content each stub's FID has. Several threads import; one calls. Memory grows with the
 * stubs, some 300 bytes each.
 */
final class StubWriter implements AutoCloseable {
  private static final int BATCH = 32;
  private static final int MOST_WAITING = 256;
  private static final Set<OpenFlag> NEW =
      Set.of(OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.EXCLUSIVE);

  private final LustreBinding lustre;
  private final ArchiveId archive;
  private final SnapshotVolume snapshot;
  private final ArchivedContents contents;
  private final Layout layout;
  private final Instant now;
  private final Retrier.Check check;
  private final ThreadPoolExecutor threads;
  private final Map<PathBytes, TreeNode> entries = new TreeMap<>(); // guarded by itself
  private final Map<Object, PathBytes> linked = new HashMap<>();
  private final List<SnapshotProblem> problems = new ArrayList<>(); // guarded by itself
  private long files;

  StubWriter(
      LustreBinding lustre,
      ArchiveId archive,
      SnapshotVolume snapshot,
      ArchivedContents contents,
      Instant now,
      int workers,
      Retrier.Check check) {
    this.lustre = lustre;
    this.archive = archive;
    this.snapshot = snapshot;
    this.contents = contents;
    this.layout = Layout.plain(1);
    this.now = now;
    this.check = check;
    this.threads = KmeshThreads.pool("copy-import", workers, new LinkedBlockingQueue<>());
  }

  /** The entries of the catalog, ascending. */
  Edit.Source edits() {
    List<TreeNode> all;
    synchronized (entries) {
      all = List.copyOf(entries.values());
    }
    Iterator<TreeNode> each = all.iterator();
    return () -> each.hasNext() ? Edit.put(each.next()) : null;
  }

  /** Regular files that were made. */
  long files() {
    return files;
  }

  /** What could not be made as it is. */
  List<SnapshotProblem> problems() {
    synchronized (problems) {
      return List.copyOf(problems);
    }
  }

  private void tell(List<SnapshotProblem> told) {
    synchronized (problems) {
      problems.addAll(told);
    }
  }

  /**
   * Makes what is in a directory of the snapshot in an empty one, and gives that its attributes.
   */
  void fill(SnapshotVolume.Entry directory, PathBytes place) throws IOException {
    check.run();
    List<SnapshotProblem> told = new ArrayList<>();
    try (PosixDirectory open = lustre.tree().openDirectory(place)) {
      List<Future<?>> waiting = new ArrayList<>();
      List<SnapshotVolume.Entry> batch = new ArrayList<>();
      Volume.Names names = snapshot.names(directory);
      for (PathBytes name = names.next(); name != null; name = names.next()) {
        SnapshotVolume.Entry entry = snapshot.find(directory, name);
        if (entry == null) {
          continue;
        }
        if (entry.node().content() instanceof Content.Directory) {
          open.makeDirectory(name, 0700);
          fill(entry, place.resolve(name));
        } else if (entry.node().isLinked()) {
          link(open, place.resolve(name), entry);
        } else {
          batch.add(entry);
          if (batch.size() == BATCH) {
            waiting.add(submit(open, place, batch));
            batch = new ArrayList<>();
          }
        }
        if (waiting.size() == MOST_WAITING) {
          await(waiting);
        }
      }
      waiting.add(submit(open, place, batch));
      await(waiting);
      new EntrySetter(told).set(open, Meta.of(snapshot, directory), directory.path());
      open.sync(SyncMode.ALL);
    }
    tell(told);
  }

  private Future<?> submit(PosixDirectory open, PathBytes place, List<SnapshotVolume.Entry> all) {
    return threads.submit(
        () -> {
          List<SnapshotProblem> told = new ArrayList<>();
          for (SnapshotVolume.Entry entry : all) {
            make(open, place.resolve(entry.node().name()), entry, new EntrySetter(told));
          }
          tell(told);
          return null;
        });
  }

  private static void await(List<Future<?>> waiting) throws IOException {
    for (Future<?> one : waiting) {
      try {
        one.get();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("Cannot go on with the copy: interrupted.");
      } catch (ExecutionException e) {
        if (e.getCause() instanceof IOException failure) {
          throw failure;
        } else if (e.getCause() instanceof RuntimeException failure) {
          throw failure;
        } else if (e.getCause() instanceof Error failure) {
          throw failure;
        }
        throw new IllegalStateException(e);
      }
    }
    waiting.clear();
  }

  /** The first name of a file is made, the others are links of it. */
  private void link(PosixDirectory open, PathBytes place, SnapshotVolume.Entry entry)
      throws IOException {
    Object key = SnapshotVolume.key(entry);
    PathBytes first = linked.get(key);
    if (first == null) {
      List<SnapshotProblem> told = new ArrayList<>();
      if (make(open, place, entry, new EntrySetter(told))) {
        linked.put(key, place);
      }
      tell(told);
      return;
    }
    try (PosixDirectory from = lustre.tree().openDirectory(first.parent())) {
      from.link(first.name(), open, place.name());
    }
  }

  /**
   * Makes an entry that is no directory.
   *
   * @return false when it is left out, with a word
   */
  boolean make(PosixDirectory open, PathBytes place, SnapshotVolume.Entry entry, EntrySetter setter)
      throws IOException {
    TreeNode node = entry.node();
    PathBytes name = place.name();
    Meta meta = Meta.of(snapshot, entry);
    if (StubSnapshots.isLeftOut(node)) {
      tell(List.of(LeftOut.problem(contents, entry)));
      return false;
    } else if (node.content() instanceof Content.File file && file.size() > 0) {
      stub(open, place, entry, file, meta, setter);
    } else if (node.content() instanceof Content.File) {
      try (PosixFile empty = open.openFile(name, NEW)) {
        setter.set(empty, meta, entry.path());
      }
    } else {
      if (node.content() instanceof Content.Link link) {
        open.makeSymlink(name, link.target());
      } else {
        open.makeNode(name, node.type(), 0600, snapshot.facts(entry).rdev());
      }
      setter.set(open, name, node.type(), meta, entry.path());
    }
    synchronized (entries) {
      files += node.content() instanceof Content.File ? 1 : 0;
    }
    return true;
  }

  private void stub(
      PosixDirectory open,
      PathBytes place,
      SnapshotVolume.Entry entry,
      Content.File file,
      Meta meta,
      EntrySetter setter)
      throws IOException {
    Fid fid =
        lustre
            .hsm()
            .importStub(
                open,
                place.name(),
                archive,
                new ImportAttributes(
                    meta.mode(), meta.uid(), meta.gid(), file.size(), meta.mtime(), meta.mtime()),
                layout);
    FileStat stat =
        new FileStat(
            entry.node().type(),
            meta.mode(),
            meta.uid(),
            meta.gid(),
            file.size(),
            0,
            1,
            entry.node().inode(),
            0,
            0,
            meta.mtime(),
            meta.mtime(),
            meta.mtime());
    TreeNode catalogued = HsmEntry.of(fid, 0, null, entry.path(), now, stat, file).toNode();
    synchronized (entries) {
      entries.put(catalogued.name(), catalogued);
    }
    if (!meta.attributes().isEmpty() || (meta.mode() & ~0777) != 0) {
      setter.set(open, place.name(), entry.node().type(), meta, entry.path());
    }
  }

  @Override
  public void close() {
    threads.shutdown();
  }
}
