// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.LustreProvider;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Objects;
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
  void layout_ofAnXattr_isRead() throws Exception {
    String vector = "/io/kmesh/lustre/vectors/layouts/flr_2mirrors.trusted.lov.bin";
    try (InputStream in =
        Objects.requireNonNull(JnaLustreTest.class.getResourceAsStream(vector), vector)) {
      assertThat(JnaLustre.layout(in.readAllBytes()).mirrorCount()).isEqualTo(2);
    }
    assertThatThrownBy(() -> JnaLustre.layout(new byte[3]))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT));
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
