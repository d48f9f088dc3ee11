// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.base;

import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.spi.ProviderException;
import org.jspecify.annotations.Nullable;

/**
 * A file, directory or other object of a flow, the same at all its sites, whatever its names are.
 *
 * @param replica where it was first seen; 0 for the root
 * @param number its number there
 */
public record NodeId(long replica, long number) implements Comparable<NodeId> {
  /** The top directory of the flow, at every site. */
  public static final NodeId ROOT = new NodeId(0, 0);

  /** The bytes of an id. */
  public static final int LENGTH = 16;

  /** Whether it is the flow's top directory. */
  public boolean isRoot() {
    return replica == 0 && number == 0;
  }

  /** Reads an id. */
  public static NodeId read(ByteInput in) throws ProviderException {
    long replica = in.u64BigEndian();
    return new NodeId(replica, in.u64BigEndian());
  }

  /** Writes it. */
  public void write(ByteOutput out) {
    out.u64BigEndian(replica);
    out.u64BigEndian(number);
  }

  @Override
  public int compareTo(NodeId other) {
    int byReplica = Long.compareUnsigned(replica, other.replica);
    return byReplica != 0 ? byReplica : Long.compareUnsigned(number, other.number);
  }

  /** Hexadecimal, as in {@code 1f-2a}. */
  @Override
  public String toString() {
    return Long.toHexString(replica) + "-" + Long.toHexString(number);
  }

  // By hand, since these are keys of maps: what a record generates is slow before it is optimised.
  @Override
  public boolean equals(@Nullable Object o) {
    return o instanceof NodeId other && replica == other.replica && number == other.number;
  }

  @Override
  public int hashCode() {
    return 31 * Long.hashCode(replica) + Long.hashCode(number);
  }
}
