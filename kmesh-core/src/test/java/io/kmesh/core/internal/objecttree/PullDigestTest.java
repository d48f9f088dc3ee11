// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.state.MemoryOrdered;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ForwardingObjectStore;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.testkit.store.MemoryStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pulls of a store whose ETags are digests of the bytes and whose times are whole seconds. */
class PullDigestTest {
  @TempDir private Path folder;

  /** Shows a store as S3 would. */
  private static final class Digests extends ForwardingObjectStore {
    private final MemoryStore store;

    Digests(MemoryStore store) {
      this.store = store;
    }

    @Override
    protected ObjectStore delegate() {
      return store;
    }

    private static ObjectInfo digest(ObjectInfo info) {
      return new ObjectInfo(
          info.key(),
          info.size(),
          String.format("%032x", info.size()),
          null,
          info.lastModified().truncatedTo(ChronoUnit.SECONDS),
          info.metadata(),
          null);
    }

    @Override
    public CompletionStage<ObjectInfo> head(String key) {
      return super.head(key).thenApply(Digests::digest);
    }

    @Override
    public CompletionStage<ListPage> list(ListRequest request) {
      return super.list(request)
          .thenApply(
              page ->
                  new ListPage(
                      page.objects().stream().map(Digests::digest).toList(),
                      page.nextAfterOrNull(),
                      page.tokenOrNull()));
    }
  }

  private static void put(PulledWorld world, String mode, int attempt) throws IOException {
    world
        .store
        .blocking()
        .put(
            PulledWorld.PREFIX + "a",
            ByteBuffer.wrap("x".getBytes(StandardCharsets.UTF_8)),
            new PutOptions(
                Condition.none(),
                Map.of(
                    "kmesh-format", "mirror/0",
                    "kmesh-type", "file",
                    "kmesh-size", "1",
                    "kmesh-mtime", "5",
                    "kmesh-mode", mode,
                    "kmesh-attempt", String.format("%032x", attempt)),
                null));
  }

  private static FileStat stat(ObjectTree tree, String name) throws IOException {
    try (PosixDirectory root = tree.openRoot()) {
      return root.stat(PathBytes.of(name));
    }
  }

  private static int mode(ObjectTree tree) throws IOException {
    return stat(tree, "a").mode();
  }

  @Test
  void attributesAlone_changedWithinTheSecondOfALook_areSeenByTheNextPull() throws IOException {
    try (PulledWorld world = new PulledWorld(folder);
        ObjectTree tree = world.open(new MemoryOrdered(), new Digests(world.store))) {
      put(world, "0644", 1);
      tree.pull(Retrier.Check.NONE);
      assertThat(mode(tree)).isEqualTo(0644);
      world.time.advance(Duration.ofMillis(100));
      put(world, "0600", 2);
      assertThat(tree.pull(Retrier.Check.NONE).changed()).isEqualTo(1);
      assertThat(mode(tree)).isEqualTo(0600);
      world.time.advance(Duration.ofSeconds(10));
      PullReport later = tree.pull(Retrier.Check.NONE);
      assertThat(later.asked()).as("once more, when it can't change unseen").isEqualTo(1);
      assertThat(later.changed()).isZero();
      assertThat(tree.pull(Retrier.Check.NONE).asked()).isZero();
      IndexCheck.requireConsistent(tree.index());
    }
  }

  @Test
  void objectsOfOthers_thatAreYoung_areAskedForAgain_andNotChanged() throws IOException {
    try (PulledWorld world = new PulledWorld(folder);
        ObjectTree tree = world.open(new MemoryOrdered(), new Digests(world.store))) {
      world.put("b", "theirs", Map.of());
      assertThat(tree.pull(Retrier.Check.NONE).changed()).isPositive();
      FileStat before = stat(tree, "b");
      PullReport again = tree.pull(Retrier.Check.NONE);
      assertThat(again.asked()).isEqualTo(1);
      assertThat(stat(tree, "b")).isEqualTo(before);
      world.time.advance(Duration.ofSeconds(10));
      tree.pull(Retrier.Check.NONE);
      assertThat(tree.pull(Retrier.Check.NONE).asked()).isZero();
    }
  }
}
