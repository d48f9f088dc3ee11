// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Tar files are cut where their members are, and members as if they were files. */
class TarCutterTest {
  private static final byte[] TABLE = table();
  private static final ChunkProfile DATA = new ChunkProfile(5_000, 1 << 13, 20_000);
  private static final ChunkProfile RUNS = new ChunkProfile(8_000, 1 << 14, 30_000);

  private static byte[] table() {
    byte[] table = new byte[GearChunker.TABLE_BYTES];
    new Random(7).nextBytes(table);
    return table;
  }

  private static byte[] random(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private static Cutter cutter(byte[] content) {
    return new Cutters(TABLE, DATA, RUNS).of(content, content.length);
  }

  /** Ends of chunks, with the content coming in pieces. */
  private static List<Integer> ends(Cutter cutter, byte[] content, Random pieces) {
    List<Integer> ends = new ArrayList<>();
    int from = 0;
    int to = Math.min(content.length, TarHeader.BLOCK);
    while (from < content.length) {
      int end = cutter.cut(content, from, to, to == content.length);
      if (end == Cutter.MORE) {
        assertThat(to).isLessThan(content.length);
        assertThat(to - from).isLessThan(cutter.most());
        to = Math.min(content.length, to + 1 + pieces.nextInt(9_000));
      } else {
        assertThat(end).isBetween(from + 1, to);
        ends.add(end);
        from = end;
      }
    }
    return ends;
  }

  private static Set<Integer> cuts(byte[] content) {
    return new TreeSet<>(ends(cutter(content), content, new Random(0)));
  }

  private static List<Integer> fileCuts(byte[] content, int at) {
    GearChunker chunker = new GearChunker(TABLE, DATA);
    List<Integer> ends = new ArrayList<>();
    for (int from = 0; from < content.length; ) {
      from = chunker.cut(content, from, content.length, true);
      ends.add(at + from);
    }
    return ends;
  }

  /** A tar file with members of all kinds, and where their contents of 4 KiB and more are. */
  private record Sample(byte[] tar, List<Integer> begins, List<byte[]> contents) {}

  private static Sample sample(long seed, int members) {
    Random random = new Random(seed);
    TarBuilder tar = new TarBuilder();
    List<Integer> begins = new ArrayList<>();
    List<byte[]> contents = new ArrayList<>();
    for (int i = 0; i < members; i++) {
      int length = random.nextInt(3) == 0 ? random.nextInt(60_000) : random.nextInt(6_000);
      byte[] content = random(random, length);
      String name = "member-" + i;
      switch (random.nextInt(8)) {
        case 0 -> tar.base256(name, content);
        case 1 -> tar.pax(name, content);
        case 2 -> tar.longName(name, content);
        case 3 -> tar.sparse(name, content, random.nextInt(3));
        case 4 -> tar.link(name + "-link").file(name, content);
        case 5 -> tar.bytes(new byte[512 * random.nextInt(30)]).file(name, content);
        default -> tar.file(name, content);
      }
      if (length >= TarCutter.LEAST_MEMBER) {
        begins.add(tar.length() - (length + 511 & -512));
        contents.add(content);
      }
    }
    byte[] whole = tar.end();
    return TarHeader.isHeader(whole, 0)
        ? new Sample(whole, begins, contents)
        : sample(seed + 1, members);
  }

  @Property(tries = 300)
  void members_areCutAsFiles(@ForAll long seed, @ForAll @IntRange(min = 1, max = 40) int members) {
    Sample sample = sample(seed, members);
    Set<Integer> cuts = cuts(sample.tar());
    for (int i = 0; i < sample.begins().size(); i++) {
      int begin = sample.begins().get(i);
      byte[] content = sample.contents().get(i);
      List<Integer> expected = new ArrayList<>(List.of(begin));
      expected.addAll(fileCuts(content, begin));
      assertThat(cuts.stream().filter(c -> c >= begin && c <= begin + content.length))
          .containsExactlyElementsOf(expected);
    }
  }

  /** The longest run ends between pax records with a member's size and that member's header. */
  @Test
  void paxSize_isKnownInTheNextRun() {
    Sample sample = sample(2772, 13);
    assertThat(cuts(sample.tar())).contains(30_208).containsAll(sample.begins());
  }

  @Property(tries = 200)
  void anyPieces_giveTheSameCuts(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 40) int members) {
    byte[] tar = sample(seed, members).tar();
    byte[] cut = Arrays.copyOf(tar, Math.max(512, new Random(seed).nextInt(tar.length)));
    for (byte[] content : List.of(tar, cut)) {
      assertThat(ends(cutter(content), content, new Random(seed)))
          .isEqualTo(ends(cutter(content), content, new Random(1)));
    }
  }

