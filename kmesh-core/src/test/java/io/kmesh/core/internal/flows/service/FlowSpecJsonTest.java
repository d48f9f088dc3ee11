// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Endpoint;
import io.kmesh.flows.ConflictPolicy;
import io.kmesh.flows.DeleteGuard;
import io.kmesh.flows.FlowMode;
import io.kmesh.flows.FlowProtection;
import io.kmesh.flows.FlowRate;
import io.kmesh.flows.FlowSpec;
import io.kmesh.path.PathBytes;
import io.kmesh.snapshots.CronExpression;
import io.kmesh.spi.ProviderException;
import io.kmesh.unit.DataSize;
import io.kmesh.unit.Percent;
import java.nio.file.Path;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class FlowSpecJsonTest {
  private static final String GOLDEN =
      "{\"format\":0,\"source\":{\"lustre\":{\"cluster\":\"lab\",\"path\":\"6a6f623432\"}},"
          + "\"target\":{\"directory\":\"/data/job42\"},"
          + "\"mode\":{\"async\":{\"lagBound\":\"PT5M\"}},"
          + "\"changelogUsers\":{\"0\":\"cl1\",\"1\":\"cl1\"},\"scanPause\":\"PT24H\","
          + "\"deleteGuard\":{\"entries\":1000,\"percent\":10.0}}";

  private static FlowSpec spec() {
    return FlowSpec.builder()
        .from(new Endpoint.LustrePath("lab", PathBytes.of("job42")))
        .to(Endpoint.directory(Path.of("/data/job42")))
        .async()
        .changelogUser(0, "cl1")
        .changelogUser(1, "cl1")
        .build();
  }

  @Test
  void spec_isTheGoldenVector_andReadsBack() throws Exception {
    assertThat(new String(FlowSpecJson.encode(spec()), UTF_8)).isEqualTo(GOLDEN);
    assertThat(FlowSpecJson.decode("f", GOLDEN.getBytes(UTF_8))).isEqualTo(spec());
  }

  @Test
  void specOfMultiMaster_readsBack() throws Exception {
    for (ConflictPolicy policy :
        List.of(
            ConflictPolicy.newest(),
            ConflictPolicy.keepBoth(),
            ConflictPolicy.sites("target", "source"))) {
      FlowSpec multi = spec().toBuilder().multiMaster(policy).build();
      assertThat(FlowSpecJson.decode("f", FlowSpecJson.encode(multi))).isEqualTo(multi);
    }
    FlowSpec sites = spec().toBuilder().multiMaster(ConflictPolicy.sites("target")).build();
    assertThat(new String(FlowSpecJson.encode(sites), UTF_8))
        .contains("\"mode\":{\"multiMaster\":{\"conflicts\":\"sites\",\"ends\":[\"target\"]}}");
  }

  @Test
  void spec_withOtherValues_readsBack() throws Exception {
    FlowSpec other =
        FlowSpec.builder()
            .from(Endpoint.directory(Path.of("/a")))
            .to(Endpoint.directory(Path.of("/b")))
            .async(Duration.ofSeconds(7))
            .scanPause(Duration.ofMillis(250))
            .deleteGuard(new DeleteGuard(0, new Percent(2.5)))
            .build();
    assertThat(FlowSpecJson.decode("f", FlowSpecJson.encode(other))).isEqualTo(other);
    assertThat(other.toBuilder().build()).isEqualTo(other);
    FlowSpec sync =
        other.toBuilder()
            .to(Endpoint.at("burst", "data/b"))
            .sync(Duration.ofSeconds(30), FlowMode.Sync.OnTimeout.DEGRADE)
            .build();
    assertThat(FlowSpecJson.decode("f", FlowSpecJson.encode(sync))).isEqualTo(sync);
    assertThat(new String(FlowSpecJson.encode(sync), UTF_8))
        .contains(
            "\"target\":{\"site\":{\"site\":\"burst\",\"export\":\"data\",\"path\":\"62\"}},"
                + "\"mode\":{\"sync\":{\"timeout\":\"PT30S\",\"onTimeout\":\"DEGRADE\"}}");
  }

  private static final String SNAPSHOT =
      "{\"format\":0,\"source\":{\"snapshot\":{\"repository\":\"repo\",\"id\":\"0123456789abcdef\"}},"
          + "\"target\":{\"directory\":\"/data/job42\"},"
          + "\"mode\":{\"async\":{\"lagBound\":\"PT5M\"}},\"changelogUsers\":{},\"scanPause\":\"PT30S\","
          + "\"deleteGuard\":{\"entries\":1000,\"percent\":10.0}}";

  private static final String COPY = SNAPSHOT.replace("{\"snapshot\":", "{\"virtualCopy\":");

  @Test
  void specOfASnapshotOrACopy_isTheGoldenVector_andReadsBack() throws Exception {
    FlowSpec spec =
        FlowSpec.builder()
            .from(Endpoint.snapshot("repo", "0123456789abcdef"))
            .to(Endpoint.directory(Path.of("/data/job42")))
            .build();
    assertThat(new String(FlowSpecJson.encode(spec), UTF_8)).isEqualTo(SNAPSHOT);
    assertThat(FlowSpecJson.decode("f", SNAPSHOT.getBytes(UTF_8))).isEqualTo(spec);
    FlowSpec copy = spec.toBuilder().from(Endpoint.virtualCopy("repo", "0123456789abcdef")).build();
    assertThat(new String(FlowSpecJson.encode(copy), UTF_8)).isEqualTo(COPY);
    assertThat(FlowSpecJson.decode("f", COPY.getBytes(UTF_8))).isEqualTo(copy);
    for (String bad : List.of("0123456789ABCDEF", "latest", "0123456789abcde")) {
      assertThatThrownBy(
              () ->
                  FlowSpecJson.decode(
                      "f", SNAPSHOT.replace("0123456789abcdef", bad).getBytes(UTF_8)))
          .isInstanceOf(ProviderException.class);
    }
    assertThatThrownBy(() -> spec.toBuilder().changelogUser(0, "cl1").build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no path of a Lustre");
  }

  private static final String ACCESS =
      GOLDEN.replace(
          "{\"async\":{\"lagBound\":\"PT5M\"}}",
          "{\"access\":{\"lease\":\"PT5S\",\"cache\":10737418240,\"stale\":\"show\",\"writes\":\"none\"}}");

  @Test
  void specOfAccess_isTheGoldenVector_andReadsBack() throws Exception {
    FlowSpec access = spec().toBuilder().access().build();
    assertThat(new String(FlowSpecJson.encode(access), UTF_8)).isEqualTo(ACCESS);
    assertThat(FlowSpecJson.decode("f", ACCESS.getBytes(UTF_8))).isEqualTo(access);
    for (String[] bad :
        new String[][] {{"show", "perhaps"}, {"PT5S", "PT0S"}, {"10737418240", "16"}}) {
      assertThatThrownBy(
              () -> FlowSpecJson.decode("f", ACCESS.replace(bad[0], bad[1]).getBytes(UTF_8)))
          .isInstanceOf(ProviderException.class);
    }
  }

  @Test
  void specThatWritesBack_isTheGoldenVector_andReadsBack() throws Exception {
    FlowSpec back = spec().toBuilder().access(FlowMode.WriteBack.DEFAULT).build();
    String golden =
        ACCESS.replace(
            "\"none\"",
            "\"back\",\"back\":{\"delay\":\"PT2S\",\"unsent\":1073741824,\"room\":\"PT30S\"}");
    assertThat(new String(FlowSpecJson.encode(back), UTF_8)).isEqualTo(golden);
    assertThat(FlowSpecJson.decode("f", golden.getBytes(UTF_8))).isEqualTo(back);
    for (String[] bad :
        new String[][] {
          {"\"writes\":\"back\"", "\"writes\":\"through\""},
          {"PT2S", "PT-2S"},
          {"1073741824", "16"},
          {"\"room\"", "\"rooms\""}
        }) {
      assertThatThrownBy(
              () -> FlowSpecJson.decode("f", golden.replace(bad[0], bad[1]).getBytes(UTF_8)))
          .isInstanceOf(ProviderException.class);
    }
  }

  private static final String RATE =
      GOLDEN.substring(0, GOLDEN.length() - 1)
          + ",\"rate\":{\"zone\":\"Europe/Berlin\",\"otherwise\":52428800,\"windows\":["
          + "{\"days\":[\"MONDAY\",\"FRIDAY\"],\"from\":\"08:00\",\"to\":\"18:00\",\"rate\":0},"
          + "{\"days\":[\"SUNDAY\"],\"from\":\"22:30\",\"to\":\"02:00\"}]}}";

  @Test
  void specWithARate_isTheGoldenVector_andReadsBack() throws Exception {
    FlowRate rate =
        FlowRate.of(DataSize.ofMib(50))
            .at(
                Set.of(DayOfWeek.FRIDAY, DayOfWeek.MONDAY),
                LocalTime.of(8, 0),
                LocalTime.of(18, 0),
                DataSize.ZERO)
            .unlimitedAt(Set.of(DayOfWeek.SUNDAY), LocalTime.of(22, 30), LocalTime.of(2, 0))
            .in(ZoneId.of("Europe/Berlin"));
    FlowSpec limited = spec().toBuilder().rate(rate).build();
    assertThat(new String(FlowSpecJson.encode(limited), UTF_8)).isEqualTo(RATE);
    assertThat(FlowSpecJson.decode("f", RATE.getBytes(UTF_8))).isEqualTo(limited);
    FlowSpec simple = spec().toBuilder().rate(DataSize.ofMib(1)).build();
    assertThat(FlowSpecJson.decode("f", FlowSpecJson.encode(simple))).isEqualTo(simple);
    for (String[] bad :
        new String[][] {
          {"Europe/Berlin", "Europe/Nowhere"},
          {"52428800", "-1"},
          {"08:00", "25:00"},
          {"\"MONDAY\",\"FRIDAY\"", "\"MONDAY\",\"MONDAY\""},
          {"\"SUNDAY\"", ""},
          {"\"windows\"", "\"other\""}
        }) {
      assertThatThrownBy(
              () -> FlowSpecJson.decode("f", RATE.replace(bad[0], bad[1]).getBytes(UTF_8)))
          .isInstanceOf(ProviderException.class);
    }
  }

  private static final String PROTECTED =
      GOLDEN.substring(0, GOLDEN.length() - 1)
          + ",\"protection\":{\"repository\":\"repo\",\"cron\":\"0 3 * * *\",\"zone\":\"Z\"}}";

  @Test
  void specWithProtection_isTheGoldenVector_andReadsBack() throws Exception {
    FlowSpec nightly =
        spec().toBuilder()
            .protect(
                FlowProtection.into("repo").at(CronExpression.parse("0 3 * * *"), ZoneOffset.UTC))
            .build();
    assertThat(new String(FlowSpecJson.encode(nightly), UTF_8)).isEqualTo(PROTECTED);
    assertThat(FlowSpecJson.decode("f", PROTECTED.getBytes(UTF_8))).isEqualTo(nightly);
    FlowSpec atSwitches = spec().toBuilder().protect("repo").build();
    assertThat(FlowSpecJson.decode("f", FlowSpecJson.encode(atSwitches))).isEqualTo(atSwitches);
    assertThat(atSwitches.toBuilder().build()).isEqualTo(atSwitches);
    for (String[] bad :
        new String[][] {{"0 3 * * *", "often"}, {",\"zone\":\"Z\"", ""}, {"repository", "into"}}) {
      assertThatThrownBy(
              () -> FlowSpecJson.decode("f", PROTECTED.replace(bad[0], bad[1]).getBytes(UTF_8)))
          .isInstanceOf(ProviderException.class);
    }
  }

  @Test
  void sensitivePaths_areTheGoldenVector_andReadBack() throws Exception {
    FlowSpec sensitive = spec().toBuilder().access().sensitive("x/y").sensitive("/secret/").build();
    String golden =
        ACCESS.replace(
            ",\"changelogUsers\"", ",\"sensitive\":[\"secret\",\"x/y\"],\"changelogUsers\"");
    assertThat(new String(FlowSpecJson.encode(sensitive), UTF_8)).isEqualTo(golden);
    assertThat(FlowSpecJson.decode("f", golden.getBytes(UTF_8))).isEqualTo(sensitive);
    for (String bad : new String[] {"..", "a/./b"}) {
      assertThatThrownBy(
              () -> FlowSpecJson.decode("f", golden.replace("secret", bad).getBytes(UTF_8)))
          .isInstanceOf(ProviderException.class);
    }
  }

  @Test
  void spec_ofAnotherFormat_isRefusedByName() {
    byte[] newer = GOLDEN.replace("\"format\":0", "\"format\":1").getBytes(UTF_8);
    assertThatThrownBy(() -> FlowSpecJson.decode("job42", newer))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("job42");
  }

  @Tag("fuzz")
  @Property(tries = 5_000)
  void damagedSpec_isASpecThatReadsBack_orRefused(
      @ForAll @IntRange(max = 5000) int flip, @ForAll @IntRange(max = 600) int cut)
      throws Exception {
    String whole = List.of(GOLDEN, ACCESS, RATE, PROTECTED, SNAPSHOT, COPY).get(flip % 6);
    byte[] bytes = whole.substring(0, Math.min(cut + 1, whole.length())).getBytes(UTF_8);
    bytes[flip / 8 % bytes.length] ^= (byte) (1 << flip % 8);
    try {
      FlowSpec read = FlowSpecJson.decode("f", bytes);
      assertThat(FlowSpecJson.decode("f", FlowSpecJson.encode(read))).isEqualTo(read);
    } catch (ProviderException e) {
      assertThat(e).hasMessageContaining("f");
    }
  }
}
