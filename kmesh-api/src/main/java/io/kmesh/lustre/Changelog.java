// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Changelogs of one file system. Thread-safe. */
public interface Changelog {
  /** The indices of its MDTs: each has a log of its own, with no order between them. */
  List<Integer> mdts();

  /**
   * Records of one MDT from an index on, at most {@code limit}; empty where there are none yet.
   *
   * @param mdt the MDT's index
   * @param fromIndex the smallest index
   * @param limit 1 to 100,000
   */
  List<ChangelogRecord> read(int mdt, long fromIndex, int limit);

  /**
   * Hands out the records that exist now, in order, from an index on.
   *
   * @return the index to continue from
   */
  long forEach(int mdt, long fromIndex, Consumer<ChangelogRecord> consumer);

  /** Tells an MDT that a registered user needs no record up to an index (inclusive) any more. */
  void clear(int mdt, String user, long upToIndex);

  /**
   * A reader of all MDTs' logs as one, that can be asked where it is.
   *
   * @param from the smallest index to give, by MDT, such as {@link MergedChangelog#position} said;
   *     all there is of those that are not named
   */
  default MergedChangelog merged(Map<Integer, Long> from) {
    return new MergedChangelog(this, from);
  }
}
