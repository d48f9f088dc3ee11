// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import java.util.List;
import java.util.function.Function;

/** What people mean by an id, its first digits, or a name. */
public final class IdOrName {
  private static final int LEAST_DIGITS = 4;

  private IdOrName() {}

  /**
   * Those that are meant: one alone when it is told by its whole id, whatever others are called.
   *
   * @param text an id, four or more first digits of one, or a name
   */
  public static <T> List<T> meant(
      List<T> all, String text, Function<T, String> id, Function<T, String> name) {
    List<T> exact = all.stream().filter(one -> id.apply(one).equals(text)).toList();
    return !exact.isEmpty()
        ? exact
        : all.stream()
            .filter(
                one ->
                    name.apply(one).equals(text)
                        || (text.length() >= LEAST_DIGITS && id.apply(one).startsWith(text)))
            .toList();
  }
}
