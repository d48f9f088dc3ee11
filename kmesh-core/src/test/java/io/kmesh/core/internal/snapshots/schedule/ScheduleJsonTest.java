// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.snapshots.MissedRuns;
import io.kmesh.snapshots.Schedule;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.Map;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScheduleJsonTest {
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

  private static final Map<String, Schedule> GOLDEN = new LinkedHashMap<>();

  static {
    GOLDEN.put(
        "{\"format\":0,\"at\":{\"cron\":\"30 2 * * MON-FRI\"},\"zone\":\"Europe/Berlin\","
            + "\"missed\":{\"runOnce\":true}}",
        Schedule.cron("30 2  * * mon-fri").in(BERLIN));
    GOLDEN.put(
        "{\"format\":0,\"at\":{\"hourly\":{\"minute\":15}},\"zone\":\"Z\","
            + "\"missed\":{\"skip\":\"PT5M\"}}",
        Schedule.hourly(15).ifMissed(MissedRuns.skip()));
    GOLDEN.put(
        "{\"format\":0,\"at\":{\"daily\":{\"time\":\"02:00\"}},\"zone\":\"Europe/Berlin\","
            + "\"missed\":{\"runAll\":24}}",
        Schedule.daily(LocalTime.of(2, 0)).in(BERLIN).ifMissed(MissedRuns.runAll(24)));
    GOLDEN.put(
        "{\"format\":0,\"at\":{\"weekly\":{\"day\":\"SUNDAY\",\"time\":\"04:30\"}},"
            + "\"zone\":\"Z\",\"missed\":{\"runOnce\":true}}",
        Schedule.weekly(DayOfWeek.SUNDAY, LocalTime.of(4, 30)).in(ZoneId.of("UTC")));
    GOLDEN.put(
        "{\"format\":0,\"at\":{\"monthly\":{\"day\":31,\"time\":\"00:00\"}},\"zone\":\"Z\","
            + "\"missed\":{\"runOnce\":true}}",
        Schedule.monthly(31, LocalTime.MIDNIGHT));
    GOLDEN.put(
        "{\"format\":0,\"at\":{\"every\":{\"period\":\"PT1H30M\","
            + "\"from\":\"2026-01-01T00:00:00Z\"}},\"zone\":\"Z\",\"missed\":{\"runOnce\":true}}",
        Schedule.every(Duration.ofMinutes(90), Instant.parse("2026-01-01T00:00:00Z")));
  }

  @Provide
  Arbitrary<Schedule> schedules() {
    return Schedules.all();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void goldenVectors_areWrittenAndRead() throws IOException {
    for (Map.Entry<String, Schedule> golden : GOLDEN.entrySet()) {
      assertThat(new String(ScheduleJson.encode(golden.getValue()), StandardCharsets.UTF_8))
          .isEqualTo(golden.getKey());
      assertThat(ScheduleJson.decode("s", utf8(golden.getKey()))).isEqualTo(golden.getValue());
    }
  }

  @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
  void anySchedule_roundTrips(@ForAll("schedules") Schedule schedule) throws IOException {
    byte[] bytes = ScheduleJson.encode(schedule);
    assertThat(ScheduleJson.decode("s", bytes)).isEqualTo(schedule);
    assertThat(schedule.toBuilder().build()).isEqualTo(schedule);
  }

  @Test
  void decode_newerFormat_refusesByName() {
    assertThatThrownBy(() -> ScheduleJson.decode("nightly", utf8("{\"format\":1,\"new\":2}")))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID))
        .hasMessageContaining("nightly")
        .hasMessageContaining("format 1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"format\":0,\"at\":{\"hourly\":{\"minute\":1,\"x\":1}},\"zone\":\"Z\",\"missed\":{\"runAll\":1}}",
        "{\"format\":0,\"at\":{\"hourly\":{\"minute\":1}},\"zone\":\"Z\",\"missed\":{\"runAll\":1},\"x\":1}"
      })
  void decode_fieldOfALaterBuild_refusesByName(String text) {
    assertThatThrownBy(() -> ScheduleJson.decode("nightly", utf8(text)))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID))
        .hasMessageContaining("nightly")
        .hasMessageContaining("x");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{}",
        "{\"format\":0}",
        "{\"format\":\"0\",\"at\":{\"hourly\":{\"minute\":1}},\"zone\":\"Z\",\"missed\":{\"runAll\":1}}",
        "{\"format\":0,\"at\":{\"hourly\":{\"minute\":60}},\"zone\":\"Z\",\"missed\":{\"runAll\":1}}",
        "{\"format\":0,\"at\":{\"hourly\":1},\"zone\":\"Z\",\"missed\":{\"runAll\":1}}",
        "{\"format\":0,\"at\":{\"hourly\":{\"minute\":1},\"cron\":\"* * * * *\"},\"zone\":\"Z\",\"missed\":{\"runAll\":1}}",
        "{\"format\":0,\"at\":{\"cron\":\"0 0 30 2 *\"},\"zone\":\"Z\",\"missed\":{\"runAll\":1}}",
        "{\"format\":0,\"at\":{\"daily\":{\"time\":\"02:00:01\"}},\"zone\":\"Z\",\"missed\":{\"runAll\":1}}",
        "{\"format\":0,\"at\":{\"hourly\":{\"minute\":1}},\"zone\":\"Mars\",\"missed\":{\"runAll\":1}}",
        "{\"format\":0,\"at\":{\"hourly\":{\"minute\":1}},\"zone\":\"Z\",\"missed\":{\"runAll\":0}}",
        "{\"format\":0,\"at\":{\"hourly\":{\"minute\":1}},\"zone\":\"Z\",\"missed\":{\"runOnce\":false}}",
        "{\"format\":0,\"at\":{\"hourly\":{\"minute\":1}},\"zone\":\"Z\",\"zone\":\"Z\",\"missed\":{\"runAll\":1}}",
        "{\"format\":0,\"at\":{\"hourly\":{\"minute\":1}},\"zone\":\"Z\",\"missed\":{\"runAll\":1}}{}",
        "{\"format\":0,\"at\":{\"every\":{\"period\":\"PT30S\",\"from\":\"2026-01-01T00:00:00Z\"}},\"zone\":\"Z\",\"missed\":{\"runAll\":1}}"
      })
  void decode_foreignText_isATypedError(String text) {
    assertThatThrownBy(() -> ScheduleJson.decode("nightly", utf8(text)))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT))
        .hasMessageContaining("nightly");
  }

  @Tag("fuzz")
  @Property(tries = 5_000, edgeCases = EdgeCasesMode.NONE)
  void decode_damagedText_isATypedError_orASchedule(
      @ForAll("schedules") Schedule schedule,
      @ForAll @IntRange(max = 400) int at,
      @ForAll byte value,
      @ForAll @IntRange(min = 1, max = 400) int length)
      throws IOException {
    byte[] bytes = ScheduleJson.encode(schedule);
    bytes[at % bytes.length] = value;
    byte[] some = length < bytes.length / 4 ? java.util.Arrays.copyOf(bytes, length) : bytes;
    Schedule read;
    try {
      read = ScheduleJson.decode("nightly", some);
    } catch (ProviderException e) {
      assertThat(e).hasMessageContaining("nightly");
      return;
    }
    assertThat(ScheduleJson.decode("nightly", ScheduleJson.encode(read))).isEqualTo(read);
    assertThat(ScheduleClock.of(read).after(Instant.EPOCH)).isNotNull();
  }
}
