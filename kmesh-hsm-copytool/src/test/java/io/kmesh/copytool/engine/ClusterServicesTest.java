// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Durability;
import io.kmesh.KmeshException;
import io.kmesh.Receipt;
import io.kmesh.SpecConflictException;
import io.kmesh.lustre.Changelog;
import io.kmesh.lustre.ChangelogRecord;
import io.kmesh.lustre.ChangelogType;
import io.kmesh.lustre.Layout;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Layouts and changelogs of a cluster, and the registry of clusters. */
class ClusterServicesTest {
  private static final PathBytes FILE = PathBytes.of("/a");
  private static final Layout FAST = Layout.plain(1, 0, "fast");
  private static final Layout CHEAP = Layout.plain(1, 0, "cheap");

  private Lab lab;

  @BeforeEach
  void open(@TempDir Path directory) throws IOException {
    lab = Lab.open(directory);
  }

  @AfterEach
  void close() throws IOException {
    lab.close();
  }

  @Test
  void layouts_createAndRead_agree() throws IOException {
    lab.cluster.layouts().create(FILE, CHEAP);
    assertThat(lab.cluster.layouts().of(FILE).pool()).contains("cheap");
    assertThatThrownBy(() -> lab.cluster.layouts().create(FILE, CHEAP))
        .isInstanceOfSatisfying(
            KmeshException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.EXISTS));
    assertThatThrownBy(
            () -> lab.cluster.layouts().create(PathBytes.of("b"), Layout.plain(1, 0, "gold")))
        .isInstanceOf(KmeshException.class);
    assertThatThrownBy(() -> lab.cluster.layouts().of(PathBytes.of("none")))
        .isInstanceOfSatisfying(
            KmeshException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND));
  }

  @Test
  void layouts_defaultOfADirectory_goesToNewFiles() throws IOException {
    Files.createDirectory(lab.path("d"));
    PathBytes directory = PathBytes.of("d");
    assertThat(lab.cluster.layouts().directoryDefault(directory)).isEmpty();
    lab.cluster.layouts().changeDirectoryDefault(directory, FAST);
    assertThat(lab.cluster.layouts().directoryDefault(directory).flatMap(Layout::pool))
        .contains("fast");
    lab.write("d/f", 10);
    assertThat(lab.cluster.layouts().of(PathBytes.of("d/f")).pool()).contains("fast");
  }

  @Test
  void migrate_archivedFile_keepsContentAndReceipt() throws IOException {
    lab.cluster.layouts().create(FILE, FAST);
    lab.write("a", 5000);
    Receipt receipt =
        lab.hsm().archive(FILE, a -> a.durability(Durability.REMOTE)).await(Lab.LIMIT);
    lab.cluster.layouts().migrate(FILE, CHEAP);
    assertThat(lab.cluster.layouts().of(FILE).pool()).contains("cheap");
    assertThat(Files.readAllBytes(lab.path("a"))).isEqualTo(Lab.content("a", 5000, 0));
    assertThat(receipt.stillHolds()).isTrue();
  }

  @Test
  void swap_archivedFile_endsItsReceipt() throws IOException {
    lab.write("a", 5000);
    lab.write("b", 300);
    Receipt receipt =
        lab.hsm().archive(FILE, a -> a.durability(Durability.REMOTE)).await(Lab.LIMIT);
    lab.cluster.layouts().swap(FILE, PathBytes.of("b"));
    assertThat(Files.readAllBytes(lab.path("a"))).isEqualTo(Lab.content("b", 300, 0));
    assertThat(Files.readAllBytes(lab.path("b"))).isEqualTo(Lab.content("a", 5000, 0));
    assertThat(receipt.stillHolds()).isFalse();
    assertThat(lab.hsm().state(FILE).isArchivedAndClean()).isFalse();
    assertThatThrownBy(() -> lab.cluster.layouts().swap(FILE, FILE))
        .isInstanceOf(KmeshException.class)
        .hasMessageContaining("Name two files");
  }

  @Test
  void coordinators_onAServer_areTold() {
    assertThat(lab.cluster.coordinators())
        .hasSize(2)
        .allSatisfy(it -> assertThat(it.control()).contains("enabled"));
  }

  @Test
  void migrate_openOrReleasedFile_isRefused() throws IOException {
    lab.write("a", 5000);
    try (OutputStream out = Files.newOutputStream(lab.path("a"), StandardOpenOption.APPEND)) {
      assertThatThrownBy(() -> lab.cluster.layouts().migrate(FILE, CHEAP))
          .isInstanceOfSatisfying(KmeshException.class, e -> assertThat(e.isRetryable()).isTrue())
          .hasMessageContaining("open for writing");
      assertThat(out).isNotNull();
    }
    lab.hsm().archive(FILE, a -> {}).await(Lab.LIMIT);
    lab.hsm().release(FILE).await(Lab.LIMIT);
    assertThatThrownBy(() -> lab.cluster.layouts().migrate(FILE, CHEAP))
        .isInstanceOf(KmeshException.class)
        .hasMessageContaining("released");
  }

  @Test
  void changelog_readAndForEach_giveTheSameInOrder() throws IOException {
    Changelog changelog = lab.cluster.changelog();
    assertThat(changelog.mdts()).containsExactly(0, 1);
    String user = lab.lustre.changelogAdmin().register(0, Optional.empty());
    for (int i = 0; i < 30; i++) {
      lab.write("f" + i, 10);
    }
    List<ChangelogRecord> all = changelog.read(0, 0, 100_000);
    assertThat(all).filteredOn(r -> r.type().equals(Optional.of(ChangelogType.CREAT))).hasSize(30);
    assertThat(all).isSortedAccordingTo((a, b) -> Long.compare(a.index(), b.index()));
    List<ChangelogRecord> each = new ArrayList<>();
    long next = changelog.forEach(0, 0, each::add);
    assertThat(each).isEqualTo(all);
    long last = all.get(all.size() - 1).index();
    assertThat(next).isEqualTo(last + 1);
    assertThat(changelog.read(0, 0, 7)).isEqualTo(all.subList(0, 7));
    assertThat(changelog.read(0, all.get(10).index(), 5)).isEqualTo(all.subList(10, 15));
    assertThat(changelog.read(0, next, 5)).isEmpty();
    assertThat(changelog.forEach(0, next, each::add)).isEqualTo(next);

    changelog.clear(0, user, all.get(9).index());
    assertThat(changelog.read(0, 0, 1)).isEqualTo(all.subList(10, 11));
    changelog.clear(0, user, last);
    assertThat(changelog.read(0, 0, 1)).isEmpty();
  }

  @Test
  void changelog_wrongArguments_areRefused() {
    Changelog changelog = lab.cluster.changelog();
    assertThatThrownBy(() -> changelog.read(0, 0, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 to 100000");
    assertThatThrownBy(() -> changelog.read(9, 0, 1)).isInstanceOf(KmeshException.class);
    assertThatThrownBy(() -> changelog.clear(0, "cl99", 1)).isInstanceOf(KmeshException.class);
  }

  @Test
  void attach_sameNameForAnotherFileSystem_isAConflict() {
    assertThat(lab.kmesh.clusters().attach("lab", lab.binding)).isSameAs(lab.cluster);
    assertThatThrownBy(() -> lab.kmesh.clusters().attach("lab", lab.lustre.mount("node-1")))
        .isInstanceOf(SpecConflictException.class);
    assertThatThrownBy(() -> lab.kmesh.clusters().attach("Lab 1", lab.binding))
        .isInstanceOfSatisfying(
            KmeshException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID));
    assertThat(lab.kmesh.clusters().list()).containsExactly(lab.cluster);
    assertThat(lab.kmesh.clusters().find("mars")).isEmpty();
    assertThat(lab.cluster.targets()).hasSize(4);
    assertThat(lab.cluster.pools()).hasSize(2);
  }
}
