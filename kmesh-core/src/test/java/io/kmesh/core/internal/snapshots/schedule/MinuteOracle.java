// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.schedule;

import io.kmesh.snapshots.Schedule;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * When schedules fire, found by looking at every minute of a time and at what the clocks show then:
 * no search, no rules of zones, and its own reading of cron expressions.
 */
final class MinuteOracle {
  private final Instant start;
  private final long[] local;

  MinuteOracle(ZoneId zone, Instant start, int days) {
    this.start = start;
    this.local = new long[Math.multiplyExact(days, 1440)];
    for (int i = 0; i < local.length; i++) {
      local[i] =
          Math.floorDiv(LocalDateTime.ofInstant(at(i), zone).toEpochSecond(ZoneOffset.UTC), 60L);
    }
  }

  private Instant at(int minute) {
    return start.plus(minute, ChronoUnit.MINUTES);
  }

  Instant end() {
    return at(local.length - 1);
  }

  List<Instant> fires(Schedule.Timing timing) {
    List<Instant> all = new ArrayList<>();
    if (timing instanceof Schedule.Every every) {
      for (int i = 1; i < local.length; i++) {
        if ((at(i).getEpochSecond() - every.from().getEpochSecond()) % every.period().toSeconds()
            == 0) {
          all.add(at(i));
        }
      }
      return all;
    }
    boolean[] times = new boolean[1440];
    boolean[] hours = new boolean[24];
    boolean realHours = true;
    for (int minute = 0; minute < times.length; minute++) {
      times[minute] = time(timing).test(LocalTime.ofSecondOfDay(minute * 60L));
      hours[minute / 60] |= times[minute];
    }
    for (boolean hour : hours) {
      realHours &= hour;
    }
    Map<Long, Boolean> days = new TreeMap<>();
    Predicate<Long> matches =
        m ->
            times[(int) Math.floorMod(m, 1440L)]
                && days.computeIfAbsent(
                    Math.floorDiv(m, 1440L), d -> day(timing).test(LocalDate.ofEpochDay(d)));
    long seen = local[0];
    for (int i = 1; i < local.length; i++) {
      boolean fires = matches.test(local[i]);
      if (!realHours) {
        fires &= local[i] > seen;
        for (long missed = seen + 1; missed < local[i] && !fires; missed++) {
          fires = matches.test(missed);
        }
      }
      if (fires) {
        all.add(at(i));
      }
      seen = Math.max(seen, local[i]);
    }
    return all;
  }

  private static Predicate<LocalTime> time(Schedule.Timing timing) {
    if (timing instanceof Schedule.Cron t) {
      String[] fields = t.expression().text().split(" ", -1);
      return time ->
          CronReader.plain(fields[0], time.getMinute(), 0, 59)
              && CronReader.plain(fields[1], time.getHour(), 0, 23);
    } else if (timing instanceof Schedule.Hourly t) {
      return time -> time.getMinute() == t.minute();
    } else if (timing instanceof Schedule.Daily t) {
      return time -> time.equals(t.time());
    } else if (timing instanceof Schedule.Weekly t) {
      return time -> time.equals(t.time());
    }
    return time -> time.equals(((Schedule.Monthly) timing).time());
  }

  private static Predicate<LocalDate> day(Schedule.Timing timing) {
    if (timing instanceof Schedule.Cron t) {
      return day -> CronReader.day(t.expression().text(), day);
    } else if (timing instanceof Schedule.Weekly t) {
      return day -> day.getDayOfWeek() == t.day();
    } else if (timing instanceof Schedule.Monthly t) {
      return day ->
          day.getDayOfMonth() == t.day()
              || (day.getDayOfMonth() < t.day() && day.plusDays(1).getDayOfMonth() == 1);
    }
    return day -> true;
  }

  /** Tries each word of an expression on one value. */
  static final class CronReader {
    private static final String NAMES = "SUN0MON1TUE2WED3THU4FRI5SAT6";
    private static final String MONTHS =
        "JAN01FEB02MAR03APR04MAY05JUN06JUL07AUG08SEP09OCT10NOV11DEC12";

    private CronReader() {}

    static boolean day(String text, LocalDate date) {
      String[] fields = text.split(" ", -1);
      boolean month = plain(fields[3], date.getMonthValue(), 1, 12);
      boolean inMonth = false;
      for (String word : fields[2].split(",", -1)) {
        inMonth |=
            word.startsWith("L")
                ? date.plusDays(word.length() == 1 ? 0 : number(word.substring(2)))
                    .equals(date.withDayOfMonth(date.lengthOfMonth()))
                : plain(word, date.getDayOfMonth(), 1, 31);
      }
      boolean inWeek = false;
      int weekday = date.getDayOfWeek().getValue() % 7;
      for (String word : fields[4].split(",", -1)) {
        if (word.endsWith("L")) {
          inWeek |=
              number(word.substring(0, word.length() - 1)) % 7 == weekday
                  && date.plusDays(7).getMonthValue() != date.getMonthValue();
        } else if (word.contains("#")) {
          int nth = number(word.substring(word.indexOf('#') + 1));
          inWeek |=
              number(word.substring(0, word.indexOf('#'))) % 7 == weekday
                  && date.minusDays(7L * nth).getMonthValue() != date.getMonthValue()
                  && date.minusDays(7L * (nth - 1)).getMonthValue() == date.getMonthValue();
        } else {
          inWeek |= plain(word, weekday, 0, 6) || (weekday == 0 && reachesSeven(word));
        }
      }
      boolean one = fields[2].charAt(0) == '*' || fields[4].charAt(0) == '*';
      return month && (one ? inMonth && inWeek : inMonth || inWeek);
    }

    private static boolean reachesSeven(String word) {
      return word.charAt(0) != '*'
          && plain(word.replace("-SUN", "-7").replaceAll("-0(?![0-9])", "-7"), 7, 0, 7);
    }

    static boolean plain(String field, int value, int least, int most) {
      for (String word : field.split(",", -1)) {
        String[] parts = word.split("/", -1);
        String[] ends = parts[0].split("-", -1);
        int step = parts.length > 1 ? number(parts[1]) : 1;
        int from = ends[0].equals("*") ? least : number(ends[0]);
        int to = from;
        if (ends.length > 1) {
          to = number(ends[1]);
        } else if (ends[0].equals("*") || parts.length > 1) {
          to = Math.max(from, Math.min(most, most == 7 ? 6 : most));
        }
        if (most == 6 && ends.length > 1 && to == 0) {
          to = 6;
        }
        if (value >= from && value <= to && (value - from) % step == 0) {
          return true;
        }
      }
      return false;
    }

    private static int number(String word) {
      if (Character.isDigit(word.charAt(0))) {
        return Integer.parseInt(word);
      }
      int month = MONTHS.indexOf(word);
      return month >= 0
          ? Integer.parseInt(MONTHS.substring(month + 3, month + 5))
          : NAMES.charAt(NAMES.indexOf(word) + 3) - '0';
    }
  }
}
