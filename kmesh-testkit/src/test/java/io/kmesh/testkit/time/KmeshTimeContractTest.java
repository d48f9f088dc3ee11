// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.time;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.spi.time.KmeshTime;
import io.kmesh.testkit.contract.KmeshTimeContract;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class KmeshTimeContractTest {
  @Nested
  class Manual extends KmeshTimeContract {
    private final ManualTime time = ManualTime.create();

    @Override
    protected KmeshTime time() {
      return time;
    }

    @Override
    protected void pass(Duration duration) {
      time.advance(duration);
    }
  }

  @Nested
  class Running extends KmeshTimeContract {
    @Override
    protected KmeshTime time() {
      return RunningTime.instance();
    }

    @Override
    protected void pass(Duration duration) throws InterruptedException {
      time().sleep(duration);
    }
  }

  @Nested
  class Wall extends KmeshTimeContract {
    private final WallTime time = new WallTime();

    @Override
    protected KmeshTime time() {
      return time;
    }

    @Override
    protected void pass(Duration duration) throws InterruptedException {
      time.sleep(duration);
    }

    @Test
    void jump_setsTheClock_andNoWait() {
      Instant before = time.now();
      long nanos = time.nanoTime();
      time.jump(Duration.ofDays(1));
      assertThat(time.now()).isAfterOrEqualTo(before.plus(Duration.ofDays(1)));
      assertThat(time.nanoTime() - nanos).isLessThan(Duration.ofHours(1).toNanos());
      time.jump(Duration.ofDays(-2));
      assertThat(time.now()).isBefore(before);
    }
  }
}
