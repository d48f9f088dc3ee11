// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.state.MemoryOrdered;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.ChangelogRecord;
import io.kmesh.lustre.ChangelogType;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.Layout;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.ChangelogCursor;
import io.kmesh.spi.lustre.ForwardingLustreBinding;
import io.kmesh.spi.lustre.ImportAttributes;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.LustreChangelogs;
import io.kmesh.spi.lustre.LustreIdentity;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.RenameMode;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What changelogs say, what they fail to say, and what is kept for whom. */
class ChangelogFollowerTest {
  private static final PathBytes FILE = PathBytes.of("f");
  private static final FileTime SET = new FileTime(1_000_000, 0);

  private static final PathBytes A = PathBytes.of("d1");
  private static final PathBytes B = PathBytes.of("d2");

  @Test
  void rename_whenADirectoryHasAThousandFiles_costsAFewCalls() throws IOException {
    int[] calls = {0};
    try (LustreWorld world = new LustreWorld(1, binding -> counting(binding, calls))) {
      world.steps.makeDirectory(A);
      for (int i = 0; i < 1000; i++) {
        world.steps.write(A.resolve("f" + i), 1);
      }
      world.follow(5000);
      world.settle();
      long seq = world.base.lastSeq();
      Node before = world.node("d1/f7");
      world.steps.rename(A, B, RenameMode.NO_REPLACE);
      calls[0] = 0;
      world.follow(100);
      // Two names and the time of the top.
      assertThat(world.base.changesSince(seq).toList()).hasSize(3);
      assertThat(world.inspector.takeFindings().looked()).isLessThan(10);
      assertThat(calls[0]).isLessThan(20);
      assertThat(world.node("d2/f7")).isEqualTo(before);
      world.requireEqual();
    }
  }

  @Test
  void follow_whenAFileIsOnlyReleasedAndRestored_registersNothing() throws IOException {
    try (LustreWorld world = new LustreWorld(2)) {
      world
          .lustre
          .hsm()
          .importStub(
              LustreWorld.TOP.resolve("stub"),
              ArchiveId.of(1),
              new ImportAttributes(0644, 0, 0, 5000, new FileTime(7, 0), new FileTime(7, 0)),
              Layout.plain(1));
      world.follow(100);
      assertThat(world.node("stub").content().size()).isEqualTo(5000);
      world.settle();
      world.scan();
      assertThat(world.inspector.takeFindings().isEmpty()).isTrue();
      assertThat(world.restores()).isZero();
    }
  }

  @Test
  void follow_whenAFileIsWrittenAgainWithinOneTick_bumpsItsContentOnce() throws IOException {
    try (LustreWorld world = new LustreWorld(3)) {
      world.finish();
      world.steps.write(A, 10);
      world.follow(100);
      Node first = world.node("d1");
      // The clock stands: the same stamp.
      world.steps.write(A, 10);
      world.follow(100);
      Node second = world.node("d1");
      assertThat(second.local().ctime()).isEqualTo(first.local().ctime());
      assertThat(second.contentVersion()).isNotEqualTo(first.contentVersion());
      world.settle();
      assertThat(world.node("d1").contentVersion()).isEqualTo(second.contentVersion());
    }
  }

  @Test
  void follow_whenRecordsAreDoubledAndReorderedOverMdts_findsTheSame() throws IOException {
    try (LustreWorld world = new LustreWorld(4)) {
      world.finish();
      List<ChangelogRecord> records = new ArrayList<>();
      for (int round = 0; round < 4; round++) {
        Map<Integer, Long> from = world.hub.ends(Map.of());
        for (int i = 0; i < 12; i++) {
          world.time.advance(Duration.ofMillis(300));
          world.steps.step();
        }
        for (Map.Entry<Integer, Long> mdt : from.entrySet()) {
          try (ChangelogCursor cursor =
              world.lustre.changelogs().open(mdt.getKey(), mdt.getValue() + 1)) {
            for (var some = cursor.next(100); !some.isEmpty(); some = cursor.next(100)) {
              records.addAll(some);
              records.addAll(some.subList(0, some.size() / 2));
            }
          }
        }
        Collections.shuffle(records, new Random(round));
        for (int i = 0; i < records.size(); i += 7) {
          Hints hints = new Hints();
          for (ChangelogRecord record : records.subList(i, Math.min(i + 7, records.size()))) {
            assertThat(HintDecoder.add(record, hints)).isEmpty();
          }
          world.inspector.look(hints);
        }
        records.clear();
        world.finish();
        world.requireEqual();
      }
    }
  }

