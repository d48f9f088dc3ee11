// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.lustre.ChangelogRecord;
import io.kmesh.lustre.ChangelogType;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.lustre.ChangelogCursor;
import io.kmesh.spi.lustre.LustreChangelogs;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.spi.posix.XattrMode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every {@link LustreChangelogs} does, read on a file system that others may change meanwhile:
 * each test looks for its own records among all.
 */
public abstract class LustreChangelogsContract extends LustreFixture {
  private final Map<Integer, String> users = new HashMap<>();
  private final Map<Integer, Long> from = new HashMap<>();

  /** For subclasses. */
  protected LustreChangelogsContract() {}

  /** A registered user of an MDT's changelog, of which the test may clear what it has read. */
  protected abstract String user(int mdt) throws Exception;

  private LustreChangelogs changelogs() {
    return lustre().changelogs();
  }

  /** Registers, and skips what is there already. */
  @BeforeEach
  final void registerUsers() throws Exception {
    for (int mdt : lustre().identity().mdts()) {
      users.put(mdt, user(mdt));
      from.put(mdt, 0L);
    }
    all();
  }

  /** What came since the last call, of all MDTs. */
  private List<ChangelogRecord> all() throws IOException {
    List<ChangelogRecord> found = new ArrayList<>();
    for (int mdt : lustre().identity().mdts()) {
      try (ChangelogCursor cursor = changelogs().open(mdt, from.getOrDefault(mdt, 0L))) {
        for (List<ChangelogRecord> some = cursor.next(7); !some.isEmpty(); some = cursor.next(7)) {
          for (ChangelogRecord record : some) {
            assertThat(record.mdt()).isEqualTo(mdt);
            assertThat(record.index()).isGreaterThanOrEqualTo(from.getOrDefault(mdt, 0L));
            from.put(mdt, record.index() + 1);
            found.add(record);
          }
        }
      }
    }
    return found;
  }

  private static boolean isOf(ChangelogRecord record, ChangelogType type) {
    return record.typeCode() == type.code();
  }

  private ChangelogRecord expect(ChangelogType type, Predicate<ChangelogRecord> which)
      throws Exception {
    List<ChangelogRecord> seen = new ArrayList<>();
    eventually(
        "a record of type " + type,
        () -> {
          seen.addAll(all());
          return seen.stream().anyMatch(r -> isOf(r, type) && which.test(r));
        });
    return seen.stream().filter(r -> isOf(r, type) && which.test(r)).findFirst().orElseThrow();
  }

  @Test
  final void records_whenFileIsCreatedAndWritten_nameItsParentAndClose() throws Exception {
    Fid fid = create("file", CONTENT);
    List<ChangelogRecord> seen = new ArrayList<>();
    eventually(
        "CREAT and CLOSE",
        () -> {
          seen.addAll(all());
          return seen.stream().anyMatch(r -> isOf(r, ChangelogType.CLOSE) && r.fid().equals(fid));
        });
    ChangelogRecord created =
        seen.stream()
            .filter(r -> isOf(r, ChangelogType.CREAT) && r.fid().equals(fid))
            .findFirst()
            .orElseThrow();
    assertThat(created.name()).isEqualTo(PathBytes.of("file"));
    assertThat(created.parent()).isEqualTo(lustre().identity().fid(path("")));
    assertThat(created.rename()).isNull();
    assertThat(created.mdt()).isEqualTo(lustre().identity().mdt(fid));
  }

  @Test
  final void records_whenRenamedOver_holdBothNamesAndTheVictim() throws Exception {
    Fid moved = create("old\nname", CONTENT);
    Fid victim = create("target", CONTENT);
    all();
    try (PosixDirectory directory = openDirectory()) {
      directory.rename(
          PathBytes.of("old\nname"), directory, PathBytes.of("target"), RenameMode.REPLACE);
    }
    ChangelogRecord renamed =
        expect(ChangelogType.RENME, r -> r.rename() != null && r.rename().fid().equals(moved));
    assertThat(renamed.fid()).isEqualTo(victim);
    assertThat(renamed.name()).isEqualTo(PathBytes.of("target"));
    assertThat(renamed.flags() & ChangelogRecord.UNLINK_LAST).isEqualTo(1);
    ChangelogRecord.RenameSource source = Objects.requireNonNull(renamed.rename());
    assertThat(source.name()).isEqualTo(PathBytes.of("old\nname"));
    assertThat(source.parent()).isEqualTo(lustre().identity().fid(path("")));
  }

