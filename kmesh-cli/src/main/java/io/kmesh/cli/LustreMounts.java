// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.LustreProvider;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The mounts of Lustre on this machine; each is opened once, when a path in it is asked for. */
final class LustreMounts implements Closeable {
  private final Map<PathBytes, LustreProvider> providers;
  private final Map<PathBytes, LustreBinding> open = new HashMap<>();

  private LustreMounts(Map<PathBytes, LustreProvider> providers) {
    this.providers = providers;
  }

  /**
   * A path on a Lustre.
   *
   * @param binding its file system
   * @param mount the mount point
   * @param below the path below it; empty for the mount point itself
   */
  record Place(LustreBinding binding, PathBytes mount, PathBytes below) {}

  /** Finds them. */
  static LustreMounts find(LustreWorld world) throws IOException, CommandFailure {
    Map<PathBytes, LustreProvider> found = new TreeMap<>();
    List<String> unusable = new ArrayList<>();
    boolean isAnyUsable = false;
    for (LustreProvider provider : world.providers().get()) {
      Optional<String> why = provider.whyUnusable();
      if (why.isPresent()) {
        unusable.add(provider.name() + ": " + why.get());
        continue;
      }
      isAnyUsable = true;
      for (PathBytes mount : provider.mountPoints()) {
        found.putIfAbsent(mount, provider);
      }
    }
    if (!isAnyUsable) {
      throw new CommandFailure(
          ExitCode.FAILED,
          "Cannot look at a Lustre from this machine: "
              + (unusable.isEmpty()
                  ? "nothing that opens one is installed"
                  : String.join("; ", unusable))
              + ". Install the Lustre client (package lustre-client), or name its library:"
              + " KMESH_JAVA_OPTIONS=-Dkmesh.lustre.library=/path/liblustreapi.so.1. kmesh doctor"
              + " tells more.");
    }
    return new LustreMounts(found);
  }

  /** The mount points. */
  List<PathBytes> points() {
    return List.copyOf(providers.keySet());
  }

  /** The mount that a path lies in: the longest one. */
  static Optional<PathBytes> mountOf(PathBytes path, Iterable<PathBytes> points) {
    PathBytes best = null;
    for (PathBytes point : points) {
      boolean isIn = point.length() == 1 || path.isAtOrBelow(point);
      if (isIn && (best == null || point.length() > best.length())) {
        best = point;
      }
    }
    return Optional.ofNullable(best);
  }

  /** What a user's word names. */
  Place at(String word) throws IOException, CommandFailure {
    PathBytes path = BytePaths.absolute(word);
    Optional<PathBytes> mount = mountOf(path, providers.keySet());
    if (mount.isEmpty()) {
      // A symbolic link from elsewhere is taken for what it points to.
      try {
        path = PathBytes.absolute(BytePaths.path(path).toRealPath());
      } catch (java.nio.file.NoSuchFileException e) {
        throw new CommandFailure(
            ExitCode.NOT_FOUND,
            "Cannot look at " + shown(word) + ": there is no such file or directory.");
      } catch (IOException e) {
        throw new CommandFailure(
            ExitCode.FAILED, "Cannot look at " + shown(word) + ": it can't be found (" + e + ").");
      }
      mount = mountOf(path, providers.keySet());
    }
    if (mount.isEmpty()) {
      throw new CommandFailure(
          ExitCode.USAGE,
          "Cannot look at "
              + shown(word)
              + ": it does not lie on a mounted Lustre. "
              + (providers.isEmpty()
                  ? "None is mounted here; mount one (mount -t lustre)."
                  : "Name what lies below one of " + listed(providers.keySet()) + "."));
    }
    PathBytes point = mount.get();
    return new Place(binding(point), point, below(path, point));
  }

  /** The path below a mount point that a path in it has. */
  static PathBytes below(PathBytes path, PathBytes point) {
    byte[] bytes = path.toBytes();
    int from = Math.min(bytes.length, point.length() == 1 ? 1 : point.length() + 1);
    return PathBytes.of(bytes, from, bytes.length - from);
  }

  /** A mount point that a user's word names, and not something below it. */
  Place mount(String word) throws IOException, CommandFailure {
    Place place = at(word);
    if (!place.below().isEmpty()) {
      throw new CommandFailure(
          ExitCode.USAGE,
          "Cannot take "
              + shown(word)
              + " for a mount: it lies inside the mount "
              + place.mount()
              + ". Name that.");
    }
    return place;
  }

  /** Opens a mount point. */
  LustreBinding binding(PathBytes point) throws IOException {
    LustreBinding binding = open.get(point);
    if (binding == null) {
      LustreProvider provider = providers.get(point);
      if (provider == null) {
        throw new IllegalArgumentException("no mount point: " + point);
      }
      binding = provider.open(BytePaths.path(point));
      open.put(point, binding);
    }
    return binding;
  }

  private static String shown(String word) {
    return PathBytes.of(word).toString();
  }

  private static String listed(Iterable<PathBytes> points) {
    List<String> all = new ArrayList<>();
    points.forEach(point -> all.add(point.toString()));
    return all.stream().collect(Collectors.joining(", "));
  }

  @Override
  public void close() throws IOException {
    IOException failure = null;
    for (LustreBinding binding : open.values()) {
      try {
        binding.close();
      } catch (IOException e) {
        failure = e;
      }
    }
    open.clear();
    if (failure != null) {
      throw failure;
    }
  }
}
