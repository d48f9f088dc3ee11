// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.repository.ChunkReader;
import io.kmesh.core.internal.repository.RandomIds;
import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.collect.Collector;
import io.kmesh.core.internal.repository.collect.Compaction;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.repository.index.ChunkIndex;
import io.kmesh.core.internal.repository.pack.PackId;
import io.kmesh.core.internal.repository.session.MetadataWriter;
import io.kmesh.core.internal.repository.session.Session;
import io.kmesh.core.internal.repository.tree.TreeChunks;
import io.kmesh.core.internal.transfer.HostileTree;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.DeterministicScheduler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/**
 * Writers, a collector that ends sessions of the living, one that does not, a compactor and a
 * reader take turns at each call of the store, in an order that a seed decides.
 */
class SnapshotModelTest {
  private static final String READER = "reader";

  /** One run. */
  private static final class World implements AutoCloseable {
    private final MemoryStore store = MemoryStore.create();
    private final DeterministicScheduler scheduler;
    private final Random random;
    private final int sleeps;
    private final Path folder;
    private final Map<String, Map<String, String>> facts = new HashMap<>();
    private final Set<String> published = new HashSet<>();
    private final Set<String> forgotten = new HashSet<>();
    private int writing;
    private boolean isFreed;

    World(long seed, int sleeps) throws IOException {
      this.scheduler = new DeterministicScheduler(seed);
      this.random = new Random(seed);
      this.sleeps = sleeps;
      this.folder = Files.createTempDirectory("kmesh-model");
    }

    private SnapshotWorld view(String host) {
      return SnapshotWorld.in(new InterleavedStore(store, scheduler, random, sleeps)).as(host);
    }

    private interface Task {
      void run() throws IOException, InterruptedException;
    }

    private void start(String name, Task task) {
      scheduler.start(
          name,
          () -> {
            try {
              task.run();
            } catch (IOException | InterruptedException e) {
              throw new AssertionError(name + ": " + e, e);
            }
          });
    }

    private void rest(int milliseconds) throws InterruptedException {
      scheduler.time().sleep(Duration.ofMillis(1 + random.nextInt(milliseconds)));
    }

    void writer(String name, int snapshots) throws IOException {
      SnapshotWorld view = view(name);
      Path path = Files.createDirectory(folder.resolve(name));
      writing++;
      start(
          name,
          () -> {
            try (PosixTree tree = JnaPosix.open(path)) {
              SnapshotWorld.directory(tree, "d");
              for (int i = 0; i < snapshots; i++) {
                rest(10);
                // From a few contents, so that writers have chunks of each other.
                for (int f = 0; f < 3; f++) {
                  int seed = random.nextInt(8);
                  SnapshotWorld.write(tree, "d/f" + random.nextInt(5), seed, 100 + 3000 * seed);
                }
                write(view, tree, name + "-" + i, name);
              }
            } finally {
              writing--;
            }
          });
    }

    private void write(SnapshotWorld view, PosixTree tree, String snapshot, String source)
        throws IOException {
      facts.put(snapshot, SnapshotWorld.facts(tree));
      try {
        view.take(tree, snapshot, source, 1);
        published.add(snapshot);
      } catch (ProviderException e) {
        assertThat(e.kind()).as(e.getMessage()).isEqualTo(ErrorKind.PRECONDITION);
        assertThat(e).hasMessageContaining("was taken for dead and ended");
      }
    }

    /** Collects while others write. */
    void collector(String name, int endsOfHundred) {
      SnapshotWorld view = view(name);
      start(
          name,
          () -> {
            while (writing > 0) {
              rest(15);
              List<Head.Root> roots = view.snapshots().list();
              if (roots.size() > 2) {
                Head.Root root = roots.get(random.nextInt(roots.size()));
                forgotten.add(root.name());
                view.snapshots().forget(List.of(root.id()));
              }
              collect(view, name, endsOfHundred);
            }
          });
    }

    private void collect(SnapshotWorld view, String name, int endsOfHundred) throws IOException {
      try {
        new Collector(
                view.domain(),
                Map.of(SnapshotStore.KIND, SnapshotStore.ROOTS),
                new Collector.Settings(
                    random.nextDouble(),
                    s -> !s.host().equals(READER) && random.nextInt(100) < endsOfHundred,
                    0,
                    name),
                Retrier.Check.NONE)
            .run();
      } catch (ProviderException e) {
        // The session in which it writes packs again was ended by the other one.
        if (e.kind() != ErrorKind.PRECONDITION) {
          throw e;
        }
        assertThat(e).hasMessageContaining("was taken for dead and ended");
      }
    }

    /**
     * Sessions that refer to what writers wrote, each begun before the one before ends, until a
     * collector has freed all the same.
     */
    void chain() {
      SnapshotWorld view = view("chain");
      start(
          "chain",
          () -> {
            Session session = link(view);
            while (!isFreed) {
              rest(10);
              Session next = link(view);
              rest(10);
              end(session);
              session = next;
            }
            end(session);
          });
    }

    private Session link(SnapshotWorld view) throws IOException {
      Session session =
          Session.begin(
              view.domain(), RandomIds.session(), 0, "chain", List.of(), SnapshotWorld.TINY);
      try (MetadataWriter writer = session.metadataWriter()) {
        int seed = random.nextInt(8);
        int length = 100 + 3000 * seed;
        writer.write(HostileTree.random(seed, length), 0, length);
        writer.flush();
      }
      return session;
    }

    private static void end(Session session) throws IOException {
      try (session) {
        // What it referred to is there still: nobody took it for dead.
        session.publishAndEnd(h -> h);
      }
    }

