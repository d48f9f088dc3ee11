// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.posix.NioPosixTreeProvider;
import io.kmesh.engine.MirrorDialect;
import io.kmesh.engine.MirrorPlan;
import io.kmesh.engine.MirrorTranslation;
import io.kmesh.engine.MirrorTranslationReport;
import io.kmesh.engine.MirrorTree;
import io.kmesh.engine.MirrorTreeReport;
import io.kmesh.engine.RetryPolicy;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.DeleteTarget;
import io.kmesh.spi.store.ForwardingObjectStore;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import io.kmesh.testkit.fault.SimulatedCrash;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.WallTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is larger than a store copies at once is copied by it part by part, and never sent. */
class PartCopiesTest {
  private static final int PARTS = 6;
  private static final int SIZE = (PARTS * SmallCopies.COPY) - 9;

  private final WallTime time = new WallTime();
  private final MemoryStore store = SmallCopies.builder().time(time).build();
  private final byte[] bytes = MirrorFixture.random(5, SIZE);
  private Path tree;
  private Path journal;
  private PosixTree source;

  @BeforeEach
  void fill(@TempDir Path folder) throws IOException {
    time.jump(Duration.ofHours(1)); // No stamp is young.
    tree = Files.createDirectory(folder.resolve("tree"));
    journal = folder.resolve("journal");
    source = new NioPosixTreeProvider().open(tree);
    Files.write(tree.resolve("old"), bytes);
    Files.setLastModifiedTime(
        tree.resolve("old"), FileTime.from(Instant.ofEpochSecond(1_600_000_000)));
    MirrorTreeReport first = mirror(store).export(source, PathBytes.EMPTY);
    assertThat(first.bytes()).isEqualTo(SIZE);
  }

  @AfterEach
  void close() throws IOException {
    assertThat(store.openUploads()).isEmpty();
    source.close();
  }

  private MirrorTree mirror(ObjectStore in) {
    return MirrorTree.in(in, time)
        .partSize(DataSize.ofKib(64))
        .threads(2)
        .retry(new RetryPolicy(3, Duration.ZERO, Duration.ZERO))
        .findMoved()
        .removeGone();
  }

  private void rename() throws IOException {
    Files.move(tree.resolve("old"), tree.resolve("new"));
  }

  private void checkIs(String key) throws IOException {
    var range = store.blocking().read(key, 0, SIZE + 1, Condition.none());
    assertThat(range.data()).isEqualTo(ByteBuffer.wrap(bytes));
    assertThat(mirror(store).deep().verify(source, PathBytes.EMPTY).problems()).isEmpty();
  }

  private Map<String, Long> since(Map<String, Long> before) {
    Map<String, Long> all = new TreeMap<>(store.requests());
    before.forEach((kind, count) -> all.merge(kind, -count, Long::sum));
    all.values().removeIf(count -> count == 0);
    return all;
  }

  /** Runs what was planned, and finds the plan true. */
  private Map<String, Long> planned(MirrorTree mirror) throws IOException {
    MirrorPlan plan = mirror.planExport(source, PathBytes.EMPTY);
    Map<String, Long> before = store.requests();
    MirrorTreeReport done = mirror.export(source, PathBytes.EMPTY);
    assertThat(done).isEqualTo(plan.report());
    assertThat(done.failed()).isEmpty();
    assertThat(done.notes()).isEmpty();
    assertThat(done.bytes()).isZero();
    assertThat(since(before)).isEqualTo(plan.requests());
    return plan.requests();
  }

  @Test
  void renamedFile_isCopiedByParts_asThePlanSays() throws IOException {
    rename();
    Map<String, Long> requests = planned(mirror(store));
    assertThat(requests)
        .containsEntry("copyPart", (long) PARTS)
        .containsEntry("startUpload", 1L)
        .containsEntry("complete", 1L)
        .doesNotContainKeys("copy", "uploadPart");
    checkIs("new");
    assertThat(store.keys()).doesNotContain("old");
  }

  @Test
  void otherAttributes_areGivenToACopyOfItself() throws IOException {
    Files.setPosixFilePermissions(
        tree.resolve("old"), PosixFilePermissions.fromString("rw-r-----"));
    assertThat(planned(mirror(store))).containsEntry("copyPart", (long) PARTS);
    checkIs("old");
    assertThat(store.blocking().head("old").metadata()).containsEntry("kmesh-mode", "0640");
  }

