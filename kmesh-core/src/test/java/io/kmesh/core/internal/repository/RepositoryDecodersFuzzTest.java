// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.index.IndexRun;
import io.kmesh.core.internal.repository.index.PackFrames;
import io.kmesh.core.internal.repository.index.RunFile;
import io.kmesh.core.internal.repository.pack.PackForm;
import io.kmesh.core.internal.repository.pack.PackId;
import io.kmesh.core.internal.repository.tree.Attribute;
import io.kmesh.core.internal.repository.tree.ChunkList;
import io.kmesh.core.internal.repository.tree.ChunkListCodec;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.DirectoryWriter;
import io.kmesh.core.internal.repository.tree.Extent;
import io.kmesh.core.internal.repository.tree.Page;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** The decoders of trees, lists, index runs and packs: a value, or a failure that says what. */
class RepositoryDecodersFuzzTest {
  private static final ChunkName NAME = new ChunkName(-1, 2, 3);
  private static final PackId PACK = PackId.of("0123456789abcdef01234567", 5);
  private static final List<byte[]> VALID = valid();

  /** A page with all kinds of entries. */
  private static List<TreeNode> entries() {
    List<Attribute> attributes =
        List.of(
            Attribute.of(PathBytes.of("user.a"), new byte[] {1, 2}),
            Attribute.of(PathBytes.of("user.b"), NAME, 5000));
    ChunkList two = new ChunkList(0, new ChunkName[] {NAME, NAME}, new long[] {5, 6});
    ChunkList deep = new ChunkList(1, new ChunkName[] {NAME}, new long[] {11});
    Content[] contents = {
      new Content.Data(0, ChunkList.EMPTY),
      new Content.Data(11, two),
      new Content.Data(11, deep),
      new Content.Data(9, ChunkList.of(NAME, 9)),
      new Content.Sparse(1L << 40, List.of(new Extent(0, 5), new Extent(1L << 39, 6)), two),
      new Content.Sparse(4096, List.of(), ChunkList.EMPTY),
      new Content.Reference(77, new byte[] {'{', '}'}),
      new Content.Directory(2, NAME),
      new Content.Link(PathBytes.of("../x")),
      new Content.Device(8, 1),
      new Content.Device(0xffff_ffffL, 0xffff_ffffL),
      Content.none(),
      Content.none()
    };
    FileType[] types = {
      FileType.REGULAR,
      FileType.REGULAR,
      FileType.REGULAR,
      FileType.REGULAR,
      FileType.REGULAR,
      FileType.REGULAR,
      FileType.REGULAR,
      FileType.DIRECTORY,
      FileType.SYMLINK,
      FileType.CHARACTER_DEVICE,
      FileType.BLOCK_DEVICE,
      FileType.FIFO,
      FileType.SOCKET
    };
    List<TreeNode> nodes = new ArrayList<>();
    for (int i = 0; i < contents.length; i++) {
      nodes.add(
          new TreeNode(
              PathBytes.of("entry-" + (char) ('a' + i)),
              types[i],
              i % 3 == 0 ? 0644 : 07777,
              i % 2,
              4_000_000_000L,
              new FileTime(-5L + i, 999_999_999),
              new FileTime(1_700_000_000L, i),
              i % 4 == 0 ? -1L : i,
              i % 5 == 1 ? 66 : 0,
              i % 5 == 1 && types[i] != FileType.DIRECTORY ? 3 : 1,
              i % 3 == 1 ? attributes : List.of(),
              contents[i]));
    }
    return nodes;
  }

