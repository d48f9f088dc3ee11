// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.translate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.mirror.translate.Convention.Written;
import io.kmesh.engine.MirrorDialect;
import io.kmesh.engine.MirrorTranslation;
import io.kmesh.engine.MirrorTranslationReport;
import io.kmesh.engine.MirrorTranslationReport.Outcome;
import io.kmesh.engine.MirrorTreeReport;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ForwardingObjectStore;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectRange;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.StoreCapability;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import io.kmesh.testkit.fault.FaultPlan;
import io.kmesh.testkit.fault.FaultyObjectStore;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What is sent, what is not sent again, and what is never overwritten. */
class TranslationTest {
  private static final Map<String, String> GOOGLE =
      Map.of("goog-reserved-posix-mode", "640", "goog-reserved-file-mtime", "1700000000");
  private static final Map<String, String> AS_FSX =
      Map.of("file-permissions", "0100640", "file-mtime", "1700000000000000000ns");

  private final TranslationWorld world = new TranslationWorld();

  private MirrorTranslation toB() {
    return world.translate("a/").to(world.store, "b/");
  }

  private static List<String> names(MirrorTranslationReport report) {
    return report.failed().stream().map(MirrorTreeReport.Problem::name).toList();
  }

  @Test
  void plan_changesNothing_andSaysWhatRunDoes() throws IOException {
    world.put("a/one", "x", GOOGLE);
    world.put("a/two", "yyy", GOOGLE);
    world.put("a/d/", "", GOOGLE);
    world.put("a/l", "", Map.of("gcsfuse_symlink_target", "../away"));
    world.put("a/d/../out", "x", GOOGLE);
    world.put("b/one", "theirs", Map.of());
    List<String> before = world.store.keys();
    MirrorTranslationReport plan = toB().plan(MirrorDialect.FSX);
    assertThat(world.store.keys()).isEqualTo(before);
    MirrorTranslationReport report = toB().run(MirrorDialect.FSX);
    assertThat(plan).isEqualTo(report);
    assertThat(plan.objects()).isEqualTo(5);
    assertThat(plan.copied()).isEqualTo(1);
    assertThat(plan.copiedBytes()).isEqualTo(3);
    assertThat(plan.sent()).isEqualTo(2);
    assertThat(plan.sentBytes()).isEqualTo(7);
    assertThat(names(plan)).containsExactly("a/d/../out", "a/one");
    // A page; each is looked at, and what is in its place but for the one whose key is none; three
    // are put.
    assertThat(plan.requests()).isEqualTo(1 + 5 + 4 + 3);
  }

  @Test
  void whatIsThere_isNotSentAgain_andWhatChanged_is() throws IOException {
    world.put("a/one", "x", GOOGLE);
    world.put("a/two", "y", GOOGLE);
    assertThat(toB().run(MirrorDialect.FSX).copied()).isEqualTo(2);
    world.put("a/two", "z", GOOGLE);
    MirrorTranslationReport again = toB().run(MirrorDialect.FSX);
    assertThat(again.equal()).isEqualTo(1);
    assertThat(again.copied()).isEqualTo(1);
    assertThat(world.bare("b/").get("b/two")).isEqualTo(new Written("b/two", "z", AS_FSX));
    MirrorTranslationReport other = toB().run(MirrorDialect.GOOGLE);
    assertThat(other.copied()).isEqualTo(2);
    assertThat(world.bare("b/").get("b/one")).isEqualTo(new Written("b/one", "x", GOOGLE));
  }

  @Test
  void timesInRclonesWords_areDatesWhereRcloneWantsThem() throws IOException {
    world.put("a/one", "x", GOOGLE);
    MemoryStore target = MemoryStore.create();
    ObjectStore azure =
        new ForwardingObjectStore() {
          @Override
          protected ObjectStore delegate() {
            return target;
          }

          @Override
          public URI uri() {
            return URI.create("az://account/container");
          }
        };
    world.translate("a/").to(azure, "").run(MirrorDialect.RCLONE);
    assertThat(target.blocking().head("one").metadata())
        .containsEntry("mtime", "2023-11-14T22:13:20Z");
    toB().run(MirrorDialect.RCLONE);
    assertThat(world.store.blocking().head("b/one").metadata().get("mtime"))
        .startsWith("1700000000");
  }

