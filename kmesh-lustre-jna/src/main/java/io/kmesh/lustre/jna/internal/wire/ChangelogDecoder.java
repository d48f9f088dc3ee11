// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.wire;

import io.kmesh.lustre.ChangelogRecord;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads changelog records from bytes as they come from an MDT's character device: packed,
 * unaligned, back to back. A record that has not come whole waits for the next bytes. One thread at
 * a time.
 *
 * <p>Behind the 64 bytes that every record has come the extensions that its flags name, in a fixed
 * order, then its name. Types of newer releases are kept; a bit for an extension of a newer release
 * is refused, since nothing tells how long it is, so that no record behind it can be found.
 *
 * <p>Sources: {@code struct changelog_rec}, {@code changelog_ext_*}, {@code
 * changelog_rec_offset()}.
 */
public final class ChangelogDecoder {
  /** Old and new name of the longest, and the NUL between them, with room to spare. */
  private static final int MOST_NAME = 1024;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int NANOS = (1 << 30) - 1;

  private final int mdt;
  private final Repeated repeated = new Repeated();
  private byte[] bytes = new byte[0];
  private int at;
  private int end;
  private @Nullable ProviderException failed;

  /** A decoder of the log of one MDT. */
  public ChangelogDecoder(int mdt) {
    this.mdt = mdt;
  }

  /** Takes bytes that follow those taken before: all that remains of a buffer. They are copied. */
  public void feed(ByteBuffer more) {
    int left = end - at;
    int needed = left + more.remaining();
    byte[] target = needed <= bytes.length ? bytes : new byte[needed];
    System.arraycopy(bytes, at, target, 0, left);
    more.get(target, left, more.remaining());
    bytes = target;
    at = 0;
    end = needed;
  }

  /** Bytes of a record that has not come whole. */
  public int pending() {
    return end - at;
  }

  /**
   * The next record; null when none is whole.
   *
   * @throws ProviderException CORRUPT for bytes that are no records, UNSUPPORTED for extensions of
   *     a newer release; every further call throws it too
   */
  public @Nullable ChangelogRecord next() throws ProviderException {
    if (failed != null) {
      throw failed;
    }
    try {
      return read();
    } catch (ProviderException e) {
      failed = e;
      throw e;
    }
  }

  /**
   * The one record that bytes begin with, as {@code llapi_changelog_recv} gives it; what is behind
   * it is dropped, and so is what was fed before.
   *
   * @param record what remains of it is read; it stays as it is
   * @throws ProviderException CORRUPT, also when the record is cut; UNSUPPORTED as {@link #next}
   */
  public ChangelogRecord only(ByteBuffer record) throws ProviderException {
    at = 0;
    end = 0;
    failed = null;
    feed(record.duplicate());
    ChangelogRecord read = next();
    at = end;
    if (read == null) {
      throw corrupt("it is cut to " + record.remaining() + " bytes");
    }
    return read;
  }

  private @Nullable ChangelogRecord read() throws ProviderException {
    byte[] b = bytes;
    int start = at;
    if (end - start < Abi.ChangelogRec.SIZE) {
      return null;
    }
    int nameLength = u16(b, start + Abi.ChangelogRec.CR_NAMELEN);
    if (nameLength > MOST_NAME) {
      throw corrupt("its name has " + nameLength + " bytes");
    }
    int flags = u16(b, start + Abi.ChangelogRec.CR_FLAGS);
    int place = start + Abi.ChangelogRec.SIZE;
    int rename = -1;
    if ((flags & AbiConstants.CLF_RENAME) != 0) {
      rename = place;
      place += Abi.ChangelogExtRename.SIZE;
    }
    int job = -1;
    if ((flags & AbiConstants.CLF_JOBID) != 0) {
      job = place;
      place += Abi.ChangelogExtJobid.SIZE;
    }
    long extra = 0;
    int more = place;
    if ((flags & AbiConstants.CLF_EXTRA_FLAGS) != 0) {
      more = place + Abi.ChangelogExtExtraFlags.SIZE;
      if (more > end) {
        return null;
      }
      extra = i64(b, place);
      place = more + extraLength(extra);
    }
    int next = place + nameLength;
    if (next > end) {
      return null;
    }
    ChangelogRecord record = record(start, rename, job, extra, more, place, nameLength);
    at = next;
    return record;
  }

