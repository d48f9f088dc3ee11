// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.KmeshException;
import io.kmesh.SpecConflictException;
import io.kmesh.path.PathBytes;
import io.kmesh.repository.Credential;
import io.kmesh.snapshots.MissedRuns;
import io.kmesh.snapshots.RetentionPolicy;
import io.kmesh.snapshots.Schedule;
import io.kmesh.snapshots.Snapshot;
import io.kmesh.snapshots.SnapshotPolicy;
import io.kmesh.snapshots.SnapshotPolicyRun;
import io.kmesh.snapshots.SnapshotPolicyStatus.Outcome;
import io.kmesh.snapshots.SnapshotPolicyStatus.Run;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.testkit.key.MemoryKeys;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Policies by the API: real runs, and their stored forms. */
class SnapshotPolicyTest {
  private static final SnapshotPolicy GOLDEN =
      SnapshotPolicy.builder("nightly")
          .of(new Endpoint.LustrePath("lab", PathBytes.of("/job42")))
          .into("repo")
          .schedule(Schedule.daily(LocalTime.of(2, 30)))
          .missedRuns(MissedRuns.skip())
          .retention(RetentionPolicy.builder().daily(7).build())
          .build();

  /** The golden vector of docs/format/snapshot-policy.md. */
  private static final String TEXT =
      """
      {"format":0,"name":"nightly","snapshot":{"format":0,"source":{"lustre":{"cluster":"lab",\
      "path":"6a6f623432"}},"repository":"repo","tags":{},"excludes":[],"holds":{},\
      "reading":"CHANGED"},"schedule":{"format":0,"at":{"daily":{"time":"02:30"}},"zone":"Z",\
      "missed":{"skip":"PT5M"}},"retention":{"format":0,"daily":7,"zone":"Z"}}""";

  private static final String STANDING =
      """
      {"format":0,"covered":"2026-03-28T01:30:00Z","mode":"ACTIVE","missed":2,"last":\
      {"due":"2026-03-28T01:30:00Z","operation":"01j","outcome":"FAILED","error":"why"}}""";

  private final ManualTime time = ManualTime.startingAt(Instant.parse("2096-03-27T12:10:00Z"));
  private final MemoryState state = MemoryState.create(time);
  private final MemoryStore store = MemoryStore.create();
  private final MemoryKeys keys = new MemoryKeys();
  private Kmesh kmesh;
  private Path source;
  @TempDir Path directory;

  @BeforeEach
  void open() throws IOException {
    keys.make("site");
    kmesh = openKmesh();
    kmesh.repositories().init("repo");
    source = Files.createDirectory(directory.resolve("source"));
    Files.writeString(source.resolve("f"), "content");
  }

  private Kmesh openKmesh() {
    return Kmesh.builder()
        .state(state)
        .time(time)
        .repository("repo", store, Credential.key(keys, "site"))
        .build();
  }

  @AfterEach
  void close() throws IOException {
    kmesh.close();
    state.close();
    store.close();
    keys.close();
  }

  private Consumer<SnapshotPolicy.Builder> hourly(Path of) {
    return p ->
        p.of(Endpoint.directory(of))
            .into("repo")
            .tag("by", "test")
            .schedule(Schedule.hourly(0))
            .retention(RetentionPolicy.builder().last(2).build());
  }

  /** Moves to an hour, and waits in real time for its run. */
  private Run runOf(Instant due, Outcome outcome) throws InterruptedException {
    time.advance(Duration.between(time.now(), due.plusSeconds(90)));
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (true) {
      var last = kmesh.snapshots().policies().status("nightly").lastRun();
      if (last.isPresent() && last.get().due().equals(due) && last.get().outcome() == outcome) {
        return last.get();
      }
      assertThat(System.nanoTime()).as("still " + last).isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(2);
    }
  }

