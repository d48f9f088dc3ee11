// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.transfer.HostileTree;
import io.kmesh.core.internal.transfer.TreeFacts;
import io.kmesh.engine.ByteBudget;
import io.kmesh.engine.MirrorConflict;
import io.kmesh.engine.MirrorDialect;
import io.kmesh.engine.MirrorOutcome;
import io.kmesh.engine.MirrorTree;
import io.kmesh.engine.MirrorTreeReport;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ForwardingObjectStore;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectRange;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What exports and imports do with what was changed on the other side. */
class MirrorConflictTest {
  private static final int PART = 64 << 10;
  private static final PathBytes F = PathBytes.of("f");
  private static final String KEY = "tree/f";

  private final MemoryStore store = MemoryStore.create();
  private PosixTree source;
  private PosixTree target;

  @BeforeEach
  void open(@TempDir Path directory) throws IOException {
    source = JnaPosix.open(Files.createDirectory(directory.resolve("source")));
    target = JnaPosix.open(Files.createDirectory(directory.resolve("target")));
  }

  @AfterEach
  void close() throws IOException {
    source.close();
    target.close();
    assertThat(store.openUploads()).isEmpty();
    store.close();
  }

  private MirrorTree mirror(MirrorConflict policy) {
    return mirror(policy, store);
  }

  private static MirrorTree mirror(MirrorConflict policy, ObjectStore in) {
    return MirrorTree.in(in, MirrorFixture.STILL)
        .prefix("tree/")
        .threads(2)
        .budget(ByteBudget.of(DataSize.ofMib(1)))
        .partSize(DataSize.ofBytes(PART))
        .conflicts(policy);
  }

  /** Seeds give content and, in their order, times. */
  private static void write(PosixTree tree, PathBytes name, int seed, int size) throws IOException {
    try (PosixDirectory root = tree.openRoot()) {
      if (root.find(name).isPresent()) {
        root.unlink(name);
      }
      HostileTree.write(root, name, seed, size);
    }
  }

  private static boolean holds(PosixTree tree, PathBytes path, int seed, int size)
      throws IOException {
    try (PosixFile file = tree.openFile(path, Set.of(OpenFlag.READ))) {
      ByteBuffer bytes = ByteBuffer.allocate(size + 1);
      int n = 1;
      while (bytes.hasRemaining() && n > 0) {
        n = file.read(bytes, bytes.position());
      }
      return bytes.flip().equals(ByteBuffer.wrap(HostileTree.random(seed, size)));
    }
  }

  private boolean holds(String key, int seed, int size) throws IOException {
    ObjectInfo info = store.blocking().head(key);
    return info.size() == size
        && store
            .blocking()
            .read(key, 0, size, Condition.matches(info.etag()))
            .data()
            .equals(ByteBuffer.wrap(HostileTree.random(seed, size)));
  }

  private List<String> beside() {
    return store.keys().stream().filter(k -> k.contains(".conflict-tree-")).toList();
  }

  private void check(MirrorConflict policy, MirrorTreeReport out, int theirs, int ours, int size)
      throws IOException {
    boolean isFailure = policy == MirrorConflict.FAIL;
    assertThat(out.failedCount()).isEqualTo(isFailure ? 1 : 0);
    assertThat(isFailure ? out.failed() : out.notes())
        .extracting(MirrorTreeReport.Problem::name)
        .containsExactly("f");
    boolean isOverwritten = policy == MirrorConflict.LOCAL_WINS;
    assertThat(holds(KEY, isOverwritten ? ours : theirs, size)).isTrue();
    assertThat(out.files()).isEqualTo(isOverwritten || policy == MirrorConflict.KEEP_BOTH ? 1 : 0);
    if (policy == MirrorConflict.KEEP_BOTH) {
      assertThat(beside()).hasSize(1);
      assertThat(holds(beside().get(0), ours, size)).isTrue();
    } else {
      assertThat(beside()).isEmpty();
    }
  }

  private void stays(MirrorConflict policy) throws IOException {
    long puts = store.requests("put") + store.requests("uploadPart");
    Set<String> keys = Set.copyOf(store.keys());
    MirrorTreeReport again = mirror(policy).removeGone().export(source, PathBytes.EMPTY);
    assertThat(store.requests("put") + store.requests("uploadPart")).isEqualTo(puts);
    assertThat(again.removed()).isZero();
    assertThat(Set.copyOf(store.keys())).isEqualTo(keys);
  }

