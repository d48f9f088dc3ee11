// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Endpoint;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.path.PathBytes;
import io.kmesh.snapshots.AccessRule;
import io.kmesh.snapshots.RestoreSpec;
import io.kmesh.snapshots.SnapshotCutSpec;
import io.kmesh.snapshots.SnapshotSpec;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SnapshotSpecJsonTest {
  private static final SnapshotSpec TAKE =
      SnapshotSpec.of(new Endpoint.LustrePath("lab", PathBytes.of("/job42")))
          .into("repo")
          .tag("done")
          .tag("job", "42")
          .exclude("*.tmp")
          .hold("paper", "figure 3")
          .build();

  /** The golden vector of docs/format/snapshot-spec.md. */
  private static final String TAKE_TEXT =
      """
      {"format":0,"source":{"lustre":{"cluster":"lab","path":"6a6f623432"}},"repository":"repo",\
      "tags":{"done":"","job":"42"},"excludes":["*.tmp"],"holds":{"paper":"figure 3"},\
      "reading":"CHANGED"}""";

  private static final SnapshotSpec BY_CHANGELOG =
      SnapshotSpec.of(new Endpoint.LustrePath("lab", PathBytes.of("/job42")))
          .changelogUser(1, "cl2-kmesh")
          .changelogUser(0, "cl1")
          .build();

  private static final String BY_CHANGELOG_TEXT =
      """
      {"format":0,"source":{"lustre":{"cluster":"lab","path":"6a6f623432"}},"tags":{},\
      "excludes":[],"holds":{},"reading":"CHANGED","changelogUsers":{"0":"cl1","1":"cl2-kmesh"}}""";

  private static final SnapshotSpec RULED =
      SnapshotSpec.of(Endpoint.directory(Path.of("/data")))
          .allow(AccessRule.parse("user:alice:/results/**"))
          .allow(AccessRule.parse("group:lab:/"))
          .build();

  private static final String RULED_TEXT =
      """
      {"format":0,"source":{"directory":"/data"},"tags":{},"excludes":[],"holds":{},\
      "reading":"CHANGED","access":[{"kind":"USER","name":"alice","path":"726573756c7473"},\
      {"kind":"GROUP","name":"lab","path":""}]}""";

  private static final SnapshotCutSpec CUT =
      SnapshotCutSpec.builder()
          .site(Endpoint.directory(Path.of("/db")), s -> s.into("repo"))
          .site(BY_CHANGELOG)
          .hook("db")
          .hookDeadline(Duration.ofSeconds(5))
          .build();

  private static final String CUT_TEXT =
      """
      {"format":0,"sites":[{"format":0,"source":{"directory":"/db"},"repository":"repo",\
      "tags":{},"excludes":[],"holds":{},"reading":"CHANGED"},"""
          + BY_CHANGELOG_TEXT
          + "],\"hooks\":[\"db\"],\"hookDeadline\":\"PT5S\",\"frozenDeadline\":\"PT2M\"}";

  private static final RestoreSpec RESTORE =
      RestoreSpec.builder().path("out/f").inPlace(Endpoint.directory(Path.of("/data/x"))).build();

  private static final String RESTORE_TEXT =
      """
      {"format":0,"path":"6f75742f66","target":{"directory":"/data/x"},"placement":"IN_PLACE",\
      "existing":"REPLACE"}""";

  @Test
  void write_theGoldenSpecs_areTheGoldenBytes() throws IOException {
    assertThat(text(SpecJson.encode(SnapshotSpecJson.write(TAKE)))).isEqualTo(TAKE_TEXT);
    assertThat(text(SpecJson.encode(SnapshotSpecJson.write(RESTORE)))).isEqualTo(RESTORE_TEXT);
    assertThat(SnapshotSpecJson.decodeTake("it", bytes(TAKE_TEXT))).isEqualTo(TAKE);
    assertThat(SnapshotSpecJson.decodeRestore("it", bytes(RESTORE_TEXT))).isEqualTo(RESTORE);
    assertThat(text(SpecJson.encode(SnapshotSpecJson.write(BY_CHANGELOG))))
        .isEqualTo(BY_CHANGELOG_TEXT);
    assertThat(SnapshotSpecJson.decodeTake("it", bytes(BY_CHANGELOG_TEXT))).isEqualTo(BY_CHANGELOG);
    assertThat(BY_CHANGELOG.toBuilder().build()).isEqualTo(BY_CHANGELOG);
    assertThat(text(SpecJson.encode(SnapshotSpecJson.write(RULED)))).isEqualTo(RULED_TEXT);
    assertThat(SnapshotSpecJson.decodeTake("it", bytes(RULED_TEXT))).isEqualTo(RULED);
    assertThat(RULED.toBuilder().build()).isEqualTo(RULED);
    assertThat(text(SpecJson.encode(SnapshotSpecJson.write(CUT)))).isEqualTo(CUT_TEXT);
    assertThat(SnapshotSpecJson.decodeCut("it", bytes(CUT_TEXT))).isEqualTo(CUT);
    assertThat(CUT.toBuilder().build()).isEqualTo(CUT);
    assertThat(TAKE.toBuilder().build()).isEqualTo(TAKE);
    assertThat(RESTORE.toBuilder().build()).isEqualTo(RESTORE);
  }

  @Test
  void decode_anotherFormatOrField_isRefused() {
    assertThatThrownBy(
            () -> SnapshotSpecJson.decodeTake("it", bytes(TAKE_TEXT.replace(":0,", ":1,"))))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID));
    assertThatThrownBy(
            () -> SnapshotSpecJson.decodeTake("it", bytes(TAKE_TEXT.replace("tags", "tugs"))))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID))
        .hasMessageContaining("Use the Kmesh release that wrote it");
    for (String users :
        new String[] {"{\"-1\":\"cl1\"}", "{\"0\":\"a\",\"00\":\"b\"}", "{\"x\":\"b\"}"}) {
      assertThatThrownBy(
              () ->
                  SnapshotSpecJson.decodeTake(
                      "it",
                      bytes(
                          BY_CHANGELOG_TEXT.replace("{\"0\":\"cl1\",\"1\":\"cl2-kmesh\"}", users))))
          .isInstanceOfSatisfying(
              ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT));
    }
  }

  @Tag("fuzz")
  @Property(tries = 2_000)
  void decode_damagedAnywhere_isASpec_orDamage(
      @ForAll @IntRange(max = 600) int at, @ForAll byte value, @ForAll @IntRange(max = 4) int which)
      throws IOException {
    byte[] damaged =
        bytes(List.of(TAKE_TEXT, BY_CHANGELOG_TEXT, CUT_TEXT, RESTORE_TEXT, RULED_TEXT).get(which));
    damaged[at % damaged.length] = value;
    try {
      switch (which) {
        case 2 -> assertThat(SnapshotSpecJson.decodeCut("it", damaged).sites()).isNotEmpty();
        case 3 -> assertThat(SnapshotSpecJson.decodeRestore("it", damaged).target()).isNotNull();
        default -> assertThat(SnapshotSpecJson.decodeTake("it", damaged).source()).isNotNull();
      }
    } catch (ProviderException e) {
      assertThat(e.kind()).isIn(ErrorKind.CORRUPT, ErrorKind.INVALID);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
