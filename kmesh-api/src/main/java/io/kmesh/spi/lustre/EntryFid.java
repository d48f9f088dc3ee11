// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.lustre;

import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.util.List;
import java.util.Set;

/** Finds the FID of an entry of an open directory, for bindings that have no call for it. */
final class EntryFid {
  private static final int MOST_TRIES = 16;

  private EntryFid() {}

  static Fid of(LustreIdentity identity, PosixDirectory directory, PathBytes name)
      throws IOException {
    return switch (directory.stat(name).type()) {
      case REGULAR -> {
        try (PosixFile file =
            directory.openFile(name, Set.of(OpenFlag.READ, OpenFlag.NO_ACCESS_TIME))) {
          yield identity.fid(file);
        }
      }
      case DIRECTORY -> {
        try (PosixDirectory below = directory.openDirectory(name)) {
          yield identity.fid(below);
        }
      }
      default -> byPath(identity, directory, name);
    };
  }

  /**
   * What can't be opened: at the path that the directory has now, as long as the entry is there.
   */
  private static Fid byPath(LustreIdentity identity, PosixDirectory directory, PathBytes name)
      throws IOException {
    Fid parent = identity.fid(directory);
    for (int i = 0; i < MOST_TRIES; i++) {
      FileStat stat = directory.stat(name);
      try {
        List<PathBytes> paths = identity.paths(parent);
        Fid fid = identity.fid(paths.get(0).resolve(name));
        // Another directory may have taken the path.
        if (identity.stat(fid).inode() == stat.inode()) {
          return fid;
        }
      } catch (ProviderException e) {
        if (e.errno().filter(n -> n.equals(Errno.ENOENT) || n.equals(Errno.ENOTDIR)).isEmpty()) {
          throw e;
        }
        // The directory was renamed meanwhile, or the entry is gone: the next stat tells.
      }
    }
    throw new ProviderException(
        Errno.EBUSY,
        "Cannot tell the FID of "
            + name
            + " in the directory "
            + parent
            + ": its path was another "
            + MOST_TRIES
            + " times. Try again when it is not renamed any more.");
  }
}
