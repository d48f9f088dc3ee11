// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.translate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.mirror.MirrorAttributes;
import io.kmesh.core.internal.mirror.MirrorObjects;
import io.kmesh.core.internal.mirror.MirrorSettings;
import io.kmesh.core.internal.transfer.HostileTree;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.core.internal.transfer.TreeFacts;
import io.kmesh.engine.ByteBudget;
import io.kmesh.engine.MirrorDialect;
import io.kmesh.engine.MirrorTranslationReport;
import io.kmesh.engine.MirrorTree;
import io.kmesh.engine.MirrorTreeReport;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ForwardingObjectStore;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectRange;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Trees that Kmesh stored, with all that a tree can have, in the words of others. */
class MirroredTranslationTest {
  private final TranslationWorld world = new TranslationWorld();
  private Path folder;
  private Map<String, String> expected;
  private int number;

  @BeforeEach
  void export(@TempDir Path directory) throws IOException {
    folder = directory;
    try (PosixTree source = JnaPosix.open(Files.createDirectory(directory.resolve("source")))) {
      HostileTree.fill(source);
      expected = TreeFacts.of(source);
      assertThat(mirror(world.store, "a/").export(source, PathBytes.EMPTY).failed()).isEmpty();
    }
  }

  private static MirrorTree mirror(ObjectStore store, String prefix) {
    return MirrorTree.in(store, ManualTime.skipping())
        .prefix(prefix)
        .budget(ByteBudget.of(DataSize.ofMib(1)))
        .partSize(DataSize.ofBytes(TranslationWorld.PART));
  }

  private Map<String, String> pulled(ObjectStore store, String prefix) throws IOException {
    Path place = Files.createDirectory(folder.resolve("pulled-" + number++));
    try (PosixTree tree = JnaPosix.open(place)) {
      MirrorTreeReport report = mirror(store, prefix).foreign().importTo(tree, PathBytes.EMPTY);
      assertThat(report.failed()).isEmpty();
      return TreeFacts.of(tree);
    }
  }

  /** As when another name of a file is translated while its first one is. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void objectThatIsReplaced_whileItsSideObjectIsRead_isLookedAtAgain(boolean isFound)
      throws IOException {
    AtomicBoolean isDone = new AtomicBoolean();
    ObjectStore raced =
        new ForwardingObjectStore() {
          @Override
          protected ObjectStore delegate() {
            return world.store;
          }

          private void race(String key) {
            if (key.contains("/.kmesh/side/") && isDone.compareAndSet(false, true)) {
              try {
                assertThat(world.translate("a/").run(MirrorDialect.FSX).failed()).isEmpty();
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            }
          }

          @Override
          public CompletionStage<ObjectInfo> head(String key) {
            if (!isFound) {
              race(key);
            }
            return super.head(key);
          }

          @Override
          public CompletionStage<ObjectRange> read(
              String key, long offset, int length, Condition condition) {
            race(key);
            return super.read(key, offset, length, condition);
          }
        };
    MirrorTranslationReport report =
        TranslationWorld.translate(raced, "a/").threads(1).run(MirrorDialect.AMLFS);
    assertThat(isDone).isTrue();
    assertThat(report.failed()).isEmpty();
    assertThat(pulled(world.store, "a/")).isEqualTo(expected);
  }

  /** An ETag may be that of the bytes alone, as on S3: other metadata in place leaves it. */
  @Test
  void objectThatIsReplaced_butKeepsItsEtag_isKnownByItsSideObject() throws IOException {
    MirrorObjects objects = objects("a/");
    ObjectInfo before = objects.find(Retrier.Check.NONE, "odd/large").orElseThrow();
    assertThat(before.metadata()).containsKey(MirrorAttributes.SIDE);
    assertThat(world.translate("a/").run(MirrorDialect.FSX).failed()).isEmpty();
    ObjectInfo now = objects.find(Retrier.Check.NONE, "odd/large").orElseThrow();

    assertUnusable(objects, with(now.etag(), before), ErrorKind.PRECONDITION);

    world.put("b/odd/large", "", before.metadata());
    MirrorObjects alone = objects("b/");
    ObjectInfo same = alone.find(Retrier.Check.NONE, "odd/large").orElseThrow();
    assertUnusable(alone, same, ErrorKind.CORRUPT);
  }

  private MirrorObjects objects(String prefix) {
    MirrorSettings settings = MirrorSettings.withoutState(world.store, ManualTime.skipping());
    settings.prefix(prefix);
    return MirrorObjects.of(settings);
  }

