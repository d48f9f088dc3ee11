// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.translate;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.mirror.translate.Convention.Written;
import io.kmesh.engine.MirrorDialect;
import io.kmesh.engine.MirrorTranslation;
import io.kmesh.engine.MirrorTranslationReport;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.StoreCapability;
import io.kmesh.testkit.fault.CrashPoint;
import io.kmesh.testkit.fault.CrashPoints;
import io.kmesh.testkit.fault.CrashableStore;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A translation that ends at any call of a store, and is repeated, ends like one that did not. */
@Tag("crash")
class TranslationCrashTest {
  private static final MirrorDialect TO = MirrorDialect.FSX;

  /** Every way in which an object can be moved. */
  private static void fill(ObjectStore store) throws Exception {
    put(store, "a/file", "content", Map.of("mode", "33188", "uid", "5", "mtime", "1.5"));
    put(store, "a/link", "", Map.of("gcsfuse_symlink_target", "../away"));
    put(store, "a/folder", "", Map.of("hdi_isfolder", "true", "owner", "7"));
    byte[] large = new byte[2 * TranslationWorld.PART + 5];
    new SplittableRandom(1).nextBytes(large);
    TranslationWorld.put(store, "a/large", large, Map.of("mode", "33188"));
    own(store, "a/own", "bytes", "bytes", Map.of("kmesh-links", "2"));
    put(
        store,
        "a/second",
        "",
        Map.of(
            "kmesh-format", "mirror/0",
            "kmesh-type", "hardlink",
            "kmesh-target",
                Base64.getEncoder().encodeToString("own".getBytes(StandardCharsets.UTF_8))));
    own(
        store,
        "a/sparse",
        "x".repeat(10),
        "\0".repeat(TranslationWorld.PART) + "x".repeat(10),
        Map.of("kmesh-extents", TranslationWorld.PART + "+10"));
    String side = "0".repeat(31) + "1";
    put(
        store,
        "a/.kmesh/side/" + side,
        "{\"kmesh-xattrs\":\"" + Base64.getEncoder().encodeToString(xattr()) + "\"}",
        Map.of("kmesh-format", "mirror/0", "kmesh-type", "side", "kmesh-attempt", side));
    put(
        store,
        "a/fifo",
        "",
        Map.of(
            "kmesh-format",
            "mirror/0",
            "kmesh-type",
            "fifo",
            "kmesh-attempt",
            side,
            "kmesh-side",
            ".kmesh/side/" + side));
  }

  /** Too large for the metadata. */
  private static byte[] xattr() {
    byte[] packed = new byte[2 + 6 + 4 + 3000];
    packed[1] = 6;
    System.arraycopy("user.k".getBytes(StandardCharsets.US_ASCII), 0, packed, 2, 6);
    packed[10] = 3000 >> 8;
    packed[11] = (byte) 3000;
    return packed;
  }

  private static void put(ObjectStore store, String key, String body, Map<String, String> metadata)
      throws IOException {
    TranslationWorld.put(store, key, body.getBytes(StandardCharsets.UTF_8), metadata);
  }

  private static void own(
      ObjectStore store, String key, String body, String content, Map<String, String> more)
      throws Exception {
    byte[] digest =
        MessageDigest.getInstance("SHA-256").digest(content.getBytes(StandardCharsets.UTF_8));
    Map<String, String> metadata = new TreeMap<>(more);
    metadata.put("kmesh-format", "mirror/0");
    metadata.put("kmesh-type", "file");
    metadata.put("kmesh-size", Integer.toString(content.length()));
    metadata.put("kmesh-sha256", HexFormat.of().formatHex(digest));
    put(store, key, body, metadata);
  }

