// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import io.kmesh.Cluster;
import io.kmesh.Kmesh;
import io.kmesh.copytool.Copytool;
import io.kmesh.copytool.CopytoolAction;
import io.kmesh.copytool.CopytoolStatus;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.state.SqliteState;
import io.kmesh.store.DirectoryStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A mounted Lustre, Kmesh on it, and this run's copytool with its archive in a folder. */
final class MountLab implements AutoCloseable {
  static final String STORE = "archive";

  private static final Duration HEARTBEAT = Duration.ofSeconds(10);

  private final Path folder;
  private final SqliteState state;
  private final DirectoryStore store;
  private final Kmesh kmesh;
  private final Cluster cluster;
  private Copytool copytool; // null before serve

  private MountLab(Path folder, ArchiveId archive, Path mountPoint) throws IOException {
    this.folder = folder;
    Files.createDirectories(folder);
    SqliteState openState = null;
    DirectoryStore openStore = null;
    Kmesh openKmesh = null;
    try {
      openState = SqliteState.at(folder.resolve("kmesh.db"));
      openStore = DirectoryStore.at(storeOf(folder));
      openKmesh = Kmesh.builder().state(openState).store(STORE, openStore, archive).build();
      this.cluster = openKmesh.clusters().attach("lab", mountPoint);
      this.kmesh = openKmesh;
      this.store = openStore;
      this.state = openState;
    } catch (IOException | RuntimeException | Error e) {
      try (SqliteState closing = openState;
          DirectoryStore alsoClosing = openStore;
          Kmesh first = openKmesh) {
        throw e;
      }
    }
  }

  /**
   * Attaches a mounted Lustre; changes nothing there.
   *
   * @param folder where state and archive are kept
   */
  static MountLab open(Path folder, ArchiveId archive, Path mountPoint) throws IOException {
    return new MountLab(folder, archive, mountPoint);
  }

  /** The archive of a run. */
  static Path storeOf(Path folder) {
    return folder.resolve("store");
  }

  /** A path below another; either may be empty. */
  static PathBytes join(PathBytes top, PathBytes path) {
    return top.isEmpty() ? path : path.isEmpty() ? top : top.resolve(path);
  }

  /**
   * Registers the copytool and serves from now on, first what a killed run left in the state.
   *
   * @throws IOException when it can't register; the message says why and what to do
   */
  void serve() throws IOException {
    copytool =
        Copytool.builder(cluster.lustre())
            .state(state)
            .stores(kmesh.stores())
            .heartbeat(HEARTBEAT)
            .closeTimeout(Duration.ofSeconds(60))
            .start();
  }

  boolean isServing() {
    return copytool != null;
  }

  Path folder() {
    return folder;
  }

  Path storeFolder() {
    return storeOf(folder);
  }

  Kmesh kmesh() {
    return kmesh;
  }

  Cluster cluster() {
    return cluster;
  }

  PosixTree tree() {
    return cluster.lustre().tree();
  }

  CopytoolStatus status() {
    return copytool.status();
  }

  List<CopytoolAction> actions() {
    return copytool.actions();
  }

  /** Asks for the removal of copies whose file is gone, and says of how many. */
  long removeOrphans() throws IOException {
    return copytool.removeOrphans();
  }

  /** Whether the copytool has nothing at hand. */
  boolean isQuiet() {
    CopytoolStatus now = status();
    return now.queued() == 0 && now.spilled() == 0 && now.running() == 0;
  }

  /** What the copytool does now, in words, and a mark that changes with it. */
  Patience.Look copytoolLook(String words, Object mark) {
    return copytoolLook(
        words, "waiting for the coordinator (max_requests and loop_period of the MDTs decide)", mark);
  }

  /**
   * The same.
   *
   * @param idle what is said while the copytool has nothing to do
   */
  Patience.Look copytoolLook(String words, String idle, Object mark) {
    CopytoolStatus now = status();
    long waiting = now.queued() + now.spilled();
    String at =
        now.running() + waiting == 0
            ? idle
            : now.running() + " running and " + waiting + " waiting at the copytool";
    long copied = 0;
    for (CopytoolAction action : actions()) {
      copied += action.copied().bytes();
    }
    return new Patience.Look(words + ", " + at, List.of(mark, now, copied));
  }

  /** The keys of all objects in the archive. */
  List<String> keys() throws IOException {
    List<String> keys = new ArrayList<>();
    ListRequest request = ListRequest.prefix("");
    while (true) {
      ListPage page = store.blocking().list(request);
      page.objects().forEach(object -> keys.add(object.key()));
      if (page.nextAfter().isEmpty()) {
        return keys;
      }
      request = request.following(page);
    }
  }

  @Override
  public void close() throws IOException {
    try (SqliteState closing = state;
        DirectoryStore alsoClosing = store;
        Kmesh first = kmesh;
        Copytool before = copytool) {
      // Closed in the reverse order: the copytool while Kmesh still has the mount open.
      copytool = null;
    }
  }
}
