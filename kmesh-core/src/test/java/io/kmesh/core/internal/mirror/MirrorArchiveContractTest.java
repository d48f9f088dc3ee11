// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.engine.MirrorArchive;
import io.kmesh.path.PathBytes;
import io.kmesh.testkit.contract.ArchiveBackendContract;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.util.List;

/** The mirror form as a back end of a copytool; large files are those above 64 KiB here. */
class MirrorArchiveContractTest extends ArchiveBackendContract<MirrorArchive> {
  private final ManualTime time = ManualTime.skipping();
  private final MemoryStore store = MemoryStore.create();
  private MemoryState state = MemoryState.create(time);

  @Override
  protected MirrorArchive open() throws IOException {
    state = state.reopen();
    return MirrorArchive.builder("contract", store, state, time)
        .partSize(DataSize.ofKib(64))
        .paths(fid -> List.of(PathBytes.of("contract/file-" + fid.oid())))
        .open();
  }
}
