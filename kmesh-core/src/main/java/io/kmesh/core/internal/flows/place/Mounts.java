// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Other file systems that are mounted where something is to be placed or to go. Who looks for what
 * users did leaves these out, so to wait for a look would be to wait for ever. Of one cycle; for
 * the engine's thread, but for what is static.
 */
final class Mounts {
  /** What can't be done, by the path that it is about. */
  private final Map<PathBytes, ProviderException> found = new HashMap<>();

  /** Whether an entry is the top of another file system. */
  static boolean isMounted(PosixDirectory in, FileStat stat) throws IOException {
    return stat.isDirectory() && stat.device() != in.stat().device();
  }

  /** Why nothing is done to it. */
  static ProviderException failure(PathBytes path) {
    return new ProviderException(
        Errno.EBUSY,
        "Cannot change "
            + path
            + ": another file system is mounted there. Unmount it; what waits goes on by itself.");
  }

  /** Something about a path waits for what is mounted. */
  void add(PathBytes path, ProviderException why) {
    found.put(path, why);
  }

  /** What something about a path waits for. */
  Optional<ProviderException> at(PathBytes path) {
    return Optional.ofNullable(found.get(path));
  }

  void clear() {
    found.clear();
  }
}
