// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

import io.kmesh.path.PathBytes;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * Prints changelog records as {@code lfs changelog} does, of Lustre 2.17. Thread-safe.
 *
 * <p>Two things differ: bytes of names that are not printable are escaped, where {@code lfs} writes
 * them as they are; and a record without a name has no {@code p=}, where {@code lfs} prints what
 * another record left there.
 */
public final class ChangelogText {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss.SSSSSSSSS uuuu.MM.dd", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private static final int WITH_IDS = 0x1;

  /** Network ids, in their large form, which {@code lfs} asks for. */
  private static final int WITH_NID = 0x12;

  private static final int WITH_OPEN = 0x4;
  private static final int WITH_XATTR = 0x8;

  private ChangelogText() {}

  /** The line of a record, without its end; times are UTC. */
  public static String line(ChangelogRecord r) {
    StringBuilder out = new StringBuilder(160);
    String type = r.type().map(ChangelogType::name).orElse("unknown");
    out.append(
        String.format(
            Locale.ROOT,
            "%d %02d%-5s %s 0x%x t=%s",
            r.index(),
            r.typeCode(),
            type,
            TIME.format(r.time()),
            r.flags(),
            fid(r.fid())));
    if (r.jobId() != null) {
      out.append(" j=").append(r.jobId());
    }
    appendExtras(out, r);
    if (!r.name().isEmpty()) {
      out.append(" p=").append(fid(r.parent())).append(' ').append(r.name());
    }
    ChangelogRecord.RenameSource rename = r.rename();
    if (rename != null) {
      out.append(" s=").append(fid(rename.fid())).append(" sp=").append(fid(rename.parent()));
      out.append(' ').append(rename.name());
    }
    return out.toString();
  }

  private static void appendExtras(StringBuilder out, ChangelogRecord r) {
    ChangelogRecord.Origin origin = r.origin();
    PathBytes xattr = r.xattrName();
    boolean isOpen = r.openMode() != 0;
    boolean hasIds = origin != null && (origin.uid() != -1 || origin.gid() != -1);
    boolean hasNid = origin != null && !origin.nid().isEmpty();
    int extras =
        (hasIds ? WITH_IDS : 0)
            | (hasNid ? WITH_NID : 0)
            | (isOpen ? WITH_OPEN : 0)
            | (xattr != null ? WITH_XATTR : 0);
    if (extras != 0) {
      out.append(" ef=0x").append(Integer.toHexString(extras));
    }
    if (origin != null && hasIds) {
      out.append(" u=").append(origin.uid()).append(':').append(origin.gid());
    }
    if (origin != null && hasNid) {
      out.append(" nid=").append(origin.nid());
    }
    if ((r.openMode() & 7) != 0) {
      out.append(" m=")
          .append((r.openMode() & 1) != 0 ? 'r' : '-')
          .append((r.openMode() & 2) != 0 ? 'w' : '-')
          .append((r.openMode() & 4) != 0 ? 'x' : '-');
    }
    if (xattr != null) {
      out.append(" x=").append(xattr);
    }
  }

  /** C prints a sequence of 0 without 0x. */
  private static String fid(Fid fid) {
    String text = fid.toString();
    return fid.sequence() == 0 ? "[0" + text.substring(4) : text;
  }
}
