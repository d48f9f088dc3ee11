// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import io.kmesh.KmeshException;
import io.kmesh.lustre.TargetUsage;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.LustreCapability;
import io.kmesh.spi.lustre.LustreProvider;
import io.kmesh.spi.posix.FileStat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;

/**
 * Looks for what would not work, before anything is touched, and says all of it at once: a user
 * should not find one thing after the other.
 */
final class Preflight {
  private static final long LEAST_SPACE = 4 * Sample.MOST_BYTES;

  private final MountOptions options;
  private final Path mountPoint;
  private final MountLab lab;
  private final List<String> found = new ArrayList<>();
  private boolean isCoordinatorOff;

  private Preflight(MountOptions options, Path mountPoint, MountLab lab) {
    this.options = options;
    this.mountPoint = mountPoint;
    this.lab = lab;
  }

  /**
   * The mount point of the Lustre in which a directory lies.
   *
   * @throws Obstacles when nothing of Lustre can be used here, or it lies in none
   */
  static Path mountOf(Path directory) throws Obstacles {
    List<String> reasons = new ArrayList<>();
    List<Path> mounts = new ArrayList<>();
    for (LustreProvider provider : ServiceLoader.load(LustreProvider.class)) {
      Optional<String> why = provider.whyUnusable();
      if (why.isPresent()) {
        reasons.add(
            "Lustre can't be used by \"" + provider.name() + "\": " + why.get()
                + (why.get().endsWith(".") ? "" : ".") + " Install the Lustre client with its library, or name the library by"
                + " KMESH_JAVA_OPTIONS=-Dkmesh.lustre.library=/path/to/liblustreapi.so.");
        continue;
      }
      try {
        provider.mountPoints().forEach(mount -> mounts.add(Path.of(mount.utf8().orElse("/"))));
      } catch (IOException e) {
        reasons.add("The mounts of Lustre can't be listed: " + e.getMessage());
      }
    }
    Path real = real(directory);
    Optional<Path> mount =
        mounts.stream().filter(real::startsWith).max(Comparator.comparing(Path::getNameCount));
    if (mount.isPresent()) {
      return mount.get();
    }
    if (reasons.isEmpty() || !mounts.isEmpty()) {
      reasons.clear();
      reasons.add(
          directory + " lies on no mounted Lustre. "
              + (mounts.isEmpty()
                  ? "None is mounted here: mount one with `mount -t lustre MGSNODE:/FSNAME /mnt/lustre`."
                  : "Name a directory below one of " + mounts + "."));
    }
    throw new Obstacles(directory, reasons);
  }

  /** Without symbolic links as far as the host knows it. */
  static Path real(Path directory) {
    try {
      return directory.toRealPath();
    } catch (IOException e) {
      return directory;
    }
  }

  /**
   * Looks at everything else, and at last registers the copytool.
   *
   * @throws Obstacles when something is in the way
   */
  static void check(MountOptions options, Path mountPoint, MountLab lab, PathBytes directory)
      throws Obstacles {
    Preflight flight = new Preflight(options, mountPoint, lab);
    flight.capabilities();
    flight.directory(directory);
    flight.coordinator(directory);
    flight.servers();
    if (flight.found.isEmpty() || (flight.isCoordinatorOff && flight.found.size() == 1)) {
      // Nothing is sent to a copytool while the coordinator is off: to register harms nothing then.
      flight.copytool();
    }
    if (!flight.found.isEmpty()) {
      throw new Obstacles(options.directory(), flight.found);
    }
  }

  /**
   * Refuses folders that lie on the mount, before anything is opened in them.
   *
   * @throws Obstacles naming them
   */
  static void places(MountOptions options, Path mountPoint) throws Obstacles {
    List<String> found = new ArrayList<>();
    if (real(options.work()).startsWith(mountPoint)) {
      found.add(
          "The work folder " + options.work() + " lies on this Lustre; the archive and Kmesh's state"
              + " can't. Name another by --work.");
    }
    if (real(options.data()).startsWith(mountPoint)) {
      found.add(
          "The tree " + options.data() + " lies on this Lustre, and reading it may restore files"
              + " there. Name one elsewhere.");
    }
    if (!found.isEmpty()) {
      throw new Obstacles(options.directory(), found);
    }
  }

