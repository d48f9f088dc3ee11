// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.contract;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.lustre.Fid;
import io.kmesh.lustre.FileLayout;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.lustre.Layout;
import io.kmesh.lustre.LayoutComponent;
import io.kmesh.lustre.PoolUsage;
import io.kmesh.lustre.StripePattern;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.lustre.LayoutSwap;
import io.kmesh.spi.lustre.LustreLayouts;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * What every {@link LustreLayouts} does: layouts of files and directories, migration, swaps, and
 * what a restore gives. Tests with pools are skipped where there is none.
 */
public abstract class LustreLayoutsContract extends LustreFixture {
  private static final long MIB = 1 << 20;
  private static final byte[] OTHER = "Other content, and more of it.\n".getBytes(UTF_8);

  /** For subclasses. */
  protected LustreLayoutsContract() {}

  private LustreLayouts layouts() {
    return lustre().layouts();
  }

  private List<String> pools() throws IOException {
    return lustre().usage().pools().stream().map(PoolUsage::name).sorted().toList();
  }

  private String pool() throws IOException {
    Assumptions.assumeFalse(pools().isEmpty(), "no pool");
    return pools().get(0);
  }

  @Test
  final void layout_whenFileIsPlain_isReadByFidAndHandle() throws Exception {
    Fid fid = create("file", CONTENT);
    Layout layout = layouts().layout(fid);
    assertThat(layout.isReleased()).isFalse();
    assertThat(layout.components().get(0).stripeCount()).isPositive();
    assertThat(layout.components().get(0).stripeSize()).isPositive();
    try (PosixFile file = open("file", OpenFlag.READ)) {
      assertThat(layouts().layout(file)).isEqualTo(layout);
    }
  }

  @Test
  final void fileLayout_ofAnOpenFile_isThatOfItsFid() throws Exception {
    Fid fid = create("file", CONTENT);
    try (PosixFile file = open("file", OpenFlag.READ)) {
      FileLayout open = layouts().fileLayout(file);
      FileLayout byFid = layouts().fileLayout(fid);
      assertThat(open.asLayout()).isEqualTo(byFid.asLayout());
      assertThat(open.mirrorCount()).isEqualTo(byFid.mirrorCount());
      assertThat(open.components()).hasSameSizeAs(byFid.components());
    }
  }

  @Test
  final void createFile_whenLayoutIsGiven_hasItFromTheStart() throws Exception {
    Fid fid = layouts().createFile(path("file"), 0640, Layout.plain(1, 4 * MIB, null));
    LayoutComponent component = layouts().layout(fid).components().get(0);
    assertThat(component.stripeSize()).isEqualTo(4 * MIB);
    assertThat(component.stripeCount()).isEqualTo(1);
    assertThat(lustre().identity().stat(fid).mode()).isEqualTo(0640);
    assertFails(() -> layouts().createFile(path("file"), 0640, Layout.plain(1)), Errno.EEXIST);
    assertFails(() -> layouts().createFile(path("none/file"), 0640, Layout.plain(1)), Errno.ENOENT);
  }

  @Test
  final void createFile_inAnOpenDirectory_isThatDirectorys() throws Exception {
    try (PosixDirectory directory = openDirectory()) {
      PathBytes name = PathBytes.of("file");
      Fid fid = layouts().createFile(directory, name, 0640, Layout.plain(1, 4 * MIB, null));
      assertThat(lustre().identity().fid(path("file"))).isEqualTo(fid);
      assertThat(layouts().layout(fid).components().get(0).stripeSize()).isEqualTo(4 * MIB);
      assertFails(() -> layouts().createFile(directory, name, 0640, Layout.plain(1)), Errno.EEXIST);
    }
  }

  @Test
  final void createFile_whenPoolIsUnknown_leavesNoFile() throws Exception {
    assertFails(
        () -> layouts().createFile(path("file"), 0640, Layout.plain(1).inPool("nosuch")),
        Errno.EINVAL);
    try (PosixDirectory directory = openDirectory()) {
      assertThat(directory.find(PathBytes.of("file"))).isEmpty();
    }
  }

  @Test
  final void createFile_whenComposite_keepsItsComponents() throws Exception {
    Layout asked =
        new Layout(
            List.of(
                new LayoutComponent(0, 64 * MIB, StripePattern.RAID0, 1, MIB, null),
                new LayoutComponent(
                    64 * MIB, LayoutComponent.TO_EOF, StripePattern.RAID0, 2, 4 * MIB, null)),
            false);
    Fid fid = layouts().createFile(path("file"), 0640, asked);
    Layout found = layouts().layout(fid);
    assertThat(found.isComposite()).isTrue();
    assertThat(found.components()).hasSize(2);
    assertThat(found.components().get(1).start()).isEqualTo(64 * MIB);
    assertThat(found.components().get(1).stripeSize()).isEqualTo(4 * MIB);
  }

