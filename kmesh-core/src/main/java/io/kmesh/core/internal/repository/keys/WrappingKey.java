// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.keys;

import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The place of a wrapping of the repository key.
 *
 * @param generation of the repository key
 * @param holder 16 hexadecimal digits
 */
record WrappingKey(int generation, String holder) {
  static final String PREFIX = "keys/";

  private static final Pattern KEY = Pattern.compile("keys/([1-9][0-9]{0,8})-([0-9a-f]{16})");

  static Optional<WrappingKey> parse(String key) {
    Matcher matcher = KEY.matcher(key);
    return matcher.matches()
        ? Optional.of(new WrappingKey(Integer.parseInt(matcher.group(1)), matcher.group(2)))
        : Optional.empty();
  }

  /** A place that nobody has. */
  static WrappingKey fresh(int generation, SecureRandom random) {
    return new WrappingKey(generation, randomId(random));
  }

  /** 16 hexadecimal digits. */
  static String randomId(SecureRandom random) {
    return HexFormat.of().toHexDigits(random.nextLong());
  }

  /** All that are stored, the newest generation first. */
  static List<WrappingKey> all(KeyObjects objects) throws IOException {
    List<WrappingKey> all = new ArrayList<>();
    for (String key : objects.list(PREFIX)) {
      parse(key).ifPresent(all::add);
    }
    all.sort(
        Comparator.comparing(WrappingKey::generation)
            .reversed()
            .thenComparing(WrappingKey::holder));
    return all;
  }

  String key() {
    return PREFIX + id();
  }

  String id() {
    return generation + "-" + holder;
  }
}
