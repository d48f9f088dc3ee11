// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

import java.util.Optional;

/** The type of a changelog record. Source: {@code enum changelog_rec_type}; codes are stable. */
public enum ChangelogType {
  /** A mark of the log itself. */
  MARK(0),
  /** A regular file was created. */
  CREAT(1),
  /** A directory was made. */
  MKDIR(2),
  /** A hard link was made. */
  HLINK(3),
  /** A symbolic link was made. */
  SLINK(4),
  /** A special file was made. */
  MKNOD(5),
  /** A name was removed. */
  UNLNK(6),
  /** A directory was removed. */
  RMDIR(7),
  /** A rename: new parent and name, old ones in the rename extension. */
  RENME(8),
  /** The target side of a rename over several MDTs. */
  EXT(9),
  /** A file was opened. */
  OPEN(10),
  /** A file was closed after writing. */
  CLOSE(11),
  /** The layout changed. */
  LYOUT(12),
  /** The size was set. */
  TRUNC(13),
  /** Attributes were set. */
  SATTR(14),
  /** An extended attribute was set. */
  XATTR(15),
  /** The HSM state changed. */
  HSM(16),
  /** The modification time changed. */
  MTIME(17),
  /** The change time changed. */
  CTIME(18),
  /** The access time changed. */
  ATIME(19),
  /** A directory migrates between MDTs. */
  MIGRT(20),
  /** File-level redundancy: a write to a mirrored file. */
  FLRW(21),
  /** File-level redundancy: a resync. */
  RESYNC(22),
  /** An extended attribute was read. */
  GXATR(23),
  /** An open was denied. */
  NOPEN(24);

  private final int code;

  ChangelogType(int code) {
    this.code = code;
  }

  /** The code in {@code cr_type}. */
  public int code() {
    return code;
  }

  /** The type of a code; empty for one of a newer release. */
  public static Optional<ChangelogType> ofCode(int code) {
    return code >= 0 && code < values().length ? Optional.of(values()[code]) : Optional.empty();
  }
}