  @Test
  final void directoryDefault_whenSet_isGivenToFilesAndDirectoriesBelow() throws Exception {
    String pool = pool();
    try (PosixDirectory directory = openDirectory()) {
      directory.makeDirectory(PathBytes.of("d"), 0755);
      Fid fid = lustre().identity().fid(path("d"));
      assertThat(layouts().directoryDefault(fid)).isEmpty();
      layouts().changeDirectoryDefault(fid, Layout.plain(1).inPool(pool));
      assertThat(layouts().directoryDefault(fid).orElseThrow().pool()).contains(pool);
      try (PosixDirectory d = directory.openDirectory(PathBytes.of("d"))) {
        d.makeDirectory(PathBytes.of("e"), 0755);
      }
    }
    create("before", CONTENT);
    assertThat(layouts().layout(create("d/file", CONTENT)).pool()).contains(pool);
    assertThat(layouts().layout(create("d/e/file", CONTENT)).pool()).contains(pool);
    assertThat(layouts().layout(lustre().identity().fid(path("before"))).pool())
        .isNotEqualTo(java.util.Optional.of(pool));
  }

  @Test
  final void migrate_whenArchived_keepsContentAndStateAndStaysReleasable() throws Exception {
    String pool = pool();
    Fid fid = archived("file", CONTENT);
    long before = lustre().hsm().dataVersion(fid);
    long after = layouts().migrate(fid, Layout.plain(1).inPool(pool));
    assertThat(after).isNotEqualTo(before).isEqualTo(lustre().hsm().dataVersion(fid));
    assertThat(layouts().layout(fid).pool()).contains(pool);
    assertThat(read("file")).isEqualTo(CONTENT);
    assertThat(flags(fid)).containsExactlyInAnyOrder(HsmFlag.EXISTS, HsmFlag.ARCHIVED);
    request(HsmActionKind.RELEASE, fid);
    assertThat(flags(fid)).contains(HsmFlag.RELEASED);
    assertFails(() -> layouts().migrate(fid, Layout.plain(1)), Errno.EOPNOTSUPP);
  }

  @Test
  final void migrate_whenRefused_changesNothing() throws Exception {
    Fid fid = create("file", CONTENT);
    Layout before = layouts().layout(fid);
    long version = lustre().hsm().dataVersion(fid);
    assertFails(() -> layouts().migrate(fid, Layout.plain(1).inPool("nosuch")), Errno.EINVAL);
    assertThat(layouts().layout(fid)).isEqualTo(before);
    assertThat(lustre().hsm().dataVersion(fid)).isEqualTo(version);
    try (PosixFile file = open("file", OpenFlag.WRITE)) {
      file.write(ByteBuffer.wrap(CONTENT), 0);
      assertFails(() -> layouts().migrate(fid, Layout.plain(1)), Errno.EBUSY, Errno.ESTALE);
    }
    assertThat(read("file")).isEqualTo(CONTENT);
  }

  @Test
  final void swap_exchangesDataAndLayouts_andLeavesTheRest() throws Exception {
    Fid first = create("first", CONTENT);
    Fid second = layouts().createFile(path("second"), 0640, Layout.plain(1, 4 * MIB, null));
    write("second", OTHER, 0);
    FileStat before = lustre().identity().stat(first);
    Layout own = layouts().layout(first);
    long version = lustre().hsm().dataVersion(first);

    layouts().swap(LayoutSwap.of(first, second));

    assertThat(read("first")).isEqualTo(OTHER);
    assertThat(read("second")).isEqualTo(CONTENT);
    assertThat(layouts().layout(first).components().get(0).stripeSize()).isEqualTo(4 * MIB);
    assertThat(layouts().layout(second)).isEqualTo(own);
    assertThat(lustre().identity().fid(path("first"))).isEqualTo(first);
    FileStat after = lustre().identity().stat(first);
    assertThat(after.mode()).isEqualTo(before.mode());
    assertThat(after.mtime().seconds()).isEqualTo(before.mtime().seconds());
    assertThat(after.size()).isEqualTo(OTHER.length);
    assertThat(lustre().hsm().dataVersion(first)).isNotEqualTo(version);
    write("first", CONTENT, 0);
    assertThat(read("second")).isEqualTo(CONTENT);
  }

