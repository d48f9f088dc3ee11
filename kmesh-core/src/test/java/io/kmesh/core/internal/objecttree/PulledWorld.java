// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import io.kmesh.core.internal.mirror.MirrorSettings;
import io.kmesh.core.internal.mirror.TreeExport;
import io.kmesh.core.internal.mirror.TreeOptions;
import io.kmesh.core.internal.posix.SortSpace;
import io.kmesh.core.internal.state.MemoryOrdered;
import io.kmesh.core.internal.state.OrderedStore;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.engine.MirrorConflict;
import io.kmesh.engine.MirrorDialect;
import io.kmesh.engine.MirrorTreeReport;
import io.kmesh.engine.PosixTrees;
import io.kmesh.engine.RetryPolicy;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.SplittableRandom;

/** A tree of the real file system, a store that it is exported to, and the prefix as a tree. */
final class PulledWorld implements AutoCloseable {
  static final String PREFIX = "tree/";

  final ManualTime time = ManualTime.create();
  final MemoryStore store;
  final PosixTree source;
  final MemoryOrdered rows = new MemoryOrdered();
  ObjectTree tree;

  private final SortSpace sorting;

  PulledWorld(Path folder) throws IOException {
    this(folder, MemoryStore.builder(), SortSpace.temporary());
  }

  /** With a store of its own, which gets the clock, and a place to sort. */
  PulledWorld(Path folder, MemoryStore.Builder builder, SortSpace sorting) throws IOException {
    this.sorting = sorting;
    store = builder.time(time).build();
    source = PosixTrees.open(Files.createDirectories(folder.resolve("source")));
    tree = open(rows, store);
  }

  /** A tree over a store, which asks once, several objects at a time. */
  ObjectTree open(OrderedStore index, ObjectStore over) throws IOException {
    return ObjectTree.open(
        index,
        new ObjectTreeSettings(
                over,
                PREFIX,
                time,
                new RetryPolicy(1, Duration.ZERO, Duration.ZERO),
                new SplittableRandom(1),
                Observer.NONE,
                3)
            .sortingIn(sorting));
  }

  /** As a new process would. */
  void reopen() throws IOException {
    tree.close();
    rows.reopen();
    tree = open(rows, store);
  }

  MirrorTreeReport export() throws IOException {
    return export(store);
  }

  MirrorTreeReport export(MirrorDialect dialect) throws IOException {
    TreeOptions options = new TreeOptions();
    options.dialect(dialect);
    return export(store, options);
  }

  MirrorTreeReport export(ObjectStore to) throws IOException {
    return export(to, new TreeOptions());
  }

  private MirrorTreeReport export(ObjectStore to, TreeOptions options) throws IOException {
    time.advance(Duration.ofSeconds(1));
    MirrorSettings settings = MirrorSettings.withoutState(to, time);
    settings.prefix(PREFIX);
    settings.partSize(DataSize.ofKib(64));
    options.removeGone();
    // Names that are given to older files are changes of the tree, whatever the store has.
    options.conflicts(MirrorConflict.LOCAL_WINS);
    options.threads(2);
    return new TreeExport(settings, options, source, PathBytes.EMPTY).run();
  }

  PullReport pull() throws IOException {
    return tree.pull(Retrier.Check.NONE);
  }

  void put(String key, String body, Map<String, String> metadata) throws IOException {
    time.advance(Duration.ofSeconds(1));
    store
        .blocking()
        .put(
            PREFIX + key,
            ByteBuffer.wrap(body.getBytes(StandardCharsets.UTF_8)),
            new PutOptions(Condition.none(), metadata, null));
  }

  void delete(String key) throws IOException {
    store.blocking().delete(java.util.List.of(io.kmesh.spi.store.DeleteTarget.of(PREFIX + key)));
  }

  /** What a new index of the same store shows. */
  Map<String, String> fresh() throws IOException {
    try (ObjectTree other = open(new MemoryOrdered(), store)) {
      other.pull(Retrier.Check.NONE);
      return TreeManifest.of(other);
    }
  }

  @Override
  public void close() throws IOException {
    tree.close();
    source.close();
  }
}
