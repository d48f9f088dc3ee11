// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.repository.tree.ChunkList;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.Edit;
import io.kmesh.core.internal.snapshots.CatalogManifest;
import io.kmesh.core.internal.snapshots.SnapshotWorld;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.store.DeleteTarget;
import io.kmesh.spi.store.Sha256;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Catalogs: what was committed is found, by whoever asks, and kept until it is removed. */
class CatalogsTest {
  private static final CatalogScope SCOPE =
      new CatalogScope("lab", "0123456789abcdef".repeat(2), 1);
  private static final FileTime TIME = new FileTime(5, 6);

  private final MemoryStore store = MemoryStore.create();
  private final ManualTime time = ManualTime.startingAt(Instant.ofEpochSecond(1000));
  private final SnapshotWorld world = SnapshotWorld.in(store);
  private Catalogs catalogs;

  @BeforeEach
  void open() throws IOException {
    catalogs = open(SCOPE);
  }

  @AfterEach
  void close() {
    catalogs.close();
  }

  private Catalogs open(CatalogScope scope) throws IOException {
    return new Catalogs(world.domain(), scope, time, "here");
  }

  private static Fid fid(int number) {
    return new Fid(0x200000401L, number, 0);
  }

  private static HsmEntry entry(Fid fid, long version) {
    FileStat stat = new FileStat(FileType.REGULAR, 0640, 1, 2, 0, 0, 1, 77, 1, 0, TIME, TIME, TIME);
    return HsmEntry.of(
        fid,
        version,
        new Sha256(new byte[32]),
        PathBytes.of("d/f" + fid.oid()),
        Instant.ofEpochSecond(9, 8),
        stat,
        new Content.Data(0, ChunkList.EMPTY));
  }

  private static Edit put(Fid fid, long version) {
    return Edit.put(entry(fid, version).toNode());
  }

  private void commit(Catalogs to, String catalog, Edit... edits) throws IOException {
    to.commit(
        catalog,
        () -> {
          Iterator<Edit> all = List.of(edits).iterator();
          return () -> all.hasNext() ? all.next() : null;
        });
  }

  private void delete(String folder) throws IOException {
    List<DeleteTarget> targets =
        store.keys().stream().filter(k -> k.contains(folder)).map(DeleteTarget::of).toList();
    store.blocking().delete(targets);
  }

  private Optional<Long> version(Catalogs in, Fid fid) throws IOException {
    return in.find(fid).map(HsmEntry::dataVersion);
  }

  @Test
  void whatWasCommitted_isFoundByOthers_untilItIsRemoved() throws IOException {
    assertThat(catalogs.find(fid(1))).isEmpty();
    commit(catalogs, SCOPE.main(), put(fid(1), 11), put(fid(2), 22));
    try (Catalogs other = open(SCOPE)) {
      HsmEntry found = other.find(fid(1)).orElseThrow();
      assertThat(found.fid()).isEqualTo(fid(1));
      assertThat(found.dataVersion()).isEqualTo(11);
      assertThat(found.path()).isEqualTo(PathBytes.of("d/f1"));
      assertThat(found.sha256()).contains(new Sha256(new byte[32]));
      assertThat(found.archived()).isEqualTo(new FileTime(9, 8));
      assertThat(found.content()).isEqualTo(new Content.Data(0, ChunkList.EMPTY));

      commit(other, SCOPE.main(), put(fid(1), 12), Edit.remove(HsmEntry.name(fid(2))));
      assertThat(version(catalogs, fid(1))).contains(12L);
      assertThat(catalogs.find(fid(2))).isEmpty();
    }
    assertThat(world.check().damages()).isEmpty();
  }

  @Test
  void catalogsOfOneScope_areReadTogether_theMainOneFirst() throws IOException {
    commit(catalogs, "copy-a", put(fid(1), 1), put(fid(2), 2));
    commit(catalogs, "copy-b", put(fid(3), 3));
    commit(catalogs, SCOPE.main(), put(fid(2), 20));

    assertThat(version(catalogs, fid(1))).contains(1L);
    assertThat(version(catalogs, fid(2))).contains(20L);
    assertThat(version(catalogs, fid(3))).contains(3L);
    assertThat(catalogs.findAll(fid(2)).stream().map(Catalogs.Found::catalog))
        .containsExactly(SCOPE.main(), "copy-a");
    assertThat(catalogs.remove("copy-a")).isTrue();
    assertThat(catalogs.remove("copy-a")).isFalse();
    assertThat(catalogs.find(fid(1))).isEmpty();
    assertThat(version(catalogs, fid(2))).contains(20L);
  }

