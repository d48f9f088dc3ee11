// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.posix.NioPosixTreeProvider;
import io.kmesh.engine.MirrorDialect;
import io.kmesh.engine.MirrorPlan;
import io.kmesh.engine.MirrorTranslation;
import io.kmesh.engine.MirrorTranslationReport;
import io.kmesh.engine.MirrorTree;
import io.kmesh.engine.MirrorTreeReport;
import io.kmesh.engine.MirrorTreeReport.Problem;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.StoreCapability;
import io.kmesh.spi.store.StoreLimits;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a store can't do is told by file before anything is sent, at the limits to the byte. */
class MirrorLimitsTest {
  private static final int COPY = 200 << 10;
  private static final int OBJECT = 400 << 10;
  private static final int KEY = 300;

  @TempDir private Path folder;
  private Path tree;
  private PosixTree source;
  private final MemoryStore store =
      MemoryStore.builder()
          .without(StoreCapability.PART_COPY)
          .limits(
              new StoreLimits(
                  DataSize.ofKib(64),
                  DataSize.ofBytes(1),
                  10_000,
                  DataSize.ofBytes(OBJECT),
                  DataSize.ofBytes(COPY),
                  KEY,
                  DataSize.ofKib(8),
                  1000,
                  1000))
          .build();

  @BeforeEach
  void open() throws IOException {
    tree = Files.createDirectory(folder.resolve("tree"));
    source = new NioPosixTreeProvider().open(tree);
  }

  private void write(String name, int size) throws IOException {
    Files.write(tree.resolve(name), MirrorFixture.random(size, size));
    Files.setLastModifiedTime(
        tree.resolve(name), FileTime.from(Instant.ofEpochSecond(1_600_000_000)));
  }

  private MirrorTree mirror() {
    return MirrorTree.in(store, MirrorFixture.STILL).partSize(DataSize.ofKib(64));
  }

  /** Plans, checks that the run does what was planned, and gives the plan. */
  private MirrorPlan planAndRun(MirrorTree mirror) throws IOException {
    List<String> before = List.copyOf(store.keys());
    MirrorPlan plan = mirror.planExport(source, PathBytes.EMPTY);
    assertThat(store.keys()).isEqualTo(before);
    long copies = store.requests("copy");
    long puts = store.requests("put");
    long parts = store.requests("uploadPart");
    MirrorTreeReport done = mirror.export(source, PathBytes.EMPTY);
    assertThat(plan.report()).isEqualTo(done);
    assertThat(plan.requests().getOrDefault("copy", 0L)).isEqualTo(store.requests("copy") - copies);
    assertThat(plan.requests().getOrDefault("put", 0L)).isEqualTo(store.requests("put") - puts);
    assertThat(plan.requests().getOrDefault("uploadPart", 0L))
        .isEqualTo(store.requests("uploadPart") - parts);
    return plan;
  }

  private static String copyNote() {
    return "Sent anew, and not copied by the store: it has "
        + (COPY + 1)
        + " bytes, and the store copies at most "
        + COPY
        + " at once.";
  }

  @Test
  void filesThatMoved_andAreMoreThanOneCopy_areNamedAndSent() throws IOException {
    write("largest", COPY);
    write("larger", COPY + 1);
    mirror().export(source, PathBytes.EMPTY);
    Files.move(tree.resolve("largest"), tree.resolve("new-largest"));
    Files.move(tree.resolve("larger"), tree.resolve("new-larger"));

    MirrorPlan plan = planAndRun(mirror().findMoved().removeGone());

    assertThat(plan.requests()).containsEntry("copy", 1L);
    assertThat(plan.report().bytes()).isEqualTo(COPY + 1);
    assertThat(plan.report().notes()).containsExactly(new Problem("new-larger", copyNote()));
    assertThat(plan.report().failed()).isEmpty();
  }

