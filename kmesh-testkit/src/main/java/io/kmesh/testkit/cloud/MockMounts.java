// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.cloud;

import io.kmesh.ClusterShape;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.ForwardingLustreBinding;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.testkit.lustre.SimulatedLustre;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The file systems of a mock cloud: those that are open in this process, each once, whoever mounts
 * it. Thread-safe.
 */
final class MockMounts {
  private static final int OSTS = 4;

  private final @Nullable Path folder;
  private final KmeshTime time;
  private final Map<String, Mounted> open = new HashMap<>(); // guarded by this

  private static final class Mounted {
    private final SimulatedLustre lustre;
    private int users;

    private Mounted(SimulatedLustre lustre) {
      this.lustre = lustre;
    }
  }

  MockMounts(@Nullable Path folder, KmeshTime time) {
    this.folder = folder;
    this.time = time;
  }

  private Path place(String id) throws ProviderException {
    if (folder == null) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot open the cluster "
              + id
              + " of the mock cloud: it is kept in memory. Give the cloud a folder.");
    }
    return folder.resolve("clusters").resolve(id);
  }

  synchronized LustreBinding mount(String id, ClusterShape shape) throws IOException {
    Path place = place(id);
    Mounted mounted = open.get(id);
    if (mounted == null) {
      long share = Math.max(1, shape.capacity().bytes() / OSTS);
      mounted =
          new Mounted(
              SimulatedLustre.builder(place)
                  .time(time)
                  .osts(OSTS, DataSize.ofBytes(share))
                  .pool("fast", 0, 1)
                  .pool("cheap", 2, 3)
                  .open());
      open.put(id, mounted);
    }
    mounted.users++;
    return new Mount(this, id, mounted.lustre);
  }

  synchronized Optional<SimulatedLustre> opened(String id) {
    return Optional.ofNullable(open.get(id)).map(m -> m.lustre);
  }

  private synchronized void leave(String id) throws IOException {
    Mounted mounted = open.get(id);
    if (mounted != null && --mounted.users == 0) {
      open.remove(id);
      mounted.lustre.close();
    }
  }

  /** Its data go, whoever has it open here. */
  synchronized void destroy(String id) throws IOException {
    Mounted mounted = open.remove(id);
    if (mounted != null) {
      mounted.lustre.close();
    }
    if (folder == null || !Files.exists(place(id))) {
      return;
    }
    List<Path> all;
    try (Stream<Path> walk = Files.walk(place(id))) {
      all = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      Files.delete(path);
    }
  }

  synchronized void close() throws IOException {
    for (Mounted mounted : List.copyOf(open.values())) {
      mounted.lustre.close();
    }
    open.clear();
  }

  private static final class Mount extends ForwardingLustreBinding {
    private final MockMounts mounts;
    private final String id;
    private final SimulatedLustre lustre;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Mount(MockMounts mounts, String id, SimulatedLustre lustre) {
      this.mounts = mounts;
      this.id = id;
      this.lustre = lustre;
    }

    @Override
    protected LustreBinding delegate() {
      return lustre;
    }

    @Override
    public void close() throws IOException {
      if (closed.compareAndSet(false, true)) {
        mounts.leave(id);
      }
    }
  }
}