  /** A file system that is made anew gives FIDs again; its files are others. */
  @Test
  void otherInstances_andArchives_areOtherFiles() throws IOException {
    commit(catalogs, SCOPE.main(), put(fid(1), 1));
    CatalogScope anew = new CatalogScope("lab", "f".repeat(32), 1);
    CatalogScope second = new CatalogScope("lab", SCOPE.instance(), 2);
    try (Catalogs a = open(anew);
        Catalogs b = open(second)) {
      assertThat(a.find(fid(1))).isEmpty();
      assertThat(b.find(fid(1))).isEmpty();
      assertThat(a.fids(Optional.empty(), 10)).isEmpty();
      assertThat(a.remove(SCOPE.main())).isFalse();
      commit(a, anew.main(), put(fid(1), 5));
      assertThat(version(catalogs, fid(1))).contains(1L);
    }
  }

  @Test
  void fids_comeInPages_acrossCatalogs() throws IOException {
    List<Edit> even = IntStream.range(0, 1500).mapToObj(i -> put(fid(2 * i), i)).toList();
    List<Edit> some = IntStream.range(0, 700).mapToObj(i -> put(fid(3 * i), i)).toList();
    commit(catalogs, SCOPE.main(), even.toArray(new Edit[0]));
    commit(catalogs, "copy", some.toArray(new Edit[0]));
    TreeMap<Fid, Boolean> expected = new TreeMap<>();
    IntStream.range(0, 1500).forEach(i -> expected.put(fid(2 * i), true));
    IntStream.range(0, 700).forEach(i -> expected.put(fid(3 * i), true));

    List<Fid> all = new ArrayList<>();
    for (List<Fid> page = catalogs.fids(Optional.empty(), 333);
        !page.isEmpty();
        page = catalogs.fids(Optional.of(page.get(page.size() - 1)), 333)) {
      assertThat(page.size()).isLessThanOrEqualTo(333);
      all.addAll(page);
    }
    assertThat(all).isEqualTo(List.copyOf(expected.keySet()));
  }

  @Test
  void writersOfOneCatalog_loseNothingOfEachOther() throws IOException {
    List<Integer> numbers = IntStream.range(0, 40).boxed().toList();
    try (Catalogs other = open(SCOPE)) {
      numbers.parallelStream()
          .forEach(
              i -> {
                try {
                  commit(i % 2 == 0 ? catalogs : other, SCOPE.main(), put(fid(i), i));
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      for (int i : numbers) {
        assertThat(version(other, fid(i))).contains((long) i);
      }
    }
  }

  @Test
  void catalogs_stayAfterAPrune_andWhatWasReplacedGoes() throws IOException {
    for (int round = 0; round < 30; round++) {
      Edit[] edits = new Edit[200];
      for (int i = 0; i < edits.length; i++) {
        edits[i] = put(fid(7 * i + round), round);
      }
      commit(catalogs, SCOPE.main(), edits);
    }
    int before = SnapshotWorld.content(store).size();
    world.prune(1.0);
    world.prune(1.0);

    assertThat(SnapshotWorld.content(store).size()).isLessThan(before / 2);
    assertThat(world.check().damages()).isEmpty();
    for (int i = 0; i < 200; i++) {
      assertThat(catalogs.find(fid(7 * i + 29))).isPresent();
    }
    try (Catalogs other = open(SCOPE)) {
      assertThat(other.fids(Optional.empty(), 100_000))
          .isEqualTo(catalogs.fids(Optional.empty(), 100_000));
    }
  }

  @Test
  void lostHead_isFoundAgain_inItsLastState() throws IOException {
    commit(catalogs, SCOPE.main(), put(fid(1), 1));
    commit(catalogs, SCOPE.main(), put(fid(1), 2), put(fid(2), 2));
    commit(catalogs, SCOPE.main(), put(fid(3), 3));
    delete("/heads/");
    world.repair();

    assertThat(version(catalogs, fid(1))).contains(2L);
    assertThat(version(catalogs, fid(3))).contains(3L);
    assertThat(world.domain().heads().newest().roots()).hasSize(1);
  }

  @Test
  void catalogWhosePagesAreLost_isDamaged_notWithoutTheFile() throws IOException {
    commit(catalogs, SCOPE.main(), put(fid(1), 1));
    delete("/packs/");
    try (Catalogs other = open(SCOPE)) {
      assertThatThrownBy(() -> other.find(fid(1)))
          .isInstanceOfSatisfying(
              ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT));
    }
  }

  @Test
  void manifestsOfCatalogs_areRootsThatKeepTheirEntries() throws IOException {
    commit(catalogs, SCOPE.main(), put(fid(1), 1));
    var root = world.domain().heads().newest().roots().get(0);
    assertThat(root.kind()).isEqualTo(CatalogManifest.KIND);
    assertThat(root.name()).isEqualTo("lab");
    assertThat(root.id()).isEqualTo(SCOPE.instance() + "-1");
    assertThat(root.labels()).containsEntry("instance", SCOPE.instance());
  }
}