  /**
   * Whatever the bytes are: the cuts go forward to the end, and no chunk is longer than allowed.
   */
  @Property(tries = 300)
  void damagedTar_isCutAsAnything(
      @ForAll long seed, @ForAll @Size(max = 30) List<@IntRange(max = 200_000) Integer> damages) {
    byte[] tar = sample(seed, 12).tar();
    for (int damage : damages) {
      tar[512 + damage % (tar.length - 512)] ^= (byte) (1 + damage % 255);
    }
    Cutter cutter = cutter(tar);
    int from = 0;
    for (int end : ends(cutter, tar, new Random(seed))) {
      assertThat(end - from).isBetween(1, cutter.most());
      from = end;
    }
    assertThat(from).isEqualTo(tar.length);
  }

  private static void isCutToItsEnd(byte[] tar) {
    Cutter cutter = cutter(tar);
    List<Integer> ends = ends(cutter, tar, new Random(1));
    int from = 0;
    for (int end : ends) {
      assertThat(end - from).isBetween(1, cutter.most());
      from = end;
    }
    assertThat(from).isEqualTo(tar.length);
  }

  @Test
  void sizesOfAnyLength_areCutToTheirEnd() {
    byte[] content = random(new Random(2), 100_000);
    for (long size : new long[] {Long.MAX_VALUE, Long.MAX_VALUE - 600, 1L << 40, -1, 0}) {
      isCutToItsEnd(new TarBuilder().promise("a", size).bytes(content).end());
    }
  }

  @Test
  void sparseMapsOfAnyLength_areCutToTheirEnd() {
    byte[] content = random(new Random(3), 50_000);
    for (int maps : new int[] {1, 100, 127, 128, 129, 1_000}) {
      byte[] tar = new TarBuilder().sparse("a", content, maps).file("b", content).end();
      isCutToItsEnd(tar);
      if (maps <= 100) {
        assertThat(cuts(tar)).contains(512 + 512 * maps, 512 + 512 * maps + content.length);
      }
    }
  }

  @Test
  void factsWithoutAMember_areCutToTheirEnd() {
    TarBuilder tar = new TarBuilder();
    for (int i = 0; i < 60; i++) {
      tar.facts(i % 2 == 0 ? 60_000 : 100);
    }
    isCutToItsEnd(tar.end());
    TarBuilder empty = new TarBuilder().facts(0);
    for (int i = 0; i < 3_000; i++) {
      empty.facts(0);
    }
    isCutToItsEnd(empty.end());
  }

  @Test
  void behindGarbage_cutsByContentAlone() {
    Random random = new Random(5);
    byte[] first = random(random, 5_000);
    byte[] garbage = random(random, 100_000);
    byte[] tar = new TarBuilder().file("a", first).bytes(garbage).end();
    List<Integer> ends = ends(cutter(tar), tar, random);
    assertThat(ends).startsWith(512, 512 + 5_000);
    byte[] rest = Arrays.copyOfRange(tar, 512 + 5_000, tar.length);
    assertThat(ends.subList(2, ends.size())).isEqualTo(fileCuts(rest, 512 + 5_000));
  }

