// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Extent;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.ActionItem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class ActionItemCodecTest {
  private static final String GOLDEN =
      ("01000000 00 8877665544332211 0104000002000000 02000000 00000000 0104000002000000 02000000"
              + " 00000000 07000000 0400000000000000 0000000000000000 ffffffffffffffff 02000000"
              + " 6869")
          .replace(" ", "");

  private static final ActionItem ITEM =
      new ActionItem(
          1,
          HsmActionKind.ARCHIVE,
          0x1122334455667788L,
          Fid.parse("[0x200000401:0x2:0x0]"),
          Fid.parse("[0x200000401:0x2:0x0]"),
          ArchiveId.of(7),
          4,
          Extent.WHOLE_FILE,
          "hi".getBytes(StandardCharsets.US_ASCII));

  @Test
  void encode_goldenItem_givesTheGoldenBytes() {
    assertThat(HexFormat.of().formatHex(ActionItemCodec.encode(ITEM))).isEqualTo(GOLDEN);
  }

  @Test
  void decode_goldenBytes_givesTheGoldenItem() throws IOException {
    assertThat(ActionItemCodec.decode("x", 0, HexFormat.of().parseHex(GOLDEN))).isEqualTo(ITEM);
  }

  @Test
  void decode_newerFormat_refusesAndNamesBothFormats() {
    assertThatThrownBy(() -> ActionItemCodec.decode("lustre/1", 1, new byte[0]))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("lustre/1")
        .hasMessageContaining("format 1")
        .hasMessageContaining("knows 0");
  }

  @Property
  void decode_truncated_isCorrupt(@ForAll @IntRange(min = 0, max = 78) int length) {
    byte[] bytes = HexFormat.of().parseHex(GOLDEN);
    assertThatThrownBy(
            () ->
                ActionItemCodec.decode(
                    "x", 0, Arrays.copyOf(bytes, Math.min(length, bytes.length - 1))))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT));
  }

  @Tag("fuzz")
  @Property(tries = 20_000)
  void decode_anyBytes_givesAnItemThatEncodesToThem_orIsCorrupt(
      @ForAll @Size(max = 120) byte[] bytes) throws IOException {
    ActionItem item;
    try {
      item = ActionItemCodec.decode("x", 0, bytes);
    } catch (ProviderException e) {
      assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT);
      return;
    }
    assertThat(ActionItemCodec.encode(item)).isEqualTo(bytes);
  }
}
