// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.wire;

import io.kmesh.lustre.Fid;
import io.kmesh.spi.ProviderException;
import java.nio.ByteBuffer;

/**
 * What an inode says of itself: {@code trusted.lma}. Source: {@code struct lustre_mdt_attrs}.
 *
 * @param compat bits of {@code enum lma_compat}, unknown ones included
 * @param incompat bits of {@code enum lma_incompat}, unknown ones included
 * @param fid its FID
 */
public record InodeAttributes(int compat, int incompat, Fid fid) {
  /**
   * Reads an xattr's value.
   *
   * @param bytes what remains of it is read; it stays as it is
   * @throws ProviderException CORRUPT when it is cut
   */
  public static InodeAttributes decode(ByteBuffer bytes) throws ProviderException {
    ByteBuffer in = Wire.view(bytes);
    Wire.require(in, Abi.LustreMdtAttrs.SIZE, "an inode's own attributes (trusted.lma)");
    return new InodeAttributes(
        in.getInt(Abi.LustreMdtAttrs.LMA_COMPAT),
        in.getInt(Abi.LustreMdtAttrs.LMA_INCOMPAT),
        Wire.fid(in, Abi.LustreMdtAttrs.LMA_SELF_FID));
  }

  /** The bytes of this value. */
  byte[] encode() {
    byte[] bytes = new byte[Abi.LustreMdtAttrs.SIZE];
    ByteBuffer out = Wire.wrap(bytes);
    out.putInt(Abi.LustreMdtAttrs.LMA_COMPAT, compat);
    out.putInt(Abi.LustreMdtAttrs.LMA_INCOMPAT, incompat);
    Wire.putFid(out, Abi.LustreMdtAttrs.LMA_SELF_FID, fid);
    return bytes;
  }
}
