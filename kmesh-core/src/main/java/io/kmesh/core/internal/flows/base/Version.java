// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.base;

import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.spi.ProviderException;

/**
 * The version of a register: who wrote what it holds, and all changes of it that the writer knew.
 *
 * @param origin the change that made the value
 * @param seen all changes that it takes the place of, itself included
 */
public record Version(Dot origin, VersionVector seen) {
  /** Of a register that nobody wrote. */
  public static final Version NONE = new Version(Dot.NONE, VersionVector.EMPTY);

  /** The version of a value that a replica writes over this one. */
  public Version next(Dot change) {
    return new Version(change, seen.with(change.replica(), change.counter()));
  }

  /** The same value, that has seen the changes of another as well. */
  public Version join(Version other) {
    return new Version(origin, seen.join(other.seen));
  }

  static Version read(ByteInput in) throws ProviderException {
    Dot origin = Dot.read(in);
    return new Version(origin, VersionVector.read(in));
  }

  void write(ByteOutput out) {
    origin.write(out);
    seen.write(out);
  }
}
