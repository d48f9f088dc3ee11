// SPDX-License-Identifier: Apache-2.0
package io.kmesh.snapshots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CronExpressionTest {
  private static List<Integer> daysOf2026(String expression, int month) {
    CronExpression cron = CronExpression.parse(expression);
    LocalDate first = LocalDate.of(2026, month, 1);
    return IntStream.rangeClosed(1, first.lengthOfMonth())
        .filter(day -> cron.matches(first.withDayOfMonth(day)))
        .boxed()
        .toList();
  }

  @Test
  void parse_days_matchTheCalendar() {
    assertThat(daysOf2026("0 0 L * *", 2)).containsExactly(28);
    assertThat(daysOf2026("0 0 L-2,1 * *", 1)).containsExactly(1, 29);
    assertThat(daysOf2026("0 0 * * FRI#2", 3)).containsExactly(13);
    assertThat(daysOf2026("0 0 * * sunl", 3)).containsExactly(29);
    assertThat(daysOf2026("0 0 * * SAT-SUN", 8))
        .containsExactly(1, 2, 8, 9, 15, 16, 22, 23, 29, 30);
    assertThat(daysOf2026("0 0 * * 6-7", 8)).isEqualTo(daysOf2026("0 0 * * 0,6", 8));
    assertThat(daysOf2026("0 0 13 * FRI", 3)).containsExactly(6, 13, 20, 27);
    assertThat(daysOf2026("0 0 13 * FRI", 4)).containsExactly(3, 10, 13, 17, 24);
    assertThat(daysOf2026("0 0 */10 * MON", 6)).containsExactly(1);
    assertThat(daysOf2026("0 0 1 feb-APR/2 ?", 4)).containsExactly(1);
    assertThat(daysOf2026("0 0 1 feb-APR/2 ?", 3)).isEmpty();
  }

  @Test
  void parse_times_areInOrder() {
    assertThat(CronExpression.parse("*/20 3,1 * * *").times())
        .map(Object::toString)
        .containsExactly("01:00", "01:20", "01:40", "03:00", "03:20", "03:40");
    CronExpression cron = CronExpression.parse("5/25 0 * * *");
    assertThat(cron.matches(LocalDateTime.parse("2026-01-01T00:30:59"))).isTrue();
    assertThat(cron.matches(LocalDateTime.parse("2026-01-01T00:31:00"))).isFalse();
    assertThat(cron.matches(LocalDateTime.parse("2026-01-01T01:30:00"))).isFalse();
  }

  @Test
  void parse_oneForm_forEqualExpressions() {
    assertThat(CronExpression.parse(" 0\t2 ? * mon "))
        .isEqualTo(CronExpression.parse("0 2 * * MON"));
    assertThat(CronExpression.parse("@daily")).hasToString("0 0 * * *");
    assertThat(CronExpression.parse("@weekly"))
        .hasSameHashCodeAs(CronExpression.parse("0 0 * * 0"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''                  | 1 fields",
        "* * * *             | 4 fields",
        "0 0 2 * * *         | seconds",
        "60 * * * *          | Give 0 to 59",
        "* 24 * * *          | Give 0 to 23",
        "* * 0 * *           | Give 1 to 31",
        "* * * 13 *          | Give 1 to 12",
        "* * * * 8           | Give 0 to 7",
        "* * * FOO *         | no month",
        "* * * * JAN         | no day of week",
        "5-1 * * * *         | ends before it begins",
        "* * * * FRI-MON     | ends before it begins",
        "*/0 * * * *         | step",
        "*/90 * * * *        | step",
        "1,,2 * * * *        | no minute",
        "* * 15W * *         | no day of month",
        "* * * * L           | no day of week",
        "* * * * MON#6       | in no month",
        "* * L-31 * *        | before any month",
        "0 0 30 2 *          | no day of any year",
        "0 0 L-30 2 *        | no day of any year",
        "0 0 31 4,6,9,11 *   | no day of any year",
        "@reboot             | 1 fields",
        "-1 * * * *          | no minute",
        "99999999999 * * * * | no minute",
        "* * * * \u0661      | no day of week"
      })
  void parse_nonsense_saysWhatToDo(String text, String reason) {
    assertThatThrownBy(() -> CronExpression.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("Cannot read the cron expression \"" + text + "\": ")
        .hasMessageContaining(reason)
        .hasMessageEndingWith(".");
  }

  @Test
  void parse_rareDay_isAccepted() {
    assertThat(CronExpression.parse("0 0 * 2 FRI#5").matches(LocalDate.of(2008, 2, 29))).isTrue();
    assertThat(CronExpression.parse("0 0 29 2 *").matches(LocalDate.of(2100, 2, 28))).isFalse();
  }
}
