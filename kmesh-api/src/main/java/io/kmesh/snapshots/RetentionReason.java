// SPDX-License-Identifier: Apache-2.0
package io.kmesh.snapshots;

/**
 * Why a snapshot is kept.
 *
 * @param rule the rule that keeps it
 * @param detail what the rule saw: which of how many, the bucket, the tag
 */
public record RetentionReason(Rule rule, String detail) {
  /** The rules, in the order in which reasons are listed. */
  public enum Rule {
    /** Somebody holds it. */
    HELD,
    /** Its time is later than now, so a clock was wrong: kept, and counted by no rule. */
    IN_FUTURE,
    /** It is its source's newest. */
    NEWEST,
    /** It is one of the last. */
    LAST,
    /** It is at most so much older than the newest. */
    WITHIN,
    /** It is the newest of its hour. */
    HOURLY,
    /** It is the newest of its day. */
    DAILY,
    /** It is the newest of its ISO week. */
    WEEKLY,
    /** It is the newest of its month. */
    MONTHLY,
    /** It is the newest of its year. */
    YEARLY,
    /** It has a tag that is kept. */
    TAG
  }

  /** The rule and what it saw, such as {@code DAILY 2 of 7: 2026-03-29}. */
  @Override
  public String toString() {
    return detail.isEmpty() ? rule.name() : rule + " " + detail;
  }
}
