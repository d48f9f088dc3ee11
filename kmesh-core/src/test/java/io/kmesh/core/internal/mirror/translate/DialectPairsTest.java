// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.translate;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.mirror.translate.Convention.Known;
import io.kmesh.core.internal.mirror.translate.Convention.Written;
import io.kmesh.engine.MirrorDialect;
import io.kmesh.engine.MirrorTranslationReport;
import io.kmesh.spi.posix.FileType;
import io.kmesh.testkit.store.MemoryStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Entries of every type from each dialect that is read to each that is written, against what the
 * services' documents say, not against Kmesh's own codecs.
 */
class DialectPairsTest {
  private final TranslationWorld world = new TranslationWorld();

  static Stream<Arguments> pairs() {
    return Arrays.stream(MirrorDialect.values())
        .flatMap(from -> MirrorDialect.written().stream().map(to -> Arguments.arguments(from, to)));
  }

  private record Case(String path, Known entry) {}

  /** What the tool of a dialect has stored. */
  private static List<Case> cases(MirrorDialect from) {
    List<Case> cases = new ArrayList<>();
    for (FileType type : FileType.values()) {
      for (int mode : new int[] {0640, 01751, 0}) {
        boolean isOdd = mode == 0 && (from == MirrorDialect.GCSFUSE || type == FileType.SYMLINK);
        if (isOdd) {
          continue;
        }
        Known whole =
            new Known(type, mode, 1001, Convention.MTIME_NANOS, Convention.ATIME_NANOS, true);
        Optional<Known> said = Convention.carried(from, whole);
        String name = type.name().toLowerCase(Locale.ROOT) + "-" + mode;
        said.ifPresent(known -> cases.add(new Case("d/" + name, known)));
      }
    }
    return cases;
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void everyType_hasTheTargetsWordsAndBody(MirrorDialect from, MirrorDialect to)
      throws IOException {
    List<Case> cases = cases(from);
    for (Case one : cases) {
      world.put("a/", Convention.written(from, one.path, one.entry));
    }
    Map<String, Written> expected = new TreeMap<>();
    int leftOut = 0;
    for (Case one : cases) {
      Optional<Known> carried = Convention.carried(to, one.entry);
      if (carried.isEmpty()) {
        leftOut++;
        continue;
      }
      Known seen = withOwnerWhereItTells(to, one.entry, carried.get());
      Written written = Convention.written(to, one.path, seen);
      expected.put("b/" + written.key(), written);
    }

    MirrorTranslationReport report = world.translate("a/").to(world.store, "b/").run(to);

    assertThat(world.store.requests("read")).as("copied by the store").isZero();
    assertThat(report.failed()).isEmpty();
    assertThat(report.leftOut()).isEqualTo(leftOut);
    assertThat(report.objects()).isEqualTo(cases.size());
    assertThat(world.bare("b/")).isEqualTo(bare(expected));

    MirrorTranslationReport again = world.translate("a/").to(world.store, "b/").run(to);
    assertThat(again.copied() + again.sent()).isZero();
    assertThat(again.equal()).isEqualTo(expected.size());
  }

  /** Without an owner Managed Lustre's reader would take sticky permissions for decimals. */
  private static Known withOwnerWhereItTells(MirrorDialect to, Known source, Known seen) {
    boolean isUnclear = to == MirrorDialect.AMLFS && source.uid() < 0 && (seen.mode() & 01000) != 0;
    return isUnclear
        ? new Known(seen.type(), seen.mode(), 0, seen.mtimeNanos(), seen.atimeNanos(), true)
        : seen;
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void inPlace_everyTypeHasTheTargetsWords_andNothingElseIsLeft(
      MirrorDialect from, MirrorDialect to) throws IOException {
    Map<String, Written> expected = new TreeMap<>();
    for (Case one : cases(from)) {
      Written source = Convention.written(from, one.path, one.entry);
      world.put("a/", source);
      Optional<Known> carried = Convention.carried(to, one.entry);
      Written written =
          carried.isEmpty() ? source : Convention.written(to, one.path, carried.get());
      expected.put("a/" + written.key(), written);
    }

    MirrorTranslationReport report = world.translate("a/").run(to);

    assertThat(report.failed()).isEmpty();
    assertThat(world.bare("a/")).isEqualTo(bare(expected));
    MirrorTranslationReport again = world.translate("a/").run(to);
    assertThat(again.copied() + again.sent() + again.removed()).isZero();
    assertThat(again.failed()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void twoStores_areTheSame(MirrorDialect from, MirrorDialect to) throws IOException {
    for (Case one : cases(from)) {
      world.put("a/", Convention.written(from, one.path, one.entry));
    }
    world.translate("a/").to(world.store, "b/").run(to);
    MemoryStore other = MemoryStore.builder().name("other").build();
    MirrorTranslationReport report = world.translate("a/").to(other, "b/").run(to);
    assertThat(report.failed()).isEmpty();
    assertThat(report.copied()).isZero();
    assertThat(TranslationWorld.bare(other, "b/")).isEqualTo(world.bare("b/"));
  }

  private static Map<String, Written> bare(Map<String, Written> expected) {
    Map<String, Written> bare = new TreeMap<>();
    expected.forEach((key, w) -> bare.put(key, new Written(key, w.body(), w.metadata())));
    return bare;
  }
}