  @Test
  final void swap_ofAnArchivedFile_makesItDirty() throws Exception {
    Fid first = archived("first", CONTENT);
    Fid second = archived("second", OTHER);
    for (LayoutSwap swap :
        List.of(LayoutSwap.of(first, second), LayoutSwap.of(first, second).underLease())) {
      layouts().swap(swap);
      assertThat(flags(first)).contains(HsmFlag.ARCHIVED, HsmFlag.DIRTY);
      assertThat(flags(second)).contains(HsmFlag.ARCHIVED, HsmFlag.DIRTY);
      assertFails(() -> request(HsmActionKind.RELEASE, first), Errno.EPERM);
      assertFails(() -> request(HsmActionKind.RELEASE, second), Errno.EPERM);
      archive(first, second);
      assertThat(flags(first)).doesNotContain(HsmFlag.DIRTY);
    }
    assertThat(read("first")).isEqualTo(CONTENT);
    request(HsmActionKind.RELEASE, second);
    assertFails(() -> layouts().swap(LayoutSwap.of(first, second)), Errno.EOPNOTSUPP);
    assertFails(() -> layouts().swap(LayoutSwap.of(second, first)), Errno.EOPNOTSUPP);
    assertThat(flags(first)).doesNotContain(HsmFlag.DIRTY);
  }

  @Test
  final void swap_whenAConditionDoesNotHold_changesNothing() throws Exception {
    Fid first = create("first", CONTENT);
    Fid second = create("second", OTHER);
    long ofFirst = lustre().hsm().dataVersion(first);
    long ofSecond = lustre().hsm().dataVersion(second);
    for (LayoutSwap swap :
        List.of(LayoutSwap.of(first, second), LayoutSwap.of(first, second).underLease())) {
      assertFails(() -> layouts().swap(swap.atVersions(ofFirst + 1, ofSecond)), Errno.EAGAIN);
      assertFails(() -> layouts().swap(swap.atVersions(ofFirst, ofSecond + 1)), Errno.EAGAIN);
    }
    try (PosixFile writer = open("first", OpenFlag.WRITE)) {
      LayoutSwap leased = LayoutSwap.of(first, second).underLease();
      assertFails(() -> layouts().swap(leased), Errno.EBUSY, Errno.ESTALE);
      writer.write(ByteBuffer.wrap(CONTENT), 0);
    }
    assertThat(read("first")).isEqualTo(CONTENT);
    assertThat(read("second")).isEqualTo(OTHER);
    layouts()
        .swap(
            LayoutSwap.of(second, first)
                .atVersions(ofSecond, lustre().hsm().dataVersion(first))
                .underLease());
    assertThat(read("first")).isEqualTo(OTHER);
    assertThat(read("second")).isEqualTo(CONTENT);
  }

  @Test
  final void swap_ofWhatCannotBeSwapped_isRefused() throws Exception {
    Fid first = create("first", CONTENT);
    assertFails(() -> layouts().swap(LayoutSwap.of(first, first)), Errno.EINVAL);
    Fid top = lustre().identity().fid(PathBytes.EMPTY);
    assertFails(() -> layouts().swap(LayoutSwap.of(first, top)), Errno.EINVAL);
    try (PosixDirectory directory = openDirectory()) {
      directory.makeDirectory(PathBytes.of("a"), 0755);
      directory.makeDirectory(PathBytes.of("b"), 0755);
    }
    for (String elsewhere : List.of("a/file", "b/file")) {
      Fid other = create(elsewhere, OTHER);
      if (lustre().identity().mdt(other) != lustre().identity().mdt(first)) {
        assertFails(() -> layouts().swap(LayoutSwap.of(first, other)), Errno.EXDEV);
      }
    }
    Fid gone = create("gone", OTHER);
    try (PosixDirectory directory = openDirectory()) {
      directory.unlink(PathBytes.of("gone"));
    }
    assertFails(() -> layouts().swap(LayoutSwap.of(first, gone)), Errno.ENOENT, Errno.ESTALE);
    assertThat(read("first")).isEqualTo(CONTENT);
  }

  @Test
  final void usage_whenAsked_namesTargetsAndMembers() throws Exception {
    assertThat(lustre().usage().targets()).isNotEmpty();
    for (PoolUsage pool : lustre().usage().pools()) {
      assertThat(pool.used().bytes()).isBetween(0L, pool.capacity().bytes());
      assertThat(pool.osts()).isNotEmpty();
    }
  }
}
