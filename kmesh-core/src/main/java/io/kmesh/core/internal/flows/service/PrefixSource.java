// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.detect.Findings;
import io.kmesh.core.internal.flows.detect.Inspector;
import io.kmesh.core.internal.flows.replica.Message;
import io.kmesh.core.internal.flows.replica.Source;
import io.kmesh.core.internal.objecttree.ObjectTree;
import io.kmesh.core.internal.objecttree.PullReport;
import io.kmesh.flows.FlowProblem;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.time.KmeshTime;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A prefix of an object store as the engine's source: it is listed at intervals beside the engine's
 * thread, and its tree is walked when something changed, and once after each start. For the
 * engine's thread, but for {@link #problems}.
 */
final class PrefixSource implements Source, Closeable {
  private static final int ENTRIES = 2_000;
  private static final Duration POLL = Duration.ofMillis(100);

  /** An object was replaced while it was read: its prefix is listed again after that. */
  private static final Duration SOON = Duration.ofSeconds(1);

  private final Inspector inspector;
  private final ObjectTree tree;
  private final Duration every;
  private final KmeshTime time;
  private final Consumer<Findings> told;
  private final Executor worker;
  private final Runnable wake;
  private @Nullable CompletableFuture<PullReport> pull;
  private boolean isListed;
  private long dueAt;
  private volatile List<FlowProblem> problems = List.of();
  private volatile boolean isClosed;

  /**
   * A source.
   *
   * @param tree stays the caller's
   * @param every how long after a listing ended the next one begins
   * @param told is told what looks found, after each that found something
   * @param worker lists
   * @param wake called when a listing ended, by any thread
   */
  PrefixSource(
      Inspector inspector,
      ObjectTree tree,
      Duration every,
      KmeshTime time,
      Consumer<Findings> told,
      Executor worker,
      Runnable wake)
      throws IOException {
    this.inspector = inspector;
    this.tree = tree;
    this.every = every;
    this.time = time;
    this.told = told;
    this.worker = worker;
    this.wake = wake;
    this.dueAt = time.nanoTime();
    // A listing that was applied and not walked when a process ended is found by no later one.
    if (!inspector.isScanning()) {
      inspector.demandScan("the prefix is listed for the first time since the start");
    }
  }

  /** Objects that can't be used, and why the last listing failed. Any thread. */
  List<FlowProblem> problems() {
    return problems;
  }

  @Override
  public Look look() throws IOException {
    takePull();
    if (pull == null && time.nanoTime() - dueAt >= 0) {
      CompletableFuture<PullReport> begun = CompletableFuture.supplyAsync(this::pullAll, worker);
      pull = begun;
      CompletableFuture<?> unused = begun.whenComplete((report, failure) -> wake.run());
    }
    boolean hasMore = isListed && inspector.step(ENTRIES);
    tell();
    return hasMore ? Look.MORE : Look.IDLE;
  }

  private PullReport pullAll() {
    try {
      return pull(PathBytes.EMPTY);
    } catch (IOException e) {
      throw new CompletionException(e);
    }
  }

  private PullReport pull(PathBytes path) throws IOException {
    return tree.pull(
        path,
        () -> {
          if (isClosed) {
            throw new ProviderException(
                ErrorKind.TRANSIENT, "The flow was stopped meanwhile. Start it, and ask again.");
          }
        });
  }

  private void awaitPull() throws IOException {
    CompletableFuture<PullReport> underWay = pull;
    if (underWay != null) {
      underWay.handle((report, failure) -> report).join();
      takePull();
    }
  }

  private void takePull() throws IOException {
    CompletableFuture<PullReport> ended = pull;
    if (ended == null || !ended.isDone()) {
      return;
    }
    pull = null;
    dueAt = time.nanoTime() + every.toNanos();
    try {
      if (take(ended.join())) {
        inspector.demandScan("the prefix changed");
      }
      isListed = true;
    } catch (CompletionException e) {
      if (!(e.getCause() instanceof IOException failure)) {
        throw e;
      }
      problems =
          List.of(
              new FlowProblem(
                  "", "Cannot list " + tree.description() + ": " + failure.getMessage()));
    }
  }

  /** Whether a listing changed the tree. */
  private boolean take(PullReport report) {
    problems = report.problems().stream().map(p -> new FlowProblem(p.key(), p.message())).toList();
    return report.changed() + report.removed() > 0;
  }

  @Override
  public void lookAt(PathBytes path) throws IOException {
    if (path.isEmpty()) {
      if (isScanNeeded()) {
        inspector.scanNow("somebody waits for all that is there");
      }
    } else {
      awaitPull(); // its end is not to hide what it changed there
      PullReport unused = pull(path);
      inspector.look(List.of(path), Inspector.Depth.TREE);
    }
    inspector.drain();
    tell();
  }

  @Override
  public Looking beginLook() throws IOException {
    if (!isScanNeeded()) {
      return Looking.DONE;
    }
    long scan = inspector.awaitScan("somebody waits for all that is there");
    return () -> inspector.isScanned(scan);
  }

  /** Lists all: whether that, or what was not walked yet, changed the tree. */
  private boolean isScanNeeded() throws IOException {
    awaitPull(); // what it found is nothing new to the next one
    boolean isChanged = take(pull(PathBytes.EMPTY));
    isListed = true;
    dueAt = time.nanoTime() + every.toNanos();
    return isChanged || inspector.isScanning();
  }

  @Override
  public void lookAt(List<Message.Place> places) throws IOException {
    for (Message.Place place : places) {
      lookAt(place.path());
    }
  }

  @Override
  public void recheck(NodeId node) throws IOException {
    inspector.recheck(node);
    dueAt = Math.min(dueAt - time.nanoTime(), SOON.toNanos()) + time.nanoTime();
    tell();
  }

  @Override
  public void committed() {
    // Nothing waits for it.
  }

  @Override
  public Duration pause() {
    Duration left = pull == null ? Duration.ofNanos(Math.max(0, dueAt - time.nanoTime())) : every;
    Duration due = inspector.untilDue().orElse(left);
    Duration first = due.compareTo(left) < 0 ? due : left;
    return first.compareTo(POLL) < 0 ? POLL : first;
  }

  private void tell() {
    Findings found = inspector.takeFindings();
    if (!found.isEmpty() || found.problemCount() > 0) {
      told.accept(found);
    }
  }

  /** Ends the listing that is under way. */
  @Override
  public void close() {
    isClosed = true;
  }
}
