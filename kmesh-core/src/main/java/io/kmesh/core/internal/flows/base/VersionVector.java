// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.base;

import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.spi.ProviderException;
import java.util.Arrays;

/**
 * Which changes a state has seen: of each replica those up to a counter. Immutable. Source: Parker
 * et al., "Detection of Mutual Inconsistency in Distributed Systems", 1983.
 */
public final class VersionVector {
  /** Has seen nothing. */
  public static final VersionVector EMPTY = new VersionVector(new long[0]);

  /** The most replicas that one is read with. */
  public static final int MOST_REPLICAS = 4096;

  /** How one vector stands to another. */
  public enum Order {
    /** Both have seen the same. */
    EQUAL,
    /** The other has seen more. */
    OLDER,
    /** This one has seen more. */
    NEWER,
    /** Each has seen what the other has not. */
    CONCURRENT
  }

  /** Replica and counter in turns, by the replicas' unsigned order; counters are above 0. */
  private final long[] pairs;

  private VersionVector(long[] pairs) {
    this.pairs = pairs;
  }

  /** The changes of one replica. */
  public static VersionVector of(long replica, long counter) {
    return EMPTY.with(replica, counter);
  }

  /** How many changes of a replica were seen: the counter of the last; 0 for none. */
  public long counter(long replica) {
    for (int i = 0; i < pairs.length; i += 2) {
      if (pairs[i] == replica) {
        return pairs[i + 1];
      }
    }
    return 0;
  }

  /** The replicas that it has changes of. */
  public int size() {
    return pairs.length / 2;
  }

  /** Whether it has seen nothing. */
  public boolean isEmpty() {
    return pairs.length == 0;
  }

  /** Whether a change was seen. */
  public boolean has(long replica, long counter) {
    return counter(replica) >= counter;
  }

  /**
   * This one, which has seen a replica's changes up to a counter as well.
   *
   * @param counter above 0
   */
  public VersionVector with(long replica, long counter) {
    if (counter <= 0) {
      throw new IllegalArgumentException("Counters begin at 1, not " + counter + ".");
    }
    if (has(replica, counter)) {
      return this;
    }
    int at = 0;
    while (at < pairs.length && Long.compareUnsigned(pairs[at], replica) < 0) {
      at += 2;
    }
    boolean present = at < pairs.length && pairs[at] == replica;
    long[] next = new long[pairs.length + (present ? 0 : 2)];
    System.arraycopy(pairs, 0, next, 0, at);
    next[at] = replica;
    next[at + 1] = counter;
    int rest = at + (present ? 2 : 0);
    System.arraycopy(pairs, rest, next, at + 2, pairs.length - rest);
    return new VersionVector(next);
  }

  /** What either has seen. */
  public VersionVector join(VersionVector other) {
    VersionVector joined = this;
    for (int i = 0; i < other.pairs.length; i += 2) {
      joined = joined.with(other.pairs[i], other.pairs[i + 1]);
    }
    return joined.pairs.length == other.pairs.length && joined.equals(other) ? other : joined;
  }

  /** How this one stands to another. */
  public Order compare(VersionVector other) {
    boolean more = hasMoreThan(other);
    boolean less = other.hasMoreThan(this);
    if (more) {
      return less ? Order.CONCURRENT : Order.NEWER;
    }
    return less ? Order.OLDER : Order.EQUAL;
  }

  /** Whether it has seen all that another has. */
  public boolean covers(VersionVector other) {
    return !other.hasMoreThan(this);
  }

  private boolean hasMoreThan(VersionVector other) {
    for (int i = 0; i < pairs.length; i += 2) {
      if (pairs[i + 1] > other.counter(pairs[i])) {
        return true;
      }
    }
    return false;
  }

  static VersionVector read(ByteInput in) throws ProviderException {
    int size = (int) in.varint(MOST_REPLICAS, "the number of replicas of a version");
    long[] pairs = new long[size * 2];
    for (int i = 0; i < pairs.length; i += 2) {
      pairs[i] = in.u64BigEndian();
      pairs[i + 1] = in.varint(Long.MAX_VALUE, "a counter");
      if (pairs[i + 1] == 0 || (i > 0 && Long.compareUnsigned(pairs[i - 2], pairs[i]) >= 0)) {
        throw in.damaged("a version is not in order");
      }
    }
    return size == 0 ? EMPTY : new VersionVector(pairs);
  }

  void write(ByteOutput out) {
    out.varint(size());
    for (int i = 0; i < pairs.length; i += 2) {
      out.u64BigEndian(pairs[i]);
      out.varint(pairs[i + 1]);
    }
  }

  @Override
  public boolean equals(@org.jspecify.annotations.Nullable Object o) {
    return o instanceof VersionVector v && Arrays.equals(pairs, v.pairs);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(pairs);
  }

  /** As in {@code {1f:3, a0:17}}. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("{");
    for (int i = 0; i < pairs.length; i += 2) {
      text.append(i == 0 ? "" : ", ")
          .append(Long.toHexString(pairs[i]))
          .append(':')
          .append(pairs[i + 1]);
    }
    return text.append('}').toString();
  }
}
