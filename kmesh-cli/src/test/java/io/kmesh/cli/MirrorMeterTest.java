// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.engine.TreeCopy;
import io.kmesh.testkit.time.ManualTime;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class MirrorMeterTest {
  private static final long MIB = 1 << 20;
  private final ManualTime time = ManualTime.create();
  private final MirrorMeter meter = new MirrorMeter(time, "pushing");

  @Test
  void line_hasRateAndWhatIsLeft() {
    meter.at(new TreeCopy.Progress(0, 0, 2000, 100 * MIB));
    time.advance(Duration.ofSeconds(2));
    meter.at(new TreeCopy.Progress(1000, 20 * MIB, 2000, 100 * MIB));
    assertThat(meter.line())
        .isEqualTo("pushing: 1,000 of 2,000 entries, 20.0 MiB of 100.0 MiB, 10.0 MiB/s, 8S left");
    meter.at(new TreeCopy.Progress(2000, 100 * MIB, 2000, 100 * MIB));
    time.advance(Duration.ofSeconds(10));
    assertThat(meter.line()).endsWith("8.00 MiB/s, 0S left");
  }

  @Test
  void line_withoutTotals_hasNoTimeLeft() {
    time.advance(Duration.ofSeconds(1));
    meter.at(new TreeCopy.Progress(5, MIB, -1, -1));
    assertThat(meter.line()).isEqualTo("pushing: 5 entries, 1.00 MiB, 1.00 MiB/s");
  }

  @Test
  void manyEntriesWithoutBytes_areWhatTakesTime() {
    time.advance(Duration.ofSeconds(1));
    meter.at(new TreeCopy.Progress(100, 0, 1100, 0));
    assertThat(meter.line()).endsWith("0 B/s, 10S left");
  }
}
