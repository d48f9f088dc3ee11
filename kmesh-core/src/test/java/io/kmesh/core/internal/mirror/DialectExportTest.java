// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.mirror.dialect.Dialects;
import io.kmesh.core.internal.transfer.HostileTree;
import io.kmesh.core.internal.transfer.TreeFacts;
import io.kmesh.engine.ByteBudget;
import io.kmesh.engine.MirrorDialect;
import io.kmesh.engine.MirrorTree;
import io.kmesh.engine.MirrorTreeReport;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.XattrMode;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** Trees that are exported for the readers of a dialect too. */
class DialectExportTest {
  private static final int PART = 512 << 10;
  private static final String PREFIX = "tree/";

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

  private static MirrorTree mirror(MemoryStore in) {
    return MirrorTree.in(in, MirrorFixture.STILL)
        .prefix(PREFIX)
        .threads(2)
        .budget(ByteBudget.of(DataSize.ofMib(4)))
        .partSize(DataSize.ofBytes(PART));
  }

  private MirrorTreeReport export(MirrorDialect dialect) throws IOException {
    return mirror(store).dialect(dialect).export(source, PathBytes.EMPTY);
  }

  private static PathBytes name(String text) {
    return PathBytes.of(text);
  }

  /** What every dialect of a common tool can say: its names need no escape. */
  private void plainTree() throws IOException {
    try (PosixDirectory root = source.openRoot()) {
      root.makeDirectory(name("d"), 0750);
      try (PosixDirectory d = root.openDirectory(name("d"))) {
        HostileTree.write(d, name("small"), 1, 5000);
        HostileTree.write(d, name("large"), 2, (3 * PART) + 1);
        d.setMode(name("small"), 0640);
        d.makeSymlink(name("link"), name("small"));
        d.setTimes(name("link"), new FileTime(7, 1), new FileTime(1_234_567, 987_654_321));
        d.link(name("small"), root, name("zz-second"));
        try (PosixFile sparse =
            d.openFile(name("sparse"), Set.of(OpenFlag.WRITE, OpenFlag.CREATE))) {
          sparse.truncate(1 << 20);
          sparse.write(ByteBuffer.wrap(HostileTree.random(3, 100)), 300_000);
          sparse.setTimes(new FileTime(5, 0), new FileTime(99, 123_456_789));
        }
        d.setTimes(new FileTime(3, 0), new FileTime(4, 5));
      }
      root.makeDirectory(name("empty"), 01711);
      root.setMode(name("empty"), 01711);
      root.setTimes(name("empty"), new FileTime(5, 0), new FileTime(6, 7));
      root.setTimes(new FileTime(7, 0), new FileTime(8, 0));
    }
  }

  private static Map<String, String> facts(PosixTree tree) throws IOException {
    return TreeFacts.of(tree);
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "GCSFUSE")
  void hostileTree_comesBackExactly_andARepeatedExportSendsNothing(MirrorDialect dialect)
      throws IOException {
    HostileTree.fill(source);

    MirrorTreeReport out = export(dialect);
    long puts = store.requests("put");
    MirrorTreeReport again = export(dialect);
    MirrorTreeReport in = mirror(store).importTo(target, PathBytes.EMPTY);

    assertThat(out.failed()).isEmpty();
    assertThat(in.failed()).isEmpty();
    assertThat(facts(target)).isEqualTo(facts(source));
    assertThat(store.requests("put")).isEqualTo(puts);
    assertThat(again.bytes()).isZero();
    assertThat(again.notes()).isEqualTo(out.notes());
    assertThat(in.hardLinks()).isEqualTo(out.hardLinks()).isEqualTo(2);
    assertThat(in.files()).isEqualTo(out.files());
    assertThat(store.keys())
        .allSatisfy(
            key ->
                assertThat(SplitAttributes.sizeOf(store.blocking().head(key).metadata()))
                    .isLessThanOrEqualTo(MirrorObjects.METADATA_LIMIT));
    assertThat(mirror(store).importTo(target, PathBytes.EMPTY).bytes()).isZero();
  }

