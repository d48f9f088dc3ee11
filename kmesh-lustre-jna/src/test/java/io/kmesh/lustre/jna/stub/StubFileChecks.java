// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.stub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.kmesh.lustre.ComponentFlag;
import io.kmesh.lustre.EntryName;
import io.kmesh.lustre.Extent;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.FileAdvice;
import io.kmesh.lustre.FileComponent;
import io.kmesh.lustre.FileLayout;
import io.kmesh.lustre.Layout;
import io.kmesh.lustre.LeaseMode;
import io.kmesh.lustre.QuotaKind;
import io.kmesh.lustre.jna.JnaLustre;
import io.kmesh.lustre.jna.internal.lustre.ServerFolder;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.LustreCapability;
import io.kmesh.spi.lustre.LustreOpenFiles;
import io.kmesh.spi.lustre.OnServerOnlyException;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.RenameMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Files, names, targets and mounts, and what only some releases or servers have. */
class StubFileChecks extends StubChecks {
  /** As a client answers that knows no flags of renameat2(2). */
  @Test
  void rename_whenTheClientRefusesFlags_takesFreeNamesOnly() throws IOException {
    Fid fid = create("file");
    create("taken");
    try (PosixDirectory root = lustre().tree().openRoot()) {
      root.makeDirectory(PathBytes.of("d"), 0700);
      root.makeDirectory(PathBytes.of("e"), 0700);
      for (String from : List.of("file", "d")) {
        for (String to : List.of("taken", "e")) {
          assertThat(renameWithoutFlags(root, from, to)).hasValue(Errno.EEXIST);
        }
        assertThat(renameWithoutFlags(root, from, from + ".new")).isEmpty();
        assertThat(root.find(PathBytes.of(from))).isEmpty();
        assertThat(root.find(PathBytes.of(from + ".new"))).isPresent();
        assertThat(renameWithoutFlags(root, from, "other")).hasValue(Errno.ENOENT);
      }
      assertThat(lustre().identity().fid(PathBytes.of("file.new"))).isEqualTo(fid);
      assertThat(lustre().identity().stat(fid).links()).isEqualTo(1);
      assertThat(renameWithoutFlags(root, "d.new", "d.new/inside")).hasValue(Errno.EINVAL);
    }
  }

  private Optional<Errno> renameWithoutFlags(PosixDirectory directory, String from, String to) {
    stub.failNext("renameat2", Errno.EINVAL.code());
    PathBytes name = PathBytes.of(from);
    ProviderException e =
        catchThrowableOfType(
            ProviderException.class,
            () -> {
              int slash = to.lastIndexOf('/');
              PathBytes last = PathBytes.of(to.substring(slash + 1));
              if (slash < 0) {
                directory.rename(name, directory, last, RenameMode.NO_REPLACE);
              } else {
                PathBytes parent = PathBytes.of(to.substring(0, slash));
                try (PosixDirectory below = directory.openDirectory(parent)) {
                  directory.rename(name, below, last, RenameMode.NO_REPLACE);
                }
              }
            });
    return e == null ? Optional.empty() : e.errno();
  }

  @Test
  void capabilities_areAllButTheServers() {
    Set<LustreCapability> expected = EnumSet.allOf(LustreCapability.class);
    expected.remove(LustreCapability.SERVER_CONTROL);
    assertThat(lustre().capabilities()).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(lustre().identity().fileSystemName()).isEqualTo("lustre");
    OnServerOnlyException e =
        catchThrowableOfType(
            OnServerOnlyException.class, () -> lustre().changelogs().register(1, Optional.empty()));
    assertThat(e.getMessage()).contains("lctl --device lustre-MDT0001 changelog_register");
  }

  @Test
  void server_whenThisNodeServesMdts_isRead() throws IOException {
    Path root = directory.resolve("parameters");
    ServerFolder.write(
        root, ServerFolder.parameters(ServerFolder.captured("hsm/params.all_hsm.txt")));
    System.setProperty("kmesh.lustre.parameters", root.toString());
    try (LustreBinding server = new JnaLustre().open(directory.resolve("mnt"))) {
      assertThat(server.capabilities()).contains(LustreCapability.SERVER_CONTROL);
      assertThat(server.server().mdts()).containsExactlyInAnyOrder(0, 1);
      assertThat(server.server().coordinator(1).maxRequests()).hasValue(3);
    } finally {
      System.clearProperty("kmesh.lustre.parameters");
    }
  }

  @Test
  void usage_countsTargetsPoolsAndQuota() throws IOException {
    assertThat(lustre().usage().targets()).hasSize(6);
    assertThat(lustre().usage().pools()).hasSize(2);
    assertThat(lustre().usage().pools()).allSatisfy(pool -> assertThat(pool.osts()).hasSize(2));
    Fid fid = create("file");
    lustre().identity().changeProject(fid, 77);
    assertThat(lustre().identity().project(fid)).isEqualTo(77);
    assertThat(lustre().usage().quota(QuotaKind.PROJECT, 77).files()).isEqualTo(1);
    assertThat(lustre().usage().quota(QuotaKind.PROJECT, 78).files()).isZero();
  }

