// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.stores;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.bench.stores.TreeOnDisk.Detail;
import io.kmesh.engine.MirrorComparison;
import io.kmesh.engine.MirrorConflict;
import io.kmesh.engine.MirrorDialect;
import io.kmesh.engine.MirrorTranslation;
import io.kmesh.engine.MirrorTranslationReport;
import io.kmesh.engine.MirrorTree;
import io.kmesh.engine.MirrorTreeReport;
import io.kmesh.engine.PosixTrees;
import io.kmesh.flows.DataFlow;
import io.kmesh.path.PathBytes;
import io.kmesh.repository.CheckDepth;
import io.kmesh.repository.CheckReport;
import io.kmesh.repository.Credential;
import io.kmesh.repository.PruneReport;
import io.kmesh.snapshots.Snapshot;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PrefixedObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.StoreCapability;
import io.kmesh.testkit.contract.KnownFaults;
import io.kmesh.testkit.key.MemoryKeys;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.time.RunningTime;
import io.kmesh.unit.DataSize;
import io.kmesh.unit.Percent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * What stands on an object store, on a store of a cloud as it is opened by everybody: nothing here
 * knows which one it is.
 */
@ExtendWith(KnownFaults.class)
abstract class CloudStoreScenarios implements KnownFaults.Table {
  private static final Duration LIMIT = Duration.ofMinutes(2);

  @TempDir Path folder;
  private final MemoryState state = MemoryState.create(RunningTime.instance());
  private final MemoryKeys keys = new MemoryKeys();

  /** The bucket of the tests' class, which stays open. */
  abstract ObjectStore bucket();

  /** The same store as who exports to it opens it. */
  ObjectStore exporting(ObjectStore store) {
    return store;
  }

  @Override
  public Map<String, String> knownFaults() {
    return Map.of();
  }

  @AfterEach
  void close() throws IOException {
    keys.close();
    state.close();
  }

  /** A part of the bucket that no other test has. */
  private ObjectStore store(String name) {
    return PrefixedObjectStore.of(
        bucket(), getClass().getSimpleName() + "-" + folder.getFileName() + "/" + name + "/");
  }

  private Kmesh kmesh() {
    return Kmesh.builder()
        .state(state)
        .flowFolder(folder.resolve("flows"))
        .repositoryCache(folder.resolve("cache"))
        .store("bucket", store("flows"))
        .repository("repo", store("repo"), Credential.key(keys, "site"))
        .repository("other", store("other"), Credential.key(keys, "site"))
        .build();
  }

  private Map<String, String> facts(Path tree) throws IOException {
    return TreeOnDisk.facts(tree, Detail.EVERYTHING);
  }

  // ---- repositories

  @Test
  void snapshots_areTaken_checked_restored_copied_forgotten() throws Exception {
    keys.make("site");
    TreeOnDisk tree = new TreeOnDisk(folder.resolve("tree"), 1);
    tree.fill(60, 9 << 20);
    try (Kmesh kmesh = kmesh()) {
      kmesh.repositories().init("repo");
      kmesh.repositories().init("other");
      Map<String, String> before = facts(tree.root());
      Snapshot first = take(kmesh, tree, "first");
      tree.storm(40);
      Files.write(tree.root().resolve("more"), new byte[2 << 20]);
      Map<String, String> after = facts(tree.root());
      Snapshot second = take(kmesh, tree, "second");
      assertThat(first.stored().orElseThrow().bytes()).isGreaterThan(9 << 20);
      assertThat(second.stored().orElseThrow().bytes()).as("the difference").isLessThan(1 << 20);
      requireSound(kmesh, "repo", 2);

      first.restore(Endpoint.directory(folder.resolve("one"))).await(LIMIT);
      assertThat(facts(folder.resolve("one"))).isEqualTo(before);
      second.restore(Endpoint.directory(folder.resolve("two"))).await(LIMIT);
      assertThat(facts(folder.resolve("two"))).isEqualTo(after);

      assertThat(
              kmesh.repositories().find("repo").orElseThrow().copyTo("other").await(LIMIT).copied())
          .isEqualTo(2);
      requireSound(kmesh, "other", 2);
      Snapshot copy = kmesh.snapshots().find("other", first.id()).orElseThrow();
      copy.restore(Endpoint.directory(folder.resolve("three"))).await(LIMIT);
      assertThat(facts(folder.resolve("three"))).isEqualTo(before);

      first.forget();
      PruneReport pruned =
          kmesh
              .repositories()
              .find("repo")
              .orElseThrow()
              .prune(p -> p.rewriteBelow(new Percent(100)).deadAfter(Duration.ZERO))
              .await(LIMIT);
      assertThat(pruned.deadBytes().bytes() + pruned.rewrittenBytes().bytes()).isPositive();
      requireSound(kmesh, "repo", 1);
    }
    // A process that knows nothing of it but the store.
    TreeOnDisk.remove(folder.resolve("cache"));
    Map<String, String> after = facts(tree.root());
    try (Kmesh kmesh = kmesh()) {
      Snapshot second = kmesh.snapshots().find("repo", "latest").orElseThrow();
      second.restore(Endpoint.directory(folder.resolve("four"))).await(LIMIT);
      assertThat(facts(folder.resolve("four"))).isEqualTo(after);
    }
  }

