// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpTimeTest {
  private static final DateTimeFormatter FORM =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
          .withZone(ZoneOffset.UTC);

  @Property
  void of_readsWhatServersWrite(@ForAll @LongRange(min = 0, max = 4_000_000_000L) long seconds) {
    Instant time = Instant.ofEpochSecond(seconds);
    assertThat(HttpTime.of(FORM.format(time))).isEqualTo(time);
  }

  @Property
  void of_withAWrongCharacter_neverThrows(
      @ForAll @IntRange(max = 28) int at, @ForAll char character) {
    StringBuilder text = new StringBuilder("Mon, 02 Nov 2026 10:00:00 GMT");
    text.setCharAt(at, character);
    Instant read = HttpTime.of(text.toString());
    Instant said;
    try {
      said = DateTimeFormatter.RFC_1123_DATE_TIME.parse(text, Instant::from);
    } catch (DateTimeException e) {
      return; // the day's name is not compared
    }
    assertThat(read).isEqualTo(said);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "now", "Mon, 31 Feb 2026 10:00:00 GMT", "Mon, 02 XXX 2026 10:00:00 GMT"})
  void of_whatIsNoTime_isNull(String text) {
    assertThat(HttpTime.of(text)).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"Mon, 2 Nov 2026 10:00:00 GMT", "Mon, 02 Nov 2026 11:00:00 +0100"})
  void of_otherForms_areReadToo(String text) {
    assertThat(HttpTime.of(text)).isEqualTo(Instant.parse("2026-11-02T10:00:00Z"));
  }
}