  @Test
  void whatOthersWrote_staysUnlessAsked() throws IOException {
    world.put("a/one", "x", GOOGLE);
    world.put("c/one", "y", GOOGLE);
    world.put("b/one", "theirs", Map.of("colour", "red"));
    MirrorTranslationReport report = toB().run(MirrorDialect.FSX);
    assertThat(names(report)).containsExactly("a/one");
    assertThat(report.failed().get(0).message())
        .isEqualTo(
            "Cannot translate a/one: an object that was not translated from it is at b/one in"
                + " memory:test. Remove it, or ask to overwrite.");
    assertThat(world.bare("b/").get("b/one").body()).isEqualTo("theirs");
    assertThat(toB().overwrite().run(MirrorDialect.FSX).copied()).isEqualTo(1);
    assertThat(world.bare("b/").get("b/one")).isEqualTo(new Written("b/one", "x", AS_FSX));
    // What comes from another object is somebody else's too.
    assertThat(names(world.translate("c/").to(world.store, "b/").run(MirrorDialect.FSX)))
        .containsExactly("c/one");
  }

  @Test
  void otherMetadata_goesAlong_andWordsOfTheSourceDoNot() throws IOException {
    world.put("a/one", "x", Map.of("file-owner", "5", "colour", "red", "user-agent", "tool"));
    toB().run(MirrorDialect.RCLONE);
    Map<String, String> metadata = world.bare("b/").get("b/one").metadata();
    assertThat(metadata)
        .containsEntry("uid", "5")
        .containsEntry("colour", "red")
        .containsEntry("user-agent", "tool")
        .doesNotContainKeys("file-owner", "gid", "kmesh-format");
  }

  @Test
  void oneDialectAlone_isBelievedWhenAsked() throws IOException {
    world.put(
        "a/one", "x", Map.of("file-owner", "5", "file-group", "6", "owner", "7", "group", "8"));
    toB().from(MirrorDialect.AMLFS).run(MirrorDialect.S3FS);
    assertThat(world.bare("b/").get("b/one").metadata())
        .containsEntry("uid", "7")
        .containsEntry("gid", "8")
        .doesNotContainKeys("file-owner", "owner");
  }

  @Test
  void stickyPermissionsWithoutAnOwner_areReadAsManagedLustresOwn() throws IOException {
    world.put("a/one", "x", Map.of("file-permissions", "0101777"));
    MirrorTranslationReport report = toB().run(MirrorDialect.AMLFS);
    assertThat(report.notes()).hasSize(1);
    assertThat(report.notes().get(0).message()).contains("is 0 now");
    assertThat(world.bare("b/").get("b/one").metadata())
        .containsEntry("permissions", "1777")
        .containsEntry("owner", "0");
  }

  @Test
  void losses_areCountedAndToldByObject() throws IOException {
    world.put(
        "a/one",
        "x",
        Map.of(
            "file-permissions", "0101644",
            "file-owner", "1",
            "file-mtime", "1700000000000000001ns",
            "file-atime", "1700000000000000000ns"));
    world.put("a/pipe", "", Map.of("mode", "010644", "mtime", "1.5"));
    Map<String, MirrorTranslationReport.Entry> entries = new ConcurrentHashMap<>();
    MirrorTranslationReport report =
        toB().onEntry(e -> entries.put(e.key(), e)).run(MirrorDialect.GOOGLE);
    assertThat(report.losses()).isEqualTo(Map.of("mtime-fraction", 2L, "sticky", 1L, "type", 1L));
    assertThat(report.leftOut()).isEqualTo(1);
    assertThat(entries.get("a/one").losses()).containsExactly("mtime-fraction", "sticky");
    assertThat(entries.get("a/one").outcome()).isEqualTo(Outcome.COPIED);
    assertThat(entries.get("a/one").targetKey()).isEqualTo("b/one");
    assertThat(entries.get("a/pipe").outcome()).isEqualTo(Outcome.LEFT_OUT);
    assertThat(world.bare("b/")).containsOnlyKeys("b/one");
  }

