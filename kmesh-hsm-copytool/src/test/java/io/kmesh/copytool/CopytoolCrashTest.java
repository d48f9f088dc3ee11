// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.testkit.fault.CrashPoint;
import io.kmesh.testkit.fault.CrashPoints;
import io.kmesh.testkit.fault.FaultInjector;
import io.kmesh.testkit.fault.FaultPlan;
import io.kmesh.testkit.fault.FaultyLustre;
import io.kmesh.testkit.fault.FaultyObjectStore;
import io.kmesh.testkit.fault.FaultyStateStore;
import io.kmesh.testkit.fault.SimulatedCrash;
import io.kmesh.testkit.state.MemoryState;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Stops a copytool before and after each of its calls to state, store and Lustre, and lets another
 * go on with the same state: no file is lost or half restored, no journalled action is lost, and no
 * slot stays taken.
 */
@Tag("crash")
class CopytoolCrashTest {
  private static final Duration LONGER_THAN_THE_TIMEOUT = Duration.ofHours(2);

  @TempDir Path directory;
  private Site site;
  private int runs;

  /** What is under way when the process ends. */
  enum Work {
    ARCHIVE(HsmActionKind.ARCHIVE),
    ARCHIVE_CHANGED(HsmActionKind.ARCHIVE),
    ARCHIVE_CHANGED_AND_RENAMED(HsmActionKind.ARCHIVE),
    RESTORE(HsmActionKind.RESTORE),
    REMOVE(HsmActionKind.REMOVE);

    private final HsmActionKind action;

    Work(HsmActionKind action) {
      this.action = action;
    }
  }

  @BeforeEach
  void open() throws IOException {
    site = Site.open(directory);
  }

  @AfterEach
  void close() throws IOException {
    site.close();
  }

  @ParameterizedTest
  @EnumSource(Work.class)
  void crash_atEachStep_endsRightWithTheNextCopytool(Work work) {
    CrashPoints.Report report = CrashPoints.enumerate(() -> new Run(work), 1);
    assertThat(report.operations()).isGreaterThan(15);
    assertThat(report.crashes()).isGreaterThan(report.operations());
  }

  /** One life and one death of a copytool, on a file of its own. */
  private final class Run implements CrashPoints.Scenario {
    private final Work work;
    private final String name = "file-" + runs++;
    private byte[] content = Site.bytes(700, runs);
    private Fid fid;
    private MemoryState state = MemoryState.create(site.time);
    private @Nullable Copytool dying;

    Run(Work work) {
      this.work = work;
      try {
        prepare();
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    private void prepare() throws IOException {
      fid = site.write(name, content);
      if (work == Work.ARCHIVE) {
        return;
      }
      site.state = state;
      try (Copytool copytool = site.start(site.copytool())) {
        site.act(HsmActionKind.ARCHIVE, fid);
        assertThat(copytool.status().archived()).isEqualTo(1);
      }
      if (work == Work.RESTORE) {
        site.act(HsmActionKind.RELEASE, fid);
      } else if (work == Work.ARCHIVE_CHANGED || work == Work.ARCHIVE_CHANGED_AND_RENAMED) {
        content = Site.bytes(900, -runs);
        site.write(name, content);
      }
      if (work == Work.ARCHIVE_CHANGED_AND_RENAMED) {
        FileSystem lustre = site.lustre.fileSystem();
        Files.move(lustre.getPath("/" + name), lustre.getPath("/" + name + "-renamed"));
      }
    }

    @Override
    public void run(CrashPoint point) throws IOException {
      FaultInjector injector = FaultInjector.start(FaultPlan.none(), site.time, point);
      dying =
          Copytool.builder(FaultyLustre.of(site.lustre, injector))
              .state(FaultyStateStore.of(state, injector))
              .store("ckpt", Site.ONE, FaultyObjectStore.of(site.store, injector))
              .time(site.time)
              .closeTimeout(Duration.ZERO)
              .workers(1)
              .start();
      site.request(work.action, Site.ONE, fid);
      site.until(
          "it ends or crashes",
          () -> point.hasCrashed() || (site.isQuiet() && dying.status().running() == 0));
      if (!point.hasCrashed()) {
        dying.close();
      }
    }

    @Override
    public void recoverAndCheck(long seed) throws IOException {
      bury();
      boolean wasJournalled = state.count("copytool.action", "") > 0;
      state = state.reopen();
      site.state = state;
      try (Copytool next = site.start(site.copytool())) {
        if (!site.isQuiet() && !wasJournalled && site.slotsTaken() > 0) {
          // It was in the dead process's pipe: only its timeout frees that slot.
          site.time.advance(LONGER_THAN_THE_TIMEOUT);
        }
        long before = site.time.nanoTime();
        site.untilQuiet();
        // What is over for the coordinator may still be at hand here, to be settled.
        site.until(
            "nothing is at hand", () -> next.status().queued() + next.status().running() == 0);
        assertThat(Duration.ofNanos(site.time.nanoTime() - before))
            .as("without a timeout")
            .isLessThan(Duration.ofMinutes(55));
        if (wasJournalled) {
          assertThat(isDone()).as("done without being asked again").isTrue();
        } else if (!isDone()) {
          site.act(work.action, fid);
        }
        check();
        assertThat(site.slotsTaken()).isZero();
        assertThat(next.status().failed()).isZero();
      }
      assertThat(state.count("copytool.", "")).isZero();
      assertThat(site.store.openUploads()).isEmpty();
    }

    /** Takes the dead process's threads and registration away. */
    private void bury() throws IOException {
      site.killRegistration();
      Copytool dead = dying;
      if (dead != null) {
        try {
          dead.close();
        } catch (SimulatedCrash e) {
          assertThat(e).hasMessageContaining("Simulated crash");
        }
      }
    }

    private boolean isDone() throws IOException {
      return switch (work) {
        case ARCHIVE, ARCHIVE_CHANGED, ARCHIVE_CHANGED_AND_RENAMED -> site.isArchived(fid);
        case RESTORE -> !site.has(fid, HsmFlag.RELEASED);
        case REMOVE -> site.lustre.hsm().state(fid).flags().isEmpty();
      };
    }

    private void check() throws IOException {
      assertThat(isDone())
          .as(
              "%s: done; %s, actions %s, events %s",
              work,
              site.lustre.hsm().state(fid),
              site.lustre.coordinator().actions(),
              site.observer.events())
          .isTrue();
      if (work == Work.REMOVE || work == Work.ARCHIVE_CHANGED_AND_RENAMED) {
        assertThat(site.store.keys()).doesNotContain(name);
      }
      if (work != Work.REMOVE && work != Work.RESTORE) {
        site.act(HsmActionKind.RELEASE, fid);
        site.act(HsmActionKind.RESTORE, fid);
      }
      assertThat(Arrays.equals(site.read(fid), content)).as("the content").isTrue();
    }
  }
}
