// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool;

import static io.kmesh.lustre.HsmActionKind.ARCHIVE;
import static io.kmesh.lustre.HsmActionKind.RELEASE;
import static io.kmesh.lustre.HsmActionKind.REMOVE;
import static io.kmesh.lustre.HsmActionKind.RESTORE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.engine.FileReceipts;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.CopytoolSession;
import io.kmesh.spi.lustre.ForwardingLustreBinding;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.LustreCopytools;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.spi.posix.XattrMode;
import io.kmesh.spi.store.DeleteTarget;
import io.kmesh.testkit.junit.KmeshExtension;
import io.kmesh.testkit.junit.KmeshResources;
import io.kmesh.testkit.lustre.ActionStatus;
import io.kmesh.testkit.lustre.CoordinatorSettings;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Files that go to the archive and come back, with all that happens to them on the way. */
@ExtendWith(KmeshExtension.class)
class CopytoolRoundTripTest {
  @TempDir Path directory;
  private Site site;

  @BeforeEach
  void open() throws IOException {
    site = Site.open(directory);
  }

  @AfterEach
  void close() throws IOException {
    site.close();
  }

  @Test
  void archiveReleaseRestore_anyFile_bringsBytesAndAttributesBack(KmeshResources resources)
      throws IOException {
    PathBytes xattr = PathBytes.of("user.colour");
    byte[] content = Site.bytes(300_000, 1);
    Fid fid = site.write("data", content);
    try (PosixFile file = site.lustre.tree().openFile(PathBytes.of("data"), Set.of())) {
      file.setMode(0640);
      file.setXattr(xattr, "red".getBytes(StandardCharsets.US_ASCII), XattrMode.SET);
      file.setTimes(new FileTime(1_500_000_000L, 1), new FileTime(1_500_000_001L, 123_456_789));
    }
    FileStat before = site.lustre.identity().stat(fid);
    resources.watch(site.store);
    FileReceipts receipts = new FileReceipts(site.lustre);
    try (Copytool copytool = site.start(site.copytool(resources.watch(site.lustre)))) {
      site.act(ARCHIVE, fid);
      assertThat(site.isArchived(fid)).isTrue();
      assertThat(site.store.keys()).contains("data");
      assertThat(receipts.current(fid).orElseThrow().sha256()).isEqualTo(Site.sha256(content));
      long archivedVersion = site.lustre.hsm().dataVersion(fid);
      site.act(RELEASE, fid);
      assertThat(site.has(fid, HsmFlag.RELEASED)).isTrue();

      site.act(RESTORE, fid);

      assertThat(site.read(fid)).isEqualTo(content);
      FileStat after = site.lustre.identity().stat(fid);
      assertThat(after.mode()).isEqualTo(before.mode());
      assertThat(after.size()).isEqualTo(before.size());
      assertThat(after.mtime()).isEqualTo(before.mtime());
      try (PosixFile file = site.lustre.tree().openFile(PathBytes.of("data"), Set.of())) {
        assertThat(file.xattr(xattr).orElseThrow()).asString().isEqualTo("red");
      }
      assertThat(site.isArchived(fid)).isTrue();
      assertThat(receipts.current(fid).orElseThrow().dataVersion())
          .isEqualTo(site.lustre.hsm().dataVersion(fid))
          .isNotEqualTo(archivedVersion);
      site.act(RELEASE, fid);
      assertThat(site.has(fid, HsmFlag.RELEASED)).as("released again, without archiving").isTrue();
      CopytoolStatus status = copytool.status();
      assertThat(status.archived()).isEqualTo(1);
      assertThat(status.restored()).isEqualTo(1);
      assertThat(status.bytesArchived()).isEqualTo(DataSize.ofBytes(content.length));
      assertThat(status.bytesRestored()).isEqualTo(DataSize.ofBytes(content.length));
      assertThat(status.failed()).isZero();
    }
    assertThat(site.observer.count("copytool.archived")).isEqualTo(1);
  }