  @Test
  void largeObjects_goInParts_toAnotherStore_andTheirBytesAreVerified() throws IOException {
    byte[] bytes = new byte[5 * TranslationWorld.PART + 17];
    new SplittableRandom(7).nextBytes(bytes);
    TranslationWorld.put(world.store, "a/large", bytes, GOOGLE);
    MemoryStore other = MemoryStore.builder().name("other").build();
    MirrorTranslationReport plan = world.translate("a/").to(other, "b/").plan(MirrorDialect.FSX);
    MirrorTranslationReport report = world.translate("a/").to(other, "b/").run(MirrorDialect.FSX);
    assertThat(report.failed()).isEmpty();
    assertThat(plan).isEqualTo(report);
    assertThat(other.requests("uploadPart")).isEqualTo(6);
    assertThat(TranslationWorld.bare(other, "b/").get("b/large"))
        .isEqualTo(new Written("b/large", new String(bytes, StandardCharsets.ISO_8859_1), AS_FSX));
    assertThat(other.openUploads()).isEmpty();
  }

  @Test
  void bytesThatAreWrong_areNotStored() throws IOException {
    byte[] bytes = new byte[3 * TranslationWorld.PART];
    TranslationWorld.put(world.store, "a/large", bytes, GOOGLE);
    world.put("a/small", "content", GOOGLE);
    MemoryStore other = MemoryStore.builder().name("other").build();
    ObjectStore lying =
        FaultyObjectStore.of(
            world.store,
            FaultPlan.on("read")
                .matching("large")
                .after(2)
                .flipBitOnce()
                .and("read")
                .matching("small")
                .flipBitOnce(),
            ManualTime.skipping());
    MirrorTranslationReport report =
        TranslationWorld.translate(lying, "a/").to(other, "b/").run(MirrorDialect.FSX);
    assertThat(names(report)).containsExactly("a/large", "a/small");
    assertThat(report.failed()).allMatch(p -> p.message().contains("SHA-256"));
    assertThat(other.keys()).isEmpty();
    assertThat(other.openUploads()).isEmpty();
  }

  @Test
  void storeThatCannotCopy_isReadAndWritten_inPlaceToo() throws IOException {
    MemoryStore plain = MemoryStore.builder().without(StoreCapability.COPY).build();
    byte[] bytes = new byte[2 * TranslationWorld.PART + 1];
    new SplittableRandom(3).nextBytes(bytes);
    TranslationWorld.put(plain, "a/large", bytes, GOOGLE);
    TranslationWorld.put(plain, "a/small", new byte[] {1}, GOOGLE);
    MirrorTranslationReport report =
        TranslationWorld.translate(plain, "a/").to(plain, "b/").run(MirrorDialect.FSX);
    assertThat(report.failed()).isEmpty();
    assertThat(report.copied()).isZero();
    assertThat(report.sent()).isEqualTo(2);
    assertThat(TranslationWorld.translate(plain, "a/").run(MirrorDialect.FSX).sent()).isEqualTo(2);
    Map<String, Written> inPlace = TranslationWorld.bare(plain, "a/");
    assertThat(inPlace.get("a/large"))
        .isEqualTo(new Written("a/large", new String(bytes, StandardCharsets.ISO_8859_1), AS_FSX));
    assertThat(inPlace.get("a/small").metadata()).isEqualTo(AS_FSX);
    assertThat(TranslationWorld.bare(plain, "b/")).hasSize(2);
  }

