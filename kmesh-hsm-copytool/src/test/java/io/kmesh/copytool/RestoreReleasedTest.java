// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool;

import static io.kmesh.lustre.HsmActionKind.ARCHIVE;
import static io.kmesh.lustre.HsmActionKind.RELEASE;
import static io.kmesh.lustre.HsmActionKind.REMOVE;
import static io.kmesh.lustre.HsmActionKind.RESTORE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.endpoints.Endpoints;
import io.kmesh.core.internal.snapshots.RestoreTarget;
import io.kmesh.core.internal.snapshots.ScanTally;
import io.kmesh.core.internal.snapshots.SnapshotProblem;
import io.kmesh.core.internal.snapshots.TreeRestore;
import io.kmesh.engine.PosixTrees;
import io.kmesh.engine.ReceiptCodec;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.ForwardingLustreBinding;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.LustreCapability;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.XattrMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Restores of files that were released when their snapshot was taken: nothing is recalled. */
class RestoreReleasedTest extends ReleasedFiles {
  @Test
  void onItsFileSystem_isAStub_thatNeedsTheOriginalNoMore() throws IOException {
    Fid original = released("f", DATA);
    Fid empty = released("empty", new byte[0]);
    try (PosixFile file = site.lustre.tree().openFile(PathBytes.of("d/f"), Set.of(OpenFlag.READ))) {
      file.setOwner(12, 34);
      file.setMode(04751);
      file.setXattr(PathBytes.of("user.colour"), new byte[] {1, 2}, XattrMode.SET);
    }
    try (PosixDirectory d = site.lustre.tree().openDirectory(PathBytes.of("d"))) {
      d.link(PathBytes.of("f"), d, PathBytes.of("g"));
    }
    FileStat was = site.lustre.identity().stat(original);
    String snapshot = take();
    ScanTally tally = restore(snapshot, back());
    assertThat(tally.problems()).isEmpty();
    nothingElse("f", "g", "empty");
    Fid stub = fid("back/f");
    assertThat(stub).isNotEqualTo(original).isEqualTo(fid("back/g"));
    assertThat(site.lustre.hsm().state(stub).flags())
        .containsExactlyInAnyOrder(HsmFlag.EXISTS, HsmFlag.ARCHIVED, HsmFlag.RELEASED);
    FileStat now = site.lustre.identity().stat(stub);
    assertThat(now.mode()).isEqualTo(was.mode()).isEqualTo(04751);
    assertThat(now.uid()).isEqualTo(12);
    assertThat(now.mtime()).isEqualTo(was.mtime());
    assertThat(now.size()).isEqualTo(was.size());
    assertThat(now.links()).isEqualTo(2);
    assertThat(recalls()).isZero();

    // The original goes, with its copy and all that nothing keeps.
    site.act(RESTORE, original, empty);
    site.act(REMOVE, original, empty);
    unlink("d/f");
    RepositorySite.prune(site, site.store);
    RepositorySite.prune(site, site.store);
    RepositorySite.requireWhole(site, site.store);
    assertThat(recalled("back/f")).isEqualTo(DATA);
    assertThat(recalled("back/empty")).isEmpty();
    // The stub's own removal takes what is its own.
    site.act(REMOVE, stub);
    assertThat(archive.archived(java.util.Optional.empty(), 10)).containsExactly(fid("back/empty"));
  }

  @Test
  void removalOfTheStub_leavesTheOriginal() throws IOException {
    Fid original = released("f", DATA);
    restore(take(), back());
    Fid stub = fid("back/f");
    site.act(RESTORE, stub);
    site.act(REMOVE, stub);
    RepositorySite.prune(site, site.store);
    RepositorySite.prune(site, site.store);
    site.act(RESTORE, original);
    assertThat(site.read(original)).isEqualTo(DATA);
  }

  @Test
  void snapshotOfStubs_isRestored_too() throws IOException {
    released("f", DATA);
    restore(take(), back());
    unlink("d/f");
    try (PosixDirectory d = site.lustre.tree().openDirectory(PathBytes.of("d"));
        PosixDirectory back = site.lustre.tree().openDirectory(BACK)) {
      back.rename(
          PathBytes.of("f"), d, PathBytes.of("f"), io.kmesh.spi.posix.RenameMode.NO_REPLACE);
    }
    assertThat(restore(take(), back()).problems()).isEmpty();
    assertThat(recalls()).isZero();
    assertThat(recalled("back/f")).isEqualTo(DATA);
  }

  @Test
  void elsewhere_isRestoredWithItsBytes_fromTheRepository() throws IOException {
    released("f", DATA);
    String snapshot = take();
    Path target = Files.createDirectory(directory.resolve("target"));
    try (PosixTree tree = PosixTrees.open(target)) {
      assertThat(restore(snapshot, RestoreTarget.of(tree)).problems()).isEmpty();
    }
    assertThat(target.resolve("f")).hasBinaryContent(DATA);
    try (Site other = Site.open(Files.createDirectory(directory.resolve("other")))) {
      RestoreTarget place = new RestoreTarget(other.lustre.tree(), other.lustre);
      assertThat(restore(snapshot, place).problems()).isEmpty();
      Fid full = other.lustre.identity().fid(PathBytes.of("f"));
      assertThat(other.lustre.hsm().state(full).flags()).isEmpty();
      assertThat(other.read(full)).isEqualTo(DATA);
    }
    assertThat(recalls()).isZero();
  }

