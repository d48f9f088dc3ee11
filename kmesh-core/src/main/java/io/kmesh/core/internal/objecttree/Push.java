// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import io.kmesh.core.internal.mirror.Extents;
import io.kmesh.core.internal.mirror.MirrorAttributes;
import io.kmesh.core.internal.mirror.MirrorKeys;
import io.kmesh.core.internal.mirror.MirrorObjects;
import io.kmesh.core.internal.time.KmeshThreads;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.store.Crc32c;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.Sha256;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Brings what was changed in the index to the store, in batches, each with what it will do written
 * down before its first request and what it did after the last. The caller holds the lock.
 */
final class Push implements Closeable {
  private static final int MOST_PROBLEMS = 1_000;

  /** What fails one object only. */
  private static final Set<ErrorKind> OF_ONE =
      EnumSet.of(
          ErrorKind.PRECONDITION,
          ErrorKind.EXISTS,
          ErrorKind.NOT_FOUND,
          ErrorKind.INVALID,
          ErrorKind.CORRUPT,
          ErrorKind.UNSUPPORTED);

  private final ObjectTreeSettings settings;
  private final TreeIndex index;
  private final Spool spool;
  private final MirrorObjects objects;
  private final PushView view;
  private final PushRequests requests;
  private final PushRecovery recovery;
  private final BlockingQueue<PushTask.Outcome> outcomes = new LinkedBlockingQueue<>();
  private final Map<String, PushProblem> problems = new LinkedHashMap<>();
  private @Nullable ExecutorService threads;
  private long nextIntent = 1;

  Push(
      ObjectTreeSettings settings,
      TreeIndex index,
      Spool spool,
      MirrorObjects objects,
      MirrorKeys keys) {
    this.settings = settings;
    this.index = index;
    this.spool = spool;
    this.objects = objects;
    this.view = new PushView(index, keys);
    this.requests = new PushRequests(objects, settings);
    this.recovery = new PushRecovery(index, objects, settings.largestPut());
  }

  /**
   * Finds what became of the steps that were under way.
   *
   * @param isFresh whether the index is as it was when they were written
   */
  void recover(boolean isFresh) throws IOException {
    recovery.run(isFresh);
  }

  /**
   * Pushes all.
   *
   * @return what was left as it is
   * @throws IOException when the store can't be used now; what was done is known all the same
   */
  List<PushProblem> run() throws IOException {
    problems.clear();
    recover(false);
    long last = 0;
    while (true) {
      List<TreeIndex.Changed> changed = changedBehind(last);
      if (changed.isEmpty()) {
        break;
      }
      last = changed.get(changed.size() - 1).inode();
      Set<Long> failed = batch(changed.stream().map(TreeIndex.Changed::inode).toList());
      for (TreeIndex.Changed one : changed) {
        if (one.changes().contains(Change.NAMES)) {
          below(one.inode(), failed.contains(one.inode()));
        }
      }
    }
    index.commit();
    return List.copyOf(problems.values());
  }

  private List<TreeIndex.Changed> changedBehind(long last) throws IOException {
    List<TreeIndex.Changed> changed = new ArrayList<>();
    try (Rows<TreeIndex.Changed> rows = index.changedBehind(last)) {
      while (changed.size() < settings.batch() && rows.next()) {
        changed.add(rows.row());
      }
    }
    return changed;
  }

  /** A directory while what is below it is gone through. */
  private static final class Level {
    final long directory;
    final Deque<Entry> entries = new ArrayDeque<>();
    @Nullable PathBytes last;

    Level(long directory) {
      this.directory = directory;
    }
  }

  /** All below a directory that has another path. */
  private void below(long top, boolean hasFailed) throws IOException {
    Inode inode = index.inode(top);
    if (inode == null || !inode.isDirectory()) {
      return;
    }
    Deque<Level> levels = new ArrayDeque<>();
    levels.push(new Level(top));
    List<Long> found = new ArrayList<>();
    while (!levels.isEmpty()) {
      Entry entry = next(levels.getFirst());
      if (entry == null) {
        levels.pop();
        continue;
      }
      found.add(entry.inode());
      if (entry.isDirectory()) {
        levels.push(new Level(entry.inode()));
      }
      if (found.size() >= settings.batch()) {
        Set<Long> unused = batch(found);
        found.clear();
      }
    }
    Set<Long> unusedToo = batch(found);
    if (!hasFailed) {
      Set<Change> left = index.changes(top);
      left.remove(Change.NAMES);
      index.setChanges(top, left);
    }
  }

  /** What could not be pushed is tried by the next push. */
  private void again(Set<Long> failed) throws IOException {
    for (long inode : failed) {
      index.addChanges(inode, Change.NAMES);
    }
  }

