// SPDX-License-Identifier: Apache-2.0
package io.kmesh.snapshots;

import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A cron expression of five fields: minute, hour, day of month, month, day of week (0 and 7 are
 * Sunday). Each field is a list of values, names, ranges and steps; the day of month also knows
 * {@code L} (the last day) and {@code L-3}, the day of week {@code FRI#2} (the second Friday) and
 * {@code FRIL} (the last). When both day fields are given (neither begins with {@code *}), a day
 * matches if one of them does. {@code @hourly} to {@code @yearly} stand for their five fields.
 */
public final class CronExpression {
  private static final int MAX_LENGTH = 256;

  /** The calendar repeats after 400 years: what does not happen in that time never does. */
  private static final int DAYS_OF_CALENDAR = 146_097;

  private static final List<String> MONTHS =
      List.of("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC");
  private static final List<String> DAYS = List.of("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT");
  private static final Pattern ITEM =
      Pattern.compile(
          "(?:(\\*)|([0-9]{1,4}|[A-Z]{3})(?:-([0-9]{1,4}|[A-Z]{3}))?)(?:/([0-9]{1,4}))?");
  private static final Pattern LAST_DAY = Pattern.compile("L(?:-([0-9]{1,4}))?");
  private static final Pattern NTH_WEEKDAY =
      Pattern.compile("([0-9]|[A-Z]{3})(?:#([0-9]{1,4})|(L))");

  private enum Field {
    MINUTE("minute", 0, 59),
    HOUR("hour", 0, 23),
    DAY("day of month", 1, 31),
    MONTH("month", 1, 12),
    WEEKDAY("day of week", 0, 7);

    private final String words;
    private final int least;
    private final int most;

    Field(String words, int least, int most) {
      this.words = words;
      this.least = least;
      this.most = most;
    }
  }

  private final String text;
  private final List<LocalTime> times;
  private final BitSet months;
  private final BitSet days = new BitSet();
  private final BitSet daysFromEnd = new BitSet();
  private final BitSet weekdays = new BitSet();

  /** 8 * weekday (Monday is 1) + which one of the month; 0 is the last one. */
  private final BitSet nthWeekdays = new BitSet();

  private final boolean eitherDay;

  private CronExpression(String given) {
    String text = expand(given.strip().toUpperCase(Locale.ROOT)).replace('?', '*');
    String[] fields = text.split("[ \t]+", -1);
    if (given.length() > MAX_LENGTH || fields.length != 5) {
      throw new IllegalArgumentException(
          fields.length == 6 || fields.length == 7
              ? "it has " + fields.length + " fields. Leave out seconds and years: give 5"
              : "it has "
                  + fields.length
                  + " fields. Give 5, at most "
                  + MAX_LENGTH
                  + " characters: minute, hour, day of month, month, day of week");
    }
    this.text = String.join(" ", fields);
    BitSet minutes = plain(Field.MINUTE, fields[0]);
    BitSet hours = plain(Field.HOUR, fields[1]);
    List<LocalTime> all = new ArrayList<>();
    hours.stream().forEach(h -> minutes.stream().forEach(m -> all.add(LocalTime.of(h, m))));
    this.times = List.copyOf(all);
    days(fields[2]);
    this.months = plain(Field.MONTH, fields[3]);
    weekdays(fields[4]);
    this.eitherDay = !fields[2].startsWith("*") && !fields[4].startsWith("*");
    LocalDate day = LocalDate.of(2000, 1, 1);
    for (int i = 0; !matches(day); i++) {
      if (i == DAYS_OF_CALENDAR) {
        throw new IllegalArgumentException(
            "no day of any year matches it. Check its days and months");
      }
      day = day.plusDays(1);
    }
  }

  /**
   * Reads an expression.
   *
   * @throws IllegalArgumentException when it can't be read, or no day ever matches it
   */
  public static CronExpression parse(String text) {
    try {
      return new CronExpression(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "Cannot read the cron expression \""
              + (text.length() > MAX_LENGTH ? text.substring(0, MAX_LENGTH) + "..." : text)
              + "\": "
              + e.getMessage()
              + ".",
          e);
    }
  }

  private static String expand(String text) {
    return switch (text) {
      case "@HOURLY" -> "0 * * * *";
      case "@DAILY", "@MIDNIGHT" -> "0 0 * * *";
      case "@WEEKLY" -> "0 0 * * 0";
      case "@MONTHLY" -> "0 0 1 * *";
      case "@YEARLY", "@ANNUALLY" -> "0 0 1 1 *";
      default -> text;
    };
  }

  private void days(String field) {
    for (String item : field.split(",", -1)) {
      Matcher last = LAST_DAY.matcher(item);
      if (last.matches()) {
        int back = last.group(1) == null ? 0 : Integer.parseInt(last.group(1));
        if (back > 30) {
          throw new IllegalArgumentException(
              "\"" + item + "\" is before any month's first day. Give at most L-30");
        }
        daysFromEnd.set(back);
      } else {
        item(Field.DAY, item, days);
      }
    }
  }

  private void weekdays(String field) {
    for (String item : field.split(",", -1)) {
      Matcher nth = NTH_WEEKDAY.matcher(item);
      if (nth.matches()) {
        int day = value(Field.WEEKDAY, nth.group(1)) % 7;
        int which = nth.group(2) == null ? 0 : Integer.parseInt(nth.group(2));
        if (nth.group(2) != null && (which < 1 || which > 5)) {
          throw new IllegalArgumentException(
              "\"" + item + "\" is in no month. Give #1 to #5, or L for the last");
        }
        nthWeekdays.set(8 * (day == 0 ? 7 : day) + which);
      } else {
        BitSet some = new BitSet();
        item(Field.WEEKDAY, item, some);
        some.stream().forEach(d -> weekdays.set(d == 0 ? 7 : d));
      }
    }
  }

  private static BitSet plain(Field field, String text) {
    BitSet values = new BitSet();
    for (String item : text.split(",", -1)) {
      item(field, item, values);
    }
    return values;
  }

  private static void item(Field field, String item, BitSet values) {
    Matcher m = ITEM.matcher(item);
    if (!m.matches()) {
      throw new IllegalArgumentException(
          "\""
              + item
              + "\" is no "
              + field.words
              + ". Give a number, a name, a range (1-5), a step (*/15) or a list of them");
    }
    // The star of the days of week is Monday to Sunday, or a step would count Sunday twice.
    int most = field == Field.WEEKDAY ? 6 : field.most;
    int from = m.group(1) != null ? field.least : value(field, m.group(2));
    int to = from;
    if (m.group(3) != null) {
      to = value(field, m.group(3));
      if (field == Field.WEEKDAY && to == 0) {
        to = 7;
      }
    } else if (m.group(1) != null || m.group(4) != null) {
      to = Math.max(from, most);
    }
    int step = m.group(4) == null ? 1 : Integer.parseInt(m.group(4));
    if (from > to) {
      throw new IllegalArgumentException(
          "the range \"" + item + "\" ends before it begins. Give two ranges");
    }
    if (step < 1 || step > field.most) {
      throw new IllegalArgumentException(
          "the step in \""
              + item
              + "\" is not from 1 to "
              + field.most
              + ". For longer steps use another field or a period");
    }
    for (int value = from; value <= to; value += step) {
      values.set(value);
    }
  }

  private static int value(Field field, String text) {
    int value = -1;
    if (Character.isDigit(text.charAt(0))) {
      value = Integer.parseInt(text);
    } else if (field == Field.MONTH && MONTHS.contains(text)) {
      value = MONTHS.indexOf(text) + 1;
    } else if (field == Field.WEEKDAY && DAYS.contains(text)) {
      value = DAYS.indexOf(text);
    }
    if (value < field.least || value > field.most) {
      throw new IllegalArgumentException(
          "\"" + text + "\" is no " + field.words + ". Give " + field.least + " to " + field.most);
    }
    return value;
  }

  /** The expression: upper case, one space between fields, {@code *} for {@code ?}. */
  public String text() {
    return text;
  }

  /** The local times of a day that matches, in order, in whole minutes. */
  public List<LocalTime> times() {
    return times;
  }

  /** Whether the month and the days match. */
  public boolean matches(LocalDate date) {
    if (!months.get(date.getMonthValue())) {
      return false;
    }
    int day = date.getDayOfMonth();
    int toEnd = date.lengthOfMonth() - day;
    DayOfWeek weekday = date.getDayOfWeek();
    boolean inMonth = days.get(day) || daysFromEnd.get(toEnd);
    boolean inWeek =
        weekdays.get(weekday.getValue())
            || nthWeekdays.get(8 * weekday.getValue() + (day + 6) / 7)
            || (toEnd < 7 && nthWeekdays.get(8 * weekday.getValue()));
    return eitherDay ? inMonth || inWeek : inMonth && inWeek;
  }

  /** Whether all fields match, seconds left aside. */
  public boolean matches(LocalDateTime time) {
    return matches(time.toLocalDate())
        && times.contains(LocalTime.of(time.getHour(), time.getMinute()));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CronExpression c && c.text.equals(text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  /** The expression. */
  @Override
  public String toString() {
    return text;
  }
}
