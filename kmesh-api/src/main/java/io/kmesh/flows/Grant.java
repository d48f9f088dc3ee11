// SPDX-License-Identifier: Apache-2.0
package io.kmesh.flows;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.regex.Pattern;

/**
 * Whom a sensitive path of a flow is to be readable to, and from when to when. Immutable.
 *
 * @param who the subject, as the program names whom it opens files for: 1 to 128 of letters, digits
 *     and {@code . _ @ + -}
 * @param path below the flow's top, with slashes; what is at it and below; empty for all
 * @param from the first moment, in whole milliseconds
 * @param until the first moment that it does not count any more, in whole milliseconds
 */
public record Grant(String who, String path, Instant from, Instant until) {
  /** What milliseconds since 1970 can tell. */
  private static final Instant EARLIEST = Instant.ofEpochMilli(Long.MIN_VALUE);

  private static final Instant LATEST = Instant.ofEpochMilli(Long.MAX_VALUE);
  private static final Pattern WHO = Pattern.compile("[A-Za-z0-9._@+-]{1,128}");

  /** Checks, and cuts to milliseconds such that it is not longer than was asked. */
  public Grant {
    requireSubject(who);
    Instant begin = from.truncatedTo(ChronoUnit.MILLIS);
    from = begin.equals(from) ? begin : begin.plusMillis(1);
    until = until.truncatedTo(ChronoUnit.MILLIS);
    if (!from.isBefore(until)) {
      throw new IllegalArgumentException(
          "Cannot grant "
              + path
              + " to "
              + who
              + " from "
              + from
              + " until "
              + until
              + ": it would end before it begins. Give a later end.");
    }
    if (from.isBefore(EARLIEST) || until.isAfter(LATEST)) {
      throw new IllegalArgumentException(
          "Cannot grant from "
              + from
              + " until "
              + until
              + ": it is too far away. Give an end that will come.");
    }
  }

  /**
   * Checks a subject's name.
   *
   * @throws IllegalArgumentException when it has other characters, none, or too many
   */
  public static void requireSubject(String who) {
    if (!WHO.matcher(who).matches()) {
      throw new IllegalArgumentException(
          "Cannot name a subject \""
              + who
              + "\": 1 to 128 letters, digits and . _ @ + - are allowed.");
    }
  }

  /** Begins a grant to a subject; not told otherwise it counts for all paths, and from now on. */
  public static Draft to(String who) {
    return new Draft(who, "", Instant.EPOCH);
  }

  /** A grant that has no end yet. Immutable. */
  public static final class Draft {
    private final String who;
    private final String path;
    private final Instant from;

    private Draft(String who, String path, Instant from) {
      this.who = who;
      this.path = path;
      this.from = from;
    }

    /** What is at a path and below: below the flow's top, with slashes. */
    public Draft path(String next) {
      return new Draft(who, next, from);
    }

    /** The first moment that it counts. */
    public Draft from(Instant next) {
      return new Draft(who, path, next);
    }

    /**
     * The grant, with the first moment that it does not count any more.
     *
     * @throws IllegalArgumentException when it ends before it begins, or the subject's name has
     *     characters that are not allowed
     */
    public Grant until(Instant end) {
      return new Grant(who, path, from, end);
    }
  }
}
