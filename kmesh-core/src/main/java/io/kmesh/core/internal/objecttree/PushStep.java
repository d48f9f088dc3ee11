// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A step of a push: one object is written or removed.
 *
 * @param what what is done
 * @param inode whose object it is
 * @param key where
 * @param from where a copy comes from
 * @param shown what the object shows then
 * @param after the numbers of the steps that must have succeeded before
 */
record PushStep(
    What what,
    long inode,
    String key,
    @Nullable String from,
    @Nullable Shown shown,
    Set<Integer> after) {
  /** What is done. */
  enum What {
    /** The bytes are copied from another key, with the attributes that are wanted. */
    COPY,
    /** The bytes are sent, or made from the index. */
    PUT,
    /** The object that holds the bytes gets other attributes. */
    ATTRIBUTES,
    /** Another name is written. */
    LINK,
    /** The object is removed. */
    DELETE
  }

  PushStep {
    after = Set.copyOf(new TreeSet<>(after));
  }
}
