// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.lustre.LustreCapability;
import io.kmesh.spi.lustre.LustreIdentity;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.RenameMode;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** What every {@link LustreIdentity} does: FIDs, paths of hard links, opening by FID. */
public abstract class LustreIdentityContract extends LustreFixture {
  private static final Fid NOBODY = new Fid(0x200000401L, 0x7fffffff, 0);

  /** For subclasses. */
  protected LustreIdentityContract() {}

  private LustreIdentity identity() {
    return lustre().identity();
  }

  @Test
  final void fid_whenAskedInAnyWay_isTheSame() throws Exception {
    Fid fid = create("file", CONTENT);
    assertThat(identity().fid(path("file"))).isEqualTo(fid);
    try (PosixFile file = open("file", OpenFlag.READ)) {
      assertThat(identity().fid(file)).isEqualTo(fid);
    }
    try (PosixDirectory directory = openDirectory()) {
      assertThat(identity().fid(directory, PathBytes.of("file"))).isEqualTo(fid);
      assertThat(identity().fid(directory)).isEqualTo(identity().fid(path("")));
    }
    FileStat stat = identity().stat(fid);
    assertThat(stat.size()).isEqualTo(CONTENT.length);
    assertThat(stat).isEqualTo(lustre().tree().stat(path("file")));
  }

  @Test
  final void fid_whenNameIsUsedAgain_isAnother() throws Exception {
    Set<Fid> seen = new HashSet<>();
    for (int i = 0; i < 5; i++) {
      assertThat(seen.add(create("file", CONTENT))).isTrue();
      try (PosixDirectory directory = openDirectory()) {
        directory.unlink(PathBytes.of("file"));
      }
    }
  }

  @Test
  final void fid_whenMissing_isRefused() throws IOException {
    assertFails(() -> identity().fid(path("none")), Errno.ENOENT);
    assertFails(() -> identity().stat(NOBODY), Errno.ENOENT, Errno.ESTALE);
    assertFails(() -> identity().paths(NOBODY), Errno.ENOENT);
    assertFails(() -> identity().open(NOBODY, Set.of(OpenFlag.READ)), Errno.ENOENT, Errno.ESTALE);
  }

  @Test
  final void fid_whenEntryIsALink_isTheLinksOwn() throws Exception {
    Fid file = create("file", CONTENT);
    try (PosixDirectory directory = openDirectory()) {
      directory.makeSymlink(PathBytes.of("link"), PathBytes.of("file"));
    }
    assertThat(identity().fid(path("link"))).isNotEqualTo(file);
  }

  @Test
  final void fid_whenTheOpenDirectoryWasRenamed_isStillThatOfItsEntry() throws Exception {
    try (PosixDirectory directory = openDirectory()) {
      directory.makeDirectory(PathBytes.of("d"), 0755);
      try (PosixDirectory open = directory.openDirectory(PathBytes.of("d"))) {
        open.makeSymlink(PathBytes.of("link"), PathBytes.of("nowhere"));
        open.makeNode(PathBytes.of("pipe"), FileType.FIFO, 0600, 0);
        open.makeDirectory(PathBytes.of("below"), 0755);
        directory.rename(PathBytes.of("d"), directory, PathBytes.of("e"), RenameMode.REPLACE);
        for (String name : List.of("link", "pipe", "below")) {
          assertThat(identity().fid(open, PathBytes.of(name)))
              .as(name)
              .isEqualTo(identity().fid(path("e").resolve(name)));
        }
        assertFails(() -> identity().fid(open, PathBytes.of("none")), Errno.ENOENT);
      }
    }
  }

  @Test
  final void paths_whenHardLinked_areAll() throws Exception {
    Fid fid = create("file", CONTENT);
    try (PosixDirectory directory = openDirectory()) {
      directory.makeDirectory(PathBytes.of("below"), 0755);
      try (PosixDirectory below = directory.openDirectory(PathBytes.of("below"))) {
        directory.link(PathBytes.of("file"), below, PathBytes.of("b\n\u00e9"));
        directory.link(PathBytes.of("file"), directory, PathBytes.of("c"));
        directory.rename(PathBytes.of("c"), below, PathBytes.of("d"), RenameMode.REPLACE);
        assertThat(identity().paths(fid))
            .containsExactlyInAnyOrder(
                path("file"), path("below").resolve("b\n\u00e9"), path("below").resolve("d"));
        directory.unlink(PathBytes.of("file"));
        below.unlink(PathBytes.of("d"));
      }
    }
    assertThat(identity().paths(fid)).containsExactly(path("below").resolve("b\n\u00e9"));
  }

  @Test
  final void open_whenByFid_opensTheFileUnderAnyName() throws Exception {
    Assumptions.assumeTrue(lustre().capabilities().contains(LustreCapability.OPEN_BY_FID));
    Fid fid = create("file", CONTENT);
    try (PosixDirectory directory = openDirectory()) {
      directory.rename(PathBytes.of("file"), directory, PathBytes.of("other"), RenameMode.REPLACE);
    }
    try (PosixFile file = identity().open(fid, Set.of(OpenFlag.READ, OpenFlag.NO_ACCESS_TIME))) {
      assertThat(read(file)).isEqualTo(CONTENT);
      assertThat(identity().fid(file)).isEqualTo(fid);
    }
    try (PosixFile file = identity().open(fid, Set.of(OpenFlag.WRITE, OpenFlag.TRUNCATE))) {
      assertThat(file.stat().size()).isZero();
    }
  }

  @Test
  final void mdt_whenAsked_isOneOfThem() throws Exception {
    Fid fid = create("file", CONTENT);
    assertThat(identity().mdts()).contains(identity().mdt(fid)).doesNotHaveDuplicates();
    assertThat(identity().fileSystemName()).isNotEmpty();
  }
}
