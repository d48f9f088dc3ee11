// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Endpoint;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.path.PathBytes;
import io.kmesh.snapshots.ConflictRule;
import io.kmesh.snapshots.ReverseSyncReport;
import io.kmesh.snapshots.SnapshotProblem;
import io.kmesh.snapshots.VirtualCopyChange;
import io.kmesh.snapshots.VirtualCopyConflict;
import io.kmesh.snapshots.VirtualCopyDeletion;
import io.kmesh.snapshots.VirtualCopyRefresh;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The JSON of what operations on virtual copies are asked and report. */
class CopyReportsTest {
  private static final VirtualCopyConflict CONFLICT =
      new VirtualCopyConflict(
          VirtualCopyConflict.Kind.CHANGED_AND_REMOVED,
          PathBytes.of("d/f"),
          new VirtualCopyConflict.Side(
              FileType.REGULAR, 0640, 7, 8, DataSize.ofBytes(9), new FileTime(-1, 2)),
          null,
          null,
          VirtualCopyConflict.Result.THEIRS);

  private static final String CONFLICT_TEXT =
      """
      {"kind":"CHANGED_AND_REMOVED","path":"642f66","before":{"type":"REGULAR","mode":416,\
      "uid":7,"gid":8,"size":9,"seconds":-1,"nanos":2},"result":"THEIRS"}""";

  private static <T> void assertGolden(ReportCodec<T> codec, T report, String text)
      throws IOException {
    byte[] bytes = SpecJson.encode(codec.encode(report));
    assertThat(new String(bytes, StandardCharsets.UTF_8)).isEqualTo(text);
    assertThat(codec.decode(SpecJson.tree(bytes))).isEqualTo(report);
    ObjectNode newer = codec.encode(report).put("format", 1);
    assertThatThrownBy(() -> codec.decode(newer))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID));
    assertThatThrownBy(
            () -> codec.decode(SpecJson.tree("{\"format\":0}".getBytes(StandardCharsets.UTF_8))))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT));
  }

  @Test
  void refresh_written_isTheGoldenText() throws IOException {
    assertGolden(
        CopyReports.REFRESH,
        new VirtualCopyRefresh(
            "0123456789abcdef",
            "fedcba9876543210",
            2,
            List.of(
                new VirtualCopyChange(
                    VirtualCopyChange.Kind.RENAMED, PathBytes.of("b"), PathBytes.of("a")),
                new VirtualCopyChange(VirtualCopyChange.Kind.ADDED, PathBytes.of("c"), null)),
            1,
            List.of(CONFLICT),
            DataSize.ofBytes(5),
            7,
            List.of(new SnapshotProblem(PathBytes.of("x"), "why"))),
        "{\"format\":0,\"before\":\"0123456789abcdef\",\"now\":\"fedcba9876543210\",\"kept\":2,"
            + "\"keptDetails\":[{\"kind\":\"RENAMED\",\"path\":\"62\",\"base\":\"61\"},"
            + "{\"kind\":\"ADDED\",\"path\":\"63\"}],\"conflicts\":1,\"conflictDetails\":["
            + CONFLICT_TEXT
            + "],\"copied\":5,\"leftOut\":7,"
            + "\"leftOutDetails\":[{\"path\":\"78\",\"reason\":\"why\"}]}");
  }

  @Test
  void reverseSyncAndDeletion_written_areTheGoldenTexts() throws IOException {
    assertGolden(
        CopyReports.REVERSE_SYNC,
        new ReverseSyncReport(
            new Endpoint.LustrePath("lab", PathBytes.of("job")),
            3,
            DataSize.ofBytes(4),
            1,
            List.of(CONFLICT),
            1,
            List.of(new SnapshotProblem(PathBytes.of("x"), "why"))),
        "{\"format\":0,\"target\":{\"lustre\":{\"cluster\":\"lab\",\"path\":\"6a6f62\"}},"
            + "\"steps\":3,\"moved\":4,\"conflicts\":1,\"conflictDetails\":["
            + CONFLICT_TEXT
            + "],\"problems\":1,\"details\":[{\"path\":\"78\",\"reason\":\"why\"}]}");
    assertGolden(
        CopyReports.DELETION,
        new VirtualCopyDeletion("0123456789abcdef", DataSize.ofBytes(6)),
        "{\"format\":0,\"id\":\"0123456789abcdef\",\"freed\":6}");
  }

  @Test
  void reverseSyncSpec_written_isTheGoldenText() {
    CopyFacts copy =
        new CopyFacts(
            "repo",
            "0123456789abcdef",
            "what-if",
            "fedcba9876543210",
            Instant.ofEpochSecond(1),
            "host",
            Endpoint.directory(Path.of("/copies/what-if")),
            300);
    ReverseSyncTask.Spec spec =
        new ReverseSyncTask.Spec(
            copy, Endpoint.directory(Path.of("/data")), ConflictRule.BOTH, "plan-1");
    ObjectNode json = spec.write();
    assertThat(new String(SpecJson.encode(json), StandardCharsets.UTF_8))
        .isEqualTo(
            "{\"format\":0,\"repository\":\"repo\",\"sync\":{\"format\":0,\"copy\":{"
                + "\"repository\":\"repo\",\"id\":\"0123456789abcdef\",\"name\":\"what-if\","
                + "\"snapshot\":\"fedcba9876543210\",\"created\":\"1970-01-01T00:00:01Z\","
                + "\"host\":\"host\",\"target\":{\"directory\":\"/copies/what-if\"},"
                + "\"rootBytes\":300},"
                + "\"target\":{\"directory\":\"/data\"},\"rule\":\"BOTH\",\"plan\":\"plan-1\"}}");
    assertThat(ReverseSyncTask.Spec.read(json.path("sync"))).isEqualTo(spec);
    assertThat(ReverseSyncTask.plan(json)).isEqualTo("plan-1");
  }
}
