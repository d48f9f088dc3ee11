// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.kmesh.engine.MirrorComparison;
import io.kmesh.engine.MirrorConflict;
import io.kmesh.engine.MirrorPlan;
import io.kmesh.engine.MirrorTree;
import io.kmesh.engine.MirrorTreeReport;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.DeleteTarget;
import io.kmesh.spi.store.ForwardingObjectStore;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Passes over a store whose listings have no metadata, with a cache of what it said. */
class MirrorTreeCacheTest {
  private static final int FILES = 20;

  /** The files, a link, the directory and the root. */
  private static final int ENTRIES = FILES + 3;

  private static final Duration LATER = Duration.ofMinutes(2);

  @TempDir private Path folder;
  private final ManualTime time = ManualTime.create();
  private final MemoryStore inner = MemoryStore.builder().time(time).build();
  private final DigestStore store = new DigestStore(inner);
  private Path source;
  private Path cache;
  private PosixTree tree;

  @BeforeEach
  void fill() throws IOException {
    source = Files.createDirectory(folder.resolve("source"));
    cache = folder.resolve("cache");
    Path below = Files.createDirectory(source.resolve("d"));
    for (int i = 0; i < FILES; i++) {
      write(below.resolve("file-" + i), "content " + i);
    }
    Files.createSymbolicLink(source.resolve("link"), Path.of("d/file-1"));
    tree = JnaPosix.open(source);
  }

  private static void write(Path file, String text) throws IOException {
    write(file, text, 0);
  }

  private static void write(Path file, String text, int seconds) throws IOException {
    Files.writeString(file, text);
    Files.setLastModifiedTime(file, FileTime.from(Instant.ofEpochSecond(1_600_000_000 + seconds)));
  }

  private MirrorTree mirror() {
    return MirrorTree.in(store, time).prefix("tree/").cache(cache);
  }

  private MirrorTreeReport push() throws IOException {
    MirrorTreeReport report = mirror().export(tree, PathBytes.EMPTY);
    assertThat(report.failed()).isEmpty();
    return report;
  }

  private long asked(Call call) throws IOException {
    long before = store.asked.get();
    call.run();
    return store.asked.get() - before;
  }

  private interface Call {
    void run() throws IOException;
  }

  private void requireEqual(long asked) throws IOException {
    assertThat(
            asked(
                () -> {
                  MirrorTreeReport report = push();
                  assertThat(report.equal()).isEqualTo(ENTRIES);
                  assertThat(report.bytes()).isZero();
                  assertThat(report.notes()).isEmpty();
                }))
        .isEqualTo(asked);
  }

  /** Writes an object anew with other metadata, as somebody else does. */
  private void change(String key, String name, String value) throws IOException {
    ObjectInfo there = inner.blocking().find(key).orElseThrow();
    ByteBuffer body = inner.blocking().read(key, 0, (int) there.size(), Condition.none()).data();
    Map<String, String> metadata = new TreeMap<>(there.metadata());
    metadata.put(name, value);
    inner.blocking().put(key, body, new PutOptions(Condition.none(), metadata, null));
  }