  private int extraLength(long extra) throws ProviderException {
    if ((extra & ~(long) AbiConstants.CLFE_SUPPORTED) != 0) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot read record "
              + i64(bytes, at + Abi.ChangelogRec.CR_INDEX)
              + " of the changelog of MDT "
              + mdt
              + ": it has the extensions 0x"
              + Long.toHexString(extra)
              + ", of which this build knows 0x"
              + Integer.toHexString(AbiConstants.CLFE_SUPPORTED)
              + ". Read the changelog through liblustreapi, which leaves out what it isn't asked"
              + " for.");
    }
    int length = 0;
    if ((extra & AbiConstants.CLFE_UIDGID) != 0) {
      length += Abi.ChangelogExtUidgid.SIZE;
    }
    if ((extra & AbiConstants.CLFE_NID) != 0) {
      length += Abi.ChangelogExtNid.SIZE;
    }
    if ((extra & AbiConstants.CLFE_OPEN) != 0) {
      length += Abi.ChangelogExtOpenmode.SIZE;
    }
    if ((extra & AbiConstants.CLFE_XATTR) != 0) {
      length += Abi.ChangelogExtXattr.SIZE;
    }
    return length;
  }

  private ChangelogRecord record(
      int start, int rename, int job, long extra, int more, int name, int nameLength)
      throws ProviderException {
    byte[] b = bytes;
    long index = i64(b, start + Abi.ChangelogRec.CR_INDEX);
    if (index < 0) {
      throw corrupt("its index is " + Long.toUnsignedString(index));
    }
    int type = i32(b, start + Abi.ChangelogRec.CR_TYPE);
    long time = i64(b, start + Abi.ChangelogRec.CR_TIME);
    int place = more;
    ChangelogRecord.Origin origin = null;
    if ((extra & (AbiConstants.CLFE_UIDGID | AbiConstants.CLFE_NID)) != 0) {
      origin = repeated.origin(b, place, extra);
      place += (extra & AbiConstants.CLFE_UIDGID) != 0 ? Abi.ChangelogExtUidgid.SIZE : 0;
      place += (extra & AbiConstants.CLFE_NID) != 0 ? Abi.ChangelogExtNid.SIZE : 0;
    }
    int openMode = 0;
    if ((extra & AbiConstants.CLFE_OPEN) != 0) {
      openMode = i32(b, place);
      place += Abi.ChangelogExtOpenmode.SIZE;
    }
    PathBytes xattr = null;
    if ((extra & AbiConstants.CLFE_XATTR) != 0) {
      int length = untilNul(b, place, place + Abi.ChangelogExtXattr.SIZE) - place;
      xattr = length == 0 ? null : PathBytes.of(b, place, length);
    }
    int nameEnd = untilNul(b, name, name + nameLength);
    ChangelogRecord.RenameSource source = null;
    if (rename >= 0) {
      int old = Math.min(nameEnd + 1, name + nameLength);
      int oldEnd = untilNul(b, old, name + nameLength);
      source =
          new ChangelogRecord.RenameSource(
              fid(b, rename + Abi.ChangelogExtRename.CR_SFID),
              fid(b, rename + Abi.ChangelogExtRename.CR_SPFID),
              path(b, old, oldEnd));
    }
    return new ChangelogRecord(
        mdt,
        index,
        type,
        u16(b, start + Abi.ChangelogRec.CR_FLAGS) & AbiConstants.CLF_FLAGMASK,
        Instant.ofEpochSecond(time >>> 30, time & NANOS),
        // A mark has flags of its own in the place of the FID.
        type == AbiConstants.CL_MARK ? Fid.ZERO : fid(b, start + Abi.ChangelogRec.CR_TFID),
        // Leftovers of other records lie there in what has no name.
        nameLength == 0 ? Fid.ZERO : fid(b, start + Abi.ChangelogRec.CR_PFID),
        path(b, name, nameEnd),
        source,
        job < 0 ? null : repeated.job(b, job),
        origin,
        xattr,
        openMode);
  }

  private ProviderException corrupt(String reason) {
    return Wire.corrupt("a record of the changelog of MDT " + mdt, reason);
  }

  private static int untilNul(byte[] b, int from, int to) {
    int i = from;
    while (i < to && b[i] != 0) {
      i++;
    }
    return i;
  }

  private static PathBytes path(byte[] b, int from, int to) {
    return from == to ? PathBytes.EMPTY : PathBytes.of(b, from, to - from);
  }

  private static Fid fid(byte[] b, int at) {
    long sequence = i64(b, at + Abi.LuFid.F_SEQ);
    int oid = i32(b, at + Abi.LuFid.F_OID);
    int version = i32(b, at + Abi.LuFid.F_VER);
    return (sequence | oid | version) == 0 ? Fid.ZERO : new Fid(sequence, oid, version);
  }

  private static long i64(byte[] b, int at) {
    return (long) LONG.get(b, at);
  }

  private static int i32(byte[] b, int at) {
    return (int) INT.get(b, at);
  }

  private static int u16(byte[] b, int at) {
    return Short.toUnsignedInt((short) SHORT.get(b, at));
  }

  /** What is mostly the same from one record to the next: made once, handed out again. */
  private static final class Repeated {
    private final byte[] job = new byte[Abi.ChangelogExtJobid.SIZE];
    private int jobLength;
    private @Nullable String jobText;
    private final byte[] nid = new byte[Abi.LnetNid.SIZE];
    private long flags;
    private long uid;
    private long gid;
    private ChangelogRecord.@Nullable Origin origin;

    /** The job's text; null when it is empty. Bytes behind its NUL are leftovers. */
    @Nullable String job(byte[] b, int at) {
      int length = untilNul(b, at, at + Abi.ChangelogExtJobid.SIZE) - at;
      if (length == 0) {
        return null;
      }
      if (length != jobLength || !Arrays.equals(job, 0, length, b, at, at + length)) {
        System.arraycopy(b, at, job, 0, length);
        jobLength = length;
        jobText = new String(b, at, length, StandardCharsets.UTF_8);
      }
      return jobText;
    }

    /** Who did it; -1 for ids that were not recorded, an empty text for such a network id. */
    ChangelogRecord.Origin origin(byte[] b, int at, long extra) {
      boolean hasIds = (extra & AbiConstants.CLFE_UIDGID) != 0;
      boolean hasNid = (extra & AbiConstants.CLFE_NID) != 0;
      int nidAt = at + (hasIds ? Abi.ChangelogExtUidgid.SIZE : 0);
      long u = hasIds ? i64(b, at + Abi.ChangelogExtUidgid.CR_UID) : -1;
      long g = hasIds ? i64(b, at + Abi.ChangelogExtUidgid.CR_GID) : -1;
      ChangelogRecord.Origin last = origin;
      if (last != null
          && u == uid
          && g == gid
          && extra == flags
          && (!hasNid || Arrays.equals(nid, 0, nid.length, b, nidAt, nidAt + nid.length))) {
        return last;
      }
      uid = u;
      gid = g;
      flags = extra;
      if (hasNid) {
        System.arraycopy(b, nidAt, nid, 0, nid.length);
      }
      last = new ChangelogRecord.Origin(u, g, hasNid ? nidText(b, nidAt, extra) : "");
      origin = last;
      return last;
    }

    private String nidText(byte[] b, int at, long extra) {
      return (extra & AbiConstants.CLFE_NID_BE) != 0 ? Nids.of(nid) : Nids.of(i64(b, at));
    }
  }
}
