// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

import io.kmesh.core.internal.flows.base.HiddenNames;
import io.kmesh.core.internal.flows.base.LocalKey;
import io.kmesh.lustre.ChangelogRecord;
import io.kmesh.lustre.ChangelogType;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Turns records of changelogs into hints. Stateless. */
final class HintDecoder {
  private static final Set<ChangelogType> NOTHING =
      EnumSet.of(
          ChangelogType.MARK,
          ChangelogType.OPEN,
          ChangelogType.ATIME,
          ChangelogType.GXATR,
          ChangelogType.NOPEN);
  private static final Set<ChangelogType> WITHOUT_BYTES =
      EnumSet.of(
          ChangelogType.MKDIR,
          ChangelogType.HLINK,
          ChangelogType.SLINK,
          ChangelogType.MKNOD,
          ChangelogType.UNLNK,
          ChangelogType.RMDIR,
          ChangelogType.RENME,
          ChangelogType.LYOUT,
          ChangelogType.SATTR,
          ChangelogType.XATTR,
          ChangelogType.CTIME,
          ChangelogType.HSM);

  /** What says too little: what else changed with it is not recorded. */
  private static final Set<ChangelogType> ODD = EnumSet.of(ChangelogType.MIGRT, ChangelogType.EXT);

  private HintDecoder() {}

  /**
   * Adds what a record hints at.
   *
   * @return why that is not enough and the tree has to be scanned; empty when it is enough
   */
  static Optional<String> add(ChangelogRecord record, Hints hints) {
    ChangelogType type = record.type().orElse(null);
    if (type != null && NOTHING.contains(type)) {
      return Optional.empty();
    }
    ChangelogRecord.RenameSource source = record.rename();
    if (source != null) {
      object(source.fid(), false, hints);
      name(source.parent(), source.name(), null, hints);
      name(record.parent(), record.name(), source.fid(), hints);
      object(record.fid(), false, hints);
    } else {
      boolean isGone = type == ChangelogType.UNLNK || type == ChangelogType.RMDIR;
      name(record.parent(), record.name(), isGone ? null : record.fid(), hints);
      if (!isGone || (record.flags() & ChangelogRecord.UNLINK_LAST) == 0) {
        object(record.fid(), type == null || !WITHOUT_BYTES.contains(type), hints);
      }
    }
    if (type != null && !ODD.contains(type)) {
      return Optional.empty();
    }
    return Optional.of(
        "record "
            + record.index()
            + " of MDT "
            + record.mdt()
            + " is of the type "
            + (type == null ? "" + record.typeCode() : type.name()));
  }

  private static void object(Fid fid, boolean hasBytes, Hints hints) {
    if (fid.isZero()) {
      return;
    }
    if (hasBytes) {
      hints.bytes(LocalKey.of(fid));
    } else {
      hints.object(LocalKey.of(fid));
    }
  }

  /** Records without a name have no parent: what stands there is left-over memory. */
  private static void name(Fid parent, PathBytes name, @Nullable Fid fid, Hints hints) {
    if (name.isName() && !parent.isZero() && !HiddenNames.isHidden(name)) {
      hints.name(LocalKey.of(parent), name, fid == null || fid.isZero() ? null : LocalKey.of(fid));
    }
  }
}
