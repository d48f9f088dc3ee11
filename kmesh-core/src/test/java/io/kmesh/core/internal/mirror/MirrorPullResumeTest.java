// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.posix.NioPosixTreeProvider;
import io.kmesh.core.internal.transfer.AsideName;
import io.kmesh.engine.MirrorTree;
import io.kmesh.engine.MirrorTreeReport;
import io.kmesh.engine.RetryPolicy;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ForwardingObjectStore;
import io.kmesh.spi.store.ObjectRange;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.testkit.fault.SimulatedCrash;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.RunningTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An import that ended in the middle of a large file, and is repeated. */
class MirrorPullResumeTest {
  private static final int PART = 64 << 10;
  private static final int PARTS = 16;
  private static final int BROUGHT = 7;

  private final MemoryStore store = MemoryStore.create();
  private Path source;
  private Path target;
  private Path folder;
  private PosixTree sourceTree;
  private PosixTree targetTree;
  private byte[] bytes;

  @BeforeEach
  void push(@TempDir Path directory) throws IOException {
    source = Files.createDirectory(directory.resolve("source"));
    target = Files.createDirectory(directory.resolve("target"));
    folder = directory.resolve("journal");
    sourceTree = new NioPosixTreeProvider().open(source);
    targetTree = new NioPosixTreeProvider().open(target);
    bytes = MirrorFixture.random(3, (PARTS * PART) - 5);
    // Zeros, of which an import writes none into a new file.
    java.util.Arrays.fill(bytes, 7 * PART, 11 * PART, (byte) 0);
    write(1_600_000_000);
  }

  private void write(long modified) throws IOException {
    Files.write(source.resolve("large"), bytes);
    FileTime whole = new FileTime(modified, 0);
    try (PosixDirectory root = sourceTree.openRoot()) {
      root.setTimes(PathBytes.of("large"), whole, whole);
      root.setTimes(whole, whole);
    }
    MirrorTree push = MirrorTree.in(store, RunningTime.instance()).partSize(DataSize.ofBytes(PART));
    assertThat(push.export(sourceTree, PathBytes.EMPTY).failed()).isEmpty();
  }

  /** Notes which ranges of the content are read, and ends otherwise after some of them. */
  private final class Ending extends ForwardingObjectStore {
    private final int most;
    private final Supplier<CompletionStage<ObjectRange>> end;
    private final Set<Long> read = new TreeSet<>(); // guarded by this

    Ending(int most, Supplier<CompletionStage<ObjectRange>> end) {
      this.most = most;
      this.end = end;
    }

    @Override
    protected ObjectStore delegate() {
      return store;
    }

    @Override
    public synchronized CompletionStage<ObjectRange> read(
        String key, long offset, int length, Condition condition) {
      if (key.equals("large") && length > 1) {
        if (read.size() >= most) {
          return end.get();
        }
        read.add(offset / PART);
      }
      return store.read(key, offset, length, condition);
    }
  }

  private MirrorTree mirror(ObjectStore from) {
    return MirrorTree.in(from, RunningTime.instance())
        .partSize(DataSize.ofBytes(PART))
        .threads(1)
        .retry(new RetryPolicy(1, Duration.ZERO, Duration.ZERO))
        .journal(folder);
  }

  private void kill() {
    Ending killed =
        new Ending(
            BROUGHT,
            () -> {
              throw new SimulatedCrash("in the middle");
            });
    assertThatThrownBy(() -> mirror(killed).importTo(targetTree, PathBytes.EMPTY))
        .isInstanceOf(SimulatedCrash.class);
    assertThat(aside()).exists();
  }

  private Path aside() {
    return target.resolve(AsideName.of(PathBytes.of("large")).toString());
  }

  /** Repeats it, and gives the ranges that were read. */
  private Set<Long> repeated() throws IOException {
    Ending again = new Ending(Integer.MAX_VALUE, () -> CompletableFuture.completedFuture(null));
    MirrorTreeReport report = mirror(again).importTo(targetTree, PathBytes.EMPTY);
    assertThat(report.failed()).isEmpty();
    assertThat(report.notes()).isEmpty();
    assertThat(target.resolve("large")).hasBinaryContent(bytes);
    assertThat(names()).containsExactly("large");
    assertThat(journalled()).isEmpty();
    return again.read;
  }

  private List<String> names() throws IOException {
    try (Stream<Path> all = Files.list(target)) {
      return all.map(p -> p.getFileName().toString()).toList();
    }
  }

