// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.engine;

import static io.kmesh.copytool.engine.Lab.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Cluster;
import io.kmesh.Durability;
import io.kmesh.KmeshException;
import io.kmesh.KmeshTimeoutException;
import io.kmesh.Operation;
import io.kmesh.OperationCancelledException;
import io.kmesh.OperationState;
import io.kmesh.Receipt;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.CurrentAction;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.lustre.HsmReport;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.lustre.HsmRequest;
import io.kmesh.spi.store.DeleteTarget;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.testkit.fault.FaultPlan;
import io.kmesh.testkit.fault.FaultyLustre;
import io.kmesh.testkit.lustre.CoordinatorCommand;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HsmServiceTest {
  private Lab lab;

  @BeforeEach
  void open(@TempDir Path directory) throws IOException {
    lab = Lab.open(directory);
  }

  @AfterEach
  void close() throws IOException {
    lab.close();
  }

  private Receipt archive(String path, Durability durability) {
    return lab.hsm().archive(path, a -> a.durability(durability)).await(LIMIT);
  }

  private HsmReport archiveTree(String path, Durability durability) {
    return lab.hsm().archiveTree(path, a -> a.durability(durability)).await(LIMIT);
  }

  private void damage(Receipt receipt) throws IOException {
    lab.store
        .blocking()
        .put(
            receipt.key().orElseThrow(),
            ByteBuffer.wrap(new byte[(int) receipt.size()]),
            PutOptions.NONE);
  }

  @Test
  void archive_local_syncsAndAsksNoCoordinator() throws IOException {
    lab.write("a", 5000);
    Receipt receipt = archive("/a", Durability.LOCAL);
    assertThat(receipt.durability()).isEqualTo(Durability.LOCAL);
    assertThat(receipt.store()).isEmpty();
    assertThat(receipt.fid()).isEqualTo(lab.fid("a"));
    assertThat(receipt.size()).isEqualTo(5000);
    assertThat(receipt.dataVersion()).isEqualTo(lab.lustre.hsm().dataVersion(lab.fid("a")));
    assertThat(lab.state("a").bits()).isZero();
    assertThat(receipt.stillHolds()).isTrue();
    lab.write("a", 5000, 1);
    assertThat(receipt.stillHolds()).isFalse();
  }

  @Test
  void archive_localOfAReleasedFile_isRefused() throws IOException {
    lab.write("a", 5000);
    archive("a", Durability.REMOTE);
    lab.hsm().release("a").await(LIMIT);
    assertThatThrownBy(() -> archive("a", Durability.LOCAL))
        .isInstanceOf(KmeshException.class)
        .hasMessageContaining("it is released")
        .hasMessageContaining("Recall it first");
  }

  @Test
  void archive_archived_holdsUntilChange() throws Exception {
    lab.write("a", 5000);
    Receipt receipt = archive("a", Durability.ARCHIVED);
    assertThat(receipt.durability()).isEqualTo(Durability.ARCHIVED);
    assertThat(receipt.store()).contains(Lab.STORE);
    assertThat(receipt.dataVersion()).isEqualTo(lab.lustre.hsm().dataVersion(lab.fid("a")));
    assertThat(lab.state("a").isArchivedAndClean()).isTrue();
    assertThat(receipt.stillHolds()).isTrue();

    lab.hsm().release("a").await(LIMIT);
    assertThat(receipt.stillHolds()).as("released").isTrue();
    assertThat(Files.readAllBytes(lab.path("a"))).isEqualTo(Lab.content("a", 5000, 0));
    // The copytool notes the new data version right behind the restore.
    Lab.eventually(receipt::stillHolds);

    lab.write("a", 5000, 1);
    assertThat(receipt.stillHolds()).as("changed").isFalse();
    archive("a", Durability.ARCHIVED);
    assertThat(receipt.stillHolds()).as("another content is archived").isFalse();
  }

  @Test
  void archive_remote_provesTheObject() throws Exception {
    lab.write("a", 5000);
    Receipt receipt = archive("a", Durability.REMOTE);
    assertThat(receipt.key()).isPresent();
    assertThat(receipt.version()).isPresent();
    assertThat(receipt.sha256()).isPresent();
    assertThat(lab.store.blocking().head(receipt.key().orElseThrow()).size()).isEqualTo(5000);
    assertThat(receipt.stillHolds()).isTrue();
    assertThat(lab.hsm().receipt(PathBytes.of("a"))).isPresent();

    lab.hsm().release("a").await(LIMIT);
    assertThat(receipt.stillHolds()).as("released").isTrue();
    lab.hsm().recall("a").await(LIMIT);
    // The copytool notes the new data version right behind the restore.
    Lab.eventually(receipt::stillHolds);
  }

  @Test
  void stillHolds_whenTheObjectIsDamaged_isFalseAndArchivingAgainCures() throws IOException {
    lab.write("a", 5000);
    Receipt receipt = archive("a", Durability.REMOTE);
    damage(receipt);
    assertThat(receipt.stillHolds()).isFalse();
    assertThat(lab.hsm().receipt(PathBytes.of("a"))).isEmpty();

    Receipt again = archive("a", Durability.REMOTE);
    assertThat(again.stillHolds()).isTrue();
    lab.hsm().release("a").await(LIMIT);
    assertThat(Files.readAllBytes(lab.path("a"))).isEqualTo(Lab.content("a", 5000, 0));
  }

  @Test
  void stillHolds_whenTheObjectIsGone_isFalseAndArchivingAgainCures() throws IOException {
    lab.write("a", 5000);
    Receipt receipt = archive("a", Durability.REMOTE);
    lab.store
        .delete(List.of(DeleteTarget.of(receipt.key().orElseThrow())))
        .toCompletableFuture()
        .join();
    assertThat(receipt.stillHolds()).isFalse();
    HsmReport report = archiveTree("", Durability.REMOTE);
    assertThat(report.done()).isEqualTo(1);
    assertThat(lab.hsm().receipt(PathBytes.of("a"))).isPresent();
  }

  @Test
  void stillHolds_whenTheFileIsRemoved_isFalse() throws IOException {
    lab.write("a", 10);
    lab.write("b", 10);
    lab.write("c", 10);
    List<Receipt> receipts =
        List.of(
            archive("a", Durability.LOCAL),
            archive("b", Durability.ARCHIVED),
            archive("c", Durability.REMOTE));
    for (String name : List.of("a", "b", "c")) {
      Files.delete(lab.path(name));
    }
    assertThat(receipts).noneMatch(Receipt::stillHolds);
  }

  @Test
  void archive_remoteWhereAnotherCopytoolArchived_isRefusedWithTheWayOut() throws IOException {
    lab.write("a", 10);
    lab.lustre
        .hsm()
        .changeState(
            lab.fid("a"), Set.of(HsmFlag.EXISTS, HsmFlag.ARCHIVED), Set.of(), ArchiveId.of(1));
    assertThatThrownBy(() -> archive("a", Durability.REMOTE))
        .isInstanceOf(KmeshException.class)
        .hasMessageContaining("no receipt of Kmesh")
        .extracting(e -> ((KmeshException) e).kind())
        .isEqualTo(ErrorKind.PRECONDITION);
    assertThat(lab.state("a").has(HsmFlag.DIRTY)).isFalse();
    assertThat(archive("a", Durability.ARCHIVED).stillHolds()).isTrue();
  }

  @Test
  void archive_ofAWriterThatStaysOpen_givesTheReceiptOfWhatIsArchived() throws IOException {
    lab.write("a", 100);
    Receipt first = archive("a", Durability.ARCHIVED);
    try (OutputStream out = Files.newOutputStream(lab.path("a"), StandardOpenOption.WRITE)) {
      out.write(Lab.content("a", 100, 5));
      assertThat(first.stillHolds()).isFalse();
      Receipt second = archive("a", Durability.ARCHIVED);
      assertThat(second.dataVersion()).isEqualTo(lab.lustre.hsm().dataVersion(lab.fid("a")));
      assertThat(second.stillHolds()).isTrue();
    }
  }

  @Test
  void archive_whatIsNoFile_namesWhatItIs() throws IOException {
    Files.createDirectory(lab.path("d"));
    Files.createSymbolicLink(lab.path("l"), lab.path("d"));
    assertThatThrownBy(() -> archive("d", Durability.ARCHIVED))
        .hasMessageContaining("Cannot archive d of lab")
        .hasMessageContaining("archiveTree");
    assertThatThrownBy(() -> archive("l", Durability.ARCHIVED)).hasMessageContaining("SYMLINK");
    assertThatThrownBy(() -> archive("nothing", Durability.ARCHIVED))
        .isInstanceOf(KmeshException.class)
        .extracting(e -> ((KmeshException) e).kind())
        .isEqualTo(ErrorKind.NOT_FOUND);
    assertThatThrownBy(() -> archive("../a", Durability.ARCHIVED))
        .isInstanceOf(KmeshException.class);
  }

  @Test
  void archive_toAnUnknownStore_listsTheStores() throws IOException {
    lab.write("a", 10);
    assertThatThrownBy(() -> lab.hsm().archive("a", a -> a.to("elsewhere")))
        .isInstanceOf(KmeshException.class)
        .hasMessageContaining("\"elsewhere\"")
        .hasMessageContaining("[ckpt]");
  }

  @Test
  void archive_noarchive_isAPreconditionAndNotTriedAgain() throws IOException {
    lab.write("a", 10);
    lab.lustre.hsm().changeState(lab.fid("a"), Set.of(HsmFlag.NOARCHIVE), Set.of(), ArchiveId.ANY);
    assertThatThrownBy(() -> archive("a", Durability.ARCHIVED))
        .hasMessageContaining("NOARCHIVE")
        .extracting(e -> ((KmeshException) e).kind())
        .isEqualTo(ErrorKind.PRECONDITION);
  }

  @Test
  void archive_lostCopyOfAPresentFile_archivesItAgain() throws IOException {
    lab.write("a", 10);
    archive("a", Durability.ARCHIVED);
    lab.lustre.hsm().changeState(lab.fid("a"), Set.of(HsmFlag.LOST), Set.of(), ArchiveId.ANY);
    assertThat(archive("a", Durability.REMOTE).stillHolds()).isTrue();
    assertThat(lab.state("a").has(HsmFlag.LOST)).isFalse();
  }

  @Test
  void archive_whileTheCoordinatorIsOff_saysSo() throws IOException {
    lab.stopCopytool();
    lab.write("a", 10);
    lab.lustre.coordinator().control(CoordinatorCommand.SHUTDOWN);
    assertThatThrownBy(() -> archive("a", Durability.ARCHIVED))
        .isInstanceOf(KmeshException.class)
        .hasMessageContaining("the coordinator of MDT")
        .hasMessageContaining("hsm_control=enabled")
        .extracting(e -> ((KmeshException) e).isRetryable())
        .isEqualTo(true);
    assertThatThrownBy(() -> archiveTree("", Durability.ARCHIVED))
        .hasMessageContaining("hsm_control=enabled");
    lab.lustre.coordinator().control(CoordinatorCommand.ENABLED);
    lab.startCopytool();
    assertThat(archive("a", Durability.ARCHIVED).stillHolds()).isTrue();
  }

  @Test
  void trees_manyFiles_goThroughAllGoals() throws IOException {
    for (int i = 0; i < 71; i++) {
      lab.write("t/d" + i % 7 + "/f" + i, i);
    }
    Files.createSymbolicLink(lab.path("t/link"), lab.path("t/d0"));
    HsmReport archived = archiveTree("t", Durability.REMOTE);
    assertThat(archived.done()).isEqualTo(71);
    assertThat(archived.bytes().bytes()).isEqualTo(71 * 70 / 2);
    assertThat(archived.details()).isEmpty();
    assertThat(archiveTree("/t/", Durability.REMOTE).unchanged()).isEqualTo(71);

    assertThat(lab.hsm().release("t").await(LIMIT).done()).isEqualTo(71);
    assertThat(lab.hsm().release("t").await(LIMIT).unchanged()).isEqualTo(71);
    HsmReport refused = lab.hsm().remove("t").await(LIMIT);
    assertThat(refused.failed()).isEqualTo(71);
    assertThat(refused.details().get(0).reason()).contains("would lose its data");

    assertThat(lab.hsm().recall("t").await(LIMIT).done()).isEqualTo(71);
    assertThat(Files.readAllBytes(lab.path("t/d0/f70"))).isEqualTo(Lab.content("t/d0/f70", 70, 0));
    assertThat(lab.hsm().remove("t").await(LIMIT).done()).isEqualTo(71);
    assertThat(lab.state("t/d0/f70").has(HsmFlag.ARCHIVED)).isFalse();
    assertThat(lab.hsm().remove("t").await(LIMIT).unchanged()).isEqualTo(71);
  }

  @Test
  void release_whatMayNotBeReleased_isSkippedByName() throws IOException {
    for (String name : List.of("clean", "dirty", "new", "open", "kept")) {
      lab.write(name, 5000);
    }
    Files.createFile(lab.path("empty"));
    for (String name : List.of("clean", "dirty", "open", "kept", "empty")) {
      archive(name, Durability.ARCHIVED);
    }
    lab.write("dirty", 5000, 1);
    lab.lustre
        .hsm()
        .changeState(lab.fid("kept"), Set.of(HsmFlag.NORELEASE), Set.of(), ArchiveId.ANY);
    try (OutputStream writer = Files.newOutputStream(lab.path("open"), StandardOpenOption.APPEND)) {
      HsmReport report = lab.hsm().release("").await(LIMIT);
      assertThat(report.done()).isEqualTo(2);
      assertThat(report.skipped()).isEqualTo(4);
      assertThat(report.failed()).isZero();
      assertThat(reason(report, "dirty")).contains("changed since it was archived");
      assertThat(reason(report, "new")).contains("not archived");
      assertThat(reason(report, "open")).contains("open for writing");
      assertThat(reason(report, "kept")).contains("NORELEASE");
      assertThat(writer).isNotNull();
    }
    assertThat(lab.state("clean").isReleased()).isTrue();
    assertThat(lab.state("open").isReleased()).isFalse();
  }

  private static String reason(HsmReport report, String path) {
    return report.details().stream()
        .filter(d -> d.path().equals(path))
        .map(HsmReport.Detail::reason)
        .findFirst()
        .orElseThrow(() -> new AssertionError(path + " is not in " + report));
  }

  @Test
  void recall_ofALostCopy_failsByNameAndTheRestComesBack() throws IOException {
    lab.write("a", 10);
    lab.write("b", 10);
    archiveTree("", Durability.ARCHIVED);
    lab.hsm().release("").await(LIMIT);
    lab.lustre.hsm().changeState(lab.fid("a"), Set.of(HsmFlag.LOST), Set.of(), ArchiveId.ANY);
    HsmReport report = lab.hsm().recall("").await(LIMIT);
    assertThat(report.done()).isEqualTo(1);
    assertThat(reason(report, "a")).contains("LOST");
    assertThatThrownBy(
            () -> lab.hsm().await(PathBytes.of("a"), s -> !s.isReleased(), Duration.ofDays(1)))
        .hasMessageContaining("LOST");
  }

  @Test
  void recall_whenTheObjectIsGone_failsByNameAfterSomeTries() throws IOException {
    lab.write("a", 10);
    lab.write("b", 10);
    Receipt receipt = archive("a", Durability.REMOTE);
    archive("b", Durability.REMOTE);
    lab.hsm().release("").await(LIMIT);
    lab.store
        .delete(List.of(DeleteTarget.of(receipt.key().orElseThrow())))
        .toCompletableFuture()
        .join();
    HsmReport report = lab.hsm().recall("").await(LIMIT);
    assertThat(report.done()).isEqualTo(1);
    assertThat(reason(report, "a")).contains("restore").contains("without success");
  }

  @Test
  void recall_withThePolicyNonBlockingRestore_waitsAllTheSame() throws IOException {
    lab.write("a", 10);
    lab.write("b", 10);
    archiveTree("", Durability.ARCHIVED);
    lab.hsm().release("").await(LIMIT);
    lab.lustre.coordinator().setParameter("hsm.policy", "+NBR");
    HsmReport report = lab.hsm().recall("").await(LIMIT);
    assertThat(report.done()).isEqualTo(2);
    assertThat(report.details()).isEmpty();
  }

  @Test
  void archiveTree_whatCannotBeReadAndWhatVanishes_isNamedAndTheRestGoesOn() throws IOException {
    for (String file : List.of("ok/1", "ok/2", "locked/3", "gone/4")) {
      lab.write(file, 10);
    }
    Cluster faulty =
        lab.kmesh
            .clusters()
            .attach(
                "faulty",
                FaultyLustre.of(
                    lab.lustre,
                    FaultPlan.on("openDirectory")
                        .matching("locked")
                        .fail(1, Errno.EACCES)
                        .and("openDirectory")
                        .matching("gone")
                        .fail(1, Errno.ENOENT),
                    lab.time()));
    HsmReport report = faulty.hsm().archiveTree("", a -> {}).await(LIMIT);
    assertThat(report.done()).isEqualTo(2);
    assertThat(report.failed()).isEqualTo(1);
    assertThat(report.skipped()).isEqualTo(1);
    assertThat(reason(report, "locked")).contains("DENIED");
    assertThat(reason(report, "gone")).contains("vanished");
    assertThat(report.unnamed()).isZero();
  }

  @Test
  void await_untilTheStateIsSo_returnsIt() throws Exception {
    lab.write("a", 10);
    lab.lustre
        .hsm()
        .request(HsmRequest.of(HsmActionKind.ARCHIVE, ArchiveId.of(1), List.of(lab.fid("a"))));
    assertThat(lab.hsm().await(PathBytes.of("/a"), s -> s.has(HsmFlag.ARCHIVED), LIMIT))
        .isEqualTo(lab.state("a"));
  }

  @Test
  void await_longerThanTheLimit_saysTheState() throws IOException {
    lab.write("a", 10);
    assertThatThrownBy(
            () -> lab.hsm().await(PathBytes.of("a"), s -> s.isReleased(), Duration.ofSeconds(1)))
        .isInstanceOf(KmeshTimeoutException.class)
        .hasMessageContaining("after PT1S its state is (0x00000000)");
  }

  @Test
  void await_whenTheFileIsRemoved_endsAtOnce() throws Exception {
    lab.write("a", 10);
    Thread remover = new Thread(() -> delete("a"));
    remover.start();
    assertThatThrownBy(
            () ->
                lab.hsm()
                    .await(PathBytes.of("a"), s -> s.isReleased(), Duration.ofDays(365L * 1000)))
        .isInstanceOf(KmeshException.class)
        .extracting(e -> ((KmeshException) e).kind())
        .isEqualTo(ErrorKind.NOT_FOUND);
    remover.join();
  }

  private void delete(String path) {
    try {
      Files.delete(lab.path(path));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void cancel_nothing_isNoError() throws IOException {
    lab.write("a", 10);
    lab.hsm().cancel("a");
    assertThat(lab.state("a").bits()).isZero();
    assertThat(lab.hsm().currentAction(PathBytes.of("a"))).isEqualTo(CurrentAction.IDLE);
  }

  @Test
  void cancel_operation_withdrawsWhatWaits() throws Exception {
    lab.stopCopytool();
    for (int i = 0; i < 40; i++) {
      lab.write("f" + i, 10);
    }
    Operation<HsmReport> operation = lab.hsm().archiveTree("", a -> {});
    Lab.eventually(() -> lab.lustre.coordinator().actions().size() == 40);
    operation.cancel();
    assertThatThrownBy(() -> operation.await(LIMIT))
        .isInstanceOf(OperationCancelledException.class);
    assertThat(operation.state()).isEqualTo(OperationState.CANCELLED);
    assertThat(lab.lustre.coordinator().actions())
        .filteredOn(a -> a.action() == HsmActionKind.CANCEL)
        .hasSize(40);
    lab.startCopytool();
    Lab.eventually(
        () -> lab.lustre.coordinator().actions().stream().allMatch(a -> a.status().isFinal()));
    HsmReport report = archiveTree("", Durability.REMOTE);
    assertThat(report.done() + report.unchanged()).isEqualTo(40);
  }

  @Test
  void close_whileFilesWait_parksAndTheNextOpeningFinishes() throws Exception {
    lab.stopCopytool();
    lab.write("a", 10);
    Operation<Receipt> operation = lab.hsm().archive("a");
    Lab.eventually(() -> lab.lustre.coordinator().actions().size() == 1);
    lab.reopen();
    assertThat(operation.state()).isEqualTo(OperationState.PARKED);
    assertThat(lab.lustre.coordinator().actions()).as("nothing is withdrawn").hasSize(1);
    lab.startCopytool();
    Receipt receipt =
        lab.kmesh.operations().find(operation.id(), Receipt.class).orElseThrow().await(LIMIT);
    assertThat(receipt.stillHolds()).isTrue();
    assertThat(lab.lustre.coordinator().statistics().delivered(HsmActionKind.ARCHIVE)).isEqualTo(1);
  }

  @Test
  void archive_twiceAtOnce_archivesOnceAndBothEnd() throws Exception {
    lab.stopCopytool();
    lab.write("a", 5000);
    Operation<Receipt> one = lab.hsm().archive("a", a -> a.durability(Durability.REMOTE));
    Operation<Receipt> other = lab.hsm().archive("a", a -> a.durability(Durability.ARCHIVED));
    Operation<HsmReport> tree = lab.hsm().archiveTree("", a -> a.durability(Durability.REMOTE));
    lab.startCopytool();
    assertThat(one.await(LIMIT).stillHolds()).isTrue();
    assertThat(other.await(LIMIT).stillHolds()).isTrue();
    assertThat(tree.await(LIMIT).done() + tree.await(LIMIT).unchanged()).isEqualTo(1);
    assertThat(lab.lustre.coordinator().statistics().delivered(HsmActionKind.ARCHIVE)).isEqualTo(1);
  }

  @Test
  void archiveAndRemove_atOnce_bothEndAndTheStateIsSound() throws Exception {
    lab.write("a", 5000);
    archive("a", Durability.REMOTE);
    lab.write("a", 5000, 1);
    Operation<HsmReport> remove = lab.hsm().remove("a");
    Operation<HsmReport> archive = lab.hsm().archiveTree("a", a -> {});
    HsmReport removed = remove.await(LIMIT);
    HsmReport archived = archive.await(LIMIT);
    assertThat(removed.done() + removed.unchanged() + removed.failed()).isEqualTo(1);
    assertThat(archived.done() + archived.unchanged() + archived.failed()).isEqualTo(1);
    assertThat(archive("a", Durability.REMOTE).stillHolds()).isTrue();
    lab.hsm().release("a").await(LIMIT);
    assertThat(Files.readAllBytes(lab.path("a"))).isEqualTo(Lab.content("a", 5000, 1));
  }

  @Test
  void find_endedArchiveWithoutItsCluster_stillGivesTheReceipt() throws IOException {
    lab.write("a", 10);
    Operation<Receipt> operation = lab.hsm().archive("a", a -> a.durability(Durability.REMOTE));
    Receipt first = operation.await(LIMIT);
    lab.kmesh.close();
    lab.kmesh = lab.openKmesh(lab.state);
    Receipt again =
        lab.kmesh.operations().find(operation.id(), Receipt.class).orElseThrow().await(LIMIT);
    assertThat(again.sha256()).isEqualTo(first.sha256());
    assertThatThrownBy(again::stillHolds).hasMessageContaining("is not attached");
    lab.cluster = lab.kmesh.clusters().attach("lab", lab.binding);
    assertThat(again.stillHolds()).isTrue();
  }
}
