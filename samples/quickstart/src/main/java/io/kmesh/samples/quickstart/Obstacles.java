// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import java.nio.file.Path;
import java.util.List;

/** What is in the way of a run, all of it at once, each with its remedy. Nothing was touched yet. */
final class Obstacles extends Exception {
  private static final long serialVersionUID = 1L;

  Obstacles(Path directory, List<String> all) {
    super(words(directory, all));
  }

  private static String words(Path directory, List<String> all) {
    StringBuilder text =
        new StringBuilder("Cannot run on ")
            .append(directory)
            .append(": ")
            .append(all.size() == 1 ? "one thing is" : all.size() + " things are")
            .append(" in the way. Nothing there was touched.");
    for (int i = 0; i < all.size(); i++) {
      text.append("\n  ").append(i + 1).append(". ").append(all.get(i));
    }
    return text.toString();
  }
}
