// SPDX-License-Identifier: Apache-2.0
package io.kmesh.flows;

import java.util.HashSet;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Which of two changes of one thing stands that were made at both ends before either knew of the
 * other. Immutable.
 */
public sealed interface ConflictPolicy {
  /**
   * The file with the later time of modification stands; the other one goes from the tree, and is
   * kept beside it at its own end until somebody resolves the conflict.
   */
  record Newest() implements ConflictPolicy {}

  /**
   * The change of the end that comes first in a list stands; the other one goes, as above.
   *
   * @param ends {@code source} and {@code target}, the stronger one first; where flows share trees
   *     also "end2" to "end255", as the trees are called that later flows added
   */
  record Sites(List<String> ends) implements ConflictPolicy {
    private static final Pattern END =
        Pattern.compile("source|target|end([2-9]|[1-9][0-9]|1[0-9][0-9]|2[0-4][0-9]|25[0-5])");

    /** Checks and copies the list. */
    public Sites {
      ends = List.copyOf(ends);
      if (ends.isEmpty()
          || new HashSet<>(ends).size() < ends.size()
          || !ends.stream().allMatch(end -> END.matcher(end).matches())) {
        throw new IllegalArgumentException(
            "Cannot let ends "
                + ends
                + " decide conflicts: name \"source\", \"target\" or both, each once; where flows"
                + " share trees also \"end2\" to \"end255\".");
      }
    }
  }

  /**
   * The newer file has the name, and the other one stays beside it as {@code
   * NAME.conflict-END-NUMBER}.
   */
  record KeepBoth() implements ConflictPolicy {}

  /** The file with the later time of modification stands. */
  static ConflictPolicy newest() {
    return new Newest();
  }

  /**
   * The change of the end that comes first stands.
   *
   * @param ends as {@link Sites#ends} has them
   */
  static ConflictPolicy sites(String... ends) {
    return new Sites(List.of(ends));
  }

  /** Both files stay. */
  static ConflictPolicy keepBoth() {
    return new KeepBoth();
  }
}
