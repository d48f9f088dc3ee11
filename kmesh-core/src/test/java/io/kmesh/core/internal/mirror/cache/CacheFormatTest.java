// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Crc32c;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.Sha256;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The form of docs/format/mirror-cache.md. */
class CacheFormatTest {
  private static final RunPlace PLACE = new RunPlace("s3://b", "t/");
  private static final Instant TIME = Instant.ofEpochSecond(1_700_000_000L);

  /** How a run of version 0 begins, which is no damage. */
  private static final long OLDER = 0x4b4d4d4300000000L;

  private static final String VECTOR =
      "4b4d4d430000000100000010972a477b0000000673333a2f2f6200000002742f000001434d7628e4"
          + "0000002b040000000000000005000000006553f10000000000000000006553f10000000001000161"
          + "00026531000176000000671d0000000000000005000000006553f10000000000000000006553f100"
          + "00000001000162000265310001760000000000000000000000000000000000000000000000000000"
          + "0000000000000102030400020100086d6972726f722f300000056d74696d65000131000000671e00"
          + "00000000000005000000006553f10000000000000000006553f10000000001000163000265310001"
          + "76000000000000000000000000000000000000000000000000000000000000000001020304000201"
          + "00086d6972726f722f300000056d74696d650001310000003a220000000000000005000000006553"
          + "f10000000000000000006553f1000000000000016400026531000102000473696465000000056865"
          + "6c6c6f000000004bb225950000000000000004";

  private static byte[] key(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static CachedAnswer answer(String key, CachedAnswer.Origin origin) {
    ObjectInfo info =
        new ObjectInfo(
            "t/" + key,
            5,
            "e1",
            "v",
            TIME,
            Map.of("kmesh-format", "mirror/0", "mtime", "1"),
            new Sha256(new byte[32]),
            new Crc32c(0x01020304),
            null);
    return CachedAnswer.of(key(key), info, origin, TIME, TIME.plusNanos(1)).orElseThrow();
  }

  /** One whose bytes are kept. */
  private static CachedAnswer beside(String key) {
    ObjectInfo info =
        new ObjectInfo(
            "t/" + key, 5, "e1", null, TIME, Map.of("kmesh-type", "side"), null, null, null);
    byte[] body = "hello".getBytes(StandardCharsets.UTF_8);
    return CachedAnswer.of(key(key), info, body, CachedAnswer.Origin.ANSWERED, TIME, TIME)
        .orElseThrow();
  }

  private static byte[] run(CachedAnswer... answers) throws IOException {
    Path file = Files.createTempFile("kmesh-run", ".test");
    try {
      try (RunWriter writer =
          new RunWriter(
              FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.READ),
              PLACE,
              null)) {
        for (CachedAnswer answer : answers) {
          writer.add(answer);
        }
        writer.end();
      }
      return Files.readAllBytes(file);
    } finally {
      Files.delete(file);
    }
  }

  /** Reads all; says how it ended. */
  private static Optional<String> read(byte[] bytes, List<CachedAnswer> into) throws IOException {
    Path file = Files.createTempFile("kmesh-run", ".test");
    try {
      Files.write(file, bytes);
      try (RunReader reader =
          new RunReader(FileChannel.open(file, StandardOpenOption.READ), PLACE)) {
        for (CachedAnswer next = reader.next(); next != null; next = reader.next()) {
          into.add(next);
        }
        return Optional.ofNullable(reader.damage());
      }
    } finally {
      Files.delete(file);
    }
  }

  @Test
  void run_isAsWritten() throws IOException {
    byte[] bytes =
        run(
            answer("a", CachedAnswer.Origin.LISTED),
            answer("b", CachedAnswer.Origin.SENT),
            answer("c", CachedAnswer.Origin.ANSWERED),
            beside("d"));
    assertThat(HexFormat.of().formatHex(bytes)).isEqualTo(VECTOR);
    List<CachedAnswer> found = new ArrayList<>();
    assertThat(read(bytes, found)).isEmpty();
    assertThat(found)
        .extracting(CachedAnswer::origin)
        .containsExactly(
            CachedAnswer.Origin.LISTED,
            CachedAnswer.Origin.SENT,
            CachedAnswer.Origin.ANSWERED,
            CachedAnswer.Origin.ANSWERED);
    assertThat(found.get(3).info("t/d").metadata()).isEqualTo(Map.of("kmesh-type", "side"));
    assertThat(found.get(3).body()).asString().isEqualTo("hello");
    assertThat(found.get(2).body()).isNull();
    assertThat(found.get(2).info("t/c").metadata())
        .isEqualTo(Map.of("kmesh-format", "mirror/0", "mtime", "1"));
    assertThat(found.get(2).info("t/c").crc32c()).contains(new Crc32c(0x01020304));
    assertThat(found.get(2).info("t/c").versionId()).contains("v");
    assertThat(found.get(0).info("t/a").metadata()).isEmpty();
  }