  @Test
  void translation_isCopiedByParts_asItsPlanSays() throws IOException {
    MirrorTree.in(store, time)
        .partSize(DataSize.ofKib(64))
        .prefix("s/")
        .export(source, PathBytes.EMPTY);
    MirrorTranslation translation =
        MirrorTranslation.of(store, "s/", time).partSize(DataSize.ofKib(64)).to(store, "t/");
    MirrorTranslationReport plan = translation.plan(MirrorDialect.FSX);
    Map<String, Long> before = store.requests();
    assertThat(translation.run(MirrorDialect.FSX)).isEqualTo(plan);
    assertThat(plan.copiedBytes()).isEqualTo(SIZE);
    assertThat(plan.sentBytes()).isZero();
    assertThat(since(before))
        .containsEntry("copyPart", (long) PARTS)
        .containsEntry("read", 1L) // of the side object
        .doesNotContainKeys("uploadPart", "copy");
    ByteBuffer there = store.blocking().read("t/old", 0, SIZE + 1, Condition.none()).data();
    assertThat(there).isEqualTo(ByteBuffer.wrap(bytes));
    assertThat(store.blocking().head("t/old").metadata()).containsKey("file-mtime");
  }

  @Test
  void fileOfAnArchive_thatGivesUpItsKey_isCopiedByParts() throws IOException {
    MirrorFixture world = new MirrorFixture(store, MemoryState.create(MirrorFixture.STILL));
    Fid one = world.write(1, "a", bytes);
    world.archive(one);
    world.rename(one, "b");
    Fid two = world.write(2, "a", MirrorFixture.random(9, SIZE));
    Map<String, Long> before = store.requests();
    world.archive(two);
    assertThat(since(before))
        .containsEntry("copyPart", (long) PARTS)
        .doesNotContainKeys("copy", "read");
    world.assertRestores(one);
    world.assertRestores(two);
    // What is replaced is kept aside by a copy until the new one is settled.
    world.write(1, "b", MirrorFixture.random(10, SIZE));
    world.archive(one);
    assertThat(since(before)).containsEntry("copyPart", 2L * PARTS).doesNotContainKey("copy");
    world.assertRestores(one);
    assertThat(store.keys()).noneMatch(key -> key.contains(".kmesh/kept/"));
  }

  /** A store whose copies of parts go another way. */
  private abstract class Parts extends ForwardingObjectStore {
    int calls; // guarded by this

    @Override
    protected ObjectStore delegate() {
      return store;
    }

    abstract CompletionStage<UploadPart> part(int number, Real real);

    @Override
    public final synchronized CompletionStage<UploadPart> copyPart(
        Upload upload, int number, String from, Condition same, long offset, long length) {
      calls++;
      return part(number, () -> store.copyPart(upload, number, from, same, offset, length));
    }
  }

  /** The store's own way. */
  private interface Real {
    CompletionStage<UploadPart> copy();
  }

  @Test
  void parts_areCopiedSeveralAtATime() throws IOException {
    rename();
    List<Runnable> waiting = new ArrayList<>();
    ObjectStore slow =
        new Parts() {
          @Override
          CompletionStage<UploadPart> part(int number, Real real) {
            CompletableFuture<UploadPart> answer = new CompletableFuture<>();
            waiting.add(() -> answer.complete(real.copy().toCompletableFuture().join()));
            if (waiting.size() == 2) {
              // The later one is answered first; alone none is answered.
              waiting.get(1).run();
              waiting.get(0).run();
              waiting.clear();
            }
            return answer;
          }
        };
    assertThat(mirror(slow).export(source, PathBytes.EMPTY).failed()).isEmpty();
    checkIs("new");
  }

  @Test
  void partsThatFailOnce_areCopiedAgain() throws IOException {
    rename();
    Parts failing =
        new Parts() {
          @Override
          CompletionStage<UploadPart> part(int number, Real real) {
            if (calls > PARTS) {
              return real.copy();
            }
            // Whether it took effect, nobody knows.
            boolean isDone = number % 2 == 0;
            CompletionStage<UploadPart> answer =
                isDone ? real.copy() : CompletableFuture.completedFuture(null);
            ErrorKind kind = isDone ? ErrorKind.UNKNOWN_OUTCOME : ErrorKind.THROTTLED;
            return answer.thenCompose(
                part -> CompletableFuture.failedFuture(new ProviderException(kind, "no")));
          }
        };
    MirrorTreeReport report = mirror(failing).export(source, PathBytes.EMPTY);
    assertThat(report.failed()).isEmpty();
    assertThat(report.bytes()).isZero();
    assertThat(failing.calls).isEqualTo(2 * PARTS);
    checkIs("new");
  }

