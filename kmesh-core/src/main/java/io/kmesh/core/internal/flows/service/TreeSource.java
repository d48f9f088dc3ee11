// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Local;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.detect.DeletionsHeld;
import io.kmesh.core.internal.flows.detect.Hints;
import io.kmesh.core.internal.flows.detect.Inspector;
import io.kmesh.core.internal.flows.replica.Source;
import io.kmesh.flows.FlowProblem;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Finds changes by walking the tree, again and again with a rest between. */
final class TreeSource implements Source {
  private static final int STEP = 4096;
  private static final Duration SHORTEST = Duration.ofMillis(5);

  private final FlowBase base;
  private final Inspector inspector;
  private final KmeshTime time;
  private final Duration rest;
  private long nextScan;
  private volatile boolean isFirstDone;
  private volatile Optional<DeletionsHeld> held = Optional.empty();
  private volatile List<FlowProblem> problems = List.of();

  /**
   * A source of an inspector.
   *
   * @param rest between two walks
   */
  TreeSource(FlowBase base, Inspector inspector, KmeshTime time, Duration rest) {
    this.base = base;
    this.inspector = inspector;
    this.time = time;
    this.rest = rest;
    this.nextScan = time.nanoTime();
  }

  /** Whether the tree was walked to its end once. */
  boolean isFirstDone() {
    return isFirstDone;
  }

  /** Removals that wait for somebody's word. */
  Optional<DeletionsHeld> held() {
    return held;
  }

  /** What the last look could not look at. */
  List<FlowProblem> problems() {
    return problems;
  }

  @Override
  public Look look() throws IOException {
    if (!inspector.isScanning() && time.nanoTime() - nextScan >= 0) {
      inspector.beginScan();
    }
    boolean wasScanning = inspector.isScanning();
    boolean hasMore = inspector.step(STEP);
    held = inspector.held();
    if (wasScanning && !inspector.isScanning()) {
      isFirstDone = true;
      problems =
          inspector.takeFindings().problems().stream()
              .map(p -> new FlowProblem(p.path().toString(), p.reason()))
              .toList();
      nextScan = time.nanoTime() + rest.toNanos();
    }
    return hasMore ? Look.MORE : Look.IDLE;
  }

  @Override
  public void lookAt(PathBytes path) throws IOException {
    NodeId at = NodeId.ROOT;
    inspector.look(new Hints());
    for (PathBytes name : path.names()) {
      Optional<Local> directory = local(at);
      if (directory.isEmpty()) {
        return;
      }
      inspector.look(new Hints().name(directory.get().key(), name, null));
      finish();
      Dirent dirent = base.dirent(new Link(at, name));
      if (dirent.node() == null) {
        return;
      }
      at = dirent.node();
    }
    Optional<Node> node = base.node(at);
    Optional<Local> local = local(at);
    if (node.isPresent() && local.isPresent()) {
      inspector.look(
          node.get().isDirectory()
              ? new Hints().tree(local.get().key())
              : new Hints().bytes(local.get().key()));
      finish();
    }
  }

  private void finish() throws IOException {
    while (inspector.step(STEP)) {
      // A scan that is under way goes on here too: it would be in the way of removals else.
    }
  }

  private Optional<Local> local(NodeId id) throws IOException {
    return base.node(id).map(Node::local);
  }

  @Override
  public void committed() {}

  @Override
  public Duration pause() {
    Duration pause = Duration.ofNanos(Math.max(0, nextScan - time.nanoTime()));
    Optional<Duration> due =
        inspector.nextDue().map(instant -> Duration.between(time.now(), instant));
    if (due.isPresent() && due.get().compareTo(pause) < 0) {
      pause = due.get();
    }
    return pause.compareTo(SHORTEST) < 0 ? SHORTEST : pause;
  }
}