  private List<String> journalled() throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.map(p -> p.getFileName().toString()).filter(n -> n.startsWith("down-")).toList();
    }
  }

  /** The ranges from a first one on. */
  private static Set<Long> from(long first) {
    return Stream.iterate(first, i -> i < PARTS, i -> i + 1).collect(Collectors.toSet());
  }

  @Test
  void import_thatWasKilledInALargeFile_bringsTheRestOfIt() throws IOException {
    kill();
    assertThat(journalled()).hasSize(1);
    Set<Long> read = repeated();
    // What the first request for an object brings with its attributes is not asked apart.
    read.remove(0L);
    assertThat(read).isEqualTo(from(BROUGHT));
  }

  @Test
  void withoutAJournal_allIsBroughtAgain() throws IOException {
    kill();
    Ending again = new Ending(Integer.MAX_VALUE, () -> CompletableFuture.completedFuture(null));
    MirrorTree other =
        MirrorTree.in(again, RunningTime.instance()).partSize(DataSize.ofBytes(PART));
    assertThat(other.importTo(targetTree, PathBytes.EMPTY).failed()).isEmpty();
    assertThat(again.read).isEqualTo(from(0));
    assertThat(target.resolve("large")).hasBinaryContent(bytes);
    // The record that is left is of a file that is gone.
    assertThat(repeated()).isSubsetOf(Set.of(0L));
  }

  @Test
  void otherVersionOfTheObject_isBroughtWhole() throws IOException {
    kill();
    bytes[5] ^= 1;
    write(1_600_000_001);
    assertThat(repeated()).isEqualTo(from(0));
  }

  @Test
  void bytesThatChangedHere_areBroughtAgain() throws IOException {
    kill();
    try (RandomAccessFile file = new RandomAccessFile(aside().toFile(), "rw")) {
      file.seek((3 * PART) + 17);
      file.write(bytes[(3 * PART) + 17] ^ 1);
    }
    Set<Long> wanted = from(BROUGHT);
    wanted.add(3L);
    Set<Long> read = repeated();
    read.remove(0L);
    assertThat(read).isEqualTo(wanted);
  }

  /** Where zeros belong that a new file would have by itself. */
  @Test
  void bytesThatNobodyRemembers_areOverwrittenByZeros() throws IOException {
    kill();
    try (RandomAccessFile file = new RandomAccessFile(aside().toFile(), "rw")) {
      file.seek(8 * PART);
      file.write(MirrorFixture.random(8, 2 * PART));
    }
    Set<Long> read = repeated();
    read.remove(0L);
    assertThat(read).isEqualTo(from(BROUGHT));
  }

  @Test
  void fileThatWasCutShort_isBroughtFromThere() throws IOException {
    kill();
    try (RandomAccessFile file = new RandomAccessFile(aside().toFile(), "rw")) {
      file.setLength((4 * PART) + 1);
    }
    Set<Long> read = repeated();
    read.remove(0L);
    assertThat(read).isEqualTo(from(4));
  }

  @Test
  void anotherFileInItsPlace_isNotWrittenTo() throws IOException {
    kill();
    Path other = Files.write(folder.resolveSibling("other"), bytes);
    Files.copy(other, folder.resolveSibling("copy"));
    Files.move(folder.resolveSibling("copy"), aside(), StandardCopyOption.REPLACE_EXISTING);
    assertThat(repeated()).isEqualTo(from(0));
  }

  @Test
  void fileWithAnotherName_isNotWrittenTo() throws IOException {
    kill();
    Path name = folder.resolveSibling("name");
    Files.createLink(name, aside());
    long size = Files.size(name);
    assertThat(repeated()).isEqualTo(from(0));
    assertThat(Files.size(name)).isEqualTo(size);
  }

  @Test
  void linkInItsPlace_isNotFollowed() throws IOException {
    kill();
    Path elsewhere = Files.writeString(folder.resolveSibling("elsewhere"), "mine");
    Files.delete(aside());
    Files.createSymbolicLink(aside(), elsewhere);
    assertThat(repeated()).isEqualTo(from(0));
    assertThat(elsewhere).hasContent("mine");
  }

  @Test
  void storeThatIsAwayForAWhile_leavesWhatCame() throws IOException {
    Ending away =
        new Ending(
            BROUGHT,
            () -> CompletableFuture.failedFuture(new ProviderException(ErrorKind.TRANSIENT, "no")));
    assertThat(mirror(away).importTo(targetTree, PathBytes.EMPTY).failed()).hasSize(1);
    Set<Long> read = repeated();
    read.remove(0L);
    assertThat(read).isEqualTo(from(BROUGHT));
  }

  @Test
  void objectThatIsRefused_leavesNothing() throws IOException {
    Ending refused =
        new Ending(
            BROUGHT,
            () -> CompletableFuture.failedFuture(new ProviderException(ErrorKind.DENIED, "no")));
    assertThat(mirror(refused).importTo(targetTree, PathBytes.EMPTY).failed()).hasSize(1);
    assertThat(names()).isEmpty();
    assertThat(journalled()).isEmpty();
  }

  @Test
  void otherPartSize_takesWhatIsThere() throws IOException {
    kill();
    Ending again = new Ending(Integer.MAX_VALUE, () -> CompletableFuture.completedFuture(null));
    assertThat(
            mirror(again)
                .partSize(DataSize.ofBytes(2 * PART))
                .importTo(targetTree, PathBytes.EMPTY)
                .failed())
        .isEmpty();
    assertThat(target.resolve("large")).hasBinaryContent(bytes);
    assertThat(again.read).doesNotContain(3L, 4L, 5L, 6L);
  }
}
