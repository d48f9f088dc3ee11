// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.merge;

import io.kmesh.core.internal.flows.base.Content;
import io.kmesh.core.internal.flows.base.Dot;
import java.util.List;

/**
 * Which of two changes stands that know nothing of each other. All sites of a flow must have the
 * same. Immutable.
 *
 * @param keep what becomes of the other one
 * @param first replicas whose changes stand, the strongest first; the newer change stands among
 *     others
 * @param bits which bits of a replica's id the list has
 */
public record MergePolicy(Keep keep, List<Long> first, long bits) {
  /** What becomes of the file that does not stand. */
  public enum Keep {
    /** It stays beside the other one under a name of its own. */
    BOTH,
    /** It goes; the conflict says so. */
    ONE
  }

  /** Both stay; the newer one has the name. */
  public static final MergePolicy KEEP_BOTH = new MergePolicy(Keep.BOTH, List.of(), -1);

  /** The newer one stands: by its modification time, then by replica. */
  public static final MergePolicy NEWEST = new MergePolicy(Keep.ONE, List.of(), -1);

  /** Copies the list. */
  public MergePolicy {
    first = List.copyOf(first);
  }

  /** The change of the site that stands first in a list stands. */
  public static MergePolicy sites(List<Long> replicas) {
    return new MergePolicy(Keep.ONE, replicas, -1);
  }

  /** The change of the end that stands first in a list stands. */
  public static MergePolicy ends(List<Integer> ends) {
    return new MergePolicy(
        Keep.ONE, ends.stream().map(Integer::longValue).toList(), ReplicaEnds.BITS);
  }

  /** Whether one content stands against another; a total order of dots with their contents. */
  boolean stands(Content one, Dot oneDot, Content other, Dot otherDot) {
    int rank = Integer.compare(rank(otherDot), rank(oneDot));
    if (rank == 0) {
      rank = one.mtime().compareTo(other.mtime());
    }
    return rank == 0 ? stands(oneDot, otherDot) : rank > 0;
  }

  /** Whether one change stands against another where there is no time. */
  boolean stands(Dot one, Dot other) {
    int rank = Integer.compare(rank(other), rank(one));
    return rank == 0 ? one.compareTo(other) > 0 : rank > 0;
  }

  private int rank(Dot dot) {
    int at = first.indexOf(dot.replica() & bits);
    return at < 0 ? first.size() : at;
  }
}
