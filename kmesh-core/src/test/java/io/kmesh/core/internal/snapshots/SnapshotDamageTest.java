// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.repository.ChunkReader;
import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.collect.CheckReport;
import io.kmesh.core.internal.repository.collect.Repairer;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.repository.session.Session;
import io.kmesh.core.internal.repository.tree.TreeChunks;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.DeleteTarget;
import io.kmesh.testkit.fault.FaultInjector;
import io.kmesh.testkit.fault.FaultPlan;
import io.kmesh.testkit.fault.FaultyObjectStore;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damage in every object: found, named, kept from what is handed out, and undone where it can. */
class SnapshotDamageTest {
  private static final int HEADER = 32;

  private final MemoryStore whole = MemoryStore.create();
  private final Map<String, Map<String, String>> published = new TreeMap<>();
  private PosixTree tree;

  @BeforeEach
  void fill(@TempDir Path directory) throws IOException {
    tree = JnaPosix.open(Files.createDirectory(directory.resolve("source")));
    SnapshotWorld.directory(tree, "d");
    SnapshotWorld.directory(tree, "e");
    SnapshotWorld.write(tree, "d/large", 1, 300_000);
    SnapshotWorld.write(tree, "d/small", 2, 3000);
    SnapshotWorld.write(tree, "e/small", 3, 2000);
    take("a");
    SnapshotWorld.write(tree, "d/small", 4, 3000);
    SnapshotWorld.write(tree, "e/new", 5, 270_000);
    take("b");
  }

  private void take(String name) throws IOException {
    SnapshotWorld.in(whole).take(tree, name, "src", 1);
    published.put(name, SnapshotWorld.facts(tree));
  }

  @AfterEach
  void close() throws IOException {
    tree.close();
  }

  private List<String> keys(String part) {
    return whole.keys().stream().filter(k -> k.contains(part)).toList();
  }

  private MemoryStore with(String key, byte[] bytes) throws IOException {
    MemoryStore store = SnapshotWorld.copy(whole);
    SnapshotWorld.put(store, key, bytes);
    return store;
  }

  private MemoryStore flipped(String key, int at, int bit) throws IOException {
    byte[] bytes = SnapshotWorld.bytes(whole, key);
    bytes[at] ^= (byte) (1 << bit);
    return with(key, bytes);
  }

