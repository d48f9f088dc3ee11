// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.posix;

import io.kmesh.path.PathBytes;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One entry of a directory as getdents(2) gives it; {@code .} and {@code ..} are left out.
 *
 * @param name the name's bytes
 * @param inode the inode number (unsigned)
 * @param knownType the type, or null where the file system does not say it in the listing
 */
public record DirectoryEntry(PathBytes name, long inode, @Nullable FileType knownType) {
  /** The type, where the listing says it; else ask {@link PosixDirectory#stat(PathBytes)}. */
  public Optional<FileType> type() {
    return Optional.ofNullable(knownType);
  }
}