  @Test
  void sourceThatIsReplacedMeanwhile_isNotMixed_theFileIsSent() throws IOException {
    rename();
    ObjectStore meddling =
        new Parts() {
          @Override
          CompletionStage<UploadPart> part(int number, Real real) {
            if (number == 4) {
              CompletionStage<?> unused =
                  store.put("old", ByteBuffer.allocate(SIZE), PutOptions.NONE);
            }
            return real.copy();
          }
        };
    MirrorTreeReport report = mirror(meddling).export(source, PathBytes.EMPTY);
    assertThat(report.failed()).isEmpty();
    assertThat(report.bytes()).isEqualTo(SIZE);
    // What came meanwhile is somebody else's, and stays.
    store.blocking().delete(List.of(DeleteTarget.of("old")));
    checkIs("new");
    assertThat(store.openUploads()).isEmpty();
  }

  @Test
  void storeThatRefusesPartsAfterAll_getsTheBytes() throws IOException {
    rename();
    ObjectStore refusing =
        new Parts() {
          @Override
          CompletionStage<UploadPart> part(int number, Real real) {
            return CompletableFuture.failedFuture(
                new ProviderException(ErrorKind.UNSUPPORTED, "no such request"));
          }
        };
    MirrorTreeReport report = mirror(refusing).export(source, PathBytes.EMPTY);
    assertThat(report.failed()).isEmpty();
    assertThat(report.bytes()).isEqualTo(SIZE);
    checkIs("new");
  }

  private ObjectStore killedAfter(int parts) {
    return new Parts() {
      @Override
      CompletionStage<UploadPart> part(int number, Real real) {
        if (calls > parts) {
          throw new SimulatedCrash("in the middle");
        }
        return real.copy();
      }
    };
  }

  @Test
  void copyThatWasKilled_goesOn_withTheJournal() throws IOException {
    rename();
    assertThatThrownBy(
            () -> mirror(killedAfter(4)).journal(journal).export(source, PathBytes.EMPTY))
        .isInstanceOf(SimulatedCrash.class);
    assertThat(store.openUploads()).hasSize(1);
    Map<String, Long> before = store.requests();
    MirrorTreeReport report = mirror(store).journal(journal).export(source, PathBytes.EMPTY);
    assertThat(report.failed()).isEmpty();
    assertThat(since(before))
        .containsEntry("copyPart", PARTS - 4L)
        .containsEntry("complete", 1L)
        .doesNotContainKeys("startUpload", "abort", "uploadPart");
    checkIs("new");
  }

  @Test
  void copyThatWasKilled_beginsAnew_whenItsSourceIsAnother() throws IOException {
    rename();
    assertThatThrownBy(
            () -> mirror(killedAfter(4)).journal(journal).export(source, PathBytes.EMPTY))
        .isInstanceOf(SimulatedCrash.class);
    // The same bytes under another ETag: what was copied might be of others.
    Map<String, String> metadata = store.blocking().head("old").metadata();
    store
        .blocking()
        .put("old", ByteBuffer.wrap(bytes), new PutOptions(Condition.none(), metadata, null));
    Map<String, Long> before = store.requests();
    assertThat(mirror(store).journal(journal).export(source, PathBytes.EMPTY).failed()).isEmpty();
    assertThat(since(before))
        .containsEntry("copyPart", (long) PARTS)
        .containsEntry("abort", 1L)
        .containsEntry("startUpload", 1L);
    checkIs("new");
  }

  @Test
  void copyThatWasKilled_isEndedByTheNextExport_whenItsFileIsGone() throws IOException {
    rename();
    assertThatThrownBy(
            () -> mirror(killedAfter(4)).journal(journal).export(source, PathBytes.EMPTY))
        .isInstanceOf(SimulatedCrash.class);
    Files.delete(tree.resolve("new"));
    Files.createDirectory(tree.resolve("other"));
    assertThat(mirror(store).journal(journal).export(source, PathBytes.EMPTY).failed()).isEmpty();
    assertThat(store.openUploads()).isEmpty();
  }

  @Test
  void parts_areAsFewAsTheStoreAllows() throws IOException {
    MirrorObjects objects =
        MirrorObjects.of(MirrorSettings.withoutState(SmallCopies.builder().build(), time));
    assertThat(objects.canCopy(4 << 20)).isTrue();
    assertThat(objects.canCopy((4 << 20) + 1)).isFalse();
    assertThat(objects.copiesByParts(SmallCopies.COPY)).isFalse();
    assertThat(objects.copiesByParts(SmallCopies.COPY + 1)).isTrue();
    assertThat(objects.copyParts("k", SmallCopies.COPY + 1)).isEqualTo(2);
    assertThat(objects.copyParts("k", 4 << 20)).isEqualTo(82);
  }
}