  @Test
  void restore_largeSparseAndEmptyFile_bringsThemBack() throws IOException {
    byte[] large = Site.bytes(20 << 20, 5);
    Fid big = site.write("big", large);
    Fid empty = site.write("empty", new byte[0]);
    try (Copytool copytool = site.start(site.copytool().memory(DataSize.ofMib(32)))) {
      site.act(ARCHIVE, big, empty);
      site.act(RELEASE, big, empty);
      site.act(RESTORE, big, empty);
      assertThat(copytool.status().restored()).isEqualTo(2);
    }
    assertThat(site.read(big)).isEqualTo(large);
    assertThat(site.read(empty)).isEmpty();
    assertThat(site.store.openUploads()).isEmpty();
  }

  @Test
  void remove_archivedFile_takesObjectAndFlagsAway() throws IOException {
    Fid fid = site.write("data", Site.bytes(1000, 2));
    try (Copytool copytool = site.start(site.copytool())) {
      site.act(ARCHIVE, fid);
      site.act(REMOVE, fid);
      assertThat(site.store.keys()).isEmpty();
      assertThat(site.lustre.hsm().state(fid).flags()).isEmpty();
      assertThat(copytool.status().removed()).isEqualTo(1);
      assertThat(new FileReceipts(site.lustre).current(fid)).isEmpty();
    }
  }

  @Test
  void remove_whenNothingIsThere_failsWithoutHarm() throws IOException {
    Fid fid = site.write("data", Site.bytes(1000, 2));
    try (Copytool copytool = site.start(site.copytool())) {
      site.act(ARCHIVE, fid);
      site.store.blocking().delete(List.of(DeleteTarget.of("data")));
      site.act(REMOVE, fid);
      assertThat(site.status(fid)).isEqualTo(ActionStatus.FAILED);
      assertThat(copytool.status().failed()).isEqualTo(1);
      assertThat(site.messages("copytool.action.failed"))
          .singleElement()
          .asString()
          .contains("remove " + fid);
    }
  }

  @Test
  void archive_changedFile_replacesTheObjectAndRestoresTheNewBytes() throws IOException {
    Fid fid = site.write("data", Site.bytes(1000, 2));
    byte[] second = Site.bytes(2000, 3);
    try (Copytool copytool = site.start(site.copytool())) {
      site.act(ARCHIVE, fid);
      site.write("data", second);
      assertThat(site.has(fid, HsmFlag.DIRTY)).isTrue();
      assertThatThrownBy(() -> site.act(RELEASE, fid)).isInstanceOf(IOException.class);
      site.act(ARCHIVE, fid);
      site.act(RELEASE, fid);
      site.act(RESTORE, fid);
      assertThat(copytool.status().archived()).isEqualTo(2);
    }
    assertThat(site.read(fid)).isEqualTo(second);
    assertThat(site.store.keys()).as("what was replaced is gone").containsExactly("data");
  }

  @Test
  void restore_renamedFileWhoseNameAnotherTook_bringsEachOnesBytes() throws IOException {
    byte[] first = Site.bytes(1000, 2);
    byte[] second = Site.bytes(1000, 3);
    Fid one = site.write("data", first);
    try (Copytool copytool = site.start(site.copytool())) {
      site.act(ARCHIVE, one);
      site.act(RELEASE, one);
      try (PosixDirectory root = site.lustre.tree().openRoot()) {
        root.rename(PathBytes.of("data"), root, PathBytes.of("old"), RenameMode.NO_REPLACE);
      }
      Fid two = site.write("data", second);
      site.act(ARCHIVE, two);
      site.act(RELEASE, two);
      site.act(RESTORE, one, two);
      assertThat(site.read(one)).isEqualTo(first);
      assertThat(site.read(two)).isEqualTo(second);
      assertThat(copytool.status().failed()).isZero();
      FileReceipts receipts = new FileReceipts(site.lustre);
      assertThat(receipts.remoteProblem(one, name -> Optional.of(site.store))).isEmpty();
      assertThat(receipts.remoteProblem(two, name -> Optional.of(site.store))).isEmpty();
    }
  }

