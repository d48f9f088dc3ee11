// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.engine.PosixTrees;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RangeCacheTest {
  private static final int BLOCK = Blocks.SIZE;
  private static final long SIZE = 20L << 20;

  @TempDir Path dir;
  private PosixTree tree;
  private RangeCache cache;

  @BeforeEach
  void open() throws IOException {
    tree = PosixTrees.open(dir);
    cache = RangeCache.open(tree, 16 << 20);
  }

  @AfterEach
  void close() throws IOException {
    cache.close();
    tree.close();
  }

  /** Opens it anew, as the next process does. */
  private void reopen(long budget) throws IOException {
    cache.close();
    cache = RangeCache.open(tree, budget);
  }

  private static Dot dot(int number) {
    return new Dot(7, number);
  }

  static byte[] bytes(long seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.walk(dir)) {
      return all.filter(f -> f.getFileName().toString().startsWith("7-")).sorted().toList();
    }
  }

  @Test
  void blocks_areHereAsTheyWerePut_alsoAfterAnOpening() throws Exception {
    byte[] short1 = bytes(9, 77);
    cache.put(dot(1), 3, bytes(1, BLOCK));
    cache.put(dot(1), 100, bytes(2, BLOCK));
    cache.put(dot(2), 0, short1);
    for (int i = 0; i < 2; i++) {
      assertThat(cache.read(dot(1), SIZE, 3)).isEqualTo(bytes(1, BLOCK));
      assertThat(cache.read(dot(1), SIZE, 100)).isEqualTo(bytes(2, BLOCK));
      assertThat(cache.read(dot(2), 77, 0)).isEqualTo(short1);
      assertThat(cache.read(dot(1), SIZE, 2)).isNull();
      assertThat(cache.read(dot(3), SIZE, 3)).isNull();
      assertThat(cache.has(dot(1), 3)).isTrue();
      assertThat(cache.has(dot(1), 4)).isFalse();
      assertThat(cache.used()).isEqualTo(2 * BLOCK + 77);
      reopen(16 << 20);
    }
  }

  @Test
  void budget_isKept_andWhatWasUsedLastStays() throws Exception {
    for (int i = 1; i <= 100; i++) {
      cache.put(dot(i), 0, bytes(i, BLOCK));
    }
    cache.read(dot(1), SIZE, 0);
    for (int i = 101; i <= 200; i++) {
      cache.put(dot(i), 0, bytes(i, BLOCK));
      assertThat(cache.used()).isLessThanOrEqualTo(16 << 20);
    }
    assertThat(cache.has(dot(1), 0)).isTrue();
    assertThat(cache.has(dot(2), 0)).isFalse();
    assertThat(cache.has(dot(200), 0)).isTrue();
    assertThat(files()).hasSize(128);
    reopen(2 << 20);
    assertThat(cache.used()).isEqualTo(2 << 20);
    assertThat(cache.read(dot(200), SIZE, 0)).isEqualTo(bytes(200, BLOCK));
    assertThat(files()).hasSize(16);
  }

  @Test
  void damagedBlock_isNotHere() throws Exception {
    cache.put(dot(1), 0, bytes(1, BLOCK));
    reopen(16 << 20);
    byte[] whole = Files.readAllBytes(files().get(0));
    whole[5]++;
    Files.write(files().get(0), whole);
    assertThat(cache.read(dot(1), SIZE, 0)).isNull();
    assertThat(cache.has(dot(1), 0)).isFalse();
    assertThat(cache.used()).isZero();
    assertThat(files()).isEmpty();
    cache.put(dot(1), 0, bytes(1, BLOCK));
    assertThat(cache.read(dot(1), SIZE, 0)).isEqualTo(bytes(1, BLOCK));
  }

  @Test
  void log_whenCutOrDamaged_isReadUpToThere() throws Exception {
    cache.put(dot(1), 0, bytes(1, BLOCK));
    cache.put(dot(2), 0, bytes(2, BLOCK));
    cache.close();
    byte[] log = Files.readAllBytes(dir.resolve("log"));
    Files.write(dir.resolve("log"), java.util.Arrays.copyOf(log, log.length - 3));
    cache = RangeCache.open(tree, 16 << 20);
    assertThat(cache.read(dot(1), SIZE, 0)).isEqualTo(bytes(1, BLOCK));
    assertThat(cache.has(dot(2), 0)).isFalse();
    assertThat(files()).hasSize(1);
    cache.close();
    Files.writeString(dir.resolve("log"), "something else");
    cache = RangeCache.open(tree, 16 << 20);
    assertThat(cache.used()).isZero();
    assertThat(files()).isEmpty();
  }

  @Test
  void log_ofANewerFormat_isRefused() throws Exception {
    cache.close();
    byte[] log = Files.readAllBytes(dir.resolve("log"));
    log[4] = 1;
    Files.write(dir.resolve("log"), log);
    assertThatThrownBy(() -> RangeCache.open(tree, 16 << 20))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("its format is 1");
  }

  @Test
  void log_doesNotGrowWithoutBound() throws Exception {
    cache.close();
    cache = RangeCache.open(tree, 20, 8 << 10);
    for (int i = 1; i <= 500; i++) {
      cache.put(dot(i), 0, new byte[] {1}); // a frame comes, and one goes
    }
    assertThat(Files.size(dir.resolve("log"))).isLessThan(9 << 10);
    assertThat(cache.used()).isEqualTo(20);
  }

  @Test
  void lostFile_isFetchedAgain() throws Exception {
    cache.put(dot(1), 0, bytes(1, BLOCK));
    Files.delete(files().get(0));
    assertThat(cache.read(dot(1), SIZE, 0)).isNull();
    cache.put(dot(1), 0, bytes(1, BLOCK));
    cache.put(dot(2), 0, bytes(2, BLOCK));
    Files.delete(files().get(0));
    reopen(16 << 20);
    assertThat(cache.used()).isEqualTo(BLOCK);
    assertThat(cache.read(dot(2), SIZE, 0)).isEqualTo(bytes(2, BLOCK));
  }
}
