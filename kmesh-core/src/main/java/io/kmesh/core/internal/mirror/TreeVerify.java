// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.engine.MirrorComparison;
import io.kmesh.engine.MirrorOutcome;
import io.kmesh.engine.MirrorOutcome.What;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.Sha256;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;

/**
 * Compares a tree with the objects below a prefix and changes neither: a walk over the tree asks
 * for each entry's object, then a listing of the store asks the tree for each object's entry.
 * Neither side has to be in an order, and nothing is remembered but the files of several names
 * while not all of these were met. Used once.
 */
public final class TreeVerify {
  private static final Set<OpenFlag> READ = Set.of(OpenFlag.READ, OpenFlag.NO_ACCESS_TIME);
  private static final int BATCH = 64;
  private static final int MOST_NAMED = 10_000;

  private final MirrorSettings settings;
  private final TreeOptions options;
  private final PosixTree tree;
  private final PathBytes root;
  private final MirrorObjects objects;
  private final MirrorKeys keys;
  private final TreeRun run;
  private final StoredContent content;
  private final boolean canSeek;
  private final LinkGroups groups = new LinkGroups();
  private final LongAdder entries = new LongAdder();
  private final LongAdder equal = new LongAdder();
  private final LongAdder different = new LongAdder();
  private final LongAdder onlyInTree = new LongAdder();
  private final LongAdder onlyInStore = new LongAdder();
  private final LongAdder unchecked = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  private final List<MirrorOutcome> problems = new ArrayList<>(); // guarded by itself

  /** A comparison of a directory. */
  public TreeVerify(MirrorSettings settings, TreeOptions options, PosixTree tree, PathBytes path) {
    this.settings = settings;
    this.options = options;
    this.tree = tree;
    this.root = path;
    this.objects = MirrorObjects.of(settings);
    this.keys =
        new ExportDialect(options.dialect, settings.store.uri()).keys(MirrorKeys.of(settings));
    this.run =
        new TreeRun(
            options, "compare " + tree.description() + " with " + settings.store.uri(), this::told);
    int range = (int) Math.min(Integer.MAX_VALUE, settings.partSize.bytes());
    this.content = new StoredContent(objects, run, settings.budget(), range);
    this.canSeek = tree.capabilities().contains(PosixCapability.SPARSE);
  }

  /** Compares. */
  public MirrorComparison run() throws IOException {
    try (PosixDirectory top = tree.openDirectory(root);
        PassCache cache = new PassCache(settings, options, objects, run, false)) {
      try (run;
          HeldDirectory held = new HeldDirectory(tree.openDirectory(root))) {
        if (options.countsFirst) {
          run.submit(() -> TreeTotals.ofTree(run, tree, root));
        }
        cache.list();
        new TreeWalk(run, new Visitor(top)).directory(held, PathBytes.EMPTY);
        list(top);
      } catch (IOException | RuntimeException | Error e) {
        run.fail(e);
      }
    } catch (IOException | RuntimeException | Error e) {
      run.fail(e);
    } finally {
      run.close();
    }
    long failed = run.report().failedCount();
    synchronized (problems) {
      problems.sort(
          Comparator.comparing((MirrorOutcome o) -> o.path().orElse(PathBytes.EMPTY))
              .thenComparing(MirrorOutcome::key));
      return new MirrorComparison(
          entries.sum(),
          equal.sum(),
          different.sum(),
          onlyInTree.sum(),
          onlyInStore.sum(),
          unchecked.sum(),
          bytes.sum(),
          failed,
          problems);
    }
  }

  /** Counts an outcome and tells it. */
  private void told(MirrorOutcome outcome) {
    switch (outcome.what()) {
      case EQUAL -> equal.increment();
      case DIFFERENT -> different.increment();
      case ONLY_IN_TREE -> onlyInTree.increment();
      case ONLY_IN_STORE -> onlyInStore.increment();
      default -> {}
    }
    if (outcome.what() != What.EQUAL && outcome.what() != What.NOTE) {
      synchronized (problems) {
        if (problems.size() < MOST_NAMED) {
          problems.add(outcome);
        }
      }
    }
    options.outcomes.accept(outcome);
  }

