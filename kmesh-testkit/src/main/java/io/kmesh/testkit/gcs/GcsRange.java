// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.gcs;

import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A Range header (RFC 9110, 14.1.2) of one range, applied to so many bytes. */
record GcsRange(int from, int to, boolean isPart) {
  private static final Pattern FORM = Pattern.compile("bytes=(\\d*)-(\\d*)");

  static GcsRange of(String header, int size) throws GcsError {
    if (header.isEmpty()) {
      return new GcsRange(0, size, false);
    }
    Matcher matcher = FORM.matcher(header);
    if (!matcher.matches() || header.equals("bytes=-")) {
      return new GcsRange(0, size, false); // a range that can't be read is none
    }
    long from;
    long to = size;
    if (matcher.group(1).isEmpty()) {
      from = Math.max(0, size - Long.parseLong(matcher.group(2)));
    } else {
      from = Long.parseLong(matcher.group(1));
      if (!matcher.group(2).isEmpty()) {
        to = Math.min(size, Long.parseLong(matcher.group(2)) + 1);
      }
    }
    if (from >= size || from >= to) {
      throw new GcsError(
          416, "requestedRangeNotSatisfiable", "The requested range cannot be satisfied.");
    }
    return new GcsRange((int) from, (int) to, true);
  }

  String header(int size) {
    return "bytes " + from + "-" + (to - 1) + "/" + size;
  }

  byte[] cut(byte[] bytes) {
    return isPart ? Arrays.copyOfRange(bytes, from, to) : bytes;
  }
}
