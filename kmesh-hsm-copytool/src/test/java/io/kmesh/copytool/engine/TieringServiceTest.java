// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.engine;

import static io.kmesh.copytool.engine.Lab.LIMIT;
import static io.kmesh.tiering.Conditions.age;
import static io.kmesh.tiering.Conditions.ageOfContent;
import static io.kmesh.tiering.Conditions.hsm;
import static io.kmesh.tiering.Conditions.inPool;
import static io.kmesh.tiering.Conditions.owner;
import static io.kmesh.tiering.Conditions.path;
import static io.kmesh.tiering.Conditions.poolUsage;
import static io.kmesh.tiering.Conditions.project;
import static io.kmesh.tiering.Conditions.size;
import static io.kmesh.unit.Units.days;
import static io.kmesh.unit.Units.kib;
import static io.kmesh.unit.Units.percent;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Durability;
import io.kmesh.KmeshException;
import io.kmesh.SpecConflictException;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.lustre.HsmReport;
import io.kmesh.lustre.Layout;
import io.kmesh.path.PathBytes;
import io.kmesh.testkit.fault.FaultPlan;
import io.kmesh.testkit.fault.FaultyLustre;
import io.kmesh.testkit.time.RunningTime;
import io.kmesh.tiering.Condition;
import io.kmesh.tiering.TieringPlan;
import io.kmesh.tiering.TieringPlan.Action;
import io.kmesh.tiering.TieringPlan.Step;
import io.kmesh.tiering.TieringPolicy;
import io.kmesh.tiering.TieringReport;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TieringServiceTest {
  private static final int MIB = 1 << 20;

  private @Nullable FaultyLustre watched;
  private Lab lab;

  @BeforeEach
  void open(@TempDir Path directory) throws IOException {
    lab =
        Lab.open(
            directory,
            lustre -> {
              watched = FaultyLustre.of(lustre, FaultPlan.none(), RunningTime.instance());
              return watched;
            });
    lab.lustre.layouts().changeDirectoryDefault(lab.fid(""), Layout.plain(1, 0, "fast"));
  }

  @AfterEach
  void close() throws IOException {
    lab.close();
  }

  private TieringPlan plan(Consumer<TieringPolicy.Builder> options) {
    TieringPolicy.Builder builder = TieringPolicy.builder("p").on(lab.cluster);
    options.accept(builder);
    return lab.kmesh.tiering().plan(builder.build());
  }

  private List<String> matching(Condition condition) {
    return paths(plan(t -> t.when(condition).archiveTo(Lab.STORE)));
  }

  private static List<String> paths(TieringPlan plan) {
    return plan.steps().stream().map(s -> s.path().toString()).toList();
  }

  private static TieringReport apply(TieringPlan plan) {
    return plan.apply().await(LIMIT);
  }

  private static String reason(TieringReport report, String path) {
    return report.details().stream()
        .filter(d -> d.path().equals(path))
        .map(HsmReport.Detail::reason)
        .findFirst()
        .orElseThrow(() -> new AssertionError(path + " is not in " + report));
  }

  private double usage(String pool) {
    return lab.cluster.pools().stream()
        .filter(p -> p.name().equals(pool))
        .findFirst()
        .orElseThrow()
        .share()
        .value();
  }

  private String pool(String path) throws IOException {
    return lab.cluster.layouts().of(PathBytes.of(path)).pool().orElse("");
  }

  @Test
  void plan_eachCondition_findsItsFiles() throws IOException {
    lab.write("a/old.h5", 100_000);
    lab.write("a/new.h5", 10);
    lab.write("b/deep/x.dat", 5000);
    lab.age("a/old.h5", 40);
    lab.age("a/new.h5", 0);
    lab.age("b/deep/x.dat", 1, 90);
    lab.lustre.identity().changeProject(lab.fid("b/deep/x.dat"), 7);
    lab.hsm().archive("a/new.h5").await(LIMIT);
    lab.write("a/new.h5", 10, 1);

    assertThat(matching(path("a/*.h5"))).containsExactly("a/old.h5", "a/new.h5");
    assertThat(matching(path("**/*.dat"))).containsExactly("b/deep/x.dat");
    assertThat(matching(size().atLeast(kib(50)))).containsExactly("a/old.h5");
    assertThat(matching(size().atMost(kib(1)))).containsExactly("a/new.h5");
    assertThat(matching(age().moreThan(days(30)))).containsExactly("a/old.h5");
    assertThat(matching(ageOfContent().moreThan(days(30))))
        .containsExactly("a/old.h5", "b/deep/x.dat");
    long me = lab.lustre.identity().stat(lab.fid("a/old.h5")).uid();
    assertThat(matching(owner(me))).hasSize(3);
    assertThat(matching(owner(me + 1))).isEmpty();
    assertThat(matching(project(7))).containsExactly("b/deep/x.dat");
    assertThat(matching(hsm(HsmFlag.DIRTY))).containsExactly("a/new.h5");
    assertThat(matching(inPool("fast"))).hasSize(3);
    assertThat(matching(inPool("cheap"))).isEmpty();
    assertThat(matching(poolUsage("fast").above(percent(0)))).hasSize(3);
    assertThat(matching(poolUsage("fast").above(percent(50)))).isEmpty();
    assertThat(matching(path("a/**").and(size().atLeast(kib(1)).negate())))
        .containsExactly("a/new.h5");
    assertThat(matching(path("b/**").or(hsm(HsmFlag.DIRTY))))
        .containsExactly("b/deep/x.dat", "a/new.h5");
    assertThat(paths(plan(t -> t.under("/b").archiveTo(Lab.STORE))))
        .containsExactly("b/deep/x.dat");
  }

  @Test
  void plan_leastRecentlyUsedFirst_isStableAndPrintsItsSource() throws IOException {
    for (int i = 0; i < 5; i++) {
      lab.write("f" + i, 4096);
    }
    lab.age("f0", 10);
    lab.age("f1", 50, 60); // read later than written
    lab.age("f2", 60, 20); // written later than read, as with lazy access times
    lab.age("f3", 30);
    lab.age("f4", 1);
    TieringPlan plan = plan(t -> t.archiveTo(Lab.STORE).thenRelease());
    assertThat(paths(plan)).containsExactly("f1", "f3", "f2", "f0", "f4");
    assertThat(plan.bytesToFree().bytes()).isEqualTo(5 * 4096);
    StringBuilder golden =
        new StringBuilder(
            """
            Plan of "p": 5 files, 20.0 KiB to free. No watermarks: every matching file.
            Order: least recently used first (later of atime, kept lazily, and mtime).
            """);
    for (Step step : plan.steps()) {
      golden
          .append("[ARCHIVE, RELEASE] ")
          .append(step.path())
          .append(" 4.0 KiB, last used ")
          .append(step.lastUse())
          .append(": matches\n");
    }
    assertThat(plan).hasToString(golden.toString());
    assertThat(plan(t -> t.archiveTo(Lab.STORE).thenRelease())).hasToString(golden.toString());
  }

  @Test
  void planAndExplain_changeNothingAndAskNoCoordinator() throws IOException {
    lab.write("d/a", 4096);
    lab.hsm().archive("d/a", a -> a.durability(Durability.REMOTE)).await(LIMIT);
    lab.hsm().release("d/a").await(LIMIT);
    lab.write("d/ckpt.1", 4096);
    long requests = calls("request");
    long applies = lab.state.applies();
    TieringPlan plan =
        plan(
            t ->
                t.archiveTo(Lab.STORE)
                    .thenRelease()
                    .keepNewest(1, "ckpt.*")
                    .when(age().moreThan(days(0)).and(project(0))));
    assertThat(plan.explain(PathBytes.of("d/a"))).contains("released");
    assertThat(calls("request")).isEqualTo(requests);
    assertThat(lab.state.applies()).isEqualTo(applies);
    for (String mutation :
        List.of("migrate", "changeState", "setXattr", "write", "truncate", "unlink", "read")) {
      assertThat(calls(mutation)).as(mutation).isZero();
    }
    assertThat(lab.state("d/a").isReleased()).isTrue();
  }

  private long calls(String method) {
    FaultyLustre faulty = watched;
    return faulty == null ? -1 : faulty.faults().calls(method);
  }

  @Test
  void watermarks_highStartsLowStopsAndNothingBetween() throws IOException {
    for (int i = 0; i < 12; i++) {
      lab.write("f" + i, MIB); // 48 MiB of 64: 75 %
      lab.age("f" + i, 100 - i);
    }
    Consumer<TieringPolicy.Builder> policy =
        t -> t.archiveTo(Lab.STORE).thenRelease().watermarks("fast", percent(80), percent(50));
    assertThat(plan(policy).steps()).isEmpty();
    assertThat(plan(policy).toString()).contains("Nothing to do: pool fast at 75.0 %, high 80.0 %");

    lab.write("f12", MIB);
    lab.age("f12", 1); // 81.3 %
    TieringPlan plan = plan(policy);
    assertThat(paths(plan)).containsExactly("f0", "f1", "f2", "f3", "f4");
    assertThat(plan.toString()).contains("Above the high watermark: pool fast at 81.3 %");
    TieringReport report = apply(plan);
    assertThat(report.archived()).isEqualTo(5);
    assertThat(report.released()).isEqualTo(5);
    assertThat(report.bytesFreed().bytes()).isEqualTo(5L * MIB);
    assertThat(usage("fast")).isEqualTo(50.0);

    lab.write("f13", MIB); // 56.3 %: between the marks, and it was down
    assertThat(plan(policy).steps()).isEmpty();
  }

  @Test
  void watermarks_whenNotYetDown_goOnBetweenTheMarks() throws IOException {
    for (int i = 0; i < 14; i++) {
      lab.write("f" + i, MIB); // 87.5 %
      lab.age("f" + i, 100 - i);
    }
    Consumer<TieringPolicy.Builder> policy =
        t -> t.archiveTo(Lab.STORE).thenRelease().watermarks("fast", percent(80), percent(50));
    TieringPlan plan = plan(policy);
    assertThat(plan.steps()).hasSize(6);
    for (int i = 0; i < 4; i++) {
      lab.write("f" + i, MIB, 1); // in use again: newer than anything
    }
    TieringReport report = apply(plan);
    // They still match (there is no condition on their age), so they go too; two more would not.
    assertThat(report.released()).isEqualTo(6);
    assertThat(usage("fast")).isEqualTo(50.0);

    for (int i = 0; i < 6; i++) {
      lab.write("g" + i, MIB); // 87.5 % again
    }
    TieringPlan half = plan(policy);
    try (OutputStream out = Files.newOutputStream(lab.path("f6"), StandardOpenOption.APPEND)) {
      TieringReport partly = apply(half);
      assertThat(partly.skipped()).isEqualTo(1);
      assertThat(reason(partly, "f6")).contains("open for writing");
      assertThat(out).isNotNull();
    }
    assertThat(usage("fast")).isBetween(50.1, 80.0);
    TieringPlan rest = plan(policy);
    assertThat(rest.toString()).contains("On the way down to the low watermark");
    assertThat(apply(rest).released()).isEqualTo(1);
    assertThat(plan(policy).steps()).isEmpty();
  }

  @Test
  void watermarks_ofAPool_takeOnlyFilesThatFreeIt() throws IOException {
    lab.cluster.layouts().create(PathBytes.of("other"), Layout.plain(1, 0, "cheap"));
    lab.write("other", 2 * MIB);
    lab.age("other", 500);
    for (int i = 0; i < 14; i++) {
      lab.write("f" + i, MIB);
    }
    TieringPlan plan =
        plan(
            t -> t.archiveTo(Lab.STORE).thenRelease().watermarks("fast", percent(80), percent(70)));
    assertThat(paths(plan)).doesNotContain("other").hasSize(3);
    assertThat(plan.explain(PathBytes.of("other"))).contains("frees nothing");
  }

  @Test
  void watermarks_thatNothingCanReach_areRefused() {
    assertThatThrownBy(() -> plan(t -> t.archiveTo(Lab.STORE).watermarks(percent(80), percent(50))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("frees nothing of what its watermarks watch (all OSTs)");
    assertThatThrownBy(
            () -> plan(t -> t.moveTo("fast").watermarks("fast", percent(80), percent(50))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("pool fast");
  }

  @Test
  void keepNewest_ofSequences_leavesThemAlone() throws IOException {
    for (int i = 8; i <= 12; i++) {
      lab.write("run1/ckpt." + i, 4096);
      lab.write("run2/ckpt." + i + ".h5", 4096);
    }
    lab.write("run1/other", 4096);
    TieringPlan plan = plan(t -> t.archiveTo(Lab.STORE).thenRelease().keepNewest(2, "ckpt.*"));
    assertThat(paths(plan))
        .containsExactlyInAnyOrder(
            "run1/ckpt.8",
            "run1/ckpt.9",
            "run1/ckpt.10",
            "run2/ckpt.8.h5",
            "run2/ckpt.9.h5",
            "run2/ckpt.10.h5",
            "run1/other");
    assertThat(plan.explain(PathBytes.of("run1/ckpt.12")))
        .contains("kept: one of the newest 2 of its sequence")
        .contains("Would be left as it is.")
        .contains("Not in this plan.");
    Files.delete(lab.path("run1/ckpt.12")); // now 10 is among the newest two
    TieringReport report = apply(plan);
    assertThat(report.released()).isEqualTo(6);
    assertThat(reason(report, "run1/ckpt.10")).contains("changed since the plan");
    assertThat(lab.state("run1/ckpt.10").isReleased()).isFalse();
  }

  @Test
  void plan_hardLinks_countsTheSpaceOnce() throws IOException {
    lab.write("a", 4096);
    Files.createLink(lab.path("b"), lab.path("a"));
    TieringPlan plan = plan(t -> t.archiveTo(Lab.STORE).thenRelease());
    assertThat(plan.steps()).hasSize(1);
    assertThat(plan.bytesToFree().bytes()).isEqualTo(4096);
  }

  @Test
  void moveTo_movesDataAndKeepsTheReceipt() throws IOException {
    lab.write("a", 5000);
    lab.write("plain", 5000);
    lab.hsm().archive("a", a -> a.durability(Durability.REMOTE)).await(LIMIT);
    TieringReport report = apply(plan(t -> t.when(inPool("fast")).moveTo("cheap")));
    assertThat(report.moved()).isEqualTo(2);
    assertThat(pool("a")).isEqualTo("cheap");
    assertThat(Files.readAllBytes(lab.path("a"))).isEqualTo(Lab.content("a", 5000, 0));
    assertThat(lab.state("a").isArchivedAndClean()).isTrue();
    assertThat(lab.hsm().receipt(PathBytes.of("a"))).isPresent();
  }

  @Test
  void moveTo_ofFilesInUseOrDirty_leavesThemAndSaysWhy() throws IOException {
    lab.write("open", 5000);
    lab.write("dirty", 5000);
    lab.write("gone", 5000);
    lab.write("replaced", 5000);
    lab.hsm().archive("dirty").await(LIMIT);
    TieringPlan plan = plan(t -> t.moveTo("cheap"));
    assertThat(plan.steps()).hasSize(4);
    lab.write("dirty", 5000, 1);
    Files.delete(lab.path("gone"));
    Files.delete(lab.path("replaced"));
    lab.write("replaced", 5000);
    try (OutputStream out = Files.newOutputStream(lab.path("open"), StandardOpenOption.APPEND)) {
      TieringReport report = apply(plan);
      assertThat(report.moved()).isZero();
      assertThat(report.skipped()).isEqualTo(4);
      assertThat(report.failed()).isZero();
      assertThat(reason(report, "open")).contains("open for writing");
      assertThat(reason(report, "dirty")).contains("changed since the plan");
      assertThat(reason(report, "gone")).contains("vanished");
      assertThat(reason(report, "replaced")).contains("another file has this name");
      assertThat(out).isNotNull();
    }
    assertThat(plan.explain(PathBytes.of("dirty"))).contains("changed since it was archived");
  }

  @Test
  void promote_usedFiles_comeBackAndOthersStay() throws IOException {
    for (String name : List.of("used", "cold", "released")) {
      lab.cluster.layouts().create(PathBytes.of(name), Layout.plain(1, 0, "cheap"));
      lab.write(name, 5000);
    }
    lab.age("cold", 30);
    lab.hsm().archive("released").await(LIMIT);
    lab.hsm().release("released").await(LIMIT);
    Consumer<TieringPolicy.Builder> policy = t -> t.promote("cheap", "fast", days(2));
    TieringPlan plan = plan(policy);
    assertThat(paths(plan)).containsExactly("used");
    assertThat(plan.steps().get(0).actions()).containsExactly(Action.PROMOTE);
    assertThat(plan.bytesToFree().bytes()).isZero();
    TieringReport report = apply(plan);
    assertThat(report.moved()).isEqualTo(1);
    assertThat(report.bytesFreed().bytes()).isZero();
    assertThat(pool("used")).isEqualTo("fast");
    assertThat(pool("cold")).isEqualTo("cheap");
    assertThat(plan(policy).steps()).isEmpty();
  }

  @Test
  void promote_intoAPoolThatIsBeingEmptied_waits() throws IOException {
    lab.cluster.layouts().create(PathBytes.of("used"), Layout.plain(1, 0, "cheap"));
    lab.write("used", 5000);
    for (int i = 0; i < 14; i++) {
      lab.write("f" + i, MIB);
    }
    TieringPlan plan =
        plan(
            t ->
                t.moveTo("cheap")
                    .watermarks("fast", percent(80), percent(70))
                    .promote("cheap", "fast", days(2)));
    assertThat(plan.steps()).hasSize(3).allMatch(s -> s.actions().equals(List.of(Action.MOVE)));
  }

  @Test
  void apply_whenUsageFellMeanwhile_stopsAtTheLowMark() throws IOException {
    for (int i = 0; i < 14; i++) {
      lab.write("f" + i, MIB);
      lab.age("f" + i, 100 - i);
    }
    TieringPlan plan =
        plan(
            t -> t.archiveTo(Lab.STORE).thenRelease().watermarks("fast", percent(80), percent(50)));
    for (int i = 6; i < 14; i++) {
      Files.delete(lab.path("f" + i)); // 37.5 %
    }
    TieringReport report = apply(plan);
    assertThat(report.released()).isZero();
    assertThat(report.archived()).isZero();
    assertThat(report.skipped()).isEqualTo(6);
    assertThat(reason(report, "f0")).contains("no more is to be freed").contains("37.5 %");
  }

  @Test
  void apply_flagsThatForbid_areKept() throws IOException {
    lab.write("noarchive", 5000);
    lab.write("norelease", 5000);
    lab.lustre
        .hsm()
        .changeState(lab.fid("noarchive"), Set.of(HsmFlag.NOARCHIVE), Set.of(), ArchiveId.ANY);
    lab.lustre
        .hsm()
        .changeState(lab.fid("norelease"), Set.of(HsmFlag.NORELEASE), Set.of(), ArchiveId.ANY);
    TieringPlan plan = plan(t -> t.archiveTo(Lab.STORE).thenRelease());
    assertThat(paths(plan)).containsExactly("norelease");
    assertThat(plan.steps().get(0).actions()).containsExactly(Action.ARCHIVE);
    assertThat(plan.explain(PathBytes.of("noarchive"))).contains("it is marked NOARCHIVE");
    TieringReport report = apply(plan);
    assertThat(report.archived()).isEqualTo(1);
    assertThat(report.released()).isZero();
  }

  @Test
  void explain_everyCase_givesTheReason() throws IOException {
    lab.write("d/a", 4096);
    lab.write("e", 0);
    Files.createSymbolicLink(lab.path("d/l"), lab.path("d/a"));
    TieringPlan plan =
        plan(
            t ->
                t.under("d")
                    .when(size().atLeast(kib(1)).and(path("d/*").or(owner(12345))))
                    .archiveTo(Lab.STORE)
                    .thenRelease());
    String explained = plan.explain(PathBytes.of("/d/a"));
    assertThat(explained.lines().skip(1).toList())
        .containsExactly(
            "No watermarks: every matching file.",
            "  yes  all of",
            "    yes  size at least 1.0 KiB: it is 4.0 KiB",
            "    yes  any of",
            "      yes  path matches d/*",
            "      no   owner is 12345: it is " + lab.lustre.identity().stat(lab.fid("d/a")).uid(),
            "Would be done: [ARCHIVE, RELEASE] (matches)",
            "Step 1 of 1 of this plan.");
    assertThat(plan.explain(PathBytes.of("e"))).contains("is not at or below d");
    assertThat(plan.explain(PathBytes.of("d/l"))).contains("is a SYMLINK");
    assertThat(plan.explain(PathBytes.of("d"))).contains("is a DIRECTORY");
    assertThatThrownBy(() -> plan.explain(PathBytes.of("d/none")))
        .isInstanceOf(KmeshException.class);
    apply(plan);
    assertThat(plan.explain(PathBytes.of("d/a"))).contains("it is released already");
  }

  @Test
  void plan_unknownPoolOrPolicyOrCluster_listsWhatThereIs() {
    assertThatThrownBy(() -> plan(t -> t.moveTo("gold")))
        .isInstanceOf(KmeshException.class)
        .hasMessageContaining("\"gold\"")
        .hasMessageContaining("[cheap, fast]");
    assertThatThrownBy(() -> lab.kmesh.tiering().plan("none")).hasMessageContaining("ensure(..)");
    TieringPolicy foreign = TieringPolicy.builder("x").on("mars").moveTo("cheap").build();
    assertThatThrownBy(() -> lab.kmesh.tiering().plan(foreign))
        .hasMessageContaining("\"mars\" is not attached");
  }

  @Test
  void ensure_sameAndOtherSpecification_returnsOrListsTheFields() {
    TieringPolicy first =
        lab.kmesh.tiering().ensure("p", t -> t.on(lab.cluster).moveTo("cheap").under("/a"));
    lab.reopen();
    assertThat(lab.kmesh.tiering().ensure("p", t -> t.on(lab.cluster).moveTo("cheap").under("a/")))
        .isEqualTo(first);
    assertThatThrownBy(() -> lab.kmesh.tiering().ensure("p", t -> t.on(lab.cluster).moveTo("fast")))
        .isInstanceOfSatisfying(
            SpecConflictException.class,
            e -> assertThat(e.fields()).containsExactly("moveTo", "under"));
    TieringPolicy other = first.toBuilder().moveTo("fast").build();
    lab.kmesh.tiering().replace(other);
    assertThat(lab.kmesh.tiering().list()).containsExactly(other);
    lab.kmesh.tiering().delete("p");
    assertThat(lab.kmesh.tiering().find("p")).isEmpty();
  }
}
