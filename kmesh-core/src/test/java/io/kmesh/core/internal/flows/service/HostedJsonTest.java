// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Endpoint;
import io.kmesh.core.internal.flows.service.FlowRecordJson.FlowRecord;
import io.kmesh.core.internal.flows.service.FlowRecordJson.Host;
import io.kmesh.core.internal.flows.service.FlowRecordJson.Lent;
import io.kmesh.core.internal.flows.service.FlowRecordJson.Wanted;
import io.kmesh.core.internal.flows.service.HostedJson.NewGrant;
import io.kmesh.core.internal.flows.service.HostedJson.Page;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.flows.AuditEntry;
import io.kmesh.flows.FlowConflict;
import io.kmesh.flows.FlowGrant;
import io.kmesh.flows.FlowProblem;
import io.kmesh.flows.FlowSpec;
import io.kmesh.flows.FlowState;
import io.kmesh.flows.FlowStatus;
import io.kmesh.flows.Grant;
import io.kmesh.spi.ProviderException;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** What is told and kept of caches at other sites: docs/format/flow-control.md, flow-spec.md. */
class HostedJsonTest {
  private static final String ID = "00112233445566778899aabbccddeeff";
  private static final FlowSpec SPEC =
      FlowSpec.builder()
          .from(HostJson.lent("lab", "job42"))
          .to(Endpoint.at("burst", "caches/job42"))
          .access()
          .build();
  private static final String ASKED =
      "{\"format\":0,\"name\":\"job42\",\"wanted\":\"RUNNING\",\"made\":false,\"spec\":{\"format\":0,"
          + "\"source\":{\"site\":{\"site\":\"lab\",\"export\":\"~flows\",\"path\":\"6a6f623432\"}},"
          + "\"target\":{\"site\":{\"site\":\"burst\",\"export\":\"caches\",\"path\":\"6a6f623432\"}},"
          + "\"mode\":{\"access\":{\"lease\":\"PT5S\",\"cache\":10737418240,\"stale\":\"show\","
          + "\"writes\":\"none\"}},\"changelogUsers\":{},\"scanPause\":\"PT30S\","
          + "\"deleteGuard\":{\"entries\":1000,\"percent\":10.0}}}";
  private static final String RUN =
      "{\"format\":0,\"id\":\"00112233445566778899aabbccddeeff\",\"wanted\":\"RUNNING\","
          + "\"generation\":0}";
  private static final String LENT = RUN.substring(0, RUN.length() - 1) + ",\"lent\":\"ASKED\"}";
  private static final String HELD =
      RUN.substring(0, RUN.length() - 1)
          + ",\"host\":{\"site\":\"lab\",\"name\":\"job42\",\"asked\":{\"site\":{\"site\":\"burst\","
          + "\"export\":\"caches\",\"path\":\"6a6f623432\"}},\"top\":{\"directory\":"
          + "\"/data/caches\"}}}";
  private static final String GIVEN =
      "{\"format\":0,\"grants\":[{\"format\":0,\"id\":\"ffeeddccbbaa99887766554433221100\","
          + "\"who\":\"alice\",\"path\":\"secret\",\"from\":0,\"until\":1700000000000,"
          + "\"revoked\":false}]}";
  private static final NewGrant GRANT =
      new NewGrant(
          "ffeeddccbbaa99887766554433221100",
          Grant.to("alice").path("secret").until(Instant.ofEpochMilli(1_700_000_000_000L)));

  private static ObjectNode json(String text) throws IOException {
    return (ObjectNode) SpecJson.tree(text.getBytes(UTF_8));
  }

  private static String text(ObjectNode json) {
    return new String(SpecJson.encode(json), UTF_8);
  }

  @Test
  void whatASiteIsAskedToHold_isTheGoldenVector_andReadsBack() throws Exception {
    HostJson.Asked asked = new HostJson.Asked("job42", Wanted.RUNNING, false, SPEC);
    assertThat(text(HostJson.write(asked))).isEqualTo(ASKED);
    assertThat(HostJson.read("lab", json(ASKED))).isEqualTo(asked);
  }

  @Test
  void whatIsAnotherSitesOrNoAccess_isRefused() {
    assertThatThrownBy(() -> HostJson.read("other", json(ASKED)))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("what other lends");
    for (String[] change :
        new String[][] {
          {"~flows", "data"},
          {"\"path\":\"6a6f623432\"}},\"target\"", "\"path\":\"6a\"}},\"target\""},
          {"\"name\":\"job42\"", "\"name\":\"job42@x\""},
          {"\"made\":false", "\"made\":1"},
          {"\"wanted\":\"RUNNING\"", "\"wanted\":\"GONE\""},
          {"\"format\":0,\"name\"", "\"format\":1,\"name\""},
          {"\"made\"", "\"else\""},
        }) {
      assertThatThrownBy(() -> HostJson.read("lab", json(ASKED.replace(change[0], change[1]))))
          .as(change[1])
          .isInstanceOf(ProviderException.class);
    }
  }

