// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.detect.DeletionsHeld;
import io.kmesh.core.internal.flows.detect.Findings;
import io.kmesh.core.internal.flows.detect.Inspector;
import io.kmesh.core.internal.flows.replica.Message;
import io.kmesh.core.internal.flows.replica.Source;
import io.kmesh.flows.FlowProblem;
import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/** Tells other threads how a source stands, while the engine's thread looks. */
final class SourceWatch implements Source {
  private static final long NONE = Long.MAX_VALUE;

  private final Inspector inspector;
  private final Source source;
  private final LongSupplier place;
  private volatile long firstPlace = NONE;
  private volatile Optional<DeletionsHeld> held = Optional.empty();
  private volatile List<FlowProblem> problems = List.of();

  /** How a source of an inspector is made, that tells what it finds. */
  interface Maker {
    /** Makes it. */
    Source make(java.util.function.Consumer<Findings> told) throws IOException;
  }

  /**
   * Watches.
   *
   * @param place the last place in the base's log
   */
  SourceWatch(Inspector inspector, LongSupplier place, Maker maker) throws IOException {
    this.inspector = inspector;
    this.place = place;
    this.source = maker.make(this::found);
  }

  private void found(Findings findings) {
    problems =
        findings.problems().stream()
            .map(p -> new FlowProblem(p.path().toString(), p.reason()))
            .toList();
  }

  /**
   * Whether the tree was walked to its end once since the flow began, and a peer shows all of it.
   *
   * @param shown the place in the log up to which a peer shows it
   */
  boolean isFirstDone(long shown) {
    return shown >= firstPlace;
  }

  /** Removals that wait for somebody's word. */
  Optional<DeletionsHeld> held() {
    return held;
  }

  /** What the last look that found something could not look at. */
  List<FlowProblem> problems() {
    return problems;
  }

  @Override
  public Look look() throws IOException {
    Look look = source.look();
    held = inspector.held();
    if (firstPlace == NONE && !inspector.isScanning()) {
      firstPlace = place.getAsLong();
    }
    return look;
  }

  @Override
  public void lookAt(PathBytes path) throws IOException {
    source.lookAt(path);
    held = inspector.held();
  }

  @Override
  public Looking beginLook() throws IOException {
    Looking begun = source.beginLook();
    held = inspector.held();
    return () -> {
      boolean isDone = begun.isDone();
      held = inspector.held();
      return isDone;
    };
  }

  @Override
  public void lookAt(List<Message.Place> places) throws IOException {
    source.lookAt(places);
    held = inspector.held();
  }

  @Override
  public void recheck(NodeId node) throws IOException {
    source.recheck(node);
    held = inspector.held();
  }

  @Override
  public void committed() throws IOException {
    source.committed();
  }

  @Override
  public Duration pause() {
    return source.pause();
  }
}
