// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** The table Q of docs/format/flow-base.md: golden vectors; other bytes are refused. */
class DetectFormatFuzzTest {
  private static final NodeId NODE = new NodeId(0xa0, 7);
  private static final Unsettled.Entry ENTRY =
      new Unsettled.Entry(
          Instant.ofEpochMilli(1_795_250_273_123L), new FileTime(1_795_250_271L, 17), 5, 0x1234);
  private static final ChangelogFollower.Place PLACE =
      new ChangelogFollower.Place(300, "cl1-kmesh");

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  @Test
  void keys_areTheGoldenVectors() {
    assertThat(hex(QueueKeys.of(QueueKeys.CHANGELOG, 1))).isEqualTo("6300000001");
    assertThat(hex(QueueKeys.of(QueueKeys.UNSETTLED, NODE)))
        .isEqualTo("7500000000000000a00000000000000007");
    Link link = new Link(NODE, PathBytes.of("n"));
    byte[] key = QueueKeys.of(QueueKeys.HELD, link);
    assertThat(hex(key)).isEqualTo("6800000000000000a000000000000000076e");
    assertThat(QueueKeys.link(key)).isEqualTo(link);
    assertThat(QueueKeys.nodeOf(QueueKeys.valueOf(NODE))).isEqualTo(NODE);
  }

  @Test
  void values_areTheGoldenVectors_andReadBack() throws ProviderException {
    assertThat(hex(PLACE.toBytes())).isEqualTo("ac0209636c312d6b6d657368");
    assertThat(ChangelogFollower.Place.read(PLACE.toBytes())).isEqualTo(PLACE);
    assertThat(hex(ENTRY.toBytes())).isEqualTo(GOLDEN_ENTRY);
    assertThat(Unsettled.Entry.read(ENTRY.toBytes())).isEqualTo(ENTRY);
  }

  private static final String GOLDEN_ENTRY = "05c6ed89d4bf68bee18ab00d110000000000001234";

  @Test
  void values_whenCutOrOfUnknownFlags_areRefused() {
    for (byte[] whole : new byte[][] {ENTRY.toBytes(), PLACE.toBytes()}) {
      for (int i = 0; i < whole.length; i++) {
        byte[] cut = Arrays.copyOf(whole, i);
        assertThatThrownBy(
                () -> {
                  Unsettled.Entry.read(cut);
                  ChangelogFollower.Place.read(cut);
                })
            .isInstanceOf(ProviderException.class);
      }
    }
    byte[] unknown = ENTRY.toBytes();
    unknown[0] = 9;
    assertThatThrownBy(() -> Unsettled.Entry.read(unknown))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("flags 9");
  }

  @Tag("fuzz")
  @Property
  void values_ofAnyBytes_areReadOrRefused(@ForAll @Size(max = 40) byte[] bytes) {
    try {
      Unsettled.Entry entry = Unsettled.Entry.read(bytes);
      assertThat(Unsettled.Entry.read(entry.toBytes())).isEqualTo(entry);
    } catch (ProviderException e) {
      assertThat(e).hasMessageContaining("an object that is to be looked at again");
    }
    try {
      ChangelogFollower.Place place = ChangelogFollower.Place.read(bytes);
      assertThat(place.index()).isNotNegative();
    } catch (ProviderException e) {
      assertThat(e).hasMessageContaining("the place in a changelog");
    }
  }
}