  @Test
  void begin_whenTheUserWasPurged_demandsAScanThatFindsAll() throws IOException {
    try (LustreWorld world = new LustreWorld(5)) {
      world.finish();
      world.time.advance(Duration.ofMinutes(1));
      world.finish();
      String user = world.users.get(0);
      world.steps.write(A, 10);
      world.lustre.changelogAdmin().deregister(0, user);
      world.reopen();
      assertThat(world.began.orElseThrow()).contains("MDT 0", "does not go back");
      world.finish();
      world.requireEqual();
      assertThat(world.inspector.scanReason()).isEmpty();
    }
  }

  @Test
  void committed_whenTheUserIsPurgedMeanwhile_tellsIt() throws IOException {
    try (LustreWorld world = new LustreWorld(6)) {
      world.finish();
      world.steps.write(A, 10);
      world.lustre.changelogAdmin().deregister(1, world.users.get(1));
      world.time.advance(Duration.ofHours(2));
      assertThat(world.follow(100).orElseThrow()).contains("MDT 1");
      world.finish();
      world.requireEqual();
    }
  }

  @Test
  void next_whenARecordSaysTooLittle_demandsAScan() throws IOException {
    try (LustreWorld world = new LustreWorld(7)) {
      world.finish();
      for (ChangelogType odd : List.of(ChangelogType.MIGRT, ChangelogType.EXT)) {
        world
            .lustre
            .changelogAdmin()
            .inject(
                0,
                odd,
                world.lustre.identity().fid(LustreWorld.TOP),
                Fid.ZERO,
                PathBytes.EMPTY,
                Optional.empty());
        assertThat(world.follow(10).orElseThrow()).contains(odd.name());
        world.finish();
        assertThat(world.inspector.isScanning()).isFalse();
      }
    }
  }

  @Test
  void next_whenTheIndexGoesBack_demandsAScan() throws IOException {
    long[] shift = {0};
    try (LustreWorld world = new LustreWorld(8, binding -> shifting(binding, shift))) {
      world.finish();
      shift[0] = 1_000_000;
      world.steps.write(A, 10);
      assertThat(world.follow(10)).isEmpty();
      shift[0] = 0;
      world.steps.write(A, 20);
      assertThat(world.follow(10).orElseThrow()).contains("went back");
      world.finish();
      world.requireEqual();
      world.steps.write(B, 20);
      assertThat(world.follow(10)).isEmpty();
      world.requireEqual();
    }
  }

  @Test
  void hub_whenTwoFlowsFollow_keepsWhatEitherNeeds() throws IOException {
    try (LustreWorld world = new LustreWorld(9)) {
      world.finish();
      FlowBase other = FlowBase.open(new MemoryOrdered(), 9);
      ChangelogFollower second = new ChangelogFollower(other, world.hub, "other");
      assertThat(second.begin()).isPresent();
      other.commit();
      assertThat(second.committed()).isEmpty();
      long before = world.lustre.changelogAdmin().users(0).get(0).cleared();
      // More than the hub keeps in memory.
      for (int i = 0; i < 6000; i++) {
        world.steps.setMode(PathBytes.of("first"), 0600 | i % 8);
      }
      world.time.advance(Duration.ofMinutes(1));
      world.follow(3000);
      world.requireEqual();
      assertThat(cleared(world)).isLessThanOrEqualTo(before + 100);
      int records = 0;
      Hints hints = new Hints();
      ChangelogFollower.Read read = second.next(700, hints);
      for (; read.records() > 0; read = second.next(700, hints)) {
        records += read.records();
        assertThat(read.scanReason()).isEmpty();
      }
      assertThat(records).isGreaterThanOrEqualTo(6000);
      other.commit();
      world.time.advance(Duration.ofMinutes(1));
      assertThat(second.committed()).isEmpty();
      assertThat(cleared(world)).isGreaterThan(before + 3000);
      world.hub.leave("other");
      second.close();
    }
  }

  @Test
  void step_whenTheClockWasSetAndATimeHasNoRecord_looksAgainBehindTheClearing() throws IOException {
    for (Duration set : List.of(Duration.ofHours(-1), Duration.ofHours(1))) {
      try (LustreWorld world = new LustreWorld(31)) {
        world.finish();
        world.steps.write(FILE, 10);
        world.follow(100);
        world.time.jump(set);
        world.finish();
        world.time.advance(Duration.ofSeconds(5));
        world.finish();
        world.steps.setTime(FILE, SET);
        assertThat(world.follow(100)).isEmpty();
        world.time.advance(Duration.ofSeconds(20));
        world.finish();
        assertThat(world.node("f").content().mtime()).isEqualTo(SET);
      }
    }
  }

