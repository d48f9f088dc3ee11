// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.engine;

import io.kmesh.Cluster;
import io.kmesh.Kmesh;
import io.kmesh.copytool.Copytool;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.Hsm;
import io.kmesh.lustre.HsmState;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.state.StateStore;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.testkit.lustre.CoordinatorSettings;
import io.kmesh.testkit.lustre.SimulatedLustre;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A small simulated Lustre with a copytool, a store and a Kmesh. */
final class Lab implements AutoCloseable {
  static final String STORE = "ckpt";
  static final Duration LIMIT = Duration.ofMinutes(20); // a minute of real time

  /** The space of each pool: 16 MiB. */
  static final long POOL = 16L << 20;

  private static final KmeshTime TIME = new QuickTime();

  final SimulatedLustre lustre;
  final LustreBinding binding;
  final MemoryStore store = MemoryStore.create();
  final FileSystem files;
  MemoryState state = MemoryState.create(TIME);
  Kmesh kmesh;
  Cluster cluster;
  @Nullable Copytool copytool;

  private Lab(Path directory, UnaryOperator<LustreBinding> wrapper) throws IOException {
    this.lustre =
        SimulatedLustre.builder(directory)
            .mdts(2, DataSize.ofTib(1))
            .osts(2, DataSize.ofBytes(POOL))
            .pool("fast", 0)
            .pool("cheap", 1)
            .coordinator(CoordinatorSettings.DEFAULTS.withMaxRequests(16))
            .open();
    this.binding = wrapper.apply(lustre);
    this.files = lustre.fileSystem();
    this.kmesh = openKmesh(state);
    this.cluster = kmesh.clusters().attach("lab", binding);
    startCopytool();
  }

  static Lab open(Path directory) throws IOException {
    return new Lab(directory, lustre -> lustre);
  }

  /** One whose Kmesh sees the file system through something. */
  static Lab open(Path directory, UnaryOperator<LustreBinding> wrapper) throws IOException {
    return new Lab(directory, wrapper);
  }

  KmeshTime time() {
    return TIME;
  }

  /** A further Kmesh on a state. */
  Kmesh openKmesh(StateStore on) {
    return Kmesh.builder().state(on).store(STORE, store).time(TIME).build();
  }

  /** Closes Kmesh and opens it again on the same state. */
  void reopen() {
    kmesh.close();
    kmesh = openKmesh(state);
    cluster = kmesh.clusters().attach("lab", binding);
  }

  void startCopytool() throws IOException {
    copytool =
        Copytool.builder(lustre)
            .state(state)
            .stores(kmesh.stores())
            .workers(4)
            .attempts(1)
            .time(TIME)
            .start();
  }

  void stopCopytool() throws IOException {
    if (copytool != null) {
      copytool.close();
      copytool = null;
    }
  }

  Hsm hsm() {
    return cluster.hsm();
  }

  Path path(String path) {
    return files.getPath("/" + path);
  }

  Fid fid(String path) throws IOException {
    return lustre.identity().fid(PathBytes.of(path));
  }

  HsmState state(String path) {
    return hsm().state(path);
  }

  /** Writes a file of some bytes, which depend on its path and a generation. */
  void write(String path, int size, int generation) throws IOException {
    Path file = path(path);
    if (file.getParent() != null) {
      Files.createDirectories(file.getParent());
    }
    Files.write(file, content(path, size, generation));
  }

  void write(String path, int size) throws IOException {
    write(path, size, 0);
  }

  static byte[] content(String path, int size, int generation) {
    byte[] bytes = new byte[size];
    for (int i = 0; i < size; i++) {
      bytes[i] = (byte) (path.hashCode() * 31 + i * 7 + generation);
    }
    return bytes;
  }

  /** Makes a file look as if it was used and written some days ago. */
  void age(String path, int days) throws IOException {
    age(path, days, days);
  }

  void age(String path, int accessDays, int modificationDays) throws IOException {
    PathBytes normal = PathBytes.of(path);
    try (PosixDirectory directory = directory(normal.parent())) {
      directory.setTimes(normal.name(), ago(accessDays), ago(modificationDays));
    }
  }

  private PosixDirectory directory(PathBytes path) throws IOException {
    return path.isEmpty() ? lustre.tree().openRoot() : lustre.tree().openDirectory(path);
  }

  private static FileTime ago(int days) {
    return FileTime.of(Instant.now().minus(Duration.ofDays(days)));
  }

  /** Waits, in real time, until something holds. */
  static void eventually(BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("Still not so after 30 s.");
      }
      TimeUnit.MILLISECONDS.sleep(2);
    }
  }

  @Override
  public void close() throws IOException {
    kmesh.close();
    stopCopytool();
    files.close();
    lustre.close();
  }
}
