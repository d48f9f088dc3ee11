// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.detect.Concurrent;
import io.kmesh.core.internal.flows.detect.DeleteGuard;
import io.kmesh.core.internal.flows.detect.Inspector;
import io.kmesh.core.internal.flows.detect.LiveSource;
import io.kmesh.core.internal.flows.detect.PosixLiveTree;
import io.kmesh.core.internal.flows.replica.Pair;
import io.kmesh.core.internal.flows.replica.ReadGate;
import io.kmesh.core.internal.flows.replica.Replica;
import io.kmesh.core.internal.flows.replica.ReplicaIdentity;
import io.kmesh.core.internal.flows.replica.ReplicaThread;
import io.kmesh.core.internal.flows.replica.SendGate;
import io.kmesh.core.internal.state.MemoryOrdered;
import io.kmesh.engine.PosixTrees;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.time.RunningTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Access while the link comes and goes. */
class AccessLinkTest {
  private static final int LARGE = 3 << 20;

  @TempDir Path dir;
  private final List<AutoCloseable> open = new ArrayList<>();
  private final byte[] bytes = new byte[LARGE];
  private final MemoryOrdered known = new MemoryOrdered();
  private Path top;
  private Replica source;
  private @Nullable Pair pair;

  @BeforeEach
  void makeSource() throws IOException {
    top = Files.createDirectory(dir.resolve("source"));
    Files.createDirectory(dir.resolve("cache"));
    Files.createDirectory(top.resolve("a"));
    Files.writeString(top.resolve("a/one"), "one");
    new Random(3).nextBytes(bytes);
    Files.write(top.resolve("large"), bytes);
    letStampsAge(top.resolve("large"));
    ExecutorService crew = Executors.newFixedThreadPool(2);
    open.add(crew::shutdownNow);
    PosixTree tree = PosixTrees.open(top);
    open.add(tree);
    FlowBase base = FlowBase.open(new MemoryOrdered(), 1);
    Inspector inspector =
        new Inspector(
            base,
            PosixLiveTree.open(tree, PathBytes.EMPTY),
            DeleteGuard.DEFAULT,
            Concurrent.HERE_WINS,
            RunningTime.instance());
    source =
        new Replica(
            new ReplicaIdentity("f", "lab", 0),
            base,
            tree,
            new LiveSource(
                inspector,
                Optional.empty(),
                Duration.ofHours(1),
                RunningTime.instance(),
                found -> {}),
            null,
            ReadGate.OPEN,
            crew,
            RunningTime.instance());
    source.sendOnDemand();
    open.add(new ReplicaThread("source", source));
  }

  /** A file that is seen within the clock's tick of its stamp is taken for changed once more. */
  private void letStampsAge(Path young) throws IOException {
    long written = Files.getLastModifiedTime(young).toMillis();
    Path probe = dir.resolve("probe");
    do {
      Files.writeString(probe, "x");
    } while (Files.getLastModifiedTime(probe).toMillis() < written + 50);
    Files.delete(probe);
  }

  @AfterEach
  void close() throws Exception {
    if (pair != null) {
      pair.close();
    }
    for (int i = open.size() - 1; i >= 0; i--) {
      open.get(i).close();
    }
  }

  /** The site that has access, in its own process so to speak. */
  private final class Here implements AutoCloseable {
    final PosixTree tree = PosixTrees.open(dir.resolve("cache"));
    final AccessSite site;
    final Replica replica;
    final ReplicaThread thread;
    final FileSystem files;

    Here(Duration lease, boolean showsStale) throws IOException {
      FlowBase base = FlowBase.open(known, 2);
      site =
          AccessSite.open(
              new AccessSettings("f", "link", lease, 16 << 20, showsStale, true),
              tree,
              base,
              null,
              conflict -> {},
              RunningTime.instance());
      replica =
          new Replica(
              new ReplicaIdentity("f", "burst", 0),
              base,
              tree,
              null,
              site.target(),
              ReadGate.OPEN,
              Runnable::run,
              RunningTime.instance());
      site.join(replica);
      thread = new ReplicaThread("access", replica);
      files = site.files("");
    }

    void join() throws Exception {
      pair = new Pair(source, "lab", replica, "burst");
      source.barrier(PathBytes.EMPTY).get(1, TimeUnit.MINUTES);
    }

    Path path(String text) {
      return files.getPath(text);
    }

    @Override
    public void close() throws IOException {
      if (pair != null) {
        pair.close();
        pair = null;
      }
      thread.close();
      site.close();
      tree.close();
      known.reopen();
    }
  }

  private void part() throws Exception {
    java.util.Objects.requireNonNull(pair).close();
    pair = null;
  }

