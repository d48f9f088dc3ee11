// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.sim;

import static io.kmesh.lustre.jna.sim.SimFixture.name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.ChangelogRecord;
import io.kmesh.lustre.ChangelogType;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.Layout;
import io.kmesh.lustre.LayoutComponent;
import io.kmesh.lustre.StripePattern;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.ChangelogCursor;
import io.kmesh.spi.lustre.ImportAttributes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.spi.posix.XattrMode;
import io.kmesh.testkit.lustre.ChangelogAdmin;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which records the changelogs of the simulated Lustre hold, by mask, and for how long. */
class SimChangelogTest {
  @TempDir Path directory;
  private SimFixture sim;
  private String user;
  private long read;

  @BeforeEach
  void open() throws IOException {
    sim = SimFixture.open(directory, SimFixture.SHAPE, 0L);
    user = sim.fs.changelogs().register(0, Optional.empty());
  }

  @AfterEach
  void close() throws IOException {
    sim.close();
  }

  private ChangelogAdmin admin() {
    return sim.fs.changelogAdmin();
  }

  private void keep(ChangelogType... types) throws IOException {
    admin().changeMask(0, Set.of(types));
  }

  private List<ChangelogRecord> records(int mdt, long from) throws IOException {
    List<ChangelogRecord> all = new ArrayList<>();
    try (ChangelogCursor cursor = sim.fs.changelogs().open(mdt, from)) {
      for (List<ChangelogRecord> some = cursor.next(10); !some.isEmpty(); some = cursor.next(10)) {
        all.addAll(some);
      }
    }
    return all;
  }

  /** What MDT 0 wrote since the last call. */
  private List<ChangelogRecord> fresh() throws IOException {
    List<ChangelogRecord> found = records(0, read + 1);
    if (!found.isEmpty()) {
      read = found.get(found.size() - 1).index();
    }
    return found;
  }

  private List<ChangelogType> types() throws IOException {
    return fresh().stream().map(r -> r.type().orElseThrow()).toList();
  }

  private void setMode(int mode) throws IOException {
    try (PosixDirectory root = sim.tree.openRoot()) {
      root.setMode(name("f"), mode);
    }
  }

  private void setTimes(long seconds) throws IOException {
    try (PosixDirectory root = sim.tree.openRoot()) {
      root.setTimes(name("f"), new FileTime(seconds, 0), new FileTime(seconds, 0));
    }
  }

  @Test
  void mask_whenNew_isLustresDefault() throws IOException {
    Set<ChangelogType> all = EnumSet.allOf(ChangelogType.class);
    all.removeAll(
        Set.of(ChangelogType.OPEN, ChangelogType.ATIME, ChangelogType.GXATR, ChangelogType.NOPEN));
    assertThat(admin().mask(0)).isEqualTo(all);
  }

  @Test
  void records_whenAttributesChange_haveTheFirstTypeThatTheMaskKeeps() throws IOException {
    Fid fid = sim.write("f", "content");
    keep(ChangelogType.SATTR, ChangelogType.MTIME, ChangelogType.CTIME, ChangelogType.ATIME);
    fresh();
    setMode(0600);
    setTimes(5);
    sim.fs.identity().changeProject(fid, 7);
    assertThat(types()).containsExactly(ChangelogType.SATTR, ChangelogType.SATTR);
    keep(ChangelogType.CTIME, ChangelogType.ATIME);
    sim.fs.changelogs().clear(0, user, 0);
    setMode(0640);
    ChangelogRecord changed = fresh().get(0);
    assertThat(changed.type()).contains(ChangelogType.CTIME);
    assertThat(changed.flags()).isEqualTo(0x14);
    sim.fs.changelogs().clear(0, user, 0);
    keep(ChangelogType.ATIME);
    setMode(0600);
    setTimes(6);
    assertThat(types()).containsExactly(ChangelogType.ATIME);
  }

  @Test
  void records_whenOnlyTimesChange_comeOncePerObjectUntilThePurge() throws IOException {
    sim.write("f", "content");
    sim.write("g", "content");
    sim.fs.changelogs().clear(0, user, 0);
    fresh();
    setTimes(1);
    setTimes(2);
    setTimes(3);
    assertThat(types()).containsExactly(ChangelogType.MTIME);
    setMode(0600);
    setMode(0640);
    assertThat(types()).containsExactly(ChangelogType.SATTR, ChangelogType.SATTR);
    try (PosixDirectory root = sim.tree.openRoot()) {
      root.setTimes(name("g"), new FileTime(4, 0), new FileTime(4, 0));
    }
    assertThat(types()).as("another object").containsExactly(ChangelogType.MTIME);
    sim.fs.changelogs().clear(0, user, 0);
    setTimes(5);
    setTimes(6);
    assertThat(types()).as("after the purge").containsExactly(ChangelogType.MTIME);
    setMode(0600);
    sim.fs.changelogs().clear(0, user, 0);
    setMode(0640);
    setTimes(7);
    assertThat(types())
        .as("any record of the object makes it superfluous")
        .containsExactly(ChangelogType.SATTR);
  }

