// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.OperationId;
import io.kmesh.OperationState;
import io.kmesh.Progress;
import io.kmesh.SpecConflictException;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.time.ManualTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class OperationJournalTest {
  private static final Set<OperationState> ALL = EnumSet.allOf(OperationState.class);
  private static final Progress SOME =
      new Progress(3, 10, DataSize.ofBytes(300), DataSize.ofBytes(1000));

  private final ManualTime time = ManualTime.create();
  private final MemoryState state = MemoryState.create(time);
  private final OperationJournal journal = new OperationJournal(state, time, new Random(1));

  private static ObjectNode json(String field, String value) {
    return JsonNodeFactory.instance.objectNode().put("format", 0).put(field, value);
  }

  @Test
  void create_keepsWhatWasAsked() throws IOException {
    OperationRecord made = journal.create("hsm.archive", json("path", "/a\n\u00e9"), "tenant");

    OperationRecord found = journal.find(made.id()).orElseThrow();
    assertThat(found).isEqualTo(made);
    assertThat(found.state()).isEqualTo(OperationState.PENDING);
    assertThat(found.owner()).isEqualTo("tenant");
    assertThat(found.attempt()).isZero();
    assertThat(found.spec()).isEqualTo(json("path", "/a\n\u00e9"));
  }

  @Test
  void create_whenTheClockGoesBack_keepsIdsInOrder() throws IOException {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      ids.add(journal.create("t", json("a", "b"), "").id().value());
      time.jump(Duration.ofMillis(i % 3 == 0 ? -5 : 2));
    }

    assertThat(ids).doesNotHaveDuplicates().isSorted();
  }

  @Test
  void life_isKeptStepByStep() throws IOException {
    OperationId id = journal.create("t", json("a", "b"), "").id();
    assertThat(journal.markRunning(id).attempt()).isEqualTo(1);
    journal.progress(id, SOME);
    assertThat(journal.find(id).orElseThrow().progress()).isEqualTo(SOME);
    journal.park(id, SOME);
    assertThat(journal.find(id).orElseThrow().state()).isEqualTo(OperationState.PARKED);
    assertThat(journal.markRunning(id).attempt()).isEqualTo(2);
    time.advance(Duration.ofSeconds(7));
    journal.succeed(id, json("result", "r"), SOME);

    OperationRecord ended =
        new OperationJournal(state.reopen(), time, new Random(2)).find(id).orElseThrow();
    assertThat(ended.state()).isEqualTo(OperationState.SUCCEEDED);
    assertThat(ended.result()).contains(json("result", "r"));
    assertThat(ended.created()).isEqualTo(ManualTime.START);
    assertThat(ended.updated()).isEqualTo(ManualTime.START.plusSeconds(7));
  }

  @Test
  void fail_keepsKindMessageAndContext() throws IOException {
    OperationId id = journal.create("t", json("a", "b"), "").id();
    journal.markRunning(id);
    OperationError error =
        new OperationError(ErrorKind.NO_SPACE, "Cannot x: full.", Map.of("pool", "fast"));
    journal.fail(id, error, SOME);

    assertThat(journal.find(id).orElseThrow().error()).contains(error);
  }

  @Test
  void changes_afterTheEnd_areRefusedOrIgnored() throws IOException {
    OperationId id = journal.create("t", json("a", "b"), "").id();
    journal.succeed(id, json("r", "r"), SOME);

    assertThatThrownBy(() -> journal.markRunning(id))
        .isInstanceOf(ProviderException.class)
        .hasMessageContainingAll(id.value(), "SUCCEEDED");
    assertThatThrownBy(
            () -> journal.fail(id, new OperationError(ErrorKind.INVALID, "m", Map.of()), SOME))
        .isInstanceOf(ProviderException.class);
    journal.requestCancel(id);
    journal.park(id, SOME);
    journal.progress(id, Progress.NONE);
    assertThat(journal.find(id).orElseThrow().state()).isEqualTo(OperationState.SUCCEEDED);
  }

  @Test
  void changes_whenUnknown_areRefused() {
    assertThatThrownBy(() -> journal.markRunning(new OperationId("none")))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("none");
  }

  @Test
  void requestCancel_isDurableAndKeptOverAttempts() throws IOException {
    OperationId id = journal.create("t", json("a", "b"), "").id();
    journal.requestCancel(id);
    journal.markRunning(id);

    assertThat(journal.find(id).orElseThrow().isCancelRequested()).isTrue();
  }

  @Test
  void ensure_whenTheSame_givesWhatExists() throws IOException {
    OperationId id = new OperationId("job42");
    OperationRecord first = journal.ensure(id, "t", json("a", "b"), "");

    assertThat(journal.ensure(id, "t", json("a", "b"), "")).isEqualTo(first);
    journal.succeed(id, json("r", "r"), SOME);
    assertThat(journal.ensure(id, "t", json("a", "b"), "").state())
        .isEqualTo(OperationState.SUCCEEDED);
  }

  @Test
  void ensure_whenDifferent_namesTheFields() throws IOException {
    OperationId id = new OperationId("job42");
    ObjectNode spec = json("path", "/a");
    spec.putObject("to").put("store", "x").put("size", 5);
    journal.ensure(id, "t", spec, "");
    ObjectNode other = json("path", "/a");
    other.putObject("to").put("store", "y").put("size", 5L);
    other.put("extra", true);

    SpecConflictException conflict =
        catchThrowableOfType(SpecConflictException.class, () -> journal.ensure(id, "u", other, ""));

    assertThat(conflict.fields()).containsExactly("type", "extra", "to.store");
    assertThat(conflict).hasMessageContainingAll("job42", "to.store");
  }

  @Test
  void list_givesStatesAndTypesOldestFirst() throws IOException {
    OperationId a = journal.create("t", json("a", "b"), "").id();
    OperationId b = journal.create("u", json("a", "b"), "").id();
    OperationId c = journal.create("t", json("a", "b"), "").id();
    journal.markRunning(b);
    journal.succeed(a, json("r", "r"), SOME);

    assertThat(ids(journal.list(ALL, "", "", 10))).containsExactly(a, b, c);
    assertThat(ids(journal.list(ALL, "t", "", 10))).containsExactly(a, c);
    assertThat(ids(journal.list(Set.of(OperationState.RUNNING), "", "", 10))).containsExactly(b);
    assertThat(ids(journal.list(ALL, "", a.value(), 10))).containsExactly(b, c);
    assertThat(ids(journal.list(ALL, "", "", 2))).containsExactly(a, b);
    assertThat(journal.openIds("", 10)).containsExactly(b, c);
  }

  private static List<OperationId> ids(List<OperationRecord> records) {
    return records.stream().map(OperationRecord::id).toList();
  }

  @Test
  void forgetEndedBefore_keepsWhatIsOpenUnknownOrYoung() throws IOException {
    OperationId old = journal.create("t", json("a", "b"), "").id();
    OperationId unknown = journal.create("t", json("a", "b"), "").id();
    OperationId open = journal.create("t", json("a", "b"), "").id();
    OperationId young = journal.create("t", json("a", "b"), "").id();
    OperationError error = new OperationError(ErrorKind.UNKNOWN_OUTCOME, "m", Map.of());
    journal.fail(old, error, SOME);
    journal.outcomeUnknown(unknown, error, SOME);
    time.advance(Duration.ofDays(30));
    journal.fail(young, error, SOME);

    assertThat(journal.forgetEndedBefore(time.now().minusSeconds(1))).isEqualTo(1);

    assertThat(ids(journal.list(ALL, "", "", 10))).containsExactly(unknown, open, young);
  }

  @Test
  void find_whenFormatIsNewer_refusesAndNamesBoth() throws IOException {
    byte[] payload = "{\"format\":1,\"news\":true}".getBytes(StandardCharsets.UTF_8);
    RecordKey key = new RecordKey(OperationJournal.OPEN, "newer");
    state.apply(List.of(new StateChange.Put(key, "", 1, payload, StateChange.ABSENT)));

    assertThatThrownBy(() -> journal.find(new OperationId("newer")))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.UNSUPPORTED))
        .hasMessageContainingAll("newer", "format 1", "knows 0");
  }

  @Test
  void decode_whenBytesAreDamaged_throwsTypedErrorsOnly() throws IOException {
    OperationRecord record =
        new OperationRecord(
            new OperationId("x"),
            "t",
            "",
            OperationState.FAILED,
            true,
            3,
            json("a", "b"),
            SOME,
            json("r", "r"),
            new OperationError(ErrorKind.NO_SPACE, "m", Map.of("a", "b")),
            ManualTime.START,
            ManualTime.START);
    byte[] good = OperationCodec.encode(record);
    assertThat(OperationCodec.decode("x", "", 0, good)).isEqualTo(record);

    for (long seed = 1; seed <= 3000; seed++) {
      byte[] bad = Damage.of(good, new Random(seed));
      try {
        assertThat(OperationCodec.decode("x", "", 0, bad)).isNotNull();
      } catch (ProviderException e) {
        assertThat(e.kind()).as("seed " + seed).isIn(ErrorKind.CORRUPT, ErrorKind.UNSUPPORTED);
      }
    }
  }

  @Test
  void intents_arePagedAndSettledTogetherWithTheirOutcome() throws IOException {
    OperationRecord record = journal.create("t", json("a", "b"), "tenant");
    IntentLog intents = journal.intents(record.id(), "tenant");
    intents.begin(
        List.of(
            new Intent("[0x1:0x2:0x0]", "put the object k", json("key", "k")),
            new Intent("u2", "remove"),
            new Intent("u3", "remove")));
    assertThat(intents.count()).isEqualTo(3);

    assertThat(intents.open("", 2)).extracting(Intent::unit).containsExactly("[0x1:0x2:0x0]", "u2");
    assertThat(intents.open("", 2).get(0).facts()).isEqualTo(json("key", "k"));
    assertThat(intents.open("u2", 2)).extracting(Intent::unit).containsExactly("u3");

    RecordKey outcome = new RecordKey("outcome", "o");
    intents.settle(
        List.of("u2", "u3", "never begun"),
        List.of(new StateChange.Put(outcome, "", 0, new byte[0], StateChange.ABSENT)));
    assertThat(intents.open("", 10)).extracting(Intent::unit).containsExactly("[0x1:0x2:0x0]");
    assertThat(state.find(outcome)).isPresent();

    assertThatThrownBy(
            () ->
                intents.settle(
                    List.of("[0x1:0x2:0x0]"),
                    List.of(new StateChange.Put(outcome, "", 0, new byte[0], StateChange.ABSENT))))
        .isInstanceOf(ProviderException.class);
    assertThat(intents.count()).isEqualTo(1);
  }
}
