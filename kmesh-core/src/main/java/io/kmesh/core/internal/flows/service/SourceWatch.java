// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

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

/** Tells other threads how a source stands, while the engine's thread looks. */
final class SourceWatch implements Source {
  private final Inspector inspector;
  private final Source source;
  private volatile boolean isFirstDone;
  private volatile Optional<DeletionsHeld> held = Optional.empty();
  private volatile List<FlowProblem> problems = List.of();

  /** How a source of an inspector is made, that tells what it finds. */
  interface Maker {
    /** Makes it. */
    Source make(java.util.function.Consumer<Findings> told) throws IOException;
  }

  SourceWatch(Inspector inspector, Maker maker) throws IOException {
    this.inspector = inspector;
    this.source = maker.make(this::found);
  }

  private void found(Findings findings) {
    problems =
        findings.problems().stream()
            .map(p -> new FlowProblem(p.path().toString(), p.reason()))
            .toList();
  }

  /** Whether the tree was walked to its end once since the flow began. */
  boolean isFirstDone() {
    return isFirstDone;
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
    isFirstDone |= !inspector.isScanning();
    return look;
  }

  @Override
  public void lookAt(PathBytes path) throws IOException {
    source.lookAt(path);
    held = inspector.held();
  }

  @Override
  public void lookAt(List<Message.Place> places) throws IOException {
    source.lookAt(places);
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
