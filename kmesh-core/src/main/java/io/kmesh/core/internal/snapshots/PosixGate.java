// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.core.internal.repository.tree.Attribute;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixInode;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * Reads everything, but nothing of a Lustre: which of its files are released is known by its own
 * library only, and reading one restores it. {@code trusted.hsm} does not tell: clients have been
 * seen to show an old value. Stateless.
 */
public final class PosixGate implements ContentGate {
  /** The type of a Lustre client's file system. */
  static final long LUSTRE = 0x0BD00BD0L;

  /** Whether a directory is on a Lustre. */
  static boolean isLustre(PosixDirectory directory) throws IOException {
    return directory.fileSystemType().orElse(0) == LUSTRE;
  }

  @Override
  public void enter(PosixDirectory directory, PathBytes path) throws IOException {
    if (isLustre(directory)) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot read the files of /"
              + path
              + ": it is on a Lustre, and without a binding of its library released files can't be"
              + " told: reading them would restore them. Leave it out, use a program that has the"
              + " binding, or, for a snapshot, allow to read released files (--read-released).");
    }
  }

  @Override
  public Optional<Content.File> instead(PosixInode file, FileStat stat) {
    return Optional.empty();
  }

  @Override
  public List<Attribute> more(PosixInode inode, FileStat stat) {
    return List.of();
  }
}