  /** As S3 does above 5 GiB. */
  @Test
  void objectThatTheStoreDoesNotCopyAtOnce_goesThroughHere() throws IOException {
    byte[] bytes = new byte[2 * TranslationWorld.PART + 1];
    new SplittableRandom(4).nextBytes(bytes);
    TranslationWorld.put(world.store, "a/large", bytes, GOOGLE);
    world.put("a/small", "x", GOOGLE);
    ObjectStore limited =
        FaultyObjectStore.of(
            world.store,
            FaultPlan.on("copy").matching("a/large").failAlways(ErrorKind.INVALID),
            ManualTime.skipping());
    MirrorTranslationReport report =
        TranslationWorld.translate(limited, "a/").to(limited, "b/").run(MirrorDialect.FSX);
    assertThat(report.failed()).isEmpty();
    assertThat(report.copiedBytes()).isEqualTo(1);
    assertThat(report.sentBytes()).isEqualTo(bytes.length);
    assertThat(world.bare("b/").get("b/large"))
        .isEqualTo(new Written("b/large", new String(bytes, StandardCharsets.ISO_8859_1), AS_FSX));
  }

  /** Two translations of one key at a time leave each other alone; the second one is told. */
  @Test
  void uploadOfSomebodyElse_isEndedWhenItIsOld() throws IOException {
    TranslationWorld.put(world.store, "a/large", new byte[TranslationWorld.PART + 1], GOOGLE);
    ManualTime time = ManualTime.skipping();
    MemoryStore other = MemoryStore.builder().name("other").time(time).build();
    Upload old = other.blocking().startUpload("b/large", Map.of());
    time.advance(Duration.ofDays(8));
    Upload young = other.blocking().startUpload("b/large", Map.of());
    MirrorTranslationReport report =
        TranslationWorld.translate(world.store, "a/", time).to(other, "b/").run(MirrorDialect.FSX);
    assertThat(report.failed()).isEmpty();
    assertThat(other.openUploads()).containsExactly(young).doesNotContain(old);
  }

  @Test
  void storeWithoutParts_isRefusedForLargeObjectsAlone() throws IOException {
    TranslationWorld.put(world.store, "a/large", new byte[TranslationWorld.PART + 1], GOOGLE);
    world.put("a/small", "x", GOOGLE);
    MemoryStore other =
        MemoryStore.builder().name("other").without(StoreCapability.MULTIPART).build();
    MirrorTranslationReport report = world.translate("a/").to(other, "b/").run(MirrorDialect.FSX);
    assertThat(names(report)).containsExactly("a/large");
    assertThat(other.keys()).containsExactly("b/small");
  }

  @Test
  void prefixesWithinOneAnother_andDialectsThatAreOnlyRead_areRefused() {
    assertThatThrownBy(() -> world.translate("a/").to(world.store, "a/b/").run(MirrorDialect.FSX))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("one lies below the other");
    assertThatThrownBy(() -> world.translate("").to(world.store, "b/").run(MirrorDialect.FSX))
        .isInstanceOf(ProviderException.class);
    assertThatThrownBy(() -> toB().run(MirrorDialect.GCSFUSE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("only read");
  }

  @Test
  void cancel_stops_andRepeatingGoesOn() throws IOException {
    for (int i = 0; i < 100; i++) {
      world.put("a/" + i, "x" + i, GOOGLE);
    }
    AtomicInteger done = new AtomicInteger();
    AtomicBoolean isCancelled = new AtomicBoolean();
    assertThatThrownBy(
            () ->
                toB()
                    .threads(1)
                    .cancelWhen(isCancelled::get)
                    .onEntry(e -> isCancelled.set(done.incrementAndGet() >= 20))
                    .run(MirrorDialect.FSX))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CANCELLED));
    MirrorTranslationReport again = toB().run(MirrorDialect.FSX);
    assertThat(again.equal()).isEqualTo(20);
    assertThat(again.copied()).isEqualTo(80);
  }

