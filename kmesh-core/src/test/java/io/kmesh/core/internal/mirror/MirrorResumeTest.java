// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.mirror.journal.MirrorJournal;
import io.kmesh.core.internal.mirror.journal.UploadRecord;
import io.kmesh.core.internal.posix.NioPosixTreeProvider;
import io.kmesh.engine.MirrorTree;
import io.kmesh.engine.MirrorTreeReport;
import io.kmesh.engine.RetryPolicy;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.ForwardingObjectStore;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import io.kmesh.testkit.fault.SimulatedCrash;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.WallTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An export that ended in the middle of a large file, and is repeated. */
class MirrorResumeTest {
  private static final int PART = 64 << 10;
  private static final int PARTS = 16;
  private static final int SENT = 7;

  private final WallTime time = new WallTime();
  private final MemoryStore store = MemoryStore.builder().time(time).build();
  private Path file;
  private Path folder;
  private PosixTree source;
  private byte[] bytes;

  @BeforeEach
  void write(@TempDir Path directory) throws IOException {
    time.jump(Duration.ofHours(1)); // No stamp is young.
    folder = directory.resolve("journal");
    Path tree = Files.createDirectories(directory.resolve("source"));
    file = tree.resolve("large");
    bytes = MirrorFixture.random(3, (PARTS * PART) - 5);
    source = new NioPosixTreeProvider().open(tree);
    write();
  }

  private void write() throws IOException {
    Files.write(file, bytes);
    FileTime whole = new FileTime(1_600_000_000, 0);
    try (PosixDirectory root = source.openRoot()) {
      root.setTimes(PathBytes.of("large"), whole, whole);
      root.setTimes(whole, whole);
    }
  }

  /** Counts the bytes of parts, and ends otherwise after some of them. */
  private class Ending extends ForwardingObjectStore {
    private final int most;
    private final Supplier<CompletionStage<UploadPart>> end;
    private long sentBytes;
    private int parts;

    Ending(int most, Supplier<CompletionStage<UploadPart>> end) {
      this.most = most;
      this.end = end;
    }

    @Override
    protected ObjectStore delegate() {
      return store;
    }

    @Override
    public synchronized CompletionStage<UploadPart> uploadPart(
        Upload upload, int number, ByteBuffer body) {
      if (parts >= most) {
        return end.get();
      }
      parts++;
      sentBytes += body.remaining();
      return store.uploadPart(upload, number, body);
    }
  }

  private Ending whole() {
    return new Ending(Integer.MAX_VALUE, () -> CompletableFuture.failedFuture(new IOException()));
  }

  private Ending killed() {
    return new Ending(
        SENT,
        () -> {
          throw new SimulatedCrash("in the middle");
        });
  }

  private static Ending failing(MirrorResumeTest test, ErrorKind kind) {
    return test
    .new Ending(SENT, () -> CompletableFuture.failedFuture(new ProviderException(kind, "no")));
  }

  private MirrorTree mirror(ObjectStore to) {
    return MirrorTree.in(to, time)
        .partSize(DataSize.ofBytes(PART))
        .threads(1)
        .retry(new RetryPolicy(1, Duration.ZERO, Duration.ZERO))
        .journal(folder);
  }

  private void kill() {
    assertThatThrownBy(() -> mirror(killed()).export(source, PathBytes.EMPTY))
        .isInstanceOf(SimulatedCrash.class);
    assertThat(store.openUploads()).hasSize(1);
  }

  /** Repeats it, and gives the parts that were sent. */
  private int repeated() throws IOException {
    Ending again = whole();
    MirrorTreeReport report = mirror(again).export(source, PathBytes.EMPTY);
    assertThat(report.failed()).isEmpty();
    assertThat(report.notes()).isEmpty();
    assertThat(report.bytes()).isEqualTo(again.sentBytes);
    assertThat(store.openUploads()).isEmpty();
    check();
    return again.parts;
  }

  private void check() throws IOException {
    assertThat(store.blocking().read("large", 0, bytes.length, io.kmesh.spi.store.Condition.none()))
        .satisfies(range -> assertThat(range.data()).isEqualTo(ByteBuffer.wrap(bytes)));
    assertThat(mirror(store).deep().verify(source, PathBytes.EMPTY).problems()).isEmpty();
  }

