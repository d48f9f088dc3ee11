// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.contract;

import static io.kmesh.testkit.contract.ProviderFailures.assertFails;
import static io.kmesh.testkit.contract.ProviderFailures.done;
import static io.kmesh.testkit.contract.ProviderFailures.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.Crc32c;
import io.kmesh.spi.store.DeleteOutcome;
import io.kmesh.spi.store.DeleteTarget;
import io.kmesh.spi.store.LevelPage;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectRange;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.OpenUpload;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.RestoreRequest;
import io.kmesh.spi.store.Sha256;
import io.kmesh.spi.store.StorageClass;
import io.kmesh.spi.store.StoreCapability;
import io.kmesh.spi.store.StreamedReads;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What every {@link ObjectStore} keeps. A subclass says how to open one; where several tests share
 * one bucket, {@link #prefix()} keeps them apart. All keys of a test lie under that prefix, and
 * nothing else is expected there.
 */
@ExtendWith(KnownFaults.class)
public abstract class ObjectStoreContract implements KnownFaults.Table {
  private static final int RACERS = 16;
  private static final Comparator<String> UTF8_ORDER =
      (a, b) ->
          Arrays.compareUnsigned(
              a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));

  private ObjectStore store;

  /** For subclasses. */
  @SuppressWarnings("NullAway.Init") // set before each test
  protected ObjectStoreContract() {}

  /** Opens the store of one test, without any key under {@link #prefix()}. */
  protected abstract ObjectStore open() throws IOException;

  /**
   * Opens the same store once more as after a restart of the process, where it outlives one. The
   * first one is closed already.
   */
  protected Optional<ObjectStore> reopen() throws IOException {
    return Optional.empty();
  }

  /**
   * Waits until lists show what was done, where the store lacks STRONG_CONSISTENCY: by default
   * lists once, which is enough for a store that is one list behind.
   */
  protected void awaitListed() {
    if (lacks(StoreCapability.STRONG_CONSISTENCY)) {
      done(store.list(ListRequest.prefix(prefix())));
    }
  }

  /** What all keys of a test begin with; empty by default. */
  protected String prefix() {
    return "";
  }

  /** Keys of {@link #weirdKeys()}, without the prefix, that this store refuses as INVALID. */
  protected Set<String> refusedKeys() {
    return Set.of();
  }

  /**
   * Tests that a real server is known to break, by the name of their method, with what it does
   * instead. They run, and must fail: a fault that is gone fails its test.
   */
  @Override
  public Map<String, String> knownFaults() {
    return Map.of();
  }

  /** Whether it lists one level of keys: by default what lists in the order of UTF-8. */
  protected boolean listsLevels() {
    return !lacks(StoreCapability.UTF8_KEY_ORDER);
  }

  /**
   * Whether the answer to a put tells the very time that the store keeps; S3's has the time of the
   * answer, which may be another second.
   */
  protected boolean putsTellTheTime() {
    return true;
  }

  /** The seed of everything random: of the system property {@code kmesh.seed}, else fixed. */
  protected long seed() {
    return Long.getLong("kmesh.seed", 20260101L);
  }

  /** The store under test. */
  protected final ObjectStore store() {
    return store;
  }

  @BeforeEach
  final void openStore() throws IOException {
    store = open();
  }

  @AfterEach
  final void closeStore() throws IOException {
    store.close();
  }

  // ---- put, head, read

  @Test
  void put_whenNew_readsBackTheSame() {
    byte[] bytes = bytes(10_000, 1);
    ObjectInfo put = done(store.put(key("a"), ByteBuffer.wrap(bytes), PutOptions.NONE));
    assertThat(put.key()).isEqualTo(key("a"));
    assertThat(put.size()).isEqualTo(bytes.length);
    assertThat(put.etag()).isNotEmpty();
    assertSame(done(store.head(key("a"))), put);
    ObjectRange range = done(store.read(key("a"), 0, 20_000, Condition.none()));
    assertSame(range.info(), put);
    assertThat(range.offset()).isZero();
    assertThat(content(range)).isEqualTo(bytes);
  }

  @Test
  void put_whenZeroBytes_isAnObject() {
    done(store.put(key("empty"), ByteBuffer.allocate(0), PutOptions.NONE));
    assertThat(done(store.head(key("empty"))).size()).isZero();
    assertThat(content(key("empty"))).isEmpty();
    assertThat(keys("")).containsExactly(key("empty"));
  }

  @Test
  void put_whenBufferIsAWindow_storesWhatRemainsAndLeavesItAlone() {
    byte[] bytes = bytes(300, 2);
    ByteBuffer heap = ByteBuffer.wrap(bytes.clone()).position(100).limit(200);
    ByteBuffer direct = ByteBuffer.allocateDirect(300).put(bytes).position(100).limit(200);
    ByteBuffer readOnly = ByteBuffer.wrap(bytes.clone()).asReadOnlyBuffer();
    readOnly.position(100).limit(200);
    Map<String, ByteBuffer> bodies = new LinkedHashMap<>();
    bodies.put("heap", heap);
    bodies.put("direct", direct);
    bodies.put("readonly", readOnly);
    bodies.forEach(
        (name, body) -> {
          done(store.put(key(name), body, PutOptions.NONE));
          assertThat(content(key(name))).isEqualTo(Arrays.copyOfRange(bytes, 100, 200));
          assertThat(body.position()).as("position of %s", name).isEqualTo(100);
          assertThat(body.limit()).as("limit of %s", name).isEqualTo(200);
        });
    assertThat(heap.array()).isEqualTo(bytes);
  }

  @Test
  void put_whenKeyExists_replacesAllOfItAndChangesTheEtag() {
    ObjectInfo first = done(store.put(key("a"), utf8("a longer one"), options(someMetadata())));
    ObjectInfo second = done(store.put(key("a"), utf8("short"), PutOptions.NONE));
    assertThat(second.etag()).isNotEqualTo(first.etag());
    assertThat(content(key("a"))).isEqualTo(array("short"));
    assertThat(done(store.head(key("a"))).metadata()).isEmpty();
  }

  @Test
  void put_whenBytesDiffer_etagsDiffer() {
    assertThat(put("a", "one").etag()).isNotEqualTo(put("a", "two").etag());
  }

  @Test
  void put_whenKeyIsPrefixOfAnother_bothExist() {
    put("a", "1");
    put("a/b", "2");
    put("a/b/c", "3");
    put("a/b/c/", "4");
    assertThat(content(key("a"))).isEqualTo(array("1"));
    assertThat(content(key("a/b"))).isEqualTo(array("2"));
    assertThat(content(key("a/b/c"))).isEqualTo(array("3"));
    assertThat(content(key("a/b/c/"))).isEqualTo(array("4"));
    done(store.delete(List.of(DeleteTarget.of(key("a/b")))));
    assertThat(sorted(keys(""))).containsExactly(key("a"), key("a/b/c"), key("a/b/c/"));
  }

  @Test
  void put_whenKeyIsWeird_isKeptExactlyOrRefused() {
    List<String> kept = new ArrayList<>();
    for (String weird : weirdKeys()) {
      CompletionStage<ObjectInfo> put = store.put(key(weird), utf8("at " + weird), PutOptions.NONE);
      if (refusedKeys().contains(weird)) {
        assertFails(put, ErrorKind.INVALID, key(weird));
      } else {
        assertThat(done(put).key()).isEqualTo(key(weird));
        kept.add(key(weird));
      }
    }
    for (String key : kept) {
      assertThat(content(key)).as(key).isEqualTo(array("at " + key.substring(prefix().length())));
    }
    kept.sort(UTF8_ORDER);
    assertThat(sorted(keys(""))).containsExactlyElementsOf(kept);
    List<DeleteOutcome> outcomes = done(store.delete(kept.stream().map(DeleteTarget::of).toList()));
    assertThat(outcomes).allMatch(o -> o.error().isEmpty());
    assertThat(keys("")).isEmpty();
  }

  @Test
  void put_whenKeyIsAsLongAsAllowed_isKeptOneByteMoreRefused() {
    String longest = pad(prefix() + "long/", store.limits().maxKeyBytes());
    done(store.put(longest, utf8("x"), PutOptions.NONE));
    assertThat(content(longest)).isEqualTo(array("x"));
    assertThat(keys("")).containsExactly(longest);
    assertFails(
        store.put(longest + "y", utf8("x"), PutOptions.NONE), ErrorKind.INVALID, longest + "y");
  }

  @Test
  void anyCall_whenKeyIsEmptyOrNoText_isRefused() {
    for (String bad : List.of("", "lone \ud800 surrogate")) {
      assertFails(store.put(bad, utf8("x"), PutOptions.NONE), ErrorKind.INVALID, bad);
      assertFails(store.read(bad, 0, 1, Condition.none()), ErrorKind.INVALID, bad);
      assertFails(store.head(bad), ErrorKind.INVALID, bad);
      List<DeleteOutcome> outcomes = done(store.delete(List.of(DeleteTarget.of(bad))));
      assertThat(outcomes.get(0).error()).contains(ErrorKind.INVALID);
    }
  }

  @Test
  void head_whenMissing_failsWithTheKey() {
    assertFails(store.head(key("nowhere")), ErrorKind.NOT_FOUND, key("nowhere"));
    assertThat(failure(store.head(key("nowhere")))).hasMessageContaining("Cannot");
  }

  @Test
  void read_whenRange_givesExactlyThat() {
    byte[] bytes = bytes(1000, 3);
    done(store.put(key("r"), ByteBuffer.wrap(bytes), PutOptions.NONE));
    int[][] ranges = {
      {0, 1}, {0, 1000}, {1, 998}, {999, 1}, {500, 0}, {990, 100}, {1000, 5}, {5000, 5}
    };
    for (int[] r : ranges) {
      ObjectRange range = done(store.read(key("r"), r[0], r[1], Condition.none()));
      int from = Math.min(r[0], 1000);
      assertThat(content(range))
          .as("%d bytes from %d", r[1], r[0])
          .isEqualTo(Arrays.copyOfRange(bytes, from, Math.min(1000, from + r[1])));
      assertThat(range.info().size()).isEqualTo(1000);
      assertThat(range.offset()).isEqualTo(r[0]);
    }
  }

  @Test
  void read_whenRangeIsNegative_isRefused() {
    put("r", "0123456789");
    assertFails(store.read(key("r"), -1, 5, Condition.none()), ErrorKind.INVALID, key("r"));
    assertFails(store.read(key("r"), 0, -5, Condition.none()), ErrorKind.INVALID, key("r"));
  }

  @Test
  void read_whenMissing_failsWithTheKey() {
    assertFails(store.read(key("no"), 0, 1, Condition.none()), ErrorKind.NOT_FOUND, key("no"));
  }

  @Test
  void read_whenEtagIsAsked_comparesIt() {
    ObjectInfo first = put("e", "one");
    assertThat(content(done(store.read(key("e"), 0, 9, Condition.matches(first.etag())))))
        .isEqualTo(array("one"));
    put("e", "two");
    assertFails(
        store.read(key("e"), 0, 9, Condition.matches(first.etag())),
        ErrorKind.PRECONDITION,
        key("e"));
    assertFails(store.read(key("e"), 0, 9, Condition.absent()), ErrorKind.INVALID, key("e"));
  }

  @Test
  void read_whenReaderChangesItsBuffer_storeKeepsItsBytes() {
    put("b", "untouched");
    ByteBuffer data = done(store.read(key("b"), 0, 9, Condition.none())).data();
    while (data.hasRemaining() && !data.isReadOnly()) {
      data.put((byte) '!');
    }
    assertThat(content(key("b"))).isEqualTo(array("untouched"));
  }

  // ---- reads that are handed on

  /** Gathers what comes; ends the read after so many bytes. */
  private static final class Gathering implements StreamedReads.Sink {
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    final int most;

    Gathering(int most) {
      this.most = most;
    }

    @Override
    public void take(ByteBuffer piece) throws IOException {
      byte[] copy = new byte[piece.remaining()];
      piece.get(copy);
      bytes.write(copy);
      if (bytes.size() > most) {
        throw new ProviderException(ErrorKind.NO_SPACE, "Cannot take more: it was enough.");
      }
    }
  }

  @Test
  void streamedRead_whenRange_handsOnExactlyThat() {
    if (store.streamedReads().isEmpty()) {
      return; // reads alone will do
    }
    StreamedReads reads = store.streamedReads().orElseThrow();
    byte[] bytes = bytes(300_000, 4);
    ObjectInfo put = done(store.put(key("r"), ByteBuffer.wrap(bytes), PutOptions.NONE));
    int[][] ranges = {
      {0, 1},
      {0, 300_000},
      {1, 299_998},
      {299_999, 1},
      {500, 0},
      {65_000, 140_000},
      {299_990, 100},
      {300_000, 5},
      {500_000, 5}
    };
    for (int[] r : ranges) {
      Gathering sink = new Gathering(Integer.MAX_VALUE);
      ObjectInfo info = done(reads.read(key("r"), r[0], r[1], Condition.matches(put.etag()), sink));
      int from = Math.min(r[0], bytes.length);
      assertThat(sink.bytes.toByteArray())
          .as("%d bytes from %d", r[1], r[0])
          .isEqualTo(Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + r[1])));
      assertThat(info.size()).isEqualTo(bytes.length);
      assertThat(info.key()).isEqualTo(key("r"));
      assertThat(info.etag()).isEqualTo(put.etag());
    }
  }

  @Test
  void streamedRead_thatIsRefused_handsNothingOn() {
    if (store.streamedReads().isEmpty()) {
      return; // reads alone will do
    }
    StreamedReads reads = store.streamedReads().orElseThrow();
    ObjectInfo first = put("e", "one");
    put("e", "two");
    Gathering sink = new Gathering(Integer.MAX_VALUE);
    assertFails(
        reads.read(key("e"), 0, 9, Condition.matches(first.etag()), sink),
        ErrorKind.PRECONDITION,
        key("e"));
    assertFails(
        reads.read(key("no"), 0, 9, Condition.none(), sink), ErrorKind.NOT_FOUND, key("no"));
    assertFails(reads.read(key("e"), -1, 9, Condition.none(), sink), ErrorKind.INVALID, key("e"));
    assertThat(sink.bytes.size()).isZero();
  }

  @Test
  void streamedRead_whenItsSinkHasEnough_failsWithThat_andTheNextOneWorks() {
    if (store.streamedReads().isEmpty()) {
      return; // reads alone will do
    }
    StreamedReads reads = store.streamedReads().orElseThrow();
    byte[] bytes = bytes(3_000_000, 5);
    done(store.put(key("s"), ByteBuffer.wrap(bytes), PutOptions.NONE));
    Gathering small = new Gathering(100_000);
    assertThat(failure(reads.read(key("s"), 0, bytes.length, Condition.none(), small)))
        .hasMessageContaining("it was enough");
    assertThat(small.bytes.size()).isLessThan(bytes.length);
    Gathering all = new Gathering(Integer.MAX_VALUE);
    done(reads.read(key("s"), 0, bytes.length, Condition.none(), all));
    assertThat(all.bytes.toByteArray()).isEqualTo(bytes);
  }

  // ---- conditions

  @Test
  void put_whenAbsentIsAsked_createsOnceOnly() {
    PutOptions create = PutOptions.NONE.withCondition(Condition.absent());
    if (lacks(StoreCapability.CONDITIONAL_CREATE)) {
      assertRefused(
          store.put(key("c"), utf8("x"), create), StoreCapability.CONDITIONAL_CREATE, key("c"));
      assertFails(store.head(key("c")), ErrorKind.NOT_FOUND, key("c"));
      return;
    }
    done(store.put(key("c"), utf8("first"), create));
    assertFails(store.put(key("c"), utf8("second"), create), ErrorKind.PRECONDITION, key("c"));
    assertThat(content(key("c"))).isEqualTo(array("first"));
    done(store.delete(List.of(DeleteTarget.of(key("c")))));
    done(store.put(key("c"), utf8("third"), create));
    assertThat(content(key("c"))).isEqualTo(array("third"));
  }

  @Test
  void put_whenEtagIsAsked_replacesThatOneOnly() {
    ObjectInfo first = put("c", "first");
    PutOptions replace = PutOptions.NONE.withCondition(Condition.matches(first.etag()));
    if (lacks(StoreCapability.CONDITIONAL_REPLACE)) {
      assertRefused(
          store.put(key("c"), utf8("x"), replace), StoreCapability.CONDITIONAL_REPLACE, key("c"));
      assertThat(content(key("c"))).isEqualTo(array("first"));
      return;
    }
    done(store.put(key("c"), utf8("second"), replace));
    assertFails(store.put(key("c"), utf8("third"), replace), ErrorKind.PRECONDITION, key("c"));
    assertThat(content(key("c"))).isEqualTo(array("second"));
    assertFails(store.put(key("none"), utf8("x"), replace), ErrorKind.PRECONDITION, key("none"));
    assertFails(store.head(key("none")), ErrorKind.NOT_FOUND, key("none"));
  }

  @Test
  void put_whenManyCreateOneKey_exactlyOneWins() throws InterruptedException {
    if (lacks(StoreCapability.CONDITIONAL_CREATE)) {
      return; // the refusal is tested above
    }
    PutOptions create = PutOptions.NONE.withCondition(Condition.absent());
    for (int round = 0; round < 5; round++) {
      String key = key("race/" + round);
      int winner = race(i -> store.put(key, utf8("writer " + i), create));
      assertThat(content(key)).isEqualTo(array("writer " + winner));
    }
  }

  @Test
  void put_whenManyReplaceOneEtag_exactlyOneWins() throws InterruptedException {
    if (lacks(StoreCapability.CONDITIONAL_REPLACE)) {
      return;
    }
    String etag = put("race", "start").etag();
    for (int round = 0; round < 5; round++) {
      PutOptions replace = PutOptions.NONE.withCondition(Condition.matches(etag));
      int winner = race(i -> store.put(key("race"), utf8("writer " + i), replace));
      assertThat(content(key("race"))).isEqualTo(array("writer " + winner));
      etag = done(store.head(key("race"))).etag();
    }
  }

  @Test
  void put_whenManyWriteOneKeyFreely_oneWholeObjectRemains() throws InterruptedException {
    List<CompletionStage<ObjectInfo>> stages =
        atOnce(i -> store.put(key("free"), ByteBuffer.wrap(fill(5000 + i, i)), PutOptions.NONE));
    stages.forEach(ProviderFailures::done);
    byte[] there = content(key("free"));
    int writer = there.length - 5000;
    assertThat(there).isEqualTo(fill(5000 + writer, writer));
  }

  // ---- checksum and metadata

  @Test
  void put_whenSha256IsGiven_isComparedAndKept() {
    byte[] bytes = bytes(5000, 4);
    PutOptions good = PutOptions.NONE.withSha256(sha256(bytes));
    if (lacks(StoreCapability.SHA256)) {
      assertRefused(
          store.put(key("s"), ByteBuffer.wrap(bytes), good), StoreCapability.SHA256, key("s"));
      return;
    }
    done(store.put(key("s"), ByteBuffer.wrap(bytes), good));
    assertThat(done(store.head(key("s"))).sha256()).contains(sha256(bytes));
  }

  @Test
  void put_whenSha256Differs_isCorruptAndNothingIsStored() {
    if (lacks(StoreCapability.SHA256)) {
      return;
    }
    PutOptions bad = PutOptions.NONE.withSha256(sha256(array("something else")));
    assertFails(store.put(key("s"), utf8("sent"), bad), ErrorKind.CORRUPT, key("s"));
    assertFails(store.head(key("s")), ErrorKind.NOT_FOUND, key("s"));
    ObjectInfo old = put("s", "old");
    assertFails(store.put(key("s"), utf8("sent"), bad), ErrorKind.CORRUPT, key("s"));
    assertSame(done(store.head(key("s"))), old);
    assertThat(content(key("s"))).isEqualTo(array("old"));
  }

  @Test
  void put_whenCrc32cIsGiven_isCompared() {
    ByteBuffer body = ByteBuffer.wrap(bytes(5000, 4));
    PutOptions good = PutOptions.NONE.withCrc32c(Crc32c.of(body));
    if (lacks(StoreCapability.CRC32C)) {
      assertRefused(store.put(key("c"), body, good), StoreCapability.CRC32C, key("c"));
      return;
    }
    ObjectInfo first = done(store.put(key("c"), body.duplicate(), good));
    assertSame(done(store.head(key("c"))), first);
    assertThat(content(key("c"))).isEqualTo(bytes(5000, 4));
    assertFails(store.put(key("c"), utf8("sent"), good), ErrorKind.CORRUPT, key("c"));
    assertSame(done(store.head(key("c"))), first);
    PutOptions both = good.withSha256(sha256(bytes(5000, 4)));
    if (!lacks(StoreCapability.SHA256)) {
      done(store.put(key("c"), body.duplicate(), both));
      assertThat(done(store.head(key("c"))).sha256()).contains(sha256(bytes(5000, 4)));
    }
  }

  @Test
  void copyAndComplete_whenCrc32cIsGiven_areRefused() {
    if (lacks(StoreCapability.CRC32C)) {
      return;
    }
    put("c", "content");
    PutOptions options = PutOptions.NONE.withCrc32c(Crc32c.of(utf8("content")));
    if (!lacks(StoreCapability.COPY)) {
      assertFails(
          store.copy(key("c"), Condition.none(), key("d"), options), ErrorKind.INVALID, key("d"));
      assertFails(store.head(key("d")), ErrorKind.NOT_FOUND, key("d"));
    }
    if (!lacks(StoreCapability.MULTIPART)) {
      Upload upload = done(store.startUpload(key("u"), Map.of()));
      UploadPart part = done(store.uploadPart(upload, 1, utf8("content")));
      assertFails(store.complete(upload, List.of(part), options), ErrorKind.INVALID, key("u"));
      done(store.complete(upload, List.of(part), PutOptions.NONE));
    }
  }

  @Test
  void copy_whenSourceWasPutWithCrc32c_isVerifiedAndWhole() {
    if (lacks(StoreCapability.CRC32C) || lacks(StoreCapability.COPY)) {
      return;
    }
    ByteBuffer body = ByteBuffer.wrap(bytes(3_000_000, 9));
    done(store.put(key("c"), body.duplicate(), PutOptions.NONE.withCrc32c(Crc32c.of(body))));
    done(store.copy(key("c"), Condition.none(), key("d"), PutOptions.NONE));
    assertThat(content(key("d"))).isEqualTo(bytes(3_000_000, 9));
  }

  @Test
  void put_whenMetadataIsGiven_isKept() {
    Map<String, String> metadata = Map.of("kmesh-mode", "0100644", "a", "", "b-1", "x y=~!");
    if (lacks(StoreCapability.USER_METADATA)) {
      assertRefused(
          store.put(key("m"), utf8("x"), options(metadata)),
          StoreCapability.USER_METADATA,
          key("m"));
      return;
    }
    done(store.put(key("m"), utf8("x"), options(metadata)));
    assertThat(done(store.head(key("m"))).metadata()).isEqualTo(metadata);
    assertThat(done(store.read(key("m"), 0, 1, Condition.none())).info().metadata())
        .isEqualTo(metadata);
    ListPage page = list(ListRequest.prefix(key("m")));
    assertThat(page.objects().get(0).metadata()).isIn(metadata, Map.of());
  }

  @Test
  void put_whenMetadataIsAsLargeAsAllowed_isKeptOneByteMoreRefused() {
    if (lacks(StoreCapability.USER_METADATA)) {
      return;
    }
    int limit = (int) Math.min(1 << 20, store.limits().maxMetadata().bytes());
    Map<String, String> most = metadataOf(limit);
    done(store.put(key("m"), utf8("x"), options(most)));
    assertThat(done(store.head(key("m"))).metadata()).isEqualTo(most);
    if (limit == store.limits().maxMetadata().bytes()) {
      assertFails(
          store.put(key("n"), utf8("x"), options(metadataOf(limit + 1))),
          ErrorKind.INVALID,
          key("n"));
      assertFails(store.head(key("n")), ErrorKind.NOT_FOUND, key("n"));
    }
  }

  @Test
  void put_whenMetadataIsNotAscii_isRefused() {
    if (lacks(StoreCapability.USER_METADATA)) {
      return;
    }
    for (Map<String, String> bad :
        List.of(
            Map.of("Upper", "x"),
            Map.of("", "x"),
            Map.of("a b", "x"),
            Map.of("\u00e4", "x"),
            Map.of("v", "\u00e4"),
            Map.of("v", "two\nlines"))) {
      assertFails(store.put(key("m"), utf8("x"), options(bad)), ErrorKind.INVALID, key("m"));
    }
    assertFails(store.head(key("m")), ErrorKind.NOT_FOUND, key("m"));
  }

  @Test
  void put_whenBodyIsLargerThanAllowed_isRefused() {
    long limit = store.limits().maxPut().bytes();
    if (limit >= 1 << 27) {
      return; // more than a test may allocate
    }
    assertFails(
        store.put(key("big"), ByteBuffer.allocate((int) limit + 1), PutOptions.NONE),
        ErrorKind.INVALID,
        key("big"));
  }

  // ---- list

  @Test
  void list_whenNothingIsThere_isEmpty() {
    ListPage page = list(ListRequest.prefix(key("nothing")));
    assertThat(page.objects()).isEmpty();
    assertThat(page.nextAfter()).isEmpty();
  }

  @Test
  void list_whenPrefixIsGiven_givesItsKeysOnly() {
    for (String k : List.of("a", "ab", "a/b", "a/bc", "a/bc/d", "a/c", "b", "A")) {
      put(k, k);
    }
    assertThat(sorted(keys("a/b"))).containsExactly(key("a/b"), key("a/bc"), key("a/bc/d"));
    assertThat(sorted(keys("a")))
        .containsExactly(key("a"), key("a/b"), key("a/bc"), key("a/bc/d"), key("a/c"), key("ab"));
    assertThat(keys("a/bc/d")).containsExactly(key("a/bc/d"));
    assertThat(keys("a/bc/d/")).isEmpty();
    assertThat(keys("zz")).isEmpty();
  }

  @Test
  void list_whenUtf8Order_isInIt() {
    List<String> names =
        List.of(
            "a",
            "a!",
            "a/",
            "a//",
            "a/b",
            "a-b",
            "a.b",
            "a0",
            "aa",
            "a\u00e9",
            "a\uffee",
            "a\ud83d\ude00",
            "a\u0001",
            "a ",
            "B",
            "~",
            "a/b/c",
            "a/b-c",
            "a/b0");
    List<String> expected = new ArrayList<>();
    for (String name : names) {
      if (!refusedKeys().contains(name)) {
        put(name, name);
        expected.add(key(name));
      }
    }
    expected.sort(UTF8_ORDER);
    List<String> listed = keys("");
    if (lacks(StoreCapability.UTF8_KEY_ORDER)) {
      assertThat(sorted(listed)).containsExactlyElementsOf(expected);
      assertThat(keys("")).as("an order that stays").containsExactlyElementsOf(listed);
    } else {
      assertThat(listed).containsExactlyElementsOf(expected);
    }
  }

  @Test
  void list_whenPaged_givesEachKeyOnceForEveryPageSize() {
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 23; i++) {
      String name = i % 3 == 0 ? "d" + i % 4 + "/k" + i : "k" + i;
      put(name, "x");
      expected.add(key(name));
    }
    expected.sort(UTF8_ORDER);
    awaitListed();
    for (int limit : new int[] {1, 2, 3, 7, 22, 23, 24, 1000}) {
      assertThat(sorted(pages("", limit)))
          .as("pages of %d", limit)
          .containsExactlyElementsOf(expected);
    }
  }

  @Test
  void list_whenAfterAKey_givesWhatIsBehindIt() {
    for (String k : List.of("a", "b", "b/x", "b/y", "c", "d/e/f", "e")) {
      put(k, k);
    }
    List<String> all = keys("");
    for (int i = 0; i < all.size(); i++) {
      ListPage page = list(ListRequest.prefix(prefix()).after(all.get(i)));
      assertThat(page.objects().stream().map(ObjectInfo::key))
          .as("behind %s", all.get(i))
          .containsExactlyElementsOf(all.subList(i + 1, all.size()));
    }
    if (!lacks(StoreCapability.UTF8_KEY_ORDER)) {
      Map<String, String> firstBehind =
          Map.of("aa", "b", "b/", "b/x", "b/xx", "b/y", "d", "d/e/f", "d/e/f/", "e", "d/f", "e");
      firstBehind.forEach(
          (after, first) ->
              assertThat(list(ListRequest.prefix(prefix()).after(key(after))).objects())
                  .as("behind %s, which does not exist", after)
                  .first()
                  .extracting(ObjectInfo::key)
                  .isEqualTo(key(first)));
    }
  }

  @Test
  void list_whenAfterIsOutsideThePrefix_keepsTheOrder() {
    if (lacks(StoreCapability.UTF8_KEY_ORDER)) {
      return;
    }
    for (String k : List.of("a/1", "m/1", "m/2", "z/1")) {
      put(k, k);
    }
    ListRequest middle = ListRequest.prefix(key("m/"));
    assertThat(list(middle.after(key("a/9"))).objects()).hasSize(2);
    assertThat(list(middle.after(key("n"))).objects()).isEmpty();
  }

  @Test
  void list_whenLimitIsNone_isRefused() {
    assertFails(store.list(new ListRequest(key("p"), null, 0)), ErrorKind.INVALID, key("p"));
  }

  @Test
  void list_whenEntryIsGiven_agreesWithHead() {
    ObjectInfo put = put("same", "content");
    ObjectInfo listed = list(ListRequest.prefix(key("same"))).objects().get(0);
    assertThat(listed.etag()).isEqualTo(put.etag());
    assertThat(listed.size()).isEqualTo(put.size());
    assertThat(listed.key()).isEqualTo(put.key());
  }

  @Test
  void list_whenMutationsEnded_showsThem() {
    if (lacks(StoreCapability.STRONG_CONSISTENCY)) {
      return; // stale lists are allowed
    }
    for (int i = 0; i < 20; i++) {
      put("k" + i, "x");
      assertThat(keys("k" + i)).contains(key("k" + i));
      if (i % 2 == 0) {
        done(store.delete(List.of(DeleteTarget.of(key("k" + i)))));
        assertThat(keys("k" + i)).doesNotContain(key("k" + i));
      }
    }
    assertThat(keys("")).hasSize(10);
  }

  @Test
  void list_whenKeysChangeBetweenPages_keepsWhatStays() {
    for (int i = 10; i < 40; i++) {
      put("k" + i, "x");
    }
    ListPage first = list(new ListRequest(prefix(), null, 10));
    String next = first.nextAfter().orElseThrow();
    done(store.delete(List.of(DeleteTarget.of(next))));
    List<String> rest = new ArrayList<>();
    for (Optional<String> after = Optional.of(next); after.isPresent(); ) {
      ListPage page = list(new ListRequest(prefix(), after.get(), 10));
      page.objects().forEach(o -> rest.add(o.key()));
      after = page.nextAfter();
    }
    assertThat(rest).hasSize(20).doesNotHaveDuplicates().doesNotContain(next);
  }

  @Test
  void listLevel_whenAbsent_isRefused() {
    if (!listsLevels()) {
      assertFails(
          store.listLevel(key("lv/"), '/', 10, null), ErrorKind.UNSUPPORTED, "list one level");
    }
  }

  @Test
  void listLevel_showsObjectsAndWhatHasMoreBelow_eachOnce_onPagesOfAnySize() {
    if (!listsLevels()) {
      return;
    }
    List<String> all =
        List.of(
            "a", "a/", "a/1", "a/2/3", "b/x/1", "b/x/2", "b/x/3", "b\u00e9/z", "c", "d/e/", "e");
    all.forEach(k -> put("lv/" + k, k));
    assertThat(level("lv/", 1000, 12))
        .containsExactlyInAnyOrder("a", "a/", "b/", "b\u00e9/", "c", "d/", "e");
    assertThat(level("lv/", 2, 12))
        .containsExactlyInAnyOrder("a", "a/", "b/", "b\u00e9/", "c", "d/", "e");
    assertThat(level("lv/a/", 1, 12)).containsExactlyInAnyOrder("", "1", "2/");
    assertThat(level("lv/b/", 1000, 12)).containsExactly("x/");
    assertThat(level("lv/none/", 1000, 1)).isEmpty();
  }

  @Test
  void listLevel_whenMoreThanAPageIsBelow_showsItOnce() {
    if (!listsLevels()) {
      return;
    }
    List<CompletionStage<ObjectInfo>> puts = new ArrayList<>();
    for (int i = 0; i < 1_100; i++) {
      puts.add(store.put(key(String.format("big/in/%05d", i)), utf8("x"), PutOptions.NONE));
    }
    puts.forEach(ProviderFailures::done);
    put("big/last", "x");
    awaitListed();
    assertThat(level("big/", 1000, 3)).containsExactlyInAnyOrder("in/", "last");
  }

  /** The names at a level without its prefix; each page has at most so many. */
  private List<String> level(String level, int limit, int mostPages) {
    awaitListed();
    List<String> names = new ArrayList<>();
    String next = null;
    int pages = 0;
    do {
      LevelPage page = done(store.listLevel(key(level), '/', limit, next));
      assertThat(page.objects().size() + page.prefixes().size()).isLessThanOrEqualTo(limit);
      page.objects().forEach(o -> names.add(o.key().substring(key(level).length())));
      page.prefixes().forEach(p -> names.add(p.substring(key(level).length())));
      next = page.nextOrNull();
      assertThat(++pages).isLessThanOrEqualTo(mostPages);
    } while (next != null);
    return names;
  }

  // ---- storage classes, archives, versions

  @Test
  void storageClass_whenAbsent_isRefused() {
    if (!lacks(StoreCapability.STORAGE_CLASS)) {
      return; // Each store has its own classes.
    }
    StorageClass cold = new StorageClass("COLD");
    PutOptions options = PutOptions.NONE.withStorageClass(cold);
    assertFails(store.put(key("s"), utf8("x"), options), ErrorKind.UNSUPPORTED, key("s"));
    put("t", "x");
    if (!lacks(StoreCapability.COPY)) {
      assertFails(
          store.copy(key("t"), Condition.none(), key("u"), options),
          ErrorKind.UNSUPPORTED,
          key("u"));
    }
    assertFails(
        store.changeStorageClass(key("t"), Condition.none(), cold),
        ErrorKind.UNSUPPORTED,
        key("t"));
    assertFails(store.startUpload(key("v"), Map.of(), cold), ErrorKind.UNSUPPORTED, key("v"));
    assertThat(keys("")).containsExactly(key("t"));
  }

  @Test
  void archivesAndVersions_whenAbsent_areRefused() {
    put("t", "x");
    if (lacks(StoreCapability.ARCHIVE_RESTORE)) {
      RestoreRequest request =
          new RestoreRequest(Duration.ofDays(1), RestoreRequest.Speed.STANDARD);
      assertFails(store.restore(key("t"), request), ErrorKind.UNSUPPORTED, key("t"));
    }
    if (lacks(StoreCapability.VERSIONS)) {
      assertFails(store.listVersions(key("t"), 10, null), ErrorKind.UNSUPPORTED, key("t"));
      assertFails(store.readVersion(key("t"), "1", 0, 10), ErrorKind.UNSUPPORTED, key("t"));
    }
  }

  // ---- delete

  @Test
  void delete_whenThere_isGoneMissingIsNoError() {
    put("d", "x");
    List<DeleteOutcome> outcomes =
        done(store.delete(List.of(DeleteTarget.of(key("d")), DeleteTarget.of(key("never")))));
    assertThat(outcomes)
        .containsExactly(DeleteOutcome.deleted(key("d")), DeleteOutcome.deleted(key("never")));
    assertFails(store.head(key("d")), ErrorKind.NOT_FOUND, key("d"));
    assertThat(done(store.delete(List.of(DeleteTarget.of(key("d"))))).get(0).error()).isEmpty();
  }

  @Test
  void delete_whenOneOfManyIsNamed_leavesTheOthers() {
    for (String k : List.of("x/1", "x/2", "x", "x/1/y")) {
      put(k, k);
    }
    done(store.delete(List.of(DeleteTarget.of(key("x/1")), DeleteTarget.of(key("x")))));
    assertThat(sorted(keys(""))).containsExactly(key("x/1/y"), key("x/2"));
    done(store.delete(List.of(DeleteTarget.of(key("x/1/y")), DeleteTarget.of(key("x/2")))));
    assertThat(keys("")).isEmpty();
    put("x/1", "again");
    assertThat(content(key("x/1"))).isEqualTo(array("again"));
  }

  @Test
  void delete_whenEtagIsAsked_deletesThatOneOnly() {
    ObjectInfo first = put("d", "first");
    DeleteTarget target = new DeleteTarget(key("d"), Condition.matches(first.etag()));
    if (lacks(StoreCapability.CONDITIONAL_DELETE)) {
      DeleteOutcome outcome = done(store.delete(List.of(target))).get(0);
      assertThat(outcome.error()).contains(ErrorKind.UNSUPPORTED);
      assertThat(outcome.message()).contains(key("d"), "CONDITIONAL_DELETE");
      assertThat(content(key("d"))).isEqualTo(array("first"));
      return;
    }
    put("d", "second");
    put("e", "other");
    List<DeleteOutcome> outcomes = done(store.delete(List.of(target, DeleteTarget.of(key("e")))));
    assertThat(outcomes.get(0).error()).contains(ErrorKind.PRECONDITION);
    assertThat(outcomes.get(0).message()).contains(key("d"));
    assertThat(outcomes.get(1).error()).isEmpty();
    assertThat(content(key("d"))).isEqualTo(array("second"));
    ObjectInfo now = done(store.head(key("d")));
    done(store.delete(List.of(new DeleteTarget(key("d"), Condition.matches(now.etag())))));
    assertFails(store.head(key("d")), ErrorKind.NOT_FOUND, key("d"));
  }

  @Test
  void delete_whenAbsentIsAsked_isRefused() {
    put("d", "x");
    DeleteOutcome outcome =
        done(store.delete(List.of(new DeleteTarget(key("d"), Condition.absent())))).get(0);
    assertThat(outcome.error()).contains(ErrorKind.INVALID);
    assertThat(outcome.message()).contains(key("d"));
    assertThat(content(key("d"))).isEqualTo(array("x"));
  }

  @Test
  void delete_whenBatchIsTooLarge_isRefused() {
    int limit = store.limits().deleteBatch();
    List<DeleteTarget> targets =
        IntStream.rangeClosed(0, limit).mapToObj(i -> DeleteTarget.of(key("d" + i))).toList();
    assertFails(store.delete(targets), ErrorKind.INVALID, Integer.toString(limit + 1));
    assertThat(done(store.delete(targets.subList(0, limit)))).hasSize(limit);
    assertThat(done(store.delete(List.of()))).isEmpty();
  }

  // ---- copy

  @Test
  void copy_whenSourceIsThere_hasItsBytesAndMetadata() {
    Map<String, String> metadata = someMetadata();
    byte[] bytes = bytes(70_000, 5);
    ObjectInfo source = done(store.put(key("s"), ByteBuffer.wrap(bytes), options(metadata)));
    CompletionStage<ObjectInfo> copy =
        store.copy(key("s"), Condition.none(), key("dir/t"), PutOptions.NONE);
    if (lacks(StoreCapability.COPY)) {
      assertRefused(copy, StoreCapability.COPY, key("s"));
      return;
    }
    assertThat(done(copy).key()).isEqualTo(key("dir/t"));
    assertThat(content(key("dir/t"))).isEqualTo(bytes);
    assertThat(done(store.head(key("dir/t"))).metadata()).isEqualTo(metadata);
    assertSame(done(store.head(key("s"))), source);
    if (!metadata.isEmpty()) {
      done(store.copy(key("s"), Condition.none(), key("u"), options(Map.of("other", "1"))));
      assertThat(done(store.head(key("u"))).metadata()).isEqualTo(Map.of("other", "1"));
    }
  }

  @Test
  void copy_whenConditionsAreGiven_keepsThem() {
    if (lacks(StoreCapability.COPY)) {
      return;
    }
    ObjectInfo old = put("s", "old");
    ObjectInfo now = put("s", "now");
    put("t", "target");
    assertFails(
        store.copy(key("s"), Condition.matches(old.etag()), key("t"), PutOptions.NONE),
        ErrorKind.PRECONDITION,
        key("s"));
    if (!lacks(StoreCapability.CONDITIONAL_CREATE)) {
      PutOptions create = PutOptions.NONE.withCondition(Condition.absent());
      assertFails(
          store.copy(key("s"), Condition.none(), key("t"), create),
          ErrorKind.PRECONDITION,
          key("t"));
      done(store.copy(key("s"), Condition.none(), key("new"), create));
      assertThat(content(key("new"))).isEqualTo(array("now"));
    }
    assertThat(content(key("t"))).isEqualTo(array("target"));
    done(store.copy(key("s"), Condition.matches(now.etag()), key("t"), PutOptions.NONE));
    assertThat(content(key("t"))).isEqualTo(array("now"));
  }

  @Test
  void copy_whenSourceIsMissing_failsWithItsKey() {
    if (lacks(StoreCapability.COPY)) {
      return;
    }
    assertFails(
        store.copy(key("none"), Condition.none(), key("t"), PutOptions.NONE),
        ErrorKind.NOT_FOUND,
        key("none"));
    assertFails(store.head(key("t")), ErrorKind.NOT_FOUND, key("t"));
  }

  // ---- uploads in parts

  @Test
  void startUpload_whenMultipartIsMissing_isRefused() {
    if (lacks(StoreCapability.MULTIPART)) {
      assertRefused(store.startUpload(key("u"), Map.of()), StoreCapability.MULTIPART, key("u"));
    }
  }

  @Test
  void complete_whenPartsCameInAnyOrder_joinsThemByNumber() {
    if (lacks(StoreCapability.MULTIPART)) {
      return;
    }
    int size = partSize();
    byte[] all = bytes(3 * size + 17, 6);
    for (List<Integer> order : List.of(List.of(1, 2, 3, 4), List.of(4, 2, 1, 3))) {
      String key = key("u" + order);
      Upload upload = done(store.startUpload(key, Map.of()));
      Map<Integer, UploadPart> parts = new TreeMap<>();
      for (int number : order) {
        parts.put(number, uploadPart(upload, number, part(all, number, size)));
      }
      assertFails(store.head(key), ErrorKind.NOT_FOUND, key);
      assertThat(keys("u" + order)).isEmpty();
      ObjectInfo info = done(store.complete(upload, List.copyOf(parts.values()), PutOptions.NONE));
      assertThat(info.size()).isEqualTo(all.length);
      assertThat(content(key)).isEqualTo(all);
      assertSame(done(store.head(key)), info);
      assertThat(done(store.listUploads(key))).isEmpty();
      assertFails(store.listParts(upload), ErrorKind.NOT_FOUND, key);
    }
  }

  @Test
  void copyPart_whenItIsMissing_isRefused() {
    if (lacks(StoreCapability.PART_COPY)) {
      put("s", "source");
      assertRefused(
          store.copyPart(new Upload(key("u"), "id"), 1, key("s"), Condition.none(), 0, 1),
          StoreCapability.PART_COPY,
          key("s"));
    }
  }

  @Test
  void copyPart_ofRanges_joinsThemWithWhatIsSent() {
    if (lacks(StoreCapability.PART_COPY) || lacks(StoreCapability.MULTIPART)) {
      return;
    }
    int size = partSize();
    byte[] bytes = bytes(2 * size + 301, 31);
    Map<String, String> metadata = someMetadata();
    ObjectInfo source = done(store.put(key("s"), ByteBuffer.wrap(bytes), options(metadata)));
    Map<String, String> other = metadata.isEmpty() ? metadata : Map.of("other", "1");
    Upload upload = done(store.startUpload(key("u"), other));
    Condition same = Condition.matches(source.etag());
    List<UploadPart> parts = new ArrayList<>();
    // Not in order, one of them twice, one sent, the last one of a single byte.
    done(store.copyPart(upload, 2, key("s"), same, 0, size));
    parts.add(done(store.copyPart(upload, 2, key("s"), same, 301, size)));
    parts.add(0, done(store.copyPart(upload, 1, key("s"), Condition.none(), size, size + 301)));
    parts.add(uploadPart(upload, 3, fill(size, 'x')));
    parts.add(done(store.copyPart(upload, 4, key("s"), same, 2L * size + 300, 1)));
    assertThat(parts)
        .extracting(UploadPart::size)
        .containsExactly(size + 301L, (long) size, (long) size, 1L);
    assertThat(done(store.listParts(upload))).containsExactlyElementsOf(parts);
    assertFails(store.head(key("u")), ErrorKind.NOT_FOUND, key("u"));
    ObjectInfo info = done(store.complete(upload, parts, PutOptions.NONE));
    byte[] expected =
        ByteBuffer.allocate(3 * size + 302)
            .put(bytes, size, size + 301)
            .put(bytes, 301, size)
            .put(fill(size, 'x'))
            .put(bytes, 2 * size + 300, 1)
            .array();
    assertThat(content(key("u"))).isEqualTo(expected);
    assertThat(info.size()).isEqualTo(expected.length);
    assertThat(done(store.head(key("u"))).metadata()).isEqualTo(other);
    assertSame(done(store.head(key("s"))), source);
  }

  @Test
  void copyPart_whenSourceIsAnother_failsAndLeavesThePart() {
    if (lacks(StoreCapability.PART_COPY) || lacks(StoreCapability.MULTIPART)) {
      return;
    }
    ObjectInfo old = put("s", "old");
    put("s", "now");
    Upload upload = done(store.startUpload(key("u"), Map.of()));
    UploadPart sent = uploadPart(upload, 1, array("sent"));
    assertFails(
        store.copyPart(upload, 1, key("s"), Condition.matches(old.etag()), 0, 3),
        ErrorKind.PRECONDITION,
        key("s"));
    assertFails(
        store.copyPart(upload, 1, key("none"), Condition.none(), 0, 3),
        ErrorKind.NOT_FOUND,
        key("none"));
    assertThat(done(store.listParts(upload))).containsExactly(sent);
    done(store.complete(upload, List.of(sent), PutOptions.NONE));
    assertThat(content(key("u"))).isEqualTo(array("sent"));
  }

  @Test
  void copyPart_whenRangeOrNumberIsNone_isInvalid() {
    if (lacks(StoreCapability.PART_COPY) || lacks(StoreCapability.MULTIPART)) {
      return;
    }
    put("s", "source");
    Upload upload = done(store.startUpload(key("u"), Map.of()));
    long[][] ranges = {{-1, 1}, {0, 0}, {0, -1}, {0, store.limits().maxPut().bytes() + 1}};
    for (long[] range : ranges) {
      assertFails(
          store.copyPart(upload, 1, key("s"), Condition.none(), range[0], range[1]),
          ErrorKind.INVALID,
          key("s"));
    }
    for (int number : new int[] {0, store.limits().maxParts() + 1}) {
      assertFails(
          store.copyPart(upload, number, key("s"), Condition.none(), 0, 1),
          ErrorKind.INVALID,
          key("u"));
    }
    assertThat(done(store.listParts(upload))).isEmpty();
  }

  @Test
  void copyPart_whenRangeIsBehindTheEnd_isInvalid() {
    if (lacks(StoreCapability.PART_COPY) || lacks(StoreCapability.MULTIPART)) {
      return;
    }
    put("s", "source");
    Upload upload = done(store.startUpload(key("u"), Map.of()));
    for (long[] range : new long[][] {{0, 7}, {6, 1}}) {
      assertFails(
          store.copyPart(upload, 1, key("s"), Condition.none(), range[0], range[1]),
          ErrorKind.INVALID,
          key("s"));
    }
    assertThat(done(store.listParts(upload))).isEmpty();
  }

  @Test
  void copyPart_whenUploadIsGone_failsWithItsKey() {
    if (lacks(StoreCapability.PART_COPY) || lacks(StoreCapability.MULTIPART)) {
      return;
    }
    put("s", "source");
    Upload upload = done(store.startUpload(key("u"), Map.of()));
    done(store.abort(upload));
    assertFails(
        store.copyPart(upload, 1, key("s"), Condition.none(), 0, 1), ErrorKind.NOT_FOUND, key("u"));
  }

  @Test
  void complete_whenPartsHaveSeveralSizes_joinsThem() {
    if (lacks(StoreCapability.MULTIPART)) {
      return;
    }
    int size = partSize();
    Upload upload = done(store.startUpload(key("u"), Map.of()));
    byte[] all = new byte[0];
    List<UploadPart> parts = new ArrayList<>();
    int[] sizes = {size + 5, size, size + 300, size + 1, 3};
    for (int i = 0; i < sizes.length; i++) {
      byte[] bytes = bytes(sizes[i], 10 + i);
      parts.add(uploadPart(upload, 2 * i + 1, bytes));
      int at = all.length;
      all = Arrays.copyOf(all, at + bytes.length);
      System.arraycopy(bytes, 0, all, at, bytes.length);
    }
    done(store.complete(upload, parts, PutOptions.NONE));
    assertThat(content(key("u"))).isEqualTo(all);
  }

  @Test
  void complete_whenAPartWasWrittenAgain_hasTheLastOne() {
    if (lacks(StoreCapability.MULTIPART)) {
      return;
    }
    int size = partSize();
    Upload upload = done(store.startUpload(key("u"), Map.of()));
    UploadPart first = uploadPart(upload, 1, fill(size, 'a'));
    UploadPart old = uploadPart(upload, 2, fill(size, 'b'));
    UploadPart last = uploadPart(upload, 3, fill(9, 'c'));
    UploadPart now = uploadPart(upload, 2, fill(size, 'd'));
    assertThat(now.etag()).isNotEqualTo(old.etag());
    assertThat(done(store.listParts(upload))).containsExactly(first, now, last);
    assertFails(
        store.complete(upload, List.of(first, old, last), PutOptions.NONE),
        ErrorKind.INVALID,
        key("u"));
    done(store.complete(upload, List.of(first, now, last), PutOptions.NONE));
    byte[] there = content(key("u"));
    assertThat(there).hasSize(2 * size + 9);
    assertThat(there[size]).isEqualTo((byte) 'd');
    assertThat(there[2 * size]).isEqualTo((byte) 'c');
  }

  @Test
  void complete_whenOnlySomePartsAreNamed_hasThese() {
    if (lacks(StoreCapability.MULTIPART)) {
      return;
    }
    int size = partSize();
    Upload upload = done(store.startUpload(key("u"), Map.of()));
    UploadPart one = uploadPart(upload, 1, fill(size, 'a'));
    uploadPart(upload, 2, fill(size, 'b'));
    UploadPart three = uploadPart(upload, 3, fill(size, 'c'));
    uploadPart(upload, 4, fill(size, 'd'));
    done(store.complete(upload, List.of(one, three), PutOptions.NONE));
    byte[] there = content(key("u"));
    assertThat(there).hasSize(2 * size);
    assertThat(there[size - 1]).isEqualTo((byte) 'a');
    assertThat(there[size]).isEqualTo((byte) 'c');
  }

  @Test
  void complete_whenOnePartIsEmpty_isAnEmptyObject() {
    if (lacks(StoreCapability.MULTIPART)) {
      return;
    }
    Upload upload = done(store.startUpload(key("u"), Map.of()));
    UploadPart part = uploadPart(upload, 1, new byte[0]);
    done(store.complete(upload, List.of(part), PutOptions.NONE));
    assertThat(done(store.head(key("u"))).size()).isZero();
  }

  @Test
  void complete_whenListIsWrong_isRefusedAndTheUploadStays() {
    if (lacks(StoreCapability.MULTIPART)) {
      return;
    }
    Upload upload = done(store.startUpload(key("u"), Map.of()));
    UploadPart one = uploadPart(upload, 1, fill(partSize(), 'a'));
    UploadPart two = uploadPart(upload, 2, fill(10, 'b'));
    UploadPart never = new UploadPart(3, two.etag(), 10);
    UploadPart foreign = new UploadPart(2, one.etag(), 10);
    for (List<UploadPart> bad :
        List.of(
            List.<UploadPart>of(),
            List.of(two, one),
            List.of(one, one),
            List.of(one, two, never),
            List.of(one, foreign))) {
      assertFails(store.complete(upload, bad, PutOptions.NONE), ErrorKind.INVALID, key("u"));
    }
    assertFails(store.head(key("u")), ErrorKind.NOT_FOUND, key("u"));
    assertThat(done(store.listParts(upload))).containsExactly(one, two);
    done(store.complete(upload, List.of(one, two), PutOptions.NONE));
    assertThat(done(store.head(key("u"))).size()).isEqualTo(one.size() + two.size());
  }

  @Test
  void complete_whenConditionFails_keepsTheUploadAndTheObject() {
    if (lacks(StoreCapability.MULTIPART)) {
      return;
    }
    ObjectInfo there = put("u", "there");
    PutOptions create = PutOptions.NONE.withCondition(Condition.absent());
    Upload upload = done(store.startUpload(key("u"), Map.of()));
    UploadPart part = uploadPart(upload, 1, fill(10, 'a'));
    if (lacks(StoreCapability.CONDITIONAL_CREATE)) {
      assertRefused(
          store.complete(upload, List.of(part), create),
          StoreCapability.CONDITIONAL_CREATE,
          key("u"));
    } else {
      assertFails(store.complete(upload, List.of(part), create), ErrorKind.PRECONDITION, key("u"));
    }
    assertSame(done(store.head(key("u"))), there);
    assertThat(done(store.listParts(upload))).containsExactly(part);
    if (!lacks(StoreCapability.CONDITIONAL_REPLACE)) {
      PutOptions replace = PutOptions.NONE.withCondition(Condition.matches(there.etag()));
      done(store.complete(upload, List.of(part), replace));
      assertThat(content(key("u"))).isEqualTo(fill(10, 'a'));
    }
  }

  @Test
  void complete_whenSha256IsGiven_isCompared() {
    if (lacks(StoreCapability.MULTIPART)) {
      return;
    }
    int size = partSize();
    byte[] all = bytes(2 * size, 7);
    Upload upload = done(store.startUpload(key("u"), Map.of()));
    List<UploadPart> parts =
        List.of(
            uploadPart(upload, 1, part(all, 1, size)), uploadPart(upload, 2, part(all, 2, size)));
    if (lacks(StoreCapability.UPLOAD_SHA256)) {
      assertFails(
          store.complete(upload, parts, PutOptions.NONE.withSha256(sha256(all))),
          ErrorKind.UNSUPPORTED,
          key("u"));
      assertFails(store.head(key("u")), ErrorKind.NOT_FOUND, key("u"));
      done(store.complete(upload, parts, PutOptions.NONE));
      assertThat(content(key("u"))).isEqualTo(all);
      return;
    }
    assertFails(
        store.complete(upload, parts, PutOptions.NONE.withSha256(sha256(new byte[1]))),
        ErrorKind.CORRUPT,
        key("u"));
    assertFails(store.head(key("u")), ErrorKind.NOT_FOUND, key("u"));
    done(store.complete(upload, parts, PutOptions.NONE.withSha256(sha256(all))));
    assertThat(done(store.head(key("u"))).sha256()).contains(sha256(all));
    assertThat(content(key("u"))).isEqualTo(all);
  }

  @Test
  void complete_whenMetadataWasGivenAtTheStart_isKept() {
    if (lacks(StoreCapability.MULTIPART)) {
      return;
    }
    Map<String, String> metadata = Map.of("kmesh-uid", "1000");
    if (lacks(StoreCapability.USER_METADATA)) {
      assertRefused(store.startUpload(key("u"), metadata), StoreCapability.USER_METADATA, key("u"));
      return;
    }
    Upload upload = done(store.startUpload(key("u"), metadata));
    UploadPart part = uploadPart(upload, 1, fill(10, 'a'));
    assertFails(
        store.complete(upload, List.of(part), options(Map.of("other", "x"))),
        ErrorKind.INVALID,
        key("u"));
    done(store.complete(upload, List.of(part), PutOptions.NONE));
    assertThat(done(store.head(key("u"))).metadata()).isEqualTo(metadata);
  }

  @Test
  void complete_whenManyCompleteForOneNewKey_exactlyOneWins() throws InterruptedException {
    if (lacks(StoreCapability.MULTIPART) || lacks(StoreCapability.CONDITIONAL_CREATE)) {
      return;
    }
    PutOptions create = PutOptions.NONE.withCondition(Condition.absent());
    List<Upload> uploads = new ArrayList<>();
    List<UploadPart> parts = new ArrayList<>();
    for (int i = 0; i < RACERS; i++) {
      Upload upload = done(store.startUpload(key("u"), Map.of()));
      uploads.add(upload);
      parts.add(uploadPart(upload, 1, array("writer " + i)));
    }
    int winner = race(i -> store.complete(uploads.get(i), List.of(parts.get(i)), create));
    assertThat(content(key("u"))).isEqualTo(array("writer " + winner));
    uploads.forEach(upload -> done(store.abort(upload)));
    assertThat(done(store.listUploads(key("u")))).isEmpty();
  }

  @Test
  void uploadPart_whenManyAtOnce_keepsAll() throws InterruptedException {
    if (lacks(StoreCapability.MULTIPART)) {
      return;
    }
    int size = partSize();
    byte[] all = bytes(RACERS * size, 8);
    Upload upload = done(store.startUpload(key("u"), Map.of()));
    List<CompletionStage<UploadPart>> stages =
        atOnce(i -> store.uploadPart(upload, i + 1, ByteBuffer.wrap(part(all, i + 1, size))));
    List<UploadPart> parts = stages.stream().map(ProviderFailures::done).toList();
    assertThat(done(store.listParts(upload))).containsExactlyElementsOf(parts);
    done(store.complete(upload, parts, PutOptions.NONE));
    assertThat(content(key("u"))).isEqualTo(all);
  }

  @Test
  void uploadPart_whenNumberIsNone_isRefused() {
    if (lacks(StoreCapability.MULTIPART)) {
      return;
    }
    Upload upload = done(store.startUpload(key("u"), Map.of()));
    for (int number : new int[] {0, -1, store.limits().maxParts() + 1}) {
      assertFails(
          store.uploadPart(upload, number, ByteBuffer.allocate(1)), ErrorKind.INVALID, key("u"));
    }
    done(store.abort(upload));
  }

  @Test
  void uploadPart_whenBufferIsAWindow_leavesItAlone() {
    if (lacks(StoreCapability.MULTIPART)) {
      return;
    }
    Upload upload = done(store.startUpload(key("u"), Map.of()));
    ByteBuffer body = ByteBuffer.wrap(array("0123456789")).position(2).limit(5);
    UploadPart part = done(store.uploadPart(upload, 1, body));
    assertThat(part.size()).isEqualTo(3);
    assertThat(body.position()).isEqualTo(2);
    assertThat(body.limit()).isEqualTo(5);
    done(store.complete(upload, List.of(part), PutOptions.NONE));
    assertThat(content(key("u"))).isEqualTo(array("234"));
  }

  @Test
  void abort_whenUploading_dropsTheParts() {
    if (lacks(StoreCapability.MULTIPART)) {
      return;
    }
    Upload upload = done(store.startUpload(key("u"), Map.of()));
    UploadPart part = uploadPart(upload, 1, fill(10, 'a'));
    done(store.abort(upload));
    done(store.abort(upload));
    assertThat(done(store.listUploads(key("u")))).isEmpty();
    assertFails(store.listParts(upload), ErrorKind.NOT_FOUND, key("u"));
    assertFails(store.uploadPart(upload, 2, ByteBuffer.allocate(1)), ErrorKind.NOT_FOUND, key("u"));
    assertFails(
        store.complete(upload, List.of(part), PutOptions.NONE), ErrorKind.NOT_FOUND, key("u"));
    assertFails(store.head(key("u")), ErrorKind.NOT_FOUND, key("u"));
  }

  @Test
  void anyUploadCall_whenIdIsForeign_touchesNothing() {
    if (lacks(StoreCapability.MULTIPART)) {
      return;
    }
    Upload mine = done(store.startUpload(key("u"), Map.of()));
    UploadPart part = uploadPart(mine, 1, fill(10, 'a'));
    for (Upload foreign :
        List.of(
            new Upload(key("other"), mine.id()),
            new Upload(key("u"), "../" + mine.id()),
            new Upload(key("u"), "no-such-upload"),
            new Upload(key("u"), ""))) {
      assertFails(store.listParts(foreign), ErrorKind.NOT_FOUND, foreign.key());
      assertFails(
          store.uploadPart(foreign, 1, ByteBuffer.allocate(1)), ErrorKind.NOT_FOUND, foreign.key());
      assertFails(
          store.complete(foreign, List.of(part), PutOptions.NONE),
          ErrorKind.NOT_FOUND,
          foreign.key());
      done(store.abort(foreign));
    }
    assertThat(done(store.listParts(mine))).containsExactly(part);
  }

  @Test
  void listUploads_whenPrefixIsGiven_givesItsUploadsOnly() {
    if (lacks(StoreCapability.MULTIPART)) {
      return;
    }
    Upload one = done(store.startUpload(key("a/1"), Map.of()));
    Upload same = done(store.startUpload(key("a/1"), Map.of()));
    Upload other = done(store.startUpload(key("b/1"), Map.of()));
    assertThat(same.id()).isNotEqualTo(one.id());
    assertThat(done(store.listUploads(key("a/")))).containsExactlyInAnyOrder(one, same);
    assertThat(done(store.listUploads(key("")))).containsExactlyInAnyOrder(one, same, other);
    assertThat(done(store.listOpenUploads(key("a/"))))
        .extracting(OpenUpload::upload)
        .containsExactlyInAnyOrder(one, same);
    for (Upload upload : List.of(one, same, other)) {
      done(store.abort(upload));
    }
  }

  // ---- restart

  @Test
  void reopen_whenStoreOutlivesTheProcess_hasObjectsAndUploads() throws IOException {
    ObjectInfo put = put("dir/kept", "content");
    Upload upload = null;
    List<UploadPart> parts = new ArrayList<>();
    int size = partSize();
    byte[] all = bytes(3 * size, 9);
    if (!lacks(StoreCapability.MULTIPART)) {
      upload = done(store.startUpload(key("u"), Map.of()));
      parts.add(uploadPart(upload, 1, part(all, 1, size)));
      parts.add(uploadPart(upload, 2, part(all, 2, size)));
    }
    store.close();
    Optional<ObjectStore> again = reopen();
    if (again.isEmpty()) {
      store = open();
      return;
    }
    store = again.get();
    assertSame(done(store.head(key("dir/kept"))), put);
    assertThat(content(key("dir/kept"))).isEqualTo(array("content"));
    if (upload != null) {
      assertThat(done(store.listUploads(key("")))).containsExactly(upload);
      assertThat(done(store.listParts(upload))).containsExactlyElementsOf(parts);
      parts.add(uploadPart(upload, 3, part(all, 3, size)));
      done(store.complete(upload, parts, PutOptions.NONE));
      assertThat(content(key("u"))).isEqualTo(all);
    }
  }

  // ---- a model

  @Test
  void calls_whenRandom_behaveAsAMap() {
    Random random = new Random(seed());
    TreeMap<String, byte[]> model = new TreeMap<>(UTF8_ORDER);
    List<String> names =
        List.of("a", "a/", "a/b", "a/b/c", "a//b", "b", "b-", "b0", "c/d/e/f", "c/d", "\u00e9/x");
    for (int step = 0; step < 400; step++) {
      String where = "step " + step + " of seed " + seed();
      String key = key(names.get(random.nextInt(names.size())));
      switch (random.nextInt(6)) {
        case 0, 1, 2 -> {
          byte[] bytes = bytes(random.nextInt(3000), random.nextLong());
          done(store.put(key, ByteBuffer.wrap(bytes), PutOptions.NONE));
          model.put(key, bytes);
        }
        case 3 -> {
          done(store.delete(List.of(DeleteTarget.of(key))));
          model.remove(key);
        }
        case 4 -> {
          byte[] expected = model.get(key);
          if (expected == null) {
            assertFails(store.read(key, 0, 9, Condition.none()), ErrorKind.NOT_FOUND, key);
          } else {
            assertThat(content(key)).as(where).isEqualTo(expected);
          }
        }
        default -> {
          List<String> listed = pages("", 1 + random.nextInt(6));
          if (!lacks(StoreCapability.STRONG_CONSISTENCY)) {
            assertThat(sortedIfNeeded(listed))
                .as(where)
                .containsExactlyElementsOf(List.copyOf(model.keySet()));
          }
        }
      }
    }
  }

  // ---- means

  /** Keys that stores and file systems get wrong, without the prefix. */
  protected final List<String> weirdKeys() {
    List<String> keys = new ArrayList<>();
    keys.addAll(
        List.of(
            ".",
            "..",
            "../..",
            "../../../../etc/passwd",
            "/etc/passwd",
            "/",
            "//",
            "///",
            "a/",
            "a",
            "a//b",
            "a/./b",
            "a/../b",
            ".hidden",
            "dot.",
            "trailing ",
            " leading",
            "con",
            "NUL",
            "a\\b",
            "a:b",
            "a*b?c",
            "%",
            "%41",
            "%2F",
            "%o",
            "a%o",
            "%+",
            "%-",
            "a%+",
            "a%-/b"));
    keys.addAll(
        List.of(
            "quote\"'`",
            "$(x)",
            "-rf",
            "~",
            "#frag",
            "?query",
            "a&b=c",
            "new\nline",
            "tab\there",
            "bell\u0007",
            "nul\u0000byte",
            "del\u007f",
            "\u0080c1",
            "caf\u00e9",
            "cafe\u0301",
            "\u65e5\u672c\u8a9e",
            "\ud83d\ude00",
            "\ufeffbom",
            "\u202egnp.exe",
            "UPPER",
            "upper"));
    keys.add(pad("n", 255));
    keys.add(pad("n", 256));
    keys.add(pad("n", 200));
    keys.add(pad("n", 199));
    keys.add(pad("n", 201));
    keys.add(pad("n", 400));
    keys.add(pad("n", 200) + "/x");
    keys.add(pad("n", 400) + "/x");
    keys.add("\u00e9".repeat(300));
    keys.add("\u0001/".repeat(100));
    keys.add("d/".repeat(150) + "deep");
    int room = store.limits().maxKeyBytes() - prefix().getBytes(StandardCharsets.UTF_8).length;
    keys.removeIf(k -> k.getBytes(StandardCharsets.UTF_8).length > room);
    return Collections.unmodifiableList(keys);
  }

  /** A key of this test. */
  protected final String key(String name) {
    return prefix() + name;
  }

  private Map<String, String> someMetadata() {
    return lacks(StoreCapability.USER_METADATA) ? Map.of() : Map.of("name", "value");
  }

  /** A list after all mutations of this test have reached the store's lists. */
  private ListPage list(ListRequest request) {
    awaitListed();
    return done(store.list(request));
  }

  private boolean lacks(StoreCapability capability) {
    return !store.capabilities().contains(capability);
  }

  private static void assertRefused(
      CompletionStage<?> stage, StoreCapability capability, String key) {
    assertFails(stage, ErrorKind.UNSUPPORTED, key);
    assertThat(failure(stage)).hasMessageContaining(capability.name());
  }

  private void assertSame(ObjectInfo actual, ObjectInfo expected) {
    assertThat(actual.key()).isEqualTo(expected.key());
    assertThat(actual.size()).isEqualTo(expected.size());
    assertThat(actual.etag()).isEqualTo(expected.etag());
    assertThat(actual.metadata()).isEqualTo(expected.metadata());
    if (putsTellTheTime()) {
      assertThat(actual.lastModified()).isEqualTo(expected.lastModified());
    }
    assertThat(actual.sha256()).isEqualTo(expected.sha256());
  }

  private ObjectInfo put(String name, String text) {
    return done(store.put(key(name), utf8(text), PutOptions.NONE));
  }

  private UploadPart uploadPart(Upload upload, int number, byte[] bytes) {
    UploadPart part = done(store.uploadPart(upload, number, ByteBuffer.wrap(bytes)));
    assertThat(part.number()).isEqualTo(number);
    assertThat(part.size()).isEqualTo(bytes.length);
    return part;
  }

  private byte[] content(String key) {
    ObjectInfo info = done(store.head(key));
    return content(done(store.read(key, 0, Math.toIntExact(info.size()) + 1, Condition.none())));
  }

  private static byte[] content(ObjectRange range) {
    byte[] bytes = new byte[range.data().remaining()];
    range.data().get(bytes);
    return bytes;
  }

  private List<String> keys(String namePrefix) {
    awaitListed();
    return pages(namePrefix, 1000);
  }

  private List<String> pages(String namePrefix, int limit) {
    List<String> keys = new ArrayList<>();
    ListRequest request = new ListRequest(key(namePrefix), null, limit);
    while (true) {
      ListPage page = done(store.list(request));
      assertThat(page.objects().size()).as("entries of one page").isLessThanOrEqualTo(limit);
      page.objects().forEach(o -> keys.add(o.key()));
      if (page.nextAfter().isEmpty()) {
        return keys;
      }
      request = request.following(page);
    }
  }

  private List<String> sortedIfNeeded(List<String> keys) {
    return lacks(StoreCapability.UTF8_KEY_ORDER) ? sorted(keys) : keys;
  }

  private static List<String> sorted(List<String> keys) {
    return keys.stream().sorted(UTF8_ORDER).toList();
  }

  private int partSize() {
    return (int) Math.max(1000, store.limits().minPart().bytes());
  }

  private static byte[] part(byte[] all, int number, int size) {
    return Arrays.copyOfRange(all, (number - 1) * size, Math.min(all.length, number * size));
  }

  /** Runs one call in each of many threads at once; exactly one may succeed. */
  private static int race(IntFunction<CompletionStage<?>> call) throws InterruptedException {
    List<CompletionStage<Object>> stages = atOnce(i -> call.apply(i).thenApply(r -> (Object) r));
    int winner = -1;
    for (int i = 0; i < RACERS; i++) {
      Throwable failure = failure(stages.get(i));
      if (failure == null) {
        assertThat(winner).as("a second winner beside %d", i).isEqualTo(-1);
        winner = i;
      } else {
        assertThat(failure).isInstanceOf(ProviderException.class);
        assertThat(((ProviderException) failure).kind()).isEqualTo(ErrorKind.PRECONDITION);
      }
    }
    assertThat(winner).as("a winner").isNotEqualTo(-1);
    return winner;
  }

  private static <T> List<CompletionStage<T>> atOnce(IntFunction<CompletionStage<T>> call)
      throws InterruptedException {
    CountDownLatch start = new CountDownLatch(1);
    List<CompletionStage<T>> stages = new ArrayList<>(Collections.nCopies(RACERS, null));
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < RACERS; i++) {
      int racer = i;
      Thread thread =
          new Thread(
              () -> {
                try {
                  start.await();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                  return;
                }
                CompletionStage<T> stage = call.apply(racer);
                synchronized (stages) {
                  stages.set(racer, stage);
                }
              },
              "racer-" + racer);
      thread.setDaemon(true);
      thread.start();
      threads.add(thread);
    }
    start.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
    synchronized (stages) {
      return List.copyOf(stages);
    }
  }

  private static PutOptions options(Map<String, String> metadata) {
    return PutOptions.NONE.withMetadata(metadata);
  }

  private static Map<String, String> metadataOf(int bytes) {
    Map<String, String> metadata = new TreeMap<>();
    int left = bytes;
    for (int i = 0; left > 0; i++) {
      String name = String.format("n%05d", i);
      int value = Math.min(1000, left - name.length());
      if (value < 0) {
        metadata.merge("n00000", "y".repeat(left), String::concat);
        break;
      }
      metadata.put(name, "x".repeat(value));
      left -= name.length() + value;
    }
    return metadata;
  }

  private static String pad(String begin, int bytes) {
    return begin + "n".repeat(bytes - begin.getBytes(StandardCharsets.UTF_8).length);
  }

  private static ByteBuffer utf8(String text) {
    return ByteBuffer.wrap(array(text));
  }

  private static byte[] array(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] fill(int size, int value) {
    byte[] bytes = new byte[size];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  private static byte[] bytes(int size, long seed) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static Sha256 sha256(byte[] bytes) {
    try {
      return new Sha256(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java runtime has SHA-256.", e);
    }
  }
}
