// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the store has of an inode and what it is to have.
 *
 * @param inode its number
 * @param at the key of the object that holds its bytes; null when none does
 * @param isSpooled whether its bytes are still to be sent
 * @param isNeeded whether its bytes stay, though no key is wanted for them: it has a name that is
 *     not shown, or is open
 * @param want the keys that are to show it; at most one of them is no link
 * @param have the keys that show it as far as is known, right or not
 */
record PushItem(
    long inode,
    @Nullable String at,
    boolean isSpooled,
    boolean isNeeded,
    SortedMap<String, Shown> want,
    SortedMap<String, Shown> have) {
  PushItem {
    want = Collections.unmodifiableSortedMap(new TreeMap<>(want));
    have = Collections.unmodifiableSortedMap(new TreeMap<>(have));
  }

  /** The key that is to hold the bytes; null when none is. */
  @Nullable String holder() {
    for (Map.Entry<String, Shown> entry : want.entrySet()) {
      if (!entry.getValue().isLink()) {
        return entry.getKey();
      }
    }
    return null;
  }
}