  @Test
  void recordsAtBothSites_areTheGoldenVectors_andReadBack() throws Exception {
    FlowRecord plain = new FlowRecord(ID, Wanted.RUNNING, 0);
    FlowRecord held =
        new FlowRecord(
            ID,
            Wanted.RUNNING,
            0,
            Lent.NONE,
            new Host(
                "lab",
                "job42",
                (Endpoint.SitePath) Endpoint.at("burst", "caches/job42"),
                Endpoint.directory(Path.of("/data/caches"))));
    assertRecord(plain, RUN);
    assertRecord(plain.lent(Lent.ASKED), LENT);
    assertRecord(held, HELD);
  }

  private static void assertRecord(FlowRecord record, String golden) throws IOException {
    assertThat(new String(FlowRecordJson.encode(record), UTF_8)).isEqualTo(golden);
    assertThat(FlowRecordJson.decode("f", golden.getBytes(UTF_8))).isEqualTo(record);
  }

  @Test
  void grantsThatWereGiven_areTheGoldenVector_andReadBack() throws Exception {
    Map<String, LentGrants.Given> all = Map.of(GRANT.id(), new LentGrants.Given(GRANT, false));
    assertThat(new String(LentGrants.encode(all), UTF_8)).isEqualTo(GIVEN);
    assertThat(LentGrants.decode("f", GIVEN.getBytes(UTF_8))).isEqualTo(all);
  }

  @Test
  void whatIsToldOfAFlow_readsBack() throws Exception {
    FlowStatus status =
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
    assertThat(HostedJson.readStatus(HostedJson.status(status))).isEqualTo(status);
    assertThat(text(HostedJson.status(status)))
        .isEqualTo(
            "{\"format\":0,\"state\":\"HOLDING\",\"reason\":\"why\",\"backlog\":1,\"lagNanos\":2,"
                + "\"lagP50Nanos\":3,\"lagP99Nanos\":4,\"changes\":5,\"bytes\":6,\"problems\":"
                + "[{\"path\":\"a\",\"reason\":\"b\"}],\"unwritten\":{\"edits\":7,\"bytes\":8,"
                + "\"sinceMillis\":9}}");
    FlowGrant given =
        new FlowGrant(
            GRANT.id(),
            GRANT.grant(),
            FlowGrant.State.REVOKED,
            Instant.ofEpochMilli(1),
            Optional.of(Instant.ofEpochMilli(2)));
    assertThat(HostedJson.readGiven(HostedJson.given(given))).isEqualTo(given);
    AuditEntry entry =
        new AuditEntry(
            1,
            Instant.ofEpochMilli(2),
            AuditEntry.Action.READ,
            "alice",
            "secret/a",
            GRANT.id(),
            3,
            4,
            5,
            "");
    Page<AuditEntry> page = new Page<>(List.of(entry), true);
    assertThat(HostedJson.readPage(HostedJson.page(page, HostedJson::entry), HostedJson::readEntry))
        .isEqualTo(page);
    FlowConflict conflict =
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
    assertThat(HostedJson.readConflict(HostedJson.conflict(conflict))).isEqualTo(conflict);
    ObjectNode how = HostedJson.resolve("back-1", FlowConflict.Choice.TAKE_LOSER);
    assertThat(text(how)).isEqualTo("{\"format\":0,\"id\":\"back-1\",\"how\":\"TAKE_LOSER\"}");
    assertThat(HostedJson.readChoice(how)).isEqualTo(FlowConflict.Choice.TAKE_LOSER);
  }

  @Test
  void pagesThatWouldNeverEnd_orAreTooLong_areRefused() {
    assertThatThrownBy(
            () ->
                HostedJson.readPage(
                    HostedJson.page(new Page<NewGrant>(List.of(), true), HostedJson::grant),
                    HostedJson::readGrant))
        .hasMessageContaining("a page is empty, and not the last");
    List<NewGrant> many = IntStream.range(0, 257).mapToObj(i -> GRANT).toList();
    assertThatThrownBy(
            () ->
                HostedJson.readPage(
                    HostedJson.page(new Page<>(many, false), HostedJson::grant),
                    HostedJson::readGrant))
        .hasMessageContaining("more than 256");
  }

  private static ObjectNode told(String who, String path, long from, long until) {
    ObjectNode json = SpecJson.object(0).put("revision", 1);
    json.putArray("grants")
        .addObject()
        .put("id", GRANT.id())
        .put("who", who)
        .put("path", path)
        .put("from", from)
        .put("until", until)
        .put("given", 0);
    return json;
  }