  @Test
  void whereStubsCanNotBeMade_isRestoredWithItsBytes() throws IOException {
    released("f", DATA);
    String snapshot = take();
    LustreBinding bare =
        new ForwardingLustreBinding() {
          @Override
          protected LustreBinding delegate() {
            return site.lustre;
          }

          @Override
          public Set<LustreCapability> capabilities() {
            return EnumSet.of(LustreCapability.HSM);
          }
        };
    assertThat(restore(snapshot, back(bare)).problems()).isEmpty();
    assertThat(site.read(fid("back/f"))).isEqualTo(DATA);
    assertThat(recalls()).isZero();
  }

  @Test
  void contentThatIsNotThere_whenItIsTaken_isLeftOut_withAWord() throws IOException {
    Fid changed = released("changed", DATA);
    Fid other = released("other", Site.bytes(100_000, 2));
    Fid removed = released("removed", DATA);
    lose(removed);
    byte[] receipt;
    try (PosixFile file = site.lustre.identity().open(other, Set.of(OpenFlag.READ))) {
      receipt = file.xattr(ReceiptCodec.XATTR).orElseThrow();
    }
    try (PosixFile file = site.lustre.identity().open(changed, Set.of(OpenFlag.READ))) {
      file.setXattr(ReceiptCodec.XATTR, receipt, XattrMode.SET);
    }
    ScanTally tally = restore(take(), back());
    assertThat(tally.problems())
        .extracting(p -> p.path().toString())
        .containsExactlyInAnyOrder("changed", "removed");
    assertThat(reason(tally, "changed")).contains("another content");
    assertThat(reason(tally, "removed")).contains("it was removed there").contains("Restore it");
    nothingElse("other");
    assertThat(recalls()).isZero();
  }

  private static String reason(ScanTally tally, String path) {
    return tally.problems().stream()
        .filter(p -> p.path().equals(PathBytes.of(path)))
        .map(SnapshotProblem::reason)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void contentInAnotherArchive_isNamed_andTheFileItselfIsKept() throws IOException {
    copytool.close();
    try (Copytool mirror = site.start(site.copytool())) {
      released("f", DATA);
      assertThat(mirror.status().archived()).isEqualTo(1);
    }
    String snapshot = take();
    ScanTally tally = restore(snapshot, back());
    assertThat(tally.problems()).hasSize(1);
    assertThat(reason(tally, "f")).contains("which is not this repository").contains("ckpt");
    nothingElse();
    // In place it is what it was.
    try (PosixDirectory d = site.lustre.tree().openDirectory(PathBytes.of("d"))) {
      d.setMode(PathBytes.of("f"), 0600);
    }
    RestoreTarget inPlace =
        new RestoreTarget(Endpoints.below(site.lustre.tree(), PathBytes.of("d")), site.lustre);
    tally = restore(snapshot, inPlace, TreeRestore.Overwrite.CHANGED);
    assertThat(tally.problems()).isEmpty();
    assertThat(site.has(fid("d/f"), HsmFlag.RELEASED)).isTrue();
    assertThat(recalls()).isZero();
  }

  @Test
  void inPlace_replacesWhatDiffers_andNothingElse() throws IOException {
    Fid same = released("same", DATA);
    Fid touched = released("touched", DATA);
    String snapshot = take();
    try (PosixFile file =
        site.lustre.tree().openFile(PathBytes.of("d/touched"), Set.of(OpenFlag.READ))) {
      var time = new io.kmesh.spi.posix.FileTime(5, 0);
      file.setTimes(time, time);
    }
    RestoreTarget inPlace =
        new RestoreTarget(Endpoints.below(site.lustre.tree(), PathBytes.of("d")), site.lustre);
    assertThatThrownBy(() -> restore(snapshot, inPlace)).hasMessageContaining("not empty");
    assertThat(restore(snapshot, inPlace, TreeRestore.Overwrite.CHANGED).problems()).isEmpty();
    assertThat(fid("d/same")).isEqualTo(same);
    assertThat(fid("d/touched")).isNotEqualTo(touched);
    assertThat(recalls()).isZero();
    assertThat(recalled("d/touched")).isEqualTo(DATA);
    assertThat(recalled("d/same")).isEqualTo(DATA);
  }

  @Test
  void manyStubs_shareHeads() throws IOException {
    for (int i = 0; i < 20; i++) {
      site.write("d/f" + i, ByteBuffer.allocate(4).putInt(i).array());
    }
    Fid[] all = new Fid[20];
    for (int i = 0; i < 20; i++) {
      all[i] = fid("d/f" + i);
    }
    site.act(ARCHIVE, all);
    site.act(RELEASE, all);
    String snapshot = take();
    long before = RepositorySite.domain(site, site.store).heads().newest().generation();
    assertThat(restore(snapshot, back()).problems()).isEmpty();
    long after = RepositorySite.domain(site, site.store).heads().newest().generation();
    assertThat(after - before).isLessThan(8);
    for (int i = 0; i < 20; i++) {
      assertThat(ByteBuffer.wrap(recalled("back/f" + i)).getInt()).isEqualTo(i);
    }
  }
}
