// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.state.OrderedStore;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.spi.posix.XattrMode;
import io.kmesh.spi.store.ForwardingObjectStore;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.testkit.fault.CrashPoint;
import io.kmesh.testkit.fault.CrashPoints;
import io.kmesh.testkit.fault.CrashableStore;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A push that ends anywhere, or whose store fails anywhere, is done by the next one. */
@Tag("crash")
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class PushCrashTest {
  @TempDir Path folder;
  private int worlds;

  private record Crashing(OrderedStore real, CrashPoint point) implements OrderedStore {
    @Override
    public byte @Nullable [] get(byte[] key) throws IOException {
      return real.get(key);
    }

    @Override
    public void put(byte[] key, byte[] value) throws IOException {
      real.put(key, value);
    }

    @Override
    public void remove(byte[] key) throws IOException {
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
    public void close() throws IOException {
      real.close();
    }
  }

  private PushWorld world() throws IOException {
    return new PushWorld(Files.createDirectory(folder.resolve("w" + worlds++)));
  }

  private static void make(PushWorld world, PushWorld.Change... changes) throws IOException {
    for (PushWorld.Change change : changes) {
      change.in(world.tree);
    }
  }

  private static PushWorld.Change directory(String path) {
    PathBytes all = PathBytes.of(path);
    return PushWorld.at(
        all.parent().toString(),
        d -> d.makeDirectory(all.names().get(all.names().size() - 1), 0755));
  }

  private static PushWorld.Change move(String from, String name, String to, String toName) {
    return PushWorld.rename(from, name, to, toName, RenameMode.REPLACE);
  }

  private static PushWorld.Change xattr(String name, int length) {
    return PushWorld.at(
        "",
        d ->
            d.setXattr(
                PathBytes.of(name), PathBytes.of("user.x"), new byte[length], XattrMode.SET));
  }

  private static byte[] bytes(int seed, int length) {
    return PushWorld.bytes(new Random(seed), length);
  }

  /** A prefix with something of all, pushed. */
  private static void begin(PushWorld world) throws IOException {
    make(
        world,
        directory("d"),
        directory("d/below"),
        directory(".kmesh-flow-x"),
        PushWorld.write("d", "f", 0, bytes(1, 100)),
        PushWorld.write("d/below", "g", 0, bytes(2, 100)),
        PushWorld.write("", "a", 0, bytes(3, 100)),
        PushWorld.write("", "b", 0, bytes(4, 100)),
        PushWorld.write("", "c", 0, bytes(5, 100)),
        PushWorld.write("", "held", 0, bytes(15, 100)),
        PushWorld.write("", "large", 0, bytes(6, PushWorld.PART * 2)),
        PushWorld.write("", "linked", 0, bytes(7, 100)),
        PushWorld.write("", "gone", 0, bytes(8, 100)),
        PushWorld.write("", "attributes", 0, bytes(9, 100)),
        xattr("attributes", 2_000),
        xattr("gone", 2_000),
        PushWorld.at("", d -> d.link(PathBytes.of("linked"), d, PathBytes.of("second"))),
        PushWorld.at("", d -> d.makeSymlink(PathBytes.of("link"), PathBytes.of("x"))));
    world.push();
  }

  /** A swap, a circle, a directory that moves, links, new and old bytes, and what goes. */
  private static void change(PushWorld world) throws IOException {
    make(
        world,
        PushWorld.rename("", "a", "", "b", RenameMode.EXCHANGE),
        PushWorld.rename("", "b", "", "c", RenameMode.EXCHANGE),
        move("", "d", "", "e"),
        directory("d"),
        move("e", "f", "d", "f"),
        PushWorld.write("e", "f", 0, bytes(11, 100)),
        move("", "held", ".kmesh-flow-x", "held"),
        PushWorld.write("", "large", 10, bytes(12, PushWorld.PART)),
        PushWorld.write("", "new", 0, bytes(13, PushWorld.PART + 1)),
        PushWorld.at("", d -> d.unlink(PathBytes.of("linked"))),
        move("", "attributes", "", "linked"),
        xattr("linked", 2_500),
        PushWorld.at("", d -> d.unlink(PathBytes.of("gone"))),
        PushWorld.at("", d -> d.unlink(PathBytes.of("link"))),
        PushWorld.write(".kmesh-flow-x", "staged", 0, bytes(14, 50)),
        move(".kmesh-flow-x", "staged", "", "link"),
        PushWorld.at(
            "e/below",
            d -> {
              try (PosixFile file = d.openFile(PathBytes.of("g"), Set.of(OpenFlag.WRITE))) {
                file.truncate(500_000);
              }
            }));
    world.tree.index().commit();
  }

  private static void check(PushWorld world, Map<String, String> expected) throws IOException {
    assertThat(PushWorld.facts(world.tree, true)).isEqualTo(expected);
    assertThat(world.push()).isEmpty();
    assertThat(PushWorld.facts(world.tree, true)).isEqualTo(expected);
    world.checkStore();
    world.checkPull();
    try (PosixDirectory own = world.tree.openDirectory(PathBytes.of(".kmesh-flow-x"));
        PosixFile held = own.openFile(PathBytes.of("held"), Set.of(OpenFlag.READ))) {
      byte[] bytes = new byte[100];
      assertThat(held.read(ByteBuffer.wrap(bytes), 0)).isEqualTo(100);
      assertThat(bytes).isEqualTo(bytes(15, 100));
    }
    world.checkNothingIsLeft(1);
    long requests = world.store.totalRequests();
    world.push();
    assertThat(world.store.totalRequests()).isEqualTo(requests);
  }

  private final class Ending implements CrashPoints.Scenario {
    private final PushWorld world;
    private Map<String, String> expected = Map.of();

    Ending() {
      try {
        world = world();
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }

    @Override
    public void run(CrashPoint crashPoint) throws Exception {
      begin(world);
      change(world);
      expected = PushWorld.facts(world.tree, true);
      world.tree.close();
      world.rows.reopen();
      world.open(CrashableStore.of(world.store, crashPoint), new Crashing(world.rows, crashPoint));
      world.push();
    }

    @Override
    public void recoverAndCheck(long seed) throws Exception {
      world.tree.close();
      world.rows.reopen();
      world.open(world.store, world.rows);
      check(world, expected);
      world.close();
    }
  }

  @Test
  void process_thatEndsAnywhere_losesNothing_andTheNextPushEndsAsWanted() {
    CrashPoints.Report report = CrashPoints.enumerate(Ending::new, 1);
    assertThat(report.operations()).isGreaterThan(30);
  }

  /** A store all of whose calls fail from one on, which may have had its effect. */
  private static final class Failing extends ForwardingObjectStore implements InvocationHandler {
    private final ObjectStore real;
    private final int from;
    private final boolean isDone;
    private final ObjectStore proxy;
    private int count;
    private boolean isHealed;

    Failing(ObjectStore real, int from, boolean isDone) {
      this.real = real;
      this.from = from;
      this.isDone = isDone;
      this.proxy =
          (ObjectStore)
              Proxy.newProxyInstance(
                  ObjectStore.class.getClassLoader(), new Class<?>[] {ObjectStore.class}, this);
    }

    @Override
    protected ObjectStore delegate() {
      return proxy;
    }

    synchronized void heal() {
      isHealed = true;
    }

    @Override
    public synchronized @Nullable Object invoke(
        Object self, java.lang.reflect.Method method, Object[] arguments) throws Throwable {
      boolean isCall = method.getReturnType().equals(CompletionStage.class);
      int number = isCall && !isHealed ? ++count : 0;
      if (number > from || (number == from && !isDone)) {
        return CompletableFuture.failedFuture(
            new ProviderException(ErrorKind.TRANSIENT, "The store is away."));
      }
      Object result;
      try {
        result = method.invoke(real, arguments);
      } catch (InvocationTargetException e) {
        throw e.getCause();
      }
      if (isCall && number == from) {
        CompletableFuture<?> done = ((CompletionStage<?>) result).toCompletableFuture();
        Object unused = done.handle((r, e) -> "").join();
        return CompletableFuture.failedFuture(
            new ProviderException(ErrorKind.UNKNOWN_OUTCOME, "The reply was lost."));
      }
      return result;
    }
  }

  @Test
  void store_thatFailsAnywhere_isGoneOnWith_inTheSameProcess() throws IOException {
    int failures = 0;
    for (int from = 1; failures < from; from++) {
      for (boolean isDone : new boolean[] {false, true}) {
        try (PushWorld world = world()) {
          begin(world);
          change(world);
          Map<String, String> expected = PushWorld.facts(world.tree, true);
          world.tree.close();
          world.rows.reopen();
          Failing store = new Failing(world.store, from, isDone);
          world.open(store, world.rows);
          boolean hasFailed = false;
          try {
            world.push();
          } catch (ProviderException e) {
            hasFailed = true;
          }
          store.heal();
          if (hasFailed) {
            failures = from;
            // What was sent, perhaps, is not what is wanted any more.
            make(
                world,
                PushWorld.write("", "new", 5, bytes(from, 200)),
                move("e", "f", "", "f"),
                move("", "c", "e", "f"));
            expected = PushWorld.facts(world.tree, true);
          }
          check(world, expected);
        }
      }
      if (failures < from) {
        assertThat(from).isGreaterThan(30);
        return;
      }
    }
  }
}