  @Test
  void manyFiles_beyondTheMemoryBound_spillAndAreAllDone() throws IOException {
    int files = 200;
    site.lustre.coordinator().configure(CoordinatorSettings.DEFAULTS.withMaxRequests(1000));
    List<Fid> fids = new ArrayList<>();
    for (int i = 0; i < files; i++) {
      fids.add(site.write("f" + i, Site.bytes(100, i)));
    }
    Gate gate = new Gate();
    try (Copytool copytool =
        site.start(site.copytool(gate.lustre(site.lustre)).maxQueued(10).workers(2))) {
      site.request(ARCHIVE, Site.ONE, fids.toArray(Fid[]::new));
      site.until(
          "items spill",
          () ->
              copytool.status().running() == 2
                  && copytool.status().queued() + copytool.status().spilled() == files - 2);
      assertThat(copytool.status().queued()).isLessThanOrEqualTo(10);
      assertThat(copytool.actions()).hasSizeLessThanOrEqualTo(12);
      assertThat(copytool.actions().get(0).phase()).isEqualTo(CopytoolAction.Phase.RUNNING);
      gate.open();
      site.until("all ends", () -> copytool.status().archived() == files);
      assertThat(copytool.status().spilled()).isZero();
      assertThat(copytool.actions()).isEmpty();
    }
    for (Fid fid : fids) {
      assertThat(site.isArchived(fid)).isTrue();
    }
    assertThat(site.state.count("copytool.action", "")).isZero();
  }

  @Test
  void restores_behindSpilledArchives_goFirst() throws IOException {
    site.lustre.coordinator().configure(CoordinatorSettings.DEFAULTS.withMaxRequests(1000));
    Gate gate = new Gate();
    gate.open();
    List<Fid> restored = new ArrayList<>();
    List<Fid> archived = new ArrayList<>();
    try (Copytool copytool =
        site.start(site.copytool(gate.lustre(site.lustre)).workers(1).maxQueued(4))) {
      for (int i = 0; i < 3; i++) {
        restored.add(site.write("r" + i, Site.bytes(100, i)));
      }
      site.act(ARCHIVE, restored.toArray(Fid[]::new));
      site.act(RELEASE, restored.toArray(Fid[]::new));
      for (int i = 0; i < 30; i++) {
        archived.add(site.write("a" + i, Site.bytes(100, i)));
      }
      gate.close();
      site.request(ARCHIVE, Site.ONE, archived.toArray(Fid[]::new));
      site.until("items spill", () -> isAtHand(copytool, 30));
      site.request(RESTORE, Site.ONE, restored.toArray(Fid[]::new));
      site.until("restores are at hand", () -> isAtHand(copytool, 33));
      gate.begun.clear();
      gate.open();
      site.until("all ends", () -> copytool.status().archived() == 33);
    }
    // The first was taken from the queue before the restores came.
    assertThat(gate.begun.subList(1, 4)).containsExactlyInAnyOrderElementsOf(restored);
  }

  private static boolean isAtHand(Copytool copytool, int items) {
    CopytoolStatus status = copytool.status();
    return status.running() == 1 && status.queued() + status.spilled() == items - 1;
  }

  @Test
  void severalArchives_eachHasItsStore() throws IOException {
    MemoryStore other = MemoryStore.builder().name("other").time(site.time).build();
    Fid one = site.write("one", Site.bytes(100, 1));
    Fid two = site.write("two", Site.bytes(100, 2));
    try (Copytool copytool = site.start(site.copytool().store("cold", Site.TWO, other))) {
      site.act(ARCHIVE, Site.ONE, one);
      site.act(ARCHIVE, Site.TWO, two);
      assertThat(site.store.keys()).containsExactly("one");
      assertThat(other.keys()).containsExactly("two");
      assertThat(new FileReceipts(site.lustre).current(two).orElseThrow().store())
          .isEqualTo("cold");
      site.act(RELEASE, one, two);
      site.act(RESTORE, Site.TWO, two);
      site.act(RESTORE, Site.ONE, one);
      assertThat(copytool.status().restored()).isEqualTo(2);
    }
  }

