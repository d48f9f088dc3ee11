// SPDX-License-Identifier: Apache-2.0
package io.kmesh.snapshots;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.unit.DataSize;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An entry of a snapshot.
 *
 * @param path below the top; empty for the top itself
 * @param type its type
 * @param mode the permission bits with suid, sgid and sticky
 * @param uid the owner's number
 * @param gid the group's number
 * @param size of a regular file, else zero
 * @param mtime last modification
 * @param linkOrNull of a symbolic link, what it says; else null
 * @param residence where the content of a regular file is
 */
public record SnapshotEntry(
    PathBytes path,
    FileType type,
    int mode,
    long uid,
    long gid,
    DataSize size,
    FileTime mtime,
    @Nullable PathBytes linkOrNull,
    Residence residence) {
  /** Where the content of a file is. */
  public enum Residence {
    /** In the repository, or there is none. */
    REPOSITORY,
    /** In an archive of Lustre's only: the file was released when it was taken. */
    ARCHIVE
  }

  /** What a symbolic link says; empty for anything else. */
  public Optional<PathBytes> link() {
    return Optional.ofNullable(linkOrNull);
  }
}
