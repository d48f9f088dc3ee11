// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.contract;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.state.Lease;
import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateConflictException;
import io.kmesh.spi.state.StateEvent;
import io.kmesh.spi.state.StateRecord;
import io.kmesh.spi.state.StateStore;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link StateStore} must do. Extend it and say how yours is opened. */
public abstract class StateStoreContract {
  private static final Comparator<String> BY_UTF8 =
      (a, b) -> Arrays.compareUnsigned(a.getBytes(UTF_8), b.getBytes(UTF_8));

  /** Ids that are hard to order or to store: all planes, controls, quotes, wildcards. */
  private static final List<String> HOSTILE_IDS =
      List.of(
          "",
          "\0",
          "a\0b",
          "a",
          "A",
          "aa",
          "b",
          "%",
          "_",
          "'",
          "\"",
          "\n",
          "\u00e9",
          "\u07ff",
          "\ud7ff",
          "\ue000",
          "\uffff",
          "\ud800\udc00",
          "\udbff\udfff",
          "\udbff\udfffa");

  private final ManualTime time = ManualTime.create();
  private StateStore store = new Unopened();

  /** For subclasses. */
  protected StateStoreContract() {}

  /**
   * Opens the store of this test: empty the first time, then with what was acknowledged before. The
   * one that was opened before is closed.
   */
  protected abstract StateStore open(KmeshTime time) throws IOException;

  /** Opens the store. */
  @BeforeEach
  void openStore() throws IOException {
    store = open(time);
  }

  /** Closes the store. */
  @AfterEach
  void closeStore() throws IOException {
    store.close();
  }

  private void reopen() throws IOException {
    store.close();
    store = open(time);
  }

  private static RecordKey key(String id) {
    return new RecordKey("test", id);
  }

  private static StateChange put(String id, String text, long expectedVersion) {
    return new StateChange.Put(key(id), "tenant", 7, text.getBytes(UTF_8), expectedVersion);
  }

  private static StateChange delete(String id, long expectedVersion) {
    return new StateChange.Delete(key(id), expectedVersion);
  }

  private void putNew(String... ids) throws IOException {
    List<StateChange> changes = new ArrayList<>();
    for (String id : ids) {
      changes.add(put(id, id, StateChange.ABSENT));
    }
    store.apply(changes);
  }

  private List<String> scanIds(String prefix, String after, int limit) throws IOException {
    return store.scan("test", prefix, after, limit).stream().map(r -> r.key().id()).toList();
  }

  private static String text(StateRecord record) {
    return new String(record.payload(), UTF_8);
  }

  @Test
  void description_isNotEmpty() {
    assertThat(store.description()).isNotEmpty();
  }

  @Test
  void find_whenAbsent_isEmpty() throws IOException {
    assertThat(store.find(key("none"))).isEmpty();
  }

  @Test
  void apply_whenNew_storesEveryField() throws IOException {
    store.apply(List.of(put("a", "one", StateChange.ABSENT)));

    StateRecord found = store.find(key("a")).orElseThrow();

    assertThat(found).isEqualTo(new StateRecord(key("a"), "tenant", 7, 1, "one".getBytes(UTF_8)));
  }

  @Test
  void apply_whenPayloadIsEmpty_keepsItEmpty() throws IOException {
    store.apply(List.of(put("a", "", StateChange.ABSENT)));

    assertThat(store.find(key("a")).orElseThrow().payload()).isEmpty();
  }

  @Test
  void apply_whenReplaced_countsTheVersionUp() throws IOException {
    putNew("a");
    store.apply(List.of(put("a", "two", 1)));
    store.apply(List.of(put("a", "three", StateChange.ANY)));

    StateRecord found = store.find(key("a")).orElseThrow();
    assertThat(found.version()).isEqualTo(3);
    assertThat(text(found)).isEqualTo("three");
  }

  @Test
  void apply_whenDeletedAndPutAgain_beginsWithVersionOne() throws IOException {
    putNew("a");
    store.apply(List.of(delete("a", 1)));
    assertThat(store.find(key("a"))).isEmpty();
    putNew("a");

    assertThat(store.find(key("a")).orElseThrow().version()).isEqualTo(1);
  }

