// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.posix.NioPosixTreeProvider;
import io.kmesh.engine.MirrorChecksum;
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
import io.kmesh.spi.store.Crc32c;
import io.kmesh.spi.store.ForwardingObjectStore;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectRange;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.StreamedReads;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.RunningTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that are verified by the CRC-32C that their objects carry. */
class SummedImportTest {
  private static final int PART = 64 << 10;
  private static final int SIZE = (10 * PART) + 77;

  private final MemoryStore store = MemoryStore.create();
  private final byte[] bytes = MirrorFixture.random(9, SIZE);
  private final AtomicInteger pushes = new AtomicInteger();
  private Path source;
  private Path target;
  private PosixTree sourceTree;
  private PosixTree targetTree;

  @BeforeEach
  void push(@TempDir Path directory) throws IOException {
    source = Files.createDirectory(directory.resolve("source"));
    target = Files.createDirectory(directory.resolve("target"));
    sourceTree = new NioPosixTreeProvider().open(source);
    targetTree = new NioPosixTreeProvider().open(target);
    // Zeros, of which an import writes none into a new file.
    Arrays.fill(bytes, 3 * PART, 5 * PART, (byte) 0);
    write(bytes);
  }

  private void write(byte[] content) throws IOException {
    Files.write(source.resolve("large"), content);
    push();
  }

  /** Of times that java.nio can set. */
  private void push() throws IOException {
    FileTime whole = new FileTime(1_600_000_000 + pushes.getAndIncrement(), 0);
    try (PosixDirectory root = sourceTree.openRoot()) {
      root.setTimes(PathBytes.of("large"), whole, whole);
      root.setTimes(whole, whole);
    }
    MirrorTree push = MirrorTree.in(store, RunningTime.instance()).partSize(DataSize.ofBytes(PART));
    assertThat(push.export(sourceTree, PathBytes.EMPTY).failed()).isEmpty();
  }

  private MirrorTree mirror(ObjectStore from) {
    return MirrorTree.in(from, RunningTime.instance())
        .partSize(DataSize.ofBytes(PART))
        .threads(3)
        .retry(new RetryPolicy(3, Duration.ZERO, Duration.ZERO));
  }

  private MirrorTreeReport pull(ObjectStore from) throws IOException {
    return mirror(from).importTo(targetTree, PathBytes.EMPTY);
  }

  private void assertFails(MirrorTreeReport report, String what) throws IOException {
    assertThat(report.failed()).hasSize(1);
    assertThat(report.failed().get(0).name()).contains("large");
    assertThat(report.failed().get(0).message()).contains(what);
    try (Stream<Path> all = Files.list(target)) {
      assertThat(all).isEmpty();
    }
  }

  private ObjectInfo head(String key) {
    return store.head(key).toCompletableFuture().join();
  }

  private String side() {
    return head("large").metadata().get("kmesh-side");
  }

  private String read(String key) {
    ByteBuffer data =
        store.read(key, 0, 1 << 20, Condition.none()).toCompletableFuture().join().data();
    return StandardCharsets.UTF_8.decode(data).toString();
  }

  private void put(String key, byte[] body) {
    PutOptions options = PutOptions.NONE.withMetadata(head(key).metadata());
    store.put(key, ByteBuffer.wrap(body), options).toCompletableFuture().join();
  }

  @Test
  void smallFile_isVerifiedByItsCrc32c_andByItsSha256WhereItSaysNone() throws IOException {
    byte[] small = Arrays.copyOf(bytes, 1000);
    write(small);
    assertThat(head("large").metadata())
        .containsEntry("kmesh-crc32c", Crc32c.of(ByteBuffer.wrap(small)).toString());
    assertThat(pull(store).failed()).isEmpty();
    assertThat(target.resolve("large")).hasBinaryContent(small);

    Files.delete(target.resolve("large"));
    byte[] damaged = small.clone();
    damaged[500] ^= 4;
    put("large", damaged);
    assertFails(pull(store), "CRC-32C");
    Map<String, String> old = new TreeMap<>(head("large").metadata());
    old.remove("kmesh-crc32c");
    store
        .put("large", ByteBuffer.wrap(damaged), PutOptions.NONE.withMetadata(old))
        .toCompletableFuture()
        .join();
    assertFails(pull(store), "SHA-256");
    store
        .put("large", ByteBuffer.wrap(small), PutOptions.NONE.withMetadata(old))
        .toCompletableFuture()
        .join();
    assertThat(pull(store).failed()).isEmpty();
    assertThat(target.resolve("large")).hasBinaryContent(small);
  }

  /** The store, of whose ranges others come. */
  private abstract class Streaming extends ForwardingObjectStore {
    @Override
    protected ObjectStore delegate() {
      return store;
    }

    @Override
    public Optional<StreamedReads> streamedReads() {
      return Optional.of(this::stream);
    }

