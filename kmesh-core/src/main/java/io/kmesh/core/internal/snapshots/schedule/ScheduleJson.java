// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.schedule;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.snapshots.CronExpression;
import io.kmesh.snapshots.MissedRuns;
import io.kmesh.snapshots.Schedule;
import java.io.IOException;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.Set;

/** The canonical JSON form of a schedule. Format: docs/format/snapshot-schedule.md, version 0. */
public final class ScheduleJson {
  /** The version that is written and read. */
  public static final int FORMAT = 0;

  private ScheduleJson() {}

  /** The schedule as a tree. */
  public static ObjectNode write(Schedule schedule) {
    ObjectNode node = SpecJson.object(FORMAT);
    ObjectNode at = node.putObject("at");
    Schedule.Timing timing = schedule.timing();
    if (timing instanceof Schedule.Cron t) {
      at.put("cron", t.expression().text());
    } else if (timing instanceof Schedule.Hourly t) {
      at.putObject("hourly").put("minute", t.minute());
    } else if (timing instanceof Schedule.Daily t) {
      at.putObject("daily").put("time", t.time().toString());
    } else if (timing instanceof Schedule.Weekly t) {
      at.putObject("weekly").put("day", t.day().name()).put("time", t.time().toString());
    } else if (timing instanceof Schedule.Monthly t) {
      at.putObject("monthly").put("day", t.day()).put("time", t.time().toString());
    } else if (timing instanceof Schedule.Every t) {
      at.putObject("every").put("period", t.period().toString()).put("from", t.from().toString());
    }
    node.put("zone", schedule.zone().getId());
    ObjectNode missed = node.putObject("missed");
    if (schedule.missedRuns() instanceof MissedRuns.Skip m) {
      missed.put("skip", m.tolerance().toString());
    } else if (schedule.missedRuns() instanceof MissedRuns.RunAll m) {
      missed.put("runAll", m.limit());
    } else {
      missed.put("runOnce", true);
    }
    return node;
  }

  /** The schedule in UTF-8. */
  public static byte[] encode(Schedule schedule) {
    return SpecJson.encode(write(schedule));
  }

  /**
   * Reads a schedule.
   *
   * @param name what errors call it
   * @throws IOException a typed one when it is damaged or of another format
   */
  public static Schedule decode(String name, byte[] bytes) throws IOException {
    return SpecJson.decode("snapshot schedule", name, FORMAT, bytes, ScheduleJson::read);
  }

  private static Schedule read(JsonNode node) {
    SpecJson.onlyFields(node, Set.of("format", "at", "zone", "missed"));
    return new Schedule(
        timing(SpecJson.single(node, "at")),
        ZoneId.of(SpecJson.text(node, "zone")),
        missed(SpecJson.single(node, "missed")));
  }

  private static Schedule.Timing timing(JsonNode node) {
    String word = node.fieldNames().next();
    JsonNode v = SpecJson.required(node, word);
    return switch (word) {
      case "cron" -> new Schedule.Cron(CronExpression.parse(SpecJson.text(node, word)));
      case "hourly" -> {
        SpecJson.onlyFields(v, Set.of("minute"));
        yield new Schedule.Hourly(SpecJson.integer(v, "minute"));
      }
      case "daily" -> {
        SpecJson.onlyFields(v, Set.of("time"));
        yield new Schedule.Daily(time(v));
      }
      case "weekly" -> {
        SpecJson.onlyFields(v, Set.of("day", "time"));
        yield new Schedule.Weekly(DayOfWeek.valueOf(SpecJson.text(v, "day")), time(v));
      }
      case "monthly" -> {
        SpecJson.onlyFields(v, Set.of("day", "time"));
        yield new Schedule.Monthly(SpecJson.integer(v, "day"), time(v));
      }
      case "every" -> {
        SpecJson.onlyFields(v, Set.of("period", "from"));
        yield new Schedule.Every(
            Duration.parse(SpecJson.text(v, "period")), Instant.parse(SpecJson.text(v, "from")));
      }
      default -> throw new IllegalArgumentException("the timing \"" + word + "\" is not known");
    };
  }

  private static LocalTime time(JsonNode node) {
    return LocalTime.parse(SpecJson.text(node, "time"));
  }

  private static MissedRuns missed(JsonNode node) {
    String word = node.fieldNames().next();
    return switch (word) {
      case "skip" -> MissedRuns.skip(Duration.parse(SpecJson.text(node, word)));
      case "runOnce" -> {
        if (!SpecJson.required(node, word).equals(SpecJson.TRUE)) {
          throw new IllegalArgumentException("\"runOnce\" is not true");
        }
        yield MissedRuns.runOnce();
      }
      case "runAll" -> MissedRuns.runAll(SpecJson.integer(node, word));
      default ->
          throw new IllegalArgumentException(
              "the way to treat missed runs \"" + word + "\" is not known");
    };
  }
}