  @Test
  void apply_whenExpectedAbsentButThere_conflictsByNameAndVersions() throws IOException {
    putNew("a");

    StateConflictException conflict =
        catchThrowableOfType(
            StateConflictException.class,
            () -> store.apply(List.of(put("a", "x", StateChange.ABSENT))));

    assertThat(conflict.key()).isEqualTo(key("a"));
    assertThat(conflict.kind()).isEqualTo(ErrorKind.PRECONDITION);
    assertThat(conflict).hasMessageContainingAll("test/a", "version 1 is there", "not none");
  }

  @Test
  void apply_whenExpectedButAbsent_conflicts() {
    assertThatThrownBy(() -> store.apply(List.of(put("a", "x", 3))))
        .isInstanceOf(StateConflictException.class)
        .hasMessageContainingAll("test/a", "version none is there", "not 3");
    assertThatThrownBy(() -> store.apply(List.of(delete("a", 3))))
        .isInstanceOf(StateConflictException.class);
  }

  @Test
  void apply_whenVersionIsOld_conflictsAndChangesNothing() throws IOException {
    putNew("a");
    store.apply(List.of(put("a", "two", 1)));

    assertThatThrownBy(() -> store.apply(List.of(put("a", "lost update", 1))))
        .isInstanceOf(StateConflictException.class);
    assertThatThrownBy(() -> store.apply(List.of(delete("a", 1))))
        .isInstanceOf(StateConflictException.class);
    assertThat(text(store.find(key("a")).orElseThrow())).isEqualTo("two");
  }

  @Test
  void apply_whenOneOfManyConflicts_changesNothing() throws IOException {
    putNew("a", "b");

    assertThatThrownBy(
            () ->
                store.apply(
                    List.of(
                        put("new", "x", StateChange.ABSENT),
                        delete("a", 1),
                        put("b", "x", 9),
                        put("new2", "x", StateChange.ANY))))
        .isInstanceOf(StateConflictException.class)
        .hasMessageContaining("test/b");

    assertThat(scanIds("", "", 10)).containsExactly("a", "b");
    reopen();
    assertThat(scanIds("", "", 10)).containsExactly("a", "b");
  }

  @Test
  void apply_whenOneRecordIsChangedTwice_seesTheFirstChange() throws IOException {
    store.apply(List.of(put("a", "1", StateChange.ABSENT), put("a", "2", 1), delete("b", -1)));
    assertThat(store.find(key("a")).orElseThrow().version()).isEqualTo(2);

    store.apply(List.of(delete("a", 2), put("a", "3", StateChange.ABSENT)));
    assertThat(store.find(key("a")).orElseThrow().version()).isEqualTo(1);

    assertThatThrownBy(() -> store.apply(List.of(put("a", "4", 1), put("a", "5", 1))))
        .isInstanceOf(StateConflictException.class);
    assertThat(text(store.find(key("a")).orElseThrow())).isEqualTo("3");
  }

  @Test
  void apply_whenEmpty_doesNothing() throws IOException {
    store.apply(List.of());

    assertThat(store.count("test", "")).isZero();
  }

  @Test
  void apply_whenDeletingWhatIsAbsent_doesNothing() throws IOException {
    store.apply(List.of(delete("a", StateChange.ANY)));

    assertThat(store.find(key("a"))).isEmpty();
  }