  @Test
  void openFiles_areLockedLeasedAndAdvised() throws IOException {
    create("file");
    LustreOpenFiles files = lustre().openFiles();
    try (PosixFile file = lustre().tree().openFile(PathBytes.of("file"), Set.of(OpenFlag.READ))) {
      LustreOpenFiles.GroupLock lock = files.lockGroup(file, 5);
      assertThat(failure(() -> files.lockGroup(file, 6)).errno()).hasValue(Errno.EINVAL);
      lock.close();
      try (LustreOpenFiles.Lease lease = files.lease(file, LeaseMode.WRITE)) {
        assertThat(lease.isHeld()).isTrue();
        lustre().tree().openFile(PathBytes.of("file"), Set.of(OpenFlag.READ)).close();
        assertThat(lease.isHeld()).as("somebody opened it").isFalse();
      }
      files.advise(file, FileAdvice.WILL_READ, new Extent(0, 10));
      assertThat(failure(() -> files.advise(file, FileAdvice.DONT_NEED, new Extent(5, 0))).errno())
          .hasValue(Errno.EINVAL);
      assertThat(files.heat(file).isOn()).isTrue();
      assertThat(failure(() -> files.pccState(file)).errno()).hasValue(Errno.EOPNOTSUPP);
    }
  }

  @Test
  void mirrors_areAddedGetStaleAndInSyncAgain() throws IOException {
    Fid fid = create("file");
    archive(fid);
    lustre().layouts().extendMirror(fid, Layout.plain(1).inPool("flash"));
    assertThat(lustre().layouts().fileLayout(fid).mirrors()).hasSize(2);
    try (PosixFile file = lustre().tree().openFile(PathBytes.of("file"), Set.of(OpenFlag.READ))) {
      FileLayout open = lustre().layouts().fileLayout(file);
      assertThat(open.mirrors()).hasSize(2);
      assertThat(open.mirrors().get(1).get(0).striping().orElseThrow().pool()).hasValue("flash");
    }
    try (PosixFile file = lustre().tree().openFile(PathBytes.of("file"), Set.of(OpenFlag.WRITE))) {
      file.write(ByteBuffer.wrap(CONTENT), 3);
    }
    assertThat(stale(fid)).isEqualTo(1);
    lustre().layouts().resyncMirrors(fid);
    lustre().layouts().resyncMirrors(fid);
    assertThat(stale(fid)).isZero();
    List<List<FileComponent>> mirrors = lustre().layouts().fileLayout(fid).mirrors();
    int first = mirrors.get(0).get(0).mirrorId();
    int second = mirrors.get(1).get(0).mirrorId();
    assertThat(lustre().layouts().firstDifference(fid, first, second)).isEmpty();
    lustre().layouts().splitMirror(fid, second);
    assertThat(lustre().layouts().fileLayout(fid).mirrors()).hasSize(1);
    assertThat(failure(() -> lustre().layouts().splitMirror(fid, first)).errno())
        .hasValue(Errno.EINVAL);
  }

  private long stale(Fid fid) throws IOException {
    return lustre().layouts().fileLayout(fid).components().stream()
        .filter(component -> component.has(ComponentFlag.STALE))
        .count();
  }

  @Test
  void parents_whenHardLinked_areAllDirectoriesWithTheirNames() throws IOException {
    Fid fid = create("file");
    try (PosixDirectory root = lustre().tree().openRoot()) {
      root.makeDirectory(PathBytes.of("d"), 0755);
      try (PosixDirectory below = root.openDirectory(PathBytes.of("d"))) {
        root.link(PathBytes.of("file"), below, PathBytes.of("other"));
      }
    }
    assertThat(lustre().identity().parents(fid))
        .containsExactlyInAnyOrder(
            new EntryName(lustre().identity().fid(PathBytes.EMPTY), PathBytes.of("file")),
            new EntryName(lustre().identity().fid(PathBytes.of("d")), PathBytes.of("other")));
  }

  @Test
  void open_whenThePathIsNoMountPoint_saysWhatItIs() throws IOException {
    try (PosixDirectory root = lustre().tree().openRoot()) {
      root.makeDirectory(PathBytes.of("below"), 0755);
    }
    JnaLustre provider = new JnaLustre();
    Path below = directory.resolve("mnt").resolve("below");
    assertThat(failure(() -> provider.open(below)).kind()).isEqualTo(ErrorKind.INVALID);
    assertThat(failure(() -> provider.open(directory)).kind()).isEqualTo(ErrorKind.UNSUPPORTED);
    assertThat(failure(() -> provider.open(directory.resolve("none"))).kind())
        .isEqualTo(ErrorKind.NOT_FOUND);
    assertThat(provider.mountPoints())
        .containsExactly(PathBytes.of(directory.toRealPath().resolve("mnt").toString()));
  }

  /** As for a user who is not root: debugfs is not for everybody. */
  @Test
  void createFile_whenPoolsCannotBeListed_isInItsPoolOrNotMade() throws IOException {
    for (Errno errno : List.of(Errno.ENOENT, Errno.EACCES)) {
      PathBytes path = PathBytes.of("file-" + errno.code());
      stub.failNext("llapi_get_poollist", errno.code());
      ProviderException e =
          failure(
              () -> lustre().layouts().createFile(path, 0600, Layout.plain(1).inPool("nosuch")));
      assertThat(e.errno()).hasValue(Errno.EINVAL);
      assertThat(e.getMessage()).contains("there is no pool \"nosuch\"");
      stub.failNext("llapi_get_poollist", errno.code());
      Fid fid = lustre().layouts().createFile(path, 0600, Layout.plain(1).inPool("flash"));
      assertThat(lustre().layouts().layout(fid).pool()).contains("flash");
      stub.failNext("llapi_get_poollist", errno.code());
      Layout elsewhere = Layout.plain(1).inPool("nosuch");
      assertThat(failure(() -> lustre().layouts().migrate(fid, elsewhere)).errno())
          .hasValue(Errno.EINVAL);
      assertThat(lustre().layouts().layout(fid).pool()).contains("flash");
    }
  }
}
