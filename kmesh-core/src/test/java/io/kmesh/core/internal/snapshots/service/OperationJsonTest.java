// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Endpoint;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.core.internal.snapshots.OpenSnapshot;
import io.kmesh.core.internal.snapshots.RestoreFingerprint;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.path.PathBytes;
import io.kmesh.snapshots.Caller;
import io.kmesh.snapshots.ConflictRule;
import io.kmesh.snapshots.RestoreSpec;
import io.kmesh.snapshots.RetentionPolicy;
import io.kmesh.snapshots.Schedule;
import io.kmesh.snapshots.SnapshotCutSpec;
import io.kmesh.snapshots.SnapshotPolicy;
import io.kmesh.snapshots.SnapshotSpec;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/**
 * The JSON of operations on snapshots, copies and repositories, and the records that they keep: the
 * golden vectors of docs/format/operations.md, and what is none of it.
 */
class OperationJsonTest {
  private static final CopyFacts COPY =
      new CopyFacts(
          "repo",
          "0123456789abcdef",
          "what-if",
          "fedcba9876543210",
          Instant.ofEpochSecond(1),
          "lab",
          new Endpoint.LustrePath("lab", PathBytes.of("copy")),
          300);

  private static final String COPY_TEXT =
      """
      {"repository":"repo","id":"0123456789abcdef","name":"what-if",\
      "snapshot":"fedcba9876543210","created":"1970-01-01T00:00:01Z","host":"lab",\
      "target":{"lustre":{"cluster":"lab","path":"636f7079"}},"rootBytes":300}""";

  private static final String CREATE =
      """
      {"format":0,"repository":"repo","id":"0123456789abcdef","name":"what-if",\
      "snapshot":"fedcba9876543210",\
      "target":{"lustre":{"cluster":"lab","path":"636f7079"}},"archive":2}""";

  private static final String REFRESH =
      "{\"format\":0,\"repository\":\"repo\",\"copy\":"
          + COPY_TEXT
          + ",\"id\":\"r1\",\"snapshot\":\"00000000000000aa\",\"rule\":\"BOTH\"}";

  private static final String DELETE =
      "{\"format\":0,\"repository\":\"repo\",\"copy\":" + COPY_TEXT + "}";

  private static final String SYNC =
      "{\"format\":0,\"repository\":\"repo\",\"sync\":{\"format\":0,\"copy\":"
          + COPY_TEXT
          + ",\"target\":{\"directory\":\"/data\"},\"rule\":\"SKIP\",\"plan\":\"p1\"}}";

  private static final String REFRESHED =
      """
      {"format":0,"before":"0123456789abcdef","now":"fedcba9876543210","kept":1,\
      "keptDetails":[{"kind":"RENAMED","path":"62","base":"61"}],"conflicts":1,\
      "conflictDetails":[{"kind":"BOTH_CHANGED","path":"642f66","before":{"type":"REGULAR",\
      "mode":416,"uid":7,"gid":8,"size":9,"seconds":-1,"nanos":2},"result":"THEIRS"}],"copied":5,\
      "leftOut":1,"leftOutDetails":[{"path":"78","reason":"why"}]}""";

  private static final String TAKEN =
      """
      "repository":"repo","id":"0123456789abcdef","name":"nightly",\
      "time":"1970-01-01T00:00:01Z","source":"lab:/job","host":"lab","tags":{"job":"42"},\
      "holds":{"paper":"figure 3"},"files":1,"directories":2,"others":3,"bytes":4,"stored":5,\
      "problems":0,"details":[],"access":[{"kind":"USER","name":"alice","path":"78"}],\
      "cut":"fedcba9876543210","scanReason":"why"}""";

  private static final String CUT =
      "{\"format\":0,\"id\":\"fedcba9876543210\",\"snapshots\":[{" + TAKEN + "]}";

  private static final String RUN =
      "{\"format\":0,\"policy\":\"nightly\",\"due\":\"1970-01-01T00:00:02Z\",\"snapshot\":{"
          + TAKEN
          + ",\"forgotten\":[\"00000000000000aa\"]}";

  private static final String TAKE_SPEC =
      """
      {"format":0,"repository":"repo","id":"0123456789abcdef","name":"nightly","snapshot":\
      {"format":0,"source":{"directory":"/data"},"repository":"repo","tags":{},"excludes":[],\
      "holds":{},"reading":"CHANGED"}}""";

