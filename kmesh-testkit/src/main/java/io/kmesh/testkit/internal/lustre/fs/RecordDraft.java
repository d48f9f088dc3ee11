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
 * @param flags the bits that the type defines
 * @param fid the object
 * @param parent the parent directory; zero where the type has none
 * @param name the name; empty where the type has none
 * @param rename what was moved, for RENME
 * @param xattrName the extended attribute, for XATTR
 * @param openMode the mode of an OPEN
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

  /** A record of an extended attribute. */
  static RecordDraft ofXattr(Fid fid, PathBytes xattr) {
    return new RecordDraft(ChangelogType.XATTR, 0, fid, Fid.ZERO, PathBytes.EMPTY, null, xattr, 0);
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