  @Test
  void repliesThatAreLost_andThrottling_areTriedAgain() throws IOException {
    for (int i = 0; i < 5; i++) {
      world.put("a/" + i, "x" + i, GOOGLE);
    }
    world.put("a/link", "", Map.of("gcsfuse_symlink_target", "away"));
    ObjectStore poor =
        FaultyObjectStore.of(
            world.store,
            FaultPlan.on("copy")
                .loseReplyOnce()
                .fail(2, ErrorKind.THROTTLED)
                .and("put")
                .loseReplyOnce()
                .and("head")
                .fail(2, ErrorKind.TRANSIENT),
            ManualTime.skipping());
    MirrorTranslationReport report =
        TranslationWorld.translate(poor, "a/").to(poor, "b/").run(MirrorDialect.FSX);
    assertThat(report.failed()).isEmpty();
    assertThat(world.bare("b/")).hasSize(6);
    MirrorTranslationReport inPlace = TranslationWorld.translate(poor, "a/").run(MirrorDialect.FSX);
    assertThat(inPlace.failed()).isEmpty();
    assertThat(toB().run(MirrorDialect.FSX).failed()).isEmpty();
  }

  /** Replaces an object right before some calls of a store. */
  private static final class Meddling extends ForwardingObjectStore {
    private final MemoryStore store;
    private final String key;
    private final String call;
    private final int times;
    private int spared; // guarded by this
    private int done; // guarded by this

    Meddling(MemoryStore store, String key, String call, int spared, int times) {
      this.store = store;
      this.key = key;
      this.call = call;
      this.spared = spared;
      this.times = times;
    }

    @Override
    protected ObjectStore delegate() {
      return store;
    }

    private synchronized void meddle(String now) {
      if (now.equals(call) && spared-- <= 0 && done < times) {
        done++;
        try {
          TranslationWorld.put(
              store,
              key,
              ("version " + done).getBytes(StandardCharsets.UTF_8),
              Map.of("goog-reserved-posix-mode", "60" + done));
        } catch (IOException e) {
          throw new IllegalStateException(e);
        }
      }
    }

    @Override
    public CompletionStage<ObjectInfo> copy(
        String source, Condition sourceCondition, String target, PutOptions options) {
      meddle("copy");
      return super.copy(source, sourceCondition, target, options);
    }

    @Override
    public CompletionStage<ObjectRange> read(
        String key, long offset, int length, Condition condition) {
      meddle("read");
      return super.read(key, offset, length, condition);
    }

    @Override
    public CompletionStage<ObjectInfo> put(String key, ByteBuffer body, PutOptions options) {
      meddle("put");
      return super.put(key, body, options);
    }

    @Override
    public CompletionStage<ObjectInfo> complete(
        Upload upload, List<UploadPart> parts, PutOptions options) {
      meddle("complete");
      return super.complete(upload, parts, options);
    }
  }

  @Test
  void sourceThatChanges_isLookedAtAgain_andNeverMixed() throws IOException {
    world.put("a/one", "version 0", GOOGLE);
    ObjectStore meddling = new Meddling(world.store, "a/one", "copy", 0, 2);
    MirrorTranslationReport report =
        TranslationWorld.translate(meddling, "a/").to(meddling, "b/").run(MirrorDialect.FSX);
    assertThat(report.failed()).isEmpty();
    assertThat(report.objects()).isEqualTo(1);
    assertThat(world.bare("b/").get("b/one").body()).isEqualTo("version 2");
    assertThat(world.bare("b/").get("b/one").metadata())
        .containsEntry("file-permissions", "0100602");
  }

  @Test
  void sourceThatChangesWhileItIsRead_isSentWhole() throws IOException {
    byte[] old = new byte[4 * TranslationWorld.PART];
    TranslationWorld.put(world.store, "a/one", old, GOOGLE);
    MemoryStore other = MemoryStore.builder().name("other").build();
    ObjectStore meddling = new Meddling(world.store, "a/one", "read", 2, 1);
    MirrorTranslationReport report =
        TranslationWorld.translate(meddling, "a/").to(other, "").run(MirrorDialect.FSX);
    assertThat(report.failed()).isEmpty();
    assertThat(TranslationWorld.bare(other, "").get("one").body()).isEqualTo("version 1");
    assertThat(other.openUploads()).isEmpty();
  }

