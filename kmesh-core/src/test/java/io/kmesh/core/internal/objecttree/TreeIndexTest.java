// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.mirror.Extents;
import io.kmesh.core.internal.state.MemoryOrdered;
import io.kmesh.lustre.Extent;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.store.Crc32c;
import io.kmesh.spi.store.Sha256;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** The rows of docs/format/object-tree.md: golden vectors, reading back, hostile bytes. */
class TreeIndexTest {
  private static final FileTime NOW = new FileTime(1_700_000_001L, 0);
  private static final TreeIndex.Head HEAD = new TreeIndex.Head("file:///s", "p/", 7, 3, 1);
  private static final Entry ENTRY = new Entry(1, PathBytes.of("a"), 2, FileType.REGULAR);

  private final MemoryOrdered rows = new MemoryOrdered();

  private static Inode inode() {
    TreeMap<PathBytes, byte[]> xattrs = new TreeMap<>();
    xattrs.put(PathBytes.of("user.k"), new byte[] {'v'});
    return Inode.of(2, FileType.REGULAR, 0640, NOW)
        .withOwner(1000, 100)
        .withTimes(new FileTime(-2, 500_000_000), new FileTime(1_700_000_000L, 500_000_000))
        .withLinks(1)
        .withXattrs(xattrs)
        .withBody(
            5,
            new Body.InObject(
                "a", "e", new Extents(List.of(new Extent(1, 2)), 5, true), null, null, null));
  }

  private static StoredObject object() {
    return new StoredObject(
        "a",
        "e",
        2,
        NOW,
        "",
        "t",
        new Fid(0x200000401L, 1, 0),
        2,
        1,
        PathBytes.of("a"),
        PathBytes.EMPTY,
        IndexCodec.attributesDigest(inode()));
  }

