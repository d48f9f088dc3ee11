// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.lustre;

import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Opens the Lustre file systems that are mounted on this machine; found by {@link
 * java.util.ServiceLoader}. A simulated one is never found so: it is made by its name. Thread-safe.
 */
public interface LustreProvider {
  /** A short name, such as {@code jna}. */
  String name();

  /** Why it can't be used here, such as a library that is missing; empty when it can. */
  Optional<String> whyUnusable();

  /**
   * Opens a mounted file system.
   *
   * @param mountPoint the mount point itself, not a directory below it
   * @throws IOException a {@link io.kmesh.spi.ProviderException} of kind UNSUPPORTED when it can't
   *     be used here or nothing of Lustre is mounted there; INVALID when the path lies below a
   *     mount point; NOT_FOUND when there is no such directory
   */
  LustreBinding open(Path mountPoint) throws IOException;

  /**
   * The mount points of Lustre on this machine.
   *
   * @throws IOException of kind UNSUPPORTED when it can't be used here
   */
  List<PathBytes> mountPoints() throws IOException;
}
