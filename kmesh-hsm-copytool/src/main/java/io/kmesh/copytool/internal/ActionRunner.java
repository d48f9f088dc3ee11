// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.internal;

import io.kmesh.copytool.internal.ActiveAction.Origin;
import io.kmesh.copytool.internal.ActiveAction.Stop;
import io.kmesh.copytool.internal.CoordinatorLink.Answer;
import io.kmesh.copytool.internal.CoordinatorLink.Away;
import io.kmesh.copytool.internal.CoordinatorLink.Reply;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.ActionItem;
import io.kmesh.spi.lustre.CopytoolSession.Retry;
import io.kmesh.spi.lustre.HsmRequest;
import io.kmesh.spi.lustre.LustreHsm;
import io.kmesh.spi.lustre.RunningAction;
import io.kmesh.spi.observe.KmeshEvent.Severity;
import java.io.IOException;
import java.util.List;

/**
 * Brings one item to its end: begin, let the back end work, tell the coordinator. Every way out has
 * an outcome, so that no item is forgotten and no slot kept. Thread-safe.
 */
final class ActionRunner {
  private final LustreHsm hsm;
  private final CoordinatorLink link;
  private final BackendWork work;
  private final ActionJournal journal;
  private final Events events;
  private final Counters counters;

  ActionRunner(
      LustreHsm hsm,
      CoordinatorLink link,
      BackendWork work,
      ActionJournal journal,
      Events events,
      Counters counters) {
    this.hsm = hsm;
    this.link = link;
    this.work = work;
    this.journal = journal;
    this.events = events;
    this.counters = counters;
  }

  /** Works on an item and says what became of it; throws nothing but what stops the process. */
  Outcome run(ActiveAction active) {
    try {
      if (active.origin() == Origin.TO_ASK_ANEW) {
        return askAnew(active);
      }
      Stop stop = active.stop();
      if (stop != Stop.NONE) {
        return stopped(active, stop);
      }
      return isAwaited(active) ? begin(active) : dropped(active);
    } catch (Away e) {
      return later(active, e);
    } catch (IOException | RuntimeException | Error e) {
      events.action(
          Severity.ERROR,
          "copytool.action.broken",
          active.item(),
          "Cannot " + Words.of(active.item()) + " now: " + e + ". It is tried again.");
      return later(active, e);
    }
  }

  private Outcome later(ActiveAction active, Throwable e) {
    if (active.stop() == Stop.PARKED) {
      return Outcome.PARKED;
    }
    events.action(
        Severity.WARNING,
        "copytool.action.again",
        active.item(),
        "Cannot tell the coordinator of "
            + Words.of(active.item())
            + " now: "
            + e.getMessage()
            + " It is tried again in "
            + Backoff.after(active.tries()).toMillis()
            + " ms.");
    return Outcome.AGAIN;
  }

  /**
   * What came a while ago may be over, and the file archived anew since: a REMOVE that nobody waits
   * for must not touch its object. Beginning tells it for a fresh ARCHIVE or RESTORE, not for a
   * REMOVE.
   */
  private boolean isAwaited(ActiveAction active) throws Away {
    ActionItem item = active.item();
    if (active.origin() == Origin.SENT && item.action() != HsmActionKind.REMOVE) {
      return true;
    }
    Answer answer = link.keepAlive(item).answer();
    if (answer == Answer.CANCELLED) {
      active.stop(Stop.CANCELLED);
    }
    return answer != Answer.UNKNOWN;
  }

  private Outcome begin(ActiveAction active) throws IOException {
    if (active.stop() != Stop.NONE) {
      return stopped(active, active.stop());
    }
    RunningAction running;
    try {
      running = link.begin(active.item());
    } catch (Away e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      return failUnbegun(active, e);
    }
    try {
      return begun(active, running);
    } finally {
      free(active, running);
    }
  }

  private void free(ActiveAction active, RunningAction running) {
    try {
      running.close();
    } catch (IOException e) {
      events.action(
          Severity.WARNING,
          "copytool.handle.unclosed",
          active.item(),
          "Closing the handle of " + Words.of(active.item()) + " failed: " + e.getMessage());
    }
  }

  private Outcome begun(ActiveAction active, RunningAction running) throws IOException {
    boolean mayBeBound =
        active.item().action() == HsmActionKind.RESTORE && active.origin() != Origin.SENT;
    if (mayBeBound) {
      // Asked before the copy, since its end would be refused.
      Answer answer = link.bind(running).answer();
      if (answer == Answer.BOUND_ELSEWHERE) {
        return Outcome.ASK_ANEW;
      }
    }
    BackendWork.Work done;
    try {
      done = work.run(active, running);
    } catch (IOException | RuntimeException | Error e) {
      Stop stop = active.stop();
      return stop == Stop.NONE || stop == Stop.CANCELLED
          ? failBegun(active, running, e)
          : stopped(active, stop);
    }
    try (done) {
      return succeed(active, running, done);
    }
  }

