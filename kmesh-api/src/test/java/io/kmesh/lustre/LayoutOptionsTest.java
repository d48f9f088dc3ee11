// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Layouts as options, and back. */
class LayoutOptionsTest {
  private static final int PREFER = ComponentFlag.PREFER.bits();

  private static FileLayout parse(String options) {
    return LayoutOptions.parse(options.isEmpty() ? List.of() : List.of(options.split(" ")));
  }

  private static Striping raid0(int count, long size, @Nullable String pool) {
    return Striping.request(Striping.RAID0, size, count, -1, pool, List.of());
  }

  @Test
  void parse_ofPlainOptions() {
    assertThat(parse("")).isEqualTo(FileLayout.plain(raid0(0, 0, null)));
    assertThat(parse("-c -1 -S 1M -p lab.fast"))
        .isEqualTo(FileLayout.plain(raid0(-1, 1 << 20, "fast")));
    assertThat(parse("--stripe-count=2 --stripe-size 65536 -i3"))
        .isEqualTo(
            FileLayout.plain(Striping.request(Striping.RAID0, 65_536, 2, 3, null, List.of())));
    assertThat(parse("-o 0,4-6 -S 0"))
        .isEqualTo(
            FileLayout.plain(
                Striping.request(Striping.RAID0, 0, 4, -1, null, List.of(0, 4, 5, 6))));
    assertThat(parse("-C 8 -o 1,1,1,1,2,2,2,2"))
        .isEqualTo(
            FileLayout.plain(
                Striping.request(
                    Striping.RAID0 | Striping.OVERSTRIPING,
                    0,
                    8,
                    -1,
                    null,
                    List.of(1, 1, 1, 1, 2, 2, 2, 2))));
  }

  @Test
  void parse_ofComponents_passesSizeCountAndPoolOn() {
    assertThat(parse("-E 64k -L mdt -E 1M -c 2 -S 1M -p fast -E 2M -E eof -p none -c 4"))
        .isEqualTo(
            FileLayout.composite(
                List.of(
                    FileComponent.request(0, 65_536, 0, Striping.onMdt(65_536)),
                    FileComponent.request(65_536, 1 << 20, 0, raid0(2, 1 << 20, "fast")),
                    FileComponent.request(1 << 20, 2 << 20, 0, raid0(2, 1 << 20, "fast")),
                    FileComponent.request(2 << 20, -1, 0, raid0(4, 1 << 20, null)))));
  }

