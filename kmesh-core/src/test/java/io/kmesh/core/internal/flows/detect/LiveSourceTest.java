// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.base.Version;
import io.kmesh.core.internal.flows.replica.Source.Look;
import io.kmesh.core.internal.state.MemoryOrdered;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The engine's source of changes, with and without changelogs. */
class LiveSourceTest {
  private static final PathBytes A = PathBytes.of("x");
  private static final Duration EVERY = Duration.ofMinutes(5);

  @Test
  void look_withoutChangelogs_scansAtIntervals() throws IOException {
    long[] found = {0};
    try (PosixWorld world = new PosixWorld(1)) {
      LiveSource source =
          new LiveSource(
              world.inspector,
              Optional.empty(),
              EVERY,
              world.time,
              findings -> found[0] += findings.newNodes());
      world.steps.write(A, 10);
      run(source, world.base);
      world.requireEqual();
      assertThat(found[0]).isEqualTo(1);
      world.steps.makeDirectory(PathBytes.of("d"));
      world.time.advance(Duration.ofMinutes(1));
      run(source, world.base);
      assertThat(found[0]).isEqualTo(1);
      assertThat(source.pause()).isLessThanOrEqualTo(Duration.ofMinutes(4));
      world.time.advance(source.pause());
      run(source, world.base);
      assertThat(found[0]).isEqualTo(2);
      world.requireEqual();
      world.steps.write(PathBytes.of("d/now"), 1);
      source.lookAt(PathBytes.of("d"));
      world.requireEqual();
    }
  }

  @Test
  void lookAt_theWholeTree_takesThePlaceOfTheScanThatIsUnderWay() throws IOException {
    try (PosixWorld world = new PosixWorld(1)) {
      LiveSource source =
          new LiveSource(world.inspector, Optional.empty(), EVERY, world.time, findings -> {});
      world.steps.makeDirectory(PathBytes.of("d"));
      world.steps.write(PathBytes.of("d/f"), 10);
      world.inspector.demandScan("test");
      world.inspector.step(1);
      world.inspector.demandScan("another");
      assertThat(world.inspector.isScanning()).isTrue();
      world.steps.write(A, 10); // where it was already

      source.lookAt(PathBytes.EMPTY);
      world.requireEqual();
      assertThat(world.inspector.isScanning()).isFalse();
      assertThat(source.look()).isEqualTo(Look.IDLE);
      assertThat(world.inspector.isScanning()).isFalse();
      world.time.advance(Duration.ofMinutes(4));
      run(source, world.base);
      assertThat(world.inspector.isScanning()).isFalse();

      world.steps.write(PathBytes.of("d/later"), 10);
      source.lookAt(PathBytes.EMPTY);
      world.requireEqual();
    }
  }

  private static void run(LiveSource source, FlowBase base) throws IOException {
    while (source.look() == Look.MORE) {
      base.commit();
      source.committed();
    }
    base.commit();
    source.committed();
  }

  @Test
  void lookAt_byChangelogs_hasAllThatHappened() throws IOException {
    try (LustreWorld world = new LustreWorld(2)) {
      world.finish();
      LiveSource source =
          new LiveSource(
              world.inspector, Optional.of(world.follower), EVERY, world.time, findings -> {});
      world.steps.write(A, 10);
      world.steps.makeDirectory(PathBytes.of("d"));
      world.steps.write(PathBytes.of("d/f"), 10);
      source.lookAt(PathBytes.of("d"));
      world.requireEqual();
      world.base.commit();
      source.committed();
      assertThat(source.look()).isEqualTo(Look.IDLE);
      assertThat(source.pause()).isLessThan(Duration.ofSeconds(1));
      // What no record tells of is found by an audit, in time.
      for (int mdt : world.hub.mdts()) {
        world.lustre.changelogAdmin().changeMask(mdt, Set.of());
      }
      world.steps.write(PathBytes.of("unseen"), 10);
      assertThat(source.look()).isEqualTo(Look.IDLE);
      assertThat(BaseView.of(world.base)).doesNotContainKey(PathBytes.of("unseen"));
      world.time.advance(EVERY);
      while (source.look() == Look.MORE) {
        world.base.commit();
      }
      world.requireEqual();
    }
  }

