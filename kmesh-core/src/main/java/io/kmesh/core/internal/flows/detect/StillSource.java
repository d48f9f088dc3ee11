// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

import io.kmesh.core.internal.flows.base.Area;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.replica.Message;
import io.kmesh.core.internal.flows.replica.Source;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/**
 * A tree that never changes as the engine's source: it is walked once, in however many processes,
 * and again only while something of it could not be looked at. For the base's thread.
 */
public final class StillSource implements Source {
  private static final int ENTRIES = 2_000;
  private static final Duration LONG = Duration.ofHours(1);
  private static final byte[] KEY = {QueueKeys.WALKED};
  private static final byte[] DONE = {1};

  private final Inspector inspector;
  private final Area area;
  private final Duration again;
  private final KmeshTime time;
  private final Consumer<Findings> told;
  private boolean isWalked;
  private boolean hasEnded;
  private long endedAt;
  private long problems;

  /**
   * A source.
   *
   * @param again how long after a walk that missed something the next one begins
   * @param told is told what looks found, after each that found something
   */
  public StillSource(
      FlowBase base, Inspector inspector, Duration again, KmeshTime time, Consumer<Findings> told)
      throws IOException {
    this.inspector = inspector;
    this.area = base.area(Inspector.TABLE);
    this.again = again;
    this.time = time;
    this.told = told;
    this.isWalked = area.get(KEY) != null;
  }

  @Override
  public Look look() throws IOException {
    if (!isWalked && !inspector.isScanning() && untilAgain().isZero()) {
      problems = 0;
      inspector.demandScan("nobody looked at all of it yet");
    }
    boolean wasScanning = inspector.isScanning();
    boolean hasMore = inspector.step(ENTRIES);
    tell();
    if (wasScanning && !inspector.isScanning()) {
      ended();
    }
    return hasMore ? Look.MORE : Look.IDLE;
  }

  /** A walk ended; when it missed nothing, it was the last. */
  private void ended() throws IOException {
    endedAt = time.nanoTime();
    hasEnded = true;
    if (problems == 0 && !isWalked) {
      area.put(KEY, DONE);
      isWalked = true;
    }
  }

  @Override
  public void lookAt(PathBytes path) throws IOException {
    if (isWalked) {
      return;
    }
    if (path.isEmpty()) {
      problems = 0;
      inspector.scanNow("somebody waits for all that is there");
      tell();
      ended();
      return;
    }
    inspector.look(List.of(path), Inspector.Depth.TREE);
    inspector.drain();
    tell();
  }

  @Override
  public Looking beginLook() throws IOException {
    if (isWalked) {
      return Looking.DONE;
    }
    problems = 0;
    long scan = inspector.awaitScan("somebody waits for all that is there");
    return () -> inspector.isScanned(scan);
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
    tell();
  }

  @Override
  public void committed() {
    // Nothing waits for it.
  }

  @Override
  public Duration pause() {
    return isWalked ? LONG : untilAgain();
  }

  private Duration untilAgain() {
    Duration since = Duration.ofNanos(time.nanoTime() - endedAt);
    return !hasEnded || since.compareTo(again) >= 0 ? Duration.ZERO : again.minus(since);
  }

  private void tell() {
    Findings found = inspector.takeFindings();
    problems += found.problemCount();
    if (!found.isEmpty() || found.problemCount() > 0) {
      told.accept(found);
    }
  }
}
