// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.posix.NioPosixTreeProvider;
import io.kmesh.engine.ByteBudget;
import io.kmesh.engine.MirrorTree;
import io.kmesh.engine.MirrorTreeReport;
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
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ForwardingObjectStore;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectRange;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.testkit.observe.RecordingObserver;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import io.kmesh.testkit.time.RunningTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests of one large file, and of many files, that are under way at the same time. */
class MirrorTreeParallelTest {
  private static final int PART = 64 << 10;
  private static final int PARTS = 32;
  private static final KmeshTime TIME = RunningTime.instance();

  private Path source;
  private Path target;
  private PosixTree sourceTree;
  private PosixTree targetTree;

  @BeforeEach
  void open(@TempDir Path directory) throws IOException {
    source = Files.createDirectories(directory.resolve("source"));
    target = Files.createDirectories(directory.resolve("target"));
    sourceTree = new NioPosixTreeProvider().open(source);
    targetTree = new NioPosixTreeProvider().open(target);
  }

  /** Answers parts and ranges of a part's length only when so many of them wait for it. */
  private static final class Gathering extends ForwardingObjectStore {
    private final MemoryStore store;
    private final int wanted;
    private final List<Runnable> waiting = new ArrayList<>(); // guarded by this
    private final List<Condition> conditions = new ArrayList<>(); // guarded by this
    private boolean isMet; // guarded by this

    Gathering(MemoryStore store, int wanted) {
      this.store = store;
      this.wanted = wanted;
    }

    @Override
    protected ObjectStore delegate() {
      return store;
    }

    private <T> CompletionStage<T> gather(CompletionStage<T> answer) {
      List<Runnable> now;
      CompletableFuture<T> late = new CompletableFuture<>();
      synchronized (this) {
        if (isMet) {
          return answer;
        }
        waiting.add(
            () ->
                answer.whenComplete(
                    (value, failure) -> {
                      if (failure == null) {
                        late.complete(value);
                      } else {
                        late.completeExceptionally(failure);
                      }
                    }));
        if (waiting.size() < wanted) {
          return late;
        }
        isMet = true;
        now = List.copyOf(waiting);
      }
      now.forEach(Runnable::run);
      return late;
    }

    @Override
    public CompletionStage<UploadPart> uploadPart(Upload upload, int number, ByteBuffer body) {
      return gather(store.uploadPart(upload, number, body));
    }

    @Override
    public CompletionStage<ObjectRange> read(
        String key, long offset, int length, Condition condition) {
      CompletionStage<ObjectRange> answer = store.read(key, offset, length, condition);
      if (length != PART) {
        return answer;
      }
      synchronized (this) {
        conditions.add(condition);
      }
      return gather(answer);
    }
  }

  private void write(String name, byte[] bytes) throws IOException {
    Files.write(source.resolve(name), bytes);
    // The tree on java.nio keeps microseconds and refuses more.
    FileTime whole = new FileTime(1_600_000_000, 0);
    try (PosixDirectory root = sourceTree.openRoot()) {
      root.setTimes(PathBytes.of(name), whole, whole);
      root.setTimes(whole, whole);
    }
  }

  private void large() throws IOException {
    write("large", MirrorFixture.random(1, PARTS * PART));
  }

  // A store that never gets eight requests at a time never answers, and the test runs out of time.
  @Test
  void largeFile_isSentAndBroughtByRequestsAtTheSameTime() throws IOException {
    large();
    StorePace pace = new StorePace(8, 8, 8, FlowRate.UNLIMITED, OptionalLong.empty());
    Gathering pushed = new Gathering(MemoryStore.create(), 8);
    MirrorTree push =
        MirrorTree.in(pace.over(pushed, TIME, Observer.NONE), TIME)
            .partSize(DataSize.ofBytes(PART));
    assertThat(push.export(sourceTree, PathBytes.EMPTY).failedCount()).isZero();
    assertThat(pushed.store.requests("uploadPart")).isEqualTo(PARTS);
    Gathering pulled = new Gathering(pushed.store, 8);
    MirrorTree pull =
        MirrorTree.in(pace.over(pulled, TIME, Observer.NONE), TIME)
            .partSize(DataSize.ofBytes(PART));
    assertThat(pull.importTo(targetTree, PathBytes.EMPTY).failedCount()).isZero();
    assertThat(target.resolve("large")).hasSameBinaryContentAs(source.resolve("large"));
    String etag = pushed.store.blocking().head("large").etag();
    assertThat(pulled.conditions).hasSize(PARTS).containsOnly(Condition.matches(etag));
  }

  /** Adds up the content that is under way, and refuses now and then. */
  private static final class Weighing extends ForwardingObjectStore {
    private final MemoryStore store = MemoryStore.create();
    private final int refuseEach;
    private final AtomicLong underWay = new AtomicLong();
    private final AtomicLong most = new AtomicLong();
    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();

    Weighing(int refuseEach) {
      this.refuseEach = refuseEach;
    }

    @Override
    protected ObjectStore delegate() {
      return store;
    }

    /** Side objects hold attributes, no content. */
    private static int weight(String key, int bytes) {
      return key.startsWith(MirrorKeys.SIDE) ? 0 : bytes;
    }

    private <T> CompletionStage<T> weigh(int bytes, Supplier<CompletionStage<T>> call) {
      most.accumulateAndGet(underWay.addAndGet(bytes), Math::max);
      try {
        if (refuseEach > 0 && asked.incrementAndGet() % refuseEach == 0) {
          refused.incrementAndGet();
          return CompletableFuture.failedFuture(
              new ProviderException(
                  ErrorKind.THROTTLED, "slow", null, null, Duration.ofSeconds(30), null));
        }
        return call.get();
      } finally {
        underWay.addAndGet(-bytes);
      }
    }