  @Test
  void apply_whenIdHasNoUtf8Form_isRefused() {
    assertThatThrownBy(() -> store.apply(List.of(put("a\ud800", "x", StateChange.ANY))))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID));
    assertThatThrownBy(() -> store.find(key("\udc00")))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID));
  }

  @Test
  void apply_whenPayloadIsLarge_keepsEveryByte() throws IOException {
    byte[] large = new byte[3 << 20];
    new Random(1).nextBytes(large);
    store.apply(List.of(new StateChange.Put(key("large"), "", 0, large, StateChange.ABSENT)));
    reopen();

    assertThat(store.find(key("large")).orElseThrow().payload()).isEqualTo(large);
  }

  @Test
  void apply_whenPayloadIsTooLarge_isRefused() {
    byte[] large = new byte[(16 << 20) + 1];

    assertThatThrownBy(
            () ->
                store.apply(
                    List.of(new StateChange.Put(key("large"), "", 0, large, StateChange.ABSENT))))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID))
        .hasMessageContaining("test/large");
  }

  @Test
  void findAll_givesThoseThatAreThereOnce() throws IOException {
    putNew("a", "b", "c");

    List<StateRecord> found =
        store.findAll(List.of(key("c"), key("none"), key("a"), key("a"), key("c")));

    assertThat(found.stream().map(r -> r.key().id())).containsExactlyInAnyOrder("a", "c");
    assertThat(store.findAll(List.of())).isEmpty();
  }

  @Test
  void scan_ordersByUtf8Bytes() throws IOException {
    List<String> ids = HOSTILE_IDS;
    putNew(ids.toArray(String[]::new));

    assertThat(scanIds("", "", 100))
        .containsExactlyElementsOf(ids.stream().sorted(BY_UTF8).toList());
    for (String id : ids) {
      assertThat(text(store.find(key(id)).orElseThrow())).isEqualTo(id);
    }
  }

  @Test
  void scanAndCount_whenPrefixed_giveExactlyThoseIds() throws IOException {
    putNew(HOSTILE_IDS.toArray(String[]::new));

    for (String prefix : HOSTILE_IDS) {
      List<String> expected =
          HOSTILE_IDS.stream().filter(id -> id.startsWith(prefix)).sorted(BY_UTF8).toList();
      assertThat(scanIds(prefix, "", 100)).containsExactlyElementsOf(expected);
      assertThat(store.count("test", prefix)).isEqualTo(expected.size());
    }
  }

  @Test
  void scan_whenPaged_givesEachRecordOnce() throws IOException {
    putNew(HOSTILE_IDS.toArray(String[]::new));
    List<String> expected = HOSTILE_IDS.stream().sorted(BY_UTF8).toList();

    List<String> paged = new ArrayList<>();
    String after = "";
    while (true) {
      List<String> page = scanIds("", after, 3);
      if (page.isEmpty()) {
        break;
      }
      paged.addAll(page);
      after = page.get(page.size() - 1);
      if (after.isEmpty()) {
        after = "\0"; // the empty id can't be "behind": a page of one would not move on
      }
    }

    assertThat(paged).containsExactlyElementsOf(expected);
  }

  @Test
  void scan_whenAfterLiesOutsideThePrefix_keepsToBoth() throws IOException {
    putNew("a1", "b1", "b2", "b3", "c1");

    assertThat(scanIds("b", "a9", 10)).containsExactly("b1", "b2", "b3");
    assertThat(scanIds("b", "b1", 10)).containsExactly("b2", "b3");
    assertThat(scanIds("b", "c", 10)).isEmpty();
  }

  @Test
  void scan_whenOtherKindsExist_leavesThemOut() throws IOException {
    store.apply(
        List.of(
            put("a", "x", StateChange.ABSENT),
            new StateChange.Put(new RecordKey("tes", "ta"), "", 0, new byte[0], StateChange.ANY),
            new StateChange.Put(new RecordKey("test2", "a"), "", 0, new byte[0], StateChange.ANY)));

    assertThat(scanIds("", "", 10)).containsExactly("a");
    assertThat(store.count("test", "")).isEqualTo(1);
    assertThat(store.count("none", "")).isZero();
  }

  @Test
  void scan_whenLimitIsOutOfRange_isRefused() {
    assertThatThrownBy(() -> store.scan("test", "", "", 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> store.scan("test", "", "", 10_001))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void append_numbersWithoutGapsAcrossReopening() throws IOException {
    assertThat(store.append("tenant", "op-1", "began", "{}")).isEqualTo(1);
    time.advance(Duration.ofSeconds(5));
    assertThat(store.append("tenant", "op-1", "ended", "{\"a\":1}")).isEqualTo(2);
    reopen();
    assertThat(store.append("", "op-2", "began", "{}")).isEqualTo(3);

    assertThat(store.events(0, 10))
        .containsExactly(
            new StateEvent(1, ManualTime.START, "tenant", "op-1", "began", "{}"),
            new StateEvent(
                2, ManualTime.START.plusSeconds(5), "tenant", "op-1", "ended", "{\"a\":1}"),
            new StateEvent(3, ManualTime.START.plusSeconds(5), "", "op-2", "began", "{}"));
    assertThat(store.events(1, 1)).extracting(StateEvent::sequence).containsExactly(2L);
    assertThat(store.events(3, 10)).isEmpty();
    assertThat(store.events(99, 10)).isEmpty();
    assertThat(store.events(-1, 10)).hasSize(3);
  }

  @Test
  void append_whenBatchesFailBetween_leavesNoGap() throws IOException {
    store.append("", "s", "t", "{}");
    assertThatThrownBy(() -> store.apply(List.of(put("a", "x", 5))))
        .isInstanceOf(StateConflictException.class);
    store.append("", "s", "t", "{}");

    assertThat(store.events(0, 10)).extracting(StateEvent::sequence).containsExactly(1L, 2L);
  }

  @Test
  void acquire_whenHeld_isEmptyForOthersAndRenewsForTheHolder() throws IOException {
    Lease first = store.acquire("lease", "a", Duration.ofSeconds(10)).orElseThrow();
    assertThat(first)
        .isEqualTo(new Lease("lease", "a", first.token(), ManualTime.START.plusSeconds(10)));
    assertThat(store.acquire("lease", "b", Duration.ofSeconds(10))).isEmpty();

    time.advance(Duration.ofSeconds(9));
    Lease renewed = store.acquire("lease", "a", Duration.ofSeconds(10)).orElseThrow();
    assertThat(renewed.token()).isEqualTo(first.token());
    time.advance(Duration.ofSeconds(9));

    assertThat(store.acquire("lease", "b", Duration.ofSeconds(10))).isEmpty();
    assertThat(store.acquire("other", "b", Duration.ofSeconds(10))).isPresent();
  }

  @Test
  void acquire_whenExpired_givesALargerToken() throws IOException {
    Lease first = store.acquire("lease", "a", Duration.ofSeconds(10)).orElseThrow();
    time.advance(Duration.ofSeconds(10));

    Lease second = store.acquire("lease", "b", Duration.ofSeconds(10)).orElseThrow();

    assertThat(second.token()).isGreaterThan(first.token());
    assertThat(store.acquire("lease", "a", Duration.ofSeconds(10))).isEmpty();
  }

  @Test
  void release_letsTheNextInAtOnceWithALargerToken() throws IOException {
    Lease first = store.acquire("lease", "a", Duration.ofSeconds(10)).orElseThrow();
    store.release(first);
    reopen();
    Lease second = store.acquire("lease", "b", Duration.ofSeconds(10)).orElseThrow();
    store.release(second);
    Lease third = store.acquire("lease", "a", Duration.ofSeconds(10)).orElseThrow();

    assertThat(second.token()).isGreaterThan(first.token());
    assertThat(third.token()).isGreaterThan(second.token());
  }

  @Test
  void release_whenAnotherHoldsItNow_leavesItAlone() throws IOException {
    Lease first = store.acquire("lease", "a", Duration.ofSeconds(10)).orElseThrow();
    time.advance(Duration.ofSeconds(11));
    assertThat(store.acquire("lease", "b", Duration.ofSeconds(10))).isPresent();

    store.release(first);
    store.release(new Lease("never taken", "a", 1, ManualTime.START));

    assertThat(store.acquire("lease", "a", Duration.ofSeconds(10))).isEmpty();
  }

  @Test
  void acquire_whenReopened_isStillHeld() throws IOException {
    assertThat(store.acquire("lease", "a", Duration.ofSeconds(10))).isPresent();
    reopen();

    assertThat(store.acquire("lease", "b", Duration.ofSeconds(10))).isEmpty();
  }

  @Test
  void acquire_whenTheClockJumpsForward_fencesTheOldHolder() throws IOException {
    Lease old = store.acquire("lease", "a", Duration.ofSeconds(10)).orElseThrow();
    time.jump(Duration.ofDays(300));

    Lease next = store.acquire("lease", "b", Duration.ofSeconds(10)).orElseThrow();

    assertThat(next.token()).isGreaterThan(old.token());
  }

  @Test
  void acquire_whenTheClockWasSetBack_waitsNoLongerThanTheTimeToLive() throws IOException {
    assertThat(store.acquire("lease", "a", Duration.ofSeconds(10))).isPresent();
    time.jump(Duration.ofDays(-300));

    assertThat(store.acquire("lease", "b", Duration.ofSeconds(10))).isEmpty();
    time.advance(Duration.ofSeconds(9));
    assertThat(store.acquire("lease", "b", Duration.ofSeconds(10))).isEmpty();
    time.advance(Duration.ofSeconds(1));
    assertThat(store.acquire("lease", "b", Duration.ofSeconds(10))).isPresent();
  }

  @Test
  void acquire_whenTimeToLiveIsOutOfRange_isRefused() {
    assertThatThrownBy(() -> store.acquire("lease", "a", Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> store.acquire("lease", "a", Duration.ofSeconds(Long.MAX_VALUE)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void reopen_keepsEverythingThatWasAcknowledged() throws IOException {
    putNew("a", "b", "c");
    store.apply(List.of(put("a", "two", 1), delete("b", 1)));
    reopen();

    assertThat(scanIds("", "", 10)).containsExactly("a", "c");
    assertThat(text(store.find(key("a")).orElseThrow())).isEqualTo("two");
    assertThat(store.find(key("a")).orElseThrow().version()).isEqualTo(2);
  }

  @Test
  void calls_afterClose_areRefused() throws IOException {
    putNew("a");
    store.close();
    store.close(); // a second one does nothing

    assertClosed(() -> store.find(key("a")));
    assertClosed(() -> store.scan("test", "", "", 1));
    assertClosed(() -> store.append("", "s", "t", "{}"));
    assertClosed(
        () -> {
          putNew("b");
          return "";
        });
  }

  private static void assertClosed(Callable<?> call) {
    assertThatThrownBy(call::call)
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("closed");
  }

  @Test
  void apply_whenManyThreadsCount_losesNoUpdate() throws Exception {
    int threads = 8;
    int each = 50;
    putNew("counter");

    List<Callable<Integer>> tasks = new ArrayList<>();
    for (int t = 0; t < threads; t++) {
      int thread = t;
      tasks.add(
          () -> {
            for (int i = 0; i < each; i++) {
              countUp(thread + "-" + i);
            }
            return each;
          });
    }
    runAll(tasks);

    assertThat(store.find(key("counter")).orElseThrow().version()).isEqualTo(1 + threads * each);
    assertThat(store.count("test", "done/")).isEqualTo((long) threads * each);
  }

  /** Replaces the counter and writes a mark in one batch, until no other was faster. */
  private void countUp(String mark) throws IOException {
    while (true) {
      StateRecord counter = store.find(key("counter")).orElseThrow();
      try {
        store.apply(
            List.of(
                put("done/" + mark, "", StateChange.ABSENT),
                put("counter", mark, counter.version())));
        return;
      } catch (StateConflictException e) {
        assertThat(e.key()).isEqualTo(key("counter"));
      }
    }
  }

  @Test
  void append_whenManyThreadsAppend_numbersWithoutGaps() throws Exception {
    List<Callable<Integer>> tasks = new ArrayList<>();
    for (int t = 0; t < 6; t++) {
      tasks.add(
          () -> {
            for (int i = 0; i < 40; i++) {
              store.append("", "s", "t", "{}");
            }
            return 40;
          });
    }
    runAll(tasks);

    List<Long> expected = new ArrayList<>();
    for (long i = 1; i <= 240; i++) {
      expected.add(i);
    }
    assertThat(store.events(0, 1000)).extracting(StateEvent::sequence).isEqualTo(expected);
  }

  @Test
  void readers_whenABatchIsWritten_seeAllOfItOrNothing() throws Exception {
    putNew("pair/a", "pair/b");
    Callable<Integer> writer =
        () -> {
          for (int i = 0; i < 100; i++) {
            store.apply(
                List.of(
                    put("pair/a", "" + i, StateChange.ANY),
                    put("pair/b", "" + i, StateChange.ANY)));
          }
          return 0;
        };
    Callable<Integer> reader =
        () -> {
          for (int i = 0; i < 200; i++) {
            List<StateRecord> pair = store.scan("test", "pair/", "", 2);
            assertThat(pair.get(0).version()).isEqualTo(pair.get(1).version());
            List<StateRecord> same = store.findAll(List.of(key("pair/a"), key("pair/b")));
            assertThat(same.get(0).version()).isEqualTo(same.get(1).version());
          }
          return 0;
        };
    runAll(List.of(writer, reader, reader));
  }

  private static void runAll(List<Callable<Integer>> tasks) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(tasks.size());
    try {
      for (Future<Integer> future : pool.invokeAll(tasks)) {
        future.get();
      }
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void randomBatches_behaveLikeAModel() throws IOException {
    for (long seed = 1; seed <= 5; seed++) {
      runModel(seed);
    }
  }

  private void runModel(long seed) throws IOException {
    String kind = "model" + seed;
    Random random = new Random(seed);
    Map<String, StateRecord> model = new TreeMap<>(BY_UTF8);
    for (int step = 0; step < 60; step++) {
      String where = "seed " + seed + ", step " + step;
      List<StateChange> batch = new ArrayList<>();
      for (int i = random.nextInt(6); i >= 0; i--) {
        batch.add(randomChange(kind, random, model));
      }
      Optional<Map<String, StateRecord>> next = applyToModel(batch, model);
      try {
        store.apply(batch);
        assertThat(next).as(where).isPresent();
        model = next.orElseThrow();
      } catch (StateConflictException e) {
        assertThat(next).as(where).isEmpty();
      }
      if (random.nextInt(20) == 0) {
        reopen();
      }
      String prefix =
          random.nextBoolean() ? "" : HOSTILE_IDS.get(random.nextInt(HOSTILE_IDS.size()));
      assertThat(store.scan(kind, prefix, "", 100))
          .as(where)
          .containsExactlyElementsOf(
              model.values().stream().filter(r -> r.key().id().startsWith(prefix)).toList());
    }
  }

  private static StateChange randomChange(
      String kind, Random random, Map<String, StateRecord> model) {
    RecordKey key = new RecordKey(kind, HOSTILE_IDS.get(random.nextInt(HOSTILE_IDS.size())));
    StateRecord old = model.get(key.id());
    long current = old == null ? StateChange.ABSENT : old.version();
    long expected =
        switch (random.nextInt(10)) {
          case 0 -> current + 1;
          case 1, 2, 3 -> StateChange.ANY;
          default -> current;
        };
    if (random.nextInt(3) == 0) {
      return new StateChange.Delete(key, expected);
    }
    byte[] payload = new byte[random.nextInt(40)];
    random.nextBytes(payload);
    return new StateChange.Put(key, "o" + random.nextInt(2), random.nextInt(3), payload, expected);
  }

  private static Optional<Map<String, StateRecord>> applyToModel(
      List<StateChange> batch, Map<String, StateRecord> model) {
    Map<String, StateRecord> next = new TreeMap<>(BY_UTF8);
    next.putAll(model);
    for (StateChange change : batch) {
      StateRecord old = next.get(change.key().id());
      long found = old == null ? StateChange.ABSENT : old.version();
      long expected =
          change instanceof StateChange.Put p
              ? p.expectedVersion()
              : ((StateChange.Delete) change).expectedVersion();
      if (expected != StateChange.ANY && expected != found) {
        return Optional.empty();
      }
      if (change instanceof StateChange.Put p) {
        next.put(
            p.key().id(), new StateRecord(p.key(), p.owner(), p.format(), found + 1, p.payload()));
      } else {
        next.remove(change.key().id());
      }
    }
    return Optional.of(next);
  }

  /** Stands there before a test begins. */
  private static final class Unopened extends io.kmesh.spi.state.ForwardingStateStore {
    @Override
    protected StateStore delegate() {
      throw new IllegalStateException("Cannot use the store: the test has not opened it.");
    }

    @Override
    public void close() {}
  }
}