  private static byte[] leaf() {
    byte[][] page = new byte[1][];
    try {
      DirectoryWriter writer =
          new DirectoryWriter(
              (bytes, offset, length) -> {
                page[0] = Arrays.copyOfRange(bytes, offset, offset + length);
                return NAME;
              });
      for (TreeNode node : entries()) {
        writer.add(node);
      }
      writer.end();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return page[0];
  }

  private static IndexRun run() {
    PackFrames.Frame first = new PackFrames.Frame(100, 90, new long[] {1, 2, -3, 4, 1, 2});
    PackFrames.Frame second = new PackFrames.Frame(50, 40, new long[] {7, 8});
    return IndexRun.of(
        List.of(
            new PackFrames(PACK, PackFrames.DATA, 4096, List.of(first, second)),
            new PackFrames(
                PackId.of("0".repeat(24), 0), PackFrames.METADATA, 4096, List.of(second))));
  }

  private static List<byte[]> valid() {
    ByteOutput inner = new ByteOutput(100);
    inner.ascii("I");
    inner.u8(0);
    inner.varint(2);
    for (String name : new String[] {"a", "b"}) {
      inner.block(new byte[] {(byte) name.charAt(0)});
      NAME.write(inner);
      inner.varint(300);
    }
    ByteOutput list = new ByteOutput(100);
    list.ascii("C");
    list.u8(0);
    list.varint(300);
    list.varint(2);
    list.varint(0);
    for (int length : new int[] {100, 200}) {
      list.varint(length);
      NAME.write(list);
    }
    ByteOutput header = new ByteOutput(32);
    header.ascii("KMPK");
    header.u8(0);
    header.u8(1);
    header.u8(0);
    header.u8(0);
    PACK.write(header);
    header.raw(new byte[8], 0, 8);
    return List.of(leaf(), inner.toBytes(), list.toBytes(), run().write(), header.toBytes());
  }

  private interface Decoder {
    void decode(byte[] bytes) throws ProviderException;
  }

  private static void decode(byte[] bytes, Decoder decoder) {
    try {
      decoder.decode(bytes);
    } catch (ProviderException e) {
      assertThat(e.kind()).isIn(ErrorKind.CORRUPT, ErrorKind.UNSUPPORTED);
      assertThat(e.getMessage()).startsWith("Cannot read ").hasSizeLessThan(2000);
    }
  }

  private static void decodeAll(byte[] bytes) {
    decode(bytes, b -> assertThat(Page.read(b, NAME)).isNotNull());
    decode(
        bytes,
        b -> {
          TreeNode root = Page.readRoot(b, "the root");
          assertThat(Page.readRoot(Page.writeRoot(root), "it")).isEqualTo(root);
        });
    decode(bytes, b -> assertThat(ChunkListCodec.readPage(b, NAME, 0).depth()).isZero());
    decode(
        bytes,
        b -> {
          IndexRun run = IndexRun.read(b, "the run");
          // What a compaction makes of it, and what a cache does.
          assertThat(IndexRun.of(run.packs(p -> true))).isNotNull();
          assertThat(RunFile.inMemory(run).chunks()).isEqualTo(run.chunks());
        });
    decode(bytes, b -> assertThat(PackForm.type(b, PACK, "x")).isBetween(1, 2));
  }

  @Test
  void valid_decodesToWhatItWas() throws IOException {
    assertThat(((Page.Leaf) Page.read(VALID.get(0), NAME)).entries()).isEqualTo(entries());
    assertThat(((Page.Inner) Page.read(VALID.get(1), NAME)).children()).hasSize(2);
    assertThat(ChunkListCodec.readPage(VALID.get(2), NAME, 0).length()).isEqualTo(300);
    assertThat(IndexRun.read(VALID.get(3), "run").write()).isEqualTo(VALID.get(3));
    assertThat(IndexRun.of(IndexRun.read(VALID.get(3), "run").packs(p -> true)).write())
        .isEqualTo(VALID.get(3));
    assertThat(PackForm.type(VALID.get(4), PACK, "x")).isEqualTo(1);
  }

  @Test
  void runFile_damagedAnywhere_isNotUsed(@org.junit.jupiter.api.io.TempDir Path folder)
      throws IOException {
    Path file = folder.resolve("r.run");
    RunFile.write(run(), file);
    byte[] bytes = Files.readAllBytes(file);
    assertThat(RunFile.map(file).chunks()).isEqualTo(5);
    for (int at = 0; at < bytes.length; at++) {
      byte[] bad = bytes.clone();
      bad[at] ^= (byte) (1 << at % 8);
      isRefused(Files.write(folder.resolve("b" + at), bad));
      isRefused(Files.write(folder.resolve("c" + at), Arrays.copyOf(bytes, at)));
    }
    try (var left = Files.list(folder)) {
      assertThat(left.filter(f -> f.toString().endsWith(".new"))).isEmpty();
    }
  }

  private static void isRefused(Path file) {
    org.assertj.core.api.Assertions.assertThatThrownBy(() -> RunFile.map(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("damaged");
  }

  @Tag("fuzz")
  @Property(tries = 2_000)
  void decoders_anyBytes_areAValue_orDamage(@ForAll @Size(max = 300) byte[] bytes) {
    decodeAll(bytes);
    for (byte[] start : VALID) {
      byte[] begins = Arrays.copyOf(start, Math.max(3, start.length / 2) + bytes.length);
      System.arraycopy(bytes, 0, begins, begins.length - bytes.length, bytes.length);
      decodeAll(begins);
    }
  }

  @Tag("fuzz")
  @Property(tries = 5_000)
  void decoders_damagedAnywhere_areAValue_orDamage(
      @ForAll @IntRange(max = 4) int which,
      @ForAll @Size(min = 1, max = 4) int[] at,
      @ForAll byte value,
      @ForAll @IntRange(max = 3000) int length) {
    byte[] bytes = VALID.get(which).clone();
    for (int place : at) {
      bytes[Math.floorMod(place, bytes.length)] += value;
    }
    decodeAll(Arrays.copyOf(bytes, Math.min(bytes.length, length)));
    decodeAll(bytes);
  }
}