  private static void assertUnusable(MirrorObjects objects, ObjectInfo info, ErrorKind kind) {
    assertThatThrownBy(() -> objects.attributes(Retrier.Check.NONE, "odd/large", info))
        .isInstanceOfSatisfying(ProviderException.class, e -> assertThat(e.kind()).isEqualTo(kind));
  }

  private static ObjectInfo with(String etag, ObjectInfo info) {
    return new ObjectInfo(
        info.key(), info.size(), etag, null, info.lastModified(), info.metadata(), null);
  }

  @ParameterizedTest
  @EnumSource(value = MirrorDialect.class, names = "GOOGLE")
  void tree_isTheSameForKmesh_whateverTheDialect(MirrorDialect dialect) throws IOException {
    MirrorTranslationReport plan = world.translate("a/").to(world.store, "b/").plan(dialect);
    assertThat(TranslationWorld.bare(world.store, "b/")).isEmpty();
    MirrorTranslationReport report = world.translate("a/").to(world.store, "b/").run(dialect);

    assertThat(report.failed()).isEmpty();
    assertThat(report.leftOut()).isZero();
    assertThat(report.losses()).containsKeys("hard-links", "xattrs", "name");
    assertThat(plan).isEqualTo(report);
    assertThat(pulled(world.store, "b/")).isEqualTo(expected);

    MirrorTranslationReport again = world.translate("a/").to(world.store, "b/").run(dialect);
    assertThat(again.equal()).isEqualTo(report.objects());
    assertThat(again.losses()).isEqualTo(report.losses());
  }

  @Test
  void tree_goesToAnotherStore_andOnFromThere() throws IOException {
    MemoryStore other = MemoryStore.builder().name("other").build();
    MirrorTranslationReport plan = world.translate("a/").to(other, "").plan(MirrorDialect.AZCOPY);
    MirrorTranslationReport report = world.translate("a/").to(other, "").run(MirrorDialect.AZCOPY);
    assertThat(report.failed()).isEmpty();
    assertThat(report.copied()).isZero();
    assertThat(report.sentBytes()).isGreaterThan(HostileTree.SPARSE_SIZE);
    assertThat(plan).isEqualTo(report);
    assertThat(pulled(other, "")).isEqualTo(expected);

    assertThat(
            TranslationWorld.translate(other, "")
                .to(world.store, "c/")
                .run(MirrorDialect.FSX)
                .failed())
        .isEmpty();
    assertThat(pulled(world.store, "c/")).isEqualTo(expected);
    assertThat(world.bare("c/").keySet()).noneMatch(key -> key.contains("kmesh/kept"));
  }

  @Test
  void inPlace_treeIsTheSame_andBodiesAreWhole() throws IOException {
    MirrorTranslationReport report = world.translate("a/").run(MirrorDialect.AMLFS);
    assertThat(report.failed()).isEmpty();
    assertThat(pulled(world.store, "a/")).isEqualTo(expected);
    assertThat(world.bare("a/").get("a/odd/sparse").body().length())
        .isEqualTo((int) HostileTree.SPARSE_SIZE);
    assertThat(world.bare("a/").get("a/links/two").body()).hasSize(1000);
    assertThat(world.bare("a/").get("a/empty").metadata()).containsEntry("hdi_isfolder", "true");
    assertThat(world.bare("a/")).doesNotContainKey("a/empty/");
    MirrorTranslationReport again = world.translate("a/").run(MirrorDialect.AMLFS);
    assertThat(again.copied() + again.sent() + again.removed()).isZero();
    assertThat(world.translate("a/").run(MirrorDialect.FSX).failed()).isEmpty();
    assertThat(pulled(world.store, "a/")).isEqualTo(expected);
    assertThat(world.bare("a/")).containsKey("a/empty/").doesNotContainKey("a/empty");
  }

  @Test
  void comparisonAndExportInTheSameWords_findTheTranslationEqual() throws IOException {
    assertThat(world.translate("a/").run(MirrorDialect.AZCOPY).failed()).isEmpty();
    try (PosixTree source = JnaPosix.open(folder.resolve("source"))) {
      assertThat(mirror(world.store, "a/").verify(source, PathBytes.EMPTY).problems()).isEmpty();
      MirrorTreeReport report =
          mirror(world.store, "a/").dialect(MirrorDialect.AZCOPY).export(source, PathBytes.EMPTY);
      assertThat(report.failed()).isEmpty();
      assertThat(report.bytes()).isZero();
      assertThat(report.equal())
          .isEqualTo(
              report.files()
                  + report.directories()
                  + report.symlinks()
                  + report.specials()
                  + report.hardLinks());
    }
  }
}
