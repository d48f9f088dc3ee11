// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.placement;

import static io.kmesh.placement.PlacementNames.in;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.KmeshException;
import io.kmesh.core.internal.flows.placement.PlacementGate.Decided;
import io.kmesh.core.internal.observe.Observers;
import io.kmesh.flows.ConflictPolicy;
import io.kmesh.flows.DataFlow;
import io.kmesh.flows.FlowMode;
import io.kmesh.flows.FlowSpec;
import io.kmesh.path.PathBytes;
import io.kmesh.placement.Placement;
import io.kmesh.placement.PlacementDecision;
import io.kmesh.placement.PlacementEffect;
import io.kmesh.placement.PlacementRules;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said of places, what is decided by it, and how both are kept. */
class PlacementBookTest {
  private static final String FACTS =
      "{\"format\":0,\"here\":{\"country\":\"DE\",\"provider\":\"own\",\"keyOwner\":\"us\"},"
          + "\"sites\":{\"burst\":{\"country\":\"US\"}},\"trees\":["
          + "{\"endpoint\":{\"directory\":\"/mnt/abroad\"},\"facts\":{\"country\":\"FR\"}},"
          + "{\"endpoint\":{\"site\":{\"site\":\"burst\",\"export\":\"eu\",\"path\":\"\"}},"
          + "\"facts\":{\"country\":\"IE\",\"provider\":\"mock\"}}]}";
  private static final String DECISIONS =
      "{\"format\":0,\"decisions\":[{\"way\":\"BACK\",\"decision\":{\"format\":0,"
          + "\"effect\":\"ALLOW\",\"reason\":\"So.\",\"source\":{\"site\":\"burst\"},"
          + "\"target\":{\"site\":\"lab\",\"country\":\"DE\"},\"time\":\"2026-01-01T00:00:00Z\"}}]}";
  private static final Endpoint EU = Endpoint.at("burst", "eu");
  private static final List<Decided> DECIDED =
      List.of(
          new Decided(
              Way.BACK,
              new PlacementDecision(
                  PlacementEffect.ALLOW,
                  null,
                  "So.",
                  Placement.unknown("burst"),
                  Placement.unknown("lab").in("DE"),
                  Instant.parse("2026-01-01T00:00:00Z"))));

  private final ManualTime time = ManualTime.create();
  private final MemoryState state = MemoryState.create(time);
  private final PlacementBook book = new PlacementBook(state, time, () -> Optional.of("lab"));

  private void sayAll() {
    book.site("lab", p -> p.in("DE").at("own").keyOf("us")); // its own name
    book.site("burst", p -> p.in("US"));
    book.endpoint(Endpoint.directory(Path.of("/mnt/abroad")), p -> p.in("FR"));
    book.endpoint(EU, p -> p.in("IE").at("mock"));
  }

  @Test
  void facts_areTheGoldenVector_andReadBack() throws Exception {
    sayAll();
    byte[] kept =
        state.find(new io.kmesh.spi.state.RecordKey("placement", "facts")).orElseThrow().payload();
    assertThat(new String(kept, UTF_8)).isEqualTo(FACTS);
    assertThat(FactsJson.encode(FactsJson.decode(kept))).isEqualTo(kept);
    assertThat(book.facts().keySet()).containsExactly("here", "burst", "/mnt/abroad", "burst::eu");
    assertThat(new String(FactsJson.encode(DECIDED), UTF_8)).isEqualTo(DECISIONS);
    assertThat(FactsJson.decisions("f", DECISIONS.getBytes(UTF_8))).isEqualTo(DECIDED);
  }

  @Test
  void of_goesByTheInnermostTree_elseByTheSite() {
    sayAll();
    assertThat(book.of(Endpoint.directory(Path.of("/data"))).toString())
        .isEqualTo("lab (country DE, provider own, key of us)");
    assertThat(book.of(Endpoint.directory(Path.of("/mnt/abroad/job"))).toString())
        .isEqualTo("/mnt/abroad (country FR, provider unknown, key of unknown)");
    assertThat(book.of(Endpoint.directory(Path.of("/mnt/abroad2"))).country()).contains("DE");
    assertThat(book.of(Endpoint.at("burst", "eu/job")).country()).contains("IE");
    assertThat(book.of(Endpoint.at("burst", "data/job")).country()).contains("US");
    assertThat(book.of(Endpoint.at("dark", "data")).country()).isEmpty();
    assertThat(book.of(new Endpoint.LustrePath("lab", PathBytes.of("x"))).country()).contains("DE");

    book.endpoint(Endpoint.at("burst", "eu/us"), p -> p.in("US"));
    assertThat(book.of(Endpoint.at("burst", "eu/us/a")).country()).contains("US");
    book.endpoint(Endpoint.at("burst", "eu/us"), p -> p);
    assertThat(book.of(Endpoint.at("burst", "eu/us/a")).country()).contains("IE");
    book.site("burst", p -> p);
    assertThat(book.facts()).doesNotContainKey("burst");
  }

  @Test
  void of_followsSymbolicLinks(@TempDir Path dir) throws Exception {
    Path abroad = Files.createDirectories(dir.resolve("abroad"));
    Files.createSymbolicLink(dir.resolve("innocent"), abroad);
    book.endpoint(Endpoint.directory(abroad), p -> p.in("FR"));
    assertThat(book.of(Endpoint.directory(dir.resolve("innocent/not/yet"))).country())
        .contains("FR");
  }