  /** Nothing in a cache is needed: what a later build wrote is asked for again. */
  @Test
  void runOfALaterVersion_hasNothing_andSaysSo() throws IOException {
    byte[] bytes = run(answer("a", CachedAnswer.Origin.LISTED));
    bytes[7] = 2;
    List<CachedAnswer> found = new ArrayList<>();
    assertThat(read(bytes, found))
        .hasValueSatisfying(why -> assertThat(why).contains("version is 2"));
    assertThat(found).isEmpty();
  }

  @Tag("fuzz")
  @Property(tries = 2_000)
  void damagedRun_isReadUpToTheDamage_andSaysSo(
      @ForAll long seed, @ForAll @IntRange(min = 0, max = 3) int kind) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    CachedAnswer[] all = new CachedAnswer[40];
    for (int i = 0; i < all.length; i++) {
      all[i] = answer(String.format("key-%04d", i), CachedAnswer.Origin.ANSWERED);
    }
    byte[] bytes = run(all);
    byte[] damaged =
        switch (kind) {
          case 0 -> Arrays.copyOf(bytes, random.nextInt(bytes.length));
          case 1 -> {
            byte[] copy = bytes.clone();
            copy[random.nextInt(copy.length)] ^= (byte) (1 << random.nextInt(8));
            yield copy;
          }
          case 2 -> {
            byte[] copy = bytes.clone();
            int at = random.nextInt(copy.length);
            for (int i = at; i < Math.min(copy.length, at + 50); i++) {
              copy[i] = (byte) random.nextInt();
            }
            yield Arrays.equals(copy, bytes) ? Arrays.copyOf(copy, 3) : copy;
          }
          default -> {
            byte[] noise = new byte[random.nextInt(200)];
            random.nextBytes(noise);
            yield noise;
          }
        };
    List<CachedAnswer> found = new ArrayList<>();
    boolean isOlder = damaged.length >= 8 && ByteBuffer.wrap(damaged).getLong() == OLDER;
    assertThat(read(damaged, found).isPresent()).as("seed %d", seed).isEqualTo(!isOlder);
    assertThat(found).isEqualTo(List.of(all).subList(0, found.size()));
  }

  /** What a checksum hides can't be but damage either. */
  @Tag("fuzz")
  @Property(tries = 5_000)
  void entryOfAnyBytes_isReadOrDamaged(
      @ForAll @Size(max = 120) byte[] noise, @ForAll boolean isNearlyRight) {
    byte[] form = noise;
    if (isNearlyRight) {
      boolean isSide = noise.length % 2 == 1;
      CachedAnswer right = isSide ? beside("k") : answer("k", CachedAnswer.Origin.ANSWERED);
      form = right.form().clone();
      for (int i = 0; i + 1 < Math.min(noise.length, 6); i += 2) {
        form[(noise[i] & 0xff) % form.length] = noise[i + 1];
      }
    }
    try {
      CachedAnswer read = CachedAnswer.read(form);
      assertThat(read.key()).isNotNull();
      ObjectInfo info = read.info("k");
      assertThat(read.isAsListed(info)).isIn(true, false);
      byte[] body = read.body();
      assertThat(body == null || body.length == info.size()).isTrue();
      RunReader.answer(ByteBuffer.wrap(form));
    } catch (ProviderException e) {
      assertThat(e.kind()).isEqualTo(io.kmesh.spi.ErrorKind.CORRUPT);
    }
  }

  @Test
  void lookup_findsAllAndNoOther_withFewPlaces(@TempDir Path folder) throws IOException {
    int count = 3_000;
    BlockIndex index = new BlockIndex(5);
    try (FileChannel channel =
        FileChannel.open(
            folder.resolve("run"),
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
      RunWriter writer = new RunWriter(channel, PLACE, index);
      for (int i = 0; i < count; i++) {
        writer.add(answer(String.format("key-%06d", 2 * i), CachedAnswer.Origin.ANSWERED));
      }
      writer.end();
      RunLookup lookup = new RunLookup(channel, index);
      for (int i = -1; i <= 2 * count; i++) {
        CachedAnswer found = lookup.find(key(String.format("key-%06d", i)));
        assertThat(found != null).as("key %d", i).isEqualTo(i >= 0 && i < 2 * count && i % 2 == 0);
      }
      assertThat(lookup.find(key(""))).isNull();
      assertThat(lookup.find(key("z"))).isNull();
    }
  }

  /** What a killed process left goes; what another one uses stays, and so does what is a link. */
  @Test
  void temporaryFolder_thatWasLeft_isRemovedByTheNext(@TempDir Path folder) throws IOException {
    CacheFiles files =
        new CacheFiles() {
          @Override
          Path temporaryFolder() throws IOException {
            return Files.createTempDirectory(folder, "kmesh-mirror.new-");
          }
        };
    Path left = Files.createDirectory(folder.resolve("kmesh-mirror-1"));
    Files.writeString(left.resolve("lock"), "");
    Files.writeString(left.resolve("listed.new"), "what was listed");
    Path others = Files.createDirectory(folder.resolve("kmesh-mirror-2"));
    Files.writeString(others.resolve("notes.txt"), "somebody's own");
    Path target = Files.createDirectory(folder.resolve("elsewhere"));
    Files.writeString(target.resolve("a.new"), "kept");
    Files.createSymbolicLink(folder.resolve("kmesh-mirror-3"), target);

    RunFolder first = RunFolder.temporary(files, PLACE);
    Files.writeString(first.unfinished("listed"), "in use");
    assertThat(left).doesNotExist();
    assertThat(others.resolve("notes.txt")).exists();
    assertThat(target.resolve("a.new")).exists();
    RunFolder second = RunFolder.temporary(files, PLACE);
    assertThat(first.unfinished("listed")).exists();
    assertThat(second.path()).isNotEqualTo(first.path());
    for (RunFolder done : List.of(first, second)) {
      done.close(e -> assertThat(e).isNull());
      assertThat(done.path()).doesNotExist();
    }
  }

  /** More runs than are read at once, and a listing in no order. */
  @Test
  void manyRunsAndAnyOrder_areAsOne(@TempDir Path folder) throws IOException {
    ManualTime time = ManualTime.create();
    List<ObjectInfo> objects = new ArrayList<>();
    for (int i = 0; i < 700; i++) {
      objects.add(CacheObjects.object("t/key-" + i, i, time.now()));
    }
    Collections.shuffle(objects, new java.util.Random(5));
    try (AnswerCache cache = open(folder, time)) {
      cache.list(() -> null, true, (key, info, isKnown) -> {});
      for (ObjectInfo object : objects) {
        cache.sent(object, time.now());
      }
    }
    for (int pass = 0; pass < 2; pass++) {
      try (AnswerCache cache = open(folder, time)) {
        Iterator<ObjectInfo> left = objects.iterator();
        cache.list(
            () -> left.hasNext() ? List.of(CacheObjects.listed(left.next())) : null, false, null);
        for (ObjectInfo object : objects) {
          assertThat(cache.known(object.key().substring(2)).orElseThrow().metadata())
              .isEqualTo(object.metadata());
        }
        assertThat(cache.isAbsent("key-x")).isTrue();
        assertThat(cache.isAbsent("key-7")).isFalse();
      }
    }
  }

  /** A disk that is full, or fails, at any of the calls. */
  @Test
  void filesThatFail_hideNothing(@TempDir Path folder) {
    ManualTime time = ManualTime.create();
    List<ObjectInfo> objects = new ArrayList<>();
    for (int i = 100; i < 200; i++) {
      objects.add(CacheObjects.object("t/key-" + i, i, time.now()));
    }
    for (int failing = 1; failing < 12; failing++) {
      int last = failing;
      AtomicInteger calls = new AtomicInteger();
      CacheFiles files =
          new CacheFiles() {
            private void fail() throws IOException {
              if (calls.incrementAndGet() >= last) {
                throw new IOException("No space left on device");
              }
            }

            @Override
            FileChannel create(Path file) throws IOException {
              fail();
              return super.create(file);
            }

            @Override
            void rename(Path from, Path to) throws IOException {
              fail();
              super.rename(from, to);
            }
          };
      List<String> notes = new ArrayList<>();
      List<String> visited = new ArrayList<>();
      try (AnswerCache cache =
          AnswerCache.open(files, folder, PLACE, time, true, key -> true, notes::add, 1_000)
              .orElseThrow()) {
        Iterator<ObjectInfo> left = objects.iterator();
        assertThatCode(
                () ->
                    cache.list(
                        () -> left.hasNext() ? List.of(CacheObjects.listed(left.next())) : null,
                        true,
                        (key, info, isKnown) -> visited.add(key)))
            .doesNotThrowAnyException();
        for (ObjectInfo object : objects) {
          assertThat(cache.isAbsent(object.key().substring(2))).isFalse();
          cache
              .known(object.key().substring(2))
              .ifPresent(known -> assertThat(known.metadata()).isEqualTo(object.metadata()));
          cache.sent(object, time.now());
        }
      }
      assertThat(visited).hasSize(objects.size());
      assertThat(notes).hasSizeLessThanOrEqualTo(1).allMatch(n -> n.contains("No space left"));
      assertThat(notes.isEmpty()).isEqualTo(calls.get() < last);
    }
  }

  private static AnswerCache open(Path folder, ManualTime time) {
    return AnswerCache.open(
            CacheFiles.SYSTEM, folder, PLACE, time, true, key -> true, note -> {}, 1_000)
        .orElseThrow();
  }
}