  @Test
  void follow_whenTheClockWasSetBeforeTheFirstLook_looksAgainBehindTheClearing()
      throws IOException {
    try (LustreWorld world = new LustreWorld(32)) {
      world.finish();
      world.steps.write(FILE, 10);
      world.time.jump(Duration.ofHours(1));
      world.follow(100);
      world.steps.setTime(FILE, SET);
      world.follow(100);
      world.time.advance(Duration.ofSeconds(20));
      world.finish();
      assertThat(world.node("f").content().mtime()).isEqualTo(SET);
    }
  }

  @Test
  void lookAt_whenARecordCameOfWhatLooksTheSame_looksAtIt() throws IOException {
    try (LustreWorld world = new LustreWorld(34)) {
      world.finish();
      world.steps.makeDirectory(FILE);
      world.follow(100);
      world.steps.setXattr(FILE, "set"); // its time of change is the same
      requireXattrWhenWaitedFor(world);
    }
  }

  @Test
  void lookAt_whenBytesAndAttributesChangedWithoutANewTime_findsBoth() throws IOException {
    try (LustreWorld world = new LustreWorld(35)) {
      world.finish();
      world.steps.write(FILE, 10);
      world.follow(100);
      Node before = world.node("f");
      world.steps.write(FILE, 10);
      world.steps.setXattr(FILE, "set");
      requireXattrWhenWaitedFor(world);
      assertThat(world.node("f").contentVersion()).isNotEqualTo(before.contentVersion());
    }
  }

  private static void requireXattrWhenWaitedFor(LustreWorld world) throws IOException {
    world.time.advance(Duration.ofSeconds(1));
    LiveSource source =
        new LiveSource(
            world.inspector,
            Optional.of(world.follower),
            Duration.ofHours(1),
            world.time,
            found -> {});
    source.lookAt(PathBytes.EMPTY);
    assertThat(world.node("f").attributes().xattrs()).hasSize(1);
  }

  @Test
  void committed_whenTheClockWasSetBack_clearsAsEver() throws IOException {
    try (LustreWorld world = new LustreWorld(33)) {
      world.finish();
      world.follow(100);
      long before = cleared(world);
      world.time.jump(Duration.ofHours(-5));
      world.steps.write(FILE, 10);
      world.time.advance(Duration.ofSeconds(11));
      world.follow(100);
      assertThat(cleared(world)).isGreaterThan(before);
    }
  }

  private static long cleared(LustreWorld world) throws IOException {
    long most = 0;
    for (int mdt : world.hub.mdts()) {
      most = Math.max(most, world.lustre.changelogAdmin().users(mdt).get(0).cleared());
    }
    return most;
  }

  private static LustreBinding counting(LustreBinding binding, int[] calls) {
    LustreIdentity identity =
        (LustreIdentity)
            Proxy.newProxyInstance(
                LustreIdentity.class.getClassLoader(),
                new Class<?>[] {LustreIdentity.class},
                (proxy, method, arguments) -> {
                  calls[0]++;
                  try {
                    return method.invoke(binding.identity(), arguments);
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
    return new ForwardingLustreBinding() {
      @Override
      protected LustreBinding delegate() {
        return binding;
      }

      @Override
      public LustreIdentity identity() {
        return identity;
      }
    };
  }

  /** A file system whose changelogs were numbered otherwise for a while. */
  private static LustreBinding shifting(LustreBinding binding, long[] shift) {
    LustreChangelogs logs = binding.changelogs();
    LustreChangelogs shifted =
        new LustreChangelogs() {
          @Override
          public ChangelogCursor open(int mdt, long fromIndex) throws IOException {
            ChangelogCursor cursor = logs.open(mdt, fromIndex % 1_000_000);
            return new ChangelogCursor() {
              @Override
              public List<ChangelogRecord> next(int limit) throws IOException {
                return cursor.next(limit).stream().map(r -> shifted(r, shift[0])).toList();
              }

              @Override
              public void close() throws IOException {
                cursor.close();
              }
            };
          }

          @Override
          public void clear(int mdt, String user, long upToIndex) {
            // Nothing is cleared, so that all is there to be read again.
          }
        };
    return new ForwardingLustreBinding() {
      @Override
      protected LustreBinding delegate() {
        return binding;
      }

      @Override
      public LustreChangelogs changelogs() {
        return shifted;
      }
    };
  }

  private static ChangelogRecord shifted(ChangelogRecord r, long by) {
    return new ChangelogRecord(
        r.mdt(),
        r.index() + by,
        r.typeCode(),
        r.flags(),
        r.time(),
        r.fid(),
        r.parent(),
        r.name(),
        r.rename(),
        r.jobId(),
        r.origin(),
        r.xattrName(),
        r.openMode());
  }
}
