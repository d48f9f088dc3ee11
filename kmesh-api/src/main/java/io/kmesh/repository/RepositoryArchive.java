// SPDX-License-Identifier: Apache-2.0
package io.kmesh.repository;

import io.kmesh.lustre.Fid;
import io.kmesh.spi.archive.Archiver;
import io.kmesh.spi.archive.Remover;
import io.kmesh.spi.archive.Restorer;
import java.io.IOException;

/**
 * A repository as the archive of a copytool: hand it to the copytool's builder under its archive
 * id. Contents are deduplicated with all else in the repository, compressed and encrypted; what is
 * removed or replaced stays until the repository is pruned. Many archives share one commit, so give
 * the copytool some hundred workers, and the coordinators as many requests. Any number of copytools
 * may use one repository at once. Thread-safe.
 */
public interface RepositoryArchive extends Archiver, Restorer, Remover, AutoCloseable {
  /**
   * Whether the content of a file as it was archived at a data version is the one that a restore
   * would give, and all its packs are in the store. Asks the store for each pack.
   *
   * @param fid the file
   * @param dataVersion its data version when it was archived
   * @throws IOException when the store can't be asked
   */
  boolean holds(Fid fid, long dataVersion) throws IOException;

  /** Frees threads and memory. Close the copytool first. */
  @Override
  void close();
}
