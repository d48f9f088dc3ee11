// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.lustre;

import io.kmesh.lustre.Layout;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.PosixTreeProvider;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.testkit.internal.lustre.fs.Shape;
import io.kmesh.testkit.internal.lustre.fs.SimFileSystem;
import io.kmesh.testkit.internal.lustre.fs.StorageSteps;
import io.kmesh.testkit.internal.lustre.hsm.HsmSide;
import io.kmesh.testkit.time.RunningTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.ServiceLoader;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Chooses what a {@link SimulatedLustre} is made of. What its servers are (MDTs, OSTs, pools, name,
 * default layout) is fixed when the directory is made and ignored when it exists; the rest is of
 * each opening. Not thread-safe.
 */
public final class SimulatedLustreBuilder {
  private static final int MAX_MDTS = 16;

  private final Path directory;
  private String name = "lustre";
  private final List<Long> mdts = new ArrayList<>();
  private final List<Long> osts = new ArrayList<>();
  private final Map<String, List<Integer>> pools = new TreeMap<>();
  private Layout defaultLayout = Layout.plain(1);
  private DirectoryPlacement placement = DirectoryPlacement.ROUND_ROBIN;
  private KmeshTime time = RunningTime.instance();
  private OptionalLong seed = OptionalLong.empty();
  private CoordinatorSettings coordinator = CoordinatorSettings.DEFAULTS;
  private @Nullable PosixTree host;
  private long uid;
  private long gid;
  private @Nullable String jobId;
  private String nid = "0@lo";

  SimulatedLustreBuilder(Path directory) {
    this.directory = directory;
  }

  /** The file system's name; {@code lustre} unless given. */
  public SimulatedLustreBuilder name(String fileSystem) {
    this.name = fileSystem;
    return this;
  }

  /**
   * Adds MDTs. None added makes two of 1 TiB.
   *
   * @param count 1 to 16 in all
   */
  public SimulatedLustreBuilder mdts(int count, DataSize capacity) {
    for (int i = 0; i < count; i++) {
      mdts.add(capacity.bytes());
    }
    if (count < 1 || mdts.size() > MAX_MDTS) {
      throw new IllegalArgumentException(
          "Cannot add " + count + " MDTs: a file system has 1 to " + MAX_MDTS + ".");
    }
    return this;
  }

  /** Adds OSTs. None added makes four of 16 TiB. */
  public SimulatedLustreBuilder osts(int count, DataSize capacity) {
    if (count < 1) {
      throw new IllegalArgumentException("Cannot add " + count + " OSTs. Add one or more.");
    }
    for (int i = 0; i < count; i++) {
      osts.add(capacity.bytes());
    }
    return this;
  }

  /** Adds a pool. None added makes {@code fast} of OSTs 0 and 1, and {@code cheap} of 2 and 3. */
  public SimulatedLustreBuilder pool(String pool, int... members) {
    List<Integer> indices = new ArrayList<>();
    for (int member : members) {
      indices.add(member);
    }
    pools.put(pool, List.copyOf(indices));
    return this;
  }

  /** The layout of new files where no directory gives another; one stripe unless given. */
  public SimulatedLustreBuilder defaultLayout(Layout layout) {
    this.defaultLayout = layout;
    return this;
  }

  /** Where new directories go; one MDT after the other unless given. */
  public SimulatedLustreBuilder directories(DirectoryPlacement where) {
    this.placement = where;
    return this;
  }

  /** The clock; the machine's unless given. */
  public SimulatedLustreBuilder time(KmeshTime clock) {
    this.time = clock;
    return this;
  }

  /**
   * Runs coordinators only in {@link Coordinator#step()}, with this seed where order is free.
   * Without it they run in a thread.
   */
  public SimulatedLustreBuilder seed(long value) {
    this.seed = OptionalLong.of(value);
    return this;
  }

  /** The coordinators' tunables of a new file system; an existing one has its own. */
  public SimulatedLustreBuilder coordinator(CoordinatorSettings settings) {
    this.coordinator = settings;
    return this;
  }

  /**
   * The tree of the backing directory, which is closed with the file system. Unless given, the best
   * one that {@link ServiceLoader} finds.
   */
  public SimulatedLustreBuilder host(PosixTree tree) {
    this.host = tree;
    return this;
  }

  /**
   * The user that calls, here only; 0 unless given, who may do all, whoever runs the process. Only
   * 0 may register a copytool.
   */
  public SimulatedLustreBuilder caller(long user, long group) {
    this.uid = user;
    this.gid = group;
    return this;
  }

  /** The job in changelog records; {@code java.UID} unless given. */
  public SimulatedLustreBuilder jobId(String job) {
    this.jobId = job;
    return this;
  }

  /** The client's network id in changelog records; {@code 0@lo} unless given. */
  public SimulatedLustreBuilder nid(String networkId) {
    this.nid = networkId;
    return this;
  }

  /**
   * Opens the file system, or makes it.
   *
   * @throws IOException EBUSY with the process id when another process has it open; CORRUPT when
   *     the directory holds something else, or a newer version
   */
  public SimulatedLustre open() throws IOException {
    Shape shape = shape();
    Files.createDirectories(directory);
    PosixTree tree = host != null ? host : findHost();
    SimFileSystem files = null;
    HsmSide side = null;
    boolean opened = false;
    try {
      files =
          SimFileSystem.open(
              new SimFileSystem.Options(
                  directory,
                  tree,
                  shape,
                  placement,
                  time,
                  uid,
                  gid,
                  jobId,
                  nid,
                  StorageSteps.UNSEEN));
      side = new HsmSide(files.hsmInodes(), time, coordinator, seed);
      files.start(side);
      opened = true;
      return new SimulatedLustre(files, side);
    } finally {
      if (!opened) {
        if (side != null) {
          side.close();
        }
        if (files != null) {
          files.close();
        } else {
          tree.close();
        }
      }
    }
  }

  private Shape shape() {
    List<Long> mdtSizes =
        mdts.isEmpty() ? List.of(DataSize.ofTib(1).bytes(), DataSize.ofTib(1).bytes()) : mdts;
    long large = DataSize.ofTib(16).bytes();
    List<Long> ostSizes = osts.isEmpty() ? List.of(large, large, large, large) : osts;
    Map<String, List<Integer>> members = pools;
    if (pools.isEmpty() && osts.isEmpty()) {
      members = Map.of("fast", List.of(0, 1), "cheap", List.of(2, 3));
    }
    members.forEach(
        (pool, indices) -> {
          for (int ost : indices) {
            if (ost < 0 || ost >= ostSizes.size()) {
              throw new IllegalArgumentException(
                  "Cannot make the pool " + pool + ": there is no OST " + ost + ". Add it first.");
            }
          }
        });
    return new Shape(name, mdtSizes, ostSizes, members, defaultLayout);
  }

  private PosixTree findHost() throws IOException {
    PosixTreeProvider best =
        ServiceLoader.load(PosixTreeProvider.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(PosixTreeProvider::isUsable)
            .max(Comparator.comparingInt(PosixTreeProvider::priority))
            .orElse(null);
    if (best == null) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot open the simulated Lustre in "
              + directory
              + ": no provider of trees is there. Add kmesh-lustre-jna, or give a tree to host().");
    }
    return best.open(directory);
  }
}
