// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.application;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Cluster;
import io.kmesh.Kmesh;
import io.kmesh.Receipt;
import io.kmesh.copytool.Copytool;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Hsm;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.repository.Credential;
import io.kmesh.snapshots.Snapshot;
import io.kmesh.snapshots.SnapshotEntry.Residence;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.testkit.fault.FaultPlan;
import io.kmesh.testkit.fault.FaultyObjectStore;
import io.kmesh.testkit.junit.KmeshExtension;
import io.kmesh.testkit.key.MemoryKeys;
import io.kmesh.testkit.lustre.SimulatedLustre;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * An application tests its use of HSM without a Lustre: the simulated one is a {@code java.nio} file
 * system, the store is in memory, and a plan says what goes wrong in it.
 */
@ExtendWith(KmeshExtension.class)
class CheckpointsTest {
  private static final ArchiveId ARCHIVE = ArchiveId.of(1);

  @TempDir Path folder;
  private final byte[] state = new byte[300_000];
  private MemoryStore store;
  private ManualTime time;
  private SimulatedLustre lustre;
  private FileSystem mount;

  @BeforeEach
  void start(MemoryStore memory, ManualTime storeTime, Random random) throws IOException {
    store = memory;
    time = storeTime;
    random.nextBytes(state);
    lustre = SimulatedLustre.at(folder);
    mount = lustre.fileSystem();
  }

  @AfterEach
  void stop() throws IOException {
    mount.close();
    lustre.close();
  }

  private interface Job {
    void run(Checkpoints checkpoints, Hsm hsm) throws Exception;
  }

  /** Runs a job of the application with this store. */
  private void run(ObjectStore through, Job job) throws Exception {
    try (MemoryState state = MemoryState.create(time);
        Kmesh kmesh = Kmesh.builder().state(state).store("ckpt", through, ARCHIVE).build();
        Copytool copytool =
            Copytool.builder(lustre).state(state).stores(kmesh.stores()).attempts(1).start()) {
      Hsm hsm = kmesh.clusters().attach("scratch", lustre).hsm();
      job.run(new Checkpoints(mount.getPath("/"), mount.getPath("/run1"), hsm), hsm);
    }
  }

  @Test
  void save_whenTheStoreWorks_freesTheSpaceAndReadsBack() throws Exception {
    run(
        store,
        (checkpoints, hsm) -> {
          Receipt receipt = checkpoints.save(100, state).orElseThrow();

          assertThat(receipt.stillHolds()).isTrue();
          assertThat(store.keys()).containsExactly("run1/ckpt.100");
          assertThat(hsm.state("run1/ckpt.100").isReleased()).isTrue();
          // A plain read blocks until the bytes are back.
          assertThat(checkpoints.load(100)).isEqualTo(state);
          assertThat(hsm.state("run1/ckpt.100").isReleased()).isFalse();
          assertThat(lustre.coordinator().statistics().delivered(HsmActionKind.RESTORE)).isOne();
        });
  }

  @Test
  void save_whenTheStoreIsLost_keepsTheFile() throws Exception {
    FaultPlan lost = FaultPlan.on("*").failAlways(ErrorKind.DENIED);
    run(
        FaultyObjectStore.of(store, lost, time),
        (checkpoints, hsm) -> {
          assertThat(checkpoints.save(100, state)).isEqualTo(Optional.empty());

          assertThat(hsm.state("run1/ckpt.100").isReleased()).isFalse();
          assertThat(checkpoints.load(100)).isEqualTo(state);
        });
    assertThat(store.keys()).isEmpty();
  }

  @Test
  void save_whenTheStoreLosesAReply_isSafeAllTheSame() throws Exception {
    FaultPlan silent = FaultPlan.on("put").loseReplyOnce();
    run(
        FaultyObjectStore.of(store, silent, time),
        (checkpoints, hsm) -> {
          assertThat(checkpoints.save(100, state)).isPresent();

          assertThat(checkpoints.load(100)).isEqualTo(state);
        });
    assertThat(store.keys()).containsExactly("run1/ckpt.100");
  }

  @Test
  void load_whenTheStoredBytesAreDamaged_failsAndGivesNoWrongBytes() throws Exception {
    FaultPlan rotten = FaultPlan.on("read").flipBits(1000);
    run(
        FaultyObjectStore.of(store, rotten, time),
        (checkpoints, hsm) -> {
          assertThat(checkpoints.save(100, state)).isPresent();

          assertThatThrownBy(() -> checkpoints.load(100)).isInstanceOf(IOException.class);
          assertThat(hsm.state("run1/ckpt.100").isReleased()).isTrue();
        });
  }

  @Test
  void save_whenTheProgramOverwritesACheckpoint_givesTheNewOne() throws Exception {
    run(
        store,
        (checkpoints, hsm) -> {
          checkpoints.save(7, "old".getBytes(java.nio.charset.StandardCharsets.UTF_8));
          checkpoints.save(7, state);

          assertThat(checkpoints.load(7)).isEqualTo(state);
          assertThat(Files.size(checkpoints.file(7))).isEqualTo(state.length);
        });
  }

  @Test
  void snapshot_ofARunWhoseCheckpointsAreReleased_restoresTheRestAndRecallsNothing()
      throws Exception {
    Files.createDirectories(mount.getPath("/run1"));
    Files.writeString(mount.getPath("/run1/parameters"), "dt = 0.1");
    run(
        store,
        (checkpoints, hsm) -> {
          checkpoints.save(100, state);
          try (MemoryState snapshots = MemoryState.create(time);
              MemoryStore backup = MemoryStore.create();
              MemoryKeys keys = new MemoryKeys()) {
            keys.make("site");
            try (Kmesh kmesh =
                Kmesh.builder()
                    .state(snapshots)
                    .repository("backup", backup, Credential.key(keys, "site"))
                    .build()) {
              kmesh.repositories().init("backup");
              Cluster scratch = kmesh.clusters().attach("scratch", lustre);
              Snapshot taken =
                  kmesh.snapshots().take("run1", scratch.path("/run1"), s -> {}).await();

              taken.restore(scratch.path("/run2")).await();

              assertThat(taken.at("ckpt.100").residence()).isEqualTo(Residence.ARCHIVE);
            }
          }
          assertThat(Files.readString(mount.getPath("/run2/parameters"))).isEqualTo("dt = 0.1");
          assertThat(hsm.state("run1/ckpt.100").isReleased()).isTrue();
          assertThat(lustre.coordinator().statistics().delivered(HsmActionKind.RESTORE)).isZero();
        });
  }
}
