// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.translate;

import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;

/**
 * What an entry becomes.
 *
 * @param key without the target's prefix
 * @param words the dialect's words, what is neither Kmesh's nor a dialect's, and the stamp
 * @param own Kmesh's own attributes, without those of one attempt
 * @param body its bytes
 * @param losses what a reader of the dialect will not see
 */
record TargetObject(
    String key,
    SortedMap<String, String> words,
    SortedMap<String, String> own,
    Body body,
    SortedSet<String> losses) {
  /** All attributes, wherever they are kept. */
  SortedMap<String, String> all() {
    SortedMap<String, String> all = new TreeMap<>(own);
    all.putAll(words);
    return all;
  }
}
