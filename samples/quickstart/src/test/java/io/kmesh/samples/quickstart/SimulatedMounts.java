// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.ForwardingLustreBinding;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.LustreCapability;
import io.kmesh.spi.lustre.LustreProvider;
import io.kmesh.spi.lustre.LustreServer;
import io.kmesh.testkit.lustre.SimulatedLustre;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Stands in for mounted Lustres: a test names a folder as the mount point of a simulated one, which
 * stays the test's to close.
 */
public final class SimulatedMounts implements LustreProvider {
  private static final Map<Path, Mounted> MOUNTS = new ConcurrentHashMap<>();

  private record Mounted(
      SimulatedLustre lustre, Set<LustreCapability> missing, boolean isServer) {}

  static void mount(Path at, SimulatedLustre lustre, LustreCapability... missing) {
    Set<LustreCapability> absent = EnumSet.noneOf(LustreCapability.class);
    absent.addAll(List.of(missing));
    MOUNTS.put(at, new Mounted(lustre, absent, false));
  }

  /** The same on a node that serves the MDTs. */
  static void mountOnServer(Path at, SimulatedLustre lustre) {
    MOUNTS.put(at, new Mounted(lustre, Set.of(), true));
  }

  static void unmount(Path at) {
    MOUNTS.remove(at);
  }

  @Override
  public String name() {
    return "simulated";
  }

  @Override
  public Optional<String> whyUnusable() {
    return Optional.empty();
  }

  @Override
  public List<PathBytes> mountPoints() {
    return MOUNTS.keySet().stream().map(at -> PathBytes.of(at.toString())).toList();
  }

  @Override
  public LustreBinding open(Path mountPoint) throws IOException {
    Mounted mounted = MOUNTS.get(mountPoint);
    if (mounted == null) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED, "Cannot attach " + mountPoint + ": nothing is mounted there.");
    }
    return new ForwardingLustreBinding() {
      @Override
      protected LustreBinding delegate() {
        return mounted.lustre();
      }

      @Override
      public Set<LustreCapability> capabilities() {
        Set<LustreCapability> left = EnumSet.copyOf(mounted.lustre().capabilities());
        left.removeAll(mounted.missing());
        return left;
      }

      @Override
      public LustreServer server() {
        // A client, but where a test says that it is a server.
        return mounted.isServer() ? mounted.lustre().server() : new LustreServer() {};
      }

      @Override
      public void close() {
        // The test's.
      }
    };
  }
}
