// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.ChangelogRecord;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The stored form of a changelog record, without its length and checksum. */
final class RecordCodec {
  private static final int HAS_RENAME = 1;
  private static final int HAS_JOB = 2;
  private static final int HAS_ORIGIN = 4;
  private static final int HAS_XATTR = 8;

  private RecordCodec() {}

  static byte[] encode(ChangelogRecord r) {
    ChangelogRecord.RenameSource rename = r.rename();
    ChangelogRecord.Origin origin = r.origin();
    String job = r.jobId();
    PathBytes xattr = r.xattrName();
    ByteWriter out = new ByteWriter(192);
    out.i64(r.index()).u16(r.typeCode()).u16(r.flags());
    out.time(FileTime.of(r.time()));
    out.fid(r.fid()).fid(r.parent()).path(r.name()).i32(r.openMode());
    out.u8(
        (rename != null ? HAS_RENAME : 0)
            | (job != null ? HAS_JOB : 0)
            | (origin != null ? HAS_ORIGIN : 0)
            | (xattr != null ? HAS_XATTR : 0));
    if (rename != null) {
      out.fid(rename.fid()).fid(rename.parent()).path(rename.name());
    }
    if (job != null) {
      out.text(job);
    }
    if (origin != null) {
      out.i64(origin.uid()).i64(origin.gid()).text(origin.nid());
    }
    if (xattr != null) {
      out.path(xattr);
    }
    return out.toBytes();
  }

  static ChangelogRecord decode(byte[] bytes, int mdt) throws ProviderException {
    ByteReader in = new ByteReader(bytes, "a changelog record of MDT " + mdt);
    long index = in.i64();
    int type = in.u16();
    int flags = in.u16();
    Instant time = in.instant();
    Fid fid = in.fid();
    Fid parent = in.fid();
    PathBytes name = in.path(in.u16());
    int openMode = in.i32();
    int has = in.u8();
    ChangelogRecord.@Nullable RenameSource rename =
        (has & HAS_RENAME) != 0
            ? new ChangelogRecord.RenameSource(in.fid(), in.fid(), in.path(in.u16()))
            : null;
    @Nullable String job = (has & HAS_JOB) != 0 ? in.text() : null;
    ChangelogRecord.@Nullable Origin origin =
        (has & HAS_ORIGIN) != 0 ? new ChangelogRecord.Origin(in.i64(), in.i64(), in.text()) : null;
    @Nullable PathBytes xattr = (has & HAS_XATTR) != 0 ? in.path(in.u16()) : null;
    if (in.hasMore()) {
      throw in.corrupt("bytes follow it");
    }
    return new ChangelogRecord(
        mdt, index, type, flags, time, fid, parent, name, rename, job, origin, xattr, openMode);
  }
}