  @Test
  void require_recordsBeforeItRefuses_andTellsWhatIsNew() throws Exception {
    sayAll();
    book.rules(PlacementRules.builder().deny("stays", m -> m, m -> m.countries(in("US"))).build());
    java.util.ArrayList<String> events = new java.util.ArrayList<>();
    PlacementGate gate =
        new PlacementGate(
            book,
            state,
            new Observers(
                time,
                List.of(
                    new io.kmesh.spi.observe.Observer() {
                      @Override
                      public void event(io.kmesh.spi.observe.KmeshEvent event) {
                        events.add(event.type() + " " + event.fields().get("effect"));
                      }
                    })));
    FlowSpec spec =
        FlowSpec.builder()
            .from(Endpoint.directory(Path.of("/data")))
            .to(Endpoint.at("burst", "data"))
            .build();
    List<PlacementGate.Route> both =
        Stream.of(Way.values()).map(way -> gate.route(way, spec)).toList();
    for (int i = 0; i < 3; i++) {
      time.advance(Duration.ofSeconds(1));
      assertThatThrownBy(() -> gate.require("id", "job", "start", both))
          .isInstanceOfSatisfying(
              ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.DENIED))
          .hasMessageContaining("\"job\"")
          .hasMessageContaining("\"stays\"");
    }
    assertThat(events).containsExactly("flow.placement DENY", "flow.placement ALLOW");
    Map<Way, PlacementDecision> last = gate.last("id");
    assertThat(last.get(Way.FORWARD).isAllowed()).isFalse();
    assertThat(last.get(Way.FORWARD).time()).isEqualTo(time.now());
    assertThat(last.get(Way.BACK).isAllowed()).isTrue();
    gate.forget("id");
    assertThat(gate.last("id")).isEmpty();
  }

  @Test
  void require_whereNothingCanBeRecorded_decidesNothing() {
    PlacementGate gate = new PlacementGate(book, state, new Observers(time, List.of()));
    FlowSpec spec = FlowSpec.builder().from(EU).to(Endpoint.directory(Path.of("/data"))).build();
    List<PlacementGate.Route> way = List.of(gate.route(Way.FORWARD, spec));
    state.close();
    assertThatThrownBy(() -> gate.require("id", "job", "start", way))
        .isInstanceOfAny(IOException.class, KmeshException.class, IllegalStateException.class);
  }

  @Test
  void ways_ofEachMode() {
    FlowMode.Access access = FlowMode.Access.DEFAULT;
    assertThat(Way.of(FlowMode.Async.DEFAULT, 0)).containsExactly(Way.FORWARD);
    assertThat(Way.of(FlowMode.Async.DEFAULT, 3)).containsExactly(Way.BACK);
    assertThat(Way.of(access, 0)).containsExactly(Way.FORWARD);
    assertThat(
            Way.of(
                new FlowMode.Access(
                    access.lease(),
                    access.cache(),
                    access.stale(),
                    FlowMode.WriteMode.WRITE_THROUGH),
                0))
        .containsExactly(Way.FORWARD, Way.BACK);
    assertThat(Way.of(new FlowMode.MultiMaster(ConflictPolicy.newest()), 0))
        .containsExactly(Way.FORWARD, Way.BACK);
  }

  /** Two trees of one process: nothing is opened, so that nothing is made at the target. */
  @Test
  void flowWithinOneProcess_thatIsForbidden_isNotOpened(@TempDir Path dir) throws Exception {
    Files.createDirectories(dir.resolve("a"));
    Files.createDirectories(dir.resolve("abroad"));
    try (Kmesh kmesh = Kmesh.builder().state(state).flowFolder(dir.resolve("flows")).build()) {
      kmesh.placement().endpoint(Endpoint.directory(dir.resolve("abroad")), p -> p.in("FR"));
      kmesh
          .placement()
          .rules(PlacementRules.builder().deny("no", m -> m.countries(in("FR")), m -> m).build());
      DataFlow both =
          kmesh
              .dataFlows()
              .ensure(
                  "both",
                  f ->
                      f.from(Endpoint.directory(dir.resolve("a")))
                          .to(Endpoint.directory(dir.resolve("abroad/b")))
                          .multiMaster(ConflictPolicy.newest()));
      assertThatThrownBy(both::start)
          .isInstanceOf(KmeshException.class)
          .hasMessageContaining("the rule \"no\" matches");
      assertThat(dir.resolve("abroad/b")).doesNotExist();
      assertThat(both.status().placement()).hasSize(2);
    }
  }

  @Tag("fuzz")
  @Property(tries = 3_000)
  void damagedRecords_areReadAndWrittenTheSame_orRefused(
      @ForAll @IntRange(max = 5000) int flip, @ForAll @IntRange(max = 600) int cut)
      throws Exception {
    String whole = flip % 2 == 0 ? FACTS : DECISIONS;
    byte[] bytes = whole.substring(0, Math.min(cut + 1, whole.length())).getBytes(UTF_8);
    bytes[flip / 16 % bytes.length] ^= (byte) (1 << flip / 2 % 8);
    try {
      if (flip % 2 == 0) {
        PlacementFacts read = FactsJson.decode(bytes);
        assertThat(FactsJson.decode(FactsJson.encode(read))).isEqualTo(read);
      } else {
        List<Decided> read = FactsJson.decisions("job", bytes);
        assertThat(FactsJson.decisions("job", FactsJson.encode(read))).isEqualTo(read);
      }
    } catch (ProviderException e) {
      assertThat(e.kind()).isIn(ErrorKind.CORRUPT, ErrorKind.INVALID);
    }
  }
}
