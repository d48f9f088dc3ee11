// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.flows.control.ControlLine;
import io.kmesh.core.internal.flows.control.Question;
import io.kmesh.core.internal.flows.service.HostedJson.NewGrant;
import io.kmesh.core.internal.flows.service.HostedJson.Page;
import io.kmesh.core.internal.json.HostileJson;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.flows.AuditEntry;
import io.kmesh.flows.FlowConflict;
import io.kmesh.flows.FlowGrant;
import io.kmesh.flows.FlowProblem;
import io.kmesh.flows.FlowState;
import io.kmesh.flows.FlowStatus;
import io.kmesh.flows.Grant;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/**
 * The messages about a flow whose cache another site holds, from the bytes on a link to values: the
 * vectors of docs/format/flow-control.md, and what is damaged or of another build.
 */
class HostedMessagesTest {
  private static final String ID = "ffeeddccbbaa99887766554433221100";
  private static final Grant GRANT =
      Grant.to("alice").path("secret").until(Instant.ofEpochMilli(1_700_000_000_000L));
  private static final FlowGrant GIVEN =
      new FlowGrant(
          ID,
          GRANT,
          FlowGrant.State.REVOKED,
          Instant.ofEpochMilli(1),
          Optional.of(Instant.ofEpochMilli(2)));
  private static final FlowStatus STATUS =
      new FlowStatus(
              FlowState.HOLDING,
              "why",
              1,
              Duration.ofNanos(2),
              Duration.ofNanos(3),
              Duration.ofNanos(4),
              5,
              6,
              0,
              0,
              0,
              List.of(new FlowProblem("a", "b")),
              List.of())
          .writingBack(
              new FlowStatus.Unwritten(7, 8, Optional.of(Instant.ofEpochMilli(9))), List.of());
  private static final AuditEntry ENTRY =
      new AuditEntry(
          1, Instant.ofEpochMilli(2), AuditEntry.Action.READ, "alice", "secret/a", ID, 3, 4, 5, "");
  private static final FlowConflict CONFLICT =
      new FlowConflict(
          "back-1",
          FlowConflict.Kind.CONTENT,
          "a",
          "source",
          "target",
          "rule",
          "source",
          "a.conflict",
          Instant.ofEpochMilli(3));

  private static final String GRANT_ASKED =
      "{\"format\":0,\"id\":\"ffeeddccbbaa99887766554433221100\",\"who\":\"alice\","
          + "\"path\":\"secret\",\"from\":0,\"until\":1700000000000}";
  private static final String GIVEN_ONE =
      GRANT_ASKED.substring(0, GRANT_ASKED.length() - 1)
          + ",\"state\":\"REVOKED\",\"given\":1,\"ended\":2}";
  private static final String STATUS_TOLD =
      "{\"format\":0,\"state\":\"HOLDING\",\"reason\":\"why\",\"backlog\":1,\"lagNanos\":2,"
          + "\"lagP50Nanos\":3,\"lagP99Nanos\":4,\"changes\":5,\"bytes\":6,\"problems\":"
          + "[{\"path\":\"a\",\"reason\":\"b\"}],\"unwritten\":{\"edits\":7,\"bytes\":8,"
          + "\"sinceMillis\":9}}";
  private static final String LOG =
      "{\"format\":0,\"all\":[{\"format\":0,\"number\":1,\"at\":2,\"action\":\"READ\","
          + "\"who\":\"alice\",\"path\":\"secret/a\","
          + "\"grant\":\"ffeeddccbbaa99887766554433221100\",\"from\":3,\"to\":4,\"bytes\":5,"
          + "\"reason\":\"\"}],\"more\":true}";
  private static final String CONFLICTS =
      "{\"format\":0,\"all\":[{\"format\":0,\"id\":\"back-1\",\"kind\":\"CONTENT\","
          + "\"path\":\"a\",\"winner\":\"source\",\"loser\":\"target\",\"policy\":\"rule\","
          + "\"keptEnd\":\"source\",\"kept\":\"a.conflict\",\"foundMillis\":3}],\"more\":false}";

