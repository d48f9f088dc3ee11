// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import io.kmesh.core.internal.flows.access.EditSender.Change;
import io.kmesh.core.internal.flows.access.EditSender.Seen;
import io.kmesh.core.internal.flows.base.Content;
import io.kmesh.core.internal.flows.replica.Message;
import io.kmesh.core.internal.nio.KmeshFileSystem;
import io.kmesh.core.internal.time.KmeshThreads;
import io.kmesh.flows.FlowProblem;
import io.kmesh.flows.FlowStatus.Unwritten;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.time.KmeshTime;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files that were written here and wait to be written to the source: shown here at once, sent in
 * their order for each path, again until the source answers. Thread-safe.
 */
final class WriteBack implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(WriteBack.class);
  private static final int SENDERS = 4;
  private static final int MOST_EDITS = 100_000;
  private static final int PIECE = 1 << 20;
  private static final int MOST_PROBLEMS = 100;
  private static final Duration AGAIN = Duration.ofSeconds(5);
  private static final Duration END = Duration.ofSeconds(40);

  private final BackJournal journal;
  private final BackSettings settings;
  private final EditSender sender;
  private final Leases leases;
  private final KmeshTime time;
  private final Consumer<BackLog.Done> conflicts;
  private final ThreadPoolExecutor senders =
      KmeshThreads.pool("flow-back", SENDERS, new LinkedBlockingQueue<>());

  /** Held while an edit is added: what a writer saw is compared with what is here by then. */
  private final Object adding = new Object();

  private final TreeMap<Long, Pending> all = new TreeMap<>(); // guarded by this, as all below
  private final Map<PathBytes, Deque<Pending>> byPath = new HashMap<>();
  private final Map<PathBytes, TreeSet<PathBytes>> names = new HashMap<>();

  /** Edits that others follow, or will; how many. */
  private final TreeMap<Long, Integer> held = new TreeMap<>();

  private final Deque<Pending> soon = new ArrayDeque<>();

  private final TreeSet<Pending> later =
      new TreeSet<>(
          Comparator.<Pending>comparingLong(one -> one.due)
              .thenComparingLong(one -> one.edit.number()));

  private final Set<Pending> answered = new LinkedHashSet<>();
  private final List<Waiter> waiters = new ArrayList<>();
  private List<CompletableFuture<Void>> roomWanted = new ArrayList<>();
  private long bytes;
  private int reserved;
  private int inFlight;
  private long taken;
  private long durable;
  private boolean isUp;
  private boolean isClosed;
  private boolean isJournalFailing;
  private KmeshTime.@Nullable Timer timer;

  /** Where an edit stands. */
  private enum State {
    /** It was not sent, by this process or another. */
    NEW,
    /** Somebody writes what takes its place. */
    FROZEN,
    /** It may have been sent. */
    TRIED,
    /** It is being sent. */
    SENT,
    /** The source has it; what is known of the source here does not show it yet. */
    ANSWERED
  }

  /** An edit that waits; guarded by the write-back. */
  static final class Pending {
    private final BackLog.Edit edit;
    private State state;
    private long due;
    private long place;
    private String kept = "";
    private boolean isEnding;
    private @Nullable String failure;

    Pending(BackLog.Edit edit, State state, long due) {
      this.edit = edit;
      this.state = state;
      this.due = due;
    }

    BackLog.Edit edit() {
      return edit;
    }
  }

  /** Somebody waits until edits are at the source. */
  private record Waiter(Set<Pending> left, CompletableFuture<Void> done) {}

  /**
   * Takes what an earlier process left.
   *
   * @param conflicts hears of what was put beside something else at the source
   */
  WriteBack(
      BackJournal journal,
      BackSettings settings,
      EditSender sender,
      Leases leases,
      KmeshTime time,
      Consumer<BackLog.Done> conflicts) {
    this.conflicts = conflicts;
    this.journal = journal;
    this.settings = settings;
    this.sender = sender;
    this.leases = leases;
    this.time = time;
    long now = time.nanoTime();
    for (BackLog.Edit edit : journal.waiting()) {
      bytes += edit.content().size();
      insert(new Pending(edit, State.TRIED, now));
    }
  }

  /** For what waits and is not before another one of its path. */
  private void insert(Pending one) {
    PathBytes path = one.edit.path();
    Deque<Pending> line = byPath.computeIfAbsent(path, p -> new ArrayDeque<>());
    boolean isFirst = line.stream().allMatch(p -> p.state == State.ANSWERED);
    line.addLast(one);
    all.put(one.edit.number(), one);
    if (one.edit.basis().after() != 0) {
      held.merge(one.edit.basis().after(), 1, Integer::sum);
    }
    names.computeIfAbsent(path.parent(), p -> new TreeSet<>()).add(path.name());
    if (isFirst) {
      later.add(one);
    }
  }

  // What is shown.

  /** What was written last at a path, and is not shown by the source's tree yet. */
  synchronized Optional<BackLog.Edit> at(PathBytes path) {
    Deque<Pending> line = byPath.get(path);
    return line == null ? Optional.empty() : Optional.of(line.getLast().edit);
  }

  /** Names in a directory that something was written under. */
  synchronized NavigableSet<PathBytes> in(PathBytes directory) {
    TreeSet<PathBytes> some = names.get(directory);
    return some == null ? new TreeSet<>() : new TreeSet<>(some);
  }

  /** The bytes of an edit. */
  PosixFile bytes(BackLog.Edit edit) throws IOException {
    return journal.bytes(edit.number());
  }

  // Writing.

  /** Where files are written. */
  Drafts drafts() {
    return journal.drafts();
  }

  /**
   * Has the source remember an edit as long as somebody writes what follows it.
   *
   * @return false when it ended meanwhile
   */
  synchronized boolean hold(long number) {
    Pending one = all.get(number);
    if (one == null || one.isEnding) {
      return false;
    }
    held.merge(number, 1, Integer::sum);
    return true;
  }

  /** Ends {@link #hold}. */
  synchronized void release(long number) {
    held.computeIfPresent(number, (k, n) -> n == 1 ? null : n - 1);
  }

  /**
   * Keeps what was written; when this returns it is durable here.
   *
   * @param basis what the writer saw; an edit that it saw is held
   * @param mode of a file that is new at the source
   * @throws FileSystemException when somebody wrote it here since, or there is no room in time
   */
  void add(PathBytes path, BackLog.Basis basis, int mode, Drafts.Draft draft) throws IOException {
    long size = draft.size();
    reserve(path, size);
    boolean isAdded = false;
    try {
      int checksum = checksum(draft.file(), size);
      synchronized (adding) {
        add(path, basis, mode, draft, new Content(size, now()), checksum);
      }
      isAdded = true;
    } finally {
      if (!isAdded) {
        free(size);
      }
      synchronized (this) {
        reserved--;
      }
    }
    leases.forget(path);
    pump();
  }

  private FileTime now() {
    Instant now = time.now();
    return new FileTime(now.getEpochSecond(), now.getNano());
  }

  private void add(
      PathBytes path,
      BackLog.Basis basis,
      int mode,
      Drafts.Draft draft,
      Content content,
      int checksum)
      throws IOException {
    Pending last = lastSeen(path, basis);
    Pending replaced = last != null && last.state == State.FROZEN ? last : null;
    BackLog.Basis at =
        last == null
            ? basis
            : replaced != null ? replaced.edit.basis() : BackLog.Basis.after(last.edit.number());
    BackLog.Edit edit =
        new BackLog.Edit(
            0, path, at, content, checksum, mode, replaced == null ? 0 : replaced.edit.number());
    try {
      edit = journal.add(edit, draft);
    } catch (IOException | RuntimeException e) {
      if (replaced != null) {
        synchronized (this) {
          replaced.state = State.NEW;
        }
      }
      throw e;
    }
    synchronized (this) {
      Pending next = new Pending(edit, State.NEW, time.nanoTime() + settings.delay().toNanos());
      if (replaced != null) {
        next.due = replaced.due; // the delay is that of the first one
        take(replaced, next);
      }
      insert(next);
    }
  }

  /** What was written last at a path; frozen when it is not sent yet. */
  private synchronized @Nullable Pending lastSeen(PathBytes path, BackLog.Basis basis)
      throws FileSystemException {
    if (isClosed) {
      throw new FileSystemException(
          path.toString(), null, "the flow was stopped; what was written since is gone");
    }
    Deque<Pending> line = byPath.get(path);
    if (line == null) {
      return null;
    }
    Pending last = line.getLast();
    if (basis.seen() != null || basis.after() != last.edit.number()) {
      throw new FileSystemException(
          path.toString(), null, "somebody wrote it here since it was opened. Write it again.");
    }
    if (last.state == State.NEW) {
      last.state = State.FROZEN;
    }
    return last;
  }

  /** What waited for one waits for the other. */
  private void take(Pending old, Pending next) {
    for (Waiter waiter : waiters) {
      if (waiter.left.remove(old)) {
        waiter.left.add(next);
      }
    }
    soon.remove(old);
    later.remove(old);
    remove(old);
  }

  private void remove(Pending one) {
    PathBytes path = one.edit.path();
    all.remove(one.edit.number());
    if (one.edit.basis().after() != 0) {
      release(one.edit.basis().after());
    }
    Deque<Pending> line = byPath.get(path);
    if (line != null) {
      line.remove(one);
      if (line.isEmpty()) {
        byPath.remove(path);
        TreeSet<PathBytes> some = names.get(path.parent());
        if (some != null) {
          some.remove(path.name());
          if (some.isEmpty()) {
            names.remove(path.parent());
          }
        }
      }
    }
    freed(one.edit.content().size());
  }

  private static int checksum(PosixFile file, long size) throws IOException {
    CRC32C crc = new CRC32C();
    ByteBuffer piece = ByteBuffer.allocate((int) Math.max(1, Math.min(PIECE, size)));
    long at = 0;
    while (at < size) {
      piece.clear().limit((int) Math.min(piece.capacity(), size - at));
      int count = file.read(piece, at);
      if (count <= 0) {
        throw new IOException("it ends at " + at + " of " + size + " bytes");
      }
      at += count;
      crc.update(piece.flip());
    }
    return (int) crc.getValue();
  }

  /** Waits for room. */
  private void reserve(PathBytes path, long size) throws IOException {
    if (size > settings.unsent()) {
      throw new FileSystemException(
          path.toString(),
          null,
          "it has "
              + size
              + " bytes, and the flow keeps at most "
              + settings.unsent()
              + " that wait to be written back. Declare more, or write it at the source");
    }
    long deadline = time.nanoTime() + settings.room().toNanos();
    while (true) {
      CompletableFuture<Void> room;
      synchronized (this) {
        if (bytes + size <= settings.unsent() && all.size() + reserved < MOST_EDITS) {
          bytes += size;
          reserved++;
          return;
        }
        room = new CompletableFuture<>();
        roomWanted.add(room);
        hurry(all.values());
      }
      pump();
      try {
        room.get(Math.max(0, deadline - time.nanoTime()), TimeUnit.NANOSECONDS);
      } catch (TimeoutException | ExecutionException e) {
        throw full(path, e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        InterruptedIOException interrupted =
            new InterruptedIOException("Cannot write " + path + ": the wait was interrupted.");
        interrupted.initCause(e);
        throw interrupted;
      }
    }
  }

  private FileSystemException full(PathBytes path, Exception cause) {
    Unwritten now = status();
    FileSystemException full =
        new FileSystemException(
            path.toString(),
            null,
            "no room came within "
                + settings.room()
                + ": "
                + now.edits()
                + " files of "
                + now.bytes()
                + " bytes wait to be written back, and "
                + (isReached() ? "the source takes them slowly" : "the source is not reached")
                + ". Write it again when the flow's status tells of less");
    full.initCause(cause);
    return full;
  }

  private synchronized boolean isReached() {
    return isUp;
  }

  private synchronized void free(long size) {
    freed(size);
  }

  private void freed(long size) {
    bytes -= size;
    List<CompletableFuture<Void>> told = roomWanted;
    roomWanted = new ArrayList<>();
    told.forEach(one -> one.complete(null));
  }

  // Sending.

  /** The source is reached. */
  void reached() {
    synchronized (this) {
      isUp = true;
    }
    pump();
  }

  /** The source is not reached any more. */
  synchronized void parted() {
    isUp = false;
  }

  /** Has some sent without delay. */
  private void hurry(Iterable<Pending> some) {
    Set<Pending> hurried = new HashSet<>();
    some.forEach(hurried::add);
    for (Iterator<Pending> rest = later.iterator(); rest.hasNext(); ) {
      Pending one = rest.next();
      if (hurried.contains(one)) {
        rest.remove();
        soon.addLast(one);
      }
    }
  }

  /** Sends what is due. */
  private void pump() {
    synchronized (this) {
      long now = time.nanoTime();
      while (!later.isEmpty() && later.first().due - now <= 0) {
        soon.addLast(later.pollFirst());
      }
      for (Iterator<Pending> rest = soon.iterator();
          isUp && !isClosed && inFlight < SENDERS && rest.hasNext(); ) {
        Pending one = rest.next();
        if (one.state == State.NEW || one.state == State.TRIED) {
          rest.remove();
          one.state = State.SENT;
          inFlight++;
          senders.execute(() -> send(one));
        }
      }
      if (timer == null && !later.isEmpty() && !isClosed) {
        Duration left = Duration.ofNanos(Math.max(1, later.first().due - now));
        timer = time.schedule(left, this::wake);
      }
    }
  }

  private void wake() {
    synchronized (this) {
      timer = null;
    }
    pump();
  }

  private synchronized long settled() {
    long least = journal.settled();
    return held.isEmpty() ? least : Math.min(least, held.firstKey());
  }

  private void send(Pending one) {
    BackLog.Edit edit = one.edit;
    try (PosixFile file = journal.bytes(edit.number())) {
      if (file.stat().size() != edit.content().size()
          || checksum(file, edit.content().size()) != edit.checksum()) {
        throw new ProviderException(
            ErrorKind.CORRUPT,
            "Its bytes are damaged here. Write the file anew, or remove it at the source's site.");
      }
      Seen seen = edit.basis().seen();
      BackTicket ticket =
          new BackTicket(
              journal.id(), edit.number(), edit.basis().after(), settled(), edit.content().mtime());
      Change change =
          Change.of(Message.Action.WRITE_BACK, edit.path())
              .numbers(edit.content().size(), edit.mode())
              .value(ticket.write());
      Message.Edited edited =
          sender.ask(seen == null ? change : change.seen(seen), file, edit.content().size());
      switch (edited.outcome()) {
        case DONE -> answered(one, edited.place(), "");
        case BESIDE -> answered(one, edited.place(), edited.reason());
        default -> failed(one, edited.reason());
      }
    } catch (ProviderException e) {
      boolean isOfTheWay = e.kind() == ErrorKind.TRANSIENT || e.kind() == ErrorKind.UNKNOWN_OUTCOME;
      failed(one, isOfTheWay ? null : String.valueOf(e.getMessage()));
    } catch (IOException | RuntimeException e) {
      failed(one, String.valueOf(e.getMessage()));
    } finally {
      synchronized (this) {
        inFlight--;
      }
      pump();
    }
  }

  private void answered(Pending one, long place, String kept) {
    synchronized (this) {
      one.state = State.ANSWERED;
      one.place = place;
      one.kept = kept;
      one.failure = null;
      Deque<Pending> line = byPath.get(one.edit.path());
      Pending next =
          line == null
              ? null
              : line.stream().filter(p -> p.state != State.ANSWERED).findFirst().orElse(null);
      if (next != null) {
        soon.addLast(next);
      }
      answered.add(one);
    }
    leases.forget(one.edit.path());
    endAnswered();
  }

  private void failed(Pending one, @Nullable String why) {
    List<CompletableFuture<Void>> told = new ArrayList<>();
    synchronized (this) {
      one.state = State.TRIED;
      one.failure = why;
      if (why == null && !isUp) {
        soon.addFirst(one); // when the link is back
      } else if (!isClosed) {
        KmeshTime.Timer unused = time.schedule(AGAIN, () -> again(one));
      }
      if (why != null) {
        for (Iterator<Waiter> rest = waiters.iterator(); rest.hasNext(); ) {
          Waiter waiter = rest.next();
          if (waiter.left.contains(one)) {
            rest.remove();
            told.add(waiter.done);
          }
        }
      }
    }
    if (why != null) {
      LOG.warn("{} is not written back, and waits: {}", one.edit.path(), why);
    }
    told.forEach(
        done ->
            done.completeExceptionally(
                new ProviderException(
                    ErrorKind.PRECONDITION,
                    "Cannot write " + one.edit.path() + " back: " + why + " It waits here.")));
  }

  private void again(Pending one) {
    synchronized (this) {
      if (isClosed) {
        return;
      }
      soon.addLast(one);
    }
    pump();
  }

  /** What the source told up to a place of its log is here, not durably yet. */
  synchronized void taken(long place) {
    taken = Math.max(taken, place);
  }

  /** What {@link #taken} was told of is durable. */
  void committed() {
    synchronized (this) {
      durable = taken;
    }
    endAnswered();
  }

  /** Ends what the source's tree shows here by now, or what something newer hides. */
  private void endAnswered() {
    List<Pending> ending = new ArrayList<>();
    synchronized (this) {
      for (Iterator<Pending> rest = answered.iterator(); rest.hasNext(); ) {
        Pending one = rest.next();
        Deque<Pending> line = byPath.get(one.edit.path());
        if (one.place <= durable || (line != null && line.getLast() != one)) {
          rest.remove();
          one.isEnding = true;
          ending.add(one);
        }
      }
    }
    if (!ending.isEmpty()) {
      end(ending);
    }
  }

  private void end(List<Pending> ending) {
    List<BackLog.Done> done = new ArrayList<>();
    for (Pending one : ending) {
      BackLog.Edit edit = one.edit;
      done.add(new BackLog.Done(edit.number(), edit.path(), one.kept, edit.content().mtime()));
    }
    try {
      journal.done(done);
    } catch (IOException e) {
      boolean isNew;
      synchronized (this) {
        answered.addAll(ending);
        ending.forEach(one -> one.isEnding = false);
        isNew = !isJournalFailing;
        isJournalFailing = true;
      }
      if (isNew) {
        LOG.warn("What was written back is not noted yet: {}", e.getMessage());
      }
      return;
    }
    List<CompletableFuture<Void>> told = new ArrayList<>();
    synchronized (this) {
      isJournalFailing = false;
      for (Pending one : ending) {
        remove(one);
      }
      for (Iterator<Waiter> rest = waiters.iterator(); rest.hasNext(); ) {
        Waiter waiter = rest.next();
        ending.forEach(waiter.left::remove);
        if (waiter.left.isEmpty()) {
          rest.remove();
          told.add(waiter.done);
        }
      }
    }
    told.forEach(waiting -> waiting.complete(null));
    done.stream().filter(one -> !one.kept().isEmpty()).forEach(conflicts);
  }

  // Waiting, and how it stands.

  /**
   * Has what was written at a path and below sent at once.
   *
   * @return done when the source has it, and that is known here; fails when it can't be written
   */
  CompletableFuture<Void> writtenBack(PathBytes path) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    synchronized (this) {
      Set<Pending> left = new HashSet<>();
      for (Pending one : all.values()) {
        if (one.edit.path().isAtOrBelow(path)) {
          left.add(one);
        }
      }
      if (left.isEmpty() || isClosed) {
        done.complete(null); // what stops fails those who wait by itself
        return done;
      }
      hurry(left);
      waiters.add(new Waiter(left, done));
    }
    pump();
    return done;
  }

  /**
   * Waits until the source has what was written at a path and below, before another change there.
   *
   * @throws ProviderException TRANSIENT when the source is not reached, or takes too long
   */
  void settle(PathBytes path) throws IOException {
    CompletableFuture<Void> done = writtenBack(path);
    if (done.isDone() && !done.isCompletedExceptionally()) {
      return;
    }
    if (!isReached()) {
      throw new ProviderException(
          ErrorKind.TRANSIENT,
          "Cannot change "
              + path
              + ": what was written there waits to be written back, and the source is not reached."
              + " Bring the link back, and try again.");
    }
    try {
      done.get(AccessSettings.LIMIT.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new ProviderException(
          ErrorKind.TRANSIENT,
          "Cannot change "
              + path
              + ": what was written there is not written back within "
              + AccessSettings.LIMIT
              + ". The flow's status tells how it stands.",
          e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      InterruptedIOException interrupted =
          new InterruptedIOException("Cannot change " + path + ": the wait was interrupted.");
      interrupted.initCause(e);
      throw interrupted;
    }
  }

  /** What waits. */
  synchronized Unwritten status() {
    long size = 0;
    long count = 0;
    FileTime since = null;
    for (Pending one : all.values()) {
      if (one.state != State.ANSWERED) {
        count++;
        size += one.edit.content().size();
        since = since == null ? one.edit.content().mtime() : since;
      }
    }
    return new Unwritten(
        count,
        size,
        Optional.ofNullable(since).map(at -> Instant.ofEpochSecond(at.seconds(), at.nanos())));
  }

  /** What can't be written back, and what was put beside something else. */
  List<FlowProblem> problems() {
    List<FlowProblem> problems = new ArrayList<>();
    synchronized (this) {
      for (Pending one : all.values()) {
        if (one.failure != null && problems.size() < MOST_PROBLEMS) {
          problems.add(
              new FlowProblem(
                  one.edit.path().toString(), "It is not written back yet: " + one.failure));
        }
      }
    }
    for (BackLog.Done conflict : journal.conflicts()) {
      if (problems.size() < MOST_PROBLEMS) {
        problems.add(new FlowProblem(conflict.path().toString(), describe(conflict)));
      }
    }
    return problems;
  }

  /**
   * What was put beside something else.
   *
   * @param files the flow's tree as its writers see it; stays the caller's
   */
  BackConflicts conflicts(KmeshFileSystem files) {
    return new BackConflicts(journal, files);
  }

  /** What became of a conflict, for people. */
  static String describe(BackLog.Done conflict) {
    return "It was changed at the source since it was seen here: what was written here is there as "
        + conflict.kept()
        + ".";
  }

  /** Stops sending; what waits stays in the journal. */
  @Override
  public void close() throws IOException {
    List<CompletableFuture<Void>> told = new ArrayList<>();
    synchronized (this) {
      isClosed = true;
      if (timer != null) {
        timer.cancel();
      }
      waiters.forEach(waiter -> told.add(waiter.done));
      waiters.clear();
      told.addAll(roomWanted);
      roomWanted.clear();
    }
    ProviderException stopped =
        new ProviderException(
            ErrorKind.TRANSIENT,
            "The flow was stopped; what was written waits until it is started again.");
    told.forEach(one -> one.completeExceptionally(stopped));
    sender.parted(); // nobody answers any more
    senders.shutdown();
    KmeshThreads.awaitEnd(senders, END);
    synchronized (adding) {
      journal.close();
    }
  }
}
