// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.clusters;

import io.kmesh.KmeshException;
import io.kmesh.SpecConflictException;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.LustreProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The mount points that were attached by their path, each opened once. Thread-safe. */
final class OpenedMounts implements AutoCloseable {
  private final ClassLoader loader;
  private final Map<String, Opened> open = new HashMap<>(); // guarded by this

  OpenedMounts(@Nullable ClassLoader loader) {
    this.loader = loader == null ? OpenedMounts.class.getClassLoader() : loader;
  }

  private record Opened(Path mountPoint, LustreBinding lustre) {}

  /**
   * Attaches a mount point; it is closed again when that fails.
   *
   * @param attach makes a cluster of its binding
   */
  synchronized <T> T attach(String name, Path mountPoint, Function<LustreBinding, T> attach) {
    Path path = mountPoint.toAbsolutePath().normalize();
    Opened known = open.get(name);
    if (known != null) {
      if (!known.mountPoint.equals(path)) {
        throw new SpecConflictException(
            "Cannot attach "
                + path
                + " as \""
                + name
                + "\": that name stands for "
                + known.mountPoint
                + ". Choose another name.",
            List.of("lustre"));
      }
      return attach.apply(known.lustre);
    }
    LustreBinding lustre = open(path);
    try {
      T attached = attach.apply(lustre);
      open.put(name, new Opened(path, lustre));
      return attached;
    } catch (RuntimeException | Error e) {
      try {
        lustre.close();
      } catch (IOException left) {
        e.addSuppressed(left);
      }
      throw e;
    }
  }

  private LustreBinding open(Path path) {
    List<LustreProvider> found = new ArrayList<>();
    ServiceLoader.load(LustreProvider.class, loader).forEach(found::add);
    List<LustreProvider> usable =
        found.stream().filter(provider -> provider.whyUnusable().isEmpty()).toList();
    if (usable.size() == 1) {
      try {
        return usable.get(0).open(path);
      } catch (IOException e) {
        throw KmeshException.ofRead(e);
      }
    }
    throw KmeshException.ofRead(
        new ProviderException(
            ErrorKind.UNSUPPORTED, "Cannot attach " + path + ": " + reason(found, usable)));
  }

  private static String reason(List<LustreProvider> found, List<LustreProvider> usable) {
    if (found.isEmpty()) {
      return "no provider of mounted Lustre is on the class path. Put kmesh-lustre-jna there, or"
          + " attach a binding.";
    }
    if (usable.isEmpty()) {
      LustreProvider first = found.get(0);
      return "the provider "
          + first.name()
          + " can't be used here, since "
          + first.whyUnusable().orElse("it became usable just now")
          + ". Install the Lustre client, or attach a binding.";
    }
    return "the providers "
        + usable.stream().map(LustreProvider::name).sorted().toList()
        + " can both be used. Leave one on the class path, or attach the binding of one.";
  }

  @Override
  public synchronized void close() {
    List<IOException> failures = new ArrayList<>();
    for (Opened opened : open.values()) {
      try {
        opened.lustre.close();
      } catch (IOException e) {
        failures.add(e);
      }
    }
    open.clear();
    if (!failures.isEmpty()) {
      throw KmeshException.ofRead(failures.get(0));
    }
  }
}
