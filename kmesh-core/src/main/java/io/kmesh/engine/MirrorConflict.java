// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * What an export does where the object at an entry's key is not what an earlier export of the entry
 * left, and what an import does where the entry was changed since. <em>Local</em> is the tree,
 * <em>remote</em> the store. docs/design/mirrors.md says what is compared.
 */
public enum MirrorConflict {
  /** Nothing is overwritten: the entry is a failure by name, and all others go on. */
  FAIL,
  /** Nothing is overwritten, on either side, and it is no failure. */
  SKIP,
  /**
   * What is there keeps its name, and what comes is put beside it, as {@code
   * NAME.conflict-tree-HEX} in the store, {@code NAME.conflict-store-HEX} in the tree. Directories
   * stay as they are.
   */
  KEEP_BOTH,
  /** An export leaves the object, an import overwrites the entry. */
  REMOTE_WINS,
  /** An export overwrites the object, an import leaves the entry. */
  LOCAL_WINS;

  /** Its name in options, such as {@code keep-both}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The policy of a name. */
  public static Optional<MirrorConflict> of(String word) {
    return Arrays.stream(values()).filter(p -> p.word().equals(word)).findFirst();
  }
}
