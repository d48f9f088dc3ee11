// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.RenameMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Files that the target puts together of what it has, in small: all bytes of the way counted. */
class AssemblerTest {
  private static final int SIZE = 400_000;

  /** What chunks of some 2 KiB and their names may cost besides what is new. */
  private static final int OVERHEAD = SIZE / 25;

  private static final PathBytes FIRST = PathBytes.of("first");
  private static final PathBytes SECOND = PathBytes.of("second");

  private TwoSites sites;
  private long times;
  private final byte[] first = noise(1, SIZE);

  @BeforeEach
  void open() throws Exception {
    sites = new TwoSites(20_261_122, TwoSites.Finding.BY_SCAN);
    sites.recipes = new RecipeSettings(10_000, 11, 20_000, 100_000, 150_000);
    sites.isOnDemand = true;
    sites.endSource();
    sites.endTarget();
    put(FIRST, first);
    sites.settle();
  }

  @AfterEach
  void close() throws Exception {
    sites.close();
  }

  private static byte[] noise(int seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static byte[] join(byte[]... parts) {
    ByteBuffer all = ByteBuffer.allocate(Arrays.stream(parts).mapToInt(p -> p.length).sum());
    Arrays.stream(parts).forEach(all::put);
    return all.array();
  }

  private static byte[] part(byte[] bytes, int from, int to) {
    return Arrays.copyOfRange(bytes, from, to);
  }

  private void put(PathBytes path, byte[] bytes) throws IOException {
    sites.steps.write(path, bytes);
    sites.steps.setTime(path, new FileTime(++times, 0)); // none that is young
    sites.changes++;
  }

  private long costOf(PathBytes path, byte[] bytes) throws Exception {
    put(path, bytes);
    return cost();
  }

  private long cost() throws Exception {
    long before = sites.bytes();
    sites.settle();
    return sites.bytes() - before;
  }

  private Path target(PathBytes path) {
    return sites.folder().resolve("target").resolve(path.toString());
  }

  @Test
  void shiftedCopy() throws Exception {
    assertThat(costOf(SECOND, join(new byte[1], first))).isLessThan(OVERHEAD);
  }

  @Test
  void blockInTheMiddle() throws Exception {
    byte[] bytes = join(part(first, 0, 150_000), noise(2, 30_000), part(first, 150_000, SIZE));
    assertThat(costOf(SECOND, bytes)).isBetween(30_000L, 30_000L + OVERHEAD);
  }

  @Test
  void moreAtTheEnd() throws Exception {
    assertThat(costOf(SECOND, join(first, noise(2, 30_000))))
        .isBetween(30_000L, 30_000L + OVERHEAD);
  }

  @Test
  void moreAtTheBegin_thanIsLookedAt() throws Exception {
    assertThat(costOf(SECOND, join(noise(2, 60_000), first)))
        .isBetween(60_000L, 60_000L + OVERHEAD);
  }

  @Test
  void less() throws Exception {
    assertThat(costOf(SECOND, part(first, 0, 200_000))).isLessThan(OVERHEAD);
    assertThat(costOf(PathBytes.of("third"), part(first, 200_000, SIZE))).isLessThan(OVERHEAD);
  }

  @Test
  void blockWrittenOver() throws Exception {
    byte[] bytes = first.clone();
    System.arraycopy(noise(3, 5_000), 0, bytes, 200_000, 5_000);
    assertThat(costOf(FIRST, bytes)).isBetween(5_000L, 5_000L + OVERHEAD);
  }

  @Test
  void renamedAndChanged() throws Exception {
    sites.steps.rename(FIRST, SECOND, RenameMode.NO_REPLACE);
    assertThat(costOf(SECOND, join(noise(4, 100), first))).isLessThan(OVERHEAD);
  }

  @Test
  void replacedByARename() throws Exception {
    put(SECOND, join(part(first, 0, 5_000), noise(4, 100), part(first, 5_000, SIZE)));
    sites.steps.rename(SECOND, FIRST, RenameMode.REPLACE);
    assertThat(cost()).isLessThan(OVERHEAD);
  }

  @Test
  void copiesOfCopies_whoseOriginIsGone() throws Exception {
    costOf(SECOND, join(new byte[1], first));
    sites.steps.unlink(FIRST);
    sites.changes++;
    sites.settle();
    assertThat(costOf(PathBytes.of("third"), join(new byte[7], first))).isLessThan(OVERHEAD);
  }

  @Test
  void noise_comesWhole() throws Exception {
    assertThat(costOf(SECOND, noise(5, SIZE))).isBetween((long) SIZE, SIZE + SIZE / 50L);
  }

  @Test
  void likeAtItsEndsAlone_isComparedForAWhile_andComesWhole() throws Exception {
    byte[] bytes = join(part(first, 0, 20_000), noise(6, SIZE), part(first, SIZE - 20_000, SIZE));
    assertThat(costOf(SECOND, bytes)).isBetween((long) SIZE, SIZE + 20_000L + OVERHEAD / 2);
  }

  /** What a file costs whose way is lost after some messages of it came. */
  private long costWithACut(PathBytes path, byte[] bytes, int messages) throws Exception {
    put(path, bytes);
    long before = sites.bytes();
    while (sites.bytes() - before < 2_000_000) {
      sites.join();
      sites.stepSource();
      sites.stepTarget();
      sites.deliver();
    }
    for (int i = 0; i < messages; i++) {
      sites.deliver();
    }
    sites.cut();
    sites.settle();
    assertThat(Files.readAllBytes(target(path))).isEqualTo(bytes);
    return sites.bytes() - before;
  }

  @Test
  void cutInTheMiddle_costsWhatWasUnderWay() throws Exception {
    int size = 20 * SIZE;
    assertThat(costWithACut(SECOND, noise(8, size), 4))
        .isBetween(size + 1_000_000L, size + size / 2L + 1_000_000);
  }

  @Test
  void peerThatTellsNoChunks_isAskedForBytes() throws Exception {
    sites.tellsChunks = false;
    sites.endSource();
    assertThat(costOf(SECOND, join(new byte[1], first))).isGreaterThan(SIZE);
    assertThat(Files.readAllBytes(target(SECOND))).isEqualTo(join(new byte[1], first));
  }

  @Test
  void fileHereThatSomebodyChanged_isNotTrusted() throws Exception {
    put(SECOND, join(new byte[1], first));
    for (int i = 0; i < 60 && !Files.exists(target(SECOND)); i++) {
      // While it is compared and copied, in the midst of all.
      Files.write(target(FIRST), part(noise(7 + i, SIZE), 0, SIZE - i), StandardOpenOption.WRITE);
      sites.join();
      sites.round();
    }
    assertThat(Files.readAllBytes(target(SECOND))).isEqualTo(join(new byte[1], first));
  }
}