  /** The same objects as another tool would have written them. */
  private MemoryStore stripped() throws IOException {
    MemoryStore other = MemoryStore.create();
    for (String key : store.keys()) {
      if (key.startsWith(PREFIX + MirrorKeys.OWN)) {
        continue;
      }
      ObjectInfo info = store.blocking().head(key);
      Map<String, String> words = new TreeMap<>(info.metadata());
      words.keySet().removeIf(word -> word.startsWith("kmesh-"));
      ByteBuffer body =
          info.size() == 0
              ? ByteBuffer.allocate(0)
              : store
                  .blocking()
                  .read(key, 0, (int) info.size(), Condition.matches(info.etag()))
                  .data();
      other.blocking().put(key, body, new PutOptions(Condition.none(), words, null));
    }
    return other;
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "GCSFUSE")
  void withoutKmeshsWords_theDialectAloneGivesTheTree(MirrorDialect dialect) throws IOException {
    plainTree();
    assertThat(export(dialect).failed()).isEmpty();

    MirrorTreeReport in;
    try (MemoryStore other = stripped()) {
      in = mirror(other).foreign().importTo(target, PathBytes.EMPTY);
    }

    assertThat(in.failed()).isEmpty();
    assertThat(in.notes()).isEmpty();
    boolean isCoarse = dialect == MirrorDialect.GOOGLE || dialect == MirrorDialect.AMLFS;
    for (String path : new String[] {"d", "empty", "d/small", "d/large", "d/link", "d/sparse"}) {
      FileStat wanted = stat(source, path);
      FileStat found = stat(target, path);
      assertThat(found.type()).as(path).isEqualTo(wanted.type());
      if (wanted.type() != FileType.SYMLINK) {
        int kept = dialect == MirrorDialect.GOOGLE ? 0777 : 01777;
        assertThat(found.mode()).as(path).isEqualTo(wanted.mode() & kept);
      }
      assertThat(found.uid()).isEqualTo(wanted.uid());
      assertThat(found.gid()).isEqualTo(wanted.gid());
      assertThat(found.mtime())
          .as(path)
          .isEqualTo(isCoarse ? new FileTime(wanted.mtime().seconds(), 0) : wanted.mtime());
      if (wanted.isRegular()) {
        assertThat(read(target, path)).isEqualTo(read(source, path));
      }
    }
    try (PosixDirectory d = target.openDirectory(name("d"))) {
      assertThat(d.readSymlink(name("link"))).isEqualTo(name("small"));
    }
    // A further name has the bytes, and is a file of its own.
    assertThat(read(target, "zz-second")).isEqualTo(read(source, "zz-second"));
    assertThat(stat(target, "zz-second").inode()).isNotEqualTo(stat(target, "d/small").inode());
  }

  private static FileStat stat(PosixTree tree, String path) throws IOException {
    return tree.stat(PathBytes.of(path));
  }

  private static ByteBuffer read(PosixTree tree, String path) throws IOException {
    try (PosixFile file =
        tree.openFile(PathBytes.of(path), Set.of(OpenFlag.READ, OpenFlag.NO_ACCESS_TIME))) {
      ByteBuffer buffer = ByteBuffer.allocate((int) file.stat().size());
      int n = 1;
      while (buffer.hasRemaining() && n > 0) {
        n = file.read(buffer, buffer.position());
      }
      return buffer.flip();
    }
  }

  @Test
  void otherDialect_rewritesWordsAtTheStore_andKeepsNothingOfTheFirst() throws IOException {
    plainTree();
    export(MirrorDialect.AMLFS);
    assertThat(store.keys()).contains("tree/d", "tree/empty").doesNotContain("tree/d/");

    MirrorTreeReport out = export(MirrorDialect.FSX);

    assertThat(out.failed()).isEmpty();
    assertThat(out.bytes()).isZero();
    assertThat(store.keys()).contains("tree/d/", "tree/empty/").doesNotContain("tree/d");
    for (String key : new String[] {"tree/d/", "tree/d/small", "tree/d/large", "tree/zz-second"}) {
      Map<String, String> metadata = store.blocking().head(key).metadata();
      assertThat(Dialects.of(metadata)).containsExactly(MirrorDialect.FSX);
      assertThat(metadata).containsKey("kmesh-format");
    }
    assertThat(mirror(store).importTo(target, PathBytes.EMPTY).failed()).isEmpty();
    assertThat(facts(target)).isEqualTo(facts(source));

    MirrorTreeReport plain = mirror(store).export(source, PathBytes.EMPTY);
    assertThat(plain.failed()).isEmpty();
    assertThat(Dialects.of(store.blocking().head("tree/d/small").metadata())).isEmpty();
    // One of the names has the bytes, the other none: which is first is the directory's order.
    assertThat(
            store.blocking().head("tree/zz-second").size()
                + store.blocking().head("tree/d/small").size())
        .isEqualTo(5000);
    assertThat(store.blocking().head("tree/d/sparse").size()).isLessThan(PART);
    long sides = store.keys().stream().filter(k -> k.contains("/side/")).count();
    long named =
        store.keys().stream()
            .filter(k -> !k.contains("/side/"))
            .filter(k -> hasSide(store, k))
            .count();
    assertThat(sides).isEqualTo(named);
  }

