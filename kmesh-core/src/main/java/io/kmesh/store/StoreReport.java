// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link StoreValidator} found. Immutable.
 *
 * @param uri the store, without secrets
 * @param place what is known of where it lies: {@code endpoint}, {@code region}
 * @param prefix the prefix below which all of it happened
 * @param begun when, by this machine's clock
 * @param took how long
 * @param driftOrNull how far the store's clock is ahead of this machine's (behind: negative); null
 *     when the store tells no time
 * @param driftWithin how well that is known
 * @param findings of each check, in the order of the checks
 * @param soakOrNull of the soak; null when there was none
 * @param calls how many tries were made, those of the soak not among them
 * @param retries how many of them were made again
 */
public record StoreReport(
    URI uri,
    Map<String, String> place,
    String prefix,
    Instant begun,
    Duration took,
    @Nullable Duration driftOrNull,
    Duration driftWithin,
    List<StoreFinding> findings,
    @Nullable StoreSoak soakOrNull,
    long calls,
    long retries) {
  /** The version of {@link #toJson}. */
  public static final int VERSION = 0;

  /** Copies map and list. */
  public StoreReport {
    place = Collections.unmodifiableMap(new TreeMap<>(place));
    findings = List.copyOf(findings);
  }

  /** How far the store's clock is ahead of this machine's, where the store tells a time. */
  public Optional<Duration> drift() {
    return Optional.ofNullable(driftOrNull);
  }

  /** What the soak measured, where there was one. */
  public Optional<StoreSoak> soak() {
    return Optional.ofNullable(soakOrNull);
  }

  /** How many findings have an outcome. */
  public long count(StoreFinding.Outcome outcome) {
    return findings.stream().filter(f -> f.outcome() == outcome).count();
  }

  /** Whether no check failed. */
  public boolean isSound() {
    return count(StoreFinding.Outcome.FAIL) == 0;
  }

  /** What a check found, where it was made. */
  public Optional<StoreFinding> finding(String check) {
    return findings.stream().filter(f -> f.check().equals(check)).findFirst();
  }

  /**
   * One line of JSON, in the form that docs/stores.md describes; its member {@code version} says
   * which.
   */
  public String toJson() {
    return ReportJson.of(this);
  }
}
