// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.state.MemoryOrdered;
import io.kmesh.core.internal.state.OrderedStore;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.fault.CrashPoint;
import io.kmesh.testkit.fault.CrashPoints;
import io.kmesh.testkit.fault.CrashableTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The machine stops at each call, and loses what was not synced: the next process makes the tree
 * what the registers say, displaces nothing, and leaves nothing of its own behind.
 */
@Tag("crash")
class PlaceCrashTest {
  @TempDir private Path directory;
  private int worlds;

  /** How what is written is made durable. */
  private enum Syncs {
    ALL,
    EACH,
    /** As all, while contents come. */
    BESIDE
  }

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
    private final MemoryOrdered store = new MemoryOrdered();
    private final PosixTree real;
    private final SourceModel model;
    private final Syncs syncs;
    private @Nullable CrashableTree crashable;

    Working(Change first, Change change, Syncs syncs) {
      this.syncs = syncs;
      try {
        real =
            new PlacerTest.Unsynced(
                JnaPosix.open(Files.createDirectory(directory.resolve("w" + worlds++))));
        model = new SourceModel(1, PlacerTest.uid(real));
        first.make(model);
        try (PlaceWorld world =
            new PlaceWorld(real, FlowBase.open(store, 5), PlacerTest.settings(1))) {
          world.deliverAll(model, new Random(1));
          world.settle(model, new Random(1));
        }
        change.make(model);
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    private PosixTree view(PosixTree tree) {
      return syncs == Syncs.EACH ? new EachSynced(tree) : tree;
    }

    @Override
    public void run(CrashPoint point) throws IOException {
      crashable = CrashableTree.of(real, point);
      FlowBase base = FlowBase.open(new Crashing(store, point), 5);
      PlaceWorld world = new PlaceWorld(view(crashable), base, PlacerTest.settings(1));
      if (syncs == Syncs.BESIDE) {
        Random random = new Random(5);
        world.meanwhile = () -> world.contents(model, random, 1);
      }
      world.deliverAll(model, new Random(3));
      world.settle(model, new Random(4));
      // Some facts are committed and some are not, when it ends by itself.
      assertThat(world.drifts).isEmpty();
    }

    @Override
    public void recoverAndCheck(long seed) throws IOException {
      crashable.crashAndGoOn(seed);
      store.reopen();
      FlowBase base = FlowBase.open(store, 5);
      try (real;
          PlaceWorld world = new PlaceWorld(view(real), base, PlacerTest.settings(1))) {
        List<Link> links = new ArrayList<>();
        List<NodeId> nodes = new ArrayList<>();
        for (Map.Entry<Link, Dirent> e : model.dirents.entrySet()) {
          if (!base.dirent(e.getKey()).version().equals(e.getValue().version())) {
            links.add(e.getKey());
          }
        }
        for (Node node : model.nodes.values()) {
          Optional<Node> known = base.node(node.id());
          if (known.isEmpty()
              || !Objects.equals(known.get().contentVersion(), node.contentVersion())
              || !Objects.equals(known.get().attributesVersion(), node.attributesVersion())) {
            nodes.add(node.id());
          }
        }
        world.deliver(model, links, nodes, new Random(seed));
        world.settle(model, new Random(seed));
        Map<String, String> expected = PlaceWorld.expected(model);
        Map<String, String> actual = PlaceWorld.actual(real);
        // The crashable tree has a directory of its own there.
        expected.remove("");
        actual.remove("");
        assertThat(actual).isEqualTo(expected);
        world.requireTidy();
        // Else it is taken for somebody's change when it is replaced or removed.
        world.requireFactsTrue();
        assertThat(world.displaced()).isEmpty();
      }
    }
  }

  private void enumerate(Change first, Change change, Syncs syncs, int seeds) {
    CrashPoints.Report report =
        CrashPoints.enumerate(() -> new Working(first, change, syncs), seeds);
    assertThat(report.operations()).isGreaterThan(7);
    assertThat(report.crashes()).isGreaterThan(report.operations());
  }

  private static PathBytes n(String text) {
    return PathBytes.of(text);
  }

  private static void fewer(SourceModel model) {
    NodeId d = model.make(NodeId.ROOT, n("d"), FileType.DIRECTORY, new byte[0]);
    NodeId two = model.make(d, n("two"), FileType.REGULAR, new byte[] {4, 5});
    model.link(two, NodeId.ROOT, n("second"));
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
  void whatIsNewIsPlaced() {
    enumerate(model -> {}, PlaceCrashTest::fill, Syncs.ALL, 1);
  }

  @Test
  void whatIsNewIsPlacedWhereEachFileIsSynced() {
    enumerate(model -> {}, PlaceCrashTest::fewer, Syncs.EACH, 1);
  }

  private static void changeContentsAndNames(SourceModel model) {
    NodeId d = model.names.get(new Link(NodeId.ROOT, n("d")));
    model.write(model.names.get(new Link(d, n("two"))), new byte[] {7, 8, 9});
    model.exchange(new Link(NodeId.ROOT, n("a")), new Link(NodeId.ROOT, n("b")));
    model.chmod(model.names.get(new Link(NodeId.ROOT, n("b"))));
  }

  @Test
  void contentsAndNamesChange() {
    enumerate(PlaceCrashTest::fill, PlaceCrashTest::changeContentsAndNames, Syncs.ALL, 2);
  }

  @Test
  void whatIsNewIsPlaced_whileTheTreeIsSyncedBesideTheEngine() {
    enumerate(model -> {}, PlaceCrashTest::fill, Syncs.BESIDE, 1);
  }

  @Test
  void contentsAndNamesChange_whileTheTreeIsSyncedBesideTheEngine() {
    enumerate(PlaceCrashTest::fill, PlaceCrashTest::changeContentsAndNames, Syncs.BESIDE, 2);
  }

  @Test
  void directoriesMoveAndGo() {
    enumerate(
        PlaceCrashTest::fill,
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
        Syncs.ALL,
        2);
  }

  @Test
  void otherThingsTakeThePlaceOfWhatGoesElsewhere() {
    enumerate(
        model -> {
          for (int i = 0; i < 4; i++) {
            model.make(NodeId.ROOT, n("a" + i), FileType.REGULAR, new byte[] {6});
          }
        },
        model -> {
          for (int i = 0; i < 4; i++) {
            Link a = new Link(NodeId.ROOT, n("a" + i));
            model.rename(a, NodeId.ROOT, n("b" + i));
            model.make(NodeId.ROOT, n("a" + i), FileType.FIFO, new byte[0]);
          }
        },
        Syncs.ALL,
        1);
  }

  @Test
  void attributesChange() {
    enumerate(
        PlaceCrashTest::fill,
        model -> {
          NodeId d = model.names.get(new Link(NodeId.ROOT, n("d")));
          for (Link link :
              List.of(
                  new Link(NodeId.ROOT, n("a")),
                  new Link(NodeId.ROOT, n("b")),
                  new Link(d, n("two")),
                  new Link(d, n("fifo")))) {
            for (int i = 0; i < 3; i++) {
              model.chmod(model.names.get(link));
            }
          }
        },
        Syncs.ALL,
        1);
  }
}