  private TreeIndex open() throws IOException {
    return TreeIndex.open(rows, "file:///s", "p/", NOW);
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  @Test
  void rows_areTheGoldenVectors() {
    assertThat(hex(IndexCodec.write(HEAD))).isEqualTo(GOLDEN_HEAD);
    assertThat(hex(IndexCodec.write(inode()))).isEqualTo(GOLDEN_INODE);
    assertThat(hex(IndexCodec.write(ENTRY))).isEqualTo(GOLDEN_ENTRY);
    assertThat(hex(IndexCodec.write(object()))).isEqualTo(GOLDEN_OBJECT);
    assertThat(hex(IndexKeys.entry(1, PathBytes.of("a")))).isEqualTo("44000000000000000161");
    assertThat(hex(IndexKeys.name(2, 1, PathBytes.of("a"))))
        .isEqualTo("4e0000000000000002000000000000000161");
  }

  @Test
  void body_withItsChecksums_isTheGoldenVector() throws Exception {
    Inode inode =
        inode()
            .withBody(
                5,
                new Body.InObject(
                    "a",
                    "e",
                    Extents.whole(5),
                    Sha256.parse("01".repeat(32)),
                    null,
                    new Crc32c(0xe3069283)));
    byte[] row = IndexCodec.write(inode);
    assertThat(hex(row))
        .endsWith("050101" + "0161" + "0165" + "0a05" + "01".repeat(32) + "e3069283");
    assertThat(IndexCodec.inode(2, row)).isEqualTo(inode);
  }

  private static final String GOLDEN_HEAD = "000966696c653a2f2f2f7302702f00000000000000070301";
  private static final String GOLDEN_INODE =
      "0000a003e8076480c49fd50c80cab5ee0100000106757365722e6b01760380cab5ee01"
          + "82c49fd50c00050101016101650105010102";
  private static final String GOLDEN_ENTRY = "000002";
  private static final String GOLDEN_OBJECT =
      "000301650282c49fd50c00000174000000020000040101000201016100bc436252dc59"
          + "130ff2721bcc86e4d0579159b3bddad36fb37539cb715452702a";

  @Test
  void open_whenNew_hasARootAlone_andIsTheSameAgain() throws Exception {
    long device;
    try (TreeIndex index = open()) {
      device = index.head().device();
      assertThat(index.existing(TreeIndex.ROOT).isDirectory()).isTrue();
      assertThat(index.isEmpty(TreeIndex.ROOT)).isTrue();
      assertThat(index.newInode()).isEqualTo(2);
      assertThat(index.newSpool()).isEqualTo(1);
      index.commit();
    }
    rows.reopen();
    try (TreeIndex index = open()) {
      assertThat(index.head()).isEqualTo(new TreeIndex.Head("file:///s", "p/", device, 3, 2));
    }
  }

  @Test
  void open_ofAnotherPrefix_isRefused() throws Exception {
    open().close();
    rows.reopen();
    assertThatThrownBy(() -> TreeIndex.open(rows, "file:///s", "q/", NOW))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID))
        .hasMessageContaining("file:///s p/ for file:///s q/")
        .hasMessageContaining("or remove the index");
  }

  @Test
  void rows_readBack() throws Exception {
    try (TreeIndex index = open()) {
      index.put(inode());
      index.link(ENTRY, "a");
      index.put(object());
      Intent intent = new Intent(4, Intent.Kind.COPY, "b", "t", "a", "e", 2);
      index.put(intent);
      index.addChanges(2, Change.NAMES);
      index.addChanges(2, Change.BYTES, Change.NAMES);
      index.commit();

      assertThat(index.inode(2)).isEqualTo(inode());
      assertThat(index.inode(3)).isNull();
      assertThat(index.entry(PathBytes.of("a"))).isEqualTo(ENTRY);
      assertThat(index.entry(PathBytes.of("a/b"))).isNull();
      assertThat(index.allNames(2)).containsExactly(new Name(1, PathBytes.of("a"), "a"));
      assertThat(index.object("a")).isEqualTo(object());
      assertThat(all(index.objects(""))).containsExactly(object());
      assertThat(all(index.objects("b"))).isEmpty();
      assertThat(all(index.intents())).containsExactly(intent);
      Set<Change> changes = EnumSet.of(Change.BYTES, Change.NAMES);
      assertThat(all(index.changed())).containsExactly(new TreeIndex.Changed(2, changes));
      index.setChanges(2, Set.of());
      assertThat(index.isChanged(2)).isFalse();
    }
  }

  @Test
  void link_inPlaceOfAnother_takesItsName() throws Exception {
    try (TreeIndex index = open()) {
      index.link(ENTRY, "a");
      Entry next = new Entry(1, PathBytes.of("a"), 9, FileType.SYMLINK);
      index.link(next, "");
      assertThat(index.allNames(2)).isEmpty();
      assertThat(index.allNames(9)).containsExactly(new Name(1, PathBytes.of("a"), ""));
      index.unlink(next);
      assertThat(index.isEmpty(1)).isTrue();
      assertThat(index.firstName(9)).isNull();
    }
  }

  @Test
  void entries_areByName_andFromBehindAName() throws Exception {
    try (TreeIndex index = open()) {
      for (String name : new String[] {"b", "a", "a\u0001", "c"}) {
        index.link(new Entry(1, PathBytes.of(name), 2, FileType.FIFO), "");
      }
      index.link(new Entry(2, PathBytes.of("z"), 3, FileType.FIFO), "");
      assertThat(names(index.entries(1))).containsExactly("a", "a\u0001", "b", "c");
      assertThat(names(index.entriesBehind(1, PathBytes.of("a"))))
          .containsExactly("a\u0001", "b", "c");
    }
  }

  private static List<String> names(Rows<Entry> entries) throws IOException {
    List<String> names = new ArrayList<>();
    for (Entry entry : all(entries)) {
      names.add(entry.name().utf8().orElseThrow());
    }
    return names;
  }

  private static <T> List<T> all(Rows<T> rows) throws IOException {
    List<T> all = new ArrayList<>();
    try (rows) {
      while (rows.next()) {
        all.add(rows.row());
      }
    }
    return all;
  }

  @Test
  void path_goesUpToTheRoot_andRefusesACircle() throws Exception {
    try (TreeIndex index = open()) {
      index.link(new Entry(1, PathBytes.of("d"), 2, FileType.DIRECTORY), "");
      index.link(new Entry(2, PathBytes.of("e"), 3, FileType.DIRECTORY), "");
      index.link(new Entry(3, PathBytes.of("f"), 4, FileType.REGULAR), "");
      assertThat(index.path(4)).isEqualTo(PathBytes.of("d/e/f"));
      assertThat(index.path(TreeIndex.ROOT)).isEqualTo(PathBytes.EMPTY);
      assertThat(index.path(9)).isNull();
      index.unlink(new Entry(1, PathBytes.of("d"), 2, FileType.DIRECTORY));
      assertThat(index.path(4)).isNull();
      index.link(new Entry(3, PathBytes.of("d"), 2, FileType.DIRECTORY), "");
      assertThatThrownBy(() -> index.path(4))
          .isInstanceOf(ProviderException.class)
          .hasMessageContaining("circle");
    }
  }

  @Test
  void rollback_goesBackToTheCommit_andGivesNoNumberTwice() throws Exception {
    try (TreeIndex index = open()) {
      long given = index.newInode();
      index.put(inode());
      index.rollback();
      assertThat(index.inode(2)).isNull();
      assertThat(index.newInode()).isGreaterThan(given);
    }
  }

  @Test
  void key_thatIsTooLong_isNotKnown() throws Exception {
    try (TreeIndex index = open()) {
      assertThat(index.object("k".repeat(1024))).isNull();
      assertThat(TreeIndex.isKeyPossible("k".repeat(1023))).isTrue();
      assertThat(TreeIndex.isKeyPossible("\u00e9".repeat(512))).isFalse();
    }
  }

  @Test
  void damagedRow_isCorrupt_andSaysWhatToDo() throws Exception {
    try (TreeIndex index = open()) {
      rows.put(IndexKeys.number(IndexKeys.INODE, 5), new byte[] {0, 9});
      assertThatThrownBy(() -> index.inode(5))
          .isInstanceOfSatisfying(
              ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT))
          .hasMessageContaining("file:///s p/")
          .hasMessageContaining("inode 5")
          .hasMessageContaining("Remove the index");
    }
  }

  @Tag("fuzz")
  @Property
  void values_ofAnyBytes_areReadOrCorrupt(@ForAll @Size(max = 60) byte[] bytes) throws IOException {
    readAll(bytes);
  }

  @Tag("fuzz")
  @Property
  void values_withAWrongByte_areReadOrCorrupt(
      @ForAll @IntRange(max = 300) int at, @ForAll byte other) throws IOException {
    byte[][] whole = {
      IndexCodec.write(HEAD), IndexCodec.write(inode()), IndexCodec.write(object())
    };
    for (byte[] bytes : whole) {
      bytes[at % bytes.length] = other;
      readAll(bytes);
    }
  }

  /** Whatever the bytes: a row that is written as it was read, or an error that says what to do. */
  private static void readAll(byte[] bytes) throws IOException {
    MemoryOrdered store = new MemoryOrdered();
    try (TreeIndex index = TreeIndex.open(store, "file:///s", "p/", NOW)) {
      store.put(IndexKeys.number(IndexKeys.INODE, 2), bytes);
      store.put(IndexKeys.entry(1, PathBytes.of("a")), bytes);
      store.put(IndexKeys.name(2, 1, PathBytes.of("a")), bytes);
      store.put(IndexKeys.text(IndexKeys.OBJECT, "a"), bytes);
      store.put(IndexKeys.number(IndexKeys.CHANGE, 2), bytes);
      store.put(IndexKeys.number(IndexKeys.INTENT, 2), bytes);
      attempt(
          () -> {
            Inode inode = index.inode(2);
            assertThat(IndexCodec.inode(2, IndexCodec.write(inode))).isEqualTo(inode);
          });
      attempt(
          () -> {
            StoredObject object = index.object("a");
            assertThat(IndexCodec.object("a", IndexCodec.write(object))).isEqualTo(object);
          });
      attempt(() -> index.entry(1, PathBytes.of("a")));
      attempt(() -> index.allNames(2));
      attempt(() -> all(index.changed()));
      attempt(() -> all(index.intents()));
      attempt(() -> TreeIndex.open(withHead(bytes), "", "", NOW));
    }
  }

  private static MemoryOrdered withHead(byte[] bytes) throws IOException {
    MemoryOrdered store = new MemoryOrdered();
    store.put(IndexKeys.table(IndexKeys.META), bytes);
    return store;
  }

  private interface Read {
    void run() throws IOException;
  }

  private static void attempt(Read read) throws IOException {
    try {
      read.run();
    } catch (ProviderException e) {
      assertThat(e.kind()).isIn(ErrorKind.CORRUPT, ErrorKind.INVALID);
      assertThat(e).hasMessageContaining("emove the index");
    }
  }
}