  private static Snapshot take(Kmesh kmesh, TreeOnDisk tree, String name) {
    return kmesh
        .snapshots()
        .take(name, Endpoint.directory(tree.root()), s -> s.into("repo"))
        .await(LIMIT);
  }

  private static void requireSound(Kmesh kmesh, String repository, long snapshots) {
    CheckReport report =
        kmesh
            .repositories()
            .find(repository)
            .orElseThrow()
            .check(CheckDepth.EVERYTHING)
            .await(LIMIT);
    assertThat(report.isSound()).as(report.toString()).isTrue();
    assertThat(report.roots()).isEqualTo(snapshots);
  }

  // ---- flows

  @Test
  void flowToAPrefix_bringsATree_andAStormOfChanges() throws Exception {
    TreeOnDisk tree = new TreeOnDisk(folder.resolve("tree"), 2);
    tree.fill(40, 9 << 20);
    try (Kmesh kmesh = kmesh()) {
      DataFlow flow =
          kmesh
              .dataFlows()
              .ensure(
                  "out",
                  f ->
                      f.from(Endpoint.directory(tree.root()))
                          .to(Endpoint.objects("bucket", "job/"))
                          .async()
                          .scanPause(Duration.ofMillis(200)))
              .start();
      flow.awaitInSync(LIMIT);
      requireStored(tree);
      for (int burst = 0; burst < 3; burst++) {
        tree.storm(70);
        flow.awaitInSync(LIMIT);
      }
      assertThat(flow.status().problems()).isEmpty();
      requireStored(tree);
    }
  }

  /** What the prefix says is the tree, read by the import, which knows no index. */
  private void requireStored(TreeOnDisk tree) throws IOException {
    Path there = folder.resolve("imported");
    TreeOnDisk.remove(there);
    assertThat(mirror("flows", "job/", there).failed()).isEmpty();
    assertThat(facts(there)).isEqualTo(facts(tree.root()));
  }

  private MirrorTreeReport mirror(String store, String prefix, Path into) throws IOException {
    try (PosixTree target = PosixTrees.open(Files.createDirectories(into))) {
      return MirrorTree.in(store(store), RunningTime.instance())
          .prefix(prefix)
          .importTo(target, PathBytes.EMPTY);
    }
  }

  private MirrorTreeReport export(String store, String prefix, TreeOnDisk tree) throws IOException {
    try (PosixTree source = PosixTrees.open(tree.root())) {
      return MirrorTree.in(exporting(store(store)), RunningTime.instance())
          .prefix(prefix)
          .partSize(DataSize.ofMib(5))
          .removeGone()
          // A storm gives the names of newer files to older ones.
          .conflicts(MirrorConflict.LOCAL_WINS)
          .export(source, PathBytes.EMPTY);
    }
  }

  @Test
  void flowFromAPrefix_bringsWhatOthersStore_andAStormOfChanges() throws Exception {
    TreeOnDisk tree = new TreeOnDisk(folder.resolve("tree"), 3);
    tree.fill(40, 9 << 20);
    assertThat(export("flows", "in/", tree).failed()).isEmpty();
    Path target = folder.resolve("target");
    try (Kmesh kmesh = kmesh()) {
      DataFlow flow =
          kmesh
              .dataFlows()
              .ensure(
                  "in",
                  f ->
                      f.from(Endpoint.objects("bucket", "in/"))
                          .to(Endpoint.directory(target))
                          .async()
                          .scanPause(Duration.ofMillis(200)))
              .start();
      flow.awaitInSync(LIMIT);
      assertThat(facts(target)).isEqualTo(facts(tree.root()));
      for (int burst = 0; burst < 3; burst++) {
        tree.storm(70);
        assertThat(export("flows", "in/", tree).failed()).isEmpty();
        flow.awaitInSync(LIMIT);
      }
      assertThat(flow.status().problems()).isEmpty();
      assertThat(facts(target)).isEqualTo(facts(tree.root()));
      putForeign("in/by others/é \ud83d\ude00", "of nobody here");
      flow.awaitInSync(LIMIT);
      assertThat(target.resolve("by others/é \ud83d\ude00")).hasContent("of nobody here");
    }
  }