    @Override
    public CompletionStage<ObjectInfo> put(String key, ByteBuffer body, PutOptions options) {
      return weigh(weight(key, body.remaining()), () -> store.put(key, body, options));
    }

    @Override
    public CompletionStage<UploadPart> uploadPart(Upload upload, int number, ByteBuffer body) {
      return weigh(body.remaining(), () -> store.uploadPart(upload, number, body));
    }

    @Override
    public CompletionStage<ObjectRange> read(
        String key, long offset, int length, Condition condition) {
      return weigh(weight(key, length), () -> store.read(key, offset, length, condition));
    }
  }

  private void many() throws IOException {
    for (int i = 0; i < 60; i++) {
      write("f" + i, MirrorFixture.random(i, i % 10 == 0 ? 5 * PART : 3000 + i));
    }
  }

  @Test
  void content_underWay_staysWithinTheBudget() throws IOException {
    many();
    Weighing store = new Weighing(0);
    ByteBudget budget = ByteBudget.of(DataSize.ofBytes(4 * PART));
    MirrorTree mirror =
        MirrorTree.in(store, TIME).partSize(DataSize.ofBytes(PART)).budget(budget).threads(16);
    assertThat(mirror.export(sourceTree, PathBytes.EMPTY).failed()).isEmpty();
    assertThat(mirror.importTo(targetTree, PathBytes.EMPTY).failed()).isEmpty();
    assertThat(store.most.get()).isBetween((long) PART, 4L * PART);
    assertThat(budget.used()).isEqualTo(DataSize.ZERO);
  }

  @Test
  void throttledStore_getsAllOfATreeInTheEnd() throws IOException {
    many();
    Weighing store = new Weighing(9);
    ManualTime time = ManualTime.skipping();
    RecordingObserver observer = new RecordingObserver();
    MirrorTree mirror =
        MirrorTree.in(StorePace.DEFAULT.over(store, time, observer), time)
            .partSize(DataSize.ofBytes(PART))
            .threads(1)
            .retry(new RetryPolicy(30, Duration.ofMillis(10), Duration.ofSeconds(1)));
    MirrorTreeReport report = mirror.export(sourceTree, PathBytes.EMPTY);
    assertThat(report.failed()).isEmpty();
    assertThat(report.files()).isEqualTo(60);
    assertThat(mirror.importTo(targetTree, PathBytes.EMPTY).failed()).isEmpty();
    assertThat(observer.count("transfer.store.throttled"))
        .isEqualTo(store.refused.get())
        .isPositive();
    assertThat(observer.measures("transfer.store.requests-at-once")).contains(2L);
    assertThat(target.resolve("f10")).hasSameBinaryContentAs(source.resolve("f10"));
  }

  @Test
  void cancel_whileTheStoreAsksToWait_endsTheExport() throws IOException {
    many();
    Weighing store = new Weighing(5);
    ManualTime time = ManualTime.skipping();
    MirrorTree mirror =
        MirrorTree.in(store, time)
            .threads(1)
            .retry(new RetryPolicy(1, Duration.ZERO, Duration.ZERO))
            .cancelWhen(() -> store.refused.get() > 0);
    assertThatThrownBy(() -> mirror.export(sourceTree, PathBytes.EMPTY))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CANCELLED));
  }

  @Test
  void firstExport_asksOnceForWhatIsThere() throws IOException {
    many();
    MemoryStore store = MemoryStore.create();
    MirrorTree mirror = MirrorTree.in(store, TIME);
    assertThat(mirror.export(sourceTree, PathBytes.EMPTY).failed()).isEmpty();
    assertThat(store.requests("list")).isEqualTo(1);
    assertThat(store.requests("head")).isZero();
    // This store's lists have metadata.
    MirrorTreeReport again = mirror.export(sourceTree, PathBytes.EMPTY);
    assertThat(again.equal()).isEqualTo(61);
    assertThat(store.requests("head")).isZero();
    MirrorTree withoutMetadata = MirrorTree.in(new DigestStore(store), TIME);
    assertThat(withoutMetadata.export(sourceTree, PathBytes.EMPTY).equal()).isEqualTo(61);
    assertThat(store.requests("head")).isEqualTo(61);
  }

  /** Somebody else's object appears after the listing: it is found, and stays. */
  @Test
  void firstExport_whereAnObjectAppearsMeanwhile_reportsIt() throws IOException {
    many();
    MemoryStore inner = MemoryStore.create();
    ObjectStore store =
        new ForwardingObjectStore() {
          @Override
          protected ObjectStore delegate() {
            return inner;
          }

          @Override
          public CompletionStage<ObjectInfo> put(String key, ByteBuffer body, PutOptions options) {
            if (key.equals("f7") && inner.requests("head") == 0) {
              inner.put(key, ByteBuffer.wrap(new byte[] {1}), PutOptions.NONE);
            }
            return inner.put(key, body, options);
          }
        };
    MirrorTreeReport report = MirrorTree.in(store, TIME).export(sourceTree, PathBytes.EMPTY);
    assertThat(report.failed())
        .singleElement()
        .satisfies(p -> assertThat(p.name()).isEqualTo("f7"));
    assertThat(inner.blocking().head("f7").size()).isEqualTo(1);
  }
}
