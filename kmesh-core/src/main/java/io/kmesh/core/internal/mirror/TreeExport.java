// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.transfer.AsideName;
import io.kmesh.engine.MirrorOutcome;
import io.kmesh.engine.MirrorTreeReport;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.StoreCapability;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Stores a tree in the mirror form: one walker, and threads that store what it finds. Files of
 * several names are stored by the walker itself, so that it is known which of them holds the
 * content. Large files go in parts, each a unit of work for a {@link io.kmesh.engine.Worker}, so
 * that the bytes can be moved by another process; the object is completed here. Used once.
 */
public final class TreeExport {
  private static final int BATCH = 16;

  private final MirrorSettings settings;
  private final TreeOptions options;
  private final PosixTree tree;
  private final PathBytes root;
  private final MirrorObjects objects;
  private final ExportDialect dialect;
  private final MirrorKeys keys;

  private record Inode(long device, long inode) {}

  private record Entry(PathBytes name, FileStat stat) {}

  /** An export of a directory. */
  public TreeExport(MirrorSettings settings, TreeOptions options, PosixTree tree, PathBytes path) {
    this.settings = settings;
    this.options = options;
    this.tree = tree;
    this.root = path;
    this.objects = MirrorObjects.of(settings);
    this.dialect = new ExportDialect(options.dialect, settings.store.uri());
    this.keys = dialect.keys(MirrorKeys.of(settings));
  }

  /** Exports. */
  public MirrorTreeReport run() throws IOException {
    MirrorObjects.checkCapabilities(settings, "export a tree to");
    settings.budget();
    TreeRun run = new TreeRun(options, "export " + tree.description());
    try (TreeJournal journal =
            TreeJournal.open(
                options, run, "push", MirrorSettings.placeOf(settings.store), settings.prefix);
        PassCache cache = new PassCache(settings, options, objects, run, true)) {
      export(run, journal, cache);
    }
    dialect.sum(run.tally(), root);
    return run.report();
  }

  private void export(TreeRun run, TreeJournal journal, PassCache cache) throws IOException {
    LargeFiles large = new LargeFiles(settings, options, tree, root, objects, run, journal);
    LargeCopies copies = new LargeCopies(settings, objects, run, journal, large);
    Walk walk = new Walk(run, large, copies);
    try (run;
        HeldDirectory top = new HeldDirectory(tree.openDirectory(root))) {
      if (options.countsFirst) {
        run.submit(() -> TreeTotals.ofTree(run, tree, root));
      }
      if (options.findsMoved) {
        findMoved(walk, top.open(), run);
      }
      walk.entries.know(cache.list());
      walk.directory(top, PathBytes.EMPTY);
    } catch (IOException | RuntimeException | Error e) {
      run.fail(e);
    }
    if (options.removesGone && run.isWhole()) {
      removeGone(run, walk.found);
    }
    if (run.isWhole()) {
      try {
        large.endOthers();
      } catch (IOException e) {
        run.tally()
            .sum(
                Subject.entry(root, ""),
                "What an earlier export that was stopped left in "
                    + settings.store.uri()
                    + " could not be ended: "
                    + e.getMessage());
      }
    }
  }

  private void findMoved(Walk walk, PosixDirectory top, TreeRun run) throws IOException {
    if (!objects.can(StoreCapability.COPY)) {
      run.tally()
          .sum(
              Subject.entry(root, ""),
              "What was renamed is sent again: " + settings.store.uri() + " copies nothing");
      return;
    }
    MovedObjects moved =
        MovedObjects.find(objects, new GoneRemover(settings, options, objects, keys), top, run);
    walk.entries.moved(moved);
    if (moved.isFull()) {
      run.tally()
          .sum(
              Subject.entry(root, ""),
              "Some of what was renamed may be sent again: more objects are of entries that are"
                  + " gone than are remembered");
    }
  }

  private void removeGone(TreeRun run, long found) throws IOException {
    if (found == 0) {
      run.tally()
          .failed(
              MirrorOutcome.What.FAILED,
              Subject.entry(root, ""),
              "Cannot remove what is gone from "
                  + settings.store.uri()
                  + ": "
                  + tree.description()
                  + " is empty, as one that is not mounted is. Remove the objects yourself if that"
                  + " is meant.");
      return;
    }
    new GoneRemover(settings, options, objects, keys).run(tree, root, run.tally());
  }