  @Test
  void ensure_runsByTheHourAndKeepsItsOwnTwoNewest() throws Exception {
    kmesh.snapshots().ensure("nightly", hourly(source));
    Snapshot byHand =
        kmesh.snapshots().take("mine", Endpoint.directory(source), s -> s.into("repo")).await();
    Instant first = Instant.parse("2096-03-27T13:00:00Z");
    for (int hour = 0; hour < 3; hour++) {
      Run run = runOf(first.plus(Duration.ofHours(hour)), Outcome.SUCCEEDED);
      SnapshotPolicyRun done =
          kmesh.operations().find(run.operation(), SnapshotPolicyRun.class).orElseThrow().await();
      assertThat(done.snapshot().tags())
          .containsEntry(SnapshotPolicy.TAG, "nightly")
          .containsEntry("by", "test");
      assertThat(done.forgotten()).hasSize(hour == 2 ? 1 : 0);
      if (hour == 1) {
        kmesh.close();
        kmesh = openKmesh();
      }
    }
    assertThat(kmesh.snapshots().list(q -> q.named("nightly"))).hasSize(2);
    assertThat(kmesh.snapshots().find("repo", byHand.id())).isPresent();
    kmesh.snapshots().policies().delete("nightly");
    assertThat(kmesh.snapshots().policies().list()).isEmpty();
    assertThatThrownBy(() -> kmesh.snapshots().policies().status("nightly"))
        .isInstanceOfSatisfying(
            KmeshException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND));
  }

  @Test
  void run_thatFails_saysWhyAndTheNextIsTried() throws Exception {
    Path late = directory.resolve("late");
    kmesh.snapshots().ensure("nightly", hourly(late));
    assertThat(runOf(Instant.parse("2096-03-27T13:00:00Z"), Outcome.FAILED).error().orElseThrow())
        .contains("ENOENT");
    Files.createDirectory(late);
    runOf(Instant.parse("2096-03-27T14:00:00Z"), Outcome.SUCCEEDED);
  }

  @Test
  void ensure_again_givesTheSameOrSaysWhatDiffers() {
    SnapshotPolicy policy = kmesh.snapshots().ensure("nightly", hourly(source));
    assertThat(kmesh.snapshots().ensure("nightly", hourly(source))).isEqualTo(policy);
    assertThat(kmesh.snapshots().policies().find("nightly")).contains(policy);
    assertThatThrownBy(
            () ->
                kmesh
                    .snapshots()
                    .ensure("nightly", hourly(source).andThen(p -> p.exclude("*.tmp"))))
        .isInstanceOfSatisfying(
            SpecConflictException.class,
            e -> assertThat(e.fields()).containsExactly("snapshot.excludes"));
    assertThatThrownBy(
            () -> kmesh.snapshots().ensure("other", hourly(source).andThen(p -> p.into("none"))))
        .isInstanceOfSatisfying(
            KmeshException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND));
    SnapshotPolicy changed = policy.toBuilder().schedule(Schedule.hourly(30)).build();
    kmesh.snapshots().policies().replace(changed);
    assertThat(kmesh.snapshots().policies().list()).containsExactly(changed);
    assertThat(kmesh.snapshots().policies().status("nightly").nextRun())
        .contains(Instant.parse("2096-03-27T12:30:00Z"));
  }

  @Test
  void json_ofTheGoldenPolicy_isTheGoldenText() throws IOException {
    assertThat(text(PolicyJson.encode(GOLDEN))).isEqualTo(TEXT);
    assertThat(PolicyJson.decode("nightly", bytes(TEXT))).isEqualTo(GOLDEN);
    PolicyStanding standing = PolicyJson.decodeStanding("nightly", bytes(STANDING));
    assertThat(text(PolicyJson.encode(standing))).isEqualTo(STANDING);
    assertThat(GOLDEN.toBuilder().build()).isEqualTo(GOLDEN);
  }

  @Tag("fuzz")
  @Property(tries = 2_000)
  void decode_damagedAnywhere_isAPolicy_orDamage(
      @ForAll @IntRange(max = 500) int at, @ForAll byte value, @ForAll boolean isPolicy)
      throws IOException {
    byte[] damaged = bytes(isPolicy ? TEXT : STANDING);
    damaged[at % damaged.length] = value;
    try {
      if (isPolicy) {
        assertThat(PolicyJson.decode("it", damaged).schedule()).isNotNull();
      } else {
        assertThat(PolicyJson.decodeStanding("it", damaged).covered()).isNotNull();
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
