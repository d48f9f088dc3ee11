// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.flows.FlowRate;
import io.kmesh.unit.DataSize;
import java.time.DayOfWeek;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RateTextTest {
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

  @Test
  void rates_asUsersWriteThem() {
    assertThat(RateText.parse(null, List.of(), BERLIN)).isEqualTo(FlowRate.UNLIMITED);
    assertThat(RateText.parse("50MB", List.of(), BERLIN))
        .isEqualTo(FlowRate.of(DataSize.ofBytes(50_000_000)));
    assertThat(RateText.parse("2MiB", List.of(), BERLIN)).isEqualTo(FlowRate.of(DataSize.ofMib(2)));
    FlowRate office =
        RateText.parse(
            "50MB",
            List.of(
                "mon-fri 8:00-18:00=10MB",
                "sat,sun 00:00-24:00=unlimited",
                "fri-mon 22:30-06:00 = 0"),
            BERLIN);
    assertThat(office)
        .isEqualTo(
            FlowRate.of(DataSize.ofBytes(50_000_000))
                .at(
                    EnumSet.range(DayOfWeek.MONDAY, DayOfWeek.FRIDAY),
                    LocalTime.of(8, 0),
                    LocalTime.of(18, 0),
                    DataSize.ofBytes(10_000_000))
                .unlimitedAt(
                    Set.of(DayOfWeek.SATURDAY, DayOfWeek.SUNDAY),
                    LocalTime.MIDNIGHT,
                    LocalTime.MIDNIGHT)
                .at(
                    Set.of(
                        DayOfWeek.FRIDAY, DayOfWeek.SATURDAY, DayOfWeek.SUNDAY, DayOfWeek.MONDAY),
                    LocalTime.of(22, 30),
                    LocalTime.of(6, 0),
                    DataSize.ZERO)
                .in(BERLIN));
    assertThat(RateText.describe(office))
        .startsWith("47.7 MiB/s; mon tue wed thu fri 08:00-18:00: 9.5 MiB/s; sat sun ")
        .endsWith("(Europe/Berlin)");
    assertThat(RateText.describe(FlowRate.UNLIMITED)).isEqualTo("unlimited");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "mon",
        "mon 08:00=1MB",
        "mon-x 08:00-09:00=1MB",
        "mon 08:00-25:00=1MB",
        "mon 08:00-09:00=fast"
      })
  void windows_thatAreNone_areRefused(String text) {
    assertThatThrownBy(() -> RateText.parse(null, List.of(text), BERLIN))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Cannot ");
    assertThatThrownBy(() -> RateText.parse("99999999TB", List.of(), BERLIN))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