  private static final String CUT_SPEC =
      """
      {"format":0,"id":"fedcba9876543210","name":"both","ids":["0123456789abcdef"],"cut":\
      {"format":0,"sites":[{"format":0,"source":{"directory":"/data"},"repository":"repo",\
      "tags":{},"excludes":[],"holds":{},"reading":"CHANGED"}],"hooks":["db"],\
      "hookDeadline":"PT30S","frozenDeadline":"PT2M"}}""";

  private static final String RESTORE_SPEC =
      """
      {"format":0,"repository":"repo","snapshot":"0123456789abcdef","restore":\
      {"format":0,"path":"64","target":{"directory":"/out"},"placement":"INTO",\
      "existing":"REFUSE"},"caller":{"user":"alice","groups":["lab"],"application":"portal"},\
      "id":"p1","planned":true}""";

  private static final String RUN_SPEC =
      """
      {"format":0,"repository":"repo","id":"0123456789abcdef","name":"nightly","snapshot":\
      {"format":0,"source":{"directory":"/data"},"repository":"repo",\
      "tags":{"kmesh.policy":"nightly"},"excludes":[],"holds":{},"reading":"CHANGED"},\
      "policy":"nightly","due":"1970-01-01T00:00:02Z",\
      "retention":{"format":0,"daily":7,"zone":"Z"}}""";

  /** Snapshots that are only read and written do nothing. */
  private static final class NoMeans implements SnapshotMeans {
    @Override
    public SnapshotParts parts() {
      throw new UnsupportedOperationException();
    }

    @Override
    public RestorePlans plans() {
      throw new UnsupportedOperationException();
    }

    @Override
    public RepositoryTasks repositoryTasks() {
      throw new UnsupportedOperationException();
    }

    @Override
    public FileSystem fileSystem(OpenSnapshot snapshot, String repository) {
      throw new UnsupportedOperationException();
    }
  }

  private static CopyFacts read(JsonNode json) {
    return CopyFacts.read(json);
  }

  private static final ReportCodec<CopyFacts> COPIES =
      new ReportCodec<>(CopyFacts.class, (json, copy) -> copy.write(json), OperationJsonTest::read);

  private static final ReportCodec<SnapshotFacts> SNAPSHOTS =
      new ReportCodec<>(
          SnapshotFacts.class, (json, taken) -> taken.write(json), SnapshotFacts::read);

  /** Results: their golden texts, and what reads and writes them. */
  private static final Map<String, ReportCodec<?>> RESULTS = results();

  private static Map<String, ReportCodec<?>> results() {
    Map<String, ReportCodec<?>> all = new LinkedHashMap<>();
    all.put("{\"format\":0," + COPY_TEXT.substring(1), COPIES);
    all.put(REFRESHED, CopyReports.REFRESH);
    all.put(
        """
        {"format":0,"target":{"directory":"/data"},"steps":3,"moved":4,"conflicts":0,\
        "problems":1,"details":[{"path":"78","reason":"why"}]}""",
        CopyReports.REVERSE_SYNC);
    all.put("{\"format\":0,\"id\":\"0123456789abcdef\",\"freed\":6}", CopyReports.DELETION);
    all.put(
        """
        {"format":0,"repository":"repo","id":"0123456789abcdef","name":"nightly",\
        "time":"1970-01-01T00:00:01Z","source":"lab:/job","host":"lab","tags":{"job":"42"},\
        "holds":{},"files":1,"directories":2,"others":3,"bytes":4,"stored":-1,"problems":1,\
        "details":[{"path":"78","reason":"why"}]}""",
        SNAPSHOTS);
    SnapshotReports reports = new SnapshotReports(new NoMeans());
    all.put("{\"format\":0," + TAKEN, reports.snapshot());
    all.put(CUT, reports.cut());
    all.put(RUN, reports.policyRun());
    all.put(
        """
        {"format":0,"files":1,"directories":2,"others":3,"bytes":4,"writtenFiles":5,\
        "writtenBytes":6,"problems":1,"details":[{"path":"78","reason":"why"}]}""",
        RestoreReports.CODEC);
    all.put(
        """
        {"format":0,"roots":1,"packs":2,"framesRead":3,"framesInAll":4,"bytesRead":5,\
        "damages":["a"],"affected":["b"]}""",
        RepositoryReports.CHECK);
    all.put(
        """
        {"format":0,"packs":1,"packBytes":2,"deadPacks":3,"deadBytes":4,"rewrittenPacks":5,\
        "rewrittenBytes":6,"deletedPacks":7,"deletedBytes":8,"waitingPacks":9,"orphans":10,\
        "orphanBytes":11,"openSessions":12}""",
        RepositoryReports.PRUNE);
    all.put(
        "{\"format\":0,\"packs\":1,\"chunks\":2,\"foundSnapshots\":[\"a\"],\"damages\":[\"b\"]}",
        RepositoryReports.REPAIR);
    all.put("{\"format\":0,\"copied\":3,\"unchanged\":1,\"stored\":2}", RepositoryReports.COPY);
    return all;
  }