  private static Map<String, Written> entries(ObjectStore store, String prefix) throws IOException {
    Map<String, Written> entries = new TreeMap<>();
    TranslationWorld.bare(store, prefix)
        .forEach(
            (key, written) -> {
              if (!key.contains(".kmesh/side/")) {
                Map<String, String> metadata = new TreeMap<>(written.metadata());
                metadata.remove("kmesh-side");
                entries.put(key, new Written(key, written.body(), metadata));
              }
            });
    return entries;
  }

  /** Where it is translated. */
  private enum Place {
    SAME_STORE,
    OTHER_STORE,
    IN_PLACE
  }

  private static final class Translation implements CrashPoints.Scenario {
    private final ManualTime time = ManualTime.skipping();
    private final Place place;
    private final Map<String, Written> expected;
    private final MemoryStore source;
    private final MemoryStore target;
    private boolean isDone;

    Translation(Place place, Map<String, Written> expected, StoreCapability... missing) {
      this.place = place;
      this.expected = expected;
      this.source = MemoryStore.builder().time(time).without(missing).build();
      this.target =
          place == Place.OTHER_STORE
              ? MemoryStore.builder().name("other").time(time).without(missing).build()
              : source;
    }

    private MirrorTranslation translation(ObjectStore from, ObjectStore to) {
      MirrorTranslation translation = TranslationWorld.translate(from, "a/", time).threads(1);
      return place == Place.IN_PLACE ? translation : translation.to(to, "b/");
    }

    private String prefix() {
      return place == Place.IN_PLACE ? "a/" : "b/";
    }

    @Override
    public void run(CrashPoint crashPoint) throws Exception {
      fill(source);
      ObjectStore from = CrashableStore.of(source, crashPoint);
      ObjectStore to = target == source ? from : CrashableStore.of(target, crashPoint);
      MirrorTranslationReport report = translation(from, to).run(TO);
      isDone = report.failed().isEmpty();
    }

    @Override
    public void recoverAndCheck(long seed) throws Exception {
      if (!isDone) {
        // A younger upload may be that of another translation, and stays.
        time.advance(Duration.ofDays(8));
        assertThat(translation(source, target).run(TO).failed()).isEmpty();
      }
      Map<String, Written> found = entries(target, prefix());
      if (!expected.isEmpty()) {
        assertThat(found).isEqualTo(expected);
      }
      assertThat(target.openUploads()).isEmpty();
      MirrorTranslationReport again = translation(source, target).run(TO);
      assertThat(again.failed()).isEmpty();
      assertThat(again.copied() + again.sent() + again.removed()).isZero();
    }
  }

  private static void enumerate(Place place, StoreCapability... missing) throws Exception {
    Translation quiet = new Translation(place, Map.of(), missing);
    quiet.run(CrashPoint.never());
    Map<String, Written> expected = entries(quiet.target, quiet.prefix());
    assertThat(expected).hasSize(8);
    assertThat(expected.get(quiet.prefix() + "sparse").body()).hasSize(TranslationWorld.PART + 10);
    assertThat(expected.get(quiet.prefix() + "second").body()).isEqualTo("bytes");
    assertThat(expected.get(quiet.prefix() + "link").body()).isEqualTo("../away");
    CrashPoints.Report report =
        CrashPoints.enumerate(() -> new Translation(place, expected, missing), 1);
    assertThat(report.operations()).isGreaterThan(15);
    assertThat(report.crashes()).isGreaterThan(report.operations());
  }

  @Test
  void inOneStore_goesOn() throws Exception {
    enumerate(Place.SAME_STORE);
  }

  @Test
  void toAnotherStore_goesOn() throws Exception {
    enumerate(Place.OTHER_STORE);
  }

  @Test
  void inPlace_goesOn_andLosesNothing() throws Exception {
    enumerate(Place.IN_PLACE);
  }

  @Test
  void inPlace_inAStoreThatCannotCopy_goesOn_andLosesNothing() throws Exception {
    enumerate(Place.IN_PLACE, StoreCapability.COPY, StoreCapability.CONDITIONAL_DELETE);
  }
}
