// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.base.Version;
import io.kmesh.core.internal.flows.replica.Source;
import io.kmesh.core.internal.state.MemoryOrdered;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.ForwardingPosixTree;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.testkit.lustre.SimulatedLustre;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A change that has the time of change of an earlier one is found, whatever comes between. */
class YoungStampTest {
  private static final PathBytes A = PathBytes.of("a");
  private static final PathBytes B = PathBytes.of("b");
  private static final PathBytes F = PathBytes.of("f");

  @Test
  void step_whenADirectoryMovedBeforeTheSecondLook_findsTheChangeWhereItIsNow() throws IOException {
    try (World world = new World()) {
      world.seenAndChanged();
      world.steps.rename(A, B, RenameMode.NO_REPLACE);
      world.later();
      assertThat(world.inspector.untilDue()).as("still doubted").isPresent();
      world.scan();
      world.requireMode(B.resolve(F));
      assertThat(world.inspector.untilDue()).isEmpty();
    }
  }

  @Test
  void step_whenADirectoryMovedAndTheProcessEnded_findsTheChangeWhereItIsNow() throws IOException {
    try (World world = new World()) {
      world.seenAndChanged();
      world.steps.makeDirectory(B);
      world.steps.rename(A, B.resolve(A), RenameMode.NO_REPLACE);
      world.later();
      world.reopen();
      world.scan();
      world.later();
      world.requireMode(B.resolve(A).resolve(F));
    }
  }

  @Test
  void step_whenADirectoryMovedAndCameBack_findsTheChange() throws IOException {
    try (World world = new World()) {
      world.seenAndChanged();
      world.steps.rename(A, B, RenameMode.NO_REPLACE);
      world.later();
      world.steps.rename(B, A, RenameMode.NO_REPLACE);
      world.scan();
      world.time.advance(Duration.ofMinutes(11));
      world.finish();
      world.requireMode(A.resolve(F));
    }
  }

  @Test
  void step_whenADirectoryWasRemovedBeforeTheSecondLook_forgetsIt() throws IOException {
    try (World world = new World()) {
      world.seenAndChanged();
      world.steps.removeAll(A);
      world.later();
      world.scan();
      world.later();
      assertThat(world.inspector.untilDue()).isEmpty();
    }
  }

  @Test
  void lookAt_whenADirectoryMovedBeforeSomebodyWaits_findsTheChange() throws IOException {
    try (World world = new World()) {
      LiveSource source = world.source();
      source.lookAt(PathBytes.EMPTY);
      world.seenAndChanged();
      world.steps.rename(A, B, RenameMode.NO_REPLACE);
      world.later();
      source.lookAt(PathBytes.EMPTY);
      world.requireMode(B.resolve(F));
    }
  }

  @Test
  void beginLook_whenADirectoryMovesBehindTheScan_looksOnceMore() throws IOException {
    try (World world = new World()) {
      LiveSource source = world.source();
      world.seenAndChanged();
      Source.Looking looking = world.begin(source);
      world.scan();
      world.steps.rename(A, B, RenameMode.NO_REPLACE);
      for (int i = 0; !looking.isDone(); i++) {
        assertThat(i).isLessThan(10);
        world.finish();
      }
      world.requireMode(B.resolve(F));
    }
  }

  @Test
  void look_whenTheTickEndsWhileAnEntryIsRead_looksOnceMore() throws IOException {
    try (World world = new World()) {
      world.steps.write(F, 10);
      world.whenRead =
          () -> {
            world.steps.setMode(F, 0640);
            world.time.advance(Duration.ofMinutes(1));
          };
      world.scan();
      world.later();
      world.requireMode(F);
    }
  }

  @Test
  void step_whenAFileWasWrittenAndThenLinked_takesTheBytesForOthers() throws IOException {
    try (World world = new World()) {
      world.seenAndWritten();
      world.steps.link(F, B);
      world.finish();
      world.later();
      world.requireOtherBytes(F);
    }
  }

  @Test
  void step_whenAFileWasWrittenAndThenMoved_takesTheBytesForOthers() throws IOException {
    try (World world = new World()) {
      world.seenAndWritten();
      world.steps.rename(F, B, RenameMode.NO_REPLACE);
      world.finish();
      world.scan();
      world.reopen();
      world.later();
      world.requireOtherBytes(B);
    }
  }

  @Test
  void lookAt_whenAFileWasWrittenAndThenChangedOtherwise_takesTheBytesForOthers()
      throws IOException {
    try (World world = new World()) {
      LiveSource source = world.source();
      source.lookAt(PathBytes.EMPTY);
      world.seenAndWritten();
      world.steps.setMode(F, 0640);
      source.lookAt(PathBytes.EMPTY);
      world.requireOtherBytes(F);
      world.requireMode(F);
    }
  }