  /** One message: what it is, the vector, how it is read, and how that is written. */
  private record Sample<T>(
      String name,
      Optional<Question> asked,
      String body,
      T value,
      HostedJson.ReadOne<T> read,
      java.util.function.Function<T, ObjectNode> write) {}

  private static final List<Sample<?>> ALL =
      List.of(
          question(
              Question.HOST,
              HostedJsonTest.ASKED,
              HostedJsonTest.WANTED,
              json -> {
                try {
                  return HostJson.read("lab", json);
                } catch (ProviderException e) {
                  throw e;
                } catch (IOException e) {
                  throw new AssertionError("no typed error", e);
                }
              },
              HostJson::write),
          question(
              Question.GRANT,
              GRANT_ASKED,
              new NewGrant(ID, GRANT),
              HostedJson::readGrant,
              HostedJson::grant),
          question(
              Question.REVOKE,
              "{\"format\":0,\"id\":\"" + ID + "\"}",
              ID,
              HostedJson::readId,
              HostedJson::id),
          question(
              Question.GIVEN,
              "{\"format\":0,\"from\":256}",
              256L,
              HostedJson::readFrom,
              HostedJson::from),
          question(
              Question.AUDIT,
              "{\"format\":0,\"from\":0}",
              0L,
              HostedJson::readFrom,
              HostedJson::from),
          question(
              Question.RESOLVE,
              "{\"format\":0,\"id\":\"back-1\",\"how\":\"TAKE_LOSER\"}",
              Map.entry("back-1", FlowConflict.Choice.TAKE_LOSER),
              json -> Map.entry(HostedJson.readConflictId(json), HostedJson.readChoice(json)),
              how -> HostedJson.resolve(how.getKey(), how.getValue())),
          answer("HOSTED", STATUS_TOLD, STATUS, HostedJson::readStatus, HostedJson::status),
          answer("GRANT", GIVEN_ONE, GIVEN, HostedJson::readGiven, HostedJson::given),
          page(
              "GIVEN",
              "{\"format\":0,\"all\":[" + GIVEN_ONE + "],\"more\":false}",
              new Page<>(List.of(GIVEN), false),
              HostedJson::readGiven,
              HostedJson::given),
          page(
              "AUDIT",
              LOG,
              new Page<>(List.of(ENTRY), true),
              HostedJson::readEntry,
              HostedJson::entry),
          page(
              "CONFLICTS",
              CONFLICTS,
              new Page<>(List.of(CONFLICT), false),
              HostedJson::readConflict,
              HostedJson::conflict));

  private static <T> Sample<T> question(
      Question question,
      String body,
      T value,
      HostedJson.ReadOne<T> read,
      java.util.function.Function<T, ObjectNode> write) {
    return new Sample<>(question.name(), Optional.of(question), body, value, read, write);
  }

  private static <T> Sample<T> answer(
      String name,
      String body,
      T value,
      HostedJson.ReadOne<T> read,
      java.util.function.Function<T, ObjectNode> write) {
    return new Sample<>("answer to " + name, Optional.empty(), body, value, read, write);
  }

  private static <T> Sample<Page<T>> page(
      String name,
      String body,
      Page<T> value,
      HostedJson.ReadOne<T> read,
      java.util.function.Function<T, ObjectNode> write) {
    return answer(
        name, body, value, json -> HostedJson.readPage(json, read), p -> HostedJson.page(p, write));
  }

  /** The numbers of the questions, as they stand on the link for ever. */
  private static int number(Question question) {
    return switch (question) {
      case HOST -> 14;
      case GRANT -> 17;
      case REVOKE -> 18;
      case GIVEN -> 19;
      case AUDIT -> 20;
      case RESOLVE -> 11;
      default -> throw new AssertionError(question);
    };
  }