  private static boolean hasSide(MemoryStore store, String key) {
    try {
      return store.blocking().head(key).metadata().containsKey(MirrorAttributes.SIDE);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void attributesAlone_areRewrittenWithoutTheBytes_whereTheStoreCopies() throws IOException {
    plainTree();
    export(MirrorDialect.S3FS);
    try (PosixDirectory d = source.openDirectory(name("d"))) {
      d.setMode(name("large"), 0604);
    }
    MirrorTreeReport out = export(MirrorDialect.S3FS);
    assertThat(out.failed()).isEmpty();
    assertThat(out.bytes()).isZero();
    assertThat(store.blocking().head("tree/d/large").metadata())
        .containsEntry("mode", String.valueOf(0100604))
        .containsEntry("kmesh-mode", "0604")
        .containsKey("kmesh-sha256");
    mirror(store).importTo(target, PathBytes.EMPTY);
    assertThat(facts(target)).isEqualTo(facts(source));
  }

  @Test
  void removeGone_removesOtherFormsOfDirectories_andKeepsWhatIsThere() throws IOException {
    plainTree();
    mirror(store).export(source, PathBytes.EMPTY);
    MirrorTreeReport out =
        mirror(store).dialect(MirrorDialect.AZCOPY).removeGone().export(source, PathBytes.EMPTY);
    assertThat(out.failed()).isEmpty();
    assertThat(out.removed()).isZero();
    try (PosixDirectory root = source.openRoot()) {
      root.removeDirectory(name("empty"));
    }
    out = mirror(store).dialect(MirrorDialect.AZCOPY).removeGone().export(source, PathBytes.EMPTY);
    assertThat(out.removed()).isEqualTo(1);
    assertThat(store.keys()).contains("tree/d").doesNotContain("tree/empty", "tree/d/");
  }

  @Test
  void losses_areNotedByEntry_andInSum() throws IOException {
    try (PosixDirectory root = source.openRoot()) {
      HostileTree.write(root, name("100%"), 1, 10);
      HostileTree.write(root, name("suid"), 2, 10);
      root.setMode(name("suid"), 04755);
      root.setXattr(name("suid"), name("user.k"), new byte[] {1}, XattrMode.SET);
      root.makeNode(name("pipe"), FileType.FIFO, 0600, 0);
      HostileTree.write(root, name("plain"), 3, 10);
    }
    MirrorTreeReport out = export(MirrorDialect.AMLFS);
    assertThat(out.notes())
        .containsExactly(
            new MirrorTreeReport.Problem(
                "",
                "amlfs does not carry, in all: the type of 1 entry, suid and sgid of 1 entry, the"
                    + " time of access of 4 entries, extended attributes of 1 entry"),
            new MirrorTreeReport.Problem(
                "100%", "amlfs does not carry: its name, which is that of the object, 100%25"),
            new MirrorTreeReport.Problem("pipe", "amlfs does not carry: that it is a fifo"),
            new MirrorTreeReport.Problem(
                "suid", "amlfs does not carry: suid and sgid, extended attributes"));
    assertThat(store.blocking().head("tree/pipe").metadata())
        .containsEntry("kmesh-type", "fifo")
        .doesNotContainKeys("permissions", "owner");
  }

  @Test
  void copyWhoseFirstNameIsGone_isAFileOfItsOwn() throws IOException {
    plainTree();
    export(MirrorDialect.FSX);
    boolean isRootFirst =
        !store.blocking().head("tree/zz-second").metadata().containsKey("kmesh-target");
    String first = isRootFirst ? "tree/zz-second" : "tree/d/small";
    String left = isRootFirst ? "d/small" : "zz-second";
    store.blocking().put(first, ByteBuffer.wrap(new byte[] {1, 2, 3}), PutOptions.NONE);
    MirrorTreeReport in = mirror(store).foreign().importTo(target, PathBytes.EMPTY);
    assertThat(in.failed()).isEmpty();
    assertThat(read(target, left)).isEqualTo(read(source, left));
    assertThat(stat(target, left).links()).isEqualTo(1);
    assertThat(read(target, isRootFirst ? "zz-second" : "d/small").remaining()).isEqualTo(3);
  }

  /** The golden vector of docs/format/mirror.md. */
  @Test
  void furtherNameInTheWordsOfFsx_isAsTheFormatSays() throws Exception {
    FileStat stat =
        new FileStat(
            FileType.REGULAR,
            04755,
            1000,
            100,
            5,
            8,
            2,
            1,
            1,
            0,
            new FileTime(-2, 500_000_000),
            new FileTime(1_700_000_000, 123_456_789),
            new FileTime(1_700_000_000, 123_456_789));
    MirrorAttributes attributes =
        new ExportDialect(MirrorDialect.FSX, URI.create("memory:test"))
            .say(
                MirrorAttributes.of(stat)
                    .path(MirrorAttributes.TARGET, name("a/first"))
                    .put(MirrorAttributes.ATTEMPT, "000102030405060708090a0b0c0d0e0f")
                    .put(
                        MirrorAttributes.SHA256,
                        "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"),
                stat);
    SplitAttributes split =
        SplitAttributes.of(
            attributes.values(), MirrorObjects.METADATA_LIMIT, Set.of(), ".kmesh/side/x");
    assertThat(split.side()).isEmpty();
    assertThat(split.metadata())
        .containsExactly(
            Map.entry("file-atime", "-1500000000ns"),
            Map.entry("file-group", "100"),
            Map.entry("file-mtime", "1700000000123456789ns"),
            Map.entry("file-owner", "1000"),
            Map.entry("file-permissions", "0100755"),
            Map.entry("kmesh-atime", "-1500000000"),
            Map.entry("kmesh-attempt", "000102030405060708090a0b0c0d0e0f"),
            Map.entry("kmesh-format", "mirror/0"),
            Map.entry("kmesh-gid", "100"),
            Map.entry("kmesh-links", "2"),
            Map.entry("kmesh-mode", "4755"),
            Map.entry("kmesh-mtime", "1700000000123456789"),
            Map.entry(
                "kmesh-sha256", "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"),
            Map.entry("kmesh-size", "5"),
            Map.entry("kmesh-target", "YS9maXJzdA=="),
            Map.entry("kmesh-type", "file"),
            Map.entry("kmesh-uid", "1000"));
    // Words of others stay with the object, whatever else has to go to the side.
    SplitAttributes narrow =
        SplitAttributes.of(attributes.values(), 350, Set.of(), ".kmesh/side/x");
    assertThat(narrow.side()).containsKey("kmesh-sha256");
    assertThat(narrow.metadata().keySet())
        .containsAll(Dialects.write(MirrorDialect.FSX, stat).keySet());
  }

  private void putCopy(String key, String type, String first) throws IOException {
    boolean isFile = type.equals("file");
    store
        .blocking()
        .put(
            PREFIX + key,
            ByteBuffer.wrap(isFile ? new byte[] {'x'} : new byte[0]),
            new PutOptions(
                Condition.none(),
                MirrorAttributes.ofType(type)
                    .path(MirrorAttributes.TARGET, PathBytes.of(first))
                    .put(MirrorAttributes.SIZE, "1")
                    .put(MirrorAttributes.MTIME, "0")
                    .put(
                        MirrorAttributes.SHA256,
                        "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881")
                    .values(),
                null));
  }

  /** Copies say paths that anybody may have written. */
  @Test
  void copyOfWhatIsNoPath_isRefused_andOfWhatIsNoFile_isAFileOfItsOwn(@TempDir Path outside)
      throws IOException {
    Files.write(outside.resolve("x"), new byte[] {'x'});
    Files.setLastModifiedTime(outside.resolve("x"), java.nio.file.attribute.FileTime.fromMillis(0));
    try (PosixDirectory root = target.openRoot()) {
      root.makeSymlink(name("out"), PathBytes.of(outside.toString()));
    }
    putCopy("leads-out", "file", "../x");
    putCopy("over-a-link", "file", "out/x");
    putCopy("itself", "file", "itself");
    putCopy("of-nothing", "file", "not/there");
    putCopy("folder", "dir", "itself");

    MirrorTreeReport in = mirror(store).importTo(target, PathBytes.EMPTY);

    assertThat(in.failed())
        .extracting(MirrorTreeReport.Problem::name)
        .containsExactly("tree/leads-out");
    for (String path : new String[] {"over-a-link", "itself", "of-nothing"}) {
      assertThat(stat(target, path).links()).isEqualTo(1);
      assertThat(stat(target, path).size()).isEqualTo(1);
    }
    assertThat(stat(target, "folder").isDirectory()).isTrue();
    assertThat(facts(target).keySet())
        .containsExactly("", "folder", "itself", "of-nothing", "out", "over-a-link");
  }

  @Test
  void dialectThatIsOnlyRead_isRefused() {
    assertThatThrownBy(() -> mirror(store).dialect(MirrorDialect.GCSFUSE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("gcsfuse");
  }
}
