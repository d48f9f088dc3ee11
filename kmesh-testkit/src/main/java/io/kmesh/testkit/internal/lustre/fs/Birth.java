// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.ChangelogType;
import io.kmesh.lustre.Layout;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileType;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How a new inode begins.
 *
 * @param type its type
 * @param mode permission bits, exactly
 * @param rdev the device it names, else 0
 * @param target the text of a symbolic link, else null
 * @param layout the layout asked for a regular file; null for the directory's default
 * @param prepare sets what else differs from an ordinary inode
 * @param further records to write behind that of the creation; each gets the FID
 */
record Birth(
    FileType type,
    int mode,
    long rdev,
    @Nullable PathBytes target,
    @Nullable Layout layout,
    Consumer<Inode> prepare,
    List<ChangelogType> further) {

  static Birth of(FileType type, int mode) {
    return new Birth(type, mode, 0, null, null, inode -> {}, List.of());
  }

  /** The changelog record of such a creation. */
  ChangelogType recordType() {
    return switch (type) {
      case REGULAR -> ChangelogType.CREAT;
      case DIRECTORY -> ChangelogType.MKDIR;
      case SYMLINK -> ChangelogType.SLINK;
      default -> ChangelogType.MKNOD;
    };
  }
}
