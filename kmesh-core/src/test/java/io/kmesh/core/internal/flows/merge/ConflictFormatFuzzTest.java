// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** The table X of docs/format/flow-base.md: golden vectors; other bytes are refused. */
class ConflictFormatFuzzTest {
  private static final KeptConflict CONFLICT =
      new KeptConflict(
          Conflict.Kind.NAME,
          new NodeId(0xa0, 7),
          new Dot(0xa0, 8),
          new NodeId(0xb1, 9),
          new Dot(0xb1, 300),
          Conflict.Action.KEPT,
          new Link(NodeId.ROOT, PathBytes.of("n")),
          new NodeId(0xb1, 9),
          Instant.ofEpochMilli(1_795_250_273_123L),
          PathBytes.of("h/x"));

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  @Test
  void conflict_isTheGoldenVector_andReadsBack() throws ProviderException {
    assertThat(hex(CONFLICT.key()))
        .isEqualTo("02" + "00000000000000a00000000000000007" + "00000000000000b1ac02");
    assertThat(hex(CONFLICT.toBytes()))
        .isEqualTo(
            "000300"
                + "00000000000000a008"
                + "00000000000000b10000000000000009"
                + "00000000000000000000000000000000016e"
                + "00000000000000b10000000000000009"
                + "c6ed89d4bf68"
                + "03682f78");
    assertThat(KeptConflict.read(CONFLICT.key(), CONFLICT.toBytes())).isEqualTo(CONFLICT);
    assertThat(CONFLICT.id()).hasSize(16);
  }

  @Test
  void conflict_whenCutOrOfUnknownFlags_isRefused() {
    byte[] whole = CONFLICT.toBytes();
    for (int i = 0; i < whole.length; i++) {
      byte[] cut = Arrays.copyOf(whole, i);
      assertThatThrownBy(() -> KeptConflict.read(CONFLICT.key(), cut))
          .isInstanceOf(ProviderException.class);
    }
    whole[1] = 4;
    assertThatThrownBy(() -> KeptConflict.read(CONFLICT.key(), whole))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("flags 4");
  }

  @Tag("fuzz")
  @Property
  void conflict_ofAnyBytes_isReadOrRefused(
      @ForAll @Size(max = 40) byte[] key, @ForAll @Size(max = 80) byte[] value) {
    try {
      KeptConflict read = KeptConflict.read(key, value);
      assertThat(KeptConflict.read(read.key(), read.toBytes())).isEqualTo(read);
    } catch (ProviderException e) {
      assertThat(e).hasMessageContaining("conflict of a flow");
    }
  }
}
