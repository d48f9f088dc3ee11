// SPDX-License-Identifier: Apache-2.0
package io.kmesh.flows;

import io.kmesh.unit.DataSize;
import java.time.DayOfWeek;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How many bytes a second each site of a flow may send, by the hours of the week. Immutable.
 *
 * <pre>{@code
 * FlowRate.of(DataSize.ofMib(50))
 *     .at(EnumSet.range(MONDAY, FRIDAY), LocalTime.of(8, 0), LocalTime.of(18, 0), DataSize.ofMib(10))
 *     .in(ZoneId.of("Europe/Berlin"));
 * }</pre>
 *
 * @param zone whose clocks on the wall are meant
 * @param otherwiseOrNull bytes a second outside all windows; null for as many as there may be
 * @param windows the first one that contains the time counts; at most 100
 */
public record FlowRate(ZoneId zone, @Nullable DataSize otherwiseOrNull, List<Window> windows) {
  /** As many as there may be, at all times. */
  public static final FlowRate UNLIMITED = new FlowRate(ZoneOffset.UTC, null, List.of());

  private static final int MOST = 100;

  /**
   * A part of each week.
   *
   * @param days the days on which it begins, at least one
   * @param from when it begins
   * @param to when it ends; not after {@code from} means on the next day
   * @param perSecondOrNull bytes a second in it; zero for nothing, null for as many as there may be
   */
  public record Window(
      Set<DayOfWeek> days, LocalTime from, LocalTime to, @Nullable DataSize perSecondOrNull) {
    /** Copies and sorts the days. */
    public Window {
      if (days.isEmpty()) {
        throw new IllegalArgumentException(
            "Cannot limit a flow from " + from + " to " + to + " on no day. Name one.");
      }
      days = Collections.unmodifiableSet(EnumSet.copyOf(days));
    }

    /** Bytes a second in it; empty for as many as there may be. */
    public Optional<DataSize> perSecond() {
      return Optional.ofNullable(perSecondOrNull);
    }
  }

  /** Copies the list. */
  public FlowRate {
    windows = List.copyOf(windows);
    if (windows.size() > MOST) {
      throw new IllegalArgumentException(
          "Cannot limit a flow in " + windows.size() + " windows: at most " + MOST + ".");
    }
  }

  /** The same rate at all times; zero for nothing. */
  public static FlowRate of(DataSize perSecond) {
    return new FlowRate(ZoneOffset.UTC, perSecond, List.of());
  }

  /** By the clocks of a zone; not called: UTC. */
  public FlowRate in(ZoneId wall) {
    return new FlowRate(wall, otherwiseOrNull, windows);
  }

  /** Another rate in a part of each week, unless an earlier part contains the time. */
  public FlowRate at(Set<DayOfWeek> days, LocalTime from, LocalTime to, DataSize perSecond) {
    return with(new Window(days, from, to, perSecond));
  }

  /** As many bytes as there may be in a part of each week. */
  public FlowRate unlimitedAt(Set<DayOfWeek> days, LocalTime from, LocalTime to) {
    return with(new Window(days, from, to, null));
  }

  private FlowRate with(Window window) {
    List<Window> more = new ArrayList<>(windows);
    more.add(window);
    return new FlowRate(zone, otherwiseOrNull, more);
  }

  /** Bytes a second outside all windows; empty for as many as there may be. */
  public Optional<DataSize> otherwise() {
    return Optional.ofNullable(otherwiseOrNull);
  }
}