  /** The next entry of a directory, of which some are read at once. */
  private @Nullable Entry next(Level level) throws IOException {
    if (level.entries.isEmpty()) {
      PathBytes last = level.last;
      try (Rows<Entry> rows =
          last == null
              ? index.entries(level.directory)
              : index.entriesBehind(level.directory, last)) {
        while (level.entries.size() < settings.batch() && rows.next()) {
          level.entries.add(rows.row());
        }
      }
    }
    Entry entry = level.entries.poll();
    if (entry != null) {
      level.last = entry.name();
    }
    return entry;
  }

  /** The inodes of these, and of those in their way, that could not be pushed. */
  private Set<Long> batch(Collection<Long> inodes) throws IOException {
    List<PushItem> items = new ArrayList<>();
    for (long inode : new java.util.LinkedHashSet<>(inodes)) {
      items.add(view.item(inode));
    }
    PushPlan plan =
        PushPlan.of(
            items, view, () -> MirrorKeys.KEPT + settings.attempts().get(), settings.batch());
    Set<Long> failed = new HashSet<>();
    for (PushPlan.Blocked blocked : plan.blocked()) {
      failed.add(blocked.inode());
      problem(
          blocked.key(),
          "Cannot push to "
              + objects.full(blocked.key())
              + ": an object that is not Kmesh's is there. Move it away, or rename the file.");
    }
    List<PushStep> steps = plan.steps();
    if (!steps.isEmpty()) {
      List<Intent> intents = intend(steps);
      index.commit();
      new Run(steps, intents, failed).run();
    }
    for (long inode : plan.settled()) {
      if (!failed.contains(inode)) {
        settled(inode);
      }
    }
    again(failed);
    return failed;
  }

  private List<Intent> intend(List<PushStep> steps) throws IOException {
    List<Intent> intents = new ArrayList<>();
    for (PushStep step : steps) {
      boolean isDelete = step.what() == PushStep.What.DELETE;
      String from =
          step.from() != null
              ? step.from()
              : step.what() == PushStep.What.ATTRIBUTES ? step.key() : "";
      StoredObject known = index.object(from.isEmpty() ? step.key() : from);
      Intent intent =
          new Intent(
              nextIntent++,
              isDelete ? Intent.Kind.DELETE : from.isEmpty() ? Intent.Kind.PUT : Intent.Kind.COPY,
              step.key(),
              isDelete ? "" : settings.attempts().get(),
              from,
              known == null ? "" : known.etag(),
              step.inode());
      index.put(intent);
      intents.add(intent);
    }
    return intents;
  }

  private void problem(String key, String reason) {
    if (problems.size() < MOST_PROBLEMS) {
      problems.putIfAbsent(key, new PushProblem(key, reason));
    }
  }

  /** The store shows an inode as is wanted. */
  private void settled(long number) throws IOException {
    Inode inode = index.inode(number);
    Set<Change> changes = index.changes(number);
    if (inode != null) {
      for (PushView.Named name : view.wanted(inode).names()) {
        showName(inode, name);
      }
      boolean waits =
          inode.body() instanceof Body.Spooled || (inode.links() <= 0 && !inode.isDirectory());
      if (waits) {
        return;
      }
    }
    boolean isBelowToDo = inode != null && inode.isDirectory() && changes.contains(Change.NAMES);
    index.setChanges(number, isBelowToDo ? EnumSet.of(Change.NAMES) : EnumSet.noneOf(Change.class));
  }

  private void showName(Inode inode, PushView.Named name) throws IOException {
    StoredObject there = index.object(name.key());
    if (there == null || there.inode() != inode.number()) {
      return;
    }
    if (there.directory() != name.directory() || !there.name().equals(name.name())) {
      index.put(there.showing(inode.number(), name.directory(), name.name()));
    }
    if (name.directory() != 0) {
      Name row = index.name(inode.number(), name.directory(), name.name());
      if (row != null && !row.key().equals(name.key())) {
        index.link(
            new Entry(name.directory(), name.name(), inode.number(), inode.type()), name.key());
      }
    }
  }

  private interface Act {
    void run() throws IOException;
  }

  /** The steps of a batch while they are done. */
  private final class Run {
    private final List<PushStep> steps;
    private final List<Intent> intents;
    private final Set<Long> failed;
    private final Set<Integer> begun = new HashSet<>();
    private final Set<Integer> done = new HashSet<>();
    private final Set<Integer> undone = new HashSet<>();
    private int first;
    private int running;
    private @Nullable Throwable fatal;

    Run(List<PushStep> steps, List<Intent> intents, Set<Long> failed) {
      this.steps = steps;
      this.intents = intents;
      this.failed = failed;
    }

