// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.hsm;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.CurrentAction;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.lustre.HsmReport;
import io.kmesh.lustre.HsmState;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.HsmRequest;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.LustreHsm;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Brings files to a goal through the coordinator: asks for many, watches them from the oldest on,
 * asks again for those whose action ended without reaching it, and gives up by name. Running it
 * again after a crash does only what is left. One thread.
 */
public final class HsmJob {
  /** Looks closer at a file that reached the goal. */
  @FunctionalInterface
  public interface Proof {
    /** Takes the flags' word for it. */
    Proof NONE = (path, fid, state) -> Optional.empty();

    /** Why a file's goal is not proved; empty when it is. */
    Optional<Doubt> check(PathBytes path, Fid fid, HsmState state) throws IOException;
  }

  /**
   * Why a goal is not proved.
   *
   * @param words why, and what to do
   * @param cure what would help
   */
  public record Doubt(String words, Cure cure) {}

  /** What helps against a doubt. */
  public enum Cure {
    /** Nothing that a job can do. */
    NONE,
    /** The data are here, and archiving them again makes a sound copy. */
    ARCHIVE_AGAIN
  }

  private static final int BATCH = 256;
  private static final int OUTSTANDING = 8192;
  private static final int WATCHED = 128;
  private static final int ATTEMPTS = 3;
  private static final Duration FIRST_POLL = Duration.ofMillis(1);
  private static final Duration LAST_POLL = Duration.ofSeconds(2);

  /**
   * How long a file may be neither at its goal nor on its way before its action counts as failed.
   */
  private static final Duration IDLE_GRACE = Duration.ofMillis(500);

  /** How often a look at a file may fail in a way that may pass. */
  private static final int LOOKS = 8;

  private final LustreBinding lustre;
  private final LustreHsm hsm;
  private final KmeshTime time;
  private final HsmGoal goal;
  private final ArchiveId archive;
  private final Proof proof;
  private final JobContext context;
  private final ReportBuilder report = new ReportBuilder();
  private final List<Waiting> batch = new ArrayList<>();
  private final ArrayDeque<Waiting> outstanding = new ArrayDeque<>();
  private Duration pause = FIRST_POLL;
  private long found;
  private long bytesFound;

  /** A file that waits for its goal. */
  private static final class Waiting {
    final PathBytes path;
    final Fid fid;
    final long size;
    int attempts;
    boolean wasCured;
    int troubles; // looks that failed and may succeed another time
    long idleSince = -1;

    Waiting(PathBytes path, Fid fid, long size) {
      this.path = path;
      this.fid = fid;
      this.size = size;
    }
  }

  /**
   * A job.
   *
   * @param archive the archive that is asked; {@link ArchiveId#ANY} for whichever
   * @param proof looks closer at each file that reached the goal
   */
  public HsmJob(
      LustreBinding lustre,
      KmeshTime time,
      HsmGoal goal,
      ArchiveId archive,
      Proof proof,
      JobContext context) {
    this.lustre = lustre;
    this.hsm = lustre.hsm();
    this.time = time;
    this.goal = goal;
    this.archive = archive;
    this.proof = proof;
    this.context = context;
  }

  /** Does it for all regular files at and below a path. */
  public HsmReport runTree(PathBytes path) throws IOException {
    FileWalk.walk(
        lustre,
        path,
        new FileWalk.FidVisitor() {
          @Override
          public void file(PathBytes file, Fid fid, long size) throws IOException {
            add(file, fid, size);
          }

          @Override
          public void failed(PathBytes file, IOException failure) throws IOException {
            checkCancelled();
            report.failed(file, failure);
          }
        });
    return finish();
  }

