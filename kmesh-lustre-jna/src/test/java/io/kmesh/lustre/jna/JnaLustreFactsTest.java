// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class JnaLustreFactsTest {
  @TempDir private Path folder;

  @Test
  void whereLibcWorks_thereIsNothingToTell() {
    assertThat(JnaLustreFacts.whyNoLibc()).isEmpty();
  }

  @Test
  void whereNoLustreIs_copytoolsAreRefused_inOneSentence() {
    for (Asked asked :
        new Asked[] {JnaLustreFacts::foreignCopytools, JnaLustreFacts::copytoolLock}) {
      assertThatThrownBy(() -> asked.of(folder))
          .isInstanceOf(io.kmesh.spi.ProviderException.class)
          .hasMessageMatching("Cannot (use liblustreapi|attach).*");
    }
  }

  @Test
  void whatTheSystemSaid_isToldWithoutTheClassPath() {
    String why = new JnaLustre().whyUnusable().orElse("");
    assumeTrue(!why.isEmpty(), "liblustreapi is installed");
    assertThat(why).startsWith("liblustreapi.so.1: ").doesNotContain("\n", "resource path");
  }

  /** One of the facts about a mount. */
  private interface Asked {
    Object of(Path mountPoint) throws IOException;
  }
}
