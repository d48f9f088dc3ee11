// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.CopytoolSession;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.LustreCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.testkit.lustre.CoordinatorCommand;
import io.kmesh.testkit.lustre.CoordinatorSettings;
import io.kmesh.testkit.lustre.LastUnlink;
import io.kmesh.testkit.lustre.SimulatedLustre;
import io.kmesh.unit.DataSize;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MountJobTest {
  private static final PathBytes SCRATCH = PathBytes.of("scratch");
  private static final Patience.Times TIMES =
      new Patience.Times(
          Duration.ofMillis(5),
          Duration.ofMillis(200),
          Duration.ofSeconds(30),
          Duration.ofMinutes(5),
          Duration.ofMinutes(1));

  @TempDir Path temporary;

  private final ByteArrayOutputStream shown = new ByteArrayOutputStream();
  private final StopSignal stop = new StopSignal();
  private Path mountPoint;
  private Path data;
  private SimulatedLustre lustre;

  @BeforeEach
  void mount() throws Exception {
    System.setProperty("quickstart.verifier", Path.of("verify/verify.py").toAbsolutePath().toString());
    mountPoint = temporary.resolve("lustre").toAbsolutePath();
    lustre =
        SimulatedLustre.builder(mountPoint)
            .mdts(2, DataSize.ofGib(1))
            .osts(2, DataSize.ofGib(1))
            .coordinator(
                CoordinatorSettings.DEFAULTS.withMaxRequests(3).withLoopPeriod(Duration.ofMillis(50)))
            .open();
    SimulatedMounts.mount(mountPoint, lustre);
    try (PosixDirectory root = lustre.tree().openRoot()) {
      root.makeDirectory(SCRATCH, 0755);
    }
    data = Files.createDirectory(temporary.resolve("data"));
    Random random = new Random(7);
    for (int i = 0; i < 18; i++) {
      Path folder = Files.createDirectories(data.resolve("d" + i % 5 + "/e"));
      byte[] bytes = new byte[1 + random.nextInt(20_000)];
      random.nextBytes(bytes);
      Path file = Files.write(folder.resolve("file-" + i), bytes);
      Files.setLastModifiedTime(file, FileTime.from(Instant.ofEpochSecond(1_700_000_000L + i, 123_456_789)));
    }
  }

  @AfterEach
  void unmount() throws Exception {
    SimulatedMounts.unmount(mountPoint);
    lustre.close();
  }

  private MountOptions options(Path directory, boolean isKept, int archive) {
    Path work = temporary.resolve("work");
    return new MountOptions(data, directory, work, false, isKept, ArchiveId.of(archive));
  }

  private MountJob job(MountOptions options, Patience.Times times) throws Exception {
    Files.createDirectories(options.work());
    Screen screen = new Screen(new PrintStream(shown, true, StandardCharsets.UTF_8), false, 80);
    return new MountJob(options, screen, stop, times);
  }

  private MountResult run(boolean isKept) throws Exception {
    return job(options(mountPoint.resolve("scratch"), isKept, 1), TIMES).run();
  }

  private String shown() {
    return shown.toString(StandardCharsets.UTF_8);
  }

  private List<String> namesBelowScratch() throws Exception {
    try (PosixDirectory scratch = lustre.tree().openDirectory(SCRATCH);
        var cursor = scratch.entries()) {
      return cursor.next().stream().map(entry -> entry.name().toString()).toList();
    }
  }

  private long objects() throws Exception {
    return objects(1);
  }

  private long objects(int archive) throws Exception {
    Path lab = temporary.resolve("work/on-lustre/archive-" + archive);
    Path objects = MountLab.storeOf(lab).resolve("objects");
    try (Stream<Path> walk = Files.walk(objects)) {
      return walk.filter(Files::isRegularFile).count();
    }
  }

  @Test
  void run_doesAllStepsVerifiesAndLeavesNothing() throws Exception {
    MountResult result = run(false);

    assertThat(result.verified()).as(shown()).isTrue();
    assertThat(result.steps())
        .extracting(MountResult.StepFigures::name)
        .containsExactly(
            Stream.of(MountStep.values()).map(MountStep::title).toArray(String[]::new));
    assertThat(result.input().files()).isEqualTo(18);
    assertThat(result.hsm().receipts()).isEqualTo(12);
    assertThat(result.hsm().released()).isEqualTo(18);
    assertThat(result.hsm().removed()).isEqualTo(18);
    assertThat(result.tiering().released()).isEqualTo(6);
    assertThat(result.lustre().verifiedBy()).isEqualTo("export");
    assertThat(result.left()).isEmpty();
    assertThat(namesBelowScratch()).isEmpty();
    assertThat(objects()).isZero();
    assertThat(lustre.coordinator().violations()).isEmpty();
    assertThat(lustre.coordinator().agents(0)).isEmpty();
    assertThat(lustre.coordinator().actions()).allMatch(action -> action.status().isFinal());
    // The readers' own restores, each one that no request asked for.
    MountResult.StepFigures readback = result.steps().get(MountStep.READBACK.ordinal());
    assertThat(readback.files()).isEqualTo(8);
    assertThat(readback.restores()).isEqualTo(8);
    assertFields(new ObjectMapper().readTree(result.json()));
  }

  /** The fields of the README. */
  private void assertFields(JsonNode json) {
    assertThat(json.path("verified").asBoolean()).isTrue();
    assertThat(json.path("lustre").path("mdts").asInt()).isEqualTo(2);
    assertThat(json.path("lustre").path("osts").asInt()).isEqualTo(2);
    assertThat(json.path("lustre").path("mount").asText()).isEqualTo(mountPoint.toString());
    assertThat(json.path("lustre").path("fsname").asText()).isNotEmpty();
    assertThat(json.path("steps"))
        .allMatch(step -> step.has("restores") && step.has("filesPerSecond"));
    assertThat(json.path("left")).isEmpty();
  }

  @Test
  void run_withPools_movesThereFirst() throws Exception {
    SimulatedMounts.unmount(mountPoint);
    lustre.close();
    lustre =
        SimulatedLustre.builder(temporary.resolve("pooled"))
            .osts(2, DataSize.ofGib(1))
            .pool("cheap", 1)
            .coordinator(CoordinatorSettings.DEFAULTS.withLastUnlink(LastUnlink.REMOVE_ARCHIVE))
            .open();
    SimulatedMounts.mount(mountPoint, lustre);
    MountResult result =
        job(options(mountPoint, false, 7), TIMES).run();

    assertThat(result.verified()).as(shown()).isTrue();
    assertThat(result.tiering().moved()).isPositive();
    assertThat(result.tiering().released()).isEqualTo(6);
    assertThat(result.lustre().pools()).containsExactly("cheap");
    assertThat(objects(7)).isZero();
  }

  @Test
  void run_kept_leavesDirectoryAndArchive_andTheNextRunDoesNotTouchThem() throws Exception {
    MountResult kept = run(true);
    assertThat(kept.verified()).as(shown()).isTrue();
    assertThat(kept.left()).hasSize(1);
    assertThat(namesBelowScratch()).hasSize(1);
    long objects = objects();
    assertThat(objects).isPositive();

    MountResult next = run(false);
    assertThat(next.verified()).as(shown()).isTrue();
    assertThat(namesBelowScratch()).hasSize(1);
    assertThat(objects()).isEqualTo(objects);
  }

  @Test
  void coordinatorOff_andNoDirectory_areToldTogether_andNothingIsTouched() throws Exception {
    lustre.coordinator().control(CoordinatorCommand.SHUTDOWN);

    assertThatThrownBy(() -> job(options(mountPoint.resolve("absent"), false, 1), TIMES).run())
        .isInstanceOf(Obstacles.class)
        .hasMessageContaining("2 things are in the way")
        .hasMessageContaining("absent")
        .hasMessageContaining("hsm_control=enabled");
    assertThat(namesBelowScratch()).isEmpty();
  }

  @Test
  void heldCopytool_isRefusedWithItsHolder() throws Exception {
    try (CopytoolSession other = lustre.copytools().register(Set.of(ArchiveId.of(9)))) {
      assertThat(other.receive(Duration.ZERO)).isEmpty();
      assertThatThrownBy(() -> run(false))
          .isInstanceOf(Obstacles.class)
          .hasMessageContaining("copytool can't be registered");
    }
    assertThat(namesBelowScratch()).isEmpty();
  }

  @Test
  void missingCapabilities_areToldTogether() {
    SimulatedMounts.mount(mountPoint, lustre, LustreCapability.COPYTOOL, LustreCapability.HSM);

    assertThatThrownBy(() -> run(false))
        .isInstanceOf(Obstacles.class)
        .hasMessageContaining("HSM states and requests do not work")
        .hasMessageContaining("A copytool can't be registered");
  }

  @Test
  void placeThatIsNoLustre_isRefusedWithTheMounts() {
    assertThatThrownBy(() -> job(options(temporary.resolve("elsewhere"), false, 1), TIMES))
        .isInstanceOf(Obstacles.class)
        .hasMessageContaining("lies on no mounted Lustre")
        .hasMessageContaining(mountPoint.toString());
  }

  @Test
  void onAServer_coordinatorsAreToldAndOneThatIsDisabledIsInTheWay() throws Exception {
    SimulatedMounts.mountOnServer(mountPoint, lustre);
    lustre.coordinator().control(CoordinatorCommand.DISABLED);
    assertThatThrownBy(() -> run(false))
        .isInstanceOf(Obstacles.class)
        .hasMessageContaining("MDT0000 is disabled. Run here: lctl set_param mdt.")
        .hasMessageContaining("MDT0001 is disabled");
    assertThat(namesBelowScratch()).isEmpty();

    lustre.coordinator().control(CoordinatorCommand.ENABLED);
    MountResult result = run(false);
    assertThat(result.verified()).as(shown()).isTrue();
    assertThat(shown())
        .contains("MDT0001: enabled, 0 of 3 slots taken, 0 waiting, 1 agents, looks every 0 s.");
  }

  @Test
  void onAServer_aCopytoolOfAnotherClientForThisArchive_isInTheWay() throws Exception {
    SimulatedMounts.mountOnServer(mountPoint, lustre);
    try (LustreBinding other = lustre.mount("other");
        CopytoolSession ofAll = other.copytools().register(Set.of())) {
      assertThat(ofAll.receive(Duration.ZERO)).isEmpty();
      assertThatThrownBy(() -> run(false))
          .isInstanceOf(Obstacles.class)
          .hasMessageContaining("serves archive 1 of")
          .hasMessageContaining("--archive-id");
    }
    try (LustreBinding other = lustre.mount("other");
        CopytoolSession ofOne = other.copytools().register(Set.of(ArchiveId.of(11)))) {
      assertThat(ofOne.receive(Duration.ZERO)).isEmpty();
      Path scratch = mountPoint.resolve("scratch");
      assertThatThrownBy(() -> job(options(scratch, false, 11), TIMES).run())
          .isInstanceOf(Obstacles.class)
          .hasMessageContaining("serves archive 11 of");
      MountResult result = job(options(scratch, false, 12), TIMES).run();
      assertThat(result.verified()).as(shown()).isTrue();
    }
  }

  @Test
  void workFolderOnTheMount_isRefusedBeforeItIsOpened() throws Exception {
    Path below = Files.createDirectories(mountPoint.resolve("scratch-work"));
    MountOptions options =
        new MountOptions(data, mountPoint, below, false, false, ArchiveId.of(1));
    assertThatThrownBy(() -> job(options, TIMES))
        .isInstanceOf(Obstacles.class)
        .hasMessageContaining("lies on this Lustre; the archive and Kmesh's state");
    try (Stream<Path> inside = Files.list(below)) {
      assertThat(inside).isEmpty();
    }
  }

  @Test
  void disabledCoordinator_isWaitedForWithTheRemedy_thenGivenUpByName() throws Exception {
    lustre.coordinator().control(CoordinatorCommand.DISABLED);
    Patience.Times shortly =
        new Patience.Times(
            Duration.ofMillis(5),
            Duration.ofMillis(20),
            Duration.ofMillis(50),
            Duration.ofMillis(200),
            Duration.ofMinutes(1));
    MountJob job = job(options(mountPoint.resolve("scratch"), false, 1), shortly);

    FutureTask<MountResult> running = new FutureTask<>(job::run);
    new Thread(running, "job").start();
    until(() -> shown().contains("Ending what was begun"));
    lustre.coordinator().control(CoordinatorCommand.ENABLED);
    MountResult result = result(running);

    assertThat(result.verified()).isFalse();
    assertThat(result.reason()).contains("Cannot go on waiting").contains("hsm_control");
    assertThat(shown()).contains("waiting for the coordinator").contains("lctl get_param");
    assertThat(result.left()).hasSize(1);
    assertThat(lustre.coordinator().agents(0)).isEmpty();
    assertThat(namesBelowScratch()).hasSize(1);

    // The same command again cleans up first, and holds.
    MountResult next = run(false);
    assertThat(next.verified()).as(shown()).isTrue();
    assertThat(namesBelowScratch()).isEmpty();
    assertThat(objects()).isZero();
  }

  @Test
  void stopSignal_endsWhatRuns_unregistersAndSaysWhatIsLeft() throws Exception {
    lustre.coordinator().control(CoordinatorCommand.DISABLED);
    MountJob job = job(options(mountPoint.resolve("scratch"), false, 1), TIMES);
    FutureTask<MountResult> running = new FutureTask<>(job::run);
    new Thread(running, "job").start();
    until(() -> lustre.coordinator().statistics().queued(HsmActionKind.ARCHIVE) > 0);
    stop.request();
    until(() -> shown().contains("Ending what was begun"));
    lustre.coordinator().control(CoordinatorCommand.ENABLED);
    MountResult result = result(running);

    assertThat(result.verified()).isFalse();
    assertThat(result.reason()).contains("stopped by a signal");
    assertThat(result.left()).hasSize(1);
    assertThat(lustre.coordinator().agents(0)).isEmpty();
    assertThat(lustre.coordinator().activeRequests(0)).isZero();
    assertThat(lustre.coordinator().activeRequests(1)).isZero();
  }

  private static void until(BooleanSupplier condition) throws InterruptedException {
    while (!condition.getAsBoolean()) {
      Thread.sleep(2);
    }
  }

  private static MountResult result(FutureTask<MountResult> running) throws Exception {
    try {
      return running.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }
}