  private MirrorJournal journal() throws IOException {
    return MirrorJournal.open(folder, "push", List.of(store.uri().toString(), "")).orElseThrow();
  }

  private UploadRecord record() throws IOException {
    try (MirrorJournal journal = journal()) {
      return journal.upload("large").orElseThrow();
    }
  }

  private void remember(UploadRecord record) throws IOException {
    try (MirrorJournal journal = journal()) {
      assertThat(journal.begin(record)).isTrue();
    }
  }

  @Test
  void export_thatWasKilledInALargeFile_sendsTheRestOfIt() throws IOException {
    kill();
    assertThat(repeated()).isEqualTo(PARTS - SENT);
    try (MirrorJournal journal = journal()) {
      assertThat(journal.uploads()).isEmpty();
    }
  }

  @Test
  void export_thatWasKilledTwice_sendsEachPartOnce() throws IOException {
    kill();
    kill();
    assertThat(repeated()).isEqualTo(PARTS - (2 * SENT));
  }

  @Test
  void withoutAJournal_allIsSentAgain() throws IOException {
    kill();
    Ending again = whole();
    MirrorTree other = MirrorTree.in(again, time).partSize(DataSize.ofBytes(PART)).threads(1);
    assertThat(other.export(source, PathBytes.EMPTY).failed()).isEmpty();
    assertThat(again.parts).isEqualTo(PARTS);
    // The one that is remembered is no business of an export that knows nothing of it.
    assertThat(store.openUploads()).hasSize(1);
    assertThat(repeated()).isZero();
  }

  /** Same size and time of modification: the time of change tells. */
  @Test
  void fileThatChanged_isSentAnew() throws IOException {
    kill();
    bytes[5] ^= 1;
    write();
    assertThat(repeated()).isEqualTo(PARTS);
  }

  @Test
  void attributesThatChanged_areThoseOfTheObject() throws IOException {
    kill();
    try (PosixDirectory root = source.openRoot()) {
      root.setMode(PathBytes.of("large"), 0600);
    }
    assertThat(repeated()).isEqualTo(PARTS);
  }

  @Test
  void otherPartSize_beginsAnew() throws IOException {
    kill();
    Ending again = whole();
    assertThat(
            mirror(again)
                .partSize(DataSize.ofBytes(2 * PART))
                .export(source, PathBytes.EMPTY)
                .failed())
        .isEmpty();
    assertThat(again.sentBytes).isEqualTo(bytes.length);
    assertThat(store.openUploads()).isEmpty();
  }

  /** As if the file were written within one tick of the clock: its stamp is the same. */
  @Test
  void partsOfOtherBytes_areSentAgain() throws IOException {
    kill();
    UploadRecord record = record();
    SortedMap<Integer, UploadRecord.Part> parts = new TreeMap<>(record.parts());
    assertThat(parts).hasSize(SENT);
    parts.computeIfPresent(
        3, (number, part) -> new UploadRecord.Part(part.part(), part.crc32c() + 1));
    remember(record.with(parts));
    assertThat(repeated()).isEqualTo(PARTS - SENT + 1);
  }

  @Test
  void partThatTheStoreHasOtherwise_isSentAgain() throws IOException {
    kill();
    Upload upload = store.openUploads().get(0);
    store.blocking().uploadPart(upload, 2, ByteBuffer.allocate(PART));
    assertThat(repeated()).isEqualTo(PARTS - SENT + 1);
  }

  @Test
  void uploadThatIsGone_beginsAnew() throws IOException {
    kill();
    store.blocking().abort(store.openUploads().get(0));
    assertThat(repeated()).isEqualTo(PARTS);
  }

  @Test
  void partsOfAFileThatWasYoung_areSentAgain() throws IOException {
    time.jump(Duration.ofHours(-1));
    write();
    assertThatThrownBy(
            () ->
                MirrorTree.in(killed(), MirrorFixture.STILL)
                    .partSize(DataSize.ofBytes(PART))
                    .threads(1)
                    .journal(folder)
                    .export(source, PathBytes.EMPTY))
        .isInstanceOf(SimulatedCrash.class);
    assertThat(record().parts()).isEmpty();
    assertThat(repeated()).isEqualTo(PARTS);
  }

