// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.repository.RepositoryArchive;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.testkit.fault.CrashPoint;
import io.kmesh.testkit.fault.CrashPoints;
import io.kmesh.testkit.fault.CrashableStore;
import io.kmesh.testkit.fault.SimulatedCrash;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.store.MemoryStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Archive, release, prune and restore of a Lustre over a repository, in a process that ends before
 * and after each of its calls to the store: what the coordinator takes for archived restores
 * exactly, released files always do, and what was removed is collected in the end.
 */
@Tag("crash")
class RepositoryArchiveCrashTest {
  private static final Duration LONGER_THAN_THE_TIMEOUT = Duration.ofHours(2);

  @TempDir Path directory;
  private Site site;
  private int runs;

  @BeforeEach
  void open() throws IOException {
    site = Site.open(directory);
  }

  @AfterEach
  void close() throws IOException {
    site.close();
  }

  @Test
  void archiveReleasePruneRestore_crashAnywhere_losesNothing() {
    CrashPoints.Report report = CrashPoints.enumerate(Run::new, 1);
    assertThat(report.operations()).isGreaterThan(50);
    assertThat(report.crashes()).isGreaterThan(report.operations());
  }

  /** One life and one death of a process with a copytool and a collection. */
  private final class Run implements CrashPoints.Scenario {
    private final int number = runs++;
    private final MemoryStore store = MemoryStore.create();
    private final byte[] old = Site.bytes(3000, number);
    private final byte[] changed = Site.bytes(5000, -number);
    private final byte[] other = Site.bytes(20_000, 7L * number);
    private MemoryState state = MemoryState.create(site.time);
    private Fid released;
    private Fid rewritten;
    private @Nullable Copytool dying;
    private @Nullable RepositoryArchive archive;

    Run() {
      try {
        prepare();
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    private void prepare() throws IOException {
      released = site.write("released-" + number, other);
      rewritten = site.write("rewritten-" + number, old);
      Fid gone = site.write("gone-" + number, Site.bytes(4000, number + 1L));
      begin(store);
      site.act(HsmActionKind.ARCHIVE, released, rewritten, gone);
      site.act(HsmActionKind.RELEASE, released);
      site.act(HsmActionKind.REMOVE, gone);
      end();
      site.write("rewritten-" + number, changed);
    }

    private Copytool begin(ObjectStore on) throws IOException {
      RepositoryArchive opened = RepositorySite.archive(site, on);
      archive = opened;
      dying =
          Copytool.builder(site.lustre)
              .state(state)
              .archive(Site.ONE, opened)
              .time(site.time)
              .observer(site.observer)
              .closeTimeout(Duration.ZERO)
              .workers(1)
              .start();
      return dying;
    }

    private void end() throws IOException {
      Copytool copytool = dying;
      RepositoryArchive opened = archive;
      dying = null;
      archive = null;
      if (copytool != null) {
        copytool.close();
      }
      if (opened != null) {
        opened.close();
      }
    }

    @Override
    public void run(CrashPoint point) throws IOException {
      ObjectStore crashable = CrashableStore.of(store, point);
      Copytool copytool = begin(crashable);
      step(point, copytool, HsmActionKind.ARCHIVE, rewritten);
      if (site.isArchived(rewritten)) {
        site.act(HsmActionKind.RELEASE, rewritten);
      }
      if (!point.hasCrashed()) {
        RepositorySite.prune(site, crashable);
        step(point, copytool, HsmActionKind.RESTORE, rewritten);
      }
      if (!point.hasCrashed()) {
        end();
      }
    }

    private void step(CrashPoint point, Copytool copytool, HsmActionKind kind, Fid fid)
        throws IOException {
      site.request(kind, Site.ONE, fid);
      site.until(
          "it ends or crashes",
          Duration.ofMillis(100),
          () -> point.hasCrashed() || (site.isQuiet() && copytool.status().running() == 0));
    }

    @Override
    public void recoverAndCheck(long seed) throws IOException {
      bury();
      boolean wasJournalled = state.count("copytool.action", "") > 0;
      state = state.reopen();
      try {
        begin(store);
        if (!site.isQuiet() && !wasJournalled && site.slotsTaken() > 0) {
          // It was in the dead process's pipe: only its timeout frees that slot.
          site.time.advance(LONGER_THAN_THE_TIMEOUT);
        }
        site.untilQuiet();
        RepositorySite.prune(site, store);
        check();
        RepositorySite.requireWhole(site, store);
        site.act(HsmActionKind.REMOVE, released, rewritten);
        RepositorySite.prune(site, store);
        RepositorySite.prune(site, store);
        assertThat(RepositorySite.dataPacks(site, store)).isZero();
        assertThat(archive == null ? null : archive.archived(Optional.empty(), 10)).isEmpty();
      } finally {
        end();
      }
      assertThat(state.count("copytool.", "")).isZero();
    }

    private void check() throws IOException {
      if (!site.isArchived(rewritten)) {
        site.act(HsmActionKind.ARCHIVE, rewritten);
      }
      assertThat(site.isArchived(rewritten)).isTrue();
      if (!site.has(rewritten, HsmFlag.RELEASED)) {
        site.act(HsmActionKind.RELEASE, rewritten);
      }
      assertThat(site.has(rewritten, HsmFlag.RELEASED)).isTrue();
      assertThat(site.has(released, HsmFlag.RELEASED)).isTrue();
      site.act(HsmActionKind.RESTORE, rewritten, released);
      assertThat(Arrays.equals(site.read(rewritten), changed)).as("what was archived").isTrue();
      assertThat(Arrays.equals(site.read(released), other)).as("what was released").isTrue();
    }

    /** Takes the dead process's threads and registration away. */
    private void bury() throws IOException {
      site.killRegistration();
      try {
        end();
      } catch (SimulatedCrash e) {
        assertThat(e).hasMessageContaining("Simulated crash");
      }
    }
  }
}
