// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import io.kmesh.ClusterSpec;
import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.ProvisionedCluster;
import io.kmesh.path.PathBytes;
import io.kmesh.sites.Export;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.state.SqliteState;
import io.kmesh.testkit.cloud.MockCloud;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A site in a zone of a mock cloud. It has that make a cluster, or finds the one it had made
 * before, and exports a directory of it. The cloud's folder is the whole of the cluster: it is
 * there after a kill, and can be read when nobody runs.
 */
final class BurstSite implements AutoCloseable {
  /** The directory of the cluster that is exported, and the export's name. */
  static final PathBytes DATA = PathBytes.of("data");

  private static final String CLUSTER = "scratch";

  private final SqliteState state;
  private final MockCloud cloud;
  private final Kmesh kmesh;
  private final ProvisionedCluster made;

  private BurstSite(SqliteState state, MockCloud cloud, Kmesh kmesh, ProvisionedCluster made) {
    this.state = state;
    this.cloud = cloud;
    this.kmesh = kmesh;
    this.made = made;
  }

  /** The folder in which a site's cluster keeps its file system. */
  static Path folder(Path work, BurstPlace place) {
    return work.resolve("cloud/clusters").resolve(place.resource());
  }

  /** Opens the site in a work folder; what was begun there goes on. */
  static BurstSite open(Path work) throws IOException {
    Files.createDirectories(work);
    SqliteState state = SqliteState.at(work.resolve("kmesh.db"));
    @Nullable MockCloud cloud = null;
    @Nullable Kmesh kmesh = null;
    boolean isOpen = false;
    try {
      cloud =
          MockCloud.builder()
              .folder(work.resolve("cloud"))
              .zone(SecondSite.NAME, "US")
              .quota(SecondSite.NAME, DataSize.ofTib(2))
              .start();
      kmesh =
          Kmesh.builder()
              .state(state)
              .cloud(cloud)
              .flowFolder(work.resolve("flows"))
              .site(work.resolve("site"))
              .listen("127.0.0.1:0")
              .export(
                  new Export(
                      DATA.toString(),
                      new Endpoint.LustrePath(CLUSTER, DATA),
                      Export.Access.READ_WRITE,
                      Set.of("lab")))
              .build();
      ClusterSpec spec =
          ClusterSpec.builder()
              .at(cloud)
              .zone(SecondSite.NAME)
              .capacity(DataSize.ofTib(1))
              .label("for", "quickstart")
              .build();
      ProvisionedCluster made = kmesh.clusters().ensure(CLUSTER, spec).await();
      makeData(made.cluster().lustre().tree());
      isOpen = true;
      return new BurstSite(state, cloud, kmesh, made);
    } finally {
      if (!isOpen) {
        close(kmesh, cloud, state);
      }
    }
  }

  private static void makeData(PosixTree tree) throws IOException {
    try (PosixDirectory root = tree.openRoot()) {
      if (root.find(DATA).isEmpty()) {
        root.makeDirectory(DATA, 0755);
      }
    }
  }

  void enrol(String token) {
    kmesh.sites().enrol(token);
  }

  /** Where it listens, as host and port. */
  String listening() {
    return kmesh.sites().listening().orElseThrow();
  }

  BurstPlace place() {
    return new BurstPlace(
        cloud.name(), made.zone().name(), made.zone().country(), made.name(), made.resourceId());
  }

  /** The cluster as a program sees it that knows {@code java.nio.file} and nothing else. */
  FileSystem mount() {
    return cloud.simulated(made.resourceId()).orElseThrow().fileSystem();
  }

  @Override
  public void close() throws IOException {
    close(kmesh, cloud, state);
  }

  private static void close(
      @Nullable Kmesh kmesh, @Nullable MockCloud cloud, SqliteState state) throws IOException {
    // The last that was opened is the first to be closed, whatever fails.
    try (state;
        cloud;
        kmesh) {
      // Nothing more is to be done.
    }
  }
}
