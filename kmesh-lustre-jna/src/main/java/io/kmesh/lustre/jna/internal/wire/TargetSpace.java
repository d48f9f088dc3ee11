// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.wire;

import io.kmesh.lustre.TargetUsage;
import io.kmesh.spi.ProviderException;
import io.kmesh.unit.DataSize;
import java.nio.ByteBuffer;

/**
 * Space of one target as it says itself. Source: {@code struct obd_statfs}. Sizes that do not fit
 * 63 bits are the largest that does.
 *
 * @param capacity all its bytes
 * @param free bytes that nobody uses
 * @param available of those, the ones that users may have
 * @param inodes all its inodes
 * @param inodesFree inodes that nobody uses
 * @param state bits of {@code enum obd_statfs_state}, unknown ones included
 */
public record TargetSpace(
    DataSize capacity, DataSize free, DataSize available, long inodes, long inodesFree, int state) {
  /**
   * Reads the struct.
   *
   * @param bytes what remains of it is read; it stays as it is
   * @throws ProviderException CORRUPT when it is cut
   */
  public static TargetSpace decode(ByteBuffer bytes) throws ProviderException {
    ByteBuffer in = Wire.view(bytes);
    Wire.require(in, Abi.ObdStatfs.SIZE, "the space of a target");
    long block = Integer.toUnsignedLong(in.getInt(Abi.ObdStatfs.OS_BSIZE));
    return new TargetSpace(
        size(in.getLong(Abi.ObdStatfs.OS_BLOCKS), block),
        size(in.getLong(Abi.ObdStatfs.OS_BFREE), block),
        size(in.getLong(Abi.ObdStatfs.OS_BAVAIL), block),
        count(in.getLong(Abi.ObdStatfs.OS_FILES)),
        count(in.getLong(Abi.ObdStatfs.OS_FFREE)),
        in.getInt(Abi.ObdStatfs.OS_STATE));
  }

  private static DataSize size(long blocks, long block) {
    long high = Math.multiplyHigh(blocks, block);
    long bytes = blocks * block;
    return DataSize.ofBytes(blocks < 0 || high != 0 || bytes < 0 ? Long.MAX_VALUE : bytes);
  }

  private static long count(long unsigned) {
    return unsigned < 0 ? Long.MAX_VALUE : unsigned;
  }

  /** As {@code lfs df} prints it: what is not free is used. */
  public TargetUsage usage(TargetUsage.Kind kind, int index, String uuid) {
    return new TargetUsage(
        kind,
        index,
        uuid,
        capacity,
        DataSize.ofBytes(Math.max(0, capacity.bytes() - free.bytes())),
        inodes,
        Math.max(0, inodes - inodesFree));
  }
}