  @Test
  void look_whenTheClockWasSetBack_scansInTimeAllTheSame() throws IOException {
    try (PosixWorld world = new PosixWorld(3)) {
      LiveSource source =
          new LiveSource(world.inspector, Optional.empty(), EVERY, world.time, findings -> {});
      run(source, world.base);
      world.time.jump(Duration.ofDays(-1));
      world.steps.write(A, 10);
      world.time.advance(EVERY);
      run(source, world.base);
      assertThat(BaseView.of(world.base)).containsKey(A);
      assertThat(source.pause()).isLessThanOrEqualTo(EVERY);
    }
  }

  @Test
  void look_whenTheClockWasSetBack_settlesYoungStampsAllTheSame() throws IOException {
    try (LustreWorld world = new LustreWorld(4)) {
      world.finish();
      world.steps.write(A, 10);
      world.follow(10);
      assertThat(world.inspector.untilDue()).isPresent();
      world.time.jump(Duration.ofDays(-1));
      world.time.advance(Duration.ofMinutes(1));
      world.finish();
      assertThat(world.inspector.untilDue()).isEmpty();
    }
  }

  @Test
  void lookAt_findsWhatAYoungStampHides() throws IOException {
    try (LustreWorld world = new LustreWorld(5)) {
      PathBytes d = PathBytes.of("d");
      world.steps.makeDirectory(d);
      world.steps.write(A, 10);
      world.finish();
      PosixLiveTree live = PosixLiveTree.open(world.lustre.tree(), LustreWorld.TOP);
      FlowBase base = FlowBase.open(new MemoryOrdered(), 9);
      Inspector inspector =
          new Inspector(base, live, new DeleteGuard(0, 100), Concurrent.HERE_WINS, world.time);
      LiveSource source =
          new LiveSource(inspector, Optional.empty(), EVERY, world.time, findings -> {});
      source.lookAt(PathBytes.EMPTY);
      Dirent file = base.dirent(new Link(NodeId.ROOT, A));
      Version before = base.require(file.node()).contentVersion();

      // At the same instant, so that the times are the same.
      world.steps.setXattr(d, "hidden");
      world.steps.setMode(A, 0640);
      world.steps.write(A, 10);
      source.lookAt(PathBytes.EMPTY);
      BaseView.requireEqual(base, live);
      assertThat(base.require(file.node()).contentVersion()).isNotEqualTo(before);
    }
  }

  /** Lustre records one change of times of an object until records are cleared. */
  @Test
  void look_byChangelogs_findsWhatNoRecordTellsOf() throws IOException {
    try (LustreWorld world = new LustreWorld(6)) {
      world.finish();
      world.time.advance(Duration.ofMinutes(1));
      LiveSource source =
          new LiveSource(
              world.inspector,
              Optional.of(world.follower),
              Duration.ofDays(1),
              world.time,
              findings -> {});
      run(source, world.base);
      PathBytes b = PathBytes.of("y");
      world.steps.write(A, 10);
      world.steps.write(b, 10);
      run(source, world.base);
      world.time.advance(Duration.ofSeconds(3));
      run(source, world.base);
      world.time.advance(Duration.ofSeconds(2));
      world.steps.setTime(b, new FileTime(1_000_000, 5));
      source.lookAt(b);
      world.requireEqual();
      world.steps.setTime(A, new FileTime(2_000_000, 5));
      for (int i = 0; i < 40; i++) {
        world.time.advance(Duration.ofSeconds(1));
        run(source, world.base);
      }
      world.requireEqual();
    }
  }
}
