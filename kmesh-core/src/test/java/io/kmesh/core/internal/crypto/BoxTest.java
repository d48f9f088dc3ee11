// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.key.SecretBytes;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class BoxTest {
  private static final Box BOX = new Box(SecretBytes.copyOf(new byte[32]));
  private static final String PLACE = "domains/00/heads/1";
  private static final byte[] CONTENT = "content".getBytes(StandardCharsets.US_ASCII);

  @Test
  void seal_goldenBox_isMet() throws ProviderException {
    byte[] sealed = BOX.seal(Box.Kind.HEAD, Box.ZSTD, PLACE, CONTENT, new byte[12]);
    assertThat(HexFormat.of().formatHex(sealed))
        .isEqualTo(
            // made with another library (Python's cryptography)
            "4b4d425800020100000000000000000000000000"
                + "adc82e49280e1f7741638cb3ccf166fde1476e8cef94d6");
    Box.Opened opened = BOX.open(Box.Kind.HEAD, PLACE, sealed);
    assertThat(opened).isEqualTo(new Box.Opened(Box.Kind.HEAD, Box.ZSTD, CONTENT));
    assertThat(opened.toString()).doesNotContain("content,").contains("7 bytes");
  }

  @Test
  void open_emptyContent_isEmpty() throws ProviderException {
    byte[] sealed = BOX.seal(Box.Kind.INDEX_RUN, 0, PLACE, new byte[0]);
    assertThat(sealed).hasSize(Box.OVERHEAD);
    assertThat(BOX.open(Box.Kind.INDEX_RUN, PLACE, sealed).content()).isEmpty();
  }

  @Test
  void open_everyBitFlipped_isRefusedAndNamed() {
    byte[] sealed = BOX.seal(Box.Kind.HEAD, 0, PLACE, CONTENT);
    for (int bit = 0; bit < 8 * sealed.length; bit++) {
      byte[] bad = sealed.clone();
      bad[bit / 8] ^= (byte) (1 << bit % 8);
      assertThatThrownBy(() -> BOX.open(Box.Kind.HEAD, PLACE, bad))
          .isInstanceOf(ProviderException.class)
          .hasMessageContaining(PLACE);
    }
    for (int length = 0; length < sealed.length; length++) {
      byte[] bad = Arrays.copyOf(sealed, length);
      refused(ErrorKind.CORRUPT, () -> BOX.open(Box.Kind.HEAD, PLACE, bad));
    }
  }

  @Test
  void open_elsewhere_asAnotherKind_orWithAnotherKey_isCorrupt() {
    byte[] sealed = BOX.seal(Box.Kind.HEAD, 0, PLACE, CONTENT);
    Box other = new Box(SecretBytes.copyOf(Arrays.copyOf(new byte[] {1}, 32)));
    refused(ErrorKind.CORRUPT, () -> BOX.open(Box.Kind.HEAD, PLACE + "1", sealed));
    refused(ErrorKind.CORRUPT, () -> BOX.open(Box.Kind.INDEX_RUN, PLACE, sealed));
    refused(ErrorKind.CORRUPT, () -> other.open(Box.Kind.HEAD, PLACE, sealed));
  }

  @Test
  void open_whatANewerBuildWrote_isUnsupportedByName() {
    for (int at : new int[] {4, 5, 6, 7}) {
      byte[] newer = BOX.seal(Box.Kind.HEAD, 0, PLACE, CONTENT);
      newer[at] = 9 + 64;
      refused(ErrorKind.UNSUPPORTED, () -> BOX.open(Box.Kind.HEAD, PLACE, newer));
    }
  }

  @Tag("fuzz")
  @Property(tries = 2_000)
  void open_anyBytes_isRefused(@ForAll @Size(max = 80) byte[] bytes, @ForAll boolean header) {
    byte[] sealed = bytes.clone();
    if (header && sealed.length >= 8) {
      System.arraycopy(new byte[] {'K', 'M', 'B', 'X', 0, 2, 0, 0}, 0, sealed, 0, 8);
    }
    assertThatThrownBy(() -> BOX.open(Box.Kind.HEAD, PLACE, sealed))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining(PLACE);
  }

  private static void refused(
      ErrorKind kind, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(ProviderException.class, e -> assertThat(e.kind()).isEqualTo(kind))
        .hasMessageContaining(PLACE)
        .hasMessageNotContaining("content");
  }
}
