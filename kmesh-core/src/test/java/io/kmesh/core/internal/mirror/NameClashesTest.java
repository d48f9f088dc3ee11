// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class NameClashesTest {
  private static NameClashes of(List<PathBytes> names, int most) throws IOException {
    return NameClashes.of(
        taker -> {
          for (PathBytes name : names) {
            taker.take(name);
          }
        },
        most);
  }

  @Test
  void namesThatAFoldingFileSystemTakesForOne_clash() throws IOException {
    List<List<String>> groups =
        List.of(
            List.of("Makefile", "makefile", "MAKEFILE"),
            List.of("\u00e9t\u00e9", "e\u0301te\u0301", "\u00c9T\u00c9"),
            List.of("stra\u00dfe", "STRASSE"),
            List.of("\u212bngstrom", "\u00e5ngstrom"),
            List.of("\u03c3", "\u03c2"));
    List<PathBytes> names = new ArrayList<>();
    groups.forEach(group -> group.forEach(name -> names.add(PathBytes.of(name))));
    List<PathBytes> alone =
        List.of(
            PathBytes.of("plain"),
            PathBytes.of(new byte[] {'a', (byte) 0xff}),
            PathBytes.of(new byte[] {'a', (byte) 0xfe}),
            PathBytes.of("\u0131"),
            PathBytes.of("l"));
    names.addAll(alone);
    NameClashes clashes = of(names, 1000);
    for (PathBytes name : names) {
      assertThat(clashes.has(name)).as("%s", name).isEqualTo(!alone.contains(name));
    }
  }

  @Test
  void whatComesSeveralTimes_isNoClash_andDirectoriesAboveCount() throws IOException {
    PathBytes a = PathBytes.of("a");
    assertThat(of(List.of(a, a, a), 10).isEmpty()).isTrue();
    NameClashes clashes = of(List.of(PathBytes.of("D"), PathBytes.of("d")), 10);
    assertThat(clashes.hasAnyOf(PathBytes.of("d/x"))).isTrue();
    assertThat(clashes.hasAnyOf(PathBytes.of("x/d"))).isFalse();
  }

  @Provide
  Arbitrary<List<String>> names() {
    return Arbitraries.strings().withChars("aAbB\u00e9\u00c9").ofMinLength(1).ofMaxLength(4).list();
  }

  /** With little memory the same are found as with much. */
  @Property(tries = 300)
  void shares_findTheSame(@ForAll("names") List<String> names) throws IOException {
    List<PathBytes> paths = names.stream().map(PathBytes::of).toList();
    Map<String, Set<String>> groups = new HashMap<>();
    names.forEach(
        name ->
            groups
                .computeIfAbsent(FoldedName.of(PathBytes.of(name)), k -> new HashSet<>())
                .add(name));
    int clashing = (int) groups.values().stream().filter(g -> g.size() > 1).count();
    NameClashes few = of(paths, Math.max(1, clashing));
    NameClashes all = of(paths, 1000);
    for (String name : names) {
      PathBytes path = PathBytes.of(name);
      boolean expected = groups.getOrDefault(FoldedName.of(path), Set.of()).size() > 1;
      assertThat(few.has(path)).isEqualTo(all.has(path)).isEqualTo(expected);
    }
  }

  @Test
  void manyNames_areComparedInShares() throws IOException {
    List<PathBytes> names = new ArrayList<>();
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 5000; i++) {
      names.add(PathBytes.of("name-" + i + "-" + random.nextInt(1000)));
    }
    names.add(PathBytes.of("X"));
    names.add(PathBytes.of("x"));
    int[] passes = {0};
    NameClashes clashes =
        NameClashes.of(
            taker -> {
              passes[0]++;
              for (PathBytes name : names) {
                taker.take(name);
              }
            },
            700);
    assertThat(passes[0]).isGreaterThan(8);
    assertThat(clashes.has(PathBytes.of("X"))).isTrue();
    assertThat(names.stream().filter(clashes::has)).hasSize(2);
  }

  @Test
  void moreClashesThanCanBeRemembered_areRefused() {
    assertThatThrownBy(
            () ->
                of(
                    List.of(
                        PathBytes.of("a"), PathBytes.of("A"), PathBytes.of("b"), PathBytes.of("B")),
                    1))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("portable names");
  }
}