  @Test
  void look_whenTheTopIsYoung_looksOnceMore() throws IOException {
    try (World world = new World()) {
      world.scan();
      try (PosixDirectory root = world.lustre.tree().openRoot()) {
        root.setMode(World.TOP, 0711);
      }
      world.later();
      assertThat(world.base.require(NodeId.ROOT).attributes().mode()).isEqualTo(0711);
    }
  }

  /** What happens between two calls. */
  private interface Event {
    void happen() throws IOException;
  }

  /** A tree whose times of change are the test's, and which is found by scans. */
  private static final class World implements AutoCloseable {
    static final PathBytes TOP = PathBytes.of("top");

    final ManualTime time = ManualTime.create();
    final Path folder = Files.createTempDirectory("kmesh-young");
    final SimulatedLustre lustre = SimulatedLustre.builder(folder).time(time).open();
    final TreeSteps steps = new TreeSteps(lustre.tree(), TOP, new Random(1));
    final MemoryOrdered store = new MemoryOrdered();
    FlowBase base;
    Inspector inspector;
    private @Nullable NodeId seen;
    private @Nullable Version bytes;

    /** Happens once, when extended attributes of the file are read, behind its stat. */
    Event whenRead = () -> {};

    World() throws IOException {
      try (PosixDirectory root = lustre.tree().openRoot()) {
        root.makeDirectory(TOP, 0755);
      }
      open();
    }

    private void open() throws IOException {
      base = FlowBase.open(store, 7);
      inspector =
          new Inspector(
              base,
              PosixLiveTree.open(seen(lustre.tree()), TOP),
              new DeleteGuard(0, 100),
              Concurrent.HERE_WINS,
              time);
    }

    void reopen() throws IOException {
      base.close();
      store.reopen();
      open();
    }

    LiveSource source() {
      return new LiveSource(inspector, Optional.empty(), Duration.ofHours(1), time, found -> {});
    }

    Source.Looking begin(LiveSource source) throws IOException {
      Source.Looking looking = source.beginLook();
      assertThat(looking.isDone()).isFalse();
      return looking;
    }

    /** A file that was looked at, and whose mode changed without a new time. */
    void seenAndChanged() throws IOException {
      steps.makeDirectory(A);
      steps.write(A.resolve(F), 10);
      scan();
      seen = node(A.resolve(F)).id();
      steps.setMode(A.resolve(F), 0640);
    }

    /** A file that was looked at, and written once more without a new time, long ago. */
    void seenAndWritten() throws IOException {
      steps.write(F, 10);
      scan();
      seen = node(F).id();
      bytes = node(F).contentVersion();
      steps.write(F, 10);
      time.advance(Duration.ofSeconds(3));
    }

    void requireOtherBytes(PathBytes path) throws IOException {
      assertThat(node(path).id()).isEqualTo(seen);
      assertThat(node(path).contentVersion()).isNotEqualTo(bytes);
    }

    void scan() throws IOException {
      inspector.demandScan("test");
      finish();
    }

    void finish() throws IOException {
      while (inspector.step(100)) {
        base.commit();
      }
      base.commit();
    }

    void later() throws IOException {
      time.advance(Duration.ofMinutes(1));
      finish();
    }

    void requireMode(PathBytes path) throws IOException {
      Node node = node(path);
      assertThat(node.attributes().mode()).isEqualTo(0640);
      if (seen != null) {
        assertThat(node.id()).as("moved, not made").isEqualTo(seen);
      }
    }

    private Node node(PathBytes path) throws IOException {
      NodeId at = NodeId.ROOT;
      for (PathBytes name : path.names()) {
        at = base.dirent(new Link(at, name)).node();
      }
      return base.require(at);
    }

    private PosixTree seen(PosixTree real) {
      return new ForwardingPosixTree() {
        @Override
        protected PosixTree delegate() {
          return real;
        }

        @Override
        public PosixDirectory openRoot() throws IOException {
          return seen(real.openRoot());
        }

        @Override
        public PosixDirectory openDirectory(PathBytes path) throws IOException {
          return seen(real.openDirectory(path));
        }
      };
    }

    private PosixDirectory seen(PosixDirectory real) {
      return (PosixDirectory)
          Proxy.newProxyInstance(
              PosixDirectory.class.getClassLoader(),
              new Class<?>[] {PosixDirectory.class},
              (proxy, method, arguments) -> {
                if (method.getName().startsWith("xattr")
                    && arguments != null
                    && F.equals(arguments[0])) {
                  Event event = whenRead;
                  whenRead = () -> {};
                  event.happen();
                }
                try {
                  Object result = method.invoke(real, arguments);
                  return result instanceof PosixDirectory below ? seen(below) : result;
                } catch (InvocationTargetException e) {
                  throw e.getCause();
                }
              });
    }

    @Override
    public void close() throws IOException {
      base.close();
      lustre.close();
      try (Stream<Path> all = Files.walk(folder)) {
        for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(path);
        }
      }
    }
  }
}
