// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.posix.NioPosixTreeProvider;
import io.kmesh.engine.MirrorArchive;
import io.kmesh.engine.MirrorDialect;
import io.kmesh.engine.MirrorTranslation;
import io.kmesh.engine.MirrorTree;
import io.kmesh.engine.RetryPolicy;
import io.kmesh.engine.StorePace;
import io.kmesh.flows.FlowRate;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.ForwardingObjectStore;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.testkit.observe.RecordingObserver;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.LocalTime;
import java.util.EnumSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How fast mirrors use a store. Time passes only where somebody waits, and for one thread. */
class MirrorPaceTest {
  private static final int PART = 64 << 10;
  private static final int SMALL = 1000;
  private static final int FILES = 40;
  private static final int LARGE = 5 * PART;
  private static final long BYTES = FILES * SMALL + LARGE;

  private final ManualTime time = ManualTime.skipping();
  private final MemoryStore store = MemoryStore.create();
  private PosixTree source;
  private PosixTree target;

  @BeforeEach
  void write(@TempDir Path folder) throws IOException {
    Path tree = Files.createDirectory(folder.resolve("source"));
    for (int i = 0; i < FILES; i++) {
      Files.write(tree.resolve("f" + i), MirrorFixture.random(i, SMALL));
    }
    Files.write(tree.resolve("large"), MirrorFixture.random(99, LARGE));
    source = new NioPosixTreeProvider().open(tree);
    // The tree on java.nio keeps microseconds and refuses more.
    FileTime whole = new FileTime(1_600_000_000, 0);
    try (PosixDirectory root = source.openRoot();
        Stream<Path> files = Files.list(tree)) {
      for (Path file : files.toList()) {
        root.setTimes(PathBytes.of(file.getFileName().toString()), whole, whole);
      }
      root.setTimes(whole, whole);
    }
    target = new NioPosixTreeProvider().open(Files.createDirectory(folder.resolve("target")));
  }

  private ObjectStore paced(ObjectStore plain, StorePace pace) {
    return pace.over(plain, time, Observer.NONE);
  }

  private MirrorTree mirror(StorePace pace) {
    return MirrorTree.in(paced(store, pace), time).threads(1).partSize(DataSize.ofBytes(PART));
  }

  /** The seconds since a moment. */
  private double since(long began) {
    return (time.nanoTime() - began) / 1e9;
  }

  @Test
  void tree_atARate_movesSoManyBytesOfContentASecond_bothWays() throws IOException {
    StorePace pace = StorePace.DEFAULT.withBytesPerSecond(10_000);
    long began = time.nanoTime();
    assertThat(mirror(pace).export(source, PathBytes.EMPTY).failed()).isEmpty();
    // One second's worth is there at first; what attributes don't fit in metadata counts, too.
    assertThat(since(began)).isBetween(BYTES / 10_000.0 - 1, BYTES / 10_000.0 + 2);
    began = time.nanoTime();
    assertThat(mirror(pace).importTo(target, PathBytes.EMPTY).failed()).isEmpty();
    assertThat(since(began)).isBetween(BYTES / 10_000.0 - 1, BYTES / 10_000.0 + 2);
  }

  @Test
  void tree_atARateOfRequests_sendsSoManyASecond() throws IOException {
    StorePace pace = StorePace.DEFAULT.withRequestsPerSecond(5);
    long began = time.nanoTime();
    mirror(pace).export(source, PathBytes.EMPTY);
    long pushed = store.totalRequests();
    assertThat(pushed).isGreaterThan(FILES);
    assertThat(since(began)).isBetween(pushed / 5.0 - 1.1, pushed / 5.0 + 0.1);
    began = time.nanoTime();
    mirror(pace).verify(source, PathBytes.EMPTY);
    double seconds = (store.totalRequests() - pushed) / 5.0;
    assertThat(since(began)).isBetween(seconds - 1.1, seconds + 0.1);
  }

  /** It is Thursday 00:00 in this test's time. */
  @Test
  void tree_atHoursWithoutARate_waitsForThem() throws IOException {
    FlowRate atNight =
        FlowRate.of(DataSize.ZERO)
            .at(
                EnumSet.allOf(DayOfWeek.class),
                LocalTime.of(22, 0),
                LocalTime.of(6, 0),
                DataSize.ofBytes(11));
    mirror(StorePace.DEFAULT.withBytesPerSecond(atNight)).export(source, PathBytes.EMPTY);
    long untilSix = 6 * 3600 * 11;
    Duration rest = Duration.ofSeconds((BYTES - untilSix) / 11);
    assertThat(Duration.ofNanos(time.nanoTime()).minusHours(22))
        .isBetween(rest.minusSeconds(2), rest.plusMinutes(5));
  }

