// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import io.kmesh.flows.FlowRate;
import io.kmesh.unit.DataSize;
import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Rates as users write them. */
final class RateText {
  private static final Pattern WINDOW =
      Pattern.compile("(\\S+)\\s+(\\d{1,2}:\\d{2})-(\\d{1,2}:\\d{2})\\s*=\\s*(\\S+)");
  private static final Pattern DECIMAL = Pattern.compile("(\\d{1,15})([KMGT])B", 2);
  private static final String UNLIMITED = "unlimited";
  private static final List<String> DAYS = List.of("mon", "tue", "wed", "thu", "fri", "sat", "sun");

  private RateText() {}

  /**
   * Reads a rate.
   *
   * @param rate bytes a second, such as {@code 50MB}; null for no limit
   * @param windows such as {@code mon-fri 08:00-18:00=10MB}
   * @param zone whose clocks are meant
   * @throws IllegalArgumentException when it is none
   */
  static FlowRate parse(@Nullable String rate, List<String> windows, ZoneId zone) {
    List<FlowRate.Window> all = new ArrayList<>();
    windows.forEach(window -> all.add(window(window)));
    return all.isEmpty() && rate == null
        ? FlowRate.UNLIMITED
        : new FlowRate(
            all.isEmpty() ? FlowRate.UNLIMITED.zone() : zone,
            rate == null ? null : size(rate),
            all);
  }

  private static FlowRate.Window window(String text) {
    Matcher parts = WINDOW.matcher(text.strip());
    try {
      if (parts.matches()) {
        return new FlowRate.Window(
            days(parts.group(1).toLowerCase(Locale.ROOT)),
            time(parts.group(2)),
            time(parts.group(3)),
            size(parts.group(4)));
      }
    } catch (DateTimeException e) {
      // Told below.
    }
    throw new IllegalArgumentException(
        "Cannot use \""
            + text
            + "\" as hours of a rate: write DAYS FROM-TO=RATE, such as \"mon-fri"
            + " 08:00-18:00=10MB\", \"sat,sun 00:00-24:00=unlimited\" or \"daily"
            + " 22:00-06:00=50MB\".");
  }

  private static LocalTime time(String text) {
    return text.equals("24:00")
        ? LocalTime.MIDNIGHT
        : LocalTime.parse(text.length() == 4 ? "0" + text : text);
  }

  private static Set<DayOfWeek> days(String text) {
    Set<DayOfWeek> days = EnumSet.noneOf(DayOfWeek.class);
    if (text.equals("daily")) {
      return EnumSet.allOf(DayOfWeek.class);
    }
    for (String part : text.split(",", -1)) {
      String[] ends = part.split("-", 2);
      DayOfWeek last = day(ends[ends.length - 1]);
      DayOfWeek day = day(ends[0]);
      for (days.add(day); day != last; days.add(day)) {
        day = day.plus(1);
      }
    }
    return days;
  }

  private static DayOfWeek day(String text) {
    int number = DAYS.indexOf(text);
    if (number < 0) {
      throw new DateTimeException(text);
    }
    return DayOfWeek.of(number + 1);
  }

  /** Units of a network, with powers of a thousand, besides those of {@link DataSize#parse}. */
  private static @Nullable DataSize size(String text) {
    if (text.equalsIgnoreCase(UNLIMITED)) {
      return null;
    }
    Matcher decimal = DECIMAL.matcher(text);
    if (!decimal.matches()) {
      return DataSize.parse(text);
    }
    long size = Long.parseLong(decimal.group(1));
    int power = "KMGT".indexOf(decimal.group(2).toUpperCase(Locale.ROOT)) + 1;
    try {
      for (int i = 0; i < power; i++) {
        size = Math.multiplyExact(size, 1000L);
      }
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("Cannot use \"" + text + "\": it is too large.", e);
    }
    return DataSize.ofBytes(size);
  }

  /** A rate for people. */
  static String describe(FlowRate rate) {
    StringBuilder text = new StringBuilder(describe(rate.otherwiseOrNull()));
    for (FlowRate.Window window : rate.windows()) {
      text.append("; ");
      window.days().forEach(day -> text.append(DAYS.get(day.getValue() - 1)).append(' '));
      text.append(window.from())
          .append('-')
          .append(window.to())
          .append(": ")
          .append(describe(window.perSecondOrNull()));
    }
    return rate.windows().isEmpty() ? text.toString() : text + " (" + rate.zone().getId() + ")";
  }

  private static String describe(@Nullable DataSize perSecond) {
    return perSecond == null ? UNLIMITED : perSecond + "/s";
  }
}