  @Test
  void grantsThatWereNotGivenHere_orAreWider_areNotTaken() throws Exception {
    long until = GRANT.grant().until().toEpochMilli();
    MemoryState state = MemoryState.create(ManualTime.startingAt(Instant.EPOCH));
    LentGrants grants = LentGrants.open(state, ID, ManualTime.startingAt(Instant.EPOCH));
    ObjectNode right = told("alice", "736563726574", 0, until);
    assertThat(grants.only(right).path("grants")).isEmpty();
    grants.giving(GRANT);
    assertThat(grants.only(right)).isEqualTo(right);
    assertThat(grants.only(told("bob", "736563726574", 0, until)).path("grants")).isEmpty();
    assertThat(grants.only(told("alice", "", 0, until)).path("grants")).isEmpty();
    assertThat(grants.only(told("alice", "736563726574", 0, until + 1)).path("grants")).isEmpty();
    assertThat(grants.only(told("alice", "736563726574", 0, until - 1)).path("grants")).hasSize(1);
    JsonNode counting = grants.revoking(GRANT.id());
    assertThat(counting).isNotNull();
    assertThat(grants.only(right).path("grants")).isEmpty();
    LentGrants later = LentGrants.open(state, ID, ManualTime.startingAt(Instant.EPOCH));
    assertThat(later.only(right).path("grants")).isEmpty();
    assertThat(later.revoked()).containsExactly(GRANT.id());
    later.settled(GRANT.id());
    assertThat(later.revoked()).isEmpty();
    assertThat(later.only(right).path("grants")).isEmpty();
  }

  @Tag("fuzz")
  @Property(tries = 3_000)
  void damagedRecord_isOneThatReadsBack_orRefused(
      @ForAll @IntRange(max = 4_000) int flip, @ForAll @IntRange(max = 400) int cut)
      throws IOException {
    byte[] bytes = damaged(HELD, flip, cut);
    try {
      FlowRecord read = FlowRecordJson.decode("f", bytes);
      assertThat(FlowRecordJson.decode("f", FlowRecordJson.encode(read))).isEqualTo(read);
    } catch (ProviderException e) {
      assertThat(e).hasMessageContaining("f");
    }
  }

  @Tag("fuzz")
  @Property(tries = 3_000)
  void damagedQuestion_isOneThatReadsBack_orRefused(
      @ForAll @IntRange(max = 6_000) int flip, @ForAll @IntRange(max = 700) int cut)
      throws IOException {
    JsonNode json;
    try {
      json = SpecJson.tree(damaged(ASKED, flip, cut));
    } catch (IOException e) {
      return; // refused before it comes here
    }
    if (!(json instanceof ObjectNode body)) {
      return;
    }
    try {
      HostJson.Asked read = HostJson.read("lab", body);
      assertThat(HostJson.read("lab", HostJson.write(read))).isEqualTo(read);
    } catch (ProviderException e) {
      assertThat(e).hasMessageContaining("flow that another site asks to hold");
    }
  }

  @Tag("fuzz")
  @Property(tries = 3_000)
  void damagedListOfGrants_isOneThatReadsBack_orRefused(
      @ForAll @IntRange(max = 2_000) int flip, @ForAll @IntRange(max = 250) int cut)
      throws IOException {
    try {
      Map<String, LentGrants.Given> read = LentGrants.decode("f", damaged(GIVEN, flip, cut));
      assertThat(LentGrants.decode("f", LentGrants.encode(read))).isEqualTo(read);
    } catch (ProviderException e) {
      assertThat(e).hasMessageContaining("grants \"f\"");
    }
  }

  @Tag("fuzz")
  @Property(tries = 3_000)
  void damagedStatus_isOneThatReadsBack_orRefused(
      @ForAll @IntRange(max = 3_000) int flip, @ForAll @IntRange(max = 400) int cut)
      throws IOException {
    String whole =
        "{\"format\":0,\"state\":\"HOLDING\",\"reason\":\"why\",\"backlog\":1,\"lagNanos\":2,"
            + "\"changes\":5,\"bytes\":6,\"problems\":[{\"path\":\"a\",\"reason\":\"b\"}],"
            + "\"unwritten\":{\"edits\":7,\"bytes\":8,\"sinceMillis\":9}}";
    JsonNode json;
    try {
      json = SpecJson.tree(damaged(whole, flip, cut));
    } catch (IOException e) {
      return; // refused before it comes here
    }
    try {
      FlowStatus read = HostedJson.readStatus(json);
      assertThat(HostedJson.readStatus(HostedJson.status(read))).isEqualTo(read);
    } catch (ProviderException e) {
      assertThat(e).hasMessageContaining("Cannot read what the other site says");
    }
  }

  private static byte[] damaged(String whole, int flip, int cut) {
    // Mostly whole: what is cut is rarely JSON.
    String text = cut % 4 == 0 ? whole.substring(0, Math.min(cut + 1, whole.length())) : whole;
    byte[] bytes = text.getBytes(UTF_8);
    bytes[flip / 8 % bytes.length] ^= (byte) (1 << flip % 8);
    return bytes;
  }
}