    abstract CompletionStage<ObjectInfo> stream(
        String key, long offset, int length, Condition condition, StreamedReads.Sink sink);

    final CompletionStage<ObjectInfo> real(
        String key, long offset, int length, Condition condition, StreamedReads.Sink sink) {
      return store.streamedReads().orElseThrow().read(key, offset, length, condition, sink);
    }
  }

  @Test
  void push_ofALargeFile_saysItsCrc32c() {
    String crc = Crc32c.of(ByteBuffer.wrap(bytes)).toString();
    assertThat(read(side())).contains("\"kmesh-crc32c\":\"" + crc + "\"").contains("kmesh-sha256");
  }

  @Test
  void pull_fromAStoreThatStreams_andFromOneThatDoesNot_bringsTheBytes() throws IOException {
    assertThat(pull(store).failed()).isEmpty();
    assertThat(target.resolve("large")).hasBinaryContent(bytes);
    Files.delete(target.resolve("large"));
    ObjectStore plain =
        new ForwardingObjectStore() {
          @Override
          protected ObjectStore delegate() {
            return store;
          }
        };
    assertThat(plain.streamedReads()).isEmpty();
    assertThat(pull(plain).failed()).isEmpty();
    assertThat(target.resolve("large")).hasBinaryContent(bytes);
  }

  @Test
  void objectWithAnotherByte_givesNoFile() throws IOException {
    for (int at : new int[] {0, 4 * PART, SIZE - 1}) {
      byte[] damaged = bytes.clone();
      damaged[at] ^= 0x20;
      put("large", damaged);
      assertFails(pull(store), "CRC-32C");
    }
    put("large", bytes);
    assertThat(pull(store).failed()).isEmpty();
  }

  @Test
  void rangesInAnotherOrder_giveNoFile() throws IOException {
    Streaming swapped =
        new Streaming() {
          @Override
          CompletionStage<ObjectInfo> stream(
              String key, long offset, int length, Condition condition, StreamedReads.Sink sink) {
            long other = offset == 0 ? PART : offset == PART ? 0 : offset;
            return real(key, other, length, condition, sink);
          }
        };
    assertFails(pull(swapped), "CRC-32C");
  }

  @Test
  void rangeThatIsTooShortOrTooLong_givesNoFile() throws IOException {
    for (int more : new int[] {-1, 1}) {
      Streaming lying =
          new Streaming() {
            @Override
            CompletionStage<ObjectInfo> stream(
                String key, long offset, int length, Condition condition, StreamedReads.Sink sink) {
              int given = offset == 2 * PART ? length + more : length;
              return real(key, offset, given, condition, sink);
            }
          };
      assertFails(pull(lying), "bytes");
    }
  }

  @Test
  void answerThatBreaksOff_isReadAgain_alsoWhereItLeftOtherBytesThanZeros() throws IOException {
    AtomicInteger broken = new AtomicInteger();
    Streaming breaking =
        new Streaming() {
          @Override
          CompletionStage<ObjectInfo> stream(
              String key, long offset, int length, Condition condition, StreamedReads.Sink sink) {
            if (offset == 3 * PART && broken.getAndIncrement() < 2) {
              byte[] noise = new byte[8192];
              Arrays.fill(noise, (byte) 7);
              try {
                sink.take(ByteBuffer.wrap(noise));
              } catch (IOException e) {
                return CompletableFuture.failedFuture(e);
              }
              return CompletableFuture.failedFuture(
                  new ProviderException(ErrorKind.TRANSIENT, "The body ended."));
            }
            return real(key, offset, length, condition, sink);
          }
        };
    assertThat(pull(breaking).failed()).isEmpty();
    assertThat(broken).hasValue(3);
    assertThat(target.resolve("large")).hasBinaryContent(bytes);
  }

  @Test
  void whatComesAfterTheCallFailed_isNotWritten() throws IOException {
    AtomicInteger refused = new AtomicInteger();
    StreamedReads.Sink[] late = new StreamedReads.Sink[1];
    Streaming slow =
        new Streaming() {
          @Override
          synchronized CompletionStage<ObjectInfo> stream(
              String key, long offset, int length, Condition condition, StreamedReads.Sink sink) {
            if (late[0] == null) {
              late[0] = sink;
              return CompletableFuture.failedFuture(
                  new ProviderException(ErrorKind.TRANSIENT, "Nobody waits."));
            }
            return real(key, offset, length, condition, sink)
                .thenApply(
                    info -> {
                      try {
                        late[0].take(ByteBuffer.wrap(new byte[] {1, 2, 3}));
                      } catch (IOException e) {
                        refused.incrementAndGet();
                      }
                      return info;
                    });
          }
        };
    assertThat(pull(slow).failed()).isEmpty();
    assertThat(refused.get()).isPositive();
    assertThat(target.resolve("large")).hasBinaryContent(bytes);
  }