  @Test
  void parse_ofMirrors() {
    FileLayout layout = parse("-N2 -c 1 -N --flags=prefer -E 1M -c 2 -E eof --flags=nosync");
    assertThat(layout.mirrorCount()).isEqualTo(3);
    assertThat(layout.mirrorState()).isEqualTo(FileLayout.MirrorState.READ_ONLY);
    assertThat(layout.mirrors()).hasSize(3);
    assertThat(layout.mirrors().get(2))
        .containsExactly(
            FileComponent.request(0, 1 << 20, PREFER, raid0(2, 0, null)),
            FileComponent.request(
                1 << 20, -1, PREFER | ComponentFlag.NOSYNC.bits(), raid0(2, 0, null)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "-Q 3 | -Q: it is not known",
        "-c | -c: its value is missing",
        "-c 70000 | no number from -1 to 65503",
        "-c two | -c two: it is no number",
        "-S 100000 | a multiple of 64 KiB",
        "-S 1X | the size \"1X\"",
        "-S 99999999999E | the size",
        "-E 1M -E 1M | ends at 1048576. Give ends that grow",
        "-E eof -E 2M | ends at the end of the file",
        "-E 0 | Give ends that grow",
        "-L mdt | Give its end with -E",
        "-L raid6 | such a pattern can't be asked for",
        "-z 64M | they need a component",
        "-E 1G -z 100 | a multiple of 64 KiB below 4 TiB",
        "-E 64k -L mdt -z 64k -E eof | doesn't extend itself",
        "-c 3 -o 1,2 | names 2 OSTs for a stripe count of 3",
        "-o 0-65534 | more than 2000 OSTs",
        "-c 1 -N | Begin with -N",
        "-N257 | no number from 1 to 256",
        "-N200 -N200 | more than 256 mirrors",
        "-p averyveryverylongname | at most 15 bytes",
        "file | it is no option",
        "--foreign=symlink | Give the value by --xattr",
        "--flags=prefer -c 2 | a plain layout has none"
      })
  void parse_ofWrongOptions_isRefused(String options, String reason) {
    assertThatThrownBy(() -> parse(options))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("Cannot read the ")
        .hasMessageContaining(reason);
  }

  @Test
  void print_ofWhatNoOptionsAskFor_isRefused() {
    FileLayout gap =
        FileLayout.composite(
            List.of(
                FileComponent.request(0, 65_536, 0, raid0(1, 0, null)),
                FileComponent.request(131_072, -1, 0, raid0(1, 0, null))));
    assertThatThrownBy(() -> LayoutOptions.print(gap))
        .hasMessageContaining("its components leave a gap at 65536");
    FileLayout pattern = FileLayout.plain(Striping.request(0x1005, 0, 1, -1, null, List.of()));
    assertThatThrownBy(() -> LayoutOptions.print(pattern))
        .hasMessageContaining("its pattern is raid0,parity,0x1000");
    assertThatThrownBy(() -> LayoutOptions.print(FileLayout.composite(List.of())))
        .hasMessageContaining("it has no component");
    assertThatThrownBy(
            () ->
                LayoutOptions.print(
                    FileLayout.plain(new ForeignLayout(0, 0, new byte[] {(byte) 0xff}))))
        .hasMessageContaining("its foreign value is no text");
  }

  @Test
  void of_aLayout_andBack() {
    Layout layout =
        new Layout(
            List.of(
                new LayoutComponent(0, 65_536, StripePattern.MDT, 0, 65_536, null),
                new LayoutComponent(65_536, 1 << 30, StripePattern.RAID0, 2, 1 << 20, "fast"),
                new LayoutComponent(1 << 30, -1, StripePattern.OVERSTRIPED, 8, 0, null)),
            false);
    assertThat(FileLayout.of(layout).asLayout()).contains(layout);
    assertThat(FileLayout.of(Layout.plain(2)).asLayout()).contains(Layout.plain(2));
  }

  @Provide
  Arbitrary<FileLayout> requests() {
    Arbitrary<Long> sizes = Arbitraries.longs().between(0, 65_535).map(n -> n * 65_536);
    Arbitrary<@Nullable String> pools = Arbitraries.of("fast", "slow", "p1").injectNull(0.5);
    Arbitrary<Striping> stripes =
        Combinators.combine(
                Arbitraries.integers().between(-32, 300),
                sizes,
                pools,
                Arbitraries.integers().between(-1, 40),
                Arbitraries.integers().between(0, 30).list().ofMaxSize(5).edgeCases(e -> e.none()),
                Arbitraries.of(true, false))
            .as(
                (count, size, pool, offset, osts, over) ->
                    Striping.request(
                        Striping.RAID0 | (over || count < -1 ? Striping.OVERSTRIPING : 0),
                        size,
                        osts.isEmpty() ? count : osts.size(),
                        offset,
                        pool,
                        osts));
    Arbitrary<List<FileComponent>> mirrors =
        Combinators.combine(stripes.list().ofMinSize(1).ofMaxSize(4), Arbitraries.longs())
            .as(LayoutOptionsTest::mirror);
    Arbitrary<FileLayout> composite =
        mirrors
            .list()
            .ofMinSize(1)
            .ofMaxSize(3)
            .map(
                all ->
                    new FileLayout(
                        FileLayout.Form.COMPOSITE,
                        0,
                        all.size() > 1 ? 1 : 0,
                        all.size(),
                        0,
                        all.stream().flatMap(List::stream).toList()));
    Arbitrary<FileLayout> foreign =
        Combinators.combine(
                Arbitraries.integers().between(0, Integer.MAX_VALUE),
                Arbitraries.integers(),
                Arbitraries.strings().ascii().ofMaxLength(20))
            .as(
                (type, flags, value) ->
                    FileLayout.plain(
                        new ForeignLayout(
                            type, flags, value.getBytes(java.nio.charset.StandardCharsets.UTF_8))));
    return Arbitraries.oneOf(stripes.map(FileLayout::plain), composite, foreign);
  }

  /** Components of growing ends, some of which extend themselves, the first perhaps on an MDT. */
  private static List<FileComponent> mirror(List<Striping> stripes, long seed) {
    Random random = new Random(seed);
    List<FileComponent> mirror = new ArrayList<>();
    long start = 0;
    for (int i = 0; i < stripes.size(); i++) {
      boolean isLast = i + 1 == stripes.size();
      long end = isLast ? -1 : start + (1 + random.nextInt(1000)) * 65_536L;
      int flags = random.nextInt(3) == 0 ? PREFER | random.nextInt(2) << 20 : 0;
      if (i == 0 && !isLast && random.nextInt(4) == 0) {
        mirror.add(FileComponent.request(start, end, flags, Striping.onMdt(end)));
      } else if (random.nextInt(4) == 0) {
        long extension = (1 + random.nextInt(2000)) * 65_536L;
        mirror.addAll(Requests.extending(start, end, flags, stripes.get(i), extension));
      } else {
        mirror.add(FileComponent.request(start, end, flags, stripes.get(i)));
      }
      start = end;
    }
    return mirror;
  }

  @Property(tries = 500)
  void parse_ofWhatWasPrinted_isTheSameRequest(@ForAll("requests") FileLayout layout) {
    assertThat(layout.asRequest()).isEqualTo(layout);
    List<String> options = LayoutOptions.print(layout);
    assertThat(LayoutOptions.parse(options)).as("%s", options).isEqualTo(layout);
  }

  @Test
  void asRequest_ofAnExtensionThatLiesElsewhere_asksForEachAlone() {
    FileComponent first = FileComponent.request(1 << 20, 2 << 20, 0, Striping.onMdt(1 << 20));
    FileComponent elsewhere =
        FileComponent.request(0, 1 << 16, ComponentFlag.EXTENSION.bits(), Striping.onMdt(1 << 16));
    FileLayout damaged =
        new FileLayout(FileLayout.Form.COMPOSITE, 0, 0, 1, 0, List.of(first, elsewhere));
    assertThat(damaged.asRequest().components())
        .extracting(FileComponent::start, FileComponent::end)
        .containsExactly(tuple(1L << 20, 2L << 20), tuple(0L, 1L << 16));
  }

  @Tag("fuzz")
  @Property
  void parse_ofAnyWords_isReadOrRefused(@ForAll("words") @Size(max = 12) List<String> words) {
    try {
      FileLayout layout = LayoutOptions.parse(words);
      assertThat(layout.components()).isNotEmpty();
      assertThat(layout.asRequest()).isEqualTo(layout);
      assertThat(LayoutOptions.parse(LayoutOptions.print(layout))).isEqualTo(layout);
    } catch (IllegalArgumentException e) {
      assertThat(e).hasMessageStartingWith("Cannot ");
    }
  }

  @Provide
  Arbitrary<List<String>> words() {
    return Arbitraries.of(
            "-E",
            "1M",
            "64k",
            "eof",
            "-1",
            "-c",
            "-C",
            "2",
            "4",
            "-S",
            "-z",
            "128M",
            "-N",
            "-N3",
            "-L",
            "mdt",
            "raid0",
            "-p",
            "fast",
            "none",
            "-i",
            "-o",
            "0-3",
            "1,1",
            "--flags=prefer",
            "--flags=0x40000000",
            "--foreign=s3",
            "--xattr=x",
            "",
            "-",
            "--",
            "9999999E")
        .list()
        .ofMaxSize(12);
  }
}
