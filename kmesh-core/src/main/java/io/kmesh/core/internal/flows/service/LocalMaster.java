// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.merge.KeptConflict;
import io.kmesh.core.internal.flows.replica.Replica;
import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * An end of several masters that runs in this process: all is done by its engine's thread.
 *
 * @param towards the end that counts in barriers, or {@link Replica#ALL}
 */
record LocalMaster(Replica replica, FlowBase base, EndConflicts found, int towards)
    implements MasterEnd {
  /** Something to be read in the engine's thread. */
  private interface Read<T> {
    T read() throws IOException;
  }

  private <T> CompletableFuture<T> call(Read<T> read) {
    CompletableFuture<T> told = new CompletableFuture<>();
    return replica.call(() -> told.complete(read.read())).thenCompose(done -> told);
  }

  @Override
  public CompletableFuture<Void> barrier(PathBytes path) {
    return replica.barrier(path, towards);
  }

  @Override
  public CompletableFuture<Long> place() {
    return call(base::lastSeq);
  }

  @Override
  public CompletableFuture<ConflictPage> conflicts(String from, int most) {
    return call(() -> found.page(from, most));
  }

  @Override
  public CompletableFuture<ConflictPage> find(String id) {
    return call(
        () -> {
          Optional<KeptConflict> one = found.find(id);
          return new ConflictPage(one.isEmpty() ? List.of() : List.of(found.tell(one.get())), "");
        });
  }

  @Override
  public CompletableFuture<Void> resolve(String id, Resolution how) {
    return replica.change(
        () -> {
          Optional<KeptConflict> one = found.find(id);
          if (one.isPresent()) {
            found.resolve(one.get(), how);
          }
        });
  }
}