  private static byte[] message(Sample<?> sample, byte[] body) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {(byte) 0xc0, 0, (byte) (sample.asked().isPresent() ? 1 : 2), 1});
    sample.asked().ifPresent(question -> out.write(number(question)));
    out.writeBytes(body);
    return out.toByteArray();
  }

  /** What a line makes of a message: a body, for a question or as an answer to one. */
  private static final class Heard {
    final List<ObjectNode> bodies = new ArrayList<>();
    final List<byte[]> sent = new ArrayList<>();
    final ControlLine line =
        new ControlLine(
            sent::add,
            (question, body) -> {
              bodies.add(body);
              return CompletableFuture.completedFuture(
                  ControlLine.Reply.of(SpecJson.object(0).put("question", question.name())));
            });

    List<ObjectNode> take(byte[] message) throws IOException {
      CompletableFuture<ObjectNode> answer = line.ask(Question.HOSTED, SpecJson.object(0));
      line.received(message);
      if (answer.isDone() && !answer.isCompletedExceptionally()) {
        bodies.add(answer.join());
      }
      return bodies;
    }
  }

  @Test
  void messages_areTheGoldenVectors_andReadBack() throws Exception {
    for (Sample<?> sample : ALL) {
      assertGolden(sample);
    }
  }

  private static <T> void assertGolden(Sample<T> sample) throws IOException {
    assertThat(new String(SpecJson.encode(sample.write().apply(sample.value())), UTF_8))
        .as(sample.name())
        .isEqualTo(sample.body());
    List<ObjectNode> heard = new Heard().take(message(sample, sample.body().getBytes(UTF_8)));
    assertThat(heard).as(sample.name()).hasSize(1);
    assertThat(sample.read().of(heard.get(0))).as(sample.name()).isEqualTo(sample.value());
  }

  @Test
  void ofALaterFormat_isRefused_withWhatToDo() throws Exception {
    for (Sample<?> sample : ALL) {
      JsonNode later =
          SpecJson.tree(sample.body().replaceFirst("\"format\":0", "\"format\":1").getBytes(UTF_8));
      assertThatThrownBy(() -> sample.read().of(later))
          .as(sample.name())
          .isInstanceOfSatisfying(
              ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID))
          .hasMessageMatching(".*(It may run another build; use the same at both|Use the Kmesh).*");
    }
  }

  @Test
  void pageWithoutWordWhetherMoreComes_orNoList_isRefused() throws Exception {
    for (String[] change :
        new String[][] {
          {",\"more\":false", ""},
          {"\"more\":false", "\"more\":\"no\""},
          {"\"all\":[", "\"some\":["},
          {"\"all\":[" + GIVEN_ONE + "]", "\"all\":{\"a\":" + GIVEN_ONE + "}"},
        }) {
      JsonNode json =
          SpecJson.tree(
              ("{\"format\":0,\"all\":[" + GIVEN_ONE + "],\"more\":false}")
                  .replace(change[0], change[1])
                  .getBytes(UTF_8));
      assertThatThrownBy(() -> HostedJson.readPage(json, HostedJson::readGiven))
          .as(change[1])
          .isInstanceOf(ProviderException.class);
    }
  }

  @Tag("fuzz")
  @Property(tries = 3_000)
  void damagedMessage_isOneThatReadsBack_orRefused(
      @ForAll @IntRange(max = 10) int which, @ForAll long seed) throws IOException {
    assertReadOrRefused(ALL.get(which), seed);
  }

  private static <T> void assertReadOrRefused(Sample<T> sample, long seed) throws IOException {
    byte[] message = message(sample, HostileJson.damage(sample.body(), seed));
    if (seed % 16 == 0) {
      message[(int) Math.floorMod(seed / 16, Math.min(6L, message.length))] ^=
          (byte) (1 << (seed >>> 40 & 7));
    }
    for (ObjectNode body : heard(message)) {
      try {
        T read = sample.read().of(body);
        assertThat(sample.read().of(sample.write().apply(read))).isEqualTo(read);
      } catch (ProviderException e) {
        assertThat(e).hasMessageContaining("Cannot read");
      }
    }
  }

  private static List<ObjectNode> heard(byte[] message) throws IOException {
    try {
      return new Heard().take(message);
    } catch (ProviderException e) {
      assertThat(e.kind()).isIn(ErrorKind.CORRUPT, ErrorKind.UNSUPPORTED, ErrorKind.INVALID);
      return List.of(); // the session ends
    }
  }
}
