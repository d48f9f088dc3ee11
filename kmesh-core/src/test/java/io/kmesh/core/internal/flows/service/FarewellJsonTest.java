// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.flows.service.FarewellJson.Farewell;
import io.kmesh.core.internal.json.HostileJson;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import org.junit.jupiter.api.Test;

/** What is kept of a flow of which another site is to hear that it is gone. */
class FarewellJsonTest {
  private static final String GOLDEN = "{\"format\":0,\"name\":\"job42\",\"site\":\"burst\"}";

  @Test
  void farewell_isTheGoldenVector_andReadsBack() throws Exception {
    Farewell one = new Farewell("job42", "burst");
    assertThat(new String(FarewellJson.encode(one), UTF_8)).isEqualTo(GOLDEN);
    assertThat(FarewellJson.decode("f", GOLDEN.getBytes(UTF_8))).isEqualTo(one);
  }

  @Test
  void farewellOfAnotherFormat_isRefusedByName() {
    byte[] newer = GOLDEN.replace("\"format\":0", "\"format\":1").getBytes(UTF_8);
    assertThatThrownBy(() -> FarewellJson.decode("0a1b", newer))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("0a1b");
  }

  @Tag("fuzz")
  @Property(tries = 1_000)
  void damagedFarewell_isOneThatReadsBack_orRefused(@ForAll long seed) throws IOException {
    try {
      Farewell read = FarewellJson.decode("f", HostileJson.damage(GOLDEN, seed));
      assertThat(FarewellJson.decode("f", FarewellJson.encode(read))).isEqualTo(read);
    } catch (ProviderException e) {
      assertThat(e).hasMessageContaining("\"f\"");
    }
  }
}