  /**
   * Takes one file into the job.
   *
   * @throws IOException when the job is to stop, or the coordinator is off; a failure of the file
   *     stands in the report
   */
  public void add(PathBytes path, Fid fid, long size) throws IOException {
    checkCancelled();
    found++;
    bytesFound += size;
    if (!settleAtOnce(new Waiting(path, fid, size))) {
      if (batch.size() >= BATCH) {
        submit();
        poll();
      }
      while (outstanding.size() >= OUTSTANDING) {
        pollOrPause();
      }
    }
    tell();
  }

  /** Settles a file that needs no request; others go into the batch. */
  private boolean settleAtOnce(Waiting w) throws IOException {
    try {
      HsmState state = hsm.state(w.fid);
      if (goal.isReached(state, archive)) {
        return settleReached(w, state);
      }
      Optional<String> obstacle = goal.obstacle(state, archive);
      if (obstacle.isPresent()) {
        report.failed(w.path, ErrorKind.PRECONDITION, obstacle.get());
        return true;
      }
      if (goal == HsmGoal.ARCHIVED && state.has(HsmFlag.ARCHIVED) && !state.has(HsmFlag.DIRTY)) {
        markDirty(w.fid); // its copy is LOST, its data are here
      }
    } catch (IOException e) {
      if (mayLookAgain(w, e)) {
        outstanding.add(w);
      } else {
        report.failed(w.path, e);
      }
      return true;
    }
    batch.add(w);
    return false;
  }

  /** The flags say that the goal is reached. */
  private boolean settleReached(Waiting w, HsmState state) throws IOException {
    Optional<Doubt> doubt = proof.check(w.path, w.fid, state);
    if (doubt.isEmpty()) {
      if (w.attempts == 0) {
        report.unchanged();
      } else {
        report.done(w.size);
      }
      return true;
    }
    if (doubt.get().cure() == Cure.ARCHIVE_AGAIN && !w.wasCured) {
      markDirty(w.fid);
      w.wasCured = true;
      batch.add(w);
      return false;
    }
    report.failed(w.path, ErrorKind.PRECONDITION, doubt.get().words());
    return true;
  }

  /** The coordinator archives nothing that is archived and not dirty. */
  private void markDirty(Fid fid) throws IOException {
    hsm.changeState(fid, Set.of(HsmFlag.DIRTY), Set.of(), ArchiveId.ANY);
  }

  /** Waits for what is outstanding. */
  public HsmReport finish() throws IOException {
    submit();
    while (!outstanding.isEmpty()) {
      pollOrPause();
    }
    tell();
    return report.build();
  }

  /** What the first file that failed ran into. */
  public ErrorKind firstFailure() {
    return report.firstFailure();
  }

  private void pollOrPause() throws IOException {
    checkCancelled();
    if (poll()) {
      pause = FIRST_POLL;
    } else {
      sleep(pause);
      pause = longer(pause);
    }
    submit();
  }

  private void checkCancelled() throws ProviderException {
    try {
      context.checkCancelled();
    } catch (ProviderException e) {
      if (context.isCancelledForGood()) {
        withdraw();
      }
      throw e;
    }
  }

  /**
   * Takes back the archive requests that wait. Restores go on, since a reader may wait for one, and
   * so do removals.
   */
  private void withdraw() {
    if (goal != HsmGoal.ARCHIVED) {
      return;
    }
    List<Fid> fids = outstanding.stream().map(w -> w.fid).toList();
    outstanding.clear();
    for (int i = 0; i < fids.size(); i += BATCH) {
      try {
        hsm.request(
            HsmRequest.of(
                HsmActionKind.CANCEL,
                ArchiveId.ANY,
                fids.subList(i, Math.min(i + BATCH, fids.size()))));
      } catch (IOException e) {
        return; // they are archived, which harms nothing
      }
    }
  }

  private static Duration longer(Duration pause) {
    Duration doubled = pause.multipliedBy(2);
    return doubled.compareTo(LAST_POLL) < 0 ? doubled : LAST_POLL;
  }

