// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.replica.Message;
import io.kmesh.core.internal.flows.replica.Source;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.time.KmeshTime;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A site's own tree as the engine's source of changes: by changelogs where there are some, with a
 * scan when they can't be relied on; else by scans at intervals. For the base's thread.
 */
public final class LiveSource implements Source, Closeable {
  private static final int RECORDS = 2_000;
  private static final int ENTRIES = 2_000;
  private static final Duration POLL = Duration.ofMillis(100);
  private static final String AWAITED = "somebody waits for all that is there";

  private final Inspector inspector;
  private final @Nullable ChangelogFollower follower;
  private final Duration scanEvery;
  private final KmeshTime time;
  private final Consumer<Findings> told;

  /** When the last scan ended by the clock that is never set; meaningless before it did. */
  private long scannedAt;

  private boolean hasScanned;
  private boolean hasBegun;

  /**
   * A source.
   *
   * @param follower the flow's place in the changelogs; empty where there are none
   * @param scanEvery how long after a scan ended, or since this began, the next one begins; with
   *     changelogs it is an audit
   * @param told is told what looks found, after each that found something
   */
  public LiveSource(
      Inspector inspector,
      Optional<ChangelogFollower> follower,
      Duration scanEvery,
      KmeshTime time,
      Consumer<Findings> told) {
    this.inspector = inspector;
    this.follower = follower.orElse(null);
    this.scanEvery = scanEvery;
    this.time = time;
    this.told = told;
  }

  @Override
  public Look look() throws IOException {
    begin();
    int records = follower == null ? 0 : follow(follower);
    if (isScanDue()) {
      inspector.demandScan(follower == null ? "it is time to" : "an audit is due");
    }
    boolean wasScanning = inspector.isScanning();
    boolean hasMore = inspector.step(ENTRIES);
    if (wasScanning && !inspector.isScanning()) {
      scanned();
    }
    tell();
    return hasMore || records > 0 ? Look.MORE : Look.IDLE;
  }

  @Override
  public void lookAt(PathBytes path) throws IOException {
    begin();
    List<Map.Entry<NodeId, Unsettled.Entry>> doubts = inspector.doubts(path);
    boolean isScan = inspector.isScanning() || isScanDue();
    if (follower != null && !inspector.isScanning()) {
      while (follow(follower) > 0) {
        // What happened until now has its records.
      }
    } else if (path.isEmpty() && isScan) {
      inspector.scanNow(AWAITED);
      scanned();
    } else {
      inspector.look(List.of(path), Inspector.Depth.TREE);
    }
    inspector.drain();
    List<Map.Entry<NodeId, Unsettled.Entry>> left = inspector.resolve(doubts);
    if (follower == null && path.isEmpty() && !left.isEmpty()) {
      inspector.scanNow(AWAITED); // they were moved behind the look's back
      scanned();
      inspector.resolve(left);
    }
    tell();
  }

  @Override
  public Looking beginLook() throws IOException {
    begin();
    if (!inspector.isScanning() && (follower != null || !isScanDue())) {
      lookAt(PathBytes.EMPTY);
      return Looking.DONE;
    }
    return new AllOfIt();
  }

  /** A look at all that changed until now. */
  private final class AllOfIt implements Looking {
    private List<Map.Entry<NodeId, Unsettled.Entry>> doubts = inspector.doubts(PathBytes.EMPTY);
    private long scan = inspector.awaitScan(AWAITED);
    private boolean isAgain;

    AllOfIt() throws IOException {}

    @Override
    public boolean isDone() throws IOException {
      if (!inspector.isScanned(scan)) {
        return false;
      }
      inspector.drain();
      doubts = inspector.resolve(doubts);
      tell();
      if (doubts.isEmpty() || isAgain) {
        return true;
      }
      // They were moved behind the scan's back; what can't be found by another is not waited for.
      isAgain = true;
      scan = inspector.awaitScan(AWAITED);
      return false;
    }
  }

  @Override
  public void lookAt(List<Message.Place> places) throws IOException {
    begin();
    if (follower != null && !inspector.isScanning()) {
      while (follow(follower) > 0) {
        // What happened until now has its records.
      }
    } else {
      inspector.drain(); // a directory that is being looked at is to be looked at from its start
      inspector.look(paths(places, Message.Scope.ENTRY), Inspector.Depth.ENTRY);
      inspector.look(paths(places, Message.Scope.NAMES), Inspector.Depth.NAMES);
    }
    inspector.drain();
    tell();
  }

  private static List<PathBytes> paths(List<Message.Place> places, Message.Scope scope) {
    return places.stream().filter(p -> p.scope() == scope).map(Message.Place::path).toList();
  }

  @Override
  public void recheck(NodeId node) throws IOException {
    begin();
    inspector.recheck(node);
    tell();
  }

  @Override
  public void committed() throws IOException {
    if (follower != null) {
      Optional<String> lost = follower.committed();
      if (lost.isPresent()) {
        inspector.demandScan(lost.get());
      }
    }
  }

  @Override
  public Duration pause() {
    if (follower != null) {
      return POLL;
    }
    Duration left = untilScan();
    Duration due = inspector.untilDue().orElse(left);
    Duration first = due.compareTo(left) < 0 ? due : left;
    return first.compareTo(POLL) < 0 ? POLL : first;
  }

  private void begin() throws IOException {
    if (hasBegun) {
      return;
    }
    hasBegun = true;
    if (follower != null) {
      scanned();
      Optional<String> reason = follower.begin();
      if (reason.isPresent()) {
        inspector.demandScan(reason.get());
      }
    }
  }

  private int follow(ChangelogFollower at) throws IOException {
    Hints hints = new Hints();
    ChangelogFollower.Read read = at.next(RECORDS, hints);
    if (read.scanReason().isPresent()) {
      inspector.demandScan(read.scanReason().get());
    }
    if (!hints.isEmpty()) {
      inspector.look(hints);
    }
    return read.records();
  }

  private boolean isScanDue() {
    return !inspector.isScanning() && untilScan().isZero();
  }

  private void scanned() {
    scannedAt = time.nanoTime();
    hasScanned = true;
  }

  /** How long until the next scan is due; zero when it is. */
  private Duration untilScan() {
    Duration since = Duration.ofNanos(time.nanoTime() - scannedAt);
    return !hasScanned || since.compareTo(scanEvery) >= 0 ? Duration.ZERO : scanEvery.minus(since);
  }

  private void tell() {
    Findings found = inspector.takeFindings();
    if (!found.isEmpty() || found.problemCount() > 0) {
      told.accept(found);
    }
  }

  @Override
  public void close() throws IOException {
    if (follower != null) {
      follower.close();
    }
  }
}
