// SPDX-License-Identifier: Apache-2.0
package io.kmesh.snapshots;

import java.time.Duration;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which snapshots of a source are kept, as a value. A snapshot is kept when one of the rules says
 * so; the newest one and those that are held always are. A rule of time buckets keeps the newest
 * snapshot in each of the newest hours, days, ISO weeks, months or years that have one.
 *
 * @param last keep this many of the newest
 * @param withinOrNull keep all that are at most this much older than the newest
 * @param hourly keep one of each of this many hours
 * @param daily keep one of each of this many days
 * @param weekly keep one of each of this many ISO weeks
 * @param monthly keep one of each of this many months
 * @param yearly keep one of each of this many years
 * @param tags keep those with one of these tags
 * @param zone where hours and days begin
 */
public record RetentionPolicy(
    int last,
    @Nullable Duration withinOrNull,
    int hourly,
    int daily,
    int weekly,
    int monthly,
    int yearly,
    Set<String> tags,
    ZoneId zone) {

  /** Checks that it keeps something. */
  public RetentionPolicy {
    count("last", last);
    count("hourly", hourly);
    count("daily", daily);
    count("weekly", weekly);
    count("monthly", monthly);
    count("yearly", yearly);
    if (withinOrNull != null && (withinOrNull.isNegative() || withinOrNull.isZero())) {
      throw new IllegalArgumentException(
          "Cannot make the retention policy: it keeps all within "
              + withinOrNull
              + ". Give a time that is longer than nothing.");
    }
    // Tags in one order, so that equal policies have one form.
    tags = Collections.unmodifiableSortedSet(new TreeSet<>(tags));
    for (String tag : tags) {
      if (tag.isBlank()) {
        throw new IllegalArgumentException(
            "Cannot make the retention policy: a tag is blank. Name the tags.");
      }
    }
    if (last == 0
        && withinOrNull == null
        && hourly == 0
        && daily == 0
        && weekly == 0
        && monthly == 0
        && yearly == 0
        && tags.isEmpty()) {
      throw new IllegalArgumentException(
          "Cannot make the retention policy: it keeps nothing. Call last, within, hourly, daily,"
              + " weekly, monthly, yearly or tag.");
    }
    zone = zone.normalized();
  }

  private static void count(String rule, int count) {
    if (count < 0) {
      throw new IllegalArgumentException(
          "Cannot make the retention policy: " + rule + " is " + count + ". Give 0 or more.");
    }
  }

  /** Keep all that are at most this much older than the newest. */
  public Optional<Duration> within() {
    return Optional.ofNullable(withinOrNull);
  }

  /** A builder that keeps nothing yet. */
  public static Builder builder() {
    return new Builder();
  }

  /** A builder that begins with this policy. */
  public Builder toBuilder() {
    Builder b = new Builder();
    b.last = last;
    b.within = withinOrNull;
    b.hourly = hourly;
    b.daily = daily;
    b.weekly = weekly;
    b.monthly = monthly;
    b.yearly = yearly;
    b.tags.addAll(tags);
    b.zone = zone;
    return b;
  }

  /** The policy in words. */
  @Override
  public String toString() {
    List<String> parts = new ArrayList<>();
    part(parts, "last ", last);
    if (withinOrNull != null) {
      parts.add("all within " + withinOrNull);
    }
    part(parts, "hourly ", hourly);
    part(parts, "daily ", daily);
    part(parts, "weekly ", weekly);
    part(parts, "monthly ", monthly);
    part(parts, "yearly ", yearly);
    if (!tags.isEmpty()) {
      parts.add("tagged " + String.join(" or ", tags));
    }
    return "keep " + String.join(", ", parts) + " (" + zone + ")";
  }

  private static void part(List<String> parts, String words, int count) {
    if (count > 0) {
      parts.add(words + count);
    }
  }

  /** Builds a policy. Not thread-safe. */
  public static final class Builder {
    private int last;
    private @Nullable Duration within;
    private int hourly;
    private int daily;
    private int weekly;
    private int monthly;
    private int yearly;
    private final Set<String> tags = new TreeSet<>();
    private ZoneId zone = ZoneOffset.UTC;

    private Builder() {}

    /** Keeps this many of the newest. */
    public Builder last(int count) {
      this.last = count;
      return this;
    }

    /** Keeps all that are at most this much older than the newest. */
    public Builder within(Duration time) {
      this.within = time;
      return this;
    }

    /** Keeps the newest of each of this many hours. */
    public Builder hourly(int count) {
      this.hourly = count;
      return this;
    }

    /** Keeps the newest of each of this many days. */
    public Builder daily(int count) {
      this.daily = count;
      return this;
    }

    /** Keeps the newest of each of this many ISO weeks. */
    public Builder weekly(int count) {
      this.weekly = count;
      return this;
    }

    /** Keeps the newest of each of this many months. */
    public Builder monthly(int count) {
      this.monthly = count;
      return this;
    }

    /** Keeps the newest of each of this many years. */
    public Builder yearly(int count) {
      this.yearly = count;
      return this;
    }

    /** Keeps those with this tag; called again, those with either. */
    public Builder tag(String tag) {
      this.tags.add(tag);
      return this;
    }

    /** Where hours and days begin; UTC when it is not called. */
    public Builder in(ZoneId zone) {
      this.zone = zone;
      return this;
    }

    /**
     * The policy.
     *
     * @throws IllegalArgumentException when it would keep nothing or a count is negative
     */
    public RetentionPolicy build() {
      return new RetentionPolicy(last, within, hourly, daily, weekly, monthly, yearly, tags, zone);
    }
  }
}