  @Test
  void whatIsCached_isReadWhileTheSourceIsAway_alsoByTheNextProcess() throws Exception {
    try (Here here = new Here(Duration.ofNanos(1), true)) {
      here.join();
      assertThat(Files.readString(here.path("/a/one"))).isEqualTo("one");
      try (SeekableByteChannel large = Files.newByteChannel(here.path("/large"))) {
        large.read(ByteBuffer.allocate(10));
      }
      part();
      Files.writeString(top.resolve("a/one"), "newer");
      assertThat(Files.readString(here.path("/a/one"))).isEqualTo("one");
      assertThat(here.site.isReached()).isFalse();
    }
    try (Here here = new Here(Duration.ofNanos(1), true)) {
      assertThat(Files.readString(here.path("/a/one"))).isEqualTo("one");
      try (Stream<Path> all = Files.walk(here.path("/"))) {
        assertThat(all.map(Path::toString)).contains("/a/one", "/large");
      }
      try (SeekableByteChannel large = Files.newByteChannel(here.path("/large"))) {
        ByteBuffer some = ByteBuffer.allocate(10);
        large.read(some);
        assertThat(some.array()).isEqualTo(java.util.Arrays.copyOf(bytes, 10));
        large.position(LARGE - 10);
        assertThatThrownBy(() -> large.read(some.clear()))
            .isInstanceOf(IOException.class)
            .hasMessageContaining("large")
            .hasMessageContaining("its source is not reached");
        here.join();
        large.read(some.clear());
        assertThat(some.array()).isEqualTo(java.util.Arrays.copyOfRange(bytes, LARGE - 10, LARGE));
      }
      assertThat(Files.readString(here.path("/a/one"))).isEqualTo("newer");
    }
  }

  /** This site checks no grants, as one that is hostile, or whose clock is wrong. */
  @Test
  void aSource_sendsNothingThatItMayNot_whateverIsAsked() throws Exception {
    AtomicReference<String> refusal = new AtomicReference<>("No grant counts.");
    List<List<PathBytes>> asked = new CopyOnWriteArrayList<>();
    source.guard(
        new SendGate() {
          @Override
          public boolean guards() {
            return true;
          }

          @Override
          public Optional<String> refusal(String site, List<PathBytes> names) {
            assertThat(site).isEqualTo("burst");
            asked.add(names);
            return Optional.ofNullable(refusal.get());
          }
        });
    try (Here here = new Here(Duration.ofNanos(1), true)) {
      here.join();
      assertThatThrownBy(() -> Files.readString(here.path("/a/one")))
          .isInstanceOf(AccessDeniedException.class)
          .hasMessageContaining("/a/one")
          .hasMessageContaining("No grant counts.");
      assertThat(asked).contains(List.of(PathBytes.of("a/one")));
      assertThat(here.site.fetched()).isZero();
      refusal.set(null);
      assertThat(Files.readString(here.path("/a/one"))).isEqualTo("one");
      try (SeekableByteChannel large = Files.newByteChannel(here.path("/large"))) {
        large.read(ByteBuffer.allocate(10));
        refusal.set("It expired.");
        large.position(LARGE - 10);
        assertThatThrownBy(() -> large.read(ByteBuffer.allocate(10)))
            .isInstanceOf(AccessDeniedException.class)
            .hasMessageContaining("It expired.");
      }
    }
  }

  @Test
  void whatIsOlderThanTheLease_isRefused_whereThatIsDeclared() throws Exception {
    try (Here here = new Here(Duration.ofNanos(1), false)) {
      here.join();
      assertThat(Files.readString(here.path("/a/one"))).isEqualTo("one");
      part();
      assertThatThrownBy(() -> Files.readString(here.path("/a/one")))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("a/one")
          .hasMessageContaining("its source is not reached");
    }
    try (Here here = new Here(Duration.ofHours(1), false)) {
      here.join();
      assertThat(Files.readString(here.path("/a/one"))).isEqualTo("one");
      part();
      // Under its lease.
      assertThat(Files.readString(here.path("/a/one"))).isEqualTo("one");
    }
  }

  @Test
  void manyFilesOfADirectory_areAskedForTogether() throws Exception {
    for (int i = 0; i < 50; i++) {
      Files.writeString(top.resolve("a/f" + i), "f" + i);
    }
    try (Here here = new Here(Duration.ofHours(1), true)) {
      here.join();
      for (int i = 0; i < 50; i++) {
        assertThat(Files.readString(here.path("/a/f" + i))).isEqualTo("f" + i);
      }
      assertThat(here.site.questions()).isEqualTo(5);
      assertThat(here.path("/a/none")).doesNotExist();
      assertThat(here.site.questions()).isEqualTo(5);
    }
  }

  @Test
  void fileThatWent_isNotThere_andAnOpenOneIsStale() throws Exception {
    try (Here here = new Here(Duration.ofNanos(1), true)) {
      here.join();
      try (SeekableByteChannel large = Files.newByteChannel(here.path("/large"))) {
        Files.delete(top.resolve("large"));
        assertThatThrownBy(() -> large.read(ByteBuffer.allocate(10)))
            .isInstanceOf(IOException.class)
            .hasMessageContaining("another version");
        assertThat(here.path("/large")).doesNotExist();
      }
    }
  }
}