  @Test
  void storeThatIsAwayForAWhile_keepsWhatItHas() throws IOException {
    Ending away = failing(this, ErrorKind.TRANSIENT);
    assertThat(mirror(away).export(source, PathBytes.EMPTY).failed()).hasSize(1);
    assertThat(store.openUploads()).hasSize(1);
    assertThat(repeated()).isEqualTo(PARTS - SENT);
  }

  @Test
  void storeThatRefuses_keepsNothing() throws IOException {
    Ending refusing = failing(this, ErrorKind.INVALID);
    assertThat(mirror(refusing).export(source, PathBytes.EMPTY).failed()).hasSize(1);
    assertThat(store.openUploads()).isEmpty();
    assertThat(repeated()).isEqualTo(PARTS);
  }

  @Test
  void fileThatIsGone_hasItsUploadEnded() throws IOException {
    kill();
    Files.delete(file);
    Files.writeString(file.resolveSibling("other"), "x");
    assertThat(mirror(store).export(source, PathBytes.EMPTY).failed()).isEmpty();
    assertThat(store.openUploads()).isEmpty();
    assertThat(store.keys()).noneMatch(key -> key.startsWith(MirrorKeys.SIDE));
  }

  /** It was killed between the completion and its record's end. */
  @Test
  void recordOfWhatIsStored_takesNothingFromIt() throws IOException {
    kill();
    UploadRecord record = record();
    assertThat(repeated()).isEqualTo(PARTS - SENT);
    remember(record);
    assertThat(repeated()).isZero();
    assertThat(store.keys()).anyMatch(key -> key.startsWith(MirrorKeys.SIDE));
    try (MirrorJournal journal = journal()) {
      assertThat(journal.uploads()).isEmpty();
    }
  }

  @Test
  void uploadOfSomebodyElse_isEndedWhenItIsOld() throws IOException {
    Upload old = store.blocking().startUpload("large", Map.of());
    time.jump(LargeFiles.ABANDONED);
    Upload young = store.blocking().startUpload("large", Map.of());
    Upload other = store.blocking().startUpload("large.other", Map.of());
    time.jump(Duration.ofHours(1));
    assertThat(mirror(store).export(source, PathBytes.EMPTY).failed()).isEmpty();
    assertThat(store.openUploads()).containsExactlyInAnyOrder(young, other).doesNotContain(old);
  }

  @Test
  void folderThatCannotBe_isToldOnceALargeFileNeedsIt() throws IOException {
    Files.writeString(folder, "a file");
    MirrorTreeReport report = mirror(store).export(source, PathBytes.EMPTY);
    assertThat(report.failed()).isEmpty();
    assertThat(report.notes())
        .singleElement()
        .satisfies(note -> assertThat(note.message()).contains("begin anew", folder.toString()));
    assertThat(mirror(store).export(source, PathBytes.EMPTY).notes()).isEmpty();
  }

  /** The second one begins while the first is in the middle of the file, and ends before it. */
  @Test
  void twoExportsAtATime_leaveEachOtherAlone() throws IOException {
    List<MirrorTreeReport> reports = new ArrayList<>();
    Ending first =
        new Ending(
            SENT,
            () -> {
              throw new AssertionError();
            }) {
          @Override
          public synchronized CompletionStage<UploadPart> uploadPart(
              Upload upload, int number, ByteBuffer body) {
            if (number == SENT) {
              try {
                reports.add(mirror(whole()).export(source, PathBytes.EMPTY));
              } catch (IOException e) {
                return CompletableFuture.failedFuture(e);
              }
            }
            return store.uploadPart(upload, number, body);
          }
        };
    reports.add(mirror(first).export(source, PathBytes.EMPTY));
    assertThat(reports).hasSize(2).allSatisfy(r -> assertThat(r.failed()).isEmpty());
    assertThat(reports.get(0).notes())
        .singleElement()
        .satisfies(
            note ->
                assertThat(note.message()).contains("another push of the same place is under way"));
    assertThat(store.openUploads()).isEmpty();
    check();
  }
}