  @Test
  void sourceThatChangesAlways_fails_andNothingIsThere() throws IOException {
    world.put("a/one", "version 0", GOOGLE);
    ObjectStore meddling = new Meddling(world.store, "a/one", "copy", 0, 100);
    MirrorTranslationReport report =
        TranslationWorld.translate(meddling, "a/").to(meddling, "b/").run(MirrorDialect.FSX);
    assertThat(report.failed().get(0).message()).contains("changed each of the 4 times");
    assertThat(world.bare("b/")).isEmpty();
    MirrorTranslationReport inPlace =
        TranslationWorld.translate(new Meddling(world.store, "a/one", "copy", 0, 100), "a/")
            .run(MirrorDialect.FSX);
    assertThat(names(inPlace)).containsExactly("a/one");
    assertThat(world.bare("a/").get("a/one").body()).startsWith("version ");
    assertThat(world.bare("a/").get("a/one").metadata()).doesNotContainKey("file-permissions");
  }

  @Test
  void whatOthersPutMeanwhile_stays() throws IOException {
    world.put("a/one", "mine", GOOGLE);
    ObjectStore meddling = new Meddling(world.store, "b/one", "copy", 0, 1);
    assertThat(
            names(
                TranslationWorld.translate(meddling, "a/")
                    .to(meddling, "b/")
                    .run(MirrorDialect.FSX)))
        .containsExactly("a/one");
    assertThat(world.bare("b/").get("b/one").body()).isEqualTo("version 1");
    for (String call : List.of("put", "complete")) {
      TranslationWorld.put(
          world.store,
          "a/one",
          new byte[call.equals("put") ? 5 : 2 * TranslationWorld.PART],
          GOOGLE);
      MemoryStore other = MemoryStore.builder().name("other").build();
      ObjectStore busy = new Meddling(other, "one", call, 0, 1);
      assertThat(names(world.translate("a/").to(busy, "").run(MirrorDialect.FSX)))
          .containsExactly("a/one");
      assertThat(TranslationWorld.bare(other, "").get("one").body()).isEqualTo("version 1");
      assertThat(other.openUploads()).isEmpty();
      // What was asked to be overwritten is, in the state in which it was seen.
      ObjectStore busier = new Meddling(other, "one", call, 0, 1);
      assertThat(world.translate("a/").to(busier, "").overwrite().run(MirrorDialect.FSX).failed())
          .isEmpty();
      assertThat(TranslationWorld.bare(other, "").get("one").metadata()).isEqualTo(AS_FSX);
    }
  }

  @Test
  void twoObjectsOfOneDirectory_areNotMadeOne() throws IOException {
    world.put("a/d", "", Map.of("hdi_isfolder", "true", "owner", "1"));
    world.put("a/d/", "", Map.of("file-owner", "2"));
    for (MirrorTranslation one : List.of(toB(), world.translate("a/"))) {
      MirrorTranslationReport report = one.run(MirrorDialect.FSX);
      assertThat(names(report)).containsExactly("a/d");
    }
    assertThat(world.bare("b/").get("b/d/").metadata()).containsEntry("file-owner", "2");
    assertThat(world.bare("a/")).containsKeys("a/d", "a/d/");
  }

  @Test
  void filesOfAnArchive_areNotTranslatedInPlace() throws IOException {
    Map<String, String> archived =
        Map.of(
            "kmesh-format", "mirror/0",
            "kmesh-type", "file",
            "kmesh-size", "1",
            "kmesh-fid", "[0x200000401:0x1:0x0]",
            "kmesh-sha256", "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881");
    world.put("a/one", "x", archived);
    MirrorTranslationReport report = world.translate("a/").run(MirrorDialect.FSX);
    assertThat(report.failed().get(0).message()).contains("Lustre archive");
    assertThat(world.bare("a/").get("a/one").metadata()).isEqualTo(archived);
    assertThat(toB().run(MirrorDialect.FSX).copied()).isEqualTo(1);
    assertThat(world.bare("b/").get("b/one").metadata()).containsAllEntriesOf(archived);
  }

  @Test
  void progress_isTold() throws IOException {
    world.put("a/one", "x", GOOGLE);
    List<Long> told = new ArrayList<>();
    toB().onProgress(p -> told.add(p.entries())).run(MirrorDialect.FSX);
    assertThat(told).last().isEqualTo(1L);
  }
}