  private void submit() throws IOException {
    if (batch.isEmpty()) {
      return;
    }
    List<Waiting> asked = new ArrayList<>(batch);
    batch.clear();
    try {
      hsm.request(HsmRequest.of(goal.action(), archive, asked.stream().map(w -> w.fid).toList()));
    } catch (ProviderException e) {
      requireOn(e);
      submitOneByOne(asked);
      return;
    }
    for (Waiting w : asked) {
      w.attempts++;
      outstanding.add(w);
    }
  }

  /** One refused file must not take the others of its batch with it; a second request is none. */
  private void submitOneByOne(List<Waiting> asked) throws IOException {
    for (Waiting w : asked) {
      w.attempts++;
      try {
        hsm.request(HsmRequest.of(goal.action(), archive, List.of(w.fid)));
      } catch (ProviderException e) {
        requireOn(e);
        // With the policy NonBlockingRestore this is how a queued restore is answered.
        boolean isQueued =
            goal == HsmGoal.RECALLED && e.errno().filter(Errno.ENODATA::equals).isPresent();
        if (!isQueued) {
          report.failed(w.path, e);
          continue;
        }
      }
      outstanding.add(w);
    }
  }

  private static void requireOn(ProviderException e) throws ProviderException {
    if (e.errno().filter(Errno.EAGAIN::equals).isPresent()) {
      throw e;
    }
  }

  /** Looks at the oldest ones; the coordinator serves them about in that order. */
  private boolean poll() throws IOException {
    boolean progressed = false;
    int waiting = 0;
    Iterator<Waiting> oldest = outstanding.iterator();
    while (oldest.hasNext() && waiting < WATCHED) {
      Waiting w = oldest.next();
      if (settle(w)) {
        oldest.remove();
        progressed = true;
      } else {
        waiting++;
      }
    }
    if (progressed) {
      tell();
    }
    return progressed;
  }

  private boolean settle(Waiting w) throws IOException {
    HsmState state;
    try {
      state = hsm.state(w.fid);
      if (goal.isReached(state, archive)) {
        settleReached(w, state);
        return true;
      }
      CurrentAction action = hsm.currentAction(w.fid);
      if (action.phase() != CurrentAction.Phase.IDLE) {
        w.idleSince = -1;
        return false;
      }
    } catch (IOException e) {
      if (mayLookAgain(w, e)) {
        return false;
      }
      report.failed(w.path, e);
      return true;
    }
    return settleIdle(w, state);
  }

  /** A look changes nothing: one that failed for a moment is repeated with the next poll. */
  private static boolean mayLookAgain(Waiting w, IOException e) {
    return ProviderException.kindOfRead(e).isRetryable() && w.troubles++ < LOOKS;
  }

  /** Neither there nor on the way: the action failed, or the file changed behind it. */
  private boolean settleIdle(Waiting w, HsmState state) {
    long now = time.nanoTime();
    if (w.idleSince < 0) {
      w.idleSince = now;
      return false;
    }
    if (now - w.idleSince < IDLE_GRACE.toNanos()) {
      return false;
    }
    w.idleSince = -1;
    Optional<String> obstacle = goal.obstacle(state, archive);
    if (obstacle.isPresent()) {
      report.failed(w.path, ErrorKind.PRECONDITION, obstacle.get());
    } else if (w.attempts < ATTEMPTS) {
      batch.add(w);
    } else {
      report.failed(
          w.path,
          ErrorKind.TRANSIENT,
          "its "
              + goal.action().name().toLowerCase(Locale.ROOT)
              + " ended "
              + w.attempts
              + " times without success (state "
              + state
              + "). Look at the copytool's log for "
              + w.fid
              + ".");
    }
    return true;
  }

  private void sleep(Duration duration) throws IOException {
    try {
      time.sleep(duration);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ProviderException(
          ErrorKind.CANCELLED, "Cannot go on waiting for the coordinator: interrupted.", e);
    }
  }

  private void tell() {
    context.progress(report.settled(), found, report.bytes(), bytesFound);
  }
}
