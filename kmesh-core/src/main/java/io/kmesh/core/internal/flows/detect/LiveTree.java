// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

import io.kmesh.core.internal.flows.base.LocalKey;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.PosixDirectory;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A site's own tree of a flow, as detection looks at it: nothing is read of a file's bytes, so
 * nothing that is released is restored. Paths are below the flow's top. For one thread.
 */
public interface LiveTree {
  /** A name for people. */
  String description();

  /** Opens the flow's top directory. */
  PosixDirectory openTop() throws IOException;

  /** The key of an open directory. */
  LocalKey key(PosixDirectory directory) throws IOException;

  /**
   * The key of an entry.
   *
   * @param path the entry's path as it was last known, for messages
   * @param stat what was found at the name
   * @param expected a key that it may have; null when nothing is expected
   * @throws io.kmesh.spi.ProviderException ENOENT when another entry took the name meanwhile
   */
  LocalKey key(
      PosixDirectory directory,
      PathBytes name,
      PathBytes path,
      FileStat stat,
      @Nullable LocalKey expected)
      throws IOException;

  /** Whether a stat is of the object of a key, as far as the inode number tells. */
  boolean isOf(LocalKey key, FileStat stat);

  /**
   * Where an object is now, by its key alone; none where the file system can't tell, when it is
   * gone, or when it is not below the top.
   */
  List<PathBytes> paths(LocalKey key) throws IOException;

  /** Whether {@link #paths} finds what is there. */
  boolean findsByKey();

  /**
   * A number that changes with every change of a regular file's bytes and with nothing else but its
   * being released and restored; empty where there is none.
   */
  OptionalLong dataVersion(LocalKey key) throws IOException;

  /** Whether nothing in it ever changes, so that each stamp proves what it is the stamp of. */
  default boolean isStill() {
    return false;
  }

  /**
   * How long a time of change may stay the same while changes go on, as seen from this host: the
   * file system's tick, and how far other hosts' clocks may be off.
   */
  Duration tick(FileTime changed);
}