  private List<Path> files() throws IOException {
    List<Path> files = new ArrayList<>();
    Files.walkFileTree(
        cache,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes a) {
            if (!file.endsWith("lock")) {
              files.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return files;
  }

  @Test
  void secondPush_asksForNothing() throws IOException {
    push();
    requireEqual(0);
    long lists = inner.requests("list");
    requireEqual(0);
    assertThat(inner.requests("list") - lists).isEqualTo(1);
    assertThat(files()).hasSize(1).allMatch(file -> file.endsWith("answers"));
  }

  @Test
  void withoutCache_eachObjectIsAskedFor_andTheAnswerIsKeptOnceItIsOld() throws IOException {
    MirrorTree.in(store, time).prefix("tree/").export(tree, PathBytes.EMPTY);
    requireEqual(ENTRIES);
    requireEqual(ENTRIES);
    time.advance(LATER);
    requireEqual(ENTRIES);
    requireEqual(0);
  }

  @Test
  void changedFile_isAskedForAndSent() throws IOException {
    push();
    write(source.resolve("d/file-3"), "something longer", 1);
    assertThat(asked(() -> assertThat(push().bytes()).isEqualTo(16))).isEqualTo(1);
    requireEqual(0);
  }

  @Test
  void newAndRemovedObjects_areSentWithoutAQuestion() throws IOException {
    push();
    write(source.resolve("d/new"), "new");
    inner.blocking().delete(List.of(DeleteTarget.of("tree/d/file-5")));
    MirrorTreeReport[] report = new MirrorTreeReport[1];
    // The directory has another time.
    assertThat(asked(() -> report[0] = push())).isLessThanOrEqualTo(2);
    assertThat(report[0].bytes()).isEqualTo(3 + 9);
    assertThat(inner.keys()).contains("tree/d/new", "tree/d/file-5");
  }

  @Test
  void metadataThatSomebodyChangedLater_areSeen() throws IOException {
    push();
    time.advance(LATER);
    change("tree/d/file-7", "kmesh-mode", "0700");
    MirrorTreeReport report = push();
    assertThat(report.equal()).isEqualTo(ENTRIES - 1);
    assertThat(inner.blocking().find("tree/d/file-7").orElseThrow().metadata())
        .doesNotContainEntry("kmesh-mode", "0700");
    requireEqual(0);
  }

  /** An answer that another writer made wrong within the same second is never kept. */
  @Test
  void answerOfAYoungObject_isNotKept() throws IOException {
    MirrorTree.in(store, time).prefix("tree/").export(tree, PathBytes.EMPTY);
    time.advance(Duration.ofMillis(100));
    requireEqual(ENTRIES);
    change("tree/d/file-7", "kmesh-mode", "0700");
    time.advance(LATER);
    assertThat(push().equal()).isEqualTo(ENTRIES - 1);
  }

  @Test
  void olderVersionThatCameBack_isNotTakenForWhatWasSent() throws IOException {
    push();
    ObjectInfo first = inner.blocking().find("tree/d/file-7").orElseThrow();
    time.advance(LATER);
    Files.setPosixFilePermissions(
        source.resolve("d/file-7"), PosixFilePermissions.fromString("rwx------"));
    push();
    requireEqual(0);
    // The store shows the first version again, with its time.
    MemoryStore older = MemoryStore.builder().time(ManualTime.create()).build();
    for (String key : inner.keys()) {
      ObjectInfo info = inner.blocking().find(key).orElseThrow();
      ByteBuffer body =
          info.size() == 0
              ? ByteBuffer.allocate(0)
              : inner.blocking().read(key, 0, (int) info.size(), Condition.none()).data();
      Map<String, String> metadata =
          key.equals("tree/d/file-7") ? first.metadata() : info.metadata();
      older.blocking().put(key, body, new PutOptions(Condition.none(), metadata, null));
    }
    MirrorTreeReport report =
        MirrorTree.in(new DigestStore(older), time)
            .prefix("tree/")
            .cache(cache)
            .export(tree, PathBytes.EMPTY);
    assertThat(report.failed()).isEmpty();
    assertThat(report.equal()).isEqualTo(ENTRIES - 1);
    assertThat(older.blocking().find("tree/d/file-7").orElseThrow().metadata())
        .containsEntry("kmesh-mode", "0700");
  }

  /** Large files keep their checksum, and many attributes all that has no room, beside them. */
  private MirrorTree parts() {
    return mirror().partSize(DataSize.ofKib(64));
  }

  private long askedByPush() throws IOException {
    return asked(() -> assertThat(parts().export(tree, PathBytes.EMPTY).failed()).isEmpty());
  }

  private String fillLarge() throws IOException {
    for (int i = 0; i < 3; i++) {
      Path large = source.resolve("large-" + i);
      Files.write(large, MirrorFixture.random(i, 200_000));
      Files.setLastModifiedTime(large, FileTime.from(Instant.ofEpochSecond(1_600_000_000)));
    }
    parts().export(tree, PathBytes.EMPTY);
    time.advance(LATER);
    // When the store took what was sent in parts is not known: it is asked, but for what is beside.
    assertThat(askedByPush()).isEqualTo(3);
    return inner.blocking().head("tree/large-1").metadata().get("kmesh-side");
  }

  @Test
  void objectsWithASideObject_areNotAskedFor_norWhatIsBesideThem() throws IOException {
    fillLarge();
    assertThat(askedByPush()).isZero();
    MirrorTreeReport report = parts().export(tree, PathBytes.EMPTY);
    assertThat(report.equal()).isEqualTo(ENTRIES + 3);
    assertThat(report.bytes()).isZero();
    // A comparison counts only what the store answered itself: all that is beside once.
    assertThat(verifyAsks()).isGreaterThanOrEqualTo(2 * 3);
    assertThat(verifyAsks()).as("the text of the link").isEqualTo(1);
    assertThat(askedByPush()).isZero();
  }

  private long verifyAsks() throws IOException {
    return asked(() -> assertThat(parts().verify(tree, PathBytes.EMPTY).problems()).isEmpty());
  }

  @Test
  void sideObjectThatIsAnotherOne_isAskedFor() throws IOException {
    String side = "tree/" + fillLarge();
    ByteBuffer body = inner.blocking().read(side, 0, 1 << 20, Condition.none()).data();
    Map<String, String> metadata = inner.blocking().head(side).metadata();
    byte[] text = new byte[body.remaining()];
    body.get(text);
    String other =
        new String(text, StandardCharsets.UTF_8)
            .replaceFirst("(kmesh-sha256\"? *[:=] *\"?)[0-9a-f]{8}", "$100000000");
    assertThat(other).isNotEqualTo(new String(text, StandardCharsets.UTF_8));
    inner
        .blocking()
        .put(
            side,
            ByteBuffer.wrap(other.getBytes(StandardCharsets.UTF_8)),
            new PutOptions(Condition.none(), metadata, null));
    assertThat(asked(() -> assertThat(different()).isEqualTo(1))).isGreaterThanOrEqualTo(2);
    inner.blocking().delete(List.of(DeleteTarget.of(side)));
    assertThat(parts().export(tree, PathBytes.EMPTY).bytes()).as("stored anew").isEqualTo(200_000);
  }

  private int different() throws IOException {
    return parts().verify(tree, PathBytes.EMPTY).problems().size();
  }

  @Test
  void cacheOfAnEarlierVersion_isReplacedWithoutANote() throws IOException {
    push();
    Path file = files().get(0);
    byte[] bytes = Files.readAllBytes(file);
    bytes[7] = 0;
    Files.write(file, bytes);
    requireEqual(ENTRIES);
    time.advance(LATER);
    requireEqual(ENTRIES); // objects were young
    requireEqual(0);
  }

  /** Two servers that have a bucket of one name. */
  @Test
  void cacheOfAnotherServer_isAnotherOne() throws IOException {
    push();
    requireEqual(0);
    List<Path> before = files();
    ForwardingObjectStore elsewhere =
        new ForwardingObjectStore() {
          @Override
          protected ObjectStore delegate() {
            return store;
          }

          @Override
          public Optional<URI> endpoint() {
            return Optional.of(URI.create("http://127.0.0.1:9000"));
          }
        };
    MirrorTree other = MirrorTree.in(elsewhere, time).prefix("tree/").cache(cache);
    assertThat(asked(() -> assertThat(other.export(tree, PathBytes.EMPTY).notes()).isEmpty()))
        .isEqualTo(ENTRIES);
    assertThat(files()).hasSize(before.size() + 1).containsAll(before);
  }

  @Test
  void damagedCache_isLeftAsideWithANote() throws IOException {
    push();
    requireEqual(0);
    Path file = files().get(0);
    byte[] bytes = Files.readAllBytes(file);
    for (int at : new int[] {0, 5, 9, 13, 30, bytes.length / 2, bytes.length - 3}) {
      byte[] damaged = bytes.clone();
      damaged[at] ^= 0x11;
      Files.write(file, damaged);
      MirrorTreeReport report = push();
      assertThat(report.equal()).as("byte %d", at).isEqualTo(ENTRIES);
      assertThat(report.notes().toString()).as("byte %d", at).contains("is damaged");
    }
    Files.write(file, new byte[0]);
    assertThat(push().notes()).hasSize(1);
    time.advance(LATER);
    push();
    requireEqual(0);
  }

  @Test
  void cacheOfAnotherStore_isLeftAsideWithANote() throws IOException {
    push();
    Path file = files().get(0);
    MirrorTree.in(store, time).prefix("other/").cache(cache).export(tree, PathBytes.EMPTY);
    Path other = files().stream().filter(f -> !f.equals(file)).findFirst().orElseThrow();
    Files.copy(other, file, StandardCopyOption.REPLACE_EXISTING);
    MirrorTreeReport report = push();
    assertThat(report.equal()).isEqualTo(ENTRIES);
    assertThat(report.notes().toString()).contains("is of another store or prefix");
  }

  @Test
  void folderThatCantBeMade_isNoFailure() throws IOException {
    Files.writeString(cache, "a file");
    MirrorTreeReport report = push();
    assertThat(report.notes().toString()).contains("can't be used");
    assertThat(push().equal()).isEqualTo(ENTRIES);
  }

  @Test
  void twoPassesAtOnce_useTheCacheOneAfterTheOther() throws IOException {
    push();
    MirrorTreeReport[] second = new MirrorTreeReport[1];
    MirrorTree first =
        mirror()
            .threads(1)
            .onOutcome(
                outcome -> {
                  if (second[0] == null) {
                    try {
                      second[0] = push();
                    } catch (IOException e) {
                      throw new UncheckedIOException(e);
                    }
                  }
                });
    assertThat(first.export(tree, PathBytes.EMPTY).notes()).isEmpty();
    assertThat(second[0].notes().toString()).contains("in use");
    assertThat(second[0].equal()).isEqualTo(ENTRIES);
    requireEqual(0);
  }

  @Test
  void objectReplacedSinceItWasListed_isNotOverwritten() throws IOException {
    push();
    write(source.resolve("d/file-3"), "something longer", 1);
    boolean[] isDone = new boolean[1];
    MirrorTreeReport report =
        mirror()
            .threads(1)
            .conflicts(MirrorConflict.FAIL)
            .onOutcome(
                outcome -> {
                  if (!isDone[0]) {
                    isDone[0] = true;
                    try {
                      inner
                          .blocking()
                          .put("tree/d/file-3", ByteBuffer.wrap(new byte[5]), PutOptions.NONE);
                    } catch (IOException e) {
                      throw new UncheckedIOException(e);
                    }
                  }
                })
            .export(tree, PathBytes.EMPTY);
    assertThat(report.failed()).hasSize(1);
    assertThat(report.failed().get(0).message()).contains("it is not Kmesh's");
    assertThat(inner.blocking().find("tree/d/file-3").orElseThrow().size()).isEqualTo(5);
  }

  @Test
  void plan_asksForNothingAndKeepsNothingThatWasNotDone() throws IOException {
    MirrorPlan plan = mirror().planExport(tree, PathBytes.EMPTY);
    assertThat(plan.requests()).containsEntry("put", (long) ENTRIES).doesNotContainKey("head");
    push();
    MirrorPlan again = mirror().planExport(tree, PathBytes.EMPTY);
    assertThat(again.requests()).containsOnlyKeys("list");
    requireEqual(0);
  }

  @Test
  void interruptedPush_keepsWhatItSent() throws IOException {
    int[] done = new int[1];
    assertThat(
            catchThrowable(
                () ->
                    mirror()
                        .threads(1)
                        .onOutcome(outcome -> done[0]++)
                        .cancelWhen(() -> done[0] > 10)
                        .export(tree, PathBytes.EMPTY)))
        .isInstanceOf(IOException.class);
    assertThat(asked(this::push)).isLessThanOrEqualTo(1);
    requireEqual(0);
  }

  @Test
  void verify_believesOnlyTheStore() throws IOException {
    push();
    // Within the second of the push, without a trace in the listing.
    change("tree/d/file-7", "kmesh-mode", "0700");
    time.advance(LATER);
    MirrorComparison found = mirror().verify(tree, PathBytes.EMPTY);
    assertThat(found.different()).isEqualTo(1);
    // And now the next push knows it, too.
    assertThat(push().equal()).isEqualTo(ENTRIES - 1);
  }

  private MirrorTreeReport pull(PosixTree target) throws IOException {
    MirrorTreeReport report = mirror().importTo(target, PathBytes.EMPTY);
    assertThat(report.failed()).isEmpty();
    assertThat(report.notes()).isEmpty();
    return report;
  }

  @Test
  void secondPull_asksForTheLinkAlone() throws IOException {
    push();
    time.advance(LATER);
    try (PosixTree target = JnaPosix.open(Files.createDirectory(folder.resolve("target")))) {
      assertThat(pull(target).bytes()).isPositive();
      assertThat(asked(() -> assertThat(pull(target).equal()).isEqualTo(ENTRIES))).isEqualTo(1);
      change("tree/d/file-7", "kmesh-mode", "0700");
      assertThat(asked(() -> assertThat(pull(target).equal()).isEqualTo(ENTRIES - 1))).isEqualTo(2);
      assertThat(Files.getPosixFilePermissions(folder.resolve("target/d/file-7")))
          .isEqualTo(PosixFilePermissions.fromString("rwx------"));
      // And what a pull was told is what a push and a comparison know.
      assertThat(
              asked(
                  () -> assertThat(mirror().verify(target, PathBytes.EMPTY).different()).isZero()))
          .isEqualTo(2);
    }
  }

  @Test
  void objectReplacedWhileAPullLists_isBroughtAsItIsNow() throws IOException {
    push();
    time.advance(LATER);
    Path there = Files.createDirectory(folder.resolve("target"));
    try (PosixTree target = JnaPosix.open(there)) {
      pull(target);
      // Older than the object, and of its size: whether it is equal the answer says.
      Files.writeString(there.resolve("d/file-3"), "CONTENT 3");
      Files.setLastModifiedTime(
          there.resolve("d/file-3"), FileTime.from(Instant.ofEpochSecond(1_500_000_000)));
      write(source.resolve("d/file-3"), "content x", 5);
      boolean[] isDone = new boolean[1];
      MirrorTreeReport report =
          mirror()
              .threads(1)
              .onOutcome(
                  outcome -> {
                    if (!isDone[0]) {
                      isDone[0] = true;
                      try {
                        MirrorTree.in(store, time).prefix("tree/").export(tree, PathBytes.EMPTY);
                      } catch (IOException e) {
                        throw new UncheckedIOException(e);
                      }
                    }
                  })
              .importTo(target, PathBytes.EMPTY);
      assertThat(report.failed()).isEmpty();
      assertThat(there.resolve("d/file-3")).hasContent("content x");
    }
  }
}