  private void putForeign(String key, String text) throws IOException {
    store("flows")
        .blocking()
        .put(
            key,
            ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)),
            new PutOptions(Condition.none(), Map.of(), null));
  }

  // ---- the mirror

  @Test
  void mirror_ofATree_comesBackWhole_andSendsNothingTwice() throws Exception {
    TreeOnDisk tree = new TreeOnDisk(folder.resolve("tree"), 4);
    tree.fill(50, 12 << 20);
    assertThat(export("mirror", "m/", tree).failed()).isEmpty();
    assertThat(mirror("mirror", "m/", folder.resolve("back")).failed()).isEmpty();
    assertThat(facts(folder.resolve("back"))).isEqualTo(facts(tree.root()));
    tree.storm(60);
    assertThat(export("mirror", "m/", tree).failed()).isEmpty();
    MirrorTreeReport again = export("mirror", "m/", tree);
    assertThat(again.bytes()).isZero();
    assertThat(again.removed()).isZero();
    assertThat(mirror("mirror", "m/", folder.resolve("new")).failed()).isEmpty();
    assertThat(facts(folder.resolve("new"))).isEqualTo(facts(tree.root()));

    MirrorComparison equal = compare("mirror", "m/", tree.root());
    assertThat(equal.problems()).isEmpty();
    assertThat(equal.bytes()).isPositive();
    MirrorComparison old = compare("mirror", "m/", folder.resolve("back"));
    assertThat(old.different()).isPositive();
    assertThat(old.failedCount()).isZero();
  }

  /** As S3 does above 5 GiB. */
  @Test
  void fileThatIsMoreThanOneCopy_isRenamedByCopiesOfParts() throws Exception {
    SmallCopies small = new SmallCopies(store("parts"));
    if (!small.capabilities().contains(StoreCapability.PART_COPY)) {
      return;
    }
    Path tree = Files.createDirectory(folder.resolve("tree"));
    byte[] bytes = new byte[(14 << 20) + 3];
    new Random(12).nextBytes(bytes);
    Files.write(tree.resolve("old"), bytes);
    assertThat(rename(small, tree).failed()).isEmpty();
    int sent = small.sent.get();
    assertThat(sent).isEqualTo(3);
    Files.move(tree.resolve("old"), tree.resolve("new"));
    MirrorTreeReport out = rename(small, tree);
    assertThat(out.failed()).isEmpty();
    assertThat(out.notes()).isEmpty();
    assertThat(out.bytes()).isZero();
    assertThat(out.removed()).isEqualTo(1);
    assertThat(small.copied).hasValue(3);
    assertThat(small.sent).hasValue(sent);
    MirrorComparison equal = compare("parts", "p/", tree);
    assertThat(equal.problems()).isEmpty();
    assertThat(equal.bytes()).isEqualTo(bytes.length);
    assertThat(small.blocking().listUploads("")).isEmpty();
  }

  private static MirrorTreeReport rename(ObjectStore to, Path from) throws IOException {
    try (PosixTree tree = PosixTrees.open(from)) {
      return MirrorTree.in(to, RunningTime.instance())
          .prefix("p/")
          .partSize(DataSize.ofMib(5))
          .findMoved()
          .removeGone()
          .export(tree, PathBytes.EMPTY);
    }
  }

  private MirrorComparison compare(String store, String prefix, Path with) throws IOException {
    try (PosixTree tree = PosixTrees.open(with)) {
      return MirrorTree.in(store(store), RunningTime.instance())
          .prefix(prefix)
          .deep()
          .verify(tree, PathBytes.EMPTY);
    }
  }

  @Test
  void exportInTheWordsOfOthers_isRewrittenInOthers_withoutTheBytes() throws Exception {
    TreeOnDisk tree = new TreeOnDisk(folder.resolve("tree"), 6);
    tree.fill(30, 12 << 20);
    Files.createLink(tree.root().resolve("another name"), someFile(tree.root()));
    Map<String, String> expected = facts(tree.root());
    for (MirrorDialect words : List.of(MirrorDialect.FSX, MirrorDialect.RCLONE)) {
      MirrorTreeReport out = exportFor(words, tree);
      assertThat(out.failed()).isEmpty();
      boolean canCopy = exporting(store("words")).capabilities().contains(StoreCapability.COPY);
      assertThat(out.bytes() == 0).isEqualTo(canCopy && words == MirrorDialect.RCLONE);
      MirrorTreeReport again = exportFor(words, tree);
      assertThat(again.bytes()).isZero();
      assertThat(again.equal())
          .isEqualTo(
              out.files() + out.directories() + out.symlinks() + out.specials() + out.hardLinks());
      Path back = folder.resolve("back-" + words.word());
      assertThat(mirror("words", "e/", back).failed()).isEmpty();
      assertThat(facts(back)).isEqualTo(expected);
    }
  }

  private MirrorTreeReport exportFor(MirrorDialect words, TreeOnDisk tree) throws IOException {
    try (PosixTree source = PosixTrees.open(tree.root())) {
      return MirrorTree.in(exporting(store("words")), RunningTime.instance())
          .prefix("e/")
          .partSize(DataSize.ofMib(5))
          .dialect(words)
          .export(source, PathBytes.EMPTY);
    }
  }

  private static Path someFile(Path root) throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      return all.filter(path -> Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS))
          .sorted()
          .findFirst()
          .orElseThrow();
    }
  }

  @Test
  void translation_bringsATreeIntoTheWordsOfOthers_besideAndInPlace() throws Exception {
    TreeOnDisk tree = new TreeOnDisk(folder.resolve("tree"), 5);
    tree.fill(30, 12 << 20);
    assertThat(export("words", "m/", tree).failed()).isEmpty();
    put("words", "m/theirs", "text", Map.of("file-permissions", "0100640", "colour", "red"));
    put("words", "m/their link", "", Map.of("gcsfuse_symlink_target", "../away"));
    ObjectStore store = store("words");

    MirrorTranslationReport plan = translation(store).to(store, "x/").plan(MirrorDialect.AMLFS);
    MirrorTranslationReport beside = translation(store).to(store, "x/").run(MirrorDialect.AMLFS);
    assertThat(beside.failed()).isEmpty();
    assertThat(beside.copiedBytes()).isGreaterThan(12 << 20);
    assertThat(plan.requests()).isEqualTo(beside.requests());
    assertThat(translation(store).to(store, "x/").run(MirrorDialect.AMLFS).equal())
        .isEqualTo(beside.objects());
    assertThat(store.blocking().head("x/theirs").metadata())
        .containsEntry("permissions", "0640")
        .containsEntry("colour", "red")
        .doesNotContainKey("file-permissions");

    ObjectStore other = store("other words");
    assertThat(translation(store).to(other, "").run(MirrorDialect.GOOGLE).failed()).isEmpty();
    for (MirrorDialect words : List.of(MirrorDialect.AZCOPY, MirrorDialect.S3FS)) {
      assertThat(translation(store).run(words).failed()).isEmpty();
      MirrorTranslationReport again = translation(store).run(words);
      assertThat(again.copied() + again.sent() + again.removed()).isZero();
    }
    Map<String, String> expected = pulled("words", "m/", "in-place");
    assertThat(pulled("words", "x/", "beside")).isEqualTo(expected);
    assertThat(pulled("other words", "", "elsewhere")).isEqualTo(expected);
  }

  private static MirrorTranslation translation(ObjectStore store) {
    return MirrorTranslation.of(store, "m/", RunningTime.instance()).partSize(DataSize.ofMib(5));
  }

  /** What Kmesh stored is there whole; of others' objects what all of the dialects carry. */
  private Map<String, String> pulled(String store, String prefix, String name) throws IOException {
    Path place = folder.resolve(name);
    try (PosixTree target = PosixTrees.open(Files.createDirectories(place))) {
      assertThat(
              MirrorTree.in(store(store), RunningTime.instance())
                  .prefix(prefix)
                  .foreign()
                  .importTo(target, PathBytes.EMPTY)
                  .failed())
          .isEmpty();
    }
    assertThat(place.resolve("theirs")).isRegularFile();
    return facts(place);
  }

  private void put(String store, String key, String text, Map<String, String> metadata)
      throws IOException {
    store(store)
        .blocking()
        .put(
            key,
            ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)),
            new PutOptions(Condition.none(), metadata, null));
  }

  // ---- the copytool

  @Test
  void copytool_archives_restores_removes() throws Exception {
    try (ArchivedFiles files = ArchivedFiles.on(folder, store("hsm"))) {
      files.archiveReleaseRestoreRemove();
    }
  }
}
