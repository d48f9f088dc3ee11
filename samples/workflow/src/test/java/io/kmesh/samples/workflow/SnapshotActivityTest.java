// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.workflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Cluster;
import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.repository.Credential;
import io.kmesh.snapshots.Snapshot;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.state.SqliteState;
import io.kmesh.store.DirectoryStore;
import io.kmesh.testkit.key.MemoryKeys;
import io.kmesh.testkit.lustre.SimulatedLustre;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The activities under an engine that ends right behind their beginning. */
class SnapshotActivityTest {
  @TempDir Path folder;
  private final List<String> tokens = new ArrayList<>();
  private final MemoryKeys keys = new MemoryKeys();
  private SimulatedLustre lustre;
  private FileSystem mount;

  @BeforeEach
  void start() throws IOException {
    keys.make("site");
    lustre = SimulatedLustre.at(folder.resolve("lustre"));
    mount = lustre.fileSystem();
    Files.createDirectories(mount.getPath("/run7/step3"));
    Files.writeString(mount.getPath("/run7/step3/shard"), "shard");
    Files.writeString(mount.getPath("/run7/step3/scratch.tmp"), "of no use");
  }

  @AfterEach
  void stop() throws IOException {
    mount.close();
    lustre.close();
    keys.close();
  }

  private interface Work {
    void run(SnapshotActivity activity, Cluster scratch);
  }

  /** One life of the engine's worker process. */
  private void work(Consumer<String> keep, Work work) throws IOException {
    try (SqliteState state = SqliteState.at(folder.resolve("engine.db"));
        ObjectStore store = DirectoryStore.at(folder.resolve("backup"));
        Kmesh kmesh =
            Kmesh.builder()
                .state(state)
                .repository("runs", store, Credential.key(keys, "site"))
                .build()) {
      kmesh.repositories().init("runs");
      Cluster scratch = kmesh.clusters().attach("scratch", lustre);
      work.run(new SnapshotActivity(kmesh, keep, progress -> {}), scratch);
    }
  }

  @Test
  void takeThenRestore_whenTheEngineEndsInBoth_happenOnce() throws IOException {
    Consumer<String> keepAndEnd =
        token -> {
          tokens.add(token);
          throw new IllegalStateException("The engine ended.");
        };
    assertThatThrownBy(
            () ->
                work(
                    keepAndEnd,
                    (activity, scratch) -> activity.take("run7", "step3", scratch, token())))
        .hasMessage("The engine ended.");
    work(
        tokens::add,
        (activity, scratch) -> {
          Snapshot taken = activity.take("run7", "step3", scratch, token());
          assertThat(taken.files()).isEqualTo(1);
        });
    assertThat(tokens).hasSize(2).containsOnly(tokens.get(0));

    tokens.clear();
    Endpoint next = Endpoint.directory(folder.resolve("node-disk"));
    assertThatThrownBy(
            () ->
                work(
                    keepAndEnd,
                    (activity, scratch) -> activity.restore("run7", "step3", next, token())))
        .hasMessage("The engine ended.");
    work(
        tokens::add,
        (activity, scratch) ->
            assertThat(activity.restore("run7", "step3", next, token()).files()).isEqualTo(1));
    assertThat(folder.resolve("node-disk/shard")).hasContent("shard");
    assertThat(folder.resolve("node-disk/scratch.tmp")).doesNotExist();
  }

  private Optional<String> token() {
    return tokens.stream().findFirst();
  }
}
