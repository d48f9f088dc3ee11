// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.time;

import io.kmesh.spi.time.KmeshTime;
import io.kmesh.testkit.contract.KmeshTimeContract;
import java.time.Duration;
import org.junit.jupiter.api.Nested;

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
}
