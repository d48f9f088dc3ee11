// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.archive;

import io.kmesh.core.internal.snapshots.SnapshotWorld;
import io.kmesh.repository.RepositoryArchive;
import io.kmesh.testkit.contract.ArchiveBackendContract;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;

/** The repository as a back end of a copytool, with packs so small that files have several. */
class RepositoryArchiveContractTest extends ArchiveBackendContract<RepositoryArchive> {
  private static final CatalogScope SCOPE = new CatalogScope("lab", "0".repeat(32), 1);

  private final ManualTime time = ManualTime.skipping();
  private final MemoryStore store = MemoryStore.create();

  @Override
  protected RepositoryArchive open() throws IOException {
    return new RepositoryBackend(
        SnapshotWorld.in(store).domain(), SCOPE, time, "here", 2, SnapshotWorld.TINY);
  }

  @Override
  protected void close(RepositoryArchive opened) {
    opened.close();
  }
}