  @Test
  void attributesThatChanged_ofWhatIsMoreThanOneCopy_sendItAgain() throws IOException {
    write("largest", COPY);
    write("larger", COPY + 1);
    mirror().export(source, PathBytes.EMPTY);
    for (String name : List.of("largest", "larger")) {
      Files.setPosixFilePermissions(
          tree.resolve(name), PosixFilePermissions.fromString("rw-r-----"));
    }

    MirrorPlan plan = planAndRun(mirror());

    assertThat(plan.requests()).containsEntry("copy", 1L);
    assertThat(plan.report().notes()).containsExactly(new Problem("larger", copyNote()));
  }

  @Test
  void translation_ofWhatIsMoreThanOneCopy_goesThroughHere_asItsPlanSays() throws IOException {
    write("largest", COPY);
    write("larger", COPY + 1);
    MirrorTree.in(store, MirrorFixture.STILL).prefix("s/").export(source, PathBytes.EMPTY);
    MirrorTranslation translation =
        MirrorTranslation.of(store, "s/", MirrorFixture.STILL)
            .partSize(DataSize.ofKib(64))
            .to(store, "t/");
    MirrorTranslationReport plan = translation.plan(MirrorDialect.FSX);
    assertThat(plan.copied()).isEqualTo(1);
    assertThat(plan.sentBytes()).isEqualTo(COPY + 1);
    assertThat(plan.notes()).contains(new Problem("s/larger", copyNote()));
    long copies = store.requests("copy");
    assertThat(translation.run(MirrorDialect.FSX)).isEqualTo(plan);
    assertThat(store.requests("copy") - copies).isEqualTo(1);
  }

  @Test
  void fileThatIsMoreThanAnObject_isNamedByThePlan() throws IOException {
    write("largest", OBJECT);
    write("larger", OBJECT + 1);

    MirrorPlan plan = planAndRun(mirror());

    assertThat(plan.report().files()).isEqualTo(1);
    assertThat(plan.report().failed())
        .containsExactly(
            new Problem(
                "larger",
                "Cannot store larger of "
                    + (OBJECT + 1)
                    + " bytes in memory:test: its largest object has "
                    + OBJECT
                    + " bytes. Store the file elsewhere."));
    assertThat(store.keys()).contains("largest").doesNotContain("larger");
    assertThat(store.openUploads()).isEmpty();
  }

  @Test
  void pathWithoutRoomInAKey_isNamedWithItsKey() throws IOException {
    String directory = "d".repeat(KEY - 252);
    Files.createDirectory(tree.resolve(directory));
    String longest = directory + "/" + "f".repeat(251);
    String longer = directory + "/" + "f".repeat(252);
    write(longest, 3);
    write(longer, 4);

    MirrorPlan plan = planAndRun(mirror());

    assertThat(plan.report().failed()).isEmpty();
    assertThat(plan.report().notes()).hasSize(1);
    Problem note = plan.report().notes().get(0);
    assertThat(note.name()).isEqualTo(longer);
    String begin = "Its path has no room in a key of the store: its object is ";
    assertThat(note.message()).startsWith(begin + ".kmesh/long/");
    assertThat(store.keys()).contains(longest, note.message().substring(begin.length()));
    assertThat(planAndRun(mirror()).report().notes()).as("told when it is stored").isEmpty();
  }

  /** Not even the keys of digests have room. */
  @Test
  void prefixThatLeavesNoRoom_isAFailureOfEachEntry_inThePlanToo() throws IOException {
    write("a", 1);
    MirrorTree mirror = mirror().prefix(("p".repeat(29) + "/").repeat(10));

    MirrorPlan plan = mirror.planExport(source, PathBytes.EMPTY);

    assertThat(plan.report()).isEqualTo(mirror.export(source, PathBytes.EMPTY));
    assertThat(plan.requests()).doesNotContainKey("put");
    assertThat(plan.report().files()).isZero();
    assertThat(plan.report().failed())
        .hasSize(2)
        .allSatisfy(
            problem ->
                assertThat(problem.message()).contains("the key has ", "Use 1 to " + KEY + "."));
    assertThat(store.keys()).isEmpty();
  }
}