  @ParameterizedTest
  @EnumSource
  void export_overAnObjectOfOthers_followsThePolicy(MirrorConflict policy) throws IOException {
    write(source, F, 2, 100);
    store.blocking().put(KEY, ByteBuffer.wrap(HostileTree.random(1, 100)), PutOptions.NONE);
    MirrorTreeReport out = mirror(policy).export(source, PathBytes.EMPTY);
    check(policy, out, 1, 2, 100);
    stays(policy);
  }

  @ParameterizedTest
  @EnumSource
  void export_overALaterVersion_followsThePolicy(MirrorConflict policy) throws IOException {
    int size = (2 * PART) + 5;
    write(target, F, 9, size);
    mirror(MirrorConflict.FAIL).export(target, PathBytes.EMPTY);
    write(source, F, 2, size);
    MirrorTreeReport out = mirror(policy).export(source, PathBytes.EMPTY);
    check(policy, out, 9, 2, size);
    stays(policy);
  }

  @Test
  void export_overAnOlderVersion_isNoConflict() throws IOException {
    write(source, F, 2, 100);
    mirror(MirrorConflict.FAIL).export(source, PathBytes.EMPTY);
    write(source, F, 3, 100);
    MirrorTreeReport out = mirror(MirrorConflict.FAIL).export(source, PathBytes.EMPTY);
    assertThat(out.failed()).isEmpty();
    assertThat(out.notes()).isEmpty();
    assertThat(holds(KEY, 3, 100)).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void export_overWordsThatAnotherToolChanged_followsThePolicy(MirrorConflict policy)
      throws IOException {
    write(source, F, 2, 100);
    mirror(MirrorConflict.FAIL).dialect(MirrorDialect.FSX).export(source, PathBytes.EMPTY);
    ObjectInfo info = store.blocking().head(KEY);
    Map<String, String> words = new TreeMap<>(info.metadata());
    words.put("file-permissions", "0100777");
    store
        .blocking()
        .put(
            KEY,
            ByteBuffer.wrap(HostileTree.random(2, 100)),
            new PutOptions(Condition.matches(info.etag()), words, null));

    MirrorTreeReport in = mirror(policy).importTo(target, PathBytes.EMPTY);
    MirrorTreeReport out =
        mirror(policy).dialect(MirrorDialect.FSX).export(source, PathBytes.EMPTY);

    assertThat(in.notes()).extracting(MirrorTreeReport.Problem::name).containsExactly(KEY);
    assertThat(target.stat(F).mode()).isEqualTo(source.stat(F).mode());
    assertThat(out.failedCount()).isEqualTo(policy == MirrorConflict.FAIL ? 1 : 0);
    Map<String, String> left = store.blocking().head(KEY).metadata();
    assertThat(left.get("file-permissions").equals("0100777"))
        .isEqualTo(policy != MirrorConflict.LOCAL_WINS);
  }

  @Test
  void removeGone_leavesWhatAnotherToolChanged() throws IOException {
    write(source, F, 2, 100);
    write(source, PathBytes.of("stays"), 3, 10);
    mirror(MirrorConflict.FAIL).export(source, PathBytes.EMPTY);
    ObjectInfo info = store.blocking().head(KEY);
    store
        .blocking()
        .put(
            KEY,
            ByteBuffer.wrap(new byte[7]),
            new PutOptions(Condition.matches(info.etag()), info.metadata(), null));
    try (PosixDirectory root = source.openRoot()) {
      root.unlink(F);
    }
    assertThat(mirror(MirrorConflict.FAIL).removeGone().export(source, PathBytes.EMPTY).removed())
        .isZero();
    assertThat(
            mirror(MirrorConflict.LOCAL_WINS)
                .removeGone()
                .export(source, PathBytes.EMPTY)
                .removed())
        .isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(names = {"SKIP", "KEEP_BOTH"})
  void nameOfAHardLinkInConflict_holdsNoContentForTheOthers(MirrorConflict policy)
      throws IOException {
    write(source, F, 2, 100);
    try (PosixDirectory root = source.openRoot()) {
      root.link(F, root, PathBytes.of("g"));
    }
    store.blocking().put(KEY, ByteBuffer.wrap(new byte[3]), PutOptions.NONE);
    MirrorTreeReport out = mirror(policy).export(source, PathBytes.EMPTY);
    assertThat(out.failed()).isEmpty();
    assertThat(store.blocking().head("tree/g").metadata()).containsEntry("kmesh-type", "file");
    assertThat(holds("tree/g", 2, 100)).isTrue();
  }

  @Test
  void whatAConflictPutBeside_staysAlsoWhereItsKeyIsTooLong() throws IOException {
    PathBytes path = PathBytes.EMPTY;
    for (int i = 0; i < 4; i++) {
      PathBytes name = PathBytes.of("x".repeat(240));
      try (PosixDirectory at = source.openDirectory(path)) {
        at.makeDirectory(name, 0755);
      }
      path = path.resolve(name);
    }
    PathBytes file = PathBytes.of("y".repeat(40));
    try (PosixDirectory at = source.openDirectory(path)) {
      HostileTree.write(at, file, 2, 100);
    }
    String key = "tree/" + path + "/" + file;
    store.blocking().put(key, ByteBuffer.wrap(new byte[3]), PutOptions.NONE);

    MirrorTree mirror = mirror(MirrorConflict.KEEP_BOTH).removeGone();
    assertThat(mirror.export(source, PathBytes.EMPTY).removed()).isZero();

    List<String> beside =
        store.keys().stream().filter(k -> k.startsWith("tree/.kmesh/long/")).toList();
    assertThat(beside).hasSize(1);
    assertThat(holds(beside.get(0), 2, 100)).isTrue();
  }

  @Test
  void objectReplacedBetweenLookAndPut_isNotOverwritten() throws IOException {
    write(source, F, 2, 100);
    ObjectStore racing =
        new ForwardingObjectStore() {
          @Override
          protected ObjectStore delegate() {
            return store;
          }

          @Override
          public CompletionStage<ObjectInfo> put(String key, ByteBuffer body, PutOptions options) {
            if (key.equals(KEY)) {
              store
                  .put(KEY, ByteBuffer.wrap(HostileTree.random(1, 50)), PutOptions.NONE)
                  .toCompletableFuture()
                  .join();
            }
            return store.put(key, body, options);
          }
        };
    MirrorTreeReport out =
        mirror(MirrorConflict.LOCAL_WINS, racing).export(source, PathBytes.EMPTY);
    assertThat(out.failedCount()).isEqualTo(1);
    assertThat(holds(KEY, 1, 50)).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void import_overAnEntryThatWasChangedHere_followsThePolicy(MirrorConflict policy)
      throws IOException {
    int size = (2 * PART) + 5;
    write(source, F, 2, size);
    mirror(MirrorConflict.FAIL).export(source, PathBytes.EMPTY);
    mirror(MirrorConflict.FAIL).importTo(target, PathBytes.EMPTY);
    write(target, F, 9, size);
    write(source, F, 4, size);
    mirror(MirrorConflict.FAIL).export(source, PathBytes.EMPTY);

    List<MirrorOutcome.What> outcomes = new java.util.concurrent.CopyOnWriteArrayList<>();
    MirrorTreeReport in =
        mirror(policy)
            .onOutcome(
                o -> {
                  if (o.key().equals(KEY) && o.what() != MirrorOutcome.What.NOTE) {
                    outcomes.add(o.what());
                  }
                })
            .importTo(target, PathBytes.EMPTY);

    boolean isFailure = policy == MirrorConflict.FAIL;
    assertThat(in.failedCount()).isEqualTo(isFailure ? 1 : 0);
    assertThat(isFailure ? in.failed() : in.notes())
        .extracting(MirrorTreeReport.Problem::name)
        .containsExactly(KEY);
    boolean isOverwritten = policy == MirrorConflict.REMOTE_WINS;
    assertThat(holds(target, F, isOverwritten ? 4 : 9, size)).isTrue();
    List<String> names =
        TreeFacts.of(target).keySet().stream().filter(n -> n.contains(".conflict-store-")).toList();
    assertThat(names).hasSize(policy == MirrorConflict.KEEP_BOTH ? 1 : 0);
    if (policy == MirrorConflict.KEEP_BOTH) {
      assertThat(holds(target, PathBytes.of(names.get(0)), 4, size)).isTrue();
      MirrorTreeReport again = mirror(policy).importTo(target, PathBytes.EMPTY);
      assertThat(again.bytes()).isZero();
      assertThat(again.failed()).isEmpty();
    }
    assertThat(outcomes)
        .containsExactly(
            switch (policy) {
              case FAIL -> MirrorOutcome.What.CONFLICT;
              case SKIP, LOCAL_WINS -> MirrorOutcome.What.SKIPPED;
              case KEEP_BOTH, REMOTE_WINS -> MirrorOutcome.What.SENT;
            });
  }

  @Test
  void import_overAnOlderEntry_isNoConflict() throws IOException {
    write(target, F, 1, 100);
    write(source, F, 2, 100);
    mirror(MirrorConflict.FAIL).export(source, PathBytes.EMPTY);
    MirrorTreeReport in = mirror(MirrorConflict.FAIL).importTo(target, PathBytes.EMPTY);
    assertThat(in.failed()).isEmpty();
    assertThat(holds(target, F, 2, 100)).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void import_ofALinkAndOfAFurtherName_keepWhatWasChangedHere(MirrorConflict policy)
      throws IOException {
    write(source, F, 2, 100);
    try (PosixDirectory root = source.openRoot()) {
      root.link(F, root, PathBytes.of("g"));
      root.makeSymlink(PathBytes.of("s"), F);
      root.setTimes(PathBytes.of("s"), new FileTime(1, 0), new FileTime(1000, 0));
    }
    mirror(MirrorConflict.FAIL).export(source, PathBytes.EMPTY);
    write(target, PathBytes.of("f"), 2, 100);
    write(target, PathBytes.of("g"), 9, 100);
    write(target, PathBytes.of("s"), 9, 100);

    MirrorTreeReport in = mirror(policy).importTo(target, PathBytes.EMPTY);

    boolean isOverwritten = policy == MirrorConflict.REMOTE_WINS;
    assertThat(in.failedCount()).isEqualTo(policy == MirrorConflict.FAIL ? 2 : 0);
    if (isOverwritten) {
      assertThat(TreeFacts.of(target)).isEqualTo(TreeFacts.of(source));
    } else {
      // Which of the two names is the first is the directory's order.
      assertThat(holds(target, PathBytes.of("g"), 9, 100)).isTrue();
      assertThat(holds(target, PathBytes.of("s"), 9, 100)).isTrue();
    }
    assertThat(TreeFacts.of(target).keySet().stream().filter(n -> n.contains(".conflict-")))
        .hasSize(policy == MirrorConflict.KEEP_BOTH ? 2 : 0);
  }

  @Test
  void entryChangedWhileItsObjectIsRead_isNotOverwritten() throws IOException {
    write(source, F, 2, 100);
    mirror(MirrorConflict.FAIL).export(source, PathBytes.EMPTY);
    ObjectStore racing =
        new ForwardingObjectStore() {
          @Override
          protected ObjectStore delegate() {
            return store;
          }

          @Override
          public CompletionStage<ObjectRange> read(
              String key, long offset, int length, Condition condition) {
            if (key.equals(KEY)) {
              try {
                write(target, F, 7, 30);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            }
            return store.read(key, offset, length, condition);
          }
        };
    MirrorTreeReport in = mirror(MirrorConflict.FAIL, racing).importTo(target, PathBytes.EMPTY);
    assertThat(in.failedCount()).isEqualTo(1);
    assertThat(holds(target, F, 7, 30)).isTrue();
  }

  @Test
  void nameBeside_isNoLongerThanANameMayBe_andCutsNoCharacter() {
    MirrorAttributes incoming =
        MirrorAttributes.ofType("file").put(MirrorAttributes.MTIME, "5").put("kmesh-size", "7");
    PathBytes beside = ConflictRule.beside(PathBytes.of("é".repeat(127)), "tree", incoming);
    assertThat(beside.length()).isLessThanOrEqualTo(255);
    assertThat(Utf8.lengthAt(beside.toBytes(), 0, beside.length())).isEqualTo(2);
    assertThat(beside.toString()).matches("é+\\.conflict-tree-[0-9a-f]{12}");
    assertThat(ConflictRule.isBeside(beside)).isTrue();
    assertThat(ConflictRule.isBeside(PathBytes.of("a.conflict-tree-12"))).isFalse();
    assertThat(ConflictRule.beside(F, "store", incoming))
        .isEqualTo(ConflictRule.beside(F, "store", incoming))
        .isNotEqualTo(
            ConflictRule.beside(
                F, "store", MirrorAttributes.ofType("file").put("kmesh-size", "7")));
  }

  @Test
  void words_areThoseOfTheCommand() {
    assertThat(MirrorConflict.of("keep-both")).contains(MirrorConflict.KEEP_BOTH);
    assertThat(MirrorConflict.of("Fail")).isEmpty();
    assertThat(MirrorConflict.REMOTE_WINS.word()).isEqualTo("remote-wins");
  }
}
