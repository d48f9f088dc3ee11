// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.merge;

import java.util.random.RandomGenerator;

/**
 * Which end of a flow a replica is: the last byte of its id. So all sites know it of every change,
 * also of replicas that they never met, and of one that was made anew for a lost base. Stateless.
 */
public final class ReplicaEnds {
  static final long BITS = 0xff;

  private ReplicaEnds() {}

  /**
   * A new replica's id.
   *
   * @param end 0 to 255
   */
  public static long newId(int end, RandomGenerator random) {
    long id = (random.nextLong() & ~BITS) | (end & BITS);
    return id >>> 8 == 0 ? newId(end, random) : id;
  }

  /** The end of a replica. */
  public static int of(long replica) {
    return (int) (replica & BITS);
  }
}
