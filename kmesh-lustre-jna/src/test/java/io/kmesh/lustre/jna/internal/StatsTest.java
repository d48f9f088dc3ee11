// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Both ways to ask a stat give the same answer. */
class StatsTest {
  @AfterEach
  void useStatxAgain() {
    Stats.useStatx(true);
  }

  @Test
  void stat_whenAskedTheOldWay_isTheSame() throws IOException {
    try (PosixTree tree = JnaPosixTree.open(PathBytes.of("/dev"));
        PosixDirectory dev = tree.openRoot()) {
      for (String name : List.of("null", "zero", "tty", "fd")) {
        Stats.useStatx(true);
        FileStat now = dev.stat(PathBytes.of(name));
        Stats.useStatx(false);
        assertThat(dev.stat(PathBytes.of(name))).isEqualTo(now);
      }
      assertThat(dev.stat(PathBytes.of("null")).rdev()).isEqualTo(1L << 32 | 3);
    }
  }

  @Test
  void packDevice_whenTooLarge_isRefused() {
    assertThat(Stats.packDevice(1L << 32 | 3)).isEqualTo(0x103);
    assertThat(Stats.packDevice(0xfffL << 32 | 0xfffff)).isEqualTo(0xffffffffL);
    assertThat(Stats.packDevice(0x1000L << 32)).isEqualTo(-1);
    assertThat(Stats.packDevice(0x100000)).isEqualTo(-1);
    assertThat(Stats.packDevice(-1)).isEqualTo(-1);
  }
}
