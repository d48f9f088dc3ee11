// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/**
 * Times of HTTP's headers. Each answer has one or two, and the JDK's formatter took a tenth of what
 * a small object costs; so the form that all servers write is read by its places. Source: RFC 9110,
 * "Date/Time Formats" (IMF-fixdate).
 */
final class HttpTime {
  private static final String MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";
  private static final int LENGTH = "Sun, 06 Nov 1994 08:49:37 GMT".length();

  private HttpTime() {}

  /** The time that a text says; null for one that says none. */
  static @Nullable Instant of(String text) {
    try {
      return text.length() == LENGTH && text.endsWith(" GMT")
          ? placed(text)
          : DateTimeFormatter.RFC_1123_DATE_TIME.parse(text, Instant::from);
    } catch (DateTimeException e) {
      return null;
    }
  }

  private static Instant placed(String text) {
    int month = MONTHS.indexOf(text.substring(8, 11));
    if (month < 0 || month % 3 != 0 || text.charAt(19) != ':' || text.charAt(22) != ':') {
      throw new DateTimeException("no time: " + text);
    }
    return LocalDateTime.of(
            number(text, 12, 16),
            month / 3 + 1,
            number(text, 5, 7),
            number(text, 17, 19),
            number(text, 20, 22),
            number(text, 23, 25))
        .toInstant(ZoneOffset.UTC);
  }

  private static int number(String text, int from, int to) {
    int number = 0;
    for (int i = from; i < to; i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        throw new DateTimeException("no time: " + text);
      }
      number = 10 * number + digit;
    }
    return number;
  }
}
