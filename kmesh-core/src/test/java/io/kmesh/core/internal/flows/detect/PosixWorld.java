// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.LocalKey;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.state.MemoryOrdered;
import io.kmesh.engine.PosixTrees;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.Stream;

/** A tree of the real file system and a base of it. */
final class PosixWorld implements AutoCloseable {
  /** Behind all stamps, which the kernel gives; moved by the test alone. */
  final ManualTime time = ManualTime.startingAt(Instant.now());

  final Path folder;
  final PosixTree tree;
  final LiveTree live;
  final TreeSteps steps;
  final MemoryOrdered store = new MemoryOrdered();
  private final DeleteGuard guard;
  FlowBase base;
  Inspector inspector;

  PosixWorld(long seed) throws IOException {
    this(seed, new DeleteGuard(0, 100));
  }

  PosixWorld(long seed, DeleteGuard guard) throws IOException {
    this.guard = guard;
    folder = Files.createTempDirectory("kmesh-detect");
    tree = PosixTrees.open(folder);
    live = PosixLiveTree.open(tree, PathBytes.EMPTY);
    steps = new TreeSteps(tree, PathBytes.EMPTY, new Random(seed));
    base = FlowBase.open(store, 7);
    inspector = new Inspector(base, live, guard, Concurrent.HERE_WINS, time);
  }

  /** As a new process would. */
  void reopen() throws IOException {
    base.close();
    store.reopen();
    base = FlowBase.open(store, 8);
    inspector = new Inspector(base, live, guard, Concurrent.HERE_WINS, time);
  }

  void look(Hints hints) throws IOException {
    inspector.look(hints);
    base.commit();
    finish();
  }

  void scan() throws IOException {
    inspector.demandScan("test");
    base.commit();
    finish();
  }

  void finish() throws IOException {
    while (inspector.step(7)) {
      base.commit();
    }
    base.commit();
  }

  /** Lets all stamps become old, and takes what follows from that. */
  void settle() throws IOException {
    time.advance(Duration.ofMinutes(1));
    finish();
    inspector.takeFindings();
  }

  void requireEqual() throws IOException {
    BaseView.requireEqual(base, live);
  }

  LocalKey topKey() throws IOException {
    try (PosixDirectory top = live.openTop()) {
      return live.key(top);
    }
  }

  Node node(PathBytes path) throws IOException {
    NodeId at = NodeId.ROOT;
    for (PathBytes name : path.names()) {
      at = base.dirent(new Link(at, name)).node();
    }
    return base.require(at);
  }

  @Override
  public void close() throws IOException {
    base.close();
    tree.close();
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
