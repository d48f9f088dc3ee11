// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.base;

import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.lustre.Fid;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import org.jspecify.annotations.Nullable;

/**
 * An object of the site's own file system: a FID of a Lustre, or device and inode number.
 *
 * @param high the FID's sequence, or the device
 * @param low the FID's oid and version, or the inode number
 */
public record LocalKey(long high, long low) {
  /** The key of a FID. */
  public static LocalKey of(Fid fid) {
    return new LocalKey(fid.sequence(), ((long) fid.oid() << 32) | (fid.version() & 0xffffffffL));
  }

  /** The key of what a stat says. */
  public static LocalKey of(FileStat stat) {
    return new LocalKey(stat.device(), stat.inode());
  }

  /** The FID that it is the key of; of a Lustre only. */
  public Fid fid() {
    return new Fid(high, (int) (low >>> 32), (int) low);
  }

  static LocalKey read(ByteInput in) throws ProviderException {
    long high = in.u64BigEndian();
    return new LocalKey(high, in.u64BigEndian());
  }

  void write(ByteOutput out) {
    out.u64BigEndian(high);
    out.u64BigEndian(low);
  }

  // By hand, since these are keys of maps: what a record generates is slow before it is optimised.
  @Override
  public boolean equals(@Nullable Object o) {
    return o instanceof LocalKey other && high == other.high && low == other.low;
  }

  @Override
  public int hashCode() {
    return 31 * Long.hashCode(high) + Long.hashCode(low);
  }
}
