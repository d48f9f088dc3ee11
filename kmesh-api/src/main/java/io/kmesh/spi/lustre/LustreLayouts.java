// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.lustre;

import io.kmesh.lustre.Fid;
import io.kmesh.lustre.FileLayout;
import io.kmesh.lustre.Layout;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixInode;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;

/** Layouts as values. */
public interface LustreLayouts {
  /** The layout of a file. */
  Layout layout(Fid fid) throws IOException;

  /** The layout of an open file. */
  Layout layout(PosixInode open) throws IOException;

  /**
   * The whole layout of a file, with its mirrors, flags and objects.
   *
   * @throws ProviderException ENODATA when the file has none yet
   */
  default FileLayout fileLayout(Fid fid) throws IOException {
    return FileLayout.of(layout(fid));
  }

  /**
   * The whole layout of an open file, for who may not open by FID. Ids of objects may be missing.
   *
   * @throws ProviderException ENODATA when the file has none yet
   */
  default FileLayout fileLayout(PosixInode open) throws IOException {
    return FileLayout.of(layout(open));
  }

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

  /**
   * Exchanges the layouts of two files, and with them their data: each has the other's bytes then.
   * Names, owners, times, attributes and HSM states stay; one that is in an archive becomes DIRTY,
   * since its archive holds the bytes that went away.
   *
   * @throws ProviderException EAGAIN (PRECONDITION) when a data version is not the one asked for;
   *     EBUSY or ESTALE when the first was opened for writing although a lease was asked for;
   *     EOPNOTSUPP for a released file; EXDEV for files of two MDTs; EINVAL for one that is not
   *     regular, or twice the same; UNSUPPORTED, unless overridden. Nothing is swapped then; one in
   *     an archive may be DIRTY already
   */
  default void swap(LayoutSwap swap) throws IOException {
    throw new ProviderException(
        ErrorKind.UNSUPPORTED,
        "Cannot swap the layouts of "
            + swap.first()
            + " and "
            + swap.second()
            + ": this binding can't. Copy the one's data to the other.");
  }

  private static ProviderException noMirrors(String action, Fid fid) {
    return new ProviderException(
        ErrorKind.UNSUPPORTED,
        "Cannot "
            + action
            + " "
            + fid
            + ": this file system has no MIRRORS. Ask its capabilities first.");
  }

  /**
   * Adds a mirror to a file, with its data, under a lease.
   *
   * @throws ProviderException ESTALE or EBUSY when the file was changed or opened meanwhile,
   *     EOPNOTSUPP for a released file, EINVAL for an unknown pool; UNSUPPORTED without MIRRORS
   */
  default void extendMirror(Fid fid, Layout layout) throws IOException {
    throw noMirrors("add a mirror to", fid);
  }

  /**
   * Takes a mirror away from a file, with its data.
   *
   * @param mirror its id, as {@link #fileLayout} tells it
   * @throws ProviderException EINVAL when there is no such mirror or it is the last in sync; EBUSY
   *     when others use the file; UNSUPPORTED without MIRRORS
   */
  default void splitMirror(Fid fid, int mirror) throws IOException {
    throw noMirrors("take a mirror from", fid);
  }

  /**
   * Copies to a file's stale mirrors what the others hold; does nothing when none is stale.
   *
   * @throws ProviderException EBUSY when others wrote meanwhile; EIO when some could not be copied;
   *     UNSUPPORTED without MIRRORS
   */
  default void resyncMirrors(Fid fid) throws IOException {
    throw noMirrors("resync the mirrors of", fid);
  }

  /**
   * Compares all bytes of two mirrors of a file.
   *
   * @return the first byte at which they differ; empty when they are alike to the end
   * @throws ProviderException EINVAL when there is no such mirror; UNSUPPORTED without MIRRORS
   */
  default OptionalLong firstDifference(Fid fid, int mirror, int otherMirror) throws IOException {
    throw noMirrors("compare the mirrors of", fid);
  }
}
