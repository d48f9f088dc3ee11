// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.transfer.AsideName;
import io.kmesh.engine.ByteBudget;
import io.kmesh.engine.MirrorConflict;
import io.kmesh.engine.MirrorTree;
import io.kmesh.engine.MirrorTreeReport;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.XattrMode;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.DeleteTarget;
import io.kmesh.spi.store.ForwardingObjectStore;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectRange;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How few requests an import makes, and that what changes between them is never mixed. */
class ImportRequestsTest {
  private static final int PART = 64 << 10;
  private static final long OLD = 1_000_000_000_000L;

  private final MemoryStore store = MemoryStore.create();
  private final ByteBudget budget = ByteBudget.of(DataSize.ofMib(1));
  @TempDir private Path dir;
  private PosixTree source;
  private PosixTree target;

  @BeforeEach
  void open() throws IOException {
    source = JnaPosix.open(Files.createDirectory(dir.resolve("source")));
    target = JnaPosix.open(Files.createDirectory(dir.resolve("target")));
  }

  @AfterEach
  void close() throws IOException {
    assertThat(budget.used().bytes()).as("what is held of the budget").isZero();
    source.close();
    target.close();
    store.close();
  }

  private MirrorTree mirror(ObjectStore over) {
    return MirrorTree.in(new BareLists(over), MirrorFixture.STILL)
        .budget(budget)
        .partSize(DataSize.ofBytes(PART));
  }

  private MirrorTreeReport pull(ObjectStore over) throws IOException {
    return mirror(over).importTo(target, PathBytes.EMPTY);
  }

  private void push() throws IOException {
    assertThat(mirror(store).export(source, PathBytes.EMPTY).failed()).isEmpty();
  }

