// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.sim;

import static io.kmesh.lustre.jna.sim.SimFixture.name;
import static io.kmesh.lustre.jna.sim.SimFixture.stored;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.lustre.Layout;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.ImportAttributes;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.spi.posix.XattrMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** HSM as the file system half carries it: release, restore on access, data versions, DIRTY. */
class SimHsmTest {
  @TempDir Path directory;
  private SimFixture sim;

  @BeforeEach
  void open() throws IOException {
    sim = SimFixture.open(directory, SimFixture.SHAPE, 0L);
  }

  @AfterEach
  void close() throws IOException {
    assertThat(sim.fs.inodesInUse()).isZero();
    sim.close();
  }

  private static void assertErrno(ThrowingCallable call, Errno errno) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.errno()).contains(errno));
  }

  private int flags(Fid fid) throws IOException {
    return sim.hsm.attributes(fid).flags();
  }

  @Test
  void release_whenArchivedAndClean_dropsTheBytes() throws IOException {
    Fid fid = sim.write("f", "content");
    assertThat(stored(directory, "objects")).hasSize(1);
    sim.archiveAndRelease(fid);

    assertThat(stored(directory, "objects")).isEmpty();
    assertThat(flags(fid)).isEqualTo(0xd);
    FileStat stat = sim.tree.stat(name("f"));
    assertThat(stat.size()).isEqualTo(7);
    assertThat(stat.blocks()).isEqualTo(1);
    assertThat(sim.hsm.dataVersion(fid)).isZero();
    assertThat(sim.fs.layouts().layout(fid).isReleased()).isTrue();
    sim.hsm.release(fid);
    assertThat(sim.restorer.restored).isEmpty();
  }

  @Test
  void read_whenReleased_restoresOnceAndKeepsAttributes() throws IOException {
    Fid fid = sim.write("f", "content");
    try (PosixDirectory root = sim.tree.openRoot()) {
      root.setTimes(name("f"), new FileTime(5, 6), new FileTime(7, 8));
      root.setMode(name("f"), 0640);
    }
    sim.archiveAndRelease(fid);
    assertThat(sim.read("f")).asString(StandardCharsets.UTF_8).isEqualTo("content");
    assertThat(sim.read("f")).asString(StandardCharsets.UTF_8).isEqualTo("content");
    assertThat(sim.restorer.restored).containsExactly(fid);
    assertThat(flags(fid)).isEqualTo(9);
    assertThat(sim.hsm.attributes(fid).archivedVersion()).isEqualTo(sim.hsm.dataVersion(fid));
    FileStat stat = sim.tree.stat(name("f"));
    assertThat(stat.mtime()).isEqualTo(new FileTime(7, 8));
    assertThat(stat.mode()).isEqualTo(0640);
    sim.hsm.release(fid);
    assertThat(flags(fid)).isEqualTo(0xd);
  }

  @Test
  void accesses_whenReleased_restoreOrNotAsOnLustre() throws IOException {
    Fid fid = sim.write("f", "content");
    sim.archiveAndRelease(fid);
    try (PosixDirectory root = sim.tree.openRoot()) {
      root.setMode(name("f"), 0600);
      root.setXattr(name("f"), name("user.a"), new byte[] {1}, XattrMode.SET);
      root.link(name("f"), root, name("g"));
      root.rename(name("g"), root, name("h"), RenameMode.REPLACE);
      root.setTimes(name("f"), new FileTime(1, 0), new FileTime(1, 0));
      try (PosixFile file = root.openFile(name("f"), EnumSet.of(OpenFlag.WRITE))) {
        assertThat(file.stat().size()).isEqualTo(7);
      }
      assertThat(flags(fid)).isEqualTo(0xd);
      assertThat(sim.restorer.restored).isEmpty();
      try (PosixFile file = root.openFile(name("h"), Set.of(OpenFlag.READ))) {
        assertThat(file.nextData(0)).hasValue(0);
      }
      assertThat(sim.restorer.restored).hasSize(1);
      sim.hsm.release(fid);
      try (PosixFile file = root.openFile(name("h"), Set.of(OpenFlag.READ))) {
        assertThat(file.nextHole(0)).isEqualTo(7);
      }
      assertThat(sim.restorer.restored).hasSize(2);
      sim.hsm.release(fid);
      try (PosixFile file = root.openFile(name("f"), EnumSet.of(OpenFlag.WRITE))) {
        file.truncate(3);
      }
      assertThat(sim.restorer.restored).hasSize(3);
      assertThat(flags(fid)).isEqualTo(0xb);
      assertThat(sim.read("h")).asString(StandardCharsets.UTF_8).isEqualTo("con");
    }
  }

  @Test
  void truncate_whenToNothing_needsNoRestore() throws IOException {
    Fid fid = sim.write("f", "content");
    sim.archiveAndRelease(fid);
    sim.write("f", "");
    try (PosixFile file =
        sim.tree.openFile(name("f"), EnumSet.of(OpenFlag.WRITE, OpenFlag.TRUNCATE))) {
      assertThat(file.stat().size()).isZero();
    }
    assertThat(sim.restorer.restored).isEmpty();
    assertThat(flags(fid)).isEqualTo(0xb);
    assertThat(sim.read("f")).isEmpty();
  }

  @Test
  void read_whenRestoreFails_isNoData() throws IOException {
    Fid fid = sim.write("f", "content");
    sim.archiveAndRelease(fid);
    sim.restorer.contents.clear();
    assertErrno(() -> sim.read("f"), Errno.ENODATA);
    sim.hsm.update(fid, a -> a.without(HsmFlag.RELEASED, HsmFlag.ARCHIVED), null);
    assertErrno(() -> sim.read("f"), Errno.ENODATA);
    assertThat(sim.restorer.restored).isEmpty();
  }

  @Test
  void write_whenArchived_setsDirtyAtClose() throws IOException {
    Fid fid = sim.write("f", "content");
    sim.archived(fid);
    long version = sim.hsm.dataVersion(fid);
    try (PosixFile file = sim.tree.openFile(name("f"), EnumSet.of(OpenFlag.WRITE))) {
      file.write(ByteBuffer.wrap("c".getBytes(StandardCharsets.UTF_8)), 0);
      assertThat(flags(fid)).isEqualTo(9);
      assertThat(sim.hsm.dataVersion(fid)).isNotEqualTo(version);
      assertErrno(() -> sim.hsm.release(fid), Errno.EBUSY);
    }
    assertThat(flags(fid)).isEqualTo(0xb);
    assertErrno(() -> sim.hsm.release(fid), Errno.EPERM);
    sim.hsm.update(fid, a -> a.without(HsmFlag.DIRTY), null);
    assertErrno(() -> sim.hsm.release(fid), Errno.EPERM);
    sim.archived(fid);
    sim.hsm.update(fid, a -> a.with(HsmFlag.NORELEASE), null);
    assertErrno(() -> sim.hsm.release(fid), Errno.EPERM);
    sim.hsm.update(fid, a -> a.without(HsmFlag.NORELEASE).with(HsmFlag.LOST), null);
    assertErrno(() -> sim.hsm.release(fid), Errno.EPERM);
  }

  @Test
  void dataVersion_whenOnlyAttributesChange_stays() throws IOException {
    Fid fid = sim.write("f", "content");
    sim.archived(fid);
    long version = sim.hsm.dataVersion(fid);
    try (PosixDirectory root = sim.tree.openRoot()) {
      root.setMode(name("f"), 0644);
      root.setTimes(name("f"), new FileTime(1, 0), new FileTime(1, 0));
      root.setXattr(name("f"), name("user.a"), new byte[5000], XattrMode.SET);
      root.link(name("f"), root, name("g"));
      root.rename(name("f"), root, name("h"), RenameMode.REPLACE);
    }
    sim.fs.identity().changeProject(fid, 42);
    assertThat(sim.fs.identity().project(fid)).isEqualTo(42);
    assertThat(sim.hsm.dataVersion(fid)).isEqualTo(version);
    assertThat(flags(fid)).isEqualTo(9);
    try (PosixFile file = sim.tree.openFile(name("g"), EnumSet.of(OpenFlag.WRITE))) {
      file.truncate(7);
    }
    assertThat(sim.hsm.dataVersion(fid)).isNotEqualTo(version);
    assertThat(flags(fid)).isEqualTo(0xb);
  }

  @Test
  void restore_whenDirectoryHasAnotherDefault_givesItsLayout() throws IOException {
    sim.mkdir("d");
    Fid fid = sim.fs.layouts().createFile(name("d/f"), 0644, Layout.plain(2).inPool("fast"));
    try (PosixFile file = sim.tree.openFile(name("d/f"), EnumSet.of(OpenFlag.WRITE))) {
      file.write(ByteBuffer.wrap(new byte[3000]), 0);
    }
    assertThat(sim.fs.layouts().layout(fid).pool()).contains("fast");
    sim.fs
        .layouts()
        .changeDirectoryDefault(sim.fs.identity().fid(name("d")), Layout.plain(1).inPool("cheap"));
    sim.archiveAndRelease(fid);
    assertThat(sim.fs.layouts().layout(fid).pool()).contains("fast");
    assertThat(sim.read("d/f")).hasSize(3000);
    assertThat(sim.fs.layouts().layout(fid).pool()).contains("cheap");
    assertThat(sim.fs.usage().pools().get(0).used().bytes()).isEqualTo(4096);
    assertThat(sim.fs.usage().pools().get(1).used().bytes()).isZero();
  }

  @Test
  void migrate_whenArchived_staysReleasable() throws IOException {
    Fid fid = sim.write("f", new byte[100_000]);
    sim.archived(fid);
    long before = sim.hsm.dataVersion(fid);
    long after = sim.fs.layouts().migrate(fid, Layout.plain(1).inPool("cheap"));
    assertThat(after).isNotEqualTo(before).isEqualTo(sim.hsm.dataVersion(fid));
    assertThat(flags(fid)).isEqualTo(9);
    sim.hsm.release(fid);
    assertThat(flags(fid)).isEqualTo(0xd);
    assertErrno(() -> sim.fs.layouts().migrate(fid, Layout.plain(1)), Errno.EOPNOTSUPP);
  }

  @Test
  void migrate_whenDirtyOrOpenForWriting_doesNotHideIt() throws IOException {
    Fid fid = sim.write("f", "content");
    sim.archived(fid);
    try (PosixFile file = sim.tree.openFile(name("f"), EnumSet.of(OpenFlag.WRITE))) {
      file.write(ByteBuffer.wrap(new byte[] {1}), 0);
      assertErrno(() -> sim.fs.layouts().migrate(fid, Layout.plain(1)), Errno.EBUSY);
    }
    sim.hsm.update(fid, a -> a.without(HsmFlag.DIRTY), null);
    sim.fs.layouts().migrate(fid, Layout.plain(1));
    assertErrno(() -> sim.hsm.release(fid), Errno.EPERM);
  }

  @Test
  void importStub_whenAllowed_makesAReleasedFile() throws IOException {
    Fid fid =
        sim.hsm.importStub(
            name("stub"),
            ArchiveId.of(3),
            new ImportAttributes(04755, 7, 8, 1 << 20, new FileTime(9, 1), new FileTime(9, 2)),
            Layout.plain(2).inPool("cheap"));
    FileStat stat = sim.tree.stat(name("stub"));
    assertThat(stat.mode()).isEqualTo(0755);
    assertThat(stat.uid()).isEqualTo(7);
    assertThat(stat.size()).isEqualTo(1 << 20);
    assertThat(stat.blocks()).isEqualTo(1);
    assertThat(stat.mtime()).isEqualTo(new FileTime(9, 1));
    assertThat(sim.hsm.attributes(fid).state().toString())
        .isEqualTo("(0x0000000d) released exists archived, archive_id:3");
    Layout layout = sim.fs.layouts().layout(fid);
    assertThat(layout.pool()).contains("cheap");
    assertThat(layout.components().get(0).stripeCount()).isEqualTo(2);
    assertErrno(
        () ->
            sim.hsm.importStub(
                name("other"),
                ArchiveId.of(3),
                new ImportAttributes(0644, 0, 0, 0, new FileTime(9, 1), new FileTime(9, 2)),
                Layout.plain(1).inPool("none")),
        Errno.EINVAL);
    try (PosixDirectory root = sim.tree.openRoot()) {
      assertThat(root.find(name("other"))).isEmpty();
    }
  }

  @Test
  void unlink_whenLastLinkOfArchived_tellsTheCoordinatorAtLastClose() throws IOException {
    Fid fid = sim.write("f", "content");
    sim.archived(fid);
    try (PosixDirectory root = sim.tree.openRoot();
        PosixFile open = root.openFile(name("f"), Set.of(OpenFlag.READ))) {
      root.link(name("f"), root, name("g"));
      root.unlink(name("f"));
      root.unlink(name("g"));
      assertThat(sim.restorer.unlinked).isEmpty();
      assertThat(SimFixture.read(open)).hasSize(7);
      assertThat(sim.hsm.exists(fid)).isTrue();
    }
    assertThat(sim.restorer.unlinked).containsExactly(fid);
    assertThat(sim.hsm.exists(fid)).isFalse();
    assertThat(stored(directory, "objects")).isEmpty();
    assertErrno(() -> sim.fs.identity().paths(fid), Errno.ENOENT);
  }

  @Test
  void swapRestored_whenFileIsNotReleased_isRefused() throws IOException {
    Fid fid = sim.write("f", "content");
    Fid temporary = sim.hsm.createVolatile(fid);
    assertErrno(() -> sim.hsm.swapRestored(fid, temporary, null), Errno.EINVAL);
    sim.hsm.dropVolatile(temporary);
    sim.hsm.dropVolatile(temporary);
    assertThat(sim.hsm.exists(temporary)).isFalse();
    assertThat(sim.read("f")).hasSize(7);
  }

  @Test
  void volatileFile_whenProcessDies_isGoneAtTheNextOpening() throws IOException {
    Fid fid = sim.write("f", "content");
    sim.archiveAndRelease(fid);
    Fid temporary = sim.hsm.createVolatile(fid);
    PosixFile half = sim.hsm.openInternal(temporary, Set.of(OpenFlag.WRITE));
    half.write(ByteBuffer.wrap(new byte[100]), 0);
    sim.fs.dropAsKilled();
    sim = SimFixture.open(directory);
    assertThat(sim.hsm.exists(temporary)).isFalse();
    assertThat(stored(directory, "objects")).isEmpty();
    assertThat(flags(fid)).isEqualTo(0xd);
  }

  @Test
  void write_whenProcessDiesBeforeClose_isDirtyAtTheNextOpening() throws IOException {
    Fid fid = sim.write("f", "content");
    sim.archived(fid);
    PosixFile open = sim.tree.openFile(name("f"), EnumSet.of(OpenFlag.WRITE));
    open.write(ByteBuffer.wrap(new byte[] {1}), 0);
    sim.fs.dropAsKilled();
    sim = SimFixture.open(directory, SimFixture.SHAPE, 0L);
    assertThat(flags(fid)).isEqualTo(0xb);
    assertThat(sim.read("f")).startsWith(1);
  }

  @Test
  void backingDirectory_whenReadPastTheSimulator_fails() throws IOException {
    sim.mkdir("d");
    Fid fid = sim.write("d/f", "content");
    Fid parent = sim.fs.identity().fid(name("d"));
    sim.archiveAndRelease(fid);
    String folder = Long.toHexString(parent.sequence()) + "." + Integer.toHexString(parent.oid());
    try (var found = Files.walk(directory.resolve("dirs"))) {
      Path real = found.filter(p -> p.endsWith(Path.of(folder, "f"))).findFirst().orElseThrow();
      assertThatThrownBy(() -> Files.readAllBytes(real))
          .isInstanceOf(java.nio.file.NoSuchFileException.class);
    }
  }

  @Test
  void open_whenAnotherHoldsIt_namesTheProcess() {
    assertThatThrownBy(() -> SimFixture.open(directory))
        .hasMessageContaining("process " + ProcessHandle.current().pid());
  }

  @Test
  void caller_whenNotPrivileged_isRefusedWhatLustreRefuses() throws IOException {
    Fid fid = sim.write("f", "content");
    sim.archived(fid);
    try (PosixDirectory root = sim.tree.openRoot()) {
      root.setMode(name("f"), 0600);
      root.setXattr(name("f"), name("trusted.a"), new byte[1], XattrMode.SET);
      root.setXattr(name("f"), name("trusted.hsm"), new byte[24], XattrMode.SET);
      assertThat(root.xattrNames(name("f"))).containsExactly(name("trusted.a"));
      assertErrno(
          () -> root.setXattr(name("f"), name("trusted.lov"), new byte[1], XattrMode.SET),
          Errno.ERANGE);
    }
    sim.close();
    sim = SimFixture.open(directory, SimFixture.SHAPE, 1000L);
    assertErrno(() -> sim.read("f"), Errno.EACCES);
    assertErrno(() -> sim.hsm.release(fid), Errno.EPERM);
    assertErrno(() -> sim.fs.identity().open(fid, Set.of(OpenFlag.READ)), Errno.EPERM);
    PathBytes trusted = name("trusted.a");
    try (PosixDirectory root = sim.tree.openRoot()) {
      assertThat(root.xattr(name("f"), trusted)).isEqualTo(Optional.empty());
      assertThat(root.xattrNames(name("f"))).isEqualTo(List.of());
      assertErrno(() -> root.setXattr(name("f"), trusted, new byte[1], XattrMode.SET), Errno.EPERM);
      assertErrno(() -> root.makeDirectory(name("d"), 0755), Errno.EACCES);
    }
  }
}
