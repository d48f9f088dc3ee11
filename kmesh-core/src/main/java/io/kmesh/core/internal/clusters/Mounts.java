// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.clusters;

import io.kmesh.KmeshException;
import io.kmesh.core.internal.clusters.provision.Provisioning;
import io.kmesh.core.internal.observe.Observers;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.observe.KmeshEvent.Severity;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The file systems that were mounted for clusters that providers made, each once. Thread-safe. */
final class Mounts implements AutoCloseable {
  /**
   * One that could not be mounted is not tried again sooner by who only looks whether it is there.
   */
  private static final Duration REST = Duration.ofSeconds(10);

  private final Provisioning provisioning;
  private final KmeshTime time;
  private final Observers observers;
  private final Map<String, LustreBinding> open = new HashMap<>(); // guarded by this
  private final Map<String, Long> failed = new HashMap<>(); // guarded by this
  private boolean isClosed; // guarded by this

  Mounts(Provisioning provisioning, KmeshTime time, Observers observers) {
    this.provisioning = provisioning;
    this.time = time;
    this.observers = observers;
  }

  /** The file system of a name; empty when no provider made one, or it can't be mounted now. */
  synchronized Optional<LustreBinding> find(String name) {
    Long before = failed.get(name);
    if (isClosed || (before != null && time.nanoTime() - before < REST.toNanos())) {
      return Optional.empty();
    }
    try {
      return mount(name);
    } catch (IOException e) {
      failed.put(name, time.nanoTime());
      tell("cluster.not-opened", name, "The cluster could not be opened: " + e.getMessage());
      return Optional.empty();
    }
  }

  /**
   * The file system of a name.
   *
   * @throws KmeshException when there is none, or it can't be mounted
   */
  synchronized LustreBinding open(String name) {
    if (isClosed) {
      throw new KmeshException(
          ErrorKind.INVALID,
          "Cannot open the cluster \"" + name + "\": Kmesh was closed. Open it again.");
    }
    try {
      return mount(name)
          .orElseThrow(
              () ->
                  new KmeshException(
                      ErrorKind.NOT_FOUND,
                      "Cannot open the cluster \"" + name + "\": it was deleted. Make another."));
    } catch (IOException e) {
      throw KmeshException.ofRead(e);
    }
  }

  private synchronized Optional<LustreBinding> mount(String name) throws IOException {
    LustreBinding known = open.get(name);
    if (known != null) {
      return Optional.of(known);
    }
    Optional<LustreBinding> mounted = provisioning.mount(name);
    mounted.ifPresent(
        lustre -> {
          open.put(name, lustre);
          failed.remove(name);
        });
    return mounted;
  }

  /** Unmounts one that is deleted. */
  synchronized void close(String name) {
    LustreBinding lustre = open.remove(name);
    if (lustre == null) {
      return;
    }
    try {
      lustre.close();
    } catch (IOException e) {
      tell("cluster.not-closed", name, "The cluster could not be closed: " + e.getMessage());
    }
  }

  private void tell(String type, String name, String message) {
    observers.event(Severity.WARNING, type, name, message, Map.of("cluster", name));
  }

  @Override
  public synchronized void close() {
    isClosed = true;
    List.copyOf(open.keySet()).forEach(this::close);
  }
}
