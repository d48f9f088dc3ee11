// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.core.internal.flows.base.LocalKey;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.LustreIdentity;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixInode;
import java.io.IOException;

/** Tells which object of the site's file system something is. Thread-safe. */
public interface LocalKeys {
  /** By device and inode number. */
  LocalKeys POSIX =
      new LocalKeys() {
        @Override
        public LocalKey of(PosixInode open, FileStat stat) {
          return LocalKey.of(stat);
        }

        @Override
        public LocalKey of(PosixDirectory directory, PathBytes name, FileStat stat) {
          return LocalKey.of(stat);
        }
      };

  /** The key of something open. */
  LocalKey of(PosixInode open, FileStat stat) throws IOException;

  /** The key of an entry. */
  LocalKey of(PosixDirectory directory, PathBytes name, FileStat stat) throws IOException;

  /** By the FIDs of a Lustre. */
  static LocalKeys of(LustreIdentity identity) {
    return new LocalKeys() {
      @Override
      public LocalKey of(PosixInode open, FileStat stat) throws IOException {
        return LocalKey.of(identity.fid(open));
      }

      @Override
      public LocalKey of(PosixDirectory directory, PathBytes name, FileStat stat)
          throws IOException {
        if (!stat.isDirectory()) {
          return LocalKey.of(identity.fid(directory, name));
        }
        try (PosixDirectory open = directory.openDirectory(name)) {
          return LocalKey.of(identity.fid(open));
        }
      }
    };
  }
}
