// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.hsm;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.CurrentAction;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmReport;
import io.kmesh.lustre.HsmState;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.HsmRequest;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.LustreHsm;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * Brings files to a goal through the coordinator: asks for many, watches them from the oldest on,
 * asks again for those whose action ended without reaching it, and gives up by name. Running it
 * again after a crash does only what is left. One thread.
 */
public final class HsmJob {
  /** Looks closer at a file that reached the goal: a problem's words, or empty when it holds. */
  public interface Proof {
    /** Whether a file's goal is proved. */
    Optional<String> check(PathBytes path, Fid fid, HsmState state) throws IOException;
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
  private long found;
  private long bytesFound;

  /** A file that waits for its goal. */
  private static final class Waiting {
    final PathBytes path;
    final Fid fid;
    final long size;
    int attempts;
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
        lustre.tree(),
        path,
        new FileWalk.Visitor() {
          @Override
          public void file(PathBytes file, PosixDirectory directory, PathBytes name, FileStat stat)
              throws IOException {
            try {
              add(file, lustre.identity().fid(directory, name), stat.size());
            } catch (ProviderException e) {
              settleFailure(file, e);
            }
          }

          @Override
          public void failed(PathBytes file, IOException failure) throws IOException {
            settleFailure(file, failure);
          }
        });
    return finish();
  }

  private void settleFailure(PathBytes path, IOException e) throws IOException {
    if (e instanceof ProviderException p && p.kind() == ErrorKind.CANCELLED) {
      throw e;
    }
    report.failed(path, String.valueOf(e.getMessage()));
  }

  /** Takes one file into the job. */
  public void add(PathBytes path, Fid fid, long size) throws IOException {
    context.checkCancelled();
    found++;
    bytesFound += size;
    HsmState state = hsm.state(fid);
    if (goal.isReached(state, archive)) {
      Optional<String> problem = proof.check(path, fid, state);
      if (problem.isEmpty()) {
        report.unchanged();
      } else {
        report.failed(path, problem.get());
      }
      tell();
      return;
    }
    Optional<String> obstacle = goal.obstacle(state, archive);
    if (obstacle.isPresent()) {
      report.failed(path, obstacle.get());
      return;
    }
    batch.add(new Waiting(path, fid, size));
    if (batch.size() >= BATCH) {
      submit();
      poll();
    }
    while (outstanding.size() >= OUTSTANDING) {
      watch();
    }
  }

  /** Waits for what is outstanding. */
  public HsmReport finish() throws IOException {
    submit();
    Duration pause = FIRST_POLL;
    while (!outstanding.isEmpty()) {
      context.checkCancelled();
      if (poll()) {
        pause = FIRST_POLL;
      } else {
        sleep(pause);
        pause = longer(pause);
      }
      submit();
    }
    tell();
    return report.build();
  }

  private void watch() throws IOException {
    Duration pause = FIRST_POLL;
    while (!poll()) {
      context.checkCancelled();
      sleep(pause);
      pause = longer(pause);
    }
    submit();
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
      for (Waiting w : asked) {
        w.attempts++;
        outstanding.add(w);
      }
    } catch (ProviderException e) {
      if (e.errno().filter(Errno.EAGAIN::equals).isPresent()) {
        throw e;
      }
      submitOneByOne(asked);
    }
  }

  /** One refused file must not take the others of its batch with it. */
  private void submitOneByOne(List<Waiting> asked) throws IOException {
    for (Waiting w : asked) {
      w.attempts++;
      try {
        hsm.request(HsmRequest.of(goal.action(), archive, List.of(w.fid)));
        outstanding.add(w);
      } catch (ProviderException e) {
        if (e.errno().filter(Errno.EAGAIN::equals).isPresent()) {
          throw e;
        }
        report.failed(w.path, String.valueOf(e.getMessage()));
      }
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
        Optional<String> problem = proof.check(w.path, w.fid, state);
        if (problem.isEmpty()) {
          report.done(w.size);
        } else {
          report.failed(w.path, problem.get());
        }
        return true;
      }
      CurrentAction action = hsm.currentAction(w.fid);
      if (action.phase() != CurrentAction.Phase.IDLE) {
        w.idleSince = -1;
        return false;
      }
    } catch (ProviderException e) {
      settleFailure(w.path, e);
      return true;
    }
    return settleIdle(w, state);
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
    if (w.attempts < ATTEMPTS && goal.obstacle(state, archive).isEmpty()) {
      batch.add(w);
    } else {
      report.failed(
          w.path,
          "its "
              + goal.action().name().toLowerCase(java.util.Locale.ROOT)
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

  private void sleep(Duration pause) throws IOException {
    try {
      time.sleep(pause);
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
