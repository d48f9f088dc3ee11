// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.posix.SortSpace;
import io.kmesh.core.internal.state.MemoryOrdered;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.ForwardingObjectStore;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.testkit.fault.FaultPlan;
import io.kmesh.testkit.fault.FaultyObjectStore;
import io.kmesh.testkit.store.MemoryStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Pulls of stores that list in other orders than that of UTF-8. */
class PullOrderTest {
  private static final int ROOM = 20;

  /** Before and behind each other in UTF-8, and the other way round in UTF-16. */
  private static final String LAST_IN_UTF16 = "\uff5e";

  private static final String LAST_IN_UTF8 = "\ud83d\ude00";

  @TempDir private Path folder;

  private PulledWorld world(ListOrders order) throws IOException {
    return new PulledWorld(folder, order.builder(), space());
  }

  private SortSpace space() {
    return new SortSpace(folder.resolve("sort"), ROOM);
  }

  private long runs() throws IOException {
    if (!Files.exists(folder.resolve("sort"))) {
      return 0;
    }
    try (Stream<Path> files = Files.list(folder.resolve("sort"))) {
      return files.count();
    }
  }

  private static Set<String> names(ObjectTree tree) throws IOException {
    Set<String> names = new TreeSet<>();
    try (Rows<Entry> all = tree.index().entries(TreeIndex.ROOT)) {
      while (all.next()) {
        names.add(all.row().name().utf8().orElseThrow());
      }
    }
    return names;
  }

  @ParameterizedTest
  @EnumSource(ListOrders.class)
  void pull_atSizesAroundTheRoom_findsWhatCameAndWent(ListOrders order) throws IOException {
    try (PulledWorld world = world(order)) {
      Random random = new Random(order.name().length());
      Set<String> model = new TreeSet<>();
      int next = 0;
      for (int size : new int[] {0, 1, 19, 20, 21, 39, 40, 41, 100, 39, 19, 20, 1, 0, 60}) {
        Set<String> gone = new HashSet<>();
        while (model.size() > size || (!model.isEmpty() && gone.size() < 3)) {
          String key = List.copyOf(model).get(random.nextInt(model.size()));
          model.remove(key);
          gone.add(key);
          world.delete(key);
        }
        int came = 0;
        while (model.size() < size) {
          int point = random.nextInt(3) == 0 ? 0x1f600 + next : 0xff00 + next;
          String key = Character.toString(point) + next++;
          model.add(key);
          world.put(key, key, Map.of());
          came++;
        }
        PullReport report = world.pull();
        assertThat(report.problems()).isEmpty();
        assertThat(report.listed()).isEqualTo(size);
        assertThat(report.asked()).isEqualTo(came);
        assertThat(report.removed()).isEqualTo(gone.size());
        assertThat(names(world.tree)).isEqualTo(model);
        IndexCheck.requireConsistent(world.tree.index());
        assertThat(world.pull().asked()).isZero();
        assertThat(runs()).isZero();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(ListOrders.class)
  void pull_belowAPath_leavesTheRest(ListOrders order) throws IOException {
    try (PulledWorld world = world(order)) {
      for (int i = 0; i < 50; i++) {
        world.put("a/" + i, "", Map.of());
        world.put("b/" + i, "", Map.of());
      }
      world.pull();
      for (int i = 0; i < 50; i += 2) {
        world.delete("a/" + i);
        world.delete("b/" + i);
      }
      assertThat(world.tree.pull(PathBytes.of("a"), Retrier.Check.NONE).removed()).isEqualTo(25);
      assertThat(world.pull().removed()).isEqualTo(25);
    }
  }

  @Test
  void pull_ofAStoreThatPromisesAnOrderAndHasAnother_isRefusedAndChangesNothing()
      throws IOException {
    MemoryStore.Builder lying = MemoryStore.builder().order(ListOrders.utf16());
    try (PulledWorld world = new PulledWorld(folder, lying, space())) {
      world.put("a", "", Map.of());
      world.put(LAST_IN_UTF16, "", Map.of());
      world.pull();
      world.put(LAST_IN_UTF8, "", Map.of());
      world.delete("a");
      assertThatThrownBy(world::pull)
          .isInstanceOfSatisfying(
              ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.UNSUPPORTED))
          .hasMessageContaining(world.store.uri().toString())
          .hasMessageContaining(LAST_IN_UTF16)
          .hasMessageContaining("without UTF8_KEY_ORDER");
      assertThat(names(world.tree)).containsExactly("a", LAST_IN_UTF16);
    }
  }

  @Test
  void pull_ofPagesThatRepeatAKey_takesItOnce() throws IOException {
    try (PulledWorld world = world(ListOrders.ANY)) {
      for (int i = 0; i < 30; i++) {
        world.put("k" + i, "", Map.of());
      }
      try (ObjectTree tree = world.open(new MemoryOrdered(), new Repeating(world.store))) {
        assertThat(tree.pull(Retrier.Check.NONE).changed()).isEqualTo(30);
        assertThat(tree.pull(Retrier.Check.NONE).asked()).isZero();
        world.delete("k7");
        assertThat(tree.pull(Retrier.Check.NONE).removed()).isEqualTo(1);
        IndexCheck.requireConsistent(tree.index());
      }
    }
  }

  /** Lists each key twice. */
  private static final class Repeating extends ForwardingObjectStore {
    private final MemoryStore store;

    Repeating(MemoryStore store) {
      this.store = store;
    }

    @Override
    protected ObjectStore delegate() {
      return store;
    }

    @Override
    public CompletionStage<ListPage> list(ListRequest request) {
      return super.list(request)
          .thenApply(
              page -> {
                List<ObjectInfo> twice = new ArrayList<>(page.objects());
                twice.addAll(page.objects());
                return new ListPage(twice, page.nextAfterOrNull(), page.tokenOrNull());
              });
    }
  }

  @Test
  void pull_whenAnyRequestFails_leavesNoFilesAndChangesNothing() throws IOException {
    try (PulledWorld world = world(ListOrders.ANY)) {
      for (int i = 0; i < 90; i++) {
        world.put("k" + i, "", Map.of());
      }
      world.pull();
      Set<String> before = names(world.tree);
      for (int i = 0; i < 30; i++) {
        world.delete("k" + i);
        world.put("n" + i, "", Map.of());
      }
      int failed = 0;
      for (String operation : new String[] {"list", "head"}) {
        for (int after = 0; after < 40; after += 13) {
          FaultPlan plan = FaultPlan.on(operation).after(after).fail(1, ErrorKind.TRANSIENT);
          MemoryOrdered copy = world.rows.copy();
          FaultyObjectStore faulty = FaultyObjectStore.of(world.store, plan, world.time);
          try (ObjectTree tree = world.open(copy, faulty)) {
            tree.pull(Retrier.Check.NONE);
            assertThat(faulty.faults().injected()).isZero();
          } catch (ProviderException e) {
            failed++;
            assertThat(runs()).isZero();
            try (ObjectTree again = world.open(copy.copy(), world.store)) {
              assertThat(names(again)).isEqualTo(before);
            }
          }
        }
      }
      assertThat(failed).isGreaterThan(3);
    }
  }

  @Test
  void open_removesTheFilesOfAProcessThatEnded() throws IOException {
    try (PulledWorld world = world(ListOrders.ANY)) {
      Files.createDirectories(folder.resolve("sort"));
      Files.writeString(folder.resolve("sort").resolve("kmesh-names-1.run"), "half a run");
      world.reopen();
      assertThat(runs()).isZero();
    }
  }
}
