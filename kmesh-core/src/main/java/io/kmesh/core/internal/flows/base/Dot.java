// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.base;

import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.spi.ProviderException;
import org.jspecify.annotations.Nullable;

/**
 * One change, by where it was made and its number there.
 *
 * @param replica the replica that made it
 * @param counter 1 for its first; 0 with replica 0 stands for no change
 */
public record Dot(long replica, long counter) implements Comparable<Dot> {
  /** No change yet. */
  public static final Dot NONE = new Dot(0, 0);

  /** Reads a dot. */
  public static Dot read(ByteInput in) throws ProviderException {
    long replica = in.u64BigEndian();
    return new Dot(replica, in.varint(Long.MAX_VALUE, "a counter"));
  }

  /** Writes it. */
  public void write(ByteOutput out) {
    out.u64BigEndian(replica);
    out.varint(counter);
  }

  @Override
  public int compareTo(Dot other) {
    int byCounter = Long.compare(counter, other.counter);
    return byCounter != 0 ? byCounter : Long.compareUnsigned(replica, other.replica);
  }

  @Override
  public String toString() {
    return Long.toHexString(replica) + ":" + counter;
  }

  // By hand, since these are keys of maps: what a record generates is slow before it is optimised.
  @Override
  public boolean equals(@Nullable Object o) {
    return o instanceof Dot other && replica == other.replica && counter == other.counter;
  }

  @Override
  public int hashCode() {
    return 31 * Long.hashCode(replica) + Long.hashCode(counter);
  }
}