  private void file(String name, byte[] bytes) throws IOException {
    Path file = dir.resolve("source").resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, bytes);
    Files.setLastModifiedTime(file, FileTime.fromMillis(OLD));
  }

  private Path there(String name) {
    return dir.resolve("target").resolve(name);
  }

  /** What an object of a file has as metadata. */
  private static Map<String, String> metadata(byte[] bytes) throws Exception {
    byte[] sha256 = MessageDigest.getInstance("SHA-256").digest(bytes);
    return Map.of(
        "kmesh-format", "mirror/0",
        "kmesh-type", "file",
        "kmesh-mode", "0644",
        "kmesh-mtime", "1000000000000000000",
        "kmesh-size", Integer.toString(bytes.length),
        "kmesh-sha256", HexFormat.of().formatHex(sha256));
  }

  private void put(String key, byte[] bytes) throws Exception {
    PutOptions options = new PutOptions(Condition.none(), metadata(bytes), null);
    store.blocking().put(key, ByteBuffer.wrap(bytes), options);
  }

  private void delete(String key) throws IOException {
    assertThat(store.blocking().delete(List.of(DeleteTarget.of(key))))
        .allSatisfy(outcome -> assertThat(outcome.errorOrNull()).isNull());
  }

  /** Something that happens to the store. */
  private interface Deed {
    void run() throws Exception;
  }

  /** A store in which something happens before a read of a number. */
  private static ObjectStore before(ObjectStore over, int number, Deed deed) {
    AtomicInteger reads = new AtomicInteger();
    return new ForwardingObjectStore() {
      @Override
      protected ObjectStore delegate() {
        return over;
      }

      @Override
      public CompletionStage<ObjectRange> read(
          String key, long offset, int length, Condition condition) {
        try {
          if (reads.incrementAndGet() == number) {
            deed.run();
          }
        } catch (Exception e) {
          throw new AssertionError(e);
        }
        return over.read(key, offset, length, condition);
      }
    };
  }

  /** The store with other answers to reads. */
  private ObjectStore answering(UnaryOperator<ObjectRange> change) {
    return new ForwardingObjectStore() {
      @Override
      protected ObjectStore delegate() {
        return store;
      }

      @Override
      public CompletionStage<ObjectRange> read(
          String key, long offset, int length, Condition condition) {
        return store.read(key, offset, length, condition).thenApply(change);
      }
    };
  }

  @Test
  void smallFiles_areBroughtByOneRequestEach() throws IOException {
    for (int i = 0; i < 40; i++) {
      file("d/f" + i, MirrorFixture.random(i, 100 + i));
    }
    file("none", new byte[0]);
    Files.createSymbolicLink(dir.resolve("source/link"), Path.of("d/f1"));
    push();

    MirrorTreeReport report = pull(store);

    assertThat(report.failed()).isEmpty();
    assertThat(report.files()).isEqualTo(41);
    assertThat(store.requests("read")).as("files with bytes, and a link").isEqualTo(41);
    assertThat(store.requests("head")).as("an empty file, a directory and the root").isEqualTo(3);
    assertThat(there("d/f7")).hasBinaryContent(MirrorFixture.random(7, 107));
    assertThat(Files.readSymbolicLink(there("link"))).hasToString("d/f1");
  }

  @Test
  void whatIsEqual_isNotRead() throws IOException {
    file("d/f", MirrorFixture.random(1, 100));
    push();
    assertThat(pull(store).failed()).isEmpty();
    long reads = store.requests("read");

    assertThat(pull(store).equal()).isEqualTo(3);
    assertThat(store.requests("read")).isEqualTo(reads);
  }

  @Test
  void olderFileOfAnotherSize_isReadAtOnce() throws IOException {
    file("f", MirrorFixture.random(1, 100));
    push();
    long heads = store.requests("head");
    Files.write(there("f"), new byte[7]);
    Files.setLastModifiedTime(there("f"), FileTime.fromMillis(OLD - 5000));

    assertThat(pull(store).failed()).isEmpty();
    assertThat(store.requests("read")).isEqualTo(1);
    assertThat(store.requests("head")).as("the root").isEqualTo(heads + 1);
    assertThat(there("f")).hasBinaryContent(MirrorFixture.random(1, 100));
  }

  @Test
  void fileThatWasChangedHere_isNotRead() throws IOException {
    file("f", MirrorFixture.random(1, 100));
    push();
    Files.write(there("f"), new byte[7]);
    // After the clock of the store, which stands.
    Files.setLastModifiedTime(there("f"), FileTime.fromMillis(4_000_000_000_000L));

    MirrorTreeReport report =
        mirror(store).conflicts(MirrorConflict.SKIP).importTo(target, PathBytes.EMPTY);
    assertThat(report.failed()).isEmpty();
    assertThat(store.requests("read")).isZero();
    assertThat(there("f")).hasBinaryContent(new byte[7]);
  }

  @Test
  void objectThatIsReplacedAfterItWasListed_isBroughtWhole() throws Exception {
    for (int size : new int[] {50, 100, 3 * PART}) {
      byte[] other = MirrorFixture.random(size, size);
      put("f" + size, MirrorFixture.random(1, 100));
      assertThat(pull(before(store, 1, () -> put("f" + size, other))).failed()).isEmpty();
      assertThat(there("f" + size)).hasBinaryContent(other);
    }
  }

  @Test
  void objectThatIsReplacedWhileItIsRead_isNotMixed() throws Exception {
    put("f", MirrorFixture.random(1, 100));
    // It grew after the listing, so that the first answer has not all of it; then it is replaced.
    ObjectStore grown = before(store, 1, () -> put("f", MirrorFixture.random(2, 2 * PART)));
    ObjectStore replaced = before(grown, 2, () -> put("f", MirrorFixture.random(3, 2 * PART)));

    MirrorTreeReport report = pull(replaced);

    assertThat(report.failed()).singleElement().satisfies(p -> assertThat(p.name()).isEqualTo("f"));
    assertThat(dir.resolve("target")).isEmptyDirectory();
  }

  @Test
  void objectThatIsGoneAfterItWasListed_isNoFailure() throws Exception {
    put("f", MirrorFixture.random(1, 100));
    MirrorTreeReport report = pull(before(store, 1, () -> delete("f")));
    assertThat(report.failed()).isEmpty();
    assertThat(report.files()).isZero();
    assertThat(dir.resolve("target")).isEmptyDirectory();
  }

  @Test
  void bodyThatIsCutOff_isRefused() throws Exception {
    put("f", MirrorFixture.random(1, 100));
    ObjectStore cutting =
        answering(r -> new ObjectRange(r.info(), r.offset(), r.data().slice(0, 99)));
    assertThat(pull(cutting).failed())
        .singleElement()
        .satisfies(p -> assertThat(p.message()).contains("99 bytes at 0, not 100 at 0"));
    assertThat(dir.resolve("target")).isEmptyDirectory();
  }

  @Test
  void linkTextThatIsCutOff_isRefused() throws IOException {
    Files.createSymbolicLink(dir.resolve("source/link"), Path.of("far/away"));
    push();
    ObjectStore cutting =
        answering(r -> new ObjectRange(r.info(), r.offset(), r.data().slice(0, 3)));
    assertThat(pull(cutting).failedCount()).isEqualTo(1);
    assertThat(dir.resolve("target")).isEmptyDirectory();
  }

  @Test
  void bytesOfAnotherChecksum_areRefused() throws Exception {
    put("f", MirrorFixture.random(1, 100));
    ObjectStore damaging =
        answering(
            r -> new ObjectRange(r.info(), r.offset(), r.data().put(5, (byte) ~r.data().get(5))));
    assertThat(pull(damaging).failed())
        .singleElement()
        .satisfies(p -> assertThat(p.message()).contains("SHA-256"));
    assertThat(dir.resolve("target")).isEmptyDirectory();
  }

  /** A store may know no conditions of reads: what one request brings needs none. */
  @Test
  void storeWithoutConditionsOfReads_givesSmallFiles() throws Exception {
    put("f", MirrorFixture.random(1, 100));
    ObjectStore simple =
        new ForwardingObjectStore() {
          @Override
          protected ObjectStore delegate() {
            return store;
          }

          @Override
          public CompletionStage<ObjectRange> read(
              String key, long offset, int length, Condition condition) {
            return condition.equals(Condition.none())
                ? store.read(key, offset, length, condition)
                : CompletableFuture.failedFuture(
                    new ProviderException(ErrorKind.UNSUPPORTED, "Cannot read under conditions."));
          }
        };
    assertThat(pull(simple).failed()).isEmpty();
    assertThat(there("f")).hasBinaryContent(MirrorFixture.random(1, 100));
  }

  /** Of a range S3 tells no checksum of the whole object; of others' objects there is no other. */
  @Test
  void objectOfOthers_isComparedWithTheChecksumOfTheStore() throws Exception {
    store.blocking().put("f", ByteBuffer.wrap(MirrorFixture.random(1, 100)), PutOptions.NONE);
    UnaryOperator<ObjectRange> plain =
        r -> {
          ObjectInfo i = r.info();
          ObjectInfo without =
              new ObjectInfo(
                  i.key(), i.size(), i.etag(), null, i.lastModified(), i.metadata(), null);
          return new ObjectRange(without, r.offset(), r.data());
        };
    UnaryOperator<ObjectRange> damaged =
        r -> {
          r.data().put(0, (byte) ~r.data().get(0));
          return plain.apply(r);
        };
    MirrorTreeReport report =
        mirror(answering(damaged)).foreign().importTo(target, PathBytes.EMPTY);
    assertThat(report.failed())
        .singleElement()
        .satisfies(p -> assertThat(p.message()).contains("SHA-256"));
    assertThat(mirror(answering(plain)).foreign().importTo(target, PathBytes.EMPTY).failed())
        .isEmpty();
    assertThat(there("f")).hasBinaryContent(MirrorFixture.random(1, 100));
  }

  @Test
  void halfWrittenFileOfAProcessThatEnded_isReplaced() throws Exception {
    put("f", MirrorFixture.random(1, 100));
    PathBytes aside = AsideName.of(PathBytes.of("f"));
    Files.write(there(aside.toString()), new byte[500]);
    assertThat(pull(store).failed()).isEmpty();
    assertThat(there("f")).hasBinaryContent(MirrorFixture.random(1, 100));
    assertThat(there(aside.toString())).doesNotExist();
  }

  /** A new file gets the access rights of others from its directory, which its object says not. */
  @Test
  void accessRightsThatADirectoryHandsDown_areTakenAway() throws Exception {
    file("d/f", MirrorFixture.random(1, 100));
    push();
    // Version 2; owner rwx, user 1 rwx, group r-x, mask rwx, others none.
    byte[] list =
        HexFormat.of()
            .parseHex(
                "02000000"
                    + "01000700ffffffff"
                    + "0200070001000000"
                    + "04000500ffffffff"
                    + "10000700ffffffff"
                    + "20000000ffffffff");
    try (PosixDirectory root = target.openRoot()) {
      root.makeDirectory(PathBytes.of("d"), 0700);
      try (PosixDirectory d = root.openDirectory(PathBytes.of("d"))) {
        d.setXattr(PathBytes.of("system.posix_acl_default"), list, XattrMode.SET);
      }
      assertThat(pull(store).failed()).isEmpty();
      try (PosixDirectory d = root.openDirectory(PathBytes.of("d"))) {
        assertThat(d.xattrNames(PathBytes.of("f"))).isEmpty();
        assertThat(d.stat(PathBytes.of("f")).mode()).isEqualTo(0644);
      }
    }
  }
}
