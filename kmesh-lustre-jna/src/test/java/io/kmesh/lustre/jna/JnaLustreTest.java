// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.LustreProvider;
import java.nio.file.Path;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What holds on a machine without Lustre. */
final class JnaLustreTest {
  @Test
  void provider_isFoundAsAService() {
    assertThat(ServiceLoader.load(LustreProvider.class))
        .extracting(LustreProvider::name)
        .containsExactly("jna");
  }

  @Test
  void open_whenNoLustreIsThere_saysWhyAndWhatToDo(@TempDir Path folder) {
    JnaLustre lustre = new JnaLustre();
    // A machine that builds Kmesh may have a client, even if nothing is mounted there.
    String remedy =
        lustre.whyUnusable().isPresent() ? "Install the Lustre client" : "Name the mount point";
    assertThatThrownBy(() -> lustre.open(folder))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.UNSUPPORTED))
        .hasMessageContaining(remedy);
    lustre
        .whyUnusable()
        .ifPresent(why -> assertThat(why).contains("liblustreapi").doesNotContain("\n"));
  }
}
