// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.engine.ArchiveReceipt;
import io.kmesh.engine.ReceiptCodec;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.Layout;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** References and layouts that are none: a value, or a failure that says so. */
class LustreAttributesFuzzTest {
  private static final Fid FID = new Fid(0x200000401L, 26, 0);
  private static final ArchiveReceipt RECEIPT =
      new ArchiveReceipt(FID, 77, "s", "k", "v", 3, new Sha256(new byte[32]));
  private static final byte[] REFERENCE =
      ArchiveReference.write(
          "lab", "1".repeat(32), FID, 3, Optional.of(ReceiptCodec.encode(RECEIPT)));
  private static final byte[] LAYOUT = LayoutJson.write(Layout.plain(2, 4 << 20, "cheap"));

  @Test
  void reference_isReadAsItWasWritten() throws ProviderException {
    assertThat(ArchiveReference.read(REFERENCE))
        .isEqualTo(new ArchiveReference("lab", "1".repeat(32), FID, 3, RECEIPT));
    byte[] older =
        "{\"format\":0,\"fileSystem\":\"lab\",\"fid\":\"[0x200000401:0x1a:0x0]\",\"archive\":3}"
            .getBytes(StandardCharsets.UTF_8);
    assertThat(ArchiveReference.write("lab", null, FID, 3, Optional.empty())).isEqualTo(older);
    assertThat(ArchiveReference.read(older))
        .isEqualTo(new ArchiveReference("lab", null, FID, 3, null));
  }

  @Test
  void reference_thatIsNone_isNamed() {
    for (String bad :
        List.of(
            "", "[]", "7", "{}", "{\"format\":0}", "{\"format\":0,\"archive\":1,\"fid\":\"x\"}")) {
      assertThatThrownBy(() -> ArchiveReference.read(bad.getBytes(StandardCharsets.UTF_8)))
          .as(bad)
          .isInstanceOfSatisfying(
              ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT));
    }
    assertThatThrownBy(
            () ->
                ArchiveReference.read(
                    "{\"format\":1,\"archive\":1}".getBytes(StandardCharsets.UTF_8)))
        .hasMessageContaining("Use a newer one");
  }

  @Tag("fuzz")
  @Property(tries = 3_000)
  void changedBytes_areAValueOrAFailure(
      @ForAll boolean isLayout,
      @ForAll @IntRange(max = 400) int at,
      @ForAll byte to,
      @ForAll @IntRange(max = 400) int length) {
    byte[] bytes = (isLayout ? LAYOUT : REFERENCE).clone();
    bytes[at % bytes.length] = to;
    byte[] cut = length < bytes.length ? java.util.Arrays.copyOf(bytes, length) : bytes;
    for (byte[] each : List.of(bytes, cut)) {
      try {
        assertThat(isLayout ? LayoutJson.read(each) : ArchiveReference.read(each)).isNotNull();
      } catch (ProviderException e) {
        assertThat(e.kind()).isIn(ErrorKind.CORRUPT, ErrorKind.UNSUPPORTED);
      }
    }
  }
}