  /** An entry that is no directory, or of which that is not known. */
  private Subject subject(PathBytes path) {
    return Subject.entry(path, path.isEmpty() ? "" : objects.full(keys.ofFile(path)));
  }

  /** The walker. */
  private final class Walk {
    private final TreeRun run;
    private final EntryExport entries;
    private final Map<Inode, PathBytes> firstNames = new HashMap<>();
    private long found;

    Walk(TreeRun run, LargeFiles large, LargeCopies copies) {
      this.run = run;
      this.entries =
          new EntryExport(settings, options, tree, objects, keys, dialect, run, large, copies);
    }

    void directory(HeldDirectory directory, PathBytes path) throws IOException {
      run.attempt(
          Subject.entry(path, objects.full(keys.ofDirectory(path))),
          () -> entries.directory(directory.open(), path));
      NameClashes clashes;
      try {
        clashes = clashes(directory);
      } catch (IOException e) {
        run.tally().failed(subject(path), e);
        return;
      }
      List<Entry> batch = new ArrayList<>();
      try (DirectoryCursor cursor = directory.open().entries()) {
        List<DirectoryEntry> listed;
        while (!(listed = cursor.next()).isEmpty()) {
          for (DirectoryEntry entry : listed) {
            if (clashes.has(entry.name())) {
              PathBytes below = path.resolve(entry.name());
              found++;
              run.attempt(
                  subject(below),
                  () -> {
                    throw NameClashes.failure("export", below.toString());
                  });
              continue;
            }
            walked(directory, entry.name(), path.resolve(entry.name()), batch);
            if (batch.size() >= BATCH) {
              submit(directory, path, batch);
              batch = new ArrayList<>();
            }
          }
        }
      } catch (IOException e) {
        run.tally().failed(subject(path), e);
      }
      submit(directory, path, batch);
    }

    /** The names of a directory that are another one's elsewhere. */
    private NameClashes clashes(HeldDirectory directory) throws IOException {
      if (!options.hasPortableNames) {
        return NameClashes.none();
      }
      return NameClashes.of(
          taker -> {
            run.checkStop();
            try (DirectoryCursor cursor = directory.open().entries()) {
              List<DirectoryEntry> listed;
              while (!(listed = cursor.next()).isEmpty()) {
                for (DirectoryEntry entry : listed) {
                  taker.take(entry.name());
                }
              }
            }
          },
          NameClashes.MOST);
    }

    private void walked(HeldDirectory directory, PathBytes name, PathBytes path, List<Entry> batch)
        throws IOException {
      run.checkStop();
      found++;
      FileStat stat;
      try {
        if (AsideName.isOne(name)) {
          throw new ProviderException(
              ErrorKind.INVALID,
              "Cannot export "
                  + path
                  + ": Kmesh gives such names to files that are not whole yet. Rename it, or"
                  + " remove it.");
        }
        stat = directory.open().stat(name);
      } catch (IOException e) {
        run.tally().failed(subject(path), e);
        return;
      }
      if (stat.isDirectory()) {
        below(directory, name, path);
      } else if (stat.links() > 1) {
        run.attempt(subject(path), () -> severalNames(directory, name, path, stat));
      } else {
        batch.add(new Entry(name, stat));
      }
    }

    private void below(HeldDirectory parent, PathBytes name, PathBytes path) throws IOException {
      PosixDirectory opened;
      try {
        opened = parent.open().openDirectory(name);
      } catch (IOException e) {
        run.tally().failed(subject(path), e);
        return;
      }
      try (HeldDirectory below = new HeldDirectory(opened)) {
        directory(below, path);
      }
    }

    private void severalNames(
        HeldDirectory directory, PathBytes name, PathBytes path, FileStat stat) throws IOException {
      Inode inode = new Inode(stat.device(), stat.inode());
      PathBytes first = firstNames.get(inode);
      if (first == null) {
        if (entries.entry(directory.open(), name, path, stat)) {
          firstNames.put(inode, path);
        }
      } else if (dialect.isForOthers()) {
        entries.copy(directory.open(), name, path, stat, first);
      } else {
        entries.hardLink(path, first);
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
                    subject(below),
                    () -> entries.entry(held.open(), entry.name(), below, entry.stat()));
              }
            }
          });
    }
  }
}
