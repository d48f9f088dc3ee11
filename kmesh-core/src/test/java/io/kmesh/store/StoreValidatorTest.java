// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.DeleteOutcome;
import io.kmesh.spi.store.DeleteTarget;
import io.kmesh.spi.store.ForwardingObjectStore;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectRange;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.StoreCapability;
import io.kmesh.spi.store.StoreUrl;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import io.kmesh.store.StoreFinding.Outcome;
import io.kmesh.store.StoreFinding.Use;
import io.kmesh.testkit.fault.FaultPlan;
import io.kmesh.testkit.fault.FaultyObjectStore;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.RunningTime;
import io.kmesh.testkit.time.WallTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class StoreValidatorTest {
  private final MemoryStore memory = MemoryStore.builder().time(RunningTime.instance()).build();

  private static StoreReport report(ObjectStore store) throws IOException {
    return StoreValidator.of(store).soak(Duration.ZERO).build().run();
  }

  private static Set<String> checks(StoreReport report, Outcome outcome) {
    return report.findings().stream()
        .filter(f -> f.outcome() == outcome)
        .map(StoreFinding::check)
        .collect(Collectors.toSet());
  }

  @Test
  void memoryStore_doesWhatItSays_andNothingRemains() throws Exception {
    StoreReport report = StoreValidator.of(memory).soak(Duration.ofMillis(300)).build().run();
    assertThat(checks(report, Outcome.FAIL)).as(report.toString()).isEmpty();
    assertThat(report.isSound()).isTrue();
    assertThat(checks(report, Outcome.PASS))
        .contains("create-race", "replace-race", "multipart", "copy-conditions", "list-order")
        .contains("metadata-size", "sha256", "crc32c", "clock", "soak", "clean-up");
    assertThat(report.findings())
        .filteredOn(f -> f.outcome() == Outcome.PASS)
        .allMatch(f -> f.consequences().isEmpty() && !f.reason().isEmpty());
    assertThat(memory.keys()).isEmpty();
    assertThat(memory.openUploads()).isEmpty();
    StoreSoak soak = report.soak().orElseThrow();
    assertThat(soak.calls())
        .extracting(StoreSoak.Calls::call)
        .containsExactly("put", "read", "list", "delete");
    assertThat(soak.calls()).allMatch(c -> c.median().compareTo(c.p99()) <= 0);
    assertThat(soak.failed()).isZero();
  }

  @Test
  void directoryStore_doesWhatItSays_andNothingRemains(@TempDir Path folder) throws Exception {
    try (DirectoryStore store = DirectoryStore.at(folder)) {
      StoreReport report = StoreValidator.of(store).soak(Duration.ofMillis(100)).build().run();
      assertThat(checks(report, Outcome.FAIL)).as(report.toString()).isEmpty();
      assertThat(store.blocking().list(ListRequest.prefix("")).objects()).isEmpty();
      assertThat(store.blocking().listUploads("")).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(StoreCapability.class)
  void capability_thatIsAbsent_isAbsent_withWhatFollows(StoreCapability missing) throws Exception {
    Comparator<String> natural = Comparator.naturalOrder();
    MemoryStore.Builder builder =
        MemoryStore.builder().time(RunningTime.instance()).without(missing);
    ObjectStore store =
        missing == StoreCapability.UTF8_KEY_ORDER
            ? builder.order(natural).build()
            : builder.build();
    StoreReport report = report(store);
    assertThat(checks(report, Outcome.FAIL)).as(report.toString()).isEmpty();
    for (StoreCheck check : StoreCheck.values()) {
      if (check.capability() == missing) {
        StoreFinding finding = report.finding(check.label()).orElseThrow();
        assertThat(finding.outcome()).as(finding.toString()).isEqualTo(Outcome.ABSENT);
        assertThat(finding.consequences()).as(finding.check()).isNotEmpty();
      }
    }
  }

  @Test
  void everyFailure_saysWhatFollows() {
    for (StoreCheck check : StoreCheck.values()) {
      StoreFinding finding = check.finding(Outcome.FAIL, "why");
      assertThat(finding.consequences()).as(check.label()).isNotEmpty();
      assertThat(check.finding(Outcome.PASS, "so").consequences()).isEmpty();
    }
    assertThat(StoreCheck.CREATE.finding(Outcome.ABSENT, "").consequences())
        .containsEntry(Use.MIRRORS, "refused")
        .containsKey(Use.SNAPSHOTS);
  }

  /** A store that lies in one way. */
  private static final class Liar extends ForwardingObjectStore {
    private final ObjectStore store;
    private final UnaryOperator<PutOptions> puts;
    private final UnaryOperator<PutOptions> completions;
    private final UnaryOperator<PutOptions> copies;
    private final UnaryOperator<Condition> reads;
    private final UnaryOperator<ListPage> lists;
    private final boolean isDeletingAnything;

    private Liar(
        ObjectStore store,
        UnaryOperator<PutOptions> puts,
        UnaryOperator<PutOptions> completions,
        UnaryOperator<PutOptions> copies,
        UnaryOperator<Condition> reads,
        UnaryOperator<ListPage> lists,
        boolean isDeletingAnything) {
      this.store = store;
      this.puts = puts;
      this.completions = completions;
      this.copies = copies;
      this.reads = reads;
      this.lists = lists;
      this.isDeletingAnything = isDeletingAnything;
    }

    static Liar puts(ObjectStore store, UnaryOperator<PutOptions> lie) {
      return new Liar(store, lie, o -> o, o -> o, c -> c, p -> p, false);
    }

    static Liar completions(ObjectStore store, UnaryOperator<PutOptions> lie) {
      return new Liar(store, o -> o, lie, o -> o, c -> c, p -> p, false);
    }

    static Liar copies(ObjectStore store, UnaryOperator<PutOptions> lie) {
      return new Liar(store, o -> o, o -> o, lie, c -> c, p -> p, false);
    }

    static Liar reads(ObjectStore store) {
      return new Liar(store, o -> o, o -> o, o -> o, c -> Condition.none(), p -> p, false);
    }

    static Liar lists(ObjectStore store, UnaryOperator<ListPage> lie) {
      return new Liar(store, o -> o, o -> o, o -> o, c -> c, lie, false);
    }

    static Liar deletes(ObjectStore store) {
      return new Liar(store, o -> o, o -> o, o -> o, c -> c, p -> p, true);
    }

    @Override
    protected ObjectStore delegate() {
      return store;
    }

    @Override
    public CompletionStage<ObjectInfo> put(String key, ByteBuffer body, PutOptions options) {
      return store.put(key, body, puts.apply(options));
    }

    @Override
    public CompletionStage<ObjectInfo> complete(
        Upload upload, List<UploadPart> parts, PutOptions options) {
      return store.complete(upload, parts, completions.apply(options));
    }

    @Override
    public CompletionStage<ObjectInfo> copy(
        String source, Condition condition, String target, PutOptions options) {
      return store.copy(source, condition, target, copies.apply(options));
    }

    @Override
    public CompletionStage<ObjectRange> read(
        String key, long offset, int length, Condition condition) {
      return store.read(key, offset, length, reads.apply(condition));
    }

    @Override
    public CompletionStage<ListPage> list(ListRequest request) {
      return store.list(request).thenApply(lists);
    }

    @Override
    public CompletionStage<List<DeleteOutcome>> delete(List<DeleteTarget> targets) {
      return store.delete(
          isDeletingAnything
              ? targets.stream().map(t -> DeleteTarget.of(t.key())).toList()
              : targets);
    }
  }

  private static PutOptions free(PutOptions options) {
    return options.withCondition(Condition.none());
  }

  /** Looks before it writes, as servers do that compare and write in two steps. */
  private static ObjectStore twoSteps(ObjectStore store) {
    return new ForwardingObjectStore() {
      @Override
      protected ObjectStore delegate() {
        return store;
      }

      @Override
      public CompletionStage<ObjectInfo> put(String key, ByteBuffer body, PutOptions options) {
        // Whoever comes within the race sees what was there before it.
        return options.condition() == Condition.none() || !key.contains("-race/")
            ? store.put(key, body, options)
            : store.put(key, body, free(options));
      }
    };
  }

  private static Arguments lie(String name, UnaryOperator<ObjectStore> liar, String... failing) {
    return Arguments.of(name, liar, Set.of(failing));
  }

  static Stream<Arguments> lies() {
    return Stream.of(
        lie(
            "conditions of puts",
            s -> Liar.puts(s, StoreValidatorTest::free),
            "create-if-absent",
            "create-race",
            "replace-if-match",
            "replace-race"),
        lie("races of puts", StoreValidatorTest::twoSteps, "create-race", "replace-race"),
        lie(
            "conditions of completions",
            s -> Liar.completions(s, StoreValidatorTest::free),
            "multipart-conditions"),
        lie(
            "conditions of copies",
            s -> Liar.copies(s, StoreValidatorTest::free),
            "copy-conditions"),
        lie("conditions of reads", Liar::reads, "read-range"),
        lie("conditions of deletes", Liar::deletes, "delete-if-match"),
        lie(
            "metadata",
            s -> Liar.puts(s, o -> o.withMetadata(Map.of())),
            "metadata",
            "metadata-size",
            "copy"),
        lie(
            "checksums of puts",
            s -> Liar.puts(s, o -> new PutOptions(o.condition(), o.metadata(), null)),
            "sha256",
            "crc32c",
            "storage-class"),
        lie(
            "checksums of uploads",
            s -> Liar.completions(s, o -> new PutOptions(o.condition(), o.metadata(), null)),
            "upload-sha256"),
        lie(
            "order",
            s ->
                Liar.lists(
                    s,
                    p -> {
                      List<ObjectInfo> turned = new ArrayList<>(p.objects());
                      turned.sort(Comparator.comparing(ObjectInfo::key));
                      return new ListPage(turned, p.nextAfterOrNull(), p.tokenOrNull());
                    }),
            "list-order"),
        lie(
            "last keys of pages",
            s ->
                Liar.lists(
                    s,
                    p ->
                        p.objects().size() == 3
                            ? new ListPage(p.objects().subList(0, 2), p.nextAfterOrNull())
                            : p),
            "list-pages"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("lies")
  void storeThatLies_fails_whereItDoes(
      String about, UnaryOperator<ObjectStore> liar, Set<String> failing) throws Exception {
    StoreReport report = report(liar.apply(memory));
    Set<String> failed = checks(report, Outcome.FAIL);
    Set<String> expected = new java.util.TreeSet<>(failing);
    expected.removeAll(absent());
    assertThat(failed).as(about + ": " + report).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(report.isSound()).isFalse();
    assertThat(memory.keys()).isEmpty();
    assertThat(memory.openUploads()).isEmpty();
  }

  private Set<String> absent() {
    EnumSet<StoreCapability> lacking = EnumSet.allOf(StoreCapability.class);
    lacking.removeAll(memory.capabilities());
    return Arrays.stream(StoreCheck.values())
        .filter(c -> c.capability() != null && lacking.contains(c.capability()))
        .map(StoreCheck::label)
        .collect(Collectors.toSet());
  }

  @Test
  void bitsThatFlip_areFound() throws Exception {
    FaultPlan plan = FaultPlan.on("read").matching("range").flipBitOnce();
    StoreReport report = report(FaultyObjectStore.of(memory, plan, RunningTime.instance()));
    assertThat(checks(report, Outcome.FAIL)).containsExactly("read-range");
  }

  @Test
  void listsThatAreStale_areFound() throws Exception {
    FaultPlan plan = FaultPlan.on("list").staleList();
    StoreReport report = report(FaultyObjectStore.of(memory, plan, RunningTime.instance()));
    assertThat(checks(report, Outcome.FAIL)).contains("read-after-write");
  }

  @Test
  void failuresThatPass_areTriedAgain_andCounted() throws Exception {
    RunningTime time = RunningTime.instance();
    FaultPlan plan =
        FaultPlan.on("put").fail(2, ErrorKind.THROTTLED).and("head").fail(1, ErrorKind.TRANSIENT);
    ObjectStore store = FaultyObjectStore.of(memory, plan, time);
    StoreReport report = StoreValidator.of(store).time(time).soak(Duration.ZERO).build().run();
    assertThat(checks(report, Outcome.FAIL)).isSubsetOf("clock");
    assertThat(report.retries()).isEqualTo(3);
  }

  @Test
  void storeThatMayNotBeWritten_isToldAtOnce() {
    FaultPlan plan = FaultPlan.on("put").failAlways(ErrorKind.DENIED);
    ObjectStore store = FaultyObjectStore.of(memory, plan, RunningTime.instance());
    assertThatThrownBy(() -> report(store))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.DENIED));
    assertThat(memory.requests("put")).isZero();
  }

  @Test
  void whatCannotBeRemoved_isTold() throws Exception {
    FaultPlan plan = FaultPlan.on("delete").failAlways(ErrorKind.DENIED);
    StoreReport report = report(FaultyObjectStore.of(memory, plan, RunningTime.instance()));
    assertThat(report.finding("clean-up").orElseThrow().outcome()).isEqualTo(Outcome.FAIL);
    assertThat(memory.keys()).isNotEmpty().allMatch(k -> k.startsWith(report.prefix()));
  }

  @Test
  void clockThatIsOff_isTold_andFailsAboveFiveMinutes() throws Exception {
    for (int minutes : new int[] {-11, -4, 4, 11}) {
      WallTime there = new WallTime();
      there.jump(Duration.ofMinutes(minutes));
      StoreReport report = report(MemoryStore.builder().time(there).build());
      Duration drift = report.drift().orElseThrow();
      assertThat(drift.minusMinutes(minutes).abs()).isLessThan(Duration.ofSeconds(30));
      StoreFinding clock = report.finding("clock").orElseThrow();
      assertThat(clock.outcome()).isEqualTo(Math.abs(minutes) > 5 ? Outcome.FAIL : Outcome.PASS);
      assertThat(clock.reason()).contains(minutes < 0 ? "behind" : "ahead of");
    }
  }

  /** Stops the check within its call of a number. */
  private static ObjectStore stopping(ObjectStore store, int at, Runnable stop) {
    AtomicInteger calls = new AtomicInteger();
    return new ForwardingObjectStore() {
      private void count() {
        if (calls.incrementAndGet() == at) {
          stop.run();
        }
      }

      @Override
      protected ObjectStore delegate() {
        return store;
      }

      @Override
      public CompletionStage<ObjectInfo> put(String key, ByteBuffer body, PutOptions options) {
        count();
        return store.put(key, body, options);
      }

      @Override
      public CompletionStage<UploadPart> uploadPart(Upload upload, int number, ByteBuffer body) {
        count();
        return store.uploadPart(upload, number, body);
      }

      @Override
      public CompletionStage<Upload> startUpload(String key, Map<String, String> metadata) {
        count();
        return store.startUpload(key, metadata);
      }

      @Override
      public CompletionStage<ObjectInfo> copy(
          String source, Condition condition, String target, PutOptions options) {
        count();
        return store.copy(source, condition, target, options);
      }
    };
  }

  @Test
  void cancelled_atAnyWrite_leavesNothing() {
    for (int at = 1; at <= 160; at += at < 10 ? 1 : 15) {
      boolean isInterrupt = at % 2 == 0;
      StoreValidator[] validator = new StoreValidator[1];
      Thread thread = Thread.currentThread();
      Runnable stop =
          () -> {
            if (isInterrupt) {
              thread.interrupt();
            } else {
              validator[0].cancel();
            }
          };
      validator[0] =
          StoreValidator.of(stopping(memory, at, stop)).soak(Duration.ofMinutes(1)).build();
      assertThatThrownBy(validator[0]::run)
          .isInstanceOfSatisfying(
              ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CANCELLED))
          .hasMessageContaining("What it wrote is removed");
      assertThat(Thread.interrupted()).isEqualTo(isInterrupt);
      assertThat(memory.keys()).as("cancelled at %d", at).isEmpty();
      assertThat(memory.openUploads()).isEmpty();
    }
  }

  @Test
  void soak_thatFails_isToldByKind() throws Exception {
    FaultPlan plan = FaultPlan.on("read").matching("soak/").failAlways(ErrorKind.DENIED);
    ObjectStore store = FaultyObjectStore.of(memory, plan, RunningTime.instance());
    StoreReport report =
        StoreValidator.of(store).soak(Duration.ofMillis(200)).threads(2).build().run();
    assertThat(checks(report, Outcome.FAIL)).containsExactly("soak");
    assertThat(report.soak().orElseThrow().errors()).containsOnlyKeys("DENIED");
    assertThat(memory.keys()).isEmpty();
  }

  @Test
  void json_hasItsVersion_thePlace_andEachFinding() throws Exception {
    StoreUrl url =
        StoreUrl.parse("s3://b?region=eu&endpoint=http://user:hidden@127.0.0.1:9000/x&key=hidden");
    StoreReport report =
        StoreValidator.of(memory).openedBy(url).soak(Duration.ofMillis(50)).build().run();
    assertThat(report.toJson()).doesNotContain("hidden").doesNotContain("\n");
    JsonNode json = new ObjectMapper().readTree(report.toJson());
    assertThat(json.fieldNames())
        .toIterable()
        .containsExactly(
            "version",
            "url",
            "place",
            "prefix",
            "begun",
            "seconds",
            "clockDriftSeconds",
            "clockDriftWithinSeconds",
            "sound",
            "calls",
            "retries",
            "findings",
            "soak");
    assertThat(json.get("version").asInt()).isEqualTo(StoreReport.VERSION);
    assertThat(json.get("place").get("region").asText()).isEqualTo("eu");
    assertThat(json.get("place").get("endpoint").asText()).isEqualTo("http://127.0.0.1:9000/x");
    assertThat(json.get("findings")).hasSize(report.findings().size());
    assertThat(json.get("findings").get(0).fieldNames())
        .toIterable()
        .containsExactly("check", "outcome", "reason", "consequences");
    assertThat(json.get("soak").get("calls").get(0).fieldNames())
        .toIterable()
        .containsExactly(
            "call",
            "done",
            "failed",
            "retries",
            "bytes",
            "medianSeconds",
            "p99Seconds",
            "perSecond",
            "bytesPerSecond");
  }

  @Test
  void secondRun_andWrongBounds_areRefused() throws Exception {
    StoreValidator validator = StoreValidator.of(memory).soak(Duration.ZERO).build();
    validator.run();
    assertThatThrownBy(validator::run).isInstanceOf(IllegalStateException.class);
    StoreValidator.Builder builder = StoreValidator.of(memory);
    assertThatThrownBy(() -> builder.soak(Duration.ofHours(2)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> builder.threads(0)).isInstanceOf(IllegalArgumentException.class);
  }
}