  private static String text(ObjectNode json) {
    return new String(SpecJson.encode(json), StandardCharsets.UTF_8);
  }

  private static ObjectNode tree(String text) throws IOException {
    return (ObjectNode) SpecJson.tree(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void specifications_written_areTheGoldenTexts() throws IOException {
    assertThat(
            text(
                CopyTasks.createSpec(
                        "repo",
                        "what-if",
                        COPY.snapshot(),
                        COPY.target(),
                        Optional.of(ArchiveId.of(2)))
                    .put("id", COPY.id())))
        .isEqualTo(CREATE);
    assertThat(
            text(
                CopyTasks.refreshSpec(COPY, "00000000000000aa", ConflictRule.BOTH).put("id", "r1")))
        .isEqualTo(REFRESH);
    assertThat(text(CopyTasks.deleteSpec(COPY))).isEqualTo(DELETE);
    ReverseSyncTask.Spec sync = ReverseSyncTask.Spec.read(tree(SYNC).path("sync"));
    assertThat(sync.copy()).isEqualTo(COPY);
    assertThat(text(sync.write())).isEqualTo(SYNC);
  }

  @Test
  void specificationsOfSnapshots_written_areTheGoldenTexts() {
    SnapshotSpec data = SnapshotSpec.of(Endpoint.directory(Path.of("/data"))).into("repo").build();
    assertThat(text(TakeTask.spec("nightly", "repo", data).put("id", COPY.id())))
        .isEqualTo(TAKE_SPEC);
    ObjectNode cut =
        CutTask.spec("both", SnapshotCutSpec.builder().site(data).hook("db").build())
            .put("id", COPY.snapshot());
    ((ArrayNode) cut.path("ids")).set(0, COPY.id());
    assertThat(text(cut)).isEqualTo(CUT_SPEC);
    RestoreSpec restore =
        RestoreSpec.builder().path("d").to(Endpoint.directory(Path.of("/out"))).build();
    Caller alice = new Caller("alice", Set.of("lab"), "portal");
    assertThat(text(RestoreSnapshotTask.planned("repo", COPY.id(), restore, alice, "p1")))
        .isEqualTo(RESTORE_SPEC);
    SnapshotPolicy policy =
        SnapshotPolicy.builder("nightly")
            .of(Endpoint.directory(Path.of("/data")))
            .schedule(Schedule.daily(LocalTime.of(2, 30)).in(ZoneOffset.UTC))
            .retention(RetentionPolicy.builder().daily(7).in(ZoneOffset.UTC).build())
            .build();
    assertThat(
            text(PolicyRunTask.spec("repo", policy, Instant.ofEpochSecond(2)).put("id", COPY.id())))
        .isEqualTo(RUN_SPEC);
  }

  @Test
  void results_readAndWritten_areTheGoldenTexts() throws IOException {
    for (Map.Entry<String, ReportCodec<?>> result : RESULTS.entrySet()) {
      assertThat(again(result.getValue(), tree(result.getKey()))).isEqualTo(result.getKey());
    }
  }

  private static <T> String again(ReportCodec<T> codec, JsonNode json) throws IOException {
    return text(codec.encode(codec.decode(json)));
  }

  /** A text with one byte changed, or cut. */
  private static byte[] damaged(String text, int at, byte value, int length) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    bytes[at % bytes.length] = value;
    return length % 4 == 0 ? Arrays.copyOf(bytes, length % bytes.length) : bytes;
  }

  private interface Reading {
    Object read(JsonNode json) throws IOException;
  }

  /**
   * What is no JSON any more the journal of operations finds damaged; all else is a value or not.
   */
  private static void readsOrRefuses(byte[] bytes, Reading reading) throws IOException {
    JsonNode json;
    try {
      json = SpecJson.tree(bytes);
    } catch (JsonProcessingException e) {
      return;
    }
    try {
      assertThat(reading.read(json)).isNotNull();
    } catch (ProviderException e) {
      assertThat(e.kind()).isIn(ErrorKind.CORRUPT, ErrorKind.INVALID);
    }
  }

  @Tag("fuzz")
  @Property(tries = 4_000)
  void result_damagedAnywhere_isAValue_orDamage(
      @ForAll @IntRange(max = 20) int which,
      @ForAll @IntRange(max = 500) int at,
      @ForAll byte value,
      @ForAll @IntRange(max = 400) int length)
      throws IOException {
    String text = List.copyOf(RESULTS.keySet()).get(which % RESULTS.size());
    ReportCodec<?> codec = RESULTS.get(text);
    readsOrRefuses(damaged(text, at, value, length), json -> again(codec, json));
  }

  @Tag("fuzz")
  @Property(tries = 3_000)
  void specification_damagedAnywhere_isAValue_orDamage(
      @ForAll @IntRange(max = 2) int which,
      @ForAll @IntRange(max = 500) int at,
      @ForAll byte value,
      @ForAll @IntRange(max = 400) int length)
      throws IOException {
    String text = List.of(CREATE, REFRESH, SYNC).get(which);
    Reading reading =
        switch (which) {
          case 0 -> json -> CopyTasks.read(() -> CopyTasks.target(json));
          case 1 -> json -> CopyTasks.facts(json);
          default ->
              json ->
                  CopyTasks.read(() -> ReverseSyncTask.Spec.read(SpecJson.required(json, "sync")));
        };
    readsOrRefuses(damaged(text, at, value, length), reading);
  }

  /** What a plan of a restore keeps of what it would replace. */
  @Test
  void fingerprints_areTheGoldenNumbers() {
    FileTime time = new FileTime(5, 6);
    FileStat stat = new FileStat(FileType.REGULAR, 0644, 1, 2, 3, 8, 1, 44, 9, 0, time, time, time);
    PathBytes path = PathBytes.of("d/f");
    assertThat(RestoreFingerprint.of(path, stat))
        .isEqualTo(new RestoreFingerprint(path, 0x3c8e06198a086ad7L));
    assertThat(RestoreFingerprint.ofMissing(path)).isEqualTo(0xdda053fb23b39a3aL);
  }

  @Tag("fuzz")
  @Property(tries = 1_000)
  void refreshRecord_damagedAnywhere_isAValue_orDamage(
      @ForAll @IntRange(max = 500) int at,
      @ForAll byte value,
      @ForAll @IntRange(max = 400) int length)
      throws IOException {
    try (MemoryState state = MemoryState.create(ManualTime.create())) {
      put(state, "copy.refresh-report", "r1", damaged(REFRESHED, at, value, length));
      try {
        assertThat(new RefreshRecords(state).find("r1")).isPresent();
      } catch (ProviderException e) {
        assertThat(e.kind()).isIn(ErrorKind.CORRUPT, ErrorKind.INVALID);
      }
    }
  }

  @Tag("fuzz")
  @Property(tries = 300)
  void planRecord_ofAnyBytes_isAPlan_orDamage(@ForAll @Size(max = 40) byte[] bytes)
      throws IOException {
    try (MemoryState state = MemoryState.create(ManualTime.create())) {
      put(state, "plan", "p1/00000000", bytes);
      try {
        long[] planned = new PlanRecords(state, "plan", "begun").planned("p1");
        long[] expected = new long[bytes.length / 8];
        ByteBuffer.wrap(bytes).asLongBuffer().get(expected);
        Arrays.sort(expected);
        assertThat(planned).isEqualTo(expected);
      } catch (ProviderException e) {
        assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT);
        assertThat(bytes.length % 8).isNotZero();
      }
    }
  }

  /** A plan of three parts, as docs/format/operations.md has it. */
  @Test
  void planRecord_written_isTheGoldenBytes() throws IOException {
    try (MemoryState state = MemoryState.create(ManualTime.create())) {
      PlanRecords plans = new PlanRecords(state, "copy.sync-plan", "copy.sync-begun");
      plans.keep("p1", new long[] {3, -1, 0x0102030405060708L});
      assertThat(state.find(new RecordKey("copy.sync-plan", "p1/00000000")).orElseThrow().payload())
          .asHexString()
          .isEqualTo("0000000000000003FFFFFFFFFFFFFFFF0102030405060708");
      assertThat(plans.planned("p1")).containsExactly(-1, 3, 0x0102030405060708L);
    }
  }

  private static void put(MemoryState state, String kind, String id, byte[] payload)
      throws IOException {
    state.apply(
        List.of(new StateChange.Put(new RecordKey(kind, id), "", 0, payload, StateChange.ABSENT)));
  }
}