  private Outcome succeed(ActiveAction active, RunningAction running, BackendWork.Work done)
      throws Away {
    Reply reply = link.succeed(running);
    switch (reply.answer()) {
      case TAKEN -> {
        done.settle();
        return Outcome.DONE;
      }
      case UNKNOWN -> {
        return dropped(active);
      }
      case BOUND_ELSEWHERE -> {
        return Outcome.ASK_ANEW;
      }
      case CANCELLED, REFUSED -> {
        note(active, reply.orThrow());
        return Outcome.ENDED;
      }
    }
    throw new AssertionError(reply);
  }

  /** Ends an item that should stop, as far as the coordinator is to hear of it. */
  private Outcome stopped(ActiveAction active, Stop stop) throws Away {
    return switch (stop) {
      case PARKED -> Outcome.PARKED;
      case AWAY -> Outcome.AGAIN;
      case LOST -> dropped(active);
      case NONE, CANCELLED ->
          failUnbegun(
              active,
              new ProviderException(
                  Errno.ECANCELED,
                  "Cannot "
                      + Words.of(active.item())
                      + ": it was cancelled. Ask for it anew if it is still wanted."));
    };
  }

  private Outcome failUnbegun(ActiveAction active, Exception failure) throws Away {
    Reply reply = link.fail(active.item(), Failures.errno(failure), Failures.retry(failure));
    if (reply.answer() == Answer.UNKNOWN) {
      return dropped(active);
    }
    note(active, failure);
    return Outcome.ENDED;
  }

  private Outcome failBegun(ActiveAction active, RunningAction running, Throwable failure)
      throws Away {
    Errno errno = Failures.errno(failure);
    Retry retry = Failures.retry(failure);
    Reply reply = link.fail(running, errno, retry);
    if (reply.answer() == Answer.BOUND_ELSEWHERE) {
      reply = link.fail(active.item(), errno, retry);
    }
    if (reply.answer() == Answer.UNKNOWN) {
      return dropped(active);
    }
    note(active, failure);
    return Outcome.ENDED;
  }

  /**
   * A restore that reported progress under an earlier registration can't end well any more: only an
   * error frees its slot, and another request brings the file back. A mark is written first, so
   * that the second follows the first whatever happens between.
   */
  private Outcome askAnew(ActiveAction active) throws IOException {
    ActionItem item = active.item();
    journal.askAnew(ActionId.of(item));
    link.fail(item, Errno.EAGAIN, Retry.RETRY);
    if (active.stop() != Stop.CANCELLED) {
      try {
        hsm.request(
            new HsmRequest(
                HsmActionKind.RESTORE, item.archiveId(), List.of(item.fid()), item.payload()));
      } catch (ProviderException e) {
        if (Failures.hasErrno(e, Errno.EAGAIN) || e.kind() == ErrorKind.UNKNOWN_OUTCOME) {
          throw new Away(e);
        }
        note(active, e);
        return Outcome.ENDED;
      }
    }
    events.action(
        Severity.INFO,
        "copytool.restore.anew",
        item,
        Words.of(item)
            + " was begun by an earlier registration and can't be ended by this one; it was ended"
            + " with an error and asked for anew.");
    return Outcome.ENDED;
  }

  /** Over for the coordinator: ended by a process that died, by a lost reply, or by a timeout. */
  private Outcome dropped(ActiveAction active) {
    work.settleOver(active.item());
    events.action(
        Severity.INFO,
        "copytool.action.dropped",
        active.item(),
        "The coordinator does not wait for "
            + Words.of(active.item())
            + ": it ended before, or timed out.");
    return Outcome.ENDED;
  }

  private void note(ActiveAction active, Throwable failure) {
    ActionItem item = active.item();
    if (Failures.kind(failure) == ErrorKind.CANCELLED || active.stop() == Stop.CANCELLED) {
      counters.cancelled.increment();
      events.count("copytool.cancelled", 1);
      events.action(
          Severity.INFO, "copytool.action.cancelled", item, Words.of(item) + " was cancelled.");
    } else {
      counters.failed.increment();
      events.count("copytool.failed", 1);
      events.action(
          failure instanceof IOException ? Severity.WARNING : Severity.ERROR,
          "copytool.action.failed",
          item,
          Words.of(item)
              + " failed: "
              + (failure instanceof IOException ? failure.getMessage() : failure.toString()));
    }
  }
}
