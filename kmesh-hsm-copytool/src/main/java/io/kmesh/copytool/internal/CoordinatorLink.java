// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.internal;

import io.kmesh.lustre.Extent;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.ActionItem;
import io.kmesh.spi.lustre.CopytoolSession.Retry;
import io.kmesh.spi.lustre.RunningAction;
import java.io.IOException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What is said to the coordinator about an item, with its answers sorted. Thread-safe. */
final class CoordinatorLink {
  private static final Extent NOTHING = new Extent(0, 0);
  private static final Set<Errno> OFF = Set.of(Errno.EAGAIN, Errno.EINTR, Errno.ENXIO);

  /** What the coordinator answers. */
  enum Answer {
    /** It took it. */
    TAKEN,
    /** It does not wait for the item: it ended, timed out, or the coordinator was restarted. */
    UNKNOWN,
    /** The item was cancelled. */
    CANCELLED,
    /** The restore is bound to the volatile file of an earlier try. */
    BOUND_ELSEWHERE,
    /** It recorded the item as failed, for a reason of its own. */
    REFUSED
  }

  /** An answer and what came with it. */
  record Reply(Answer answer, @Nullable IOException cause) {
    static final Reply TAKEN = new Reply(Answer.TAKEN, null);

    /** Why it was not taken. */
    IOException orThrow() {
      IOException why = cause;
      if (why == null) {
        throw new IllegalStateException("The coordinator took it.");
      }
      return why;
    }
  }

  /** The coordinator can't be told now; what it knows of the item is unknown. */
  static final class Away extends IOException {
    private static final long serialVersionUID = 1L;

    Away(IOException cause) {
      super(String.valueOf(cause.getMessage()), cause);
    }

    /** Whether the coordinator of that MDT is off. */
    boolean isOff() {
      return getCause() instanceof IOException cause
          && (Failures.hasErrno(cause, Errno.EAGAIN) || Failures.hasErrno(cause, Errno.ENXIO));
    }
  }

  private interface Call {
    void run() throws IOException;
  }

  private final Session session;

  CoordinatorLink(Session session) {
    this.session = session;
  }

  /** Counts the item's timeout anew, and so asks whether the coordinator still waits for it. */
  Reply keepAlive(ActionItem item) throws Away {
    return ask(item, () -> session.current().keepAlive(item));
  }

  /**
   * Begins an item.
   *
   * @throws Away when the coordinator can't be asked
   * @throws IOException why it can't begin; the coordinator was not told
   */
  RunningAction begin(ActionItem item) throws IOException {
    try {
      return session.current().begin(item);
    } catch (IOException e) {
      throw isAway(e) ? new Away(e) : e;
    }
  }

  Reply progress(RunningAction running, Extent done) throws Away {
    return ask(running.item(), () -> running.progress(done));
  }

  /** Says which volatile file a restore writes to, before it writes to it. */
  Reply bind(RunningAction running) throws Away {
    return progress(running, NOTHING);
  }

  /** Ends with success; the handle is used up whatever the answer. */
  Reply succeed(RunningAction running) throws Away {
    return ask(running.item(), running::succeed);
  }

  /** Ends with an error; the handle is used up whatever the answer. */
  Reply fail(RunningAction running, Errno errno, @Nullable Retry retry) throws Away {
    return ask(running.item(), () -> running.fail(errno, retry));
  }

  /** Ends an item with an error that has not begun, or whose handle is used up. */
  Reply fail(ActionItem item, Errno errno, @Nullable Retry retry) throws Away {
    return ask(item, () -> session.current().fail(item, errno, retry));
  }

  private static Reply ask(ActionItem item, Call call) throws Away {
    try {
      call.run();
      return Reply.TAKEN;
    } catch (IOException e) {
      if (isAway(e)) {
        throw new Away(e);
      }
      return new Reply(answer(item, e), e);
    }
  }

  private static Answer answer(ActionItem item, IOException e) {
    return switch (Failures.kind(e)) {
      case NOT_FOUND -> Answer.UNKNOWN;
      case CANCELLED -> Answer.CANCELLED;
      default ->
          item.action() == HsmActionKind.RESTORE && Failures.hasErrno(e, Errno.EINVAL)
              ? Answer.BOUND_ELSEWHERE
              : Answer.REFUSED;
    };
  }

  /** Whether the registration is gone, the coordinator is off, or its answer was lost. */
  private static boolean isAway(IOException e) {
    if (e instanceof ProviderException p && p.errno().isPresent()) {
      return Session.isGone(e) || OFF.contains(p.errno().get());
    }
    ErrorKind kind = ProviderException.kindOfMutation(e);
    return kind.isRetryable() || kind == ErrorKind.UNKNOWN_OUTCOME;
  }
}
