// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.engine.ArchiveReceipt;
import io.kmesh.engine.ReceiptCodec;
import io.kmesh.lustre.Fid;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Sha256;
import java.util.Arrays;
import java.util.HexFormat;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class ReceiptFormatTest {
  private static final String GOLDEN =
      "4b4d52430000000002000004010000000100000000000000000000004d000000"
          + "00000000052cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e730433"
          + "62938b98240004636b707400056a6f622f610002653108c95471";

  private static final ArchiveReceipt RECEIPT =
      new ArchiveReceipt(
          Fid.parse("[0x200000401:0x1:0x0]"),
          77,
          "ckpt",
          "job/a",
          "e1",
          5,
          Sha256.parse("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"));

  @Test
  void encode_whenGoldenVector_isAsTheFormatSays() throws Exception {
    byte[] golden = HexFormat.of().parseHex(GOLDEN);
    assertThat(ReceiptCodec.encode(RECEIPT)).isEqualTo(golden);
    assertThat(ReceiptCodec.decode(golden)).isEqualTo(RECEIPT);
  }

  @Test
  void decode_whenCutOrFlipped_isRefused() {
    byte[] golden = HexFormat.of().parseHex(GOLDEN);
    for (int i = 0; i < golden.length; i++) {
      refused(Arrays.copyOf(golden, i));
      for (int bit = 0; bit < 8; bit++) {
        byte[] flipped = golden.clone();
        flipped[i] ^= (byte) (1 << bit);
        refused(flipped);
      }
    }
    refused(Arrays.copyOf(golden, golden.length + 1));
  }

  @Property(tries = 2000)
  void decode_whenAnyBytes_givesAReceiptOrRefuses(@ForAll byte[] bytes) {
    refused(bytes);
  }

  private static void refused(byte[] bytes) {
    try {
      ReceiptCodec.decode(bytes);
      throw new AssertionError("accepted " + HexFormat.of().formatHex(bytes));
    } catch (ProviderException e) {
      assertThat(e.kind()).isIn(ErrorKind.CORRUPT, ErrorKind.UNSUPPORTED);
    }
  }
}