  @Test
  void archive_anIdWithoutBackEnd_failsAndSaysSo() throws IOException {
    Fid fid = site.write("data", Site.bytes(100, 1));
    LustreBinding forAll =
        new ForwardingLustreBinding() {
          @Override
          protected LustreBinding delegate() {
            return site.lustre;
          }

          @Override
          public LustreCopytools copytools() {
            return archives -> site.lustre.copytools().register(Set.of());
          }
        };
    try (Copytool copytool = site.start(site.copytool(forAll))) {
      site.act(ARCHIVE, Site.TWO, fid);
      assertThat(site.status(fid)).isEqualTo(ActionStatus.FAILED);
      assertThat(site.messages("copytool.action.failed"))
          .singleElement()
          .asString()
          .contains("this copytool serves no archive 2, only 1.");
      assertThat(copytool.status().failed()).isEqualTo(1);
    }
  }

  @Test
  void start_withTwoBackEndsForAnArchiveOrBadSizes_refuses() {
    assertThatThrownBy(() -> site.copytool().archive(Site.ONE, TestBackends.archiverOnly()).start())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("archive 1 has a store and a back end");
    assertThatThrownBy(() -> site.copytool().workers(0)).hasMessageContaining("the least is 1");
    assertThatThrownBy(() -> site.copytool().memory(DataSize.ofMib(1)))
        .hasMessageContaining("the least is 32");
    assertThatThrownBy(() -> site.copytool().heartbeat(Duration.ZERO))
        .hasMessageContaining("the heartbeat");
    assertThatThrownBy(() -> Copytool.builder(site.lustre).start())
        .hasMessageContaining("no state was given");
    assertThatThrownBy(() -> Copytool.builder(site.lustre).state(site.state).start())
        .hasMessageContaining("it serves no archive");
  }

  @Test
  void start_secondOneOnAMount_namesTheHolderAndLeavesTheFirstAlone() throws IOException {
    Fid fid = site.write("data", Site.bytes(100, 1));
    try (Copytool copytool = site.start(site.copytool())) {
      assertThatThrownBy(() -> site.copytool().start()).hasMessageContaining("EEXIST");
      site.act(ARCHIVE, fid);
      assertThat(copytool.status().archived()).isEqualTo(1);
    }
  }

  /** Holds actions back before they begin, and notes the order in which they do. */
  static final class Gate {
    final List<Fid> begun = Collections.synchronizedList(new ArrayList<>());
    private boolean isOpen; // guarded by this

    synchronized void open() {
      isOpen = true;
      notifyAll();
    }

    synchronized void close() {
      isOpen = false;
    }

    private synchronized void pass(Fid fid) throws IOException {
      while (!isOpen) {
        try {
          wait();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new java.io.InterruptedIOException("at the gate");
        }
      }
      begun.add(fid);
    }

    LustreBinding lustre(LustreBinding real) {
      return new ForwardingLustreBinding() {
        @Override
        protected LustreBinding delegate() {
          return real;
        }

        @Override
        public LustreCopytools copytools() {
          return archives -> session(real.copytools().register(archives));
        }
      };
    }

    private CopytoolSession session(CopytoolSession real) {
      return (CopytoolSession)
          java.lang.reflect.Proxy.newProxyInstance(
              CopytoolSession.class.getClassLoader(),
              new Class<?>[] {CopytoolSession.class},
              (proxy, method, arguments) -> {
                if (method.getName().equals("begin")) {
                  pass(((io.kmesh.spi.lustre.ActionItem) arguments[0]).fid());
                }
                try {
                  return method.invoke(real, arguments);
                } catch (java.lang.reflect.InvocationTargetException e) {
                  throw e.getCause();
                }
              });
    }
  }
}
