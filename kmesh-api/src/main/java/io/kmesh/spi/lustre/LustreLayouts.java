// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.lustre;

import io.kmesh.lustre.Fid;
import io.kmesh.lustre.Layout;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixInode;
import java.io.IOException;
import java.util.Optional;

/** Layouts as values. */
public interface LustreLayouts {
  /** The layout of a file. */
  Layout layout(Fid fid) throws IOException;

  /** The layout of an open file. */
  Layout layout(PosixInode open) throws IOException;

  /**
   * Creates an empty file with a layout; EEXIST when the path exists, EINVAL for an unknown pool.
   */
  Fid createFile(PathBytes path, int mode, Layout layout) throws IOException;

  /**
   * The same in an open directory of this binding's tree, so that no path is walked which somebody
   * may change meanwhile.
   *
   * @throws ProviderException UNSUPPORTED, unless overridden
   */
  default Fid createFile(PosixDirectory directory, PathBytes name, int mode, Layout layout)
      throws IOException {
    throw new ProviderException(
        ErrorKind.UNSUPPORTED,
        "Cannot create "
            + name
            + " with a layout in an open directory: this binding creates by path only. Create it"
            + " with the directory's default layout, then migrate it.");
  }

  /** The default layout that a directory gives to new files; empty when it has none of its own. */
  Optional<Layout> directoryDefault(Fid directory) throws IOException;

  /** Gives a directory a default layout. */
  void changeDirectoryDefault(Fid directory, Layout layout) throws IOException;

  /**
   * Moves a file's data to a new layout under a lease, with the data version checked before the
   * swap. HSM state stays; a released file is refused.
   *
   * @return the data version after the migration
   * @throws io.kmesh.spi.ProviderException ESTALE or EBUSY when the file was changed or opened
   *     meanwhile, EOPNOTSUPP for a released file, ENOSPC, EINVAL for an unknown pool
   */
  long migrate(Fid fid, Layout layout) throws IOException;
}
