// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.stub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.kmesh.lustre.ChangelogRecord;
import io.kmesh.lustre.jna.JnaLustre;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.ChangelogCursor;
import io.kmesh.spi.lustre.LustreBinding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Changelogs: gaps, devices that are away, and the two ways to read them. */
class StubChangelogChecks extends StubChecks {
  @Test
  void clear_ofWhatIsNoUser_isRefusedBeforeTheLibrary() throws IOException {
    stub.registerUser(0);
    long before = stub.calls("llapi_changelog_clear");
    for (String user :
        List.of("", "cl", "1", "garbage", "cl1\0", "cl1-\0", "cl1-" + "x".repeat(70_000))) {
      ProviderException e = failure(() -> lustre().changelogs().clear(0, user, 0));
      assertThat(e.errno()).hasValue(Errno.EINVAL);
      assertThat(e.getMessage())
          .startsWith("Cannot clear the changelog of lustre-MDT0000: EINVAL(22), no user is called")
          .hasSizeLessThan(600);
    }
    assertThat(stub.calls("llapi_changelog_clear")).isEqualTo(before);
    assertThat(failure(() -> lustre().changelogs().clear(0, "cl99-name", 0)).errno())
        .hasValue(Errno.ENOENT);
  }

  @Test
  void changelog_whenLongAndWithGaps_isReadInOrder() throws IOException {
    String user = stub.registerUser(0);
    for (int i = 0; i < 300; i++) {
      create("file-" + i);
      if (i % 100 == 50) {
        stub.skipRecords(0, 7);
      }
    }
    List<Long> indexes = new ArrayList<>();
    try (ChangelogCursor cursor = lustre().changelogs().open(0, 0)) {
      for (List<ChangelogRecord> some = cursor.next(64); !some.isEmpty(); some = cursor.next(64)) {
        some.forEach(record -> indexes.add(record.index()));
      }
    }
    assertThat(indexes).hasSize(900).isSorted().doesNotHaveDuplicates();
    assertThat(indexes.get(899)).isEqualTo(900 + 3 * 7);
    lustre().changelogs().clear(0, user, indexes.get(899));
    try (ChangelogCursor cursor = lustre().changelogs().open(0, 0)) {
      assertThat(cursor.next(10)).isEmpty();
      create("late");
      assertThat(cursor.next(10)).isNotEmpty();
    }
    stub.removeUser(0, user);
    assertThat(failure(() -> lustre().changelogs().clear(0, user, 0)).errno())
        .hasValue(Errno.ENOENT);
  }

  @Test
  void changelog_whenReadByTheLibrary_saysTheSame() throws IOException {
    stub.registerUser(0);
    for (int i = 0; i < 5; i++) {
      create("file-" + i);
    }
    List<ChangelogRecord> byDevice;
    try (ChangelogCursor cursor = lustre().changelogs().open(0, 2)) {
      byDevice = cursor.next(1000);
    }
    System.setProperty("kmesh.lustre.changelogs", "library");
    try (ChangelogCursor cursor = lustre().changelogs().open(0, 2)) {
      List<ChangelogRecord> byLibrary = new ArrayList<>(cursor.next(3));
      assertThat(byLibrary).hasSize(3);
      byLibrary.addAll(cursor.next(1000));
      assertThat(byLibrary).isEqualTo(byDevice).isNotEmpty();
      assertThat(cursor.next(10)).isEmpty();
      create("late");
      assertThat(cursor.next(1000)).isNotEmpty();
    } finally {
      System.clearProperty("kmesh.lustre.changelogs");
    }
  }

  @Test
  void changelog_whenTheKernelKnowsLargeNids_hasThem() throws IOException {
    stub.registerUser(0);
    stub.largeNid(true);
    create("file");
    Path lustreVersion = directory.resolve("parameters/sys/fs/lustre/version");
    Files.createDirectories(Objects.requireNonNull(lustreVersion.getParent()));
    System.setProperty("kmesh.lustre.parameters", directory.resolve("parameters").toString());
    try {
      for (String release : List.of("2.15.8", "2.16.1", "2.17.57_62_gc881f8e", "?")) {
        Files.writeString(lustreVersion, "lustre: " + release + "\nkernel: patchless_client\n");
        try (LustreBinding other = new JnaLustre().open(directory.resolve("mnt"));
            ChangelogCursor cursor = other.changelogs().open(0, 0)) {
          String expected =
              release.startsWith("2.16") || release.startsWith("2.17")
                  ? "fd00:0:0:0:0:0:0:7@tcp"
                  : "<?>";
          assertThat(cursor.next(1000))
              .isNotEmpty()
              .allSatisfy(
                  r -> assertThat(Objects.requireNonNull(r.origin()).nid()).isEqualTo(expected));
        }
      }
    } finally {
      System.clearProperty("kmesh.lustre.parameters");
      stub.largeNid(false);
    }
  }

  @Test
  void changelog_whoseDeviceWasAway_goesOn() throws IOException {
    stub.registerUser(0);
    create("file");
    try (ChangelogCursor cursor = lustre().changelogs().open(0, 0)) {
      int before = cursor.next(1000).size();
      assertThat(before).isPositive();
      assertThat(cursor.next(1000)).isEmpty();
      create("late");
      stub.failNext("changelog_device", Errno.ENXIO.code());
      assertThat(catchThrowableOfType(ProviderException.class, () -> cursor.next(1000)).errno())
          .hasValue(Errno.ENXIO);
      assertThat(cursor.next(1000)).hasSize(before);
    }
  }

  @Test
  void changelog_whenTheLibraryFailsInBetween_leavesNothingOpen() throws IOException {
    stub.registerUser(0);
    System.setProperty("kmesh.lustre.changelogs", "library");
    try {
      stub.failNext("llapi_changelog_set_xflags", Errno.EIO.code());
      ProviderException e =
          catchThrowableOfType(ProviderException.class, () -> lustre().changelogs().open(0, 0));
      assertThat(e.errno()).hasValue(Errno.EIO);
    } finally {
      System.clearProperty("kmesh.lustre.changelogs");
    }
    assertThat(stub.calls("llapi_changelog_fini")).isEqualTo(1);
  }
}
