// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.lustre.Fid;
import io.kmesh.lustre.FileLayout;
import io.kmesh.lustre.LayoutText;
import io.kmesh.lustre.Striping;
import java.nio.ByteBuffer;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Layouts in print, against what lfs printed of the same files. */
class LayoutTextTest {
  /** The file system's default on the file system of the vectors. */
  private static final long DEFAULT_SIZE = 4 << 20;

  private static final FileLayout DEFAULT =
      FileLayout.plain(Striping.request(0, 0, 1, -1, null, List.of()));

  static Stream<LayoutVectors.Vector> vectors() {
    return LayoutVectors.all().stream();
  }

  private static LayoutText.About about(LayoutVectors.Vector v) {
    boolean isDefault = v.isDirectory() && !v.files().containsKey("lustre.lov");
    return new LayoutText.About(
        v.path(),
        v.fid(),
        isDefault
            ? LayoutText.Kind.INHERITING
            : v.isDirectory() ? LayoutText.Kind.DIRECTORY : LayoutText.Kind.FILE,
        v.fid().sequence() == 0x240000402L ? 1 : 0,
        DEFAULT_SIZE,
        ZoneOffset.UTC);
  }

  private static void assertPrinted(LayoutVectors.Vector v, FileLayout layout) {
    String text = LayoutText.verbose(layout, about(v));
    String yaml = LayoutText.yaml(layout, about(v));
    String expectedText = captured(v, "txt");
    String expectedYaml = captured(v, "yaml");
    if (v.name().equals("root")) {
      // lfs went on with what is in the directory.
      expectedText = expectedText.substring(0, expectedText.indexOf("\n\n"));
      expectedYaml = String.join("\n", expectedYaml.lines().limit(5).toList());
    }
    assertThat(text.stripTrailing()).isEqualTo(expectedText.stripTrailing());
    assertThat(yaml.stripTrailing()).isEqualTo(expectedYaml.stripTrailing());
  }

  private static String captured(LayoutVectors.Vector v, String kind) {
    return Reference.text("vectors/layouts/" + v.name() + ".getstripe." + kind);
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void ofTheIoctl_isWhatLfsPrinted(LayoutVectors.Vector v) throws Exception {
    if (v.name().equals("delayed_create_no_objects")) {
      assertThat(LayoutText.none(v.path())).isEqualTo(captured(v, "txt"));
      return;
    }
    assertPrinted(v, v.ioctlLayout().orElse(DEFAULT));
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void ofTheXattr_isWhatLfsPrinted(LayoutVectors.Vector v) throws Exception {
    Optional<byte[]> bytes = v.bytes("lustre.lov");
    if (bytes.isPresent()) {
      assertPrinted(v, LayoutDecoder.decode(ByteBuffer.wrap(bytes.get()), LayoutSource.XATTR));
    }
  }

  @Test
  void verbose_ofDirectories_endsAsLfsDoes() throws Exception {
    for (LayoutVectors.Vector v : LayoutVectors.withLayout()) {
      assertThat(LayoutText.verbose(v.ioctlLayout().orElseThrow(), about(v)))
          .isEqualTo(captured(v, "txt"));
    }
  }

  @Test
  void yaml_ofEachStateOfALife_isWhatLfsPrinted() throws Exception {
    for (Object o : Json.list(Json.parse(Reference.text("vectors/hsm/states.json")))) {
      Map<String, Object> state = Json.map(o);
      String name = (String) state.get("name");
      Fid fid = Fid.parse((String) state.get("fid"));
      FileLayout layout =
          LayoutDecoder.decode(ByteBuffer.wrap(Reference.hex(state, "lum_hex")), LayoutSource.FILE);
      LayoutText.About about =
          new LayoutText.About("", fid, LayoutText.Kind.FILE, 0, DEFAULT_SIZE, ZoneOffset.UTC);
      String expected = Reference.text("vectors/hsm/state." + name + ".getstripe.yaml");
      String printed = LayoutText.yaml(layout, about).stripTrailing();
      if (layout.isReleased()) {
        // There lfs prints leftovers.
        expected = expected.replaceAll("(lmm_stripe_offset:) \\d+", "$1 -1");
      }
      assertThat(printed).as(name).isEqualTo(expected.stripTrailing());
    }
  }
}
