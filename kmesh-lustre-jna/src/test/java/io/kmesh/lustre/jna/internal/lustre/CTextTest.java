// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.kmesh.lustre.jna.internal.NativeBuffer;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import org.junit.jupiter.api.Test;

/** Texts for C never leave their buffer. */
class CTextTest {
  @Test
  void write_upToTheLastByte_andNoFurther() throws ProviderException {
    try (NativeBuffer buffer = NativeBuffer.take()) {
      int at = 4096;
      int most = NativeBuffer.USUAL - at - 1;
      PathBytes fits = PathBytes.of("x".repeat(most));
      assertThat(CText.write(buffer, at, fits)).isEqualTo(buffer.address() + at);
      assertThat(buffer.bytes().get(NativeBuffer.USUAL - 1)).isZero();
      assertThat(CText.read(buffer, at, most + 1)).isEqualTo(fits);
      ProviderException e =
          catchThrowableOfType(
              ProviderException.class,
              () -> CText.write(buffer, at, PathBytes.of("x".repeat(most + 1))));
      assertThat(e.kind()).isEqualTo(ErrorKind.INVALID);
      assertThat(e.errno()).hasValue(Errno.ENAMETOOLONG);
      assertThat(e)
          .hasMessageContaining("it has " + (most + 1) + " bytes, and there is room for " + most)
          .hasMessageContaining("xxx...\"");
      assertThat(e.getMessage()).hasSizeLessThan(300);
      assertThat(buffer.bytes().position()).isZero();
    }
  }
}