  @Test
  void objectThatIsReplacedMeanwhile_isBroughtWhole_andNotMixed() throws IOException {
    byte[] second = MirrorFixture.random(10, SIZE);
    AtomicInteger reads = new AtomicInteger();
    Streaming replaced =
        new Streaming() {
          @Override
          CompletionStage<ObjectInfo> stream(
              String key, long offset, int length, Condition condition, StreamedReads.Sink sink) {
            if (reads.incrementAndGet() == 4) {
              try {
                write(second);
              } catch (IOException e) {
                throw new CompletionException(e);
              }
            }
            return real(key, offset, length, condition, sink);
          }
        };
    assertThat(pull(replaced).failed()).isEmpty();
    assertThat(reads.get()).isGreaterThan(11 + 4);
    assertThat(target.resolve("large")).hasBinaryContent(second);
  }

  @Test
  void bodyWithoutTheHoles_isVerifiedWithThem() throws IOException {
    byte[] sparse = new byte[40 * PART];
    byte[] body = MirrorFixture.random(11, (5 * PART) + 30);
    int[][] places = {{100, 3 * PART}, {30 * PART, (2 * PART) + 30}};
    System.arraycopy(body, 0, sparse, places[0][0], places[0][1]);
    System.arraycopy(body, places[0][1], sparse, places[1][0], places[1][1]);
    String crc = Crc32c.of(ByteBuffer.wrap(bytes)).toString();
    String other = Crc32c.of(ByteBuffer.wrap(sparse)).toString();
    put(side(), read(side()).replace(crc, other).getBytes(StandardCharsets.UTF_8));
    Map<String, String> metadata = new TreeMap<>(head("large").metadata());
    metadata.put("kmesh-size", String.valueOf(sparse.length));
    for (int moved : new int[] {1, 0}) {
      String second = places[1][0] + moved + "+" + places[1][1];
      metadata.put("kmesh-extents", places[0][0] + "+" + places[0][1] + "," + second);
      PutOptions options = PutOptions.NONE.withMetadata(metadata);
      store.put("large", ByteBuffer.wrap(body), options).toCompletableFuture().join();
      if (moved > 0) {
        assertFails(pull(store), "CRC-32C");
      }
    }
    assertThat(pull(store).failed()).isEmpty();
    assertThat(target.resolve("large")).hasBinaryContent(sparse);
  }

  @Test
  void objectThatSaysAnotherCrc32c_failsByIt_andIsBroughtWhereSha256IsAskedFor()
      throws IOException {
    String said = read(side());
    String crc = Crc32c.of(ByteBuffer.wrap(bytes)).toString();
    put(side(), said.replace(crc, "0badcafe").getBytes(StandardCharsets.UTF_8));
    assertFails(pull(store), "0badcafe");
    MirrorTree careful = mirror(store).checksum(MirrorChecksum.SHA256);
    assertThat(careful.importTo(targetTree, PathBytes.EMPTY).failed()).isEmpty();
    assertThat(target.resolve("large")).hasBinaryContent(bytes);
  }

  @Test
  void objectWithoutOne_asOlderKmeshWrote_isVerifiedBySha256() throws IOException {
    String said = read(side());
    String older = said.replaceAll("\"kmesh-crc32c\":\"[0-9a-f]{8}\",?", "");
    assertThat(older).doesNotContain("crc32c");
    put(side(), older.getBytes(StandardCharsets.UTF_8));
    assertThat(pull(store).failed()).isEmpty();
    assertThat(target.resolve("large")).hasBinaryContent(bytes);
    Files.delete(target.resolve("large"));
    byte[] damaged = bytes.clone();
    damaged[5] ^= 1;
    put("large", damaged);
    assertFails(pull(store), "SHA-256");
  }

  @Test
  void crc32cThatCannotBeRead_isNamed() throws IOException {
    String said = read(side());
    String bad =
        said.replaceAll("\"kmesh-crc32c\":\"[0-9a-f]{8}\"", "\"kmesh-crc32c\":\"+1234567\"");
    put(side(), bad.getBytes(StandardCharsets.UTF_8));
    assertFails(pull(store), "kmesh-crc32c");
  }

  @Test
  void wrapperThatOverridesReadAlone_isNotPassedBy() throws IOException {
    AtomicInteger reads = new AtomicInteger();
    ObjectStore counting =
        new ForwardingObjectStore() {
          @Override
          protected ObjectStore delegate() {
            return store;
          }

          @Override
          public CompletionStage<ObjectRange> read(
              String key, long offset, int length, Condition condition) {
            if (key.equals("large")) {
              reads.incrementAndGet();
            }
            return store.read(key, offset, length, condition);
          }
        };
    assertThat(pull(counting).failed()).isEmpty();
    assertThat(reads).hasValue(11);
  }
}
