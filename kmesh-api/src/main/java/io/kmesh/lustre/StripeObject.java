// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

/**
 * An object of a stripe. Source: {@code struct lov_user_ost_data_v1}.
 *
 * @param ost the OST's index, unsigned
 * @param fid its 16 bytes of id as a FID; what older releases made is not one: see {@link
 *     #objectId()}. Zero in a request
 * @param generation {@code l_ost_gen}, 0 in practice
 */
public record StripeObject(int ost, Fid fid, int generation) {
  /** First and last sequence of ids from before FIDs. Source: {@code FID_SEQ_IDIF}. */
  private static final long IDIF = 0x1_0000_0000L;

  private static final long IDIF_LAST = 0x1_ffff_ffffL;

  /** An OST to use, without an object yet. */
  public static StripeObject on(int ost) {
    return new StripeObject(ost, Fid.ZERO, 0);
  }

  /** The number of the object in its group, as {@code lfs getstripe} prints it. */
  public long objectId() {
    if (isOld()) {
      return fid.sequence() & 0xffff_ffff_ffffL;
    }
    return isIdif()
        ? ((fid.sequence() & 0xffff) << 32) | Integer.toUnsignedLong(fid.oid())
        : Integer.toUnsignedLong(fid.oid());
  }

  /** The group (sequence) of the object; 0 for one from before FIDs. */
  public long group() {
    return isOld() || isIdif() ? 0 : fid.sequence();
  }

  /** An id and a group, both of 64 bits, of which the group is 0. */
  private boolean isOld() {
    return fid.oid() == 0 && fid.version() == 0;
  }

  private boolean isIdif() {
    return Long.compareUnsigned(fid.sequence(), IDIF) >= 0
        && Long.compareUnsigned(fid.sequence(), IDIF_LAST) <= 0;
  }
}
