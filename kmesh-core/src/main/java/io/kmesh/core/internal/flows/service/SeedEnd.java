// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.place.Nursery;
import io.kmesh.core.internal.flows.place.Placer;
import io.kmesh.core.internal.flows.replica.Message;
import io.kmesh.core.internal.flows.replica.Replica;
import io.kmesh.core.internal.flows.seed.SeedTarget;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;

/** The target of a first copy within one process. Thread-safe. */
final class SeedEnd implements SeedTarget {
  private final Replica source;
  private final Replica replica;
  private final TreeTarget target;
  private final Runnable ended;

  SeedEnd(Replica source, Replica replica, TreeTarget target, Runnable ended) {
    this.source = source;
    this.replica = replica;
    this.target = target;
    this.ended = ended;
  }

  @Override
  public CompletableFuture<Optional<Nursery>> begin() {
    AtomicReference<Optional<Nursery>> made = new AtomicReference<>(Optional.empty());
    return replica.change(() -> made.set(target.beginSeed())).thenApply(done -> made.get());
  }

  @Override
  public CompletableFuture<Void> take(
      Nursery nursery, long to, Optional<Node> top, List<Placer.Planted> trees) {
    return replica.takeSeed(
        source.id(),
        to,
        top.map(one -> new Message.Change(one, null, Message.Delivery.ON_DEMAND)).stream().toList(),
        () -> target.adopt(nursery, trees));
  }

  @Override
  public CompletableFuture<Void> end() {
    return replica.change(target::endSeed);
  }

  @Override
  public void ended() {
    ended.run();
  }

  @Override
  public void count(long changes, long bytes) {
    source.seeded(changes, bytes);
  }
}
