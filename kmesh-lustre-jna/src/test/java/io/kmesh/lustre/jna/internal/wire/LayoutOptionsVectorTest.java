// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.lustre.FileLayout;
import io.kmesh.lustre.LayoutOptions;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Captured layouts as options, and what options make of bytes. */
class LayoutOptionsVectorTest {
  static Stream<LayoutVectors.Vector> vectors() {
    return LayoutVectors.withLayout().stream();
  }

  private static FileLayout xattr(byte[] bytes) throws Exception {
    return LayoutDecoder.decode(ByteBuffer.wrap(bytes), LayoutSource.XATTR);
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void print_ofEachVector_readsBack(LayoutVectors.Vector v) throws Exception {
    for (FileLayout layout :
        List.of(xattr(v.bytes("lustre.lov").orElseThrow()), v.ioctlLayout().orElseThrow())) {
      List<String> options = LayoutOptions.print(layout);
      FileLayout read = LayoutOptions.parse(options);
      assertThat(read).as("%s", options).isEqualTo(layout.asRequest());
      assertThat(LayoutOptions.print(read)).isEqualTo(options);
      byte[] bytes = LayoutEncoder.encode(read);
      assertThat(LayoutDecoder.decode(ByteBuffer.wrap(bytes), LayoutSource.DIRECTORY))
          .isEqualTo(read);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "plain_default, -c 1 -S 4M",
    "plain_2x1M, -c 2 -S 1M",
    "overstripe_4, -C 4 -S 64k",
    "pool_v3, -c 2 -S 1M -p p1",
    "pfl_3comp_uninstantiated, -E 1M -c 1 -S 256k -E 16M -c 2 -S 1M -E eof -c -1 -S 4M",
    "pfl_pools, -E 1M -c 1 -S 1M -p fast -E eof -c 2 -S 4M -p p1",
    "dom_64k, -E 64k -L mdt -E eof -c 2 -S 1M",
    "sel_extension, -E 256M -z 64M -c 1 -S 4M -E eof -z 128M -c 2 -S 4M",
    "flr_2mirrors, -N -c 1 -S 4M -N -c 1 -S 4M",
    "flr_nosync, -N -c 1 -S 4M -N --flags=nosync -c 1 -S 4M",
    "dir_default_plain_pool, -c 2 -S 2M -p p1",
    "dir_default_pfl, -E 1M -c 1 -S 0 -E eof -c -1 -S 0",
    "foreign_file, --foreign=symlink --flags=0xda05 --xattr=deadbeef@0123"
  })
  void print_isWhatMadeTheFile(String name, String options) throws Exception {
    FileLayout layout = xattr(Reference.bytes("vectors/layouts/" + name + ".lustre.lov.bin"));
    // Ends are printed for mirrors too, where they may be left out.
    String printed = String.join(" ", LayoutOptions.print(layout));
    assertThat(name.startsWith("flr") ? printed.replace(" -E eof", "") : printed)
        .isEqualTo(options);
    assertThat(LayoutOptions.parse(List.of(options.split(" ")))).isEqualTo(layout.asRequest());
  }

  @Test
  void parse_ofThePreferredPool_isWhatTheFileHas() throws Exception {
    FileLayout asked =
        LayoutOptions.parse(
            List.of(
                "-N -E 1M -c 1 -S 1M -p fast -E -1 -S 4M -N --flags=prefer -c 2 -S 4M -p p1"
                    .split(" ")));
    FileLayout made = xattr(Reference.bytes("vectors/layouts/flr_pfl_prefer_pool.lustre.lov.bin"));
    assertThat(made.asRequest()).isEqualTo(asked);
  }
}
