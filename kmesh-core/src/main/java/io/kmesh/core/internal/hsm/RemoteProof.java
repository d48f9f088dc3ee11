// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.hsm;

import io.kmesh.engine.ArchiveReceipt;
import io.kmesh.engine.FileReceipts;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmState;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.store.ObjectStore;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Function;

/**
 * Proves that the store has a file's content as it is now. Where a Kmesh copytool's receipt does
 * not hold any more, archiving again cures it; where there is none, another copytool serves the
 * archive, and archiving again would only repeat its work. Thread-safe.
 *
 * @param receipts the receipts of the file system
 * @param stores finds a store by its name
 */
public record RemoteProof(FileReceipts receipts, Function<String, Optional<ObjectStore>> stores)
    implements HsmJob.Proof {
  @Override
  public Optional<HsmJob.Doubt> check(PathBytes path, Fid fid, HsmState state) throws IOException {
    Optional<String> problem = receipts.remoteProblem(fid, stores);
    if (problem.isEmpty()) {
      return Optional.empty();
    }
    Optional<ArchiveReceipt> receipt = receipts.read(fid);
    boolean isCurable =
        !state.isReleased()
            && receipt.isPresent()
            && stores.apply(receipt.get().store()).isPresent();
    return Optional.of(
        new HsmJob.Doubt(problem.get(), isCurable ? HsmJob.Cure.ARCHIVE_AGAIN : HsmJob.Cure.NONE));
  }
}