  @Test
  void runsOfSmallMembers_endWithinTheProfile_andFindEachOtherAgain() {
    byte[][] members = new byte[400][];
    Random random = new Random(9);
    for (int i = 0; i < members.length; i++) {
      members[i] = random(random, random.nextInt(2_000));
    }
    byte[] one = small(members, 0);
    byte[] other = small(members, 1);
    List<byte[]> chunks = chunks(one);
    chunks.forEach(c -> assertThat(c.length).isLessThan(RUNS.max() + 64 * 1024));
    long shared =
        chunks(other).stream()
            .filter(c -> chunks.stream().anyMatch(d -> Arrays.equals(c, d)))
            .count();
    assertThat(chunks.size()).isBetween(20, 80);
    assertThat(shared).isGreaterThan(chunks.size() - 5L);
  }

  private static byte[] small(byte[][] members, int without) {
    TarBuilder tar = new TarBuilder();
    for (int i = without; i < members.length; i++) {
      tar.file("small-" + i, members[i]);
    }
    return tar.end();
  }

  private static List<byte[]> chunks(byte[] content) {
    List<byte[]> chunks = new ArrayList<>();
    int from = 0;
    for (int end : cuts(content)) {
      chunks.add(Arrays.copyOfRange(content, from, end));
      from = end;
    }
    return chunks;
  }

  @Test
  void eachMember_isOfAnother() {
    Random random = new Random(3);
    byte[] tar =
        new TarBuilder().file("a", random(random, 50_000)).file("b", random(random, 50_000)).end();
    Cutter cutter = cutter(tar);
    List<Boolean> firsts = new ArrayList<>();
    for (int from = 0; from < tar.length; ) {
      from = cutter.cut(tar, from, tar.length, true);
      firsts.add(cutter.isOfAnother());
    }
    int inEach = fileCuts(Arrays.copyOfRange(tar, 512, 50_512), 0).size();
    assertThat(firsts.get(0)).isTrue();
    assertThat(firsts.get(1)).isTrue();
    assertThat(firsts.subList(2, 1 + inEach)).containsOnly(false);
    assertThat(firsts.get(1 + inEach)).isTrue();
  }

  @Test
  void kinds_areToldByTheirFirstBytes() {
    byte[] tar = new TarBuilder().file("a", new byte[10]).end();
    assertThat(ContentKind.of(tar, tar.length)).isEqualTo(ContentKind.TAR);
    assertThat(ContentKind.of(tar, 511)).isEqualTo(ContentKind.DATA);
    assertThat(ContentKind.of(new byte[4096], 4096)).isEqualTo(ContentKind.DATA);
    assertThat(kind(0, 'Q', 'F', 'I', 0xfb)).isEqualTo(ContentKind.IMAGE);
    assertThat(kind(1080, 0x53, 0xef)).isEqualTo(ContentKind.IMAGE);
    assertThat(kind(32_769, 'C', 'D', '0', '0', '1')).isEqualTo(ContentKind.IMAGE);
    assertThat(kind(512, 'E', 'F', 'I', ' ', 'P', 'A', 'R', 'T')).isEqualTo(ContentKind.IMAGE);
    assertThat(kind(0, 'X', 'F', 'S', 'C')).isEqualTo(ContentKind.DATA);
    byte[] image = new byte[100_000];
    image[1080] = 0x53;
    image[1081] = (byte) 0xef;
    assertThat(new Cutters(TABLE, DATA, RUNS).of(image, image.length).most()).isEqualTo(RUNS.max());
  }

  private static ContentKind kind(int at, int... bytes) {
    byte[] content = new byte[40 << 10];
    for (int i = 0; i < bytes.length; i++) {
      content[at + i] = (byte) bytes[i];
    }
    return ContentKind.of(content, content.length);
  }
}