  /** The keys at which an entry's object may be, the likeliest first. */
  private List<String> keysOf(PathBytes path, boolean isDirectory) {
    List<String> all = new ArrayList<>();
    String own = isDirectory ? keys.ofDirectory(path) : keys.ofFile(path);
    all.add(own);
    if (path.isEmpty()) {
      return all;
    }
    if (isDirectory && !keys.ofDirectoryOtherwise(path).equals(own)) {
      all.add(keys.ofDirectoryOtherwise(path));
    }
    Optional<String> plain = options.bringsForeign ? path.utf8() : Optional.empty();
    if (plain.isPresent()) {
      List<String> others =
          isDirectory ? List.of(plain.get() + "/", plain.get()) : List.of(plain.get());
      others.stream().filter(key -> !all.contains(key)).forEach(all::add);
    }
    return all;
  }

  /**
   * The object of an entry; one that is not Kmesh's counts only when it was asked for.
   *
   * @param isTaken whether an object that does not count is in its place
   */
  private record Found(Optional<StoredEntry> object, boolean isTaken) {}

  private Found stored(PathBytes path, boolean isDirectory) throws IOException {
    boolean isTaken = false;
    for (String key : keysOf(path, isDirectory)) {
      Optional<ObjectInfo> info = objects.knownOrFound(key);
      if (info.isEmpty()) {
        continue;
      }
      StoredEntry stored = StoredEntry.read(objects, key, info.get());
      if ((stored.isOwn() || options.bringsForeign)
          && (!isDirectory || stored.isDirectory() || key.endsWith("/"))
          && stored.path().equals(path)) {
        return new Found(Optional.of(stored), false);
      }
      isTaken |= !stored.isOwn();
    }
    return new Found(Optional.empty(), isTaken);
  }

  /** Compares what the walk finds. */
  private final class Visitor implements TreeWalk.Visitor {
    private final PosixDirectory top;

    Visitor(PosixDirectory top) {
      this.top = top;
    }

    @Override
    public Subject subject(PathBytes path, boolean isDirectory) {
      return Subject.entry(path, objects.full(keysOf(path, isDirectory).get(0)));
    }

    @Override
    public void halfWritten(PathBytes path) {
      entries.increment();
      run.tally().told();
      run.outcomes()
          .tell(
              What.ONLY_IN_TREE,
              subject(path, false),
              "Cannot compare "
                  + path
                  + ": Kmesh gives such names to files that are not whole yet. Remove it, or repeat what"
                  + " wrote it.");
    }

    @Override
    public void directory(PosixDirectory directory, PathBytes path) throws IOException {
      entries.increment();
      Found found = stored(path, true);
      if (found.object().isPresent()) {
        StoredEntry stored = found.object().get();
        EntryDifferences differences = new EntryDifferences();
        differences.attributes(directory.stat(), stored);
        differences.xattrs(EntryXattrs.of(directory), stored);
        settle(path, stored, differences, 0);
      } else if (options.bringsForeign && (path.isEmpty() || isAnythingBelow(path))) {
        run.tally().wasEqual();
      } else {
        lacking(path, true, found);
      }
    }

    /** Whether there are objects below a directory that has none itself. */
    private boolean isAnythingBelow(PathBytes path) throws IOException {
      for (String key : keysOf(path, true)) {
        String below = objects.full(key.endsWith("/") ? key : key + "/");
        ListPage page = objects.list(Retrier.Check.NONE, new ListRequest(below, null, 1));
        if (!page.objects().isEmpty()) {
          return true;
        }
      }
      return false;
    }

