// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.state.MemoryOrdered;
import io.kmesh.core.internal.state.OrderedStore;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.testkit.lustre.SimulatedLustre;
import io.kmesh.testkit.time.ManualTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A Lustre of two MDTs, whose part below {@code top} a base follows by its changelogs. */
final class LustreWorld implements AutoCloseable {
  static final PathBytes TOP = PathBytes.of("top");

  final ManualTime time = ManualTime.create();
  final Path folder;
  final SimulatedLustre lustre;
  final Map<Integer, String> users = new TreeMap<>();

  /** Below the flow's top. */
  final TreeSteps steps;

  /** Beside it. */
  final TreeSteps outside;

  /** In the whole file system. */
  final TreeSteps around;

  final MemoryOrdered store = new MemoryOrdered();
  final LiveTree live;
  private final LustreBinding seen;

  /** So many commits from now on the process ends; 0 for never. */
  int crashAt;

  /** Whether it ends behind that commit, not before it. */
  boolean isCrashAfter;

  FlowBase base;
  Inspector inspector;
  ChangelogHub hub;
  ChangelogFollower follower;
  Optional<String> began;

  LustreWorld(long seed) throws IOException {
    this(seed, b -> b);
  }

  interface Wrap {
    LustreBinding of(LustreBinding binding);
  }

  /** A world whose flow sees a wrapped file system. */
  LustreWorld(long seed, Wrap wrap) throws IOException {
    folder = Files.createTempDirectory("kmesh-detect");
    lustre =
        SimulatedLustre.builder(folder).mdts(2, DataSize.ofGib(1)).time(time).seed(seed).open();
    for (int mdt : lustre.identity().mdts()) {
      users.put(mdt, lustre.changelogAdmin().register(mdt, Optional.empty()));
    }
    Random random = new Random(seed);
    steps = new TreeSteps(lustre.tree(), TOP, random);
    outside = new TreeSteps(lustre.tree(), PathBytes.of("a"), random);
    around = new TreeSteps(lustre.tree(), PathBytes.EMPTY, random);
    try (PosixDirectory root = lustre.tree().openRoot()) {
      // On both MDTs, whose changelogs have no record otherwise.
      for (String name : new String[] {"top", "a", "b", "c"}) {
        root.makeDirectory(PathBytes.of(name), 0755);
        around.write(PathBytes.of(name + "/first"), 10);
      }
    }
    seen = wrap.of(lustre);
    live = new LustreLiveTree(seen, TOP);
    open();
  }

  private void open() throws IOException {
    base = FlowBase.open(crashing(), 7);
    inspector = new Inspector(base, live, new DeleteGuard(0, 100), Concurrent.HERE_WINS, time);
    hub = new ChangelogHub(seen, users, time);
    follower = new ChangelogFollower(base, hub, "flow");
    began = follower.begin();
    if (began.isPresent()) {
      inspector.demandScan(began.get());
    }
  }

  /** A store that ends the process at a commit. */
  private OrderedStore crashing() {
    return (OrderedStore)
        Proxy.newProxyInstance(
            OrderedStore.class.getClassLoader(),
            new Class<?>[] {OrderedStore.class},
            (proxy, method, arguments) -> {
              boolean isCrash = method.getName().equals("commit") && --crashAt == 0;
              if (!isCrash || isCrashAfter) {
                try {
                  Object result = method.invoke(store, arguments);
                  if (!isCrash) {
                    return result;
                  }
                } catch (InvocationTargetException e) {
                  throw e.getCause();
                }
              }
              throw new Crash();
            });
  }

  static final class Crash extends IOException {
    private static final long serialVersionUID = 1;
  }

  /** As a new process would. */
  void reopen() throws IOException {
    follower.close();
    hub.close();
    base.close();
    store.reopen();
    crashAt = 0;
    open();
  }

  /** Takes what the changelogs say now. */
  Optional<String> follow(int batch) throws IOException {
    Optional<String> reason = Optional.empty();
    while (true) {
      Hints hints = new Hints();
      ChangelogFollower.Read read = follower.next(batch, hints);
      if (read.scanReason().isPresent()) {
        reason = read.scanReason();
        inspector.demandScan(reason.get());
      }
      inspector.look(hints);
      base.commit();
      Optional<String> lost = follower.committed();
      if (lost.isPresent()) {
        reason = lost;
        inspector.demandScan(lost.get());
      }
      if (read.records() == 0) {
        break;
      }
    }
    finish();
    return reason;
  }

  void scan() throws IOException {
    inspector.demandScan("test");
    finish();
  }

  void finish() throws IOException {
    while (inspector.step(9)) {
      base.commit();
    }
    base.commit();
    follower.committed();
  }

  /** Lets all stamps become old. */
  void settle() throws IOException {
    time.advance(Duration.ofMinutes(1));
    finish();
    inspector.takeFindings();
  }

  void requireEqual() throws IOException {
    BaseView.requireEqual(base, live);
  }

  Node node(String path) throws IOException {
    NodeId at = NodeId.ROOT;
    for (PathBytes name : PathBytes.of(path).names()) {
      at = base.dirent(new Link(at, name)).node();
    }
    return base.require(at);
  }

  long restores() {
    return lustre.coordinator().statistics().delivered(HsmActionKind.RESTORE);
  }

  @Override
  public void close() throws IOException {
    follower.close();
    hub.close();
    base.close();
    lustre.close();
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
