// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.wire;

import io.kmesh.lustre.Fid;
import io.kmesh.lustre.Striping;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a directory is spread over MDTs, or its default for new directories ({@code trusted.dmv}).
 * Source: {@code struct lmv_user_md_v1}.
 *
 * @param magic {@link AbiConstants#LMV_USER_MAGIC} for a default or a request, {@link
 *     AbiConstants#LMV_USER_MAGIC_SPECIFIC} for a request that names MDTs, {@link
 *     AbiConstants#LMV_MAGIC_V1} for what a directory has
 * @param stripeCount number of MDTs; -1 all of them
 * @param offset the first MDT; -1 any
 * @param hash kind and flags of the hash of names
 * @param type {@code enum lmv_type}
 * @param maxInherit levels below that inherit it; 0 or 255 have meanings of their own
 * @param maxInheritRoundRobin the same for the first MDT being chosen in turn
 * @param poolOrNull a pool of MDTs, null for none
 * @param stripes the MDT and the FID of each stripe
 */
public record DirectoryStripes(
    int magic,
    int stripeCount,
    int offset,
    int hash,
    int type,
    int maxInherit,
    int maxInheritRoundRobin,
    @Nullable String poolOrNull,
    List<DirectoryStripes.Stripe> stripes) {
  private static final String OBJECT = "a directory's stripes";

  /**
   * One stripe.
   *
   * @param mdt its MDT's index
   * @param fid the directory of the stripe there
   */
  public record Stripe(int mdt, Fid fid) {}

  /** Copies the list. */
  public DirectoryStripes {
    stripes = List.copyOf(stripes);
  }

  /**
   * Reads what the ioctl or {@code trusted.dmv} gives. The value of {@code trusted.lmv} is another
   * struct.
   *
   * @param bytes what remains of it is read; it stays as it is
   * @throws ProviderException CORRUPT when it is cut, UNSUPPORTED for another struct
   */
  public static DirectoryStripes decode(ByteBuffer bytes) throws ProviderException {
    ByteBuffer in = Wire.view(bytes);
    Wire.require(in, Abi.LmvUserMdV1.SIZE, OBJECT);
    int magic = in.getInt(Abi.LmvUserMdV1.LUM_MAGIC);
    if (magic != AbiConstants.LMV_USER_MAGIC
        && magic != AbiConstants.LMV_USER_MAGIC_SPECIFIC
        && magic != AbiConstants.LMV_MAGIC_V1) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          String.format(
              "Cannot read %s of the magic 0x%08X: this build doesn't know its form. Print it with"
                  + " lfs getdirstripe.",
              OBJECT, magic));
    }
    int count = in.getInt(Abi.LmvUserMdV1.LUM_STRIPE_COUNT);
    int poolEnd =
        Wire.end(
            in,
            Abi.LmvUserMdV1.LUM_POOL_NAME,
            Abi.LmvUserMdV1.LUM_POOL_NAME + Striping.MOST_POOL_NAME);
    int poolLength = poolEnd - Abi.LmvUserMdV1.LUM_POOL_NAME;
    return new DirectoryStripes(
        magic,
        count,
        in.getInt(Abi.LmvUserMdV1.LUM_STRIPE_OFFSET),
        in.getInt(Abi.LmvUserMdV1.LUM_HASH_TYPE),
        in.getInt(Abi.LmvUserMdV1.LUM_TYPE),
        Byte.toUnsignedInt(in.get(Abi.LmvUserMdV1.LUM_MAX_INHERIT)),
        Byte.toUnsignedInt(in.get(Abi.LmvUserMdV1.LUM_MAX_INHERIT_RR)),
        poolLength == 0
            ? null
            : new String(
                Wire.copy(in, Abi.LmvUserMdV1.LUM_POOL_NAME, poolLength), StandardCharsets.UTF_8),
        magic == AbiConstants.LMV_USER_MAGIC ? List.of() : stripes(in, count));
  }

  private static List<Stripe> stripes(ByteBuffer in, int count) throws ProviderException {
    int room = (in.limit() - Abi.LmvUserMdV1.LUM_OBJECTS) / Abi.LmvUserMdsData.SIZE;
    if (Integer.compareUnsigned(count, room) > 0) {
      throw Wire.corrupt(
          OBJECT,
          Integer.toUnsignedString(count) + " stripes do not fit into " + in.limit() + " bytes");
    }
    List<Stripe> stripes = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int at = Abi.LmvUserMdV1.LUM_OBJECTS + i * Abi.LmvUserMdsData.SIZE;
      stripes.add(
          new Stripe(
              in.getInt(at + Abi.LmvUserMdsData.LUM_MDS),
              Wire.fid(in, at + Abi.LmvUserMdsData.LUM_FID)));
    }
    return stripes;
  }

  /**
   * The bytes of this value.
   *
   * @throws ProviderException INVALID when the pool's name is too long
   */
  public byte[] encode() throws ProviderException {
    byte[] bytes = new byte[Abi.LmvUserMdV1.SIZE + stripes.size() * Abi.LmvUserMdsData.SIZE];
    ByteBuffer out = Wire.wrap(bytes);
    out.putInt(Abi.LmvUserMdV1.LUM_MAGIC, magic);
    out.putInt(Abi.LmvUserMdV1.LUM_STRIPE_COUNT, stripeCount);
    out.putInt(Abi.LmvUserMdV1.LUM_STRIPE_OFFSET, offset);
    out.putInt(Abi.LmvUserMdV1.LUM_HASH_TYPE, hash);
    out.putInt(Abi.LmvUserMdV1.LUM_TYPE, type);
    out.put(Abi.LmvUserMdV1.LUM_MAX_INHERIT, (byte) maxInherit);
    out.put(Abi.LmvUserMdV1.LUM_MAX_INHERIT_RR, (byte) maxInheritRoundRobin);
    if (poolOrNull != null) {
      byte[] pool = poolOrNull.getBytes(StandardCharsets.UTF_8);
      if (pool.length > Striping.MOST_POOL_NAME) {
        throw Wire.invalid(
            OBJECT + " in the pool " + poolOrNull,
            "the name has " + pool.length + " bytes",
            "Name a pool by at most " + Striping.MOST_POOL_NAME + " bytes.");
      }
      out.put(Abi.LmvUserMdV1.LUM_POOL_NAME, pool);
    }
    for (int i = 0; i < stripes.size(); i++) {
      int at = Abi.LmvUserMdV1.LUM_OBJECTS + i * Abi.LmvUserMdsData.SIZE;
      Wire.putFid(out, at + Abi.LmvUserMdsData.LUM_FID, stripes.get(i).fid());
      out.putInt(at + Abi.LmvUserMdsData.LUM_MDS, stripes.get(i).mdt());
    }
    return bytes;
  }
}
