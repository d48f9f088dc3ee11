// SPDX-License-Identifier: Apache-2.0
package io.kmesh.flows;

import io.kmesh.unit.DataSize;
import java.time.Duration;

/** How the two ends of a flow follow each other. */
public sealed interface FlowMode {
  /**
   * The target follows the source, which never waits for it.
   *
   * @param lagBound how old a change may get before the flow warns; at least a second
   */
  record Async(Duration lagBound) implements FlowMode {
    /** Warns after five minutes. */
    public static final Async DEFAULT = new Async(Duration.ofMinutes(5));

    /** Checks the range. */
    public Async {
      if (lagBound.compareTo(Duration.ofSeconds(1)) < 0) {
        throw new IllegalArgumentException(
            "Cannot bound a flow's lag to " + lagBound + ": give a second or more.");
      }
    }
  }

  /**
   * Both ends are changed by their users, and each takes what the other has; docs/flows.md says
   * what becomes of changes that meet.
   *
   * @param conflicts which of two changes stands
   */
  record MultiMaster(ConflictPolicy conflicts) implements FlowMode {}

  /**
   * The target keeps no copy: it shows the source's tree as a file system of Java's ({@link
   * DataFlow#fileSystem}) and brings bytes when they are read. The flow's target endpoint is where
   * its cache is.
   *
   * @param lease how old what is shown may be while the source is reached; more than zero
   * @param cache the most bytes of files that are kept; at least 16 MiB
   * @param stale what becomes of what is older while the source is not reached
   * @param writes whether, and how, the source is written through the target
   * @param back what is promised when it is written back; its default for other ways to write
   */
  record Access(Duration lease, DataSize cache, Stale stale, WriteMode writes, WriteBack back)
      implements FlowMode {
    private static final DataSize LEAST = DataSize.ofMib(16);

    /** Five seconds, 10 GiB, what is older is shown, nothing is written. */
    public static final Access DEFAULT =
        new Access(Duration.ofSeconds(5), DataSize.ofGib(10), Stale.SHOW, WriteMode.READ_ONLY);

    /** Writes are not written back, or as {@link WriteBack#DEFAULT} says. */
    public Access(Duration lease, DataSize cache, Stale stale, WriteMode writes) {
      this(lease, cache, stale, writes, WriteBack.DEFAULT);
    }

    /** The same, written back. */
    public Access writingBack(WriteBack how) {
      return new Access(lease, cache, stale, WriteMode.WRITE_BACK, how);
    }

    /** Checks the ranges. */
    public Access {
      if (writes != WriteMode.WRITE_BACK && !back.equals(WriteBack.DEFAULT)) {
        throw new IllegalArgumentException(
            "Cannot say how writes are written back when they are not: declare WRITE_BACK.");
      }
      if (lease.isNegative() || lease.isZero()) {
        throw new IllegalArgumentException(
            "Cannot give access under a lease of " + lease + ": give more than zero.");
      }
      if (cache.compareTo(LEAST) < 0) {
        throw new IllegalArgumentException(
            "Cannot give access with a cache of " + cache + ": give " + LEAST + " or more.");
      }
    }
  }

  /** What becomes of what is older than the lease, while the source is not reached. */
  enum Stale {
    /** It is shown; the attribute {@code user:kmesh.asOf} of a path tells of when it is. */
    SHOW,
    /** Looking it up fails until the source is reached again. */
    REFUSE
  }

  /** Whether, and how, a source is written through a target that gives access to it. */
  enum WriteMode {
    /** It is not: the target is a read-only file system. */
    READ_ONLY,
    /**
     * A call, or the close of a channel, returns when the source has the change durably. Without
     * the source it fails. What somebody changed at the source meanwhile is not written over.
     */
    WRITE_THROUGH,
    /**
     * The close of a channel returns when what was written is durable at the target's site; it is
     * sent to the source later, also when that is away now. What somebody changed at the source
     * meanwhile is not written over: what was written is put beside it. Other changes than those of
     * files' bytes are made as {@link #WRITE_THROUGH} makes them.
     */
    WRITE_BACK
  }

  /**
   * What is promised of files that are written back.
   *
   * @param delay how long a written file may rest before it is sent, while the source is reached
   * @param unsent the most bytes that wait to be sent, and so of one file; at least 1 MiB
   * @param room how long the close of a channel waits for room when these are reached
   */
  record WriteBack(Duration delay, DataSize unsent, Duration room) {
    private static final DataSize LEAST = DataSize.ofMib(1);

    /** Two seconds, 1 GiB, half a minute. */
    public static final WriteBack DEFAULT =
        new WriteBack(Duration.ofSeconds(2), DataSize.ofGib(1), Duration.ofSeconds(30));

    /** Checks the ranges. */
    public WriteBack {
      if (delay.isNegative() || room.isNegative()) {
        throw new IllegalArgumentException(
            "Cannot write back after " + delay + ", or wait " + room + ": give zero or more.");
      }
      if (unsent.compareTo(LEAST) < 0) {
        throw new IllegalArgumentException(
            "Cannot write back with at most " + unsent + " unsent: give " + LEAST + " or more.");
      }
    }
  }

  /**
   * As {@link Async}; besides that, barriers and writing channels return when the target durably
   * has what the source has.
   *
   * @param timeout how long they wait; more than zero
   * @param onTimeout what they do when that is over
   */
  record Sync(Duration timeout, OnTimeout onTimeout) implements FlowMode {
    /** What waiting for the target comes to when the time is over. */
    public enum OnTimeout {
      /** It goes on waiting, until the target has it or the flow is stopped. */
      BLOCK,
      /** It fails; the flow goes on. */
      FAIL,
      /** It returns, and the flow is degraded until the target has it: an event tells of both. */
      DEGRADE
    }

    /** Checks the range. */
    public Sync {
      if (timeout.isNegative() || timeout.isZero()) {
        throw new IllegalArgumentException(
            "Cannot wait " + timeout + " for a flow's target: give more than zero.");
      }
    }
  }
}