  @Test
  void chunkThatWasRead_andIsDamagedSince_isNotHandedOutAgain() throws IOException {
    MemoryStore store = SnapshotWorld.copy(whole);
    Domain domain = SnapshotWorld.in(store).domain();
    Head head = domain.heads().newest();
    try (ChunkReader reader = new ChunkReader(domain, Session.index(domain, head), 0)) {
      Map<ChunkName, byte[]> read = new HashMap<>();
      TreeChunks.Visitor visitor =
          new TreeChunks.Visitor() {
            @Override
            public boolean page(ChunkName name) {
              return true;
            }

            @Override
            public void leaf(ChunkName name) {
              read.put(name, new byte[0]);
            }
          };
      for (Head.Root root : head.roots()) {
        new TreeChunks(reader, visitor)
            .visit(Manifest.read(reader.read(root.chunk()), root.name()).root());
      }
      assertThat(read).hasSizeGreaterThan(4);
      for (Map.Entry<ChunkName, byte[]> chunk : read.entrySet()) {
        chunk.setValue(reader.read(chunk.getKey()));
        assertThat(reader.read(chunk.getKey())).isEqualTo(chunk.getValue());
      }
      for (String pack : keys("/packs/")) {
        byte[] bytes = SnapshotWorld.bytes(store, pack);
        for (int at = HEADER; at < bytes.length; at++) {
          bytes[at] ^= 1;
        }
        SnapshotWorld.put(store, pack, bytes);
      }
      for (ChunkName name : read.keySet()) {
        assertThatThrownBy(() -> reader.read(name))
            .isInstanceOfSatisfying(
                ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT));
      }
    }
  }

  private static void delete(MemoryStore store, String key) throws IOException {
    store.blocking().delete(List.of(DeleteTarget.of(key)));
  }

  /** What is handed out is right; what can't be is refused, and by the check's word. */
  private void onlyTheAffectedFail(MemoryStore store, CheckReport report) throws IOException {
    SnapshotWorld world = SnapshotWorld.in(store);
    for (Head.Root root : world.snapshots().list()) {
      boolean isAffected = report.affected().stream().anyMatch(a -> a.contains(root.id()));
      try {
        Map<String, String> facts = world.restored(root.id());
        assertThat(facts).isEqualTo(published.get(root.name()));
        assertThat(isAffected).as("%s restores, so nothing of it is affected", root).isFalse();
      } catch (ProviderException e) {
        assertThat(e.kind()).as(e.getMessage()).isIn(ErrorKind.CORRUPT, ErrorKind.NOT_FOUND);
        assertThat(isAffected).as("%s fails, so it is affected: %s", root, e).isTrue();
        restoresTheRest(world, root, report);
      }
    }
  }

  /** Each file that the check does not name comes back exactly. */
  private void restoresTheRest(SnapshotWorld world, Head.Root root, CheckReport report)
      throws IOException {
    for (Map.Entry<String, String> line : published.get(root.name()).entrySet()) {
      String path = line.getKey();
      if (!line.getValue().startsWith("REGULAR") || isAffected(report, root, path)) {
        continue;
      }
      Path target = Files.createTempDirectory("kmesh-damage");
      try (PosixTree to = JnaPosix.open(target);
          OpenSnapshot open = world.snapshots().open(root.id())) {
        open.restore(
            PathBytes.of(path),
            to,
            TreeRestore.Overwrite.NEVER,
            new ScanTally(),
            Retrier.Check.NONE);
        assertThat(SnapshotWorld.facts(to))
            .containsEntry(path.substring(path.lastIndexOf('/') + 1), line.getValue());
      } finally {
        SnapshotWorld.delete(target);
      }
    }
  }

  private static boolean isAffected(CheckReport report, Head.Root root, String path) {
    for (String at = "/" + path; ; at = at.substring(0, at.lastIndexOf('/'))) {
      String words = "(" + root.id() + "): " + (at.isEmpty() ? "/" : at);
      if (report.affected().stream().anyMatch(a -> a.endsWith(words))) {
        return true;
      }
      if (at.isEmpty()) {
        return false;
      }
    }
  }

  private static void names(CheckReport report, String key) {
    assertThat(report.damages()).as("the check names " + key).anyMatch(d -> d.contains(key));
  }

  @Test
  void boxes_anyByteFlippedOrLost_areRefusedByName() throws IOException {
    for (String key : keys("/heads/")) {
      String number = key.substring(key.lastIndexOf('/') + 1);
      byte[] bytes = SnapshotWorld.bytes(whole, key);
      MemoryStore store = SnapshotWorld.copy(whole);
      SnapshotWorld world = SnapshotWorld.in(store);
      for (int at = 0; at < bytes.length; at++) {
        byte[] bad = bytes.clone();
        bad[at] ^= (byte) (1 << at % 8);
        SnapshotWorld.put(store, key, bad);
        refused(key, () -> world.domain().heads().read(Long.parseLong(number)));
        if (at % 16 == 0) {
          SnapshotWorld.put(store, key, Arrays.copyOf(bytes, at));
          refused(key, () -> world.domain().heads().read(Long.parseLong(number)));
        }
      }
    }
    for (String key : keys("/index/")) {
      String run = key.substring(key.indexOf("/index/") + 7);
      byte[] bytes = SnapshotWorld.bytes(whole, key);
      MemoryStore store = SnapshotWorld.copy(whole);
      SnapshotWorld world = SnapshotWorld.in(store);
      for (int at = 0; at < bytes.length; at++) {
        byte[] bad = bytes.clone();
        bad[at] ^= (byte) (1 << at % 8);
        SnapshotWorld.put(store, key, bad);
        refused(key, () -> world.domain().runs().read(run));
      }
    }
  }

  private interface Act {
    void run() throws IOException;
  }

  private static void refused(String key, Act act) {
    assertThatThrownBy(act::run)
        .isInstanceOfSatisfying(
            ProviderException.class,
            e ->
                assertThat(e.kind())
                    .as(e.getMessage())
                    .isIn(ErrorKind.CORRUPT, ErrorKind.UNSUPPORTED))
        .hasMessageContaining(key);
  }

  @Test
  void packs_bitsFlippedAnywhere_areFoundAndNamed_andTheRestIsWhole() throws IOException {
    Random random = new Random(4);
    for (String key : keys("/packs/")) {
      int size = SnapshotWorld.bytes(whole, key).length;
      List<Integer> places = new ArrayList<>();
      for (int at = 0; at < HEADER; at += key.endsWith("0") ? 1 : 7) {
        places.add(at);
      }
      for (int i = 0; i < 12; i++) {
        places.add(HEADER + random.nextInt(size - HEADER));
      }
      places.addAll(List.of(HEADER, HEADER + 16, HEADER + 32, size - 1));
      for (int at : places) {
        // The last 8 bytes of the header are nothing.
        if (at >= HEADER - 8 && at < HEADER) {
          continue;
        }
        MemoryStore store = flipped(key, at, random.nextInt(8));
        CheckReport report = SnapshotWorld.in(store).check();
        names(report, key);
        if (at >= HEADER || at == 5) {
          onlyTheAffectedFail(store, report);
        } else {
          assertThat(report.affected()).isEmpty();
        }
      }
    }
  }

  @Test
  void packs_cutDeletedOrSwapped_areFoundAndNamed_andTheRestIsWhole() throws IOException {
    List<String> packs = keys("/packs/");
    for (int i = 0; i < packs.size(); i++) {
      String key = packs.get(i);
      byte[] bytes = SnapshotWorld.bytes(whole, key);
      String other = packs.get((i + 1) % packs.size());
      MemoryStore deleted = SnapshotWorld.copy(whole);
      delete(deleted, key);
      MemoryStore swapped = with(key, SnapshotWorld.bytes(whole, other));
      SnapshotWorld.put(swapped, other, bytes);
      for (MemoryStore store :
          List.of(
              deleted,
              swapped,
              with(key, new byte[0]),
              with(key, Arrays.copyOf(bytes, bytes.length / 2)),
              with(key, Arrays.copyOf(bytes, bytes.length - 1)),
              with(key, Arrays.copyOf(bytes, bytes.length + 4096)))) {
        CheckReport report = SnapshotWorld.in(store).check();
        names(report, key);
        onlyTheAffectedFail(store, report);
      }
    }
  }

  @Test
  void runs_damagedOrDeleted_areFoundAndNamed_andARepairBringsAllBack() throws IOException {
    for (String key : keys("/index/")) {
      MemoryStore deleted = SnapshotWorld.copy(whole);
      delete(deleted, key);
      for (MemoryStore store : List.of(deleted, flipped(key, 40, 3))) {
        SnapshotWorld world = SnapshotWorld.in(store);
        CheckReport report = world.check();
        names(report, key);
        assertThat(report.affected()).isNotEmpty();
        repairBringsAllBack(store);
      }
    }
  }

  private void repairBringsAllBack(MemoryStore store) throws IOException {
    SnapshotWorld world = SnapshotWorld.in(store);
    world.repair();
    assertThat(world.check().damages()).isEmpty();
    assertThat(world.snapshots().list()).extracting(Head.Root::name).containsExactly("a", "b");
    for (Head.Root root : world.snapshots().list()) {
      assertThat(world.restored(root.id())).isEqualTo(published.get(root.name()));
    }
    // It is a repository like any other: the next one, and a collection.
    world.take(tree, "c", "src", 1);
    world.prune(0.9);
    world.prune(0);
    assertThat(world.check().damages()).isEmpty();
    world.requireTidy(store);
  }

  @Test
  void heads_newestDamaged_isNamed_andARepairBringsAllBack() throws IOException {
    List<String> heads = keys("/heads/");
    String newest = heads.get(heads.size() - 1);
    MemoryStore store = flipped(newest, 60, 1);
    SnapshotWorld world = SnapshotWorld.in(store);
    names(world.check(), newest);
    assertThatThrownBy(() -> world.take(tree)).hasMessageContaining(newest);
    assertThatThrownBy(() -> world.prune(0)).hasMessageContaining(newest);
    assertThatThrownBy(() -> world.snapshots().list()).hasMessageContaining(newest);

    Repairer.Report report = world.repair();

    assertThat(report.damages()).anyMatch(d -> d.contains(newest));
    repairBringsAllBack(store);
  }

  @Test
  void heads_allLostOrDamaged_isSaid_andARepairFindsTheSnapshots() throws IOException {
    MemoryStore lost = SnapshotWorld.copy(whole);
    MemoryStore damaged = SnapshotWorld.copy(whole);
    for (String key : keys("/heads/")) {
      delete(lost, key);
      SnapshotWorld.put(damaged, key, new byte[] {1, 2, 3});
    }
    names(SnapshotWorld.in(lost).check(), "/packs/");
    assertThatThrownBy(() -> SnapshotWorld.in(damaged).check()).hasMessageContaining("/heads/");

    assertThat(SnapshotWorld.in(lost).repair().foundRoots()).hasSize(2);
    repairBringsAllBack(lost);
    assertThat(SnapshotWorld.in(damaged).repair().foundRoots()).hasSize(2);
    repairBringsAllBack(damaged);
  }

  @Test
  void repair_whenNewestHeadsWereDeleted_bringsBackWhatOnlyTheyNamed_ifWhole() throws IOException {
    MemoryStore taken = SnapshotWorld.copy(whole);
    SnapshotWorld.write(tree, "d/newest", 77, 300_000);
    String id = SnapshotWorld.in(taken).take(tree, "c", "src", 1).manifest().id();
    published.put("c", SnapshotWorld.facts(tree));
    List<String> newer = taken.keys().stream().filter(k -> !whole.keys().contains(k)).toList();
    List<String> heads = newer.stream().filter(k -> k.contains("/heads/")).toList();
    assertThat(heads).hasSizeGreaterThan(1);
    // The one that published alone, or with that in which the session began too.
    for (List<String> deleted : List.of(heads.subList(1, heads.size()), heads)) {
      MemoryStore store = SnapshotWorld.copy(taken);
      for (String head : deleted) {
        delete(store, head);
      }
      for (String pack : newer.stream().filter(k -> k.contains("/packs/")).toList()) {
        MemoryStore torn = SnapshotWorld.copy(store);
        delete(torn, pack);
        assertThat(SnapshotWorld.in(torn).repair().foundRoots()).as("without " + pack).isEmpty();
        SnapshotWorld.in(torn).prune(0);
        repairBringsAllBack(torn);
      }
      SnapshotWorld world = SnapshotWorld.in(store);
      assertThat(world.repair().foundRoots()).extracting(Head.Root::id).containsExactly(id);
      assertThat(world.repair().foundRoots()).as("it is there").isEmpty();
      assertThat(world.snapshots().find("c").labels()).containsKey(Repairer.RECOVERED);
      world.prune(0);
      assertThat(world.restored(id)).isEqualTo(published.get("c"));
      assertThat(world.check().damages()).isEmpty();
      world.snapshots().forget(List.of(id));
      assertThat(world.repair().foundRoots()).as("forgotten").isEmpty();
    }
  }

  @Test
  void repair_whenAllWasForgotten_bringsNothingBack() throws IOException {
    MemoryStore store = SnapshotWorld.copy(whole);
    SnapshotWorld world = SnapshotWorld.in(store);
    world.snapshots().forget(world.snapshots().list().stream().map(Head.Root::id).toList());

    assertThat(world.repair().foundRoots()).isEmpty();
    assertThat(world.snapshots().list()).isEmpty();
  }

  @Test
  void repair_packsWithADamagedHeader_losesNothing() throws IOException {
    for (String key : keys("/packs/")) {
      for (int at : new int[] {0, 4, 5, 6, 8}) {
        MemoryStore store = flipped(key, at, 2);
        SnapshotWorld world = SnapshotWorld.in(store);
        if (at == 5) {
          // Its roots are found although nothing says that it has any.
          for (String head : keys("/heads/")) {
            delete(store, head);
          }
        }
        assertThat(world.repair().damages()).anyMatch(d -> d.contains(key.substring(25)));
        for (Head.Root root : world.snapshots().list()) {
          assertThat(world.restored(root.id())).isEqualTo(published.get(root.name()));
        }
        assertThat(world.snapshots().list()).hasSize(2);
      }
    }
  }

  @Test
  void repair_packWithADamagedFrame_keepsAllOthers() throws IOException {
    for (String key : keys("/packs/")) {
      byte[] bytes = SnapshotWorld.bytes(whole, key);
      // A body, so that what follows is found.
      MemoryStore store = flipped(key, HEADER + 32 + 5, 0);
      SnapshotWorld world = SnapshotWorld.in(store);
      CheckReport before = world.check();
      assertThat(world.repair().damages()).anyMatch(d -> d.contains(key));
      CheckReport after = world.check();
      assertThat(after.affected()).containsExactlyInAnyOrderElementsOf(before.affected());
      onlyTheAffectedFail(store, after);
      // Put back, it is found again.
      SnapshotWorld.put(store, key, bytes);
      repairBringsAllBack(store);
    }
  }

  @Test
  void store_thatLiesInAnyRead_neverGetsAWrongByteOut() throws IOException {
    Map<String, Integer> ends = new HashMap<>();
    for (String plan : List.of("flip", "cut")) {
      for (int call = 0; ; call++) {
        MemoryStore store = SnapshotWorld.copy(whole);
        FaultPlan read = FaultPlan.on("read").after(call).seed(call);
        FaultInjector faults =
            FaultInjector.start(
                plan.equals("flip") ? read.flipBitOnce() : read.truncate(10), ManualTime.create());
        SnapshotWorld liar = SnapshotWorld.in(FaultyObjectStore.of(store, faults));
        try {
          assertThat(liar.restored("b")).isEqualTo(published.get("b"));
          ends.merge("right", 1, Integer::sum);
        } catch (ProviderException e) {
          assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT);
          ends.merge("refused", 1, Integer::sum);
        }
        if (faults.injected() == 0) {
          break;
        }
      }
    }
    assertThat(ends.get("refused")).isGreaterThan(5);
    assertThat(ends.get("right")).isGreaterThan(2);
  }
}