    private void lacking(PathBytes path, boolean isDirectory, Found found) {
      run.tally().told();
      run.outcomes()
          .tell(
              What.ONLY_IN_TREE,
              subject(path, isDirectory),
              path
                  + (found.isTaken()
                      ? " has no object of Kmesh's: one of somebody else is in its place. Compare"
                          + " what others stored too, or push to another prefix."
                      : " has no object: it was not pushed, or the object was removed. Push it."));
    }

    @Override
    public void entry(PosixDirectory parent, PathBytes name, PathBytes path, FileStat stat)
        throws IOException {
      entries.increment();
      Found found = stored(path, false);
      if (found.object().isEmpty()) {
        groups.meet(stat, path, false);
        lacking(path, false, found);
        return;
      }
      StoredEntry stored = found.object().get();
      EntryDifferences differences = new EntryDifferences();
      boolean isShared = stored.attributes().text(MirrorAttributes.TARGET).isPresent();
      groups
          .meet(stat, path, !isShared && stored.isOwn())
          .ifPresent(
              other ->
                  differences.compare("links", "the same file as " + other, "content of its own"));
      if (isShared) {
        target(stat, stored, differences);
      }
      long compared = 0;
      if (!stored.isHardLink()) {
        differences.attributes(stat, stored);
        if (differences.found().stream().noneMatch(d -> d.attribute().equals("type"))) {
          compared = body(parent, name, path, stat, stored, differences);
        }
      }
      settle(path, stored, differences, compared);
    }

    /** Whether the file whose content an object is said to share is this one. */
    private void target(FileStat stat, StoredEntry stored, EntryDifferences differences)
        throws IOException {
      PathBytes target = stored.attributes().target(stored.key());
      try (TreeLook look = new TreeLook(top)) {
        Optional<FileStat> there = look.find(target);
        boolean isSame =
            there.isPresent()
                && there.get().inode() == stat.inode()
                && there.get().device() == stat.device();
        if (!isSame) {
          differences.compare("target", "", "the same file as " + target);
          return;
        }
      }
      Optional<StoredEntry> holder = stored(target, false).object();
      if (stored.isHardLink() && (holder.isEmpty() || holder.get().isHardLink())) {
        differences.compare("target", target.toString(), "no object with content");
      }
    }

    private long body(
        PosixDirectory parent,
        PathBytes name,
        PathBytes path,
        FileStat stat,
        StoredEntry stored,
        EntryDifferences differences)
        throws IOException {
      if (stat.type() == FileType.SYMLINK) {
        differences.compare(
            "target", parent.readSymlink(name).toString(), stored.linkText(objects).toString());
      }
      if (!stat.isRegular()) {
        differences.xattrs(EntryXattrs.of(parent, name), stored);
        return 0;
      }
      if (!options.gate.mayRead(parent, name, stat)) {
        unchecked.increment();
        run.tally()
            .note(path.toString(), "its content is in the archive only, and was not compared");
        return 0;
      }
      try (PosixFile file = parent.openFile(name, READ)) {
        differences.xattrs(EntryXattrs.of(file), stored);
        boolean isOfTheSize =
            differences.found().stream().noneMatch(d -> d.attribute().equals("size"));
        return isOfTheSize ? bytes(file, stat, path, stored, differences) : 0;
      }
    }

    private long bytes(
        PosixFile file,
        FileStat stat,
        PathBytes path,
        StoredEntry stored,
        EntryDifferences differences)
        throws IOException {
      Optional<Sha256> said =
          stored.isOwn()
              ? stored.attributes().sha256(MirrorAttributes.SHA256)
              : stored.info().sha256();
      if (said.isEmpty() && !stored.isOwn() && !options.isDeep) {
        unchecked.increment();
        run.tally()
            .note(path.toString(), "its object has no checksum, and its bytes were not compared");
        return 0;
      }
      Sha256 here = content.ofFile(file, stat, canSeek, path.toString());
      bytes.add(stat.size());
      if (said.isPresent() || stored.isOwn()) {
        differences.compare("sha256", here.toString(), said.map(Sha256::toString).orElse(""));
      }
      if (options.isDeep) {
        Sha256 there = content.ofObject(stored, stored.attributes().extents());
        differences.compare("content", here.toString(), there.toString());
      }
      return stat.size();
    }

