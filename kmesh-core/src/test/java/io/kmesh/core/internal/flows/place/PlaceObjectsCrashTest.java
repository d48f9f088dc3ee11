// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.objecttree.ObjectTree;
import io.kmesh.core.internal.objecttree.ObjectTreeSettings;
import io.kmesh.core.internal.state.MemoryOrdered;
import io.kmesh.core.internal.state.OrderedStore;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.engine.RetryPolicy;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.testkit.fault.CrashPoint;
import io.kmesh.testkit.fault.CrashPoints;
import io.kmesh.testkit.fault.CrashableStore;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Placing in a prefix of a store that ends anywhere is gone on with, and loses nothing. */
@Tag("crash")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class PlaceObjectsCrashTest {
  @TempDir private Path directory;
  private static final int POINTS = 12;
  private int worlds;

  /** Changes of the model between two settled states. */
  private interface Change {
    void make(SourceModel model);
  }

  /** A store whose commits are operations that a crash may hit. */
  private record Crashing(OrderedStore real, CrashPoint point) implements OrderedStore {
    @Override
    public byte @Nullable [] get(byte[] key) throws IOException {
      return real.get(key);
    }

    @Override
    public void put(byte[] key, byte[] value) throws IOException {
      point.failIfCrashed();
      real.put(key, value);
    }

    @Override
    public void remove(byte[] key) throws IOException {
      point.failIfCrashed();
      real.remove(key);
    }

    @Override
    public Cursor scan(byte[] from, byte @Nullable [] to) throws IOException {
      return real.scan(from, to);
    }

    @Override
    public void commit() throws IOException {
      point.before("commit");
      real.commit();
      point.after("commit");
    }

    @Override
    public void rollback() throws IOException {
      real.rollback();
    }

    @Override
    public void close() {}
  }

  private final class Working implements CrashPoints.Scenario {
    private final MemoryOrdered base = new MemoryOrdered();
    private final MemoryOrdered index = new MemoryOrdered();
    private final ManualTime time = ManualTime.create();
    private final MemoryStore store = MemoryStore.builder().time(time).build();
    private final Path spool;
    private final SourceModel model;

    Working(Change first, Change change) {
      try {
        spool = Files.createDirectory(directory.resolve("w" + worlds++));
        model = new SourceModel(1, 0);
        first.make(model);
        try (ObjectTree tree = open(store, index);
            PlaceWorld world =
                new PlaceWorld(tree, FlowBase.open(base, 5), PlacerTest.settings(1))) {
          world.deliverAll(model, new Random(1));
          world.settle(model, new Random(1));
        }
        base.reopen();
        index.reopen();
        change.make(model);
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    private ObjectTree open(ObjectStore calls, OrderedStore rows) throws IOException {
      return ObjectTree.open(
          rows,
          new PlacerTest.Unsynced(JnaPosix.open(spool)),
          new ObjectTreeSettings(
              calls,
              "p/",
              time,
              new RetryPolicy(1, Duration.ZERO, Duration.ZERO),
              new SplittableRandom(1),
              Observer.NONE,
              4));
    }

    @Override
    public void run(CrashPoint point) throws IOException {
      ObjectTree tree = open(CrashableStore.of(store, point), new Crashing(index, point));
      PlaceWorld world =
          new PlaceWorld(tree, FlowBase.open(new Crashing(base, point), 5), PlacerTest.settings(1));
      world.deliverAll(model, new Random(3));
      world.settle(model, new Random(4));
      assertThat(world.drifts).isEmpty();
    }

    @Override
    public void recoverAndCheck(long seed) throws IOException {
      base.reopen();
      index.reopen();
      FlowBase known = FlowBase.open(base, 5);
      try (ObjectTree tree = open(store, index);
          PlaceWorld world = new PlaceWorld(tree, known, PlacerTest.settings(1))) {
        List<Link> links = new ArrayList<>();
        List<NodeId> nodes = new ArrayList<>();
        for (Map.Entry<Link, Dirent> e : model.dirents.entrySet()) {
          if (!known.dirent(e.getKey()).version().equals(e.getValue().version())) {
            links.add(e.getKey());
          }
        }
        for (Node node : model.nodes.values()) {
          Optional<Node> there = known.node(node.id());
          if (there.isEmpty()
              || !Objects.equals(there.get().contentVersion(), node.contentVersion())
              || !Objects.equals(there.get().attributesVersion(), node.attributesVersion())) {
            nodes.add(node.id());
          }
        }
        world.deliver(model, links, nodes, new Random(seed));
        world.settle(model, new Random(seed));
        assertThat(PlaceWorld.actual(tree)).isEqualTo(PlaceWorld.expected(model));
        world.requireTidy();
        world.requireFactsTrue();
        assertThat(world.displaced()).isEmpty();
        tree.sync();
        assertThat(tree.problems()).isEmpty();
        try (ObjectTree reader =
            ObjectTree.open(new MemoryOrdered(), ObjectTreeSettings.of(store, "p/", time))) {
          assertThat(reader.pull(Retrier.Check.NONE).problems()).isEmpty();
          assertThat(PlaceWorld.actual(reader)).isEqualTo(PlaceWorld.expected(model));
        }
        assertThat(store.keys()).noneMatch(key -> key.contains("/.kmesh/kept/"));
      }
    }
  }

  /** Ends at some of the operations, others with each seed; all of them would take minutes. */
  private void enumerate(Change first, Change change, long seed) throws Exception {
    CrashPoint counting = CrashPoint.never();
    Working whole = new Working(first, change);
    whole.run(counting);
    whole.recoverAndCheck(0);
    int operations = counting.operations();
    Random random = new Random(seed);
    for (int i = 0; i < POINTS; i++) {
      int at = 1 + (i * operations + random.nextInt(operations)) / POINTS % operations;
      CrashPoint.Side side = random.nextBoolean() ? CrashPoint.Side.AFTER : CrashPoint.Side.BEFORE;
      CrashPoints.repeat(new Working(first, change), at, side, seed);
    }
  }

  private static PathBytes n(String text) {
    return PathBytes.of(text);
  }

  private static void fill(SourceModel model) {
    NodeId d = model.make(NodeId.ROOT, n("d"), FileType.DIRECTORY, new byte[0]);
    NodeId e = model.make(d, n("e"), FileType.DIRECTORY, new byte[0]);
    model.make(e, n("deep"), FileType.REGULAR, new byte[] {1, 2, 3});
    NodeId two = model.make(d, n("two"), FileType.REGULAR, new byte[] {4, 5});
    model.link(two, NodeId.ROOT, n("second"));
    model.make(NodeId.ROOT, n("a"), FileType.REGULAR, new byte[] {6});
    model.make(NodeId.ROOT, n("b"), FileType.SYMLINK, new byte[0]);
    model.make(d, n("fifo"), FileType.FIFO, new byte[0]);
  }

  @Test
  void whatIsNewIsPlaced() throws Exception {
    enumerate(model -> {}, PlaceObjectsCrashTest::fill, 1);
  }

  @Test
  void contentsAndNamesChange() throws Exception {
    enumerate(
        PlaceObjectsCrashTest::fill,
        model -> {
          NodeId d = model.names.get(new Link(NodeId.ROOT, n("d")));
          model.write(model.names.get(new Link(d, n("two"))), new byte[] {7, 8, 9});
          model.exchange(new Link(NodeId.ROOT, n("a")), new Link(NodeId.ROOT, n("b")));
          model.chmod(model.names.get(new Link(NodeId.ROOT, n("b"))));
        },
        2);
  }

  @Test
  void directoriesMoveAndGo() throws Exception {
    enumerate(
        PlaceObjectsCrashTest::fill,
        model -> {
          Link d = new Link(NodeId.ROOT, n("d"));
          NodeId old = model.names.get(d);
          Link e = new Link(old, n("e"));
          model.rename(e, NodeId.ROOT, n("f"));
          NodeId f = model.names.get(new Link(NodeId.ROOT, n("f")));
          model.make(f, n("more"), FileType.REGULAR, new byte[] {1});
          model.rename(new Link(NodeId.ROOT, n("a")), f, n("deep"));
          model.rename(d, f, n("below"));
          model.remove(f, n("below"));
        },
        3);
  }
}
