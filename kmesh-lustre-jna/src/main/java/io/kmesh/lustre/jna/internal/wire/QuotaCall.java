// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.wire;

import io.kmesh.lustre.QuotaKind;
import io.kmesh.spi.ProviderException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The argument of a quota call and its answer. Source: {@code struct if_quotactl}. Stateless. */
public final class QuotaCall {
  /** Limits of blocks count in these bytes. Source: QIF_DQBLKSIZE. */
  private static final long BLOCK = 1024;

  /** Times have flags in their upper 16 bits. Source: LQUOTA_GRACE_MASK. */
  private static final long TIME = 0xffff_ffff_ffffL;

  private QuotaCall() {}

  private static int code(QuotaKind kind) {
    return switch (kind) {
      case USER -> 0;
      case GROUP -> 1;
      case PROJECT -> 2;
    };
  }

  /**
   * What an owner uses and may use. A limit of 0 is none.
   *
   * @param bytes bytes in use
   * @param softBytes the bytes above which the grace time runs
   * @param hardBytes the bytes that can't be passed
   * @param inodes inodes in use
   * @param softInodes the inodes above which the grace time runs
   * @param hardInodes the inodes that can't be passed
   * @param byteGrace when the grace for bytes ends, seconds since the epoch; 0 when none runs
   * @param inodeGrace the same for inodes
   * @param valid bits of what the server filled ({@code dqb_valid})
   */
  public record Usage(
      long bytes,
      long softBytes,
      long hardBytes,
      long inodes,
      long softInodes,
      long hardInodes,
      long byteGrace,
      long inodeGrace,
      int valid) {}

  /**
   * The argument that asks for an owner's quota of the whole file system.
   *
   * @param command such as {@link AbiConstants#LUSTRE_Q_GETQUOTA}
   * @param id the owner's number, 0 to 4,294,967,295
   * @param pool an OST pool's name for the commands that want one, else empty
   * @throws ProviderException INVALID for an id or a pool's name that does not fit
   */
  public static byte[] request(int command, QuotaKind kind, long id, String pool)
      throws ProviderException {
    byte[] name = pool.getBytes(StandardCharsets.UTF_8);
    if (id >>> 32 != 0 || name.length > AbiConstants.LOV_MAXPOOLNAME) {
      throw Wire.invalid(
          "a quota call",
          "the owner is " + id + ", the pool " + pool,
          "Give an id of 32 bits and a pool's name of at most 15 bytes.");
    }
    // Commands for pools copy the whole room of the name.
    byte[] bytes = new byte[Abi.IfQuotactl.SIZE + Abi.LovUserMdV3.LMM_POOL_NAME_BYTES];
    ByteBuffer out = Wire.wrap(bytes);
    out.putInt(Abi.IfQuotactl.QC_CMD, command);
    out.putInt(Abi.IfQuotactl.QC_TYPE, code(kind));
    out.putInt(Abi.IfQuotactl.QC_ID, (int) id);
    out.putInt(Abi.IfQuotactl.QC_VALID, AbiConstants.QC_GENERAL);
    out.put(Abi.IfQuotactl.QC_POOLNAME, name);
    return bytes;
  }

  /**
   * Reads what the kernel filled in.
   *
   * @param bytes what remains of it is read; it stays as it is
   * @throws ProviderException CORRUPT when it is cut
   */
  public static Usage usage(ByteBuffer bytes) throws ProviderException {
    ByteBuffer in = Wire.view(bytes);
    Wire.require(in, Abi.IfQuotactl.SIZE, "the answer to a quota call");
    int at = Abi.IfQuotactl.QC_DQBLK;
    return new Usage(
        count(in.getLong(at + Abi.ObdDqblk.DQB_CURSPACE)),
        limit(in.getLong(at + Abi.ObdDqblk.DQB_BSOFTLIMIT)),
        limit(in.getLong(at + Abi.ObdDqblk.DQB_BHARDLIMIT)),
        count(in.getLong(at + Abi.ObdDqblk.DQB_CURINODES)),
        count(in.getLong(at + Abi.ObdDqblk.DQB_ISOFTLIMIT)),
        count(in.getLong(at + Abi.ObdDqblk.DQB_IHARDLIMIT)),
        in.getLong(at + Abi.ObdDqblk.DQB_BTIME) & TIME,
        in.getLong(at + Abi.ObdDqblk.DQB_ITIME) & TIME,
        in.getInt(at + Abi.ObdDqblk.DQB_VALID));
  }

  private static long limit(long blocks) {
    return blocks < 0 || blocks > Long.MAX_VALUE / BLOCK ? Long.MAX_VALUE : blocks * BLOCK;
  }

  private static long count(long unsigned) {
    return unsigned < 0 ? Long.MAX_VALUE : unsigned;
  }
}
