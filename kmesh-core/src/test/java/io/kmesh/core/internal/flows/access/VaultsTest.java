// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.engine.PosixTrees;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VaultsTest {
  private static final String KNOWN = "known plaintext of a sensitive file; ";
  private static final byte[] BYTES = KNOWN.repeat(2_000).getBytes(StandardCharsets.UTF_8);
  private static final Dot CONTENT = new Dot(7, 1);
  private static final String GRANT = "00112233445566778899aabbccddeeff";

  @TempDir Path dir;
  private PosixTree tree;
  private Vaults vaults;

  @BeforeEach
  void open() throws IOException {
    tree = PosixTrees.open(dir);
    vaults = new Vaults(tree, 1 << 20);
  }

  @AfterEach
  void close() throws IOException {
    vaults.close();
    tree.close();
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.walk(dir)) {
      return all.filter(Files::isRegularFile).toList();
    }
  }

  private SealedCache vault(String grant) throws IOException {
    return Objects.requireNonNull(vaults.of(grant));
  }

  @Test
  void whatIsSealed_isReadBack_andIsInNoFileAsItIs() throws Exception {
    SealedCache vault = vault(GRANT);
    assertThat(vaults.of(GRANT)).isSameAs(vault);
    byte[] last = Arrays.copyOf(BYTES, 77);
    vault.put(CONTENT, 0, BYTES);
    vault.put(CONTENT, 3, last);
    long size = 3L * Blocks.SIZE + 77;
    assertThat(vault.has(CONTENT, 0)).isTrue();
    assertThat(vault.read(new Dot(7, 2), BYTES.length, 0)).isNull();
    assertThat(vault.read(CONTENT, size, 3)).isEqualTo(last);
    assertThat(vault.read(CONTENT, BYTES.length, 0)).isEqualTo(BYTES);
    for (Path file : files()) {
      assertThat(Files.readString(file, StandardCharsets.ISO_8859_1)).doesNotContain(KNOWN);
    }
    assertThat(files()).hasSizeGreaterThan(1);
  }

  @Test
  void afterTheGrant_nothingIsLeft_andNothingIsPut() throws Exception {
    SealedCache vault = vault(GRANT);
    SealedCache other = vault("ff" + GRANT.substring(2));
    vault.put(CONTENT, 0, BYTES);
    other.put(CONTENT, 0, BYTES);
    vaults.ended(GRANT);
    assertThat(vault.has(CONTENT, 0)).isFalse();
    assertThat(vault.read(CONTENT, BYTES.length, 0)).isNull();
    vault.put(CONTENT, 1, BYTES);
    assertThat(files()).noneMatch(file -> file.toString().contains(GRANT));
    assertThat(other.read(CONTENT, BYTES.length, 0)).isEqualTo(BYTES);
    assertThat(vaults.used()).isPositive();
    vaults.close();
    assertThat(vaults.used()).isZero();
    assertThat(files()).isEmpty();
    assertThat(vaults.of(GRANT)).isNull();
  }

  @Test
  void whatAKilledProcessLeft_isRemovedUnread() throws Exception {
    vault(GRANT).put(CONTENT, 0, BYTES);
    assertThat(files()).isNotEmpty();
    vaults = new Vaults(tree, 1 << 20);
    assertThat(files()).isEmpty();
  }

  @Test
  void aBlockThatWasChanged_orPutInAnothersPlace_isNotHandedOut() throws Exception {
    SealedCache vault = vault(GRANT);
    vault.put(CONTENT, 0, BYTES);
    vault.put(new Dot(7, 257), 0, BYTES);
    List<Path> segments = files().stream().filter(f -> f.toString().contains("7-")).toList();
    assertThat(segments).hasSize(2);
    byte[] first = Files.readAllBytes(segments.get(0));
    Files.write(segments.get(1), first);
    first[100] ^= 1;
    Files.write(segments.get(0), first);
    assertThat(vault.read(CONTENT, BYTES.length, 0)).isNull();
    assertThat(vault.read(new Dot(7, 257), BYTES.length, 0)).isNull();
    assertThat(vault.has(CONTENT, 0)).as("to be fetched again").isFalse();
    vault.put(CONTENT, 0, BYTES);
    assertThat(vault.read(CONTENT, BYTES.length, 0)).isEqualTo(BYTES);
  }

  @Test
  void grants_shareTheBudget() throws Exception {
    SealedCache one = vault(GRANT);
    byte[] block = Arrays.copyOf(BYTES, Blocks.SIZE / 2);
    for (int i = 0; i < 40; i++) {
      one.put(new Dot(7, i), 0, block);
    }
    assertThat(vaults.used()).isBetween(1L << 19, 1L << 20);
    SealedCache two = vault("ff" + GRANT.substring(2));
    assertThat(one.used()).isLessThanOrEqualTo(1 << 19);
    for (int i = 0; i < 40; i++) {
      two.put(new Dot(7, i), 0, block);
    }
    assertThat(vaults.used()).isLessThanOrEqualTo(1 << 20);
    assertThat(two.used()).isPositive();
  }
}
