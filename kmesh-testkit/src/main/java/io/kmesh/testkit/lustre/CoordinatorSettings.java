// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.lustre;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.HsmActionKind;
import java.time.Duration;
import java.util.Set;

/**
 * The tunables under {@code mdt.*.hsm}. Lustre takes whole seconds; the simulator takes any time
 * from one millisecond.
 *
 * @param maxRequests actions that may run at once on one MDT, at least 1
 * @param loopPeriod how often the whole list is scanned: timeouts and grace are seen only then
 * @param activeRequestTimeout how long an action may stay without a sign of life
 * @param graceDelay how long ended actions stay in the list
 * @param defaultArchiveId the archive of a request that names none, for a file that has none
 * @param policy the policy bits
 * @param lastUnlink what happens to the archived copy at the last unlink
 * @param ownerRequests what an ordinary user may request for an own file
 * @param otherRequests what an ordinary user may request for other files
 */
public record CoordinatorSettings(
    int maxRequests,
    Duration loopPeriod,
    Duration activeRequestTimeout,
    Duration graceDelay,
    ArchiveId defaultArchiveId,
    Set<CoordinatorPolicy> policy,
    LastUnlink lastUnlink,
    Set<HsmActionKind> ownerRequests,
    Set<HsmActionKind> otherRequests) {
  private static final Duration MAX = Duration.ofMillis(Integer.MAX_VALUE * 1000L);

  /** Lustre's own. */
  public static final CoordinatorSettings DEFAULTS =
      new CoordinatorSettings(
          3,
          Duration.ofSeconds(10),
          Duration.ofHours(1),
          Duration.ofSeconds(60),
          ArchiveId.of(1),
          Set.of(CoordinatorPolicy.NO_RETRY_ACTION),
          LastUnlink.KEEP_ARCHIVE,
          Set.of(HsmActionKind.RESTORE),
          Set.of(HsmActionKind.RESTORE));

  /** Checks the ranges. */
  public CoordinatorSettings {
    if (maxRequests < 1) {
      throw new IllegalArgumentException(
          "Cannot set max_requests to " + maxRequests + ": it is at least 1.");
    }
    check("loop_period", loopPeriod);
    check("active_request_timeout", activeRequestTimeout);
    check("grace_delay", graceDelay);
    if (defaultArchiveId.equals(ArchiveId.ANY)) {
      throw new IllegalArgumentException(
          "Cannot set default_archive_id to 0: it names no archive. Take 1 or more.");
    }
    policy = Set.copyOf(policy);
    ownerRequests = Set.copyOf(ownerRequests);
    otherRequests = Set.copyOf(otherRequests);
  }

  private static void check(String name, Duration value) {
    if (value.compareTo(Duration.ofMillis(1)) < 0 || value.compareTo(MAX) > 0) {
      throw new IllegalArgumentException(
          "Cannot set " + name + " to " + value + ": it lies between 1 ms and " + MAX + ".");
    }
  }

  /** These with another number of actions at once. */
  public CoordinatorSettings withMaxRequests(int value) {
    return new CoordinatorSettings(
        value,
        loopPeriod,
        activeRequestTimeout,
        graceDelay,
        defaultArchiveId,
        policy,
        lastUnlink,
        ownerRequests,
        otherRequests);
  }

  /** These with another time between full scans. */
  public CoordinatorSettings withLoopPeriod(Duration value) {
    return new CoordinatorSettings(
        maxRequests,
        value,
        activeRequestTimeout,
        graceDelay,
        defaultArchiveId,
        policy,
        lastUnlink,
        ownerRequests,
        otherRequests);
  }

  /** These with another timeout. */
  public CoordinatorSettings withActiveRequestTimeout(Duration value) {
    return new CoordinatorSettings(
        maxRequests,
        loopPeriod,
        value,
        graceDelay,
        defaultArchiveId,
        policy,
        lastUnlink,
        ownerRequests,
        otherRequests);
  }

  /** These with another grace delay. */
  public CoordinatorSettings withGraceDelay(Duration value) {
    return new CoordinatorSettings(
        maxRequests,
        loopPeriod,
        activeRequestTimeout,
        value,
        defaultArchiveId,
        policy,
        lastUnlink,
        ownerRequests,
        otherRequests);
  }

  /** These with another default archive. */
  public CoordinatorSettings withDefaultArchiveId(ArchiveId value) {
    return new CoordinatorSettings(
        maxRequests,
        loopPeriod,
        activeRequestTimeout,
        graceDelay,
        value,
        policy,
        lastUnlink,
        ownerRequests,
        otherRequests);
  }

  /** These with exactly these policy bits. */
  public CoordinatorSettings withPolicy(CoordinatorPolicy... value) {
    return new CoordinatorSettings(
        maxRequests,
        loopPeriod,
        activeRequestTimeout,
        graceDelay,
        defaultArchiveId,
        Set.of(value),
        lastUnlink,
        ownerRequests,
        otherRequests);
  }

  /** These with another rule for the last unlink. */
  public CoordinatorSettings withLastUnlink(LastUnlink value) {
    return new CoordinatorSettings(
        maxRequests,
        loopPeriod,
        activeRequestTimeout,
        graceDelay,
        defaultArchiveId,
        policy,
        value,
        ownerRequests,
        otherRequests);
  }

  /** These with other rights of an ordinary user on own files. */
  public CoordinatorSettings withOwnerRequests(HsmActionKind... value) {
    return new CoordinatorSettings(
        maxRequests,
        loopPeriod,
        activeRequestTimeout,
        graceDelay,
        defaultArchiveId,
        policy,
        lastUnlink,
        Set.of(value),
        otherRequests);
  }

  /** These with other rights of an ordinary user on files of others. */
  public CoordinatorSettings withOtherRequests(HsmActionKind... value) {
    return new CoordinatorSettings(
        maxRequests,
        loopPeriod,
        activeRequestTimeout,
        graceDelay,
        defaultArchiveId,
        policy,
        lastUnlink,
        ownerRequests,
        Set.of(value));
  }
}