    void run() throws IOException {
      boolean isInterrupted = false;
      orElseEnd(this::start);
      while (running > 0) {
        PushTask.Outcome outcome;
        try {
          outcome = outcomes.take();
        } catch (InterruptedException e) {
          isInterrupted = true;
          InterruptedIOException interrupted =
              new InterruptedIOException("Cannot push: the thread was interrupted.");
          interrupted.initCause(e);
          fatal = fatal == null ? interrupted : fatal;
          continue;
        }
        running--;
        orElseEnd(() -> took(outcome));
        if (fatal == null) {
          orElseEnd(this::start);
        }
      }
      if (isInterrupted) {
        Thread.currentThread().interrupt();
      }
      end();
    }

    /** What fails here ends the push as a store does that is away: what runs is waited for. */
    private void orElseEnd(Act act) {
      try {
        act.run();
      } catch (IOException | RuntimeException | Error e) {
        fatal = fatal == null ? e : fatal;
      }
    }

    private void start() throws IOException {
      while (first < steps.size() && (begun.contains(first) || undone.contains(first))) {
        first++;
      }
      for (int i = first; i < steps.size() && running < settings.requests(); i++) {
        if (begun.contains(i) || undone.contains(i)) {
          continue;
        }
        PushStep step = steps.get(i);
        if (!java.util.Collections.disjoint(step.after(), undone)) {
          undone.add(i);
          failed.add(step.inode());
        } else if (done.containsAll(step.after())) {
          begun.add(i);
          PushTask task = task(i, step, intents.get(i));
          running++;
          threads().execute(() -> outcomes.add(requests.run(task)));
        }
      }
    }

    private void took(PushTask.Outcome outcome) throws IOException {
      PushTask task = outcome.task();
      Throwable failure = outcome.failure();
      if (failure == null) {
        done.add(task.number());
        index.removeIntent(intents.get(task.number()).number());
        apply(outcome);
        return;
      }
      undone.add(task.number());
      failed.add(task.step().inode());
      if (failure instanceof ProviderException p && OF_ONE.contains(p.kind())) {
        index.removeIntent(intents.get(task.number()).number());
        problem(task.step().key(), reason(task, p));
      } else if (fatal == null) {
        fatal = failure;
      } else {
        fatal.addSuppressed(failure);
      }
    }

    private String reason(PushTask task, ProviderException failure) {
      boolean isOthers =
          failure.kind() == ErrorKind.PRECONDITION
              || failure.kind() == ErrorKind.EXISTS
              || failure.kind() == ErrorKind.NOT_FOUND;
      String key = objects.full(task.step().key());
      return isOthers
          ? "Cannot push to "
              + key
              + ": somebody else wrote or removed an object there, or the one that is copied."
              + " It is left alone; the next pull sees it."
          : "Cannot push to " + key + ": " + failure.getMessage();
    }

    private void end() throws IOException {
      for (int i = 0; i < steps.size(); i++) {
        if (!begun.contains(i)) {
          failed.add(steps.get(i).inode());
          index.removeIntent(intents.get(i).number());
        }
      }
      Throwable cause = fatal;
      if (cause == null) {
        return;
      }
      if (cause instanceof Error e) {
        throw e;
      }
      for (long inode : failed) {
        index.addChanges(inode, Change.NAMES);
      }
      index.commit();
      if (cause instanceof IOException e) {
        throw e;
      }
      if (cause instanceof RuntimeException e) {
        throw e;
      }
      throw new IOException("Cannot push: " + cause, cause);
    }
  }

  private ExecutorService threads() {
    ExecutorService there = threads;
    if (there == null) {
      there = KmeshThreads.pool("push", settings.requests(), new LinkedBlockingQueue<>());
      threads = there;
    }
    return there;
  }

  /** Gathers what a step needs, as it is known now. */
  private PushTask task(int number, PushStep step, Intent intent) throws IOException {
    StoredObject replaced = index.object(step.key());
    if (step.what() == PushStep.What.DELETE) {
      return new PushTask(
          number, step, "", null, "", replaced, null, new byte[0], null, null, false, null);
    }
    Inode inode = index.existing(step.inode());
    PushView.Wanted wanted = view.wanted(inode);
    PushView.Named named = wanted.at(step.key());
    String identity = intent.attempt();
    ObjectInfo source = null;
    PosixFile file = null;
    byte[] body = new byte[0];
    Extents holes = null;
    if (intent.kind() == Intent.Kind.COPY) {
      StoredObject from = index.object(intent.from());
      if (from == null) {
        throw index.damaged("the object " + intent.from() + " is missing");
      }
      source =
          new ObjectInfo(
              objects.full(from.key()),
              from.size(),
              from.etag(),
              null,
              from.modified().toInstant(),
              Map.of(),
              null);
      boolean isMove = step.what() == PushStep.What.COPY && !from.attempt().isEmpty();
      identity = isMove ? from.attempt() : identity;
    } else if (step.what() == PushStep.What.PUT) {
      if (inode.body() instanceof Body.Spooled spooled) {
        file = spool.reading(spooled.number());
      } else if (inode.type() == FileType.SYMLINK) {
        body = inode.target().toBytes();
      } else if (inode.isRegular()) {
        holes = new Extents(List.of(), inode.size(), inode.size() > 0);
      }
    }
    return new PushTask(
        number,
        step,
        intent.attempt(),
        attributes(step, inode, wanted, named),
        identity,
        replaced,
        source,
        body,
        file,
        holes,
        spool.isSparse(),
        named);
  }

