// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Endpoint;
import io.kmesh.core.internal.flows.service.FlowRecordJson.FlowRecord;
import io.kmesh.core.internal.flows.service.FlowRecordJson.Host;
import io.kmesh.core.internal.flows.service.FlowRecordJson.Lent;
import io.kmesh.core.internal.flows.service.FlowRecordJson.Wanted;
import io.kmesh.core.internal.flows.service.HostedJson.NewGrant;
import io.kmesh.core.internal.flows.service.HostedJson.Page;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.flows.FlowSpec;
import io.kmesh.flows.Grant;
import io.kmesh.spi.ProviderException;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
  static final HostJson.Asked WANTED = new HostJson.Asked("job42", Wanted.RUNNING, false, SPEC);
  static final String ASKED =
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
    assertThat(text(HostJson.write(WANTED))).isEqualTo(ASKED);
    assertThat(HostJson.read("lab", json(ASKED))).isEqualTo(WANTED);
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
    List<String> withdrawn = new ArrayList<>();
    LentGrants.Source source =
        new LentGrants.Source() {
          @Override
          public void learn(ObjectNode told) {
            throw new AssertionError("it was not told");
          }

          @Override
          public void withdraw(String id) {
            withdrawn.add(id);
          }
        };
    grants.revoking(GRANT.id(), source);
    assertThat(withdrawn).containsExactly(GRANT.id());
    assertThat(grants.only(right).path("grants")).isEmpty();
    LentGrants later = LentGrants.open(state, ID, ManualTime.startingAt(Instant.EPOCH));
    assertThat(later.only(right).path("grants")).isEmpty();
    assertThat(later.revoked()).containsExactly(GRANT.id());
    later.resume(source);
    assertThat(withdrawn).as("also by the next process").containsExactly(GRANT.id(), GRANT.id());
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

  private static byte[] damaged(String whole, int flip, int cut) {
    // Mostly whole: what is cut is rarely JSON.
    String text = cut % 4 == 0 ? whole.substring(0, Math.min(cut + 1, whole.length())) : whole;
    byte[] bytes = text.getBytes(UTF_8);
    bytes[flip / 8 % bytes.length] ^= (byte) (1 << flip % 8);
    return bytes;
  }
}
