// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.ChangelogRecord.RenameSource;
import io.kmesh.lustre.ChangelogType;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import org.jspecify.annotations.Nullable;

/**
 * A changelog record before it has an index, a time and an origin.
 *
 * @param type what happened
 * @param flags the bits that the type defines: for attributes all that are set, Lustre's LA_SIZE
 *     and so on, of which a record keeps the low 12
 * @param fid the object
 * @param parent the parent directory; zero where the type has none
 * @param name the name; empty where the type has none
 * @param rename what was moved, for RENME
 * @param xattrName the extended attribute, for XATTR and GXATR
 * @param openMode the mode of an OPEN or NOPEN
 */
record RecordDraft(
    ChangelogType type,
    int flags,
    Fid fid,
    Fid parent,
    PathBytes name,
    @Nullable RenameSource rename,
    @Nullable PathBytes xattrName,
    int openMode) {

  /** A record of a name. */
  static RecordDraft ofName(ChangelogType type, int flags, Fid fid, Fid parent, PathBytes name) {
    return new RecordDraft(type, flags, fid, parent, name, null, null, 0);
  }

  /** A record of an object. */
  static RecordDraft of(ChangelogType type, int flags, Fid fid) {
    return new RecordDraft(type, flags, fid, Fid.ZERO, PathBytes.EMPTY, null, null, 0);
  }

  /** A record of an extended attribute: XATTR or GXATR. */
  static RecordDraft ofXattr(ChangelogType type, Fid fid, PathBytes xattr) {
    return new RecordDraft(type, 0, fid, Fid.ZERO, PathBytes.EMPTY, null, xattr, 0);
  }

  /** A record of an open, allowed or not: OPEN or NOPEN. */
  static RecordDraft ofOpen(ChangelogType type, Fid fid, int openMode) {
    return new RecordDraft(type, openMode, fid, Fid.ZERO, PathBytes.EMPTY, null, null, openMode);
  }

  /**
   * This record under a mask; null when the mask keeps none of it. A change of attributes is of the
   * first type that the mask keeps: a change of the mode is CTIME where SATTR is not kept.
   */
  @Nullable RecordDraft under(long mask) {
    long kept = types() & mask;
    if (kept == 0) {
      return null;
    }
    int code = Long.numberOfTrailingZeros(kept);
    return code == type.code()
        ? this
        : new RecordDraft(
            ChangelogType.ofCode(code).orElseThrow(),
            flags,
            fid,
            parent,
            name,
            rename,
            xattrName,
            openMode);
  }

  /** The types that the record may have, as a mask. */
  private long types() {
    if (!isOfAttributes() || flags == 0) {
      return 1L << type.code();
    }
    int times = Attributes.LA_ATIME | Attributes.LA_MTIME | Attributes.LA_CTIME;
    return bit(ChangelogType.TRUNC, Attributes.LA_SIZE)
        | bit(ChangelogType.SATTR, ~times)
        | bit(ChangelogType.MTIME, Attributes.LA_MTIME)
        | bit(ChangelogType.CTIME, Attributes.LA_CTIME)
        | bit(ChangelogType.ATIME, Attributes.LA_ATIME);
  }

  private long bit(ChangelogType wanted, int attributes) {
    return (flags & attributes) != 0 ? 1L << wanted.code() : 0;
  }

  private boolean isOfAttributes() {
    return type == ChangelogType.TRUNC || type == ChangelogType.SATTR || isOnlyTime();
  }

  /** Whether an earlier record of the object since the last purge makes this one superfluous. */
  boolean isOnlyTime() {
    return type == ChangelogType.MTIME
        || type == ChangelogType.CTIME
        || type == ChangelogType.ATIME;
  }

  /** Whether it tells of an object, not of a name. */
  boolean isOfObject() {
    return name.isEmpty();
  }
}