  private MirrorTranslation translation(ObjectStore from, ObjectStore to) {
    return MirrorTranslation.of(from, "", time)
        .to(to, "t/")
        .threads(1)
        .partSize(DataSize.ofBytes(PART));
  }

  @Test
  void translation_toAnotherStore_keepsTheRateOfEach() throws IOException {
    MirrorTree.in(store, time).threads(1).export(source, PathBytes.EMPTY);
    MemoryStore other = MemoryStore.create();
    StorePace slow = StorePace.DEFAULT.withBytesPerSecond(10_000);
    long began = time.nanoTime();
    assertThat(translation(paced(store, slow), other).run(MirrorDialect.FSX).sentBytes())
        .isEqualTo(BYTES);
    assertThat(since(began)).isBetween(BYTES / 10_000.0 - 1, BYTES / 10_000.0 + 2);
    MemoryStore third = MemoryStore.create();
    began = time.nanoTime();
    translation(store, paced(third, slow)).run(MirrorDialect.FSX);
    assertThat(since(began)).isBetween(BYTES / 10_000.0 - 1, BYTES / 10_000.0 + 2);
  }

  @Test
  void translation_withinOneStore_stillCopiesThere_atTheRateOfRequests() throws IOException {
    for (int i = 0; i < FILES; i++) {
      store
          .blocking()
          .put("s/f" + i, ByteBuffer.wrap(MirrorFixture.random(i, SMALL)), PutOptions.NONE);
    }
    long before = store.totalRequests();
    long began = time.nanoTime();
    ObjectStore paced = paced(store, StorePace.DEFAULT.withRequestsPerSecond(5));
    MirrorTranslation.of(paced, "s/", time).to(paced, "t/").threads(1).run(MirrorDialect.FSX);
    assertThat(store.requests("copy")).isEqualTo(FILES);
    double seconds = (store.totalRequests() - before) / 5.0;
    assertThat(since(began)).isBetween(seconds - 1.1, seconds + 0.1);
    assertThat(
            MirrorTranslation.of(store, "s/", time).to(store, "u/").run(MirrorDialect.FSX).copied())
        .as("copied by a store that was given without a pace")
        .isEqualTo(FILES);
  }

  @Test
  void translation_thatWaitsForItsRate_isCancelledWithinASecond() throws IOException {
    MirrorTree.in(store, time).threads(1).export(source, PathBytes.EMPTY);
    ObjectStore slow = paced(store, StorePace.DEFAULT.withBytesPerSecond(1));
    Duration until = Duration.ofNanos(time.nanoTime()).plusSeconds(100);
    MirrorTranslation work =
        translation(slow, MemoryStore.create())
            .cancelWhen(() -> time.nanoTime() >= until.toNanos());
    assertThatThrownBy(() -> work.run(MirrorDialect.FSX))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CANCELLED));
    assertThat(Duration.ofNanos(time.nanoTime()).minus(until)).isLessThan(Duration.ofSeconds(3));
  }

  /** Says to its first lists that they are too many. */
  private static final class Busy extends ForwardingObjectStore {
    private final MemoryStore store;
    private int refusals = 2;

    Busy(MemoryStore store) {
      this.store = store;
    }

    @Override
    protected ObjectStore delegate() {
      return store;
    }

    @Override
    public CompletionStage<ListPage> list(ListRequest request) {
      return refusals-- > 0
          ? CompletableFuture.failedFuture(
              new ProviderException(
                  ErrorKind.THROTTLED, "slow", null, null, Duration.ofSeconds(30), null))
          : store.list(request);
    }
  }

  @Test
  void storesThatAreGivenAsTheyAre_getAPace() throws IOException {
    MirrorTree.in(store, time).threads(1).export(source, PathBytes.EMPTY);
    RecordingObserver heard = new RecordingObserver();
    MirrorArchive archive =
        MirrorArchive.builder("a", new Busy(store), MemoryState.create(time), time)
            .observer(heard)
            .retry(new RetryPolicy(5, Duration.ofMillis(1), Duration.ofMillis(2)))
            .open();
    archive.rebuild();
    assertThat(heard.count("transfer.store.throttled")).isEqualTo(2);
    assertThat(time.nanoTime()).isGreaterThanOrEqualTo(Duration.ofSeconds(60).toNanos());
    long began = time.nanoTime();
    MirrorTranslation.of(new Busy(store), "", time)
        .to(MemoryStore.create(), "")
        .retry(new RetryPolicy(5, Duration.ofMillis(1), Duration.ofMillis(2)))
        .run(MirrorDialect.FSX);
    assertThat(since(began)).isGreaterThanOrEqualTo(60);
  }
}