  @Test
  void records_whenAttributesAreRead_areGxatrWhereAsked() throws IOException {
    Fid fid = sim.write("f", "content");
    try (PosixDirectory root = sim.tree.openRoot()) {
      root.setXattr(name("f"), name("trusted.a"), new byte[1], XattrMode.SET);
      fresh();
      root.xattr(name("f"), name("user.a"));
      assertThat(fresh()).isEmpty();
      keep(ChangelogType.GXATR);
      root.xattr(name("f"), name("user.a"));
      root.xattr(name("f"), name("trusted.a"));
    }
    assertThat(fresh())
        .singleElement()
        .satisfies(
            r -> {
              assertThat(r.type()).contains(ChangelogType.GXATR);
              assertThat(r.fid()).isEqualTo(fid);
              assertThat(r.xattrName()).isEqualTo(name("user.a"));
            });
  }

  @Test
  void records_whenAnOpenIsDenied_areNopenOnceAMinute() throws IOException {
    Fid fid = sim.write("f", "content");
    setMode(0600);
    keep(ChangelogType.OPEN, ChangelogType.NOPEN);
    sim.close();
    sim = SimFixture.open(directory, SimFixture.SHAPE, 1000L);
    fresh();
    denied();
    denied();
    assertThat(fresh())
        .singleElement()
        .satisfies(
            r -> {
              assertThat(r.type()).contains(ChangelogType.NOPEN);
              assertThat(r.fid()).isEqualTo(fid);
              assertThat(r.openMode()).isEqualTo(1);
              assertThat(r.origin()).isEqualTo(new ChangelogRecord.Origin(1000, 1000, "0@lo"));
            });
    sim.time.advance(Duration.ofSeconds(61));
    denied();
    assertThat(types()).containsExactly(ChangelogType.NOPEN);
  }