    /** When all is written, frees all that one snapshot does not keep, while sessions overlap. */
    void freer() {
      SnapshotWorld view = view("freer");
      start(
          "freer",
          () -> {
            while (writing > 0) {
              rest(10);
            }
            List<Head.Root> roots = view.snapshots().list();
            assertThat(roots).isNotEmpty();
            List<String> old = roots.stream().limit(roots.size() - 1L).map(Head.Root::id).toList();
            roots.stream().limit(roots.size() - 1L).forEach(r -> forgotten.add(r.name()));
            view.snapshots().forget(old);
            Set<PackId> before = packs(view);
            before.removeAll(keptBy(view));
            assertThat(before).isNotEmpty();
            for (int round = 0; !Collections.disjoint(packs(view), before); round++) {
              assertThat(round).as("rounds without success").isLessThan(10);
              assertThat(view.domain().heads().newest().sessions()).isNotEmpty();
              collect(view, "freer", 0);
              rest(30);
            }
            isFreed = true;
          });
    }

    private static Set<PackId> packs(SnapshotWorld view) throws IOException {
      Set<PackId> packs = new HashSet<>();
      view.domain()
          .objects()
          .list(
              "packs/",
              (key, size) -> {
                String[] parts = key.split("/", 3);
                packs.add(PackId.of(parts[1], HexFormat.fromHexDigits(parts[2])));
              });
      return packs;
    }

    /** The packs that have something of a snapshot, or that may be in use by who writes. */
    private static Set<PackId> keptBy(SnapshotWorld view) throws IOException {
      Head head = view.domain().heads().newest();
      Set<PackId> kept = new HashSet<>();
      ChunkIndex index = Session.index(view.domain(), head);
      try (ChunkReader reader = new ChunkReader(view.domain(), index, 1 << 20)) {
        for (Head.Root root : head.roots()) {
          Set<ChunkName> chunks = new HashSet<>(Set.of(root.chunk()));
          new TreeChunks(
                  reader,
                  new TreeChunks.Visitor() {
                    @Override
                    public boolean page(ChunkName name) {
                      return chunks.add(name);
                    }

                    @Override
                    public void leaf(ChunkName name) {
                      chunks.add(name);
                    }
                  })
              .visit(Manifest.read(reader.read(root.chunk()), "it").root());
          for (ChunkName chunk : chunks) {
            index.findAll(chunk).forEach(place -> kept.add(place.pack()));
          }
        }
      }
      packs(view).stream().filter(pack -> head.isOpen(pack.session())).forEach(kept::add);
      return kept;
    }

    void compactor() {
      SnapshotWorld view = view("compactor");
      start(
          "compactor",
          () -> {
            while (writing > 0) {
              rest(20);
              new Compaction(view.domain(), 0, "compactor").ifMoreThan(3);
            }
          });
    }

    void reader() {
      SnapshotWorld view = view(READER);
      start(
          READER,
          () -> {
            while (writing > 0) {
              rest(15);
              List<Head.Root> roots = view.snapshots().list();
              if (!roots.isEmpty()) {
                read(view, roots.get(random.nextInt(roots.size())));
              }
            }
          });
    }

    private void read(SnapshotWorld view, Head.Root root) throws IOException {
      try {
        assertThat(view.restored(root.id())).as(root.name()).isEqualTo(facts.get(root.name()));
      } catch (ProviderException e) {
        assertThat(e.kind()).as(e.getMessage()).isEqualTo(ErrorKind.NOT_FOUND);
        assertThat(e).hasMessageContaining("Cannot find the snapshot");
        assertThat(forgotten).contains(root.name());
      }
    }

    void checkAtTheEnd() throws IOException {
      SnapshotWorld view = SnapshotWorld.in(store);
      Set<String> there = new HashSet<>();
      for (Head.Root root : view.snapshots().list()) {
        there.add(root.name());
        read(view, root);
      }
      Set<String> expected = new HashSet<>(published);
      expected.removeAll(forgotten);
      assertThat(there).isEqualTo(expected);
      view.prune(0.5);
      view.prune(0);
      for (Head.Root root : view.snapshots().list()) {
        read(view, root);
      }
      assertThat(view.check().damages()).isEmpty();
      view.requireTidy(store);
    }

    @Override
    public void close() throws IOException {
      SnapshotWorld.delete(folder);
    }
  }

  @Property(tries = 10)
  void sessionsThatAlwaysOverlap_doNotKeepGarbage(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 2) int writers,
      @ForAll @IntRange(max = 15) int sleeps,
      @ForAll @IntRange(max = 3) int tasks)
      throws IOException {
    try (World world = new World(seed, sleeps)) {
      for (int w = 0; w < writers; w++) {
        world.writer("writer" + w, 3);
      }
      world.chain();
      world.freer();
      if ((tasks & 1) == 0) {
        world.collector("patient", 0);
      }
      if ((tasks & 2) == 0) {
        world.reader();
      }
      world.scheduler.runUntilIdle();
      assertThat(world.isFreed).isTrue();
      world.checkAtTheEnd();
    }
  }

  @Property(tries = 15)
  void anyInterleaving_losesNothing(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 3) int writers,
      @ForAll @IntRange(max = 15) int sleeps,
      @ForAll @IntRange(max = 50) int ends,
      @ForAll @IntRange(max = 15) int tasks)
      throws IOException {
    try (World world = new World(seed, sleeps)) {
      for (int w = 0; w < writers; w++) {
        world.writer("writer" + w, 4);
      }
      if ((tasks & 1) == 0) {
        world.collector("ending", ends);
      }
      if ((tasks & 2) == 0) {
        world.collector("patient", 0);
      }
      if ((tasks & 4) == 0) {
        world.compactor();
      }
      if ((tasks & 8) == 0) {
        world.reader();
      }
      world.scheduler.runUntilIdle();
      world.checkAtTheEnd();
    }
  }
}