  private void capabilities() {
    Set<LustreCapability> there = lab.cluster().lustre().capabilities();
    boolean isRoot = isRoot();
    if (!there.contains(LustreCapability.HSM)) {
      found.add(
          "HSM states and requests do not work: liblustreapi lacks their functions. Install the"
              + " library of the client's release.");
    }
    if (!there.contains(LustreCapability.COPYTOOL)) {
      found.add(
          isRoot
              ? "A copytool can't be registered: liblustreapi lacks its functions, or this is the"
                  + " mount of a subdirectory without .lustre/fid. Mount the whole file system."
              : "A copytool can't be registered: you are not root. Run it as root.");
    } else if (!isRoot && !Files.isReadable(mountPoint.resolve(".lustre/fid"))
        && Files.exists(mountPoint.resolve(".lustre"))) {
      found.add("Files can't be opened by their FID: you are not root. Run it as root.");
    }
  }

  private static boolean isRoot() {
    try {
      return Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }

  private void directory(PathBytes directory) {
    try {
      FileStat stat = lab.tree().stat(directory);
      if (!stat.isDirectory()) {
        found.add(options.directory() + " is no directory. Name one.");
      } else if (Files.exists(options.directory()) && !Files.isWritable(options.directory())) {
        found.add(
            options.directory() + " can't be written to by this user, or is mounted read-only. Name"
                + " another, or mount it for writing.");
      }
    } catch (IOException e) {
      found.add(
          options.directory() + " can't be looked at: " + e.getMessage()
              + " Make it with mkdir, or name another.");
    }
    long free = MountHsm.asked(this::free).orElse(Long.MAX_VALUE);
    if (free < LEAST_SPACE) {
      found.add(
          "Only " + Screen.size(free) + " are free on the OSTs of " + mountPoint + "; "
              + Screen.size(LEAST_SPACE) + " are wanted. Free some space.");
    }
  }

  private long free() {
    return lab.cluster().targets().stream()
        .filter(target -> target.kind() == TargetUsage.Kind.OST)
        .mapToLong(target -> target.capacity().bytes() - target.used().bytes())
        .sum();
  }

  /** A cancel of what is not there is accepted and queues nothing; a coordinator that is off refuses. */
  private void coordinator(PathBytes directory) {
    if (!lab.cluster().lustre().capabilities().contains(LustreCapability.HSM)) {
      return;
    }
    for (PathBytes path : new LinkedHashSet<>(List.of(PathBytes.EMPTY, directory))) {
      try {
        lab.cluster().hsm().cancel(path);
      } catch (KmeshException e) {
        if (errno(e).filter(Errno.EAGAIN::equals).isPresent()) {
          isCoordinatorOff = true;
          found.add(
              "An HSM coordinator is off. Switch it on, on every MDS: lctl set_param"
                  + " mdt.*.hsm_control=enabled. (" + e.getMessage() + ")");
          return;
        }
        // Whatever else it is, the first request will say it about a file.
      }
    }
  }

  /** On a server of MDTs more is known than that. */
  private void servers() {
    if (!isCoordinatorOff) {
      found.addAll(
          new MountCoordinators(lab.cluster().lustre().server()).obstacles(options.archive()));
    }
  }

  private static Optional<Errno> errno(KmeshException failure) {
    return failure.getCause() instanceof ProviderException cause ? cause.errno() : Optional.empty();
  }

  private void copytool() {
    try {
      lab.serve();
    } catch (IOException | KmeshException e) {
      found.add("The copytool can't be registered: " + e.getMessage());
    }
  }
}
