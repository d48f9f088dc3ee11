// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.lustre.QuotaKind;
import io.kmesh.lustre.TargetUsage;
import io.kmesh.spi.ProviderException;
import io.kmesh.unit.DataSize;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

/** Space of targets and quotas of owners. */
class SpaceTest {
  private static ByteBuffer statfs(long blocks, long free, int blockSize) {
    return ByteBuffer.allocate(144)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(8, blocks)
        .putLong(16, free)
        .putLong(24, free - 1)
        .putLong(32, 1000)
        .putLong(40, 300)
        .putInt(88, blockSize)
        .putInt(104, 0x80000001);
  }

  @Test
  void targetSpace_isCountedAsLfsDfDoes() throws Exception {
    TargetSpace space = TargetSpace.decode(statfs(10, 4, 4096));
    assertThat(space.available().bytes()).isEqualTo(3 * 4096);
    assertThat(space.state()).isEqualTo(0x80000001);
    assertThat(space.usage(TargetUsage.Kind.OST, 1, "lustre-OST0001_UUID"))
        .isEqualTo(
            new TargetUsage(
                TargetUsage.Kind.OST,
                1,
                "lustre-OST0001_UUID",
                DataSize.ofBytes(40_960),
                DataSize.ofBytes(24_576),
                1000,
                700));
  }

  @Test
  void targetSpace_ofNumbersThatOverflow_isTheLargest() throws Exception {
    TargetSpace space = TargetSpace.decode(statfs(-1, 1L << 62, 4096));
    assertThat(space.capacity().bytes()).isEqualTo(Long.MAX_VALUE);
    assertThat(space.free().bytes()).isEqualTo(Long.MAX_VALUE);
    assertThat(space.usage(TargetUsage.Kind.MDT, 0, "").used()).isEqualTo(DataSize.ZERO);
    assertThatThrownBy(() -> TargetSpace.decode(ByteBuffer.allocate(143)))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("143 bytes of at least 144");
  }

  @Test
  void quota_putsAndReadsEachFieldInItsPlace() throws Exception {
    byte[] request =
        QuotaCall.request(
            AbiConstants.LUSTRE_Q_GETQUOTA, QuotaKind.PROJECT, 4_000_000_000L, "fast");
    assertThat(request).hasSize(192);
    ByteBuffer in = ByteBuffer.wrap(request).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(in.getInt(0)).isEqualTo(0x800007);
    assertThat(in.getInt(4)).isEqualTo(2);
    assertThat(in.getInt(8)).isEqualTo((int) 4_000_000_000L);
    assertThat(in.get(176)).isEqualTo((byte) 'f');
    for (int i = 0; i < 8; i++) {
      in.putLong(48 + 8 * i, i + 1);
    }
    in.putLong(48 + 56, 0x0001_0000_0000_0008L).putInt(48 + 64, 9);
    assertThat(QuotaCall.usage(in)).isEqualTo(new QuotaCall.Usage(3, 2048, 1024, 6, 5, 4, 7, 8, 9));
    in.putLong(48, -1);
    assertThat(QuotaCall.usage(in).hardBytes()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void quota_ofWhatDoesNotFit_isRefused() {
    assertThatThrownBy(() -> QuotaCall.request(1, QuotaKind.USER, 1L << 32, ""))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("the owner is 4294967296");
    assertThatThrownBy(() -> QuotaCall.request(1, QuotaKind.USER, 1, "sixteen-bytes-xx"))
        .hasMessageContaining("sixteen-bytes-xx");
  }
}
