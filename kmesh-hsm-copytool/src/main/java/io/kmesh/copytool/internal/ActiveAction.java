// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.internal;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.ActionItem;
import java.util.concurrent.atomic.AtomicLong;

/** An item at hand, waiting or running, and why it should stop. Thread-safe. */
final class ActiveAction {
  /** Why an item should stop; of two reasons the later one in this order counts. */
  enum Stop {
    /** It should not. */
    NONE,
    /** The copytool closes: the item stays in the journal, and the coordinator hears nothing. */
    PARKED,
    /** The registration is gone: it is begun again with the next one. */
    AWAY,
    /** It was cancelled. */
    CANCELLED,
    /** The coordinator does not wait for it any more. */
    LOST
  }

  /** Where an item comes from. */
  enum Origin {
    /** The coordinator has just sent it: nothing was done for it yet. */
    SENT,
    /** It was at hand before: by an earlier process, an earlier registration or an earlier try. */
    RESUMED,
    /** A restore that can't go on: it is to be ended with an error and asked for anew. */
    TO_ASK_ANEW
  }

  private final ActionItem item;
  private final long owner;
  private final Origin origin;
  private final int tries;
  private final AtomicLong copied = new AtomicLong();
  private Stop stop = Stop.NONE; // guarded by this
  private boolean redelivered; // guarded by this

  private ActiveAction(ActionItem item, long owner, Origin origin, int tries) {
    this.item = item;
    this.owner = owner;
    this.origin = origin;
    this.tries = tries;
  }

  ActiveAction(ActionItem item, long owner, Origin origin) {
    this(item, owner, origin, 0);
  }

  /** The same item for another try; a cancel stays one. */
  ActiveAction again(Origin next) {
    ActiveAction again = new ActiveAction(item, owner, next, tries + 1);
    if (stop() == Stop.CANCELLED) {
      again.stop(Stop.CANCELLED);
    }
    return again;
  }

  ActionItem item() {
    return item;
  }

  /** The number of the file's owner; -1 when the file is gone. */
  long owner() {
    return owner;
  }

  Origin origin() {
    return origin;
  }

  /** How often it was tried before. */
  int tries() {
    return tries;
  }

  /** The bytes that are copied so far. */
  AtomicLong copied() {
    return copied;
  }

  synchronized void stop(Stop why) {
    if (why.compareTo(stop) > 0) {
      stop = why;
    }
  }

  synchronized Stop stop() {
    return stop;
  }

  /** Notes that the coordinator sent it again while it was at hand. */
  synchronized void redeliver() {
    redelivered = true;
  }

  synchronized boolean isRedelivered() {
    return redelivered;
  }

  /** Throws CANCELLED when it should stop, for whichever reason. */
  void check() throws ProviderException {
    Stop why = stop();
    if (why != Stop.NONE) {
      throw new ProviderException(
          ErrorKind.CANCELLED,
          "Cannot go on with "
              + Words.of(item)
              + ": "
              + switch (why) {
                case NONE, CANCELLED -> "it was cancelled. Ask for it anew if it is still wanted.";
                case PARKED -> "the copytool closes. The next one on its state goes on with it.";
                case AWAY ->
                    "the copytool's registration is gone. It is begun again with the next.";
                case LOST -> "the coordinator does not wait for it any more. Ask for it anew.";
              });
    }
  }
}
