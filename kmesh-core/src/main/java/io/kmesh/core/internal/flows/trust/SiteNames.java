// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.trust;

import java.util.regex.Pattern;

/** What a site may be called: 1 to 64 of {@code A-Z a-z 0-9 . _ -}, a letter or digit first. */
final class SiteNames {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  private SiteNames() {}

  static boolean isName(String text) {
    return NAME.matcher(text).matches();
  }

  static String require(String text) {
    if (!isName(text)) {
      String shown = text.length() > 80 ? text.substring(0, 80) + "..." : text;
      throw new IllegalArgumentException(
          "Cannot name a site \""
              + shown.replaceAll("[^ -~]", "?")
              + "\": that is no site's name. Use 1 to 64 of A-Z a-z 0-9 . _ -, a letter or digit"
              + " first.");
    }
    return text;
  }
}