  private MirrorAttributes attributes(
      PushStep step, Inode inode, PushView.Wanted wanted, PushView.@Nullable Named named) {
    MirrorAttributes attributes;
    PushView.Named holder = wanted.holder();
    if (step.what() == PushStep.What.LINK && holder != null) {
      attributes =
          MirrorAttributes.ofType(MirrorAttributes.TYPE_HARD_LINK)
              .path(MirrorAttributes.TARGET, holder.path());
    } else {
      Inode shown = inode.isDirectory() ? inode : inode.withLinks(wanted.names().size());
      attributes = MirrorAttributes.of(shown.stat(index.head().device(), 0)).xattrs(inode.xattrs());
      if (inode.body() instanceof Body.InObject object) {
        content(attributes, object);
      }
    }
    if (named != null && !MirrorKeys.saysPath(step.key())) {
      attributes.path(MirrorAttributes.PATH, named.path());
    }
    return attributes;
  }

  private static void content(MirrorAttributes attributes, Body.InObject object) {
    Sha256 sha256 = object.sha256();
    Sha256 bodySha256 = object.bodySha256();
    Crc32c crc32c = object.crc32c();
    if (sha256 != null) {
      attributes.put(MirrorAttributes.SHA256, sha256.toString());
    }
    if (crc32c != null) {
      attributes.put(MirrorAttributes.CRC32C, crc32c.toString());
    }
    if (object.extents().isPacked()) {
      attributes.put(MirrorAttributes.EXTENTS, object.extents().text());
      if (bodySha256 != null) {
        attributes.put(MirrorAttributes.BODY_SHA256, bodySha256.toString());
      }
    }
  }

  /** Writes down what a step did. */
  private void apply(PushTask.Outcome outcome) throws IOException {
    PushTask task = outcome.task();
    PushStep step = task.step();
    hide(index.object(step.key()));
    ObjectInfo info = outcome.info();
    if (info == null) {
      index.removeObject(step.key());
      return;
    }
    Inode inode = index.existing(step.inode());
    PushView.Named named = task.named();
    PushView.Named holder = view.wanted(inode).holder();
    boolean isLink = step.what() == PushStep.What.LINK;
    index.put(
        new StoredObject(
            step.key(),
            info.etag(),
            info.size(),
            FileTime.of(info.lastModified()),
            outcome.side(),
            task.identity(),
            null,
            step.inode(),
            named == null ? 0 : named.directory(),
            named == null ? PathBytes.EMPTY : named.name(),
            isLink && holder != null ? holder.path() : PathBytes.EMPTY,
            isLink ? null : IndexCodec.attributesDigest(inode)));
    if (named != null && named.directory() != 0) {
      index.link(
          new Entry(named.directory(), named.name(), inode.number(), inode.type()), step.key());
    }
    Body.InObject body = outcome.body();
    if (body != null) {
      if (inode.body() instanceof Body.Spooled old) {
        spool.remove(old.number());
      }
      index.put(inode.withBody(inode.size(), body));
      Set<Change> left = index.changes(inode.number());
      left.remove(Change.BYTES);
      left.add(Change.ATTRIBUTES); // until all of it is settled
      index.setChanges(inode.number(), left);
    } else if (task.source() != null && inode.body() instanceof Body.InObject object) {
      index.put(inode.withBody(inode.size(), object.at(step.key(), info.etag())));
    }
  }

  /** The name that an object showed is not shown there any more. */
  private void hide(@Nullable StoredObject old) throws IOException {
    if (old == null || old.directory() == 0) {
      return;
    }
    Name row = index.name(old.inode(), old.directory(), old.name());
    Entry entry = index.entry(old.directory(), old.name());
    if (row != null && entry != null && row.key().equals(old.key())) {
      index.link(entry, "");
    }
  }

  @Override
  public void close() {
    ExecutorService there = threads;
    if (there != null) {
      there.shutdown();
    }
  }
}