    private void settle(
        PathBytes path, StoredEntry stored, EntryDifferences differences, long compared) {
      Subject subject = Subject.entry(path, objects.full(stored.key()));
      for (String note : stored.notes()) {
        run.tally().note(path.toString(), note);
      }
      run.tally().told();
      if (differences.found().isEmpty()) {
        run.outcomes().tell(What.EQUAL, subject, compared);
      } else {
        run.outcomes().differences(subject, compared, differences.found());
      }
    }
  }

  /** Looks for the entry of each object. */
  private void list(PosixDirectory top) throws IOException {
    ListRequest request = ListRequest.prefix(objects.full(""));
    while (true) {
      ListPage page = objects.list(Retrier.Check.NONE, request);
      List<String> batch = new ArrayList<>();
      for (ObjectInfo listed : page.objects()) {
        run.checkStop();
        Optional<String> key = objects.relative(listed.key());
        if (key.isPresent()
            && TreeImport.isEntry(key.get())
            && !key.get().equals(MirrorKeys.ROOT)) {
          batch.add(key.get());
        }
        if (batch.size() == BATCH) {
          submit(top, batch);
          batch = new ArrayList<>();
        }
      }
      submit(top, batch);
      if (page.nextAfter().isEmpty()) {
        return;
      }
      request = request.following(page);
    }
  }

  private void submit(PosixDirectory top, List<String> batch) {
    run.submit(
        () -> {
          try (TreeLook look = new TreeLook(top)) {
            for (String key : batch) {
              run.attempt(
                  Subject.object(objects, key),
                  () -> {
                    run.tally().later();
                    listed(look, key);
                  });
            }
          }
        });
  }

  private void listed(TreeLook look, String key) throws IOException {
    if (MirrorKeys.saysPath(key) && isOwnOfEntry(look, key)) {
      return; // the usual case, without a request
    }
    Optional<ObjectInfo> info = objects.find(Retrier.Check.NONE, key);
    if (info.isEmpty()) {
      return; // gone since it was listed
    }
    StoredEntry stored = StoredEntry.read(objects, key, info.get());
    Subject subject = Subject.object(objects, key);
    if (!stored.isOwn() && !options.bringsForeign) {
      run.outcomes()
          .tell(
              What.ONLY_IN_STORE,
              subject,
              objects.full(key)
                  + " has no entry: it is not Kmesh's. Pull what others stored too, or remove it.");
      return;
    }
    PathBytes path = stored.path();
    Optional<FileStat> there = look.find(path);
    boolean isThere = there.isPresent() && there.get().isDirectory() == stored.isDirectory();
    if (isThere) {
      Optional<StoredEntry> first = stored(path, stored.isDirectory()).object();
      if (first.isPresent() && first.get().key().equals(key)) {
        return; // the walk compared it
      }
    }
    run.outcomes()
        .tell(
            What.ONLY_IN_STORE,
            subject.at(path),
            objects.full(key)
                + (isThere
                    ? " is one more object of its entry: another one is compared. Remove one of them."
                    : " has no entry: it was not pulled, or the entry was removed. Pull it, or push"
                        + " and remove what is gone."));
  }

  /** Whether a key is that of an entry that is there, as an export writes it. */
  private boolean isOwnOfEntry(TreeLook look, String key) throws IOException {
    PathBytes path;
    try {
      path = MirrorKeys.pathOf(key);
    } catch (ProviderException e) {
      return false; // what it is shows in its metadata
    }
    if (options.bringsForeign && key.indexOf('%') >= 0) {
      return false; // where others wrote it, that is no escape
    }
    Optional<FileStat> there = look.find(path);
    return there.isPresent()
        && key.equals(there.get().isDirectory() ? keys.ofDirectory(path) : keys.ofFile(path));
  }
}
