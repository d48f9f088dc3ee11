// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.core.internal.flows.access.AccessSite;
import io.kmesh.core.internal.flows.link.RateLimit;
import io.kmesh.core.internal.flows.merge.ConflictDesk;
import io.kmesh.core.internal.flows.replica.Pair;
import io.kmesh.core.internal.flows.service.EndPlan.Role;
import io.kmesh.flows.FlowStatus;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A flow that runs with both its ends in this process. Thread-safe. */
final class LocalRun implements FlowRun {
  private final EndHold sourceHold;
  private final EndHold targetHold;
  private final FlowEnd source;
  private final FlowEnd target;
  private final int sourceNumber;
  private final int targetNumber;
  private final RateLimit rate;

  /** Null while the first copy is made by other means, and once it is closed. */
  private @Nullable Pair pair; // guarded by this

  private boolean isClosed; // guarded by this

  private LocalRun(EndHold one, EndHold other, MasterGroup ends, RateLimit rate) {
    this.sourceHold = one;
    this.targetHold = other;
    this.source = one.end();
    this.target = other.end();
    this.sourceNumber = ends.source();
    this.targetNumber = ends.target();
    this.rate = rate;
  }

  private synchronized void join() {
    if (!isClosed) {
      pair = new Pair(source.replica(), "source", target.replica(), "target", rate::take);
    }
  }

  private synchronized Optional<Pair> joined() {
    return Optional.ofNullable(pair);
  }

  /**
   * Begins, with ends that are open; they are closed with it.
   *
   * @param one the end of {@code from(..)}, in whatever role
   * @param other the end of {@code to(..)}
   * @param ends the numbers of both, when they are masters
   * @param rate how fast bytes of files go from one to the other
   */
  static LocalRun start(EndHold one, EndHold other, MasterGroup ends, RateLimit rate) {
    boolean isTurned = one.end().plan().role() == Role.TARGET;
    LocalRun run = new LocalRun(isTurned ? other : one, isTurned ? one : other, ends, rate);
    run.source.seed(run.target, rate::take, run::join);
    run.targetHold.start();
    run.sourceHold.start();
    return run;
  }

  private boolean isMerge() {
    return source.plan().role() == Role.MERGE;
  }

  @Override
  public CompletableFuture<Void> barrier(PathBytes path) {
    MasterEnd one = source.master(targetNumber);
    MasterEnd other = target.master(sourceNumber);
    return one != null && other != null ? BothWays.barrier(one, other, path) : oneWay(path);
  }

  /** What was written at the target is the source's first. */
  private CompletableFuture<Void> oneWay(PathBytes path) {
    AccessSite site = target.access();
    return site == null
        ? source.replica().barrier(path)
        : site.writtenBack(path).thenCompose(done -> source.replica().barrier(path));
  }

  @Override
  public CompletableFuture<Void> look(List<PathBytes> paths) {
    CompletableFuture<Void> here = source.replica().look(LookedAt.places(paths));
    return isMerge()
        ? CompletableFuture.allOf(here, target.replica().look(LookedAt.places(paths)))
        : here;
  }

  @Override
  public CompletableFuture<Void> requireTurnable() {
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public CompletableFuture<Void> settle() {
    return source.replica().settle();
  }

  /** Either end may hold some back; it fails when neither does. */
  @Override
  public CompletableFuture<Void> confirmDeletions() {
    boolean isOther = isMerge() && source.status().held() == 0;
    CompletableFuture<Void> done = (isOther ? target : source).confirmDeletions();
    return isMerge() && !isOther && target.status().held() > 0
        ? CompletableFuture.allOf(done, target.confirmDeletions())
        : done;
  }

  @Override
  public Optional<ConflictDesk> conflicts() throws IOException {
    AccessSite access = target.access();
    if (access != null) {
      return access.conflicts();
    }
    List<MasterEnd> masters = masters();
    return masters.isEmpty() ? Optional.empty() : Optional.of(new BothConflicts(masters));
  }

  @Override
  public List<MasterEnd> masters() {
    MasterEnd one = source.master();
    MasterEnd other = target.master();
    return one == null || other == null ? List.of() : List.of(one, other);
  }

  @Override
  public CompletableFuture<Void> keepRemovals() {
    return CompletableFuture.allOf(
        source.replica().keepRemovals(), target.replica().keepRemovals());
  }

  @Override
  public Optional<AccessSite> access() {
    return Optional.ofNullable(target.access());
  }

  @Override
  public Optional<Throwable> failure() {
    return Optional.ofNullable(source.failure())
        .or(() -> Optional.ofNullable(target.failure()))
        .or(() -> joined().flatMap(Pair::broken).map(IOException::new));
  }

  @Override
  public Optional<PosixTree> sourceTree() {
    return Optional.of(source.tree());
  }

  @Override
  public FlowStatus status() {
    EndStatus looks = isMerge() ? source.status(targetNumber) : source.status();
    EndStatus places = isMerge() ? target.status(sourceNumber) : target.status();
    String ended = failure().map(f -> String.valueOf(f.getMessage())).orElse(null);
    if (isMerge()) {
      return FlowTally.both(looks, places, ended, FlowTally.LinkTally.NONE);
    }
    if (target.access() != null) {
      looks = looks.sending(places.bytes());
    }
    return FlowTally.of(looks, places, ended, FlowTally.LinkTally.NONE);
  }

  @Override
  public void close() throws IOException {
    Optional<Pair> way;
    synchronized (this) {
      isClosed = true;
      way = joined();
    }
    way.ifPresent(Pair::close);
    try {
      sourceHold.close();
    } finally {
      targetHold.close();
    }
  }
}