  private void denied() {
    assertThatThrownBy(() -> sim.read("f"))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.errno()).contains(Errno.EACCES));
  }

  @Test
  void rename_whenOverMdts_isOneRecordOfTheNewParentsMdt() throws IOException {
    sim.fs.changelogs().register(1, Optional.empty());
    int there = 0;
    int at = 0;
    while (there == 0) {
      sim.mkdir("d" + at);
      there = sim.fs.identity().mdt(sim.fs.identity().fid(name("d" + at)));
      at += there == 0 ? 1 : 0;
    }
    Fid parent = sim.fs.identity().fid(name("d" + at));
    Fid fid = sim.write("f", "content");
    fresh();
    long before = admin().lastIndex(1);
    try (PosixDirectory root = sim.tree.openRoot();
        PosixDirectory other = root.openDirectory(name("d" + at))) {
      root.rename(name("f"), other, name("g"), RenameMode.REPLACE);
    }
    assertThat(fresh()).isEmpty();
    assertThat(records(1, before + 1))
        .singleElement()
        .satisfies(
            r -> {
              assertThat(r.type()).contains(ChangelogType.RENME);
              assertThat(r.fid()).isEqualTo(Fid.ZERO);
              assertThat(r.parent()).isEqualTo(parent);
              assertThat(r.name()).isEqualTo(name("g"));
              assertThat(r.rename())
                  .isEqualTo(
                      new ChangelogRecord.RenameSource(
                          fid, sim.fs.identity().fid(PathBytes.EMPTY), name("f")));
            });
    assertThat(sim.fs.identity().mdt(fid)).as("the inode stays").isZero();
  }

  @Test
  void importStub_whenPlainOrComposite_writesTheRecordsOfItsSteps() throws IOException {
    admin().changeMask(0, EnumSet.allOf(ChangelogType.class));
    ImportAttributes attributes =
        new ImportAttributes(0644, 0, 0, 1 << 20, new FileTime(9, 1), new FileTime(9, 2));
    sim.hsm.importStub(name("plain"), ArchiveId.of(1), attributes, Layout.plain(1));
    assertThat(types())
        .containsExactly(
            ChangelogType.CREAT,
            ChangelogType.OPEN,
            ChangelogType.LYOUT,
            ChangelogType.HSM,
            ChangelogType.TRUNC,
            ChangelogType.CLOSE);
    Layout composite =
        new Layout(
            List.of(
                new LayoutComponent(0, 1 << 20, StripePattern.RAID0, 1, 1 << 20, "fast"),
                new LayoutComponent(
                    1 << 20, LayoutComponent.TO_EOF, StripePattern.RAID0, 2, 1 << 20, "cheap")),
            false);
    Fid fid = sim.hsm.importStub(name("pfl"), ArchiveId.of(1), attributes, composite);
    assertThat(sim.fs.layouts().layout(fid)).isEqualTo(new Layout(composite.components(), true));
    assertThat(sim.hsm.attributes(fid).flags()).isEqualTo(0xd);
    assertThat(types()).startsWith(ChangelogType.CREAT).hasSize(13);
    sim.restorer.contents.put(fid, new byte[1 << 20]);
    assertThat(sim.read("pfl")).hasSize(1 << 20);
    assertThat(sim.fs.layouts().layout(fid).isComposite())
        .as("the restored layout is the volatile file's")
        .isFalse();
  }

  @Test
  void indices_whenReopened_haveAGapForTheMark() throws IOException {
    sim.write("f", "content");
    long last = admin().lastIndex(0);
    sim.close();
    sim = SimFixture.open(directory, SimFixture.SHAPE, 0L);
    setMode(0600);
    assertThat(records(0, last + 1))
        .singleElement()
        .satisfies(r -> assertThat(r.index()).isEqualTo(last + 2));
  }

  @Test
  void users_whenIdleTooLong_areRemovedAndTheirRecordsFreed() throws IOException {
    String other = sim.fs.changelogs().register(0, Optional.of("other"));
    sim.write("f", "content");
    long last = admin().lastIndex(0);
    sim.time.advance(Duration.ofDays(20));
    sim.fs.changelogs().clear(0, other, last);
    assertThat(records(0, 1)).as("the first user still needs them").isNotEmpty();
    sim.time.advance(Duration.ofDays(11));
    setMode(0600);
    assertThat(admin().users(0))
        .singleElement()
        .satisfies(u -> assertThat(u.id()).isEqualTo(other));
    assertThat(records(0, 1)).hasSize(1).allSatisfy(r -> assertThat(r.index()).isGreaterThan(last));
    assertThatThrownBy(() -> sim.fs.changelogs().clear(0, user, 0))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.errno()).contains(Errno.ENOENT));
    admin().changeIdleLimit(0, Optional.empty(), Duration.ofHours(1));
    sim.time.advance(Duration.ofDays(400));
    setMode(0640);
    assertThat(admin().users(0)).as("nobody looks any more").hasSize(1);
  }

  @Test
  void inject_whenNothingHereDoesIt_showsTheRecordByTheMask() throws IOException {
    Fid fid = sim.write("f", "content");
    Fid root = sim.fs.identity().fid(PathBytes.EMPTY);
    fresh();
    for (ChangelogType type :
        List.of(ChangelogType.MIGRT, ChangelogType.FLRW, ChangelogType.RESYNC, ChangelogType.EXT)) {
      boolean migrates = type == ChangelogType.MIGRT;
      admin()
          .inject(
              0,
              type,
              fid,
              migrates ? root : Fid.ZERO,
              migrates ? name("f") : PathBytes.EMPTY,
              migrates
                  ? Optional.of(new ChangelogRecord.RenameSource(fid, root, name("f")))
                  : Optional.empty());
    }
    assertThat(types())
        .containsExactly(
            ChangelogType.MIGRT, ChangelogType.FLRW, ChangelogType.RESYNC, ChangelogType.EXT);
    keep(ChangelogType.CREAT);
    admin().inject(0, ChangelogType.FLRW, fid, Fid.ZERO, PathBytes.EMPTY, Optional.empty());
    assertThat(fresh()).isEmpty();
  }

  @Test
  void accessTime_whenRead_followsRelatime() throws IOException {
    keep(ChangelogType.ATIME);
    sim.write("f", "content");
    FileTime written = sim.tree.stat(name("f")).atime();
    sim.time.advance(Duration.ofHours(1));
    sim.read("f");
    FileTime first = sim.tree.stat(name("f")).atime();
    assertThat(first).as("it was not newer than the data").isGreaterThan(written);
    sim.time.advance(Duration.ofHours(23));
    sim.read("f");
    assertThat(sim.tree.stat(name("f")).atime()).as("less than a day").isEqualTo(first);
    sim.time.advance(Duration.ofHours(1));
    try (PosixFile file =
        sim.tree.openFile(name("f"), Set.of(OpenFlag.READ, OpenFlag.NO_ACCESS_TIME))) {
      file.read(ByteBuffer.allocate(1), 0);
    }
    assertThat(sim.tree.stat(name("f")).atime()).as("asked not to").isEqualTo(first);
    sim.read("f");
    assertThat(sim.tree.stat(name("f")).atime()).as("a day").isGreaterThan(first);
    assertThat(types()).as("one until the purge").containsExactly(ChangelogType.ATIME);
  }
}