  @Test
  final void records_whenUnlinked_sayWhetherItWasTheLast() throws Exception {
    Fid fid = create("file", CONTENT);
    try (PosixDirectory directory = openDirectory()) {
      directory.link(PathBytes.of("file"), directory, PathBytes.of("link"));
      assertThat(expect(ChangelogType.HLINK, r -> r.fid().equals(fid)).name())
          .isEqualTo(PathBytes.of("link"));
      directory.unlink(PathBytes.of("file"));
      assertThat(expect(ChangelogType.UNLNK, r -> r.fid().equals(fid)).flags()).isZero();
      directory.unlink(PathBytes.of("link"));
      assertThat(expect(ChangelogType.UNLNK, r -> r.fid().equals(fid)).flags())
          .isEqualTo(ChangelogRecord.UNLINK_LAST);
    }
  }

  @Test
  final void records_whenEntriesAreMadeAndRemoved_haveTheirTypes() throws Exception {
    try (PosixDirectory directory = openDirectory()) {
      directory.makeDirectory(PathBytes.of("d"), 0755);
      Fid made = lustre().identity().fid(path("d"));
      ChangelogRecord record = expect(ChangelogType.MKDIR, r -> r.fid().equals(made));
      assertThat(record.mdt()).isEqualTo(lustre().identity().mdt(made));
      directory.makeSymlink(PathBytes.of("l"), PathBytes.of("d"));
      expect(ChangelogType.SLINK, r -> r.name().equals(PathBytes.of("l")));
      directory.removeDirectory(PathBytes.of("d"));
      expect(ChangelogType.RMDIR, r -> r.fid().equals(made));
    }
  }

  @Test
  final void records_whenAttributesOrDataChange_haveTheirTypes() throws Exception {
    Fid fid = create("file", CONTENT);
    try (PosixDirectory directory = openDirectory()) {
      directory.setMode(PathBytes.of("file"), 0604);
      expect(ChangelogType.SATTR, r -> r.fid().equals(fid));
      directory.setXattr(PathBytes.of("file"), PathBytes.of("user.a"), new byte[1], XattrMode.SET);
      expect(ChangelogType.XATTR, r -> r.fid().equals(fid));
    }
    try (PosixFile file = open("file", OpenFlag.WRITE)) {
      file.truncate(3);
    }
    expect(ChangelogType.TRUNC, r -> r.fid().equals(fid));
  }

  @Test
  final void records_whenArchivedAndReleased_tellOfHsm() throws Exception {
    Fid fid = archived("file", CONTENT);
    ChangelogRecord record =
        expect(
            ChangelogType.HSM,
            r ->
                r.fid().equals(fid)
                    && r.hsmEvent()
                        .equals(java.util.Optional.of(ChangelogRecord.HsmEvent.ARCHIVE)));
    assertThat(record.hsmError()).isZero();
    assertThat(record.isHsmDirty()).isFalse();
    request(HsmActionKind.RELEASE, fid);
    expect(ChangelogType.LYOUT, r -> r.fid().equals(fid));
    try (PosixDirectory directory = openDirectory()) {
      directory.unlink(PathBytes.of("file"));
    }
    assertThat(expect(ChangelogType.UNLNK, r -> r.fid().equals(fid)).flags())
        .isEqualTo(ChangelogRecord.UNLINK_LAST | ChangelogRecord.UNLINK_HSM_EXISTS);
  }

  @Test
  final void open_whenAtALaterIndex_givesNoEarlierOne() throws Exception {
    create("a", CONTENT);
    create("b", CONTENT);
    int mdt = lustre().identity().mdt(lustre().identity().fid(path("b")));
    ChangelogRecord second = expect(ChangelogType.CREAT, r -> r.name().equals(PathBytes.of("b")));
    try (ChangelogCursor cursor = changelogs().open(mdt, second.index())) {
      assertThat(cursor.next(1)).first().isEqualTo(second);
    }
  }

  @Test
  final void clear_whenReadOnce_takesRecordsAwayAndNeverGoesBack() throws Exception {
    Fid first = create("a", CONTENT);
    Fid second = create("b", CONTENT);
    ChangelogRecord before = expect(ChangelogType.CREAT, r -> r.fid().equals(first));
    from.put(before.mdt(), before.index());
    ChangelogRecord record = expect(ChangelogType.CREAT, r -> r.fid().equals(second));
    int mdt = record.mdt();
    String user = users.getOrDefault(mdt, "");
    changelogs().clear(mdt, user, record.index());
    assertFails(() -> changelogs().clear(mdt, user, before.index()), Errno.EINVAL);
    assertFails(() -> changelogs().clear(mdt, user, Long.MAX_VALUE), Errno.EINVAL);
    assertFails(() -> changelogs().clear(mdt, "cl999999", 0), Errno.ENOENT);
  }
}
