// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.lustre.jna.internal.wire.HsmStructs;
import io.kmesh.spi.lustre.ImportAttributes;
import io.kmesh.spi.posix.FileTime;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class NativeStatTest {
  private static byte[] x86() throws Exception {
    return HsmStructs.stat(
        new ImportAttributes(
            0640, 0xfffffffeL, 77, 123456, new FileTime(5, 6), new FileTime(7, 8)));
  }

  @Test
  void onX86_isAsItIs() throws Exception {
    assertThat(NativeStat.of(x86(), LinuxAbi.of("x86-64").orElseThrow())).isEqualTo(x86());
  }

  /** Offsets of {@code struct stat} of arm64, in 128 bytes. */
  @Test
  void onArm64_modeAndOwnerLieElsewhere() throws Exception {
    ByteBuffer it =
        ByteBuffer.wrap(NativeStat.of(x86(), LinuxAbi.of("aarch64").orElseThrow()))
            .order(ByteOrder.LITTLE_ENDIAN);
    assertThat(it.getInt(16)).isEqualTo(0100640);
    assertThat(it.getInt(20)).isEqualTo(1);
    assertThat(it.getInt(24)).isEqualTo(0xfffffffe);
    assertThat(it.getInt(28)).isEqualTo(77);
    assertThat(it.getLong(32)).as("st_rdev").isZero();
    assertThat(it.getLong(48)).isEqualTo(123456);
    assertThat(it.getLong(72)).as("st_atim").isEqualTo(7);
    assertThat(it.getLong(88)).as("st_mtim").isEqualTo(5);
  }
}
